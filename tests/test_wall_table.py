"""The wall as a table: way of access, group, state of consent (rules 2, 4, 5 and 21).

A way is a function that asks as a user, and returns the contacts (by the state of their consent)
that the answer tells of. Its line in a table says what an insider (clerk, manager, officer) gets
of a contact who consents, and of all others, and what an outsider (sales, employee, portal,
public) gets: ``seen``, ``nothing`` or ``refused``.
"""

import io
import json
from xmlrpc.client import Fault

from openpyxl import load_workbook

from odoo import Command
from odoo.http import Request
from odoo.tools import mute_logger

from common import ADDON, Common, CommonHttp
from wall import GUARDED, INSIDERS, OUTSIDERS, STATES, Walled

NAME = {"partner_id": {"fields": {"display_name": {}}}}
ZELDAS = [("partner_id.name", "like", "Zelda")]

# Ways that bring many rows at once: what is hidden is simply not there.
#  way                 consents  others     outsiders
MANY = """
   list                seen      nothing    refused
   kanban              seen      nothing    refused
   kanban_unfolded     seen      nothing    refused
   pivot               seen      nothing    refused
   graph               seen      nothing    refused
   progress_bar        seen      nothing    refused
   group_by_code       seen      nothing    refused
   search_panel        seen      nothing    refused
   name_search         seen      nothing    refused
   web_name_search     seen      nothing    refused
   order_by            seen      nothing    refused
   dotted_path         seen      nothing    refused
   saved_filter        seen      nothing    refused
   export              seen      nothing    refused
   server_action       seen      nothing    refused
   attachments         seen      nothing    refused
   messages            nothing   nothing    nothing
   activities          nothing   nothing    nothing
"""

# Ways that take one row by its id, or one contact: what is hidden is refused like what is missing.
ONE = """
   form                seen      refused    refused
   read                seen      refused    refused
   metadata            seen      refused    refused
   export_one          seen      refused    refused
   attribute           seen      refused    refused
   attribute_prefetched seen     refused    refused
   copied              refused   refused    refused
   changed             refused   refused    refused
   new_in_a_form       seen      refused    refused
   report              seen      refused    refused
   exists              seen      nothing    nothing
   count               seen      nothing    refused
   sum                 seen      nothing    refused
"""

# Ways through the contact or the post.
AROUND = """
   contact_form        seen      nothing    refused
   contact_template    seen      nothing    refused
   contact_values      seen      nothing    refused
   contact_chatter     nothing   nothing    nothing
"""
# The counts on the contact are for those who work with mentions; the privacy officer has lists.
EXCEPTIONS = {
    (way, "officer"): "refused" for way in ("contact_form", "contact_template", "contact_values")
}


def lines(table):
    return [line.split() for line in table.strip().splitlines()]


