"""What Odoo's own templates are for is said from the start, and never again (rule 23)."""

from io import BytesIO
from pathlib import Path

from lxml import etree

from odoo.tools import convert

import odoo.addons
from odoo.addons.social_consent_monitoring.default_kinds import BY_PERSON, DEFAULT_KINDS, MARKETING

from common import ADDON, Common

MODELS = ("mail.template", "sms.template")
SENDING = ("mail_post", "sms", "followers", "next_activity")


def read_records():
    """Yield (module, id, element) of each record in the data files of Odoo's addons."""
    addons = {}
    for manifest in [each for path in odoo.addons.__path__ for each in find_manifests(path)]:
        addons.setdefault(manifest.parent.name, manifest.parent)
    for module, folder in sorted(addons.items()):
        for path in sorted(folder.rglob("*.xml")):
            if path.relative_to(folder).parts[0] not in ("static", "tests"):
                for record in etree.parse(str(path)).iter("record"):
                    yield module, record.get("id"), record


def find_manifests(folder):
    """Return the manifests of Odoo's own addons in a folder, without those for its tests."""
    return [
        path
        for path in Path(folder).glob("*/__manifest__.py")
        if not path.parent.name.startswith(("test_", ADDON))
    ]


class TestDefaults(Common):
    def test_every_template_that_comes_with_odoo_is_in_the_list(self):
        shipped = set()
        for module, xml_id, record in read_records():
            name = xml_id if "." in (xml_id or "") else f"{module}.{xml_id}"
            if record.get("model") in MODELS:
                shipped.add(name)
            if record.get("model") == "mail.activity.type":
                category = record.findtext("field[@name='category']")
                if category == "phonecall":
                    shipped.add(name)
        self.assertGreater(len(shipped), 60)
        self.assertEqual(shipped, DEFAULT_KINDS.keys())

    def test_no_server_action_comes_with_odoo_that_writes_to_people(self):
        for module, xml_id, record in read_records():
            if record.get("model") in ("ir.actions.server", "base.automation"):
                state = record.findtext("field[@name='state']")
                self.assertNotIn(state, SENDING, f"{module}.{xml_id}")

    def test_what_is_installed_says_what_it_is_for(self):
        installed = [
            (self.env.ref(xml_id, raise_if_not_found=False), kind)
            for xml_id, kind in DEFAULT_KINDS.items()
        ]
        found = [(record, kind) for record, kind in installed if record]
        self.assertGreater(len(found), 5)
        for record, kind in found:
            self.assertEqual(record.social_kind, kind, record.name)

    def test_r25_that_is_nobodys_decision(self):
        record = self.env.ref("auth_signup.set_password_email")
        domain = [("model", "=", record._name), ("res_id", "=", record.id)]
        self.assertFalse(self.env["social.policy.change"].search(domain))

    def load(self, xml_id):
        """Load a template as the installation of a module does."""
        module, name = xml_id.split(".")
        body = f"""<odoo><record id="{name}" model="mail.template">
            <field name="name">Loaded</field>
            <field name="model_id" ref="base.model_res_partner"/>
        </record></odoo>""".encode()
        file = BytesIO(body)
        file.name = "loaded.xml"
        convert.convert_xml_import(self.env, module, file, {}, "init")
        return self.env.ref(xml_id)

    def test_a_module_that_is_installed_later_brings_its_defaults(self):
        for xml_id in (
            "website_sale.mail_template_sale_cart_recovery",
            "sale.email_template_edi_sale",
        ):
            self.assertIsNone(self.env.ref(xml_id, raise_if_not_found=False) or None)
            self.assertEqual(self.load(xml_id).social_kind, DEFAULT_KINDS[xml_id])
        other = self.load("website_sale.something_new")
        self.assertFalse(other.social_kind)

    def test_an_update_leaves_what_the_administrator_chose(self):
        template = self.load("website_sale.mail_template_sale_cart_recovery")
        template.social_kind = False
        self.load("website_sale.mail_template_sale_cart_recovery")
        self.assertFalse(template.social_kind)

    def test_installing_the_addon_changes_nothing_that_was_said(self):
        said = self.env.ref("auth_signup.set_password_email")
        said.social_kind = "marketing"
        unsaid = self.env.ref("auth_signup.portal_set_password_email")
        unsaid.social_kind = False
        self.env["mail.template"]._apply_default_kinds()
        self.assertEqual((said.social_kind, unsaid.social_kind), ("marketing", "service"))

    def test_no_template_is_in_two_lists(self):
        self.assertFalse(MARKETING & BY_PERSON)
        self.assertEqual(set(DEFAULT_KINDS.values()), {"marketing", "service", False})
