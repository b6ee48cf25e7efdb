"""The how-to for connectors, followed to the letter: what it says makes an addon that reads posts."""

import json
import os
import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from odoo import fields, modules

from odoo.addons.social_consent_monitoring import connectors

import committed
from committed import transaction
from counterparts.hostile import Hostile
from test_connector_contract import ROWS

HOW_TO = Path(connectors.__file__).with_name("README.md")
READ = """
import json
platform = env.ref("our_addon.platform_ours")
values = {**VALUES, "platform_id": platform.id}
source = env["social.source"].create(values)
try:
    source.action_activate()
    refused = False
except Exception as error:
    refused = type(error).__name__
platform.write(VERDICT)
env["ir.config_parameter"].set_param("social_consent_monitoring.allow_private_addresses", "True")
source.action_activate()
source._import()
account = env["social.account"].create(
    {"name": "Ours", "connector": "ours", "address": values["address"], "secret": "a key"}
)
mentions = env["social.mention"].search([("source_ids", "in", source.ids)])
told = {
    "refused": refused,
    "error": source.error_message,
    "texts": mentions.mapped("text"),
    "kind": source.kind,
    "account": account.id,
    "source": source.id,
    "mentions": mentions.ids,
}
env.cr.commit()
print("TOLD", json.dumps(told))
"""


def write_addon(folder):
    """Make the files that the how-to shows, and copy the template."""
    shown = re.findall(r"^`(our_addon/\S+)`\n\n```\w+\n(.+?)^```", HOW_TO.read_text(), re.M | re.S)
    for name, text in shown:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    place = folder / "our_addon/connectors"
    place.mkdir()
    (place / "__init__.py").touch()
    shutil.copy(HOW_TO.with_name("template.py"), place / "ours.py")
    return folder


def write_settings(folder):
    """The settings of this Odoo, with one folder of addons more."""
    lines = Path(os.environ["ODOO_RC"]).read_text()
    path = folder / "odoo.conf"
    path.write_text(re.sub(r"(?m)^(addons_path = .+)$", rf"\1,{folder}", lines))
    return path


def read(name, settings, address):
    values = {
        "name": "Ours",
        "connector": "ours",
        "address": address,
        "term": "parcel",
        "balancing_test": "Our reasons.",
    }
    until = fields.Date.to_string(fields.Date.today() + timedelta(days=99))
    verdict = {"terms_version": "1", "terms_verdict": "allowed", "terms_expiry": until}
    script = f"VALUES = {values!r}\nVERDICT = {verdict!r}\n{READ}"
    printed = committed.run_odoo("shell", "-d", name, "--no-http", *settings, script=script)
    return json.loads(re.search(r"TOLD (.+)", printed)[1])


@pytest.mark.timeout(600)
def test_an_addon_made_by_the_how_to_reads_posts_and_can_go_again(tmp_path, monkeypatch):
    # What a running test changes in Odoo is off.
    monkeypatch.setattr(modules.module, "current_test", None)
    settings = ("-c", str(write_settings(write_addon(tmp_path))))
    with Hostile() as server, committed.copy_of_database() as name:
        committed.manage_addon("install", name, "our_addon", settings)
        told = read(name, settings, server.serve("/posts", json.dumps(ROWS)))
        # Without a verdict on the terms nothing is read (rule 16).
        assert told["refused"] == "ConsentRequired"
        assert not told["error"]
        assert sorted(told["texts"]) == ["One of them", "Two"]
        assert told["kind"] == "search"
        committed.manage_addon("uninstall", name, "our_addon", settings)
        with transaction(name) as env:
            assert not env["social.source"].browse(told["source"]).exists()
            # What was heard stays until its time is up, and so does the key, which can be deleted.
            assert len(env["social.mention"].browse(told["mentions"]).exists()) == 2
            account = env["social.account"].browse(told["account"])
            assert account.read(["name", "connector", "secret"])
            account.unlink()