class Ways(Walled):
    """The ways, each ``way_<name>(model, ...)`` with the model in the user's environment."""

    def way_list(self, model):
        found = model.web_search_read(ZELDAS, NAME)["records"]
        return self.by_row(model._name, [row["id"] for row in found])

    def way_kanban(self, model):
        groups = model.web_read_group([], ["partner_id"], ["__count"])["groups"]
        return self.by_partner([group["partner_id"][0] for group in groups])

    def way_kanban_unfolded(self, model):
        answer = model.web_read_group(
            [], ["partner_id"], ["__count"], auto_unfold=True, unfold_read_specification=NAME
        )
        return self.by_name(str(answer))

    def way_pivot(self, model):
        sets = [[], ["partner_id"], ["partner_id", "basis"], ["partner_id", "valid_until:month"]]
        return self.by_name(str(model.formatted_read_grouping_sets([], sets, ["__count"])))

    def way_graph(self, model):
        groups = model.formatted_read_group([], ["partner_id"], ["__count", "id:array_agg"])
        return self.by_row(
            model._name, [each for group in groups for each in group["id:array_agg"]]
        )

    def way_progress_bar(self, model):
        bar = {"field": "basis", "colors": {"consent": "success"}}
        return self.by_partner(map(int, model.read_progress_bar(ZELDAS, "partner_id", bar)))

    def way_group_by_code(self, model):
        groups = model._read_group([], ["partner_id"], ["id:recordset"])
        return self.by_partner([partner.id for partner, _rows in groups])

    def way_search_panel(self, model):
        answer = model.search_panel_select_multi_range("partner_id", enable_counters=True)
        values = [value["id"] for value in answer["values"] if value["__count"]]
        return self.by_partner(values)

    def way_name_search(self, model):
        return self.by_row(model._name, [row_id for row_id, _name in model.name_search("")])

    def way_web_name_search(self, model):
        return self.by_name(str(model.web_name_search("", NAME)))

    def way_order_by(self, model):
        return self.by_row(model._name, model.search([], order="partner_id, valid_until desc").ids)

    def way_dotted_path(self, model):
        domain = [("partner_id", "any", [("email", "like", "@example.com")])]
        return self.by_row(model._name, model.search(domain).ids)

    def way_saved_filter(self, model):
        saved = self.env["ir.filters"].create(
            {
                "name": "Mine",
                "model_id": model._name,
                "user_ids": [Command.set(model.env.user.ids)],
                "domain": f"[('id', 'in', {self.ids(model)})]",
                "context": "{'group_by': ['partner_id']}",
            }
        )
        groups = model.formatted_read_group(saved._get_eval_domain(), ["partner_id"], ["__count"])
        return self.by_name(str(groups))

    def way_export(self, model):
        rows = model.search([]).export_data(["partner_id/name", "valid_until"])["datas"]
        return self.by_name(str(rows))

    def way_server_action(self, model):
        code = (
            f"action = {{'name': str(env['{model._name}'].search([]).mapped('partner_id.name'))}}"
        )
        action = self.env["ir.actions.server"].create(
            {
                "name": "Try",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "state": "code",
                "code": code,
                "group_ids": [Command.set(model.env.user.group_ids.ids)],
            }
        )
        return self.by_name(str(action.with_user(model.env.user).run()))

    def way_attachments(self, model):
        found = model.env["ir.attachment"].search([("res_model", "=", model._name)])
        return {name.removesuffix(".txt") for name in found.mapped("name")}

    def way_messages(self, model):
        messages = self.env["mail.message"].with_user(model.env.user)
        return self.by_row(
            model._name, messages.search([("model", "=", model._name)]).mapped("res_id")
        )

    def way_activities(self, model):
        activities = self.env["mail.activity"].with_user(model.env.user)
        found = self.outcome(lambda: activities.search([("res_model", "=", model._name)]).ids)
        return set() if found == "refused" else set(found)

    # -- one row ---------------------------------------------------------------------------

    def way_form(self, row):
        return bool(row.web_read(NAME)[0]["partner_id"]["display_name"])

    def way_read(self, row):
        return bool(row.read())

    def way_metadata(self, row):
        return bool(row.get_metadata())

    def way_export_one(self, row):
        return bool(row.export_data(["partner_id/name"])["datas"])

    def way_attribute(self, row):
        return bool(row.partner_id)

    def way_attribute_prefetched(self, row):
        row.sudo().read()
        row.with_user(self.clerk).sudo().read()
        return bool(row.partner_id)

    def way_copied(self, row):
        # Refused by the right to create, or by the door.
        return bool(row.copy())

    def way_changed(self, row):
        return row.write({"valid_until": "9999-12-31"})

    def way_new_in_a_form(self, row):
        return bool(row.new(origin=row).partner_id)

    def way_report(self, row):
        view = self.env["ir.ui.view"].create(
            {
                "name": "try",
                "key": f"{ADDON}.try",
                "type": "qweb",
                "arch": '<t t-name="try"><p t-foreach="docs" t-as="row" t-out="row.partner_id.name"/></t>',
            }
        )
        report = self.env["ir.actions.report"].create(
            {"name": "Try", "model": row._name, "report_name": view.key, "report_type": "qweb-html"}
        )
        with mute_logger("odoo.addons.base.models.ir_qweb"):
            page, _kind = (
                self.env["ir.actions.report"]
                .with_user(row.env.user)
                ._render_qweb_html(report, row.ids)
            )
        return bool(self.by_name(page))

    def way_exists(self, row):
        return bool(row.exists())

    def way_count(self, row):
        return bool(row.search_count([("id", "=", row.id)]))

    def way_sum(self, row):
        return bool(row._read_group([("id", "=", row.id)], [], ["id:sum"])[0][0])

    # -- around it -------------------------------------------------------------------------

    def count_name(self, model):
        return f"social_{model.split('.')[1]}_count"

    def way_contact_form(self, partner, model):
        name = self.count_name(model)
        return bool(partner.web_read({name: {}})[0][name])

    def way_contact_values(self, partner, model):
        """The values themselves, which stand on the contact for all three models alike."""
        return "Likes boats" in str(partner.web_read({"social_values": {}})[0])

    def way_contact_template(self, partner, model):
        name = self.count_name(model)
        template = (
            self.env["mail.template"]
            .create(
                {
                    "name": "Try",
                    "model_id": self.env["ir.model"]._get_id("res.partner"),
                    "subject": f"{{{{ object.{name} }}}}",
                    "body_html": f'<t t-out="object.{name}"/>',
                }
            )
            .with_user(partner.env.user)
        )
        with mute_logger("odoo.addons.mail.models.mail_render_mixin"):
            rendered = [
                template.sudo(False)._render_field(name, partner.ids)[partner.id]
                for name in ("subject", "body_html")
            ]
        return any(text not in ("", "0") for text in rendered)

    def way_contact_chatter(self, partner, model):
        bodies = partner.sudo().message_ids.mapped("body")
        return any("boats" in body or "parcel" in body for body in bodies)

    # -- help ------------------------------------------------------------------------------

    def ids(self, model):
        return [self.rows[model._name, state] for state in STATES]


