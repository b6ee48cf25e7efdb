"""Base classes of the tests that use Odoo.

Outside ``odoo.addons`` tests get no default tags. Without ``standard`` Odoo's
guard against calls to other hosts would be off.
"""

import re
import shutil
from datetime import datetime, timedelta, timezone

import requests
from freezegun import freeze_time

from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged

from odoo.addons.social_consent_monitoring.connectors import Post
from odoo.addons.social_consent_monitoring.models.social_policy import PERSON_ACTS

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


ADDON = "social_consent_monitoring"
LOOPBACK = ("http://127.0.0.1:", "https://127.0.0.1:", "http://localhost:")
REAL_SEND = requests.Session.send
PHONE_CALL = {"note": "On the phone, confirmed the text read out."}


def make_post(number=1, **changes):
    """Return a public post on the fediverse about the demo brand."""
    values = {
        "external_id": f"https://social.example/ada/{number}",
        "url": f"https://social.example/@ada/{number}",
        "author": "ada@social.example",
        "text": f"Where is my parcel? #nordlicht {number}",
        "published_at": datetime(2026, 5, 1, 12, number % 60, tzinfo=timezone.utc),
    }
    return Post(**{**values, **changes})


class Prepared:
    """What most tests start from: a contact, the demo source, users of each group."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.env["res.partner"].create(
            {"name": "Ada Example", "email": "ada@example.com", "lang": "en_US"}
        )
        cls.source = cls.env.ref(f"{ADDON}.source_demo_fediverse")
        cls.clerk = new_test_user(cls.env, "clerk", groups=f"{ADDON}.group_social_user")
        cls.manager = new_test_user(cls.env, "manager", groups=f"{ADDON}.group_social_manager")
        cls.officer = new_test_user(cls.env, "officer", groups=f"{ADDON}.group_privacy_officer")
        cls.sales = new_test_user(
            cls.env, "sales", groups="sales_team.group_sale_salesman,base.group_partner_manager"
        )
        cls.employee = new_test_user(cls.env, "employee", groups="base.group_user")

    @classmethod
    def _request_handler(cls, session, request, /, **options):
        """Let connectors reach the counterparts on this machine, with their own time limits.

        Odoo's guard, which all other requests meet, knows no pair of time limits.
        """
        if isinstance(options.get("timeout"), tuple) and request.url.startswith(LOOPBACK):
            return REAL_SEND(session, request, **options)
        return super()._request_handler(session, request, **options)

    @classmethod
    def speak_german(cls, everywhere=False):
        """Let the addon speak German, and Odoo's own addons too with ``everywhere``."""
        cls.env["res.lang"]._activate_lang("de_DE")
        domain = [("state", "=", "installed")] if everywhere else [("name", "=", ADDON)]
        cls.env["ir.module.module"].search(domain)._update_translations(["de_DE"])

    def give(self, purpose="match", channel=None, partner=None, **values):
        """Record a consent by phone."""
        return (partner or self.partner)._give_social_consent(
            purpose, channel, **{"method": "staff", "evidence": PHONE_CALL, **values}
        )

    def withdraw(self, *args, partner=None):
        return (partner or self.partner)._withdraw_social_consent(*args, method="staff")

    def publish(self, notice, kind, **changes):
        """Publish a next version of a published notice, and return it."""
        newer = notice.copy({"change_kind": kind, **changes})
        newer.action_publish()
        return newer

    def decide_all(self, person):
        """Return ``{act: decision}`` on all that concerns a person."""
        made = self.env["social.policy"]._decide_acts(PERSON_ACTS, person)
        return {act: decisions[person.id] for act, decisions in made.items()}

    def store(self, *posts):
        return self.source._store(list(posts) or [make_post()])

    def after(self, **offset):
        """Move the clock: ``with self.after(days=1)``."""
        return freeze_time(datetime.now(timezone.utc) + timedelta(**offset))


@tagged("standard", "post_install", "-at_install")
class Common(Prepared, TransactionCase):
    """Tests on the database, each rolled back."""


@tagged("standard", "post_install", "-at_install")
class CommonHttp(Prepared, HttpCase):
    """Tests with Odoo's web server and a headless browser."""

    def browser_js(self, *args, **kwargs):
        self.check_browser()
        return super().browser_js(*args, **kwargs)

    def check_german(self, html, *english):
        """Find none of the commonest English words on a page, and none of these."""
        self.assertIn('lang="de-DE"', html)
        text = re.sub(r"https?://\S+", " ", re.sub(r"<[^>]+>", " ", html))
        for word in (" the ", " and ", " your ", " Your ", " of ", " you ", *english):
            self.assertNotIn(word, text)

    def check_browser(self):
        if not any(map(shutil.which, BROWSERS)):
            self.skipTest("No browser for the tours: apt-get install chromium")
