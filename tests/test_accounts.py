"""An account's key is used for its platform, and seen by system administrators only."""

import dataclasses
from unittest.mock import patch

from lxml import etree

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user
from odoo.tools import file_open

from odoo.addons.social_consent_monitoring import connectors

from common import ADDON, Common
from counterparts.hostile import Hostile
from test_import import ALLOW_PRIVATE

LOGIN, SECRET = "app-4711-of-ours", "s3cr3t-of-ours"
NAMES = {"login": LOGIN, "secret": SECRET}


class AccountCase(Common):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param(ALLOW_PRIVATE, "True")
        cls.server = Hostile().__enter__()
        cls.addClassCleanup(cls.server.__exit__, None, None, None)
        cls.account = cls.env["social.account"].create(
            {
                "name": "Our account",
                "connector": "fediverse",
                "address": cls.server.url(""),
                **NAMES,
            }
        )
        cls.source.write({"address": cls.server.url(""), "account_id": cls.account.id})
        cls.others = (cls.manager, cls.clerk, cls.officer, cls.employee, cls.sales)

    def needed(self):
        """Let reading from the fediverse need an account."""
        known = dataclasses.replace(connectors.CONNECTORS["fediverse"], account="needed")
        return patch.dict(connectors.CONNECTORS, fediverse=known)


class TestChoosing(AccountCase):
    def test_a_manager_chooses_an_account_and_its_server_with_it(self):
        with Form(self.env["social.source"].with_user(self.manager)) as form:
            form.name = "Another"
            form.connector = "fediverse"
            form.platform_id = self.source.platform_id
            form.account_id = self.account.with_user(self.manager)
            form.term = "#nordlicht"
        source = form.record
        self.assertEqual(source.account_id, self.account)
        self.assertEqual(source.address, self.account.address)

    def test_an_account_of_another_platform_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "another platform"):
            self.source.write({"connector": "feed", "kind": False})

    def test_only_platforms_that_know_accounts_are_offered(self):
        offered = dict(self.env["social.account"]._get_connectors())
        self.assertIn("fediverse", offered)
        self.assertNotIn("feed", offered)

    def test_an_account_without_a_usable_server_is_refused(self):
        for address in ("somewhere", "file:///etc/passwd", "https://user:pw@social.example"):
            with self.assertRaises(ValidationError):
                self.account.address = address

    def test_managers_make_change_copy_and_delete_no_account(self):
        account = self.account.with_user(self.manager)
        for act in (
            lambda: account.create({"name": "Mine", "connector": "fediverse"}),
            lambda: account.write({"address": "https://elsewhere.example"}),
            lambda: account.copy(),
            lambda: account.unlink(),
        ):
            with self.assertRaises(AccessError):
                act()


class TestStarting(AccountCase):
    def test_a_source_that_needs_an_account_and_has_none_does_not_start(self):
        self.source.action_pause()
        self.source.account_id = False
        with self.needed(), self.assertRaisesRegex(UserError, "who asks.\nAsk your system"):
            self.source.action_activate()
        self.source.account_id = self.account
        with self.needed():
            self.source.action_activate()
        self.assertEqual(self.source.state, "active")

    def test_a_running_source_is_not_left_without_the_account_that_it_needs(self):
        with self.needed(), self.assertRaisesRegex(UserError, "who asks"):
            self.source.account_id = False

    def test_where_the_key_went_away_the_run_says_so_and_asks_nobody(self):
        for change in ({"secret": False}, {"active": False}):
            with self.subTest(change):
                self.account.write({"secret": SECRET, "active": True, **change})
                before = len(self.server.requests)
                with self.needed():
                    self.source._import()
                self.assertIn("who asks", self.source.error_message)
                self.assertIn("system administrator", self.source.error_advice)
                self.assertEqual(len(self.server.requests), before)