class TestTable(Ways, Common):
    """Each line of the tables, for each group, each state and each guarded model."""

    cells = 0

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        print(f"\n{cls.cells} cells of the wall's table")

    def check(self, table, find):
        """Compare all cells of a table; ``find(way, model)`` returns a verdict for each state."""
        for name, *verdicts in lines(table):
            for group in INSIDERS + OUTSIDERS:
                for model in GUARDED:
                    self.env.invalidate_all()
                    with self.subTest(way=name, group=group, model=model):
                        found = find(name, self.env[model].with_user(getattr(self, group)))
                        self.assertEqual(found, self.expect(name, group, *verdicts))
                    type(self).cells += len(STATES)

    def expect(self, name, group, consents, others, outsiders):
        if group in OUTSIDERS:
            return dict.fromkeys(STATES, outsiders)
        if (name, group) in EXCEPTIONS:
            return dict.fromkeys(STATES, EXCEPTIONS[name, group])
        return {state: consents if state == "given" else others for state in STATES}

    def test_ways_that_bring_many_rows(self):
        def find(name, model):
            seen = self.outcome(getattr(self, f"way_{name}"), model)
            if seen == "refused":
                return dict.fromkeys(STATES, seen)
            return {state: "seen" if state in seen else "nothing" for state in STATES}

        self.check(MANY, find)

    def test_ways_that_take_one_row(self):
        def find(name, model):
            rows = {state: model.browse(self.rows[model._name, state]) for state in STATES}
            return {state: self.verdict(name, row) for state, row in rows.items()}

        self.check(ONE, find)

    def test_ways_around(self):
        def find(name, model):
            user = model.env.user
            return {
                state: self.verdict(name, partner.with_user(user), model._name)
                for state, partner in self.partners.items()
            }

        self.check(AROUND, find)

    def verdict(self, name, *args):
        answer = self.outcome(getattr(self, f"way_{name}"), *args)
        return answer if answer == "refused" else "seen" if answer else "nothing"


# Ways over HTTP: one request for each user brings what there is of all states.
#  way                 consents  others     outsiders
HTTP_MANY = """
   csv                 seen      nothing    refused
   xlsx                seen      nothing    refused
   json2_search        seen      nothing    refused
   xmlrpc_search       seen      nothing    refused
   jsonrpc_list        seen      nothing    refused
"""
HTTP_ONE = """
   json2_read          seen      refused    refused
   xmlrpc_read         seen      refused    refused
   url_with_an_id      seen      refused    refused
   url_in_debug_mode   seen      refused    refused
"""
# Who logs in: one of those who may, one who may not, and one from outside.
HTTP_GROUPS = ("clerk", "officer", "sales", "portal")


