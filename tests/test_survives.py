"""Promises that need real, committed transactions: a killed job, a refused act."""

import os
import random
import signal
import time

import pytest

from odoo import SUPERUSER_ID, api, modules, sql_db
from odoo.modules.registry import Registry
from odoo.tools import config

from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired

from common import ADDON
from counterparts.snac import Snac

KILLS = 12
POSTS_EACH = 10


@pytest.fixture
def committed(monkeypatch):
    """Yield a function that opens a committing environment, as a server's worker has."""
    monkeypatch.setattr(modules.module, "current_test", None)
    registry = Registry(config["db_name"][0])

    class Work:
        def __enter__(self):
            self.cr = registry.cursor()
            return api.Environment(self.cr, SUPERUSER_ID, {})

        def __exit__(self, kind, *_rest):
            if kind is None:
                self.cr.commit()
            self.cr.close()

    return Work


@pytest.fixture
def snac(tmp_path):
    with Snac(tmp_path / "server") as server:
        server.add_user("ada")
        yield server


@pytest.fixture
def source_id(committed, snac):
    """A source on a real fediverse server, committed and cleared away again."""
    with committed() as env:
        env["ir.config_parameter"].set_param(f"{ADDON}.allow_private_addresses", "True")
        demo = env.ref(f"{ADDON}.source_demo_fediverse")
        demo.state = "paused"
        source = demo.copy({"address": snac.base_url, "term": "killme", "state": "active"})
    yield source.id
    with committed() as env:
        source = env["social.source"].browse(source.id)
        env["social.mention"].search([("source_ids", "in", source.ids)]).unlink()
        source.unlink()
        env["ir.config_parameter"].set_param(f"{ADDON}.allow_private_addresses", False)


def import_until_killed(committed, source_id, seconds):
    """Import in a process of its own and kill it, without warning, after so many seconds.

    Returns whether it was still at work. The child must not touch the parent's connections.
    """
    child = os.fork()
    if not child:
        try:
            sql_db._Pool = None
            registry = Registry(config["db_name"][0])
            registry._db = sql_db.db_connect(registry.db_name)
            with committed() as env:
                env["social.source"].with_context(import_commits=True).browse(source_id)._import()
        finally:
            os._exit(0)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    _pid, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def test_an_import_killed_again_and_again_loses_and_doubles_nothing(committed, snac, source_id):
    chance = random.Random(20260501)
    killed, written = 0, []
    for attempt in range(KILLS):
        for number in range(POSTS_EACH):
            written.append(f"Post {attempt}-{number} #killme")
            snac.post("ada", written[-1])
        killed += import_until_killed(committed, source_id, chance.uniform(0.01, 0.2))
    with committed() as env:
        source = env["social.source"].with_context(import_commits=True).browse(source_id)
        source._import()
        assert not source.error_message, source.error_message
        texts = env["social.mention"].search([("source_ids", "in", source.ids)]).mapped("text")
    assert sorted(texts) == sorted(written)
    assert killed, "no run was killed at work: this proved nothing"


def change_and_match(committed, partner_id):
    with committed() as env:
        partner = env["res.partner"].browse(partner_id)
        partner.name = "Changed"
        env["social.policy"]._enforce("match", partner)


def test_r25_a_refusal_is_logged_although_the_error_undoes_the_act(committed):
    with committed() as env:
        before = env["social.decision"].search([], limit=1).id
        partner_id = env["res.partner"].create({"name": "Nobody"}).id
    try:
        with pytest.raises(ConsentRequired):
            change_and_match(committed, partner_id)
        with committed() as env:
            assert env["res.partner"].browse(partner_id).name == "Nobody"
            rows = env["social.decision"].search([("id", ">", before)])
            assert rows.mapped("reason") == ["never_asked"]
            rows.unlink()
    finally:
        with committed() as env:
            env["res.partner"].browse(partner_id).unlink()
