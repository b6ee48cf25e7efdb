"""What an administrator relies on: the package, the views, a neutralised copy, the icon."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from lxml import etree

from odoo.tools import file_open, safe_eval
from odoo.tools.misc import file_path

from common import ADDON, Common, make_post

ROOT = Path(__file__).resolve().parents[1]
ADDONS = sorted(manifest.parent.name for manifest in ROOT.glob(f"{ADDON}*/__manifest__.py"))


def files_below(folder):
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


def test_the_package_holds_every_file_of_the_addons(tmp_path):
    command = [sys.executable, "setup.py", "-q", "build", "--build-base", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    built = tmp_path / "lib" / "odoo" / "addons"
    assert sorted(folder.name for folder in built.iterdir()) == ADDONS
    for addon in ADDONS:
        assert files_below(built / addon) == files_below(ROOT / addon)


@pytest.mark.parametrize("addon", ADDONS)
def test_the_manifest_names_every_data_file(addon):
    manifest = ast.literal_eval((ROOT / addon / "__manifest__.py").read_text())
    named = set(manifest.get("data", []) + manifest.get("demo", []))
    folders = ("data", "demo", "reports", "security", "views", "wizards")
    found = {path for path in files_below(ROOT / addon) if path.startswith(folders)}
    assert {path for path in found if path.endswith((".xml", ".csv"))} == named


class TestViews(Common):
    def setUp(self):
        super().setUp()
        mention = self.store(make_post())
        self.give()
        mention._match(self.partner)

    def actions(self):
        data = self.env["ir.model.data"].search(
            [("module", "=", ADDON), ("model", "=", "ir.actions.act_window")]
        )
        return self.env["ir.actions.act_window"].browse(data.mapped("res_id"))

    def test_every_filter_and_grouping_works(self):
        tried = 0
        for action in self.actions():
            model = self.env[action.res_model]
            arch = etree.fromstring(model.get_view(view_type="search")["arch"])
            for node in arch.iter("filter"):
                model.search(safe_eval.safe_eval(node.get("domain") or "[]", {"uid": self.env.uid}))
                context = safe_eval.safe_eval(node.get("context") or "{}")
                if "group_by" in context:
                    model.formatted_read_group([], [context["group_by"]], ["__count"])
                tried += 1
            for node in arch.iter("field"):
                model.search([(node.get("name"), "ilike", "a")])
        self.assertGreater(tried, 20)

    def test_every_view_of_an_action_opens_for_whoever_sees_its_menu_or_button(self):
        users = (self.clerk, self.manager, self.officer, self.env.ref("base.user_admin"))
        for action in self.actions():
            allowed = [
                user
                for user in users
                if self.sees_menu(user, action) or self.sees_button(user, action)
            ]
            self.assertTrue(allowed, action.name)
            for user in allowed:
                model = self.env[action.res_model].with_user(user)
                for view_type in action.view_mode.split(","):
                    arch = etree.fromstring(model.get_view(view_type=view_type)["arch"])
                    shown = arch.xpath("//field[not(ancestor::field)]/@name")
                    self.assertTrue(shown)
                    model.search([], limit=1).read(shown)

    def sees_menu(self, user, action):
        menus = self.env["ir.ui.menu"].with_user(user)
        visible = menus.browse(menus._visible_menu_ids())
        return action in visible.sudo().mapped("action")

    def sees_button(self, user, action):
        """Whether a view leads to this dialog, and the user may fill it in."""
        arch = self.env["ir.ui.view"].search([("arch_db", "ilike", f'name="{action.id}"')])
        dialog = self.env[action.res_model].with_user(user)
        return bool(arch) and dialog.has_access("create")


class TestNeutralise(Common):
    def test_a_copy_of_the_database_asks_no_other_server(self):
        self.assertEqual(self.source.state, "active")
        with file_open(f"{ADDON}/data/neutralize.sql") as statements:
            self.env.cr.execute(statements.read())
        self.source.invalidate_recordset()
        self.assertEqual(self.source.state, "paused")


class TestIcon(Common):
    def test_the_app_has_its_icon(self):
        menu = self.env.ref(f"{ADDON}.menu_root")
        self.assertTrue(menu.web_icon_data)
        self.assertTrue(file_path(f"{ADDON}/static/description/icon.png"))