class TestTableOverHttp(Ways, CommonHttp):
    """The same over HTTP, with a browser's session, an API key, and XML-RPC."""

    cells = 0

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.keys = {}
        for group in HTTP_GROUPS:
            keys = cls.env["res.users.apikeys"].with_user(getattr(cls, group)).sudo()
            cls.keys[group] = keys._generate("rpc", "Try", None)
        cls.env.flush_all()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        print(f"\n{cls.cells} cells of the wall's table over HTTP")

    def call_json2(self, group, model, method, **values):
        answer = self.url_open(
            f"/json/2/{model}/{method}",
            data=json.dumps(values),
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Bearer {self.keys[group]}",
            },
        )
        return answer.json() if answer.status_code == 200 else "refused"

    def call_xmlrpc(self, group, model, method, *args):
        user = getattr(self, group)
        try:
            return self.xmlrpc_object.execute_kw(
                self.env.cr.dbname, user.id, self.keys[group], model, method, args
            )
        except Fault:
            return "refused"

    def call_jsonrpc(self, group, model, method, *args, **kwargs):
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        path = f"/web/dataset/call_kw/{model}/{method}"
        answer = self.url_open(path, json={"params": params}).json()
        return "refused" if "error" in answer else answer["result"]

    def export(self, model, kind):
        fields = [{"name": "partner_id/name", "label": "Contact", "type": "char"}]
        data = {
            "model": model,
            "fields": fields,
            "ids": False,
            "domain": ZELDAS,
            "import_compat": False,
            "groupby": [],
            "context": {},
        }
        form = {"data": json.dumps(data), "csrf_token": Request.csrf_token(self)}
        answer = self.url_open(f"/web/export/{kind}", data=form)
        return answer.content if answer.status_code == 200 else "refused"

    def way_csv(self, group, model):
        found = self.export(model, "csv")
        return found if found == "refused" else self.by_name(found)

    def way_xlsx(self, group, model):
        found = self.export(model, "xlsx")
        if found == "refused":
            return found
        rows = load_workbook(io.BytesIO(found)).active.iter_rows(values_only=True)
        return self.by_name(str(list(rows)))

    def way_json2_search(self, group, model):
        found = self.call_json2(group, model, "search_read", domain=ZELDAS, fields=["partner_id"])
        return found if found == "refused" else self.by_name(str(found))

    def way_xmlrpc_search(self, group, model):
        found = self.call_xmlrpc(group, model, "search", ZELDAS)
        return found if found == "refused" else self.by_row(model, found)

    def way_jsonrpc_list(self, group, model):
        found = self.call_jsonrpc(group, model, "web_search_read", ZELDAS, NAME)
        return found if found == "refused" else self.by_name(str(found))

    def way_json2_read(self, group, model, row_id):
        return self.call_json2(group, model, "read", ids=[row_id], fields=["partner_id"])

    def way_xmlrpc_read(self, group, model, row_id):
        return self.call_xmlrpc(group, model, "read", [row_id], ["partner_id"])

    def way_url_with_an_id(self, group, model, row_id):
        """What the web client asks for ``/odoo/<action>/<id>``."""
        action = f"{ADDON}.{model.replace('.', '_')}_action"
        stack = [{"action": action, "resId": row_id}]
        crumb = self.url_open("/web/action/load_breadcrumbs", json={"params": {"actions": stack}})
        self.assertFalse(self.by_name(crumb.text))
        return self.call_jsonrpc(group, model, "web_read", [row_id], NAME)

    def way_url_in_debug_mode(self, group, model, row_id):
        self.url_open(f"/odoo/{model}/{row_id}?debug=1")
        params = {"model": model, "method": "web_read", "args": [[row_id], NAME], "kwargs": {}}
        answer = self.url_open("/web/dataset/call_kw", json={"params": params}).json()
        if "error" in answer:
            self.assertFalse(self.by_name(str(answer)))
            return "refused"
        return answer["result"]

    def check(self, table, find):
        for group in HTTP_GROUPS:
            self.authenticate(getattr(self, group).login, getattr(self, group).login)
            for name, consents, others, outsiders in lines(table):
                for model in GUARDED:
                    with self.subTest(way=name, group=group, model=model):
                        if group in INSIDERS:
                            expected = dict.fromkeys(STATES, others) | {"given": consents}
                        else:
                            expected = dict.fromkeys(STATES, outsiders)
                        self.assertEqual(find(name, group, model), expected)
                    type(self).cells += len(STATES)

    @mute_logger(
        "odoo.http", "odoo.addons.rpc.controllers.xmlrpc", "odoo.addons.base.models.ir_rule"
    )
    def test_ways_that_bring_many_rows(self):
        def find(name, group, model):
            seen = getattr(self, f"way_{name}")(group, model)
            if seen == "refused":
                return dict.fromkeys(STATES, seen)
            return {state: "seen" if state in seen else "nothing" for state in STATES}

        self.check(HTTP_MANY, find)

    @mute_logger("odoo.http", "odoo.addons.rpc.controllers.xmlrpc")
    def test_ways_that_take_one_row(self):
        def find(name, group, model):
            found = {}
            for state in STATES:
                seen = getattr(self, f"way_{name}")(group, model, self.rows[model, state])
                found[state] = seen if seen == "refused" else "seen" if seen else "nothing"
            return found

        self.check(HTTP_ONE, find)