class TestSecrecy(AccountCase):
    def test_nobody_but_system_administrators_reads_login_or_key(self):
        for user in self.others:
            account = self.account.with_user(user)
            for field in NAMES:
                with self.subTest(user=user.login, field=field), self.assertRaises(AccessError):
                    account.read([field])
                with self.subTest(user=user.login, field=field), self.assertRaises(AccessError):
                    account.web_read({field: {}})
                with self.subTest(user=user.login, field=field), self.assertRaises(AccessError):
                    account[field]
            self.assertFalse(NAMES.keys() & account.fields_get().keys())

    def test_it_is_not_guessed_by_search_order_or_grouping(self):
        accounts = self.env["social.account"].with_user(self.manager)
        sources = self.env["social.source"].with_user(self.manager)
        for field, value in NAMES.items():
            for act in (
                lambda f, v: accounts.search([(f, "=", v)]),
                lambda f, v: accounts.search([(f, "like", v[:3])]),
                lambda f, v: accounts.search([], order=f),
                lambda f, v: accounts._read_group([], [f], ["__count"]),
                lambda f, v: accounts.formatted_read_group([], [f], ["__count"]),
                lambda f, v: accounts._read_group([], [], [f"{f}:array_agg"]),
                lambda f, v: sources.search([(f"account_id.{f}", "=", v)]),
                lambda f, v: sources.search([("account_id", "any", [(f, "=", v)])]),
            ):
                with self.subTest(field=field), self.assertRaises(AccessError):
                    act(field, value)

    def test_it_is_in_no_export(self):
        self.manager.group_ids += self.env.ref("base.group_allow_export")
        source = self.source.with_user(self.manager)
        for field in NAMES:
            with self.subTest(field), self.assertRaises(AccessError):
                source.account_id.export_data([field])
            with self.subTest(field), self.assertRaises(AccessError):
                source.export_data([f"account_id/{field}"])

    def test_it_is_not_filtered_out_of_records_in_memory(self):
        account = self.account.with_user(self.manager)
        for field in NAMES:
            with self.subTest(field), self.assertRaises(AccessError):
                account.filtered_domain([(field, "!=", False)])
            with self.subTest(field), self.assertRaises(AccessError):
                account.mapped(field)

    def test_a_copy_of_an_account_has_no_key(self):
        self.assertFalse(self.account.copy().secret)

    def test_the_key_is_told_to_its_own_server_only(self):
        """Whoever sets the address could else have it sent to a server of their own."""
        source = self.source.with_user(self.manager)
        with Hostile() as own:
            for address in (own.url(""), "https://127.0.0.1", "http://elsewhere.example"):
                with self.assertRaisesRegex(ValidationError, "another server"):
                    source.address = address
            source.write({"account_id": False, "address": own.url("")})
            with self.assertRaisesRegex(ValidationError, "another server"):
                source.account_id = self.account
            # However it came about, a move for instance.
            self.env.cr.execute(
                "UPDATE social_source SET account_id = %s WHERE id = %s",
                (self.account.id, source.id),
            )
            source.invalidate_recordset()
            source.sudo()._import()
            self.assertTrue(own.requests)
            self.assertNotIn(SECRET, str(own.requests))
        with self.assertRaisesRegex(ValidationError, "another server"):
            self.account.address = "https://elsewhere.example"

    def test_its_own_server_gets_it(self):
        self.source._import()
        _path, headers = self.server.requests[-1]
        self.assertEqual(headers["Authorization"], f"Bearer {SECRET}")

    def test_it_is_in_no_error_log_or_message(self):
        self.server.serve("/api/v1/timelines/tag/nordlicht", f'"{SECRET}"')
        with self.assertLogs(level="DEBUG") as logs:
            self.source._import()
            with patch.object(connectors, "fetch", side_effect=ValueError(SECRET)):
                self.source._import()
        said = [*logs.output, self.source.error_message, self.source.error_advice]
        said += self.source.message_ids.mapped("body")
        own = [line for line in said if not line.startswith("DEBUG:odoo.sql_db")]
        self.assertGreater(len(own), 2)
        self.assertNotIn(SECRET, "\n".join(own))
        self.assertNotIn(LOGIN, "\n".join(own))

    def test_the_form_shows_no_key_to_whoever_looks_over_a_shoulder(self):
        view = self.env["social.account"].get_view(view_type="form")
        [field] = etree.fromstring(view["arch"]).xpath("//field[@name='secret']")
        self.assertEqual(field.get("password"), "True")

    def test_the_menu_is_for_system_administrators(self):
        menu = self.env.ref(f"{ADDON}.menu_accounts")
        administrator = new_test_user(
            self.env, "administrator", groups=f"base.group_system,{ADDON}.group_social_user"
        )
        for user in (*self.others, administrator):
            visible = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
            self.assertEqual(menu.id in visible, user == administrator, user.login)

    def test_a_neutralised_copy_holds_neither_login_nor_key(self):
        feed = "https://a.example/feed"
        self.source.write(
            {"connector": "feed", "account_id": False, "address": f"{feed}?key=s3cret"}
        )
        self.env.flush_all()
        with file_open(f"{ADDON}/data/neutralize.sql") as statements:
            self.env.cr.execute(statements.read())
        self.account.invalidate_recordset()
        self.assertEqual((self.account.login, self.account.secret), (False, False))
        self.source.invalidate_recordset()
        self.assertEqual(self.source.address, feed)
