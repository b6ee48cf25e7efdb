"""axe-core in a real browser: what people with disabilities stumble over (WCAG 2.1 AA).

It comes in over the DevTools protocol, as the pages' own policy allows no scripts at all.
"""

import base64
import json
import sys
import unittest
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

from odoo.tests.common import ChromeBrowser

TESTS = Path(__file__).parent
sys.path.insert(0, str(TESTS / "tooling"))

PICTURES = TESTS.parent / ".sandbox" / "pictures"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
PHONE = 375


class Phone:
    """A browser as wide as a phone."""

    def __init__(self, test, chrome, script):
        self.test, self.chrome, self.script = test, chrome, script

    def open(self, path):
        self.chrome.navigate_to(urljoin(self.test.base_url(), path), wait_stop=True)

    def find_violations(self, part=None):
        """Return what axe finds on the page, each in a line: rule, what is wrong, where.

        :param part: CSS selector of what is ours, where the rest of the page is another's
        """
        self.run(self.script)
        options = {"runOnly": RULES, "resultTypes": ["violations"], "preload": False}
        place = json.dumps(part) if part else "document"
        found = self.run(f"axe.run({place}, {json.dumps(options)})", timeout=60)
        return [
            f"{each['id']}: {each['help']}: {node['html']}"
            for each in found["violations"]
            for node in each["nodes"]
        ]

    def get_width(self):
        """Return how many pixels the page is wide: more than the window has to be pushed."""
        return self.run("document.documentElement.scrollWidth")

    def check(self, name, part=None):
        """Hold the open page, or a part, to the rules and to its width, and take its picture."""
        self.test.assertEqual(self.find_violations(part), [], name)
        self.test.assertLessEqual(self.get_width(), PHONE, f"{name} is to be pushed")
        self.take_picture(f"phone_{name}")

    def take_picture(self, name):
        height = self.run("document.documentElement.scrollHeight")
        size = {"x": 0, "y": 0, "width": PHONE, "height": height, "scale": 1}
        params = {"captureBeyondViewport": True, "clip": size}
        picture = self.chrome._websocket_request("Page.captureScreenshot", params=params)["data"]
        PICTURES.mkdir(parents=True, exist_ok=True)
        (PICTURES / f"{name}.png").write_bytes(base64.b64decode(picture))

    def run(self, code, timeout=20):
        """Return the value of JavaScript, or of what it promises."""
        answer = self.chrome._websocket_request(
            "Runtime.evaluate",
            params={"expression": code, "awaitPromise": True, "returnByValue": True},
            timeout=timeout,
        )
        if "exceptionDetails" in answer:
            raise AssertionError(answer["exceptionDetails"])
        return answer["result"].get("value")


@contextmanager
def phone(test, login=None):
    """Yield a :class:`Phone` for a test of ``CommonHttp``."""
    import axe_package

    if not axe_package.SCRIPT.exists():
        raise unittest.SkipTest(f"axe-core is missing: {axe_package.HOW}")
    test.check_browser()
    test.browser_size = f"{PHONE}x800"
    chrome = ChromeBrowser(test)
    try:
        with test.allow_requests(browser=chrome):
            test.authenticate(login, login, browser=chrome)
            test.cr.flush()
            test.cr.clear()
            yield Phone(test, chrome, axe_package.SCRIPT.read_text())
            test._wait_remaining_requests()
    finally:
        chrome.stop()


def check_pages(test, pages, before=""):
    """Open each page, ``{name: path}``, on a phone and :meth:`Phone.check` it.

    :param before: JavaScript that each page runs first
    """
    with phone(test) as browser:
        for name, path in pages.items():
            browser.open(path)
            browser.run(before)
            browser.check(name)
