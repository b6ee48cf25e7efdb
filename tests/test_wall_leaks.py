"""What was found to leak in Odoo, each tried on the wall; and that it is no oracle (rules 2, 5, 14)."""

import re
from unittest.mock import patch
from urllib.parse import unquote

from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from odoo.addons.social_consent_monitoring.door import open_door

from common import ADDON, Common, CommonHttp
from wall import GUARDED, INSIDERS, Walled

LOG_FIELDS = ("create_uid", "create_date", "write_uid", "write_date")
HIDDEN = ("expired", "elsewhere")
MISSING = ("withdrawn", "never")
NAME = {"partner_id": {"fields": {"display_name": {}}}}

# What can be called on a row, by code or from outside.
CALLS = {
    "read": lambda row: row.read(),
    "read of one field": lambda row: row.read(["valid_until"]),
    "read of the name": lambda row: row.read(["display_name"]),
    "read of what follows from others": lambda row: row.read(["partner_id", "create_uid"]),
    "web_read": lambda row: row.web_read(NAME),
    "web_read of the id": lambda row: row.web_read({"id": {}}),
    "web_search_read": lambda row: row.web_search_read([("id", "=", row.id)], NAME),
    "search": lambda row: row.search([("id", "=", row.id)]).ids,
    "count": lambda row: row.search_count([("id", "=", row.id)]),
    "write": lambda row: row.write({"valid_until": "9999-12-31"}),
    "web_save": lambda row: row.web_save({"valid_until": "9999-12-31"}, NAME),
    "unlink": lambda row: row.unlink(),
    "copy": lambda row: row.copy(),
    "exists": lambda row: row.exists().ids,
    "has_access": lambda row: [row.has_access(each) for each in ("read", "write", "unlink")],
    "check_access": lambda row: row.check_access("read"),
    "filtered": lambda row: row._filtered_access("unlink").ids,
    "a field": lambda row: row.partner_id.name,
    "a related field": lambda row: row.valid_until,
    "the name": lambda row: row.display_name,
    "metadata": lambda row: row.get_metadata(),
    "export": lambda row: row.export_data(["partner_id/name", "id"]),
    "form action": lambda row: row.get_formview_action(),
    "onchange": lambda row: row.onchange({}, [], {"valid_until": {}, "partner_id": {}}),
    "mixed with one that is seen": lambda row: (row.search([], limit=1) | row).read(),
}


def without_id(answer, row_id):
    """Return an answer in words, without the number that was asked for."""
    # Numbers of lines in tracebacks stay, whatever number the row has.
    return re.sub(rf"(?<!line )\b{row_id}\b", "ID", str(answer))


class TestNoOracle(Walled, Common):
    """A hidden row and a missing one: same answer, same error, same number of queries."""

    def ask(self, call, row):
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        try:
            answer = call(row)
        except (UserError, KeyError, ValueError) as error:
            answer = type(error).__name__, str(error)
        return without_id(answer, row.id), self.cr.sql_log_count - before

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.models.unlink")
    def test_hidden_and_missing_are_alike_in_every_call(self):
        for model in GUARDED:
            for name, call in CALLS.items():
                for group in (*INSIDERS, "employee"):
                    rows = self.env[model].with_user(getattr(self, group))
                    found = {}
                    for state in HIDDEN + MISSING:
                        row = rows.browse(self.rows[model, state])
                        # The first call fills caches of the registry; it does not count.
                        self.ask(call, row)
                        found[state] = self.ask(call, row)
                    with self.subTest(call=name, model=model, group=group):
                        self.assertEqual(len(set(found.values())), 1, found)

    def test_what_is_seen_answers_differently(self):
        """Else the comparison above would prove nothing."""
        for model in GUARDED:
            row = self.env[model].with_user(self.clerk).browse(self.rows[model, "given"])
            for name in ("read", "web_read", "search", "count", "exists", "has_access", "a field"):
                gone = row.browse(self.rows[model, "never"])
                self.assertNotEqual(self.ask(CALLS[name], row), self.ask(CALLS[name], gone), name)

    def test_a_deleted_row_is_deleted_and_hidden_ones_stay(self):
        for model in GUARDED:
            rows = self.env[model].with_user(self.clerk)
            rows.browse(self.rows[model, "given"]).unlink()
            with self.assertRaises(AccessError):
                rows.browse(self.rows[model, "expired"]).unlink()
            self.assertTrue(self.env[model].browse(self.rows[model, "expired"]).exists())

    def test_making_what_is_there_but_hidden_says_what_making_any_says(self):
        """A refused match, and one that exists elsewhere or is over, read the same."""
        errors = {}
        for state in (*HIDDEN, "never", "withdrawn"):
            partner = self.partners[state].with_user(self.clerk)
            mention = self.mentions[state].with_user(self.clerk)
            before = self.cr.sql_log_count
            with self.assertRaises(UserError) as caught:
                mention._match(partner)
            errors[state] = str(caught.exception), self.cr.sql_log_count - before
        self.assertEqual(errors["elsewhere"][0], errors["never"][0])
        for text, _count in errors.values():
            self.assertNotIn("Zelda", text)

    def test_a_second_row_breaks_the_index_with_words_that_name_nobody(self):
        for model in ("social.match", "social.profile"):
            row = self.env[model].browse(self.rows[model, "elsewhere"])
            [vals] = row.sudo().with_context(active_test=False).copy_data()
            with (
                self.assertRaises(UniqueViolation) as caught,
                mute_logger("odoo.sql_db"),
                self.cr.savepoint(),
            ):
                open_door(row.sudo()).create(vals)
            error = row._sql_error_to_message(caught.exception)
            self.assertRegex(error, "cannot be (made|added)")
            self.assertNotIn("zelda", error)


class TestOracleOverHttp(Walled, CommonHttp):
    @mute_logger("odoo.http")
    def test_the_web_client_is_told_the_same(self):
        for debug in ("", "1"):
            self.authenticate(self.clerk.login, self.clerk.login)
            self.url_open(f"/odoo?debug={debug}")
            for model in GUARDED:
                errors = {state: self.error(model, state) for state in HIDDEN + MISSING}
                with self.subTest(model=model, debug=debug):
                    self.assertEqual(len(set(errors.values())), 1, errors)

    def error(self, model, state):
        row_id = self.rows[model, state]
        params = {"model": model, "method": "web_read", "args": [[row_id], NAME], "kwargs": {}}
        answer = self.url_open("/web/dataset/call_kw", json={"params": params}).json()
        self.assertNotIn("Zelda", str(answer))
        return without_id(answer["error"], row_id)


class TestPagesOverHttp(Walled, CommonHttp):
    """Pages that answer to anybody's guess of an id answer the same."""

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_binary")
    def test_links_to_hidden_and_missing_rows_lead_to_the_same_place(self):
        links = (
            "/mail/view?model={model}&res_id={id}",
            "/web/image/{model}/{id}/display_name",
            "/web/content/{model}/{id}/display_name",
            "/odoo/{model}/{id}",
        )
        for login in (self.clerk.login, self.employee.login, None):
            self.authenticate(login, login)
            for link in links:
                for model in GUARDED:
                    with self.subTest(link=link, model=model, login=login):
                        found = {state: self.open(link, model, state) for state in HIDDEN + MISSING}
                        self.assertEqual(len(set(found.values())), 1, found)

    def open(self, link, model, state):
        row_id = self.rows[model, state]
        answer = self.url_open(link.format(model=model, id=row_id), allow_redirects=False)
        place = unquote(answer.headers.get("Location", ""))
        self.assertFalse(self.by_name(answer.text))
        return answer.status_code, without_id(place, row_id)

    def test_the_breadcrumb_of_a_link_says_nothing(self):
        self.authenticate(self.clerk.login, self.clerk.login)
        for model in GUARDED:
            action = f"{ADDON}.{model.replace('.', '_')}_action"
            found = set()
            for state in HIDDEN + MISSING:
                row_id = self.rows[model, state]
                params = {"params": {"actions": [{"action": action, "resId": row_id}]}}
                crumb = self.url_open("/web/action/load_breadcrumbs", json=params).json()
                found.add(without_id(crumb["result"], row_id))
            self.assertEqual(len(found), 1, found)

    def test_the_clerk_is_shown_one_author_in_a_dialog(self):
        mention = self.mentions["given"]
        url = f"/odoo/action-{ADDON}.social_mention_action/{mention.id}"
        self.start_tour(url, "social_show_author", login=self.clerk.login)
        log = [("act", "=", "reveal"), ("user_id", "=", self.clerk.id)]
        self.assertEqual(self.env["social.decision"].search_count(log), 1)


class TestLeaks(Walled, Common):
    """Each way in which Odoo was found to show hidden records."""

    def guarded_fields(self):
        for name, model in self.env.registry.items():
            for field in model._fields.values():
                if name not in GUARDED and field.comodel_name in GUARDED:
                    yield name, field.name

    def test_no_open_model_points_to_a_guarded_one(self):
        """Many2one and related show names, (one2many, "!=", False) asks no rule."""
        self.assertFalse(list(self.guarded_fields()))

    def test_guarded_models_have_no_chatter_no_activities_and_no_token(self):
        for name in GUARDED:
            model = self.env[name]
            for field in ("message_ids", "activity_ids", "access_token", "access_url"):
                self.assertNotIn(field, model._fields)
            self.assertEqual(model._order, "id")

    def test_all_models_behind_the_wall_are_in_this_table(self):
        """And each has a global rule that looks at the clock, and fields of its user's own."""
        found = self.env.registry.descendants(["social.wall.mixin"], "_inherit")
        self.assertEqual({name for name in found if not self.env[name]._abstract}, set(GUARDED))
        for name in GUARDED:
            rules = self.env["ir.rule"].search([("model_id.model", "=", name)])
            self.assertTrue(
                any(rule["global"] and "valid_until" in rule.domain_force for rule in rules)
            )
            for field in self.env[name]._fields.values():
                if field.name not in ("id", "display_name", *LOG_FIELDS):
                    self.assertIn("uid", self.env.registry.field_depends_context[field], field)

    def test_a_name_tells_nothing_even_with_sudo(self):
        for name in GUARDED:
            for state in ("given", "expired"):
                row = self.env[name].browse(self.rows[name, state])
                self.assertRegex(row.sudo().display_name, r"^[A-Z][a-z]+ \d+$")

    def test_a_hidden_profile_shows_nothing_through_its_values(self):
        partner, mention = self.partners["given"], self.mentions["given"]
        profile = self.env["social.profile"].browse(self.rows["social.profile", "given"])
        value = self.env["social.enrichment"]._make(
            partner, self.category, "Sails", profile=profile
        )
        with self.at_a_second_after(profile):
            [read] = value.with_user(self.clerk).web_read(
                {"profile_id": {"fields": {"display_name": {}}}}
            )
            self.assertNotIn("zelda", str(read).lower())
            found = value.with_user(self.clerk).search([("profile_id.partner_id", "!=", False)])
            self.assertNotIn(value, found)
            value.with_user(self.clerk).search([], order="profile_id")
        self.assertTrue(mention)

    def at_a_second_after(self, row):
        """Hide one row, and nothing else."""
        self.env.cr.execute(
            f"UPDATE {row._table} SET valid_until = '2000-01-01' WHERE id = %s", [row.id]
        )
        self.env.invalidate_all()
        return self.subTest(hidden=row._name)

    def test_what_sudo_read_in_the_same_transaction_does_not_show_through(self):
        for name in GUARDED:
            hidden = self.env[name].browse(self.rows[name, "expired"])
            hidden.with_user(self.clerk).sudo().read()
            seen = hidden.with_user(self.clerk)
            for field in ("partner_id", "valid_until", "consent_id", "company_id"):
                with self.assertRaises(AccessError):
                    seen[field]
        hidden = self.env["social.match"].browse(self.rows["social.match", "expired"])
        hidden.with_user(self.clerk).sudo().read(["text", "published_at"])
        with self.assertRaises(AccessError):
            hidden.with_user(self.clerk).mapped("text")

    def test_what_a_user_changed_by_an_act_is_what_is_stored(self):
        """Values at hand differ by user; a write takes the new one, not another user's old one."""
        row = self.env["social.match"].browse(self.rows["social.match", "given"])
        old = row.with_user(self.clerk).valid_until
        new = old.replace(year=old.year - 1)
        open_door(row).write({"valid_until": new})
        self.env.flush_all()
        self.assertEqual(row.with_user(self.clerk).valid_until, new)
        self.env.cr.execute("SELECT valid_until FROM social_match WHERE id = %s", [row.id])
        self.assertEqual(self.env.cr.fetchone()[0], new)

    def test_the_developer_mode_names_nobody(self):
        # Odoo counts the group only within a request in that mode.
        self.enterContext(patch.object(type(self.clerk), "has_group", lambda *_args: True))
        for name in GUARDED:
            for state in HIDDEN:
                row = self.env[name].with_user(self.clerk).browse(self.rows[name, state])
                with self.assertRaises(AccessError) as caught:
                    row.read()
                for word in ("Zelda", "Elsewhere", "rule", str(row.id)):
                    self.assertNotIn(word, str(caught.exception))
                self.assertFalse(getattr(caught.exception, "context", None))

    def test_a_visible_record_with_a_hidden_id_is_refused(self):
        for name in GUARDED:
            for state in ("given", *HIDDEN, "never"):
                target = {"res_model": name, "res_id": self.rows[name, state]}
                with self.assertRaises(AccessError):
                    self.env["ir.attachment"].with_user(self.clerk).create({"name": "x", **target})

    def test_an_attachment_behind_the_wall_is_never_public(self):
        for name in GUARDED:
            files = self.env["ir.attachment"].search([("res_model", "=", name)])
            self.assertTrue(files)
            with self.assertRaises(ValidationError):
                files[0].public = True
            with self.assertRaises(ValidationError):
                files[0].generate_access_token()
            with self.assertRaises(ValidationError):
                files.create({"name": "x", "public": True, "res_model": name, "res_id": 1})

    def test_an_attachment_of_a_hidden_row_is_not_read(self):
        for name in GUARDED:
            for state in HIDDEN:
                domain = [("res_model", "=", name), ("res_id", "=", self.rows[name, state])]
                file = self.env["ir.attachment"].search(domain)
                self.assertTrue(file)
                with self.assertRaises(AccessError):
                    file.with_user(self.clerk).read(["name", "datas"])

    def test_jobs_that_run_as_superuser_count_no_hidden_row(self):
        partner = self.partners["expired"].sudo()
        self.assertEqual(partner.social_match_count + partner.social_profile_count, 0)
        self.assertEqual(partner.social_enrichment_count, 0)
        self.assertEqual(self.mentions["expired"].sudo().match_count, 0)

    def test_ordering_tells_nothing(self):
        """By what is not read, nobody sorts; through a contact, only what is seen comes back."""
        match = self.env["social.match"].with_user(self.clerk)
        self.assertEqual(
            match.search([], order="partner_id").ids, [self.rows["social.match", "given"]]
        )
        partners = self.env["res.partner"].with_user(self.clerk)
        for order in ("social_match_count", "social_profile_count", "social_enrichment_count"):
            with self.assertRaises(ValueError):
                partners.search([], order=order)
            with self.assertRaises(ValueError), mute_logger("odoo.fields"):
                partners.search([(order, ">", 0)])
            with self.assertRaises(ValueError):
                partners._read_group([], [], [f"{order}:sum"])

    def test_a_rule_broken_by_hand_is_noticed(self):
        """The table can fail: without the rule the same search finds what is hidden."""
        model = self.env["social.match"].with_user(self.clerk)
        self.assertEqual(len(model.search([])), 1)
        self.env.ref(f"{ADDON}.social_match_rule_valid").domain_force = "[(1, '=', 1)]"
        self.assertEqual(
            set(model.search([]).ids),
            {self.rows["social.match", state] for state in ("given", *HIDDEN)},
        )


# Names and places that contain the handle.
SECRET_FIELDS = (
    ("social.author", "handle"),
    ("social.mention", "url"),
    ("social.mention", "external_id"),
    ("social.mention", "author_id.handle"),
    ("social.author", "mention_ids.url"),
    ("social.author", "mention_ids.external_id"),
    ("social.match", "mention_id.url"),
    ("social.match", "mention_id.external_id"),
    ("social.match", "mention_id.author_id.handle"),
    ("social.enrichment", "mention_id.url"),
    ("social.enrichment", "profile_id.handle"),
    ("social.profile", "handle"),
    ("social.source", "mention_ids.url"),
)
# How one could get at them, each given the model and the path.
READINGS = {
    "search": lambda model, path: model.search([(path, "like", "zelda")]),
    "search for nothing": lambda model, path: model.search([(path, "!=", "nobody")]),
    "search any": lambda model, path: model.search(nest(path)),
    "count": lambda model, path: model.search_count([(path, "=like", "zelda%")]),
    "search read": lambda model, path: model.web_search_read([(path, "like", "z")], {"id": {}}),
    "order": lambda model, path: model.search([], order=path),
    "order down": lambda model, path: model.web_search_read([], {"id": {}}, order=f"{path} desc"),
    "_read_group": lambda model, path: model._read_group([], [path]),
    "aggregate": lambda model, path: model._read_group([], [], [f"{path}:array_agg"]),
    "count distinct": lambda model, path: model._read_group([], [], [f"{path}:count_distinct"]),
    "max": lambda model, path: model.formatted_read_group([], [], [f"{path}:max"]),
    "formatted_read_group": lambda model, path: model.formatted_read_group([], [path], ["__count"]),
    "grouping sets": lambda model, path: model.formatted_read_grouping_sets(
        [], [[path]], ["__count"]
    ),
    "web_read_group": lambda model, path: model.web_read_group([], [path], ["__count"]),
    "group order": lambda model, path: model._read_group([], ["id"], [], order=f"{path}:max"),
    "having": lambda model, path: model._read_group(
        [], ["id"], [], having=[(f"{path}:max", "=", "z")]
    ),
    "progress bar": lambda model, path: model.read_progress_bar(
        [], path, {"field": path, "colors": {}}
    ),
    "export": lambda model, path: model.search([]).export_data([path.replace(".", "/")]),
    "read": lambda model, path: model.search([]).read([path]),
    "web_read": lambda model, path: model.search([]).web_read(spec(path)),
    "filtered": lambda model, path: model.search([]).filtered_domain([(path, "like", "zelda")]),
    "attribute": lambda model, path: model.search([]).mapped(path),
}


def nest(path):
    """Return a domain with nested ``any`` for a dotted path."""
    *way, name = path.split(".")
    domain = [(name, "like", "zelda")]
    for field in reversed(way):
        domain = [(field, "any", domain)]
    return domain


def spec(path):
    *way, name = path.split(".")
    wanted = {name: {}}
    for field in reversed(way):
        wanted = {field: {"fields": wanted}}
    return wanted


class TestAuthors(Walled, Common):
    """R14: authors are pseudonymous until needed, and shown one at a time."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        profile = cls.env["social.profile"].browse(cls.rows["social.profile", "given"])
        values = cls.env["social.enrichment"]
        values._make(cls.partners["given"], cls.category, "Sails", profile=profile)

    def test_nobody_but_the_officer_gets_at_a_handle(self):
        for name, path in SECRET_FIELDS:
            if path.split(".")[0] not in self.env[name]._fields:
                continue
            for how, call in READINGS.items():
                for user in (self.clerk, self.manager):
                    model = self.env[name].with_user(user)
                    self.env.invalidate_all()
                    with self.subTest(model=name, path=path, how=how, user=user.login):
                        self.assertNotIn("zelda", self.try_out(call, model, path))

    @mute_logger("odoo.models", "odoo.fields", "odoo.http")
    def try_out(self, call, model, path):
        """Return the answer in words; an answer at all to a question about a handle is a leak."""
        try:
            answer = call(model, path)
        except (UserError, ValueError, KeyError):
            # No such path for anybody, or not for this user.
            return ""
        return f"zelda leaked: {answer}"

    def test_the_officer_finds_and_exports_them(self):
        authors = self.env["social.author"].with_user(self.officer)
        found = authors.search([("handle", "=", "zelda_given@social.example")])
        self.assertEqual(found, self.mentions["given"].author_id)
        self.assertEqual(found.export_data(["handle"])["datas"], [["zelda_given@social.example"]])
        mentions = self.env["social.mention"].with_user(self.officer)
        self.assertTrue(mentions.search([("url", "like", "social.example")], order="url"))

    def test_searching_by_author_finds_pseudonyms_only(self):
        mentions = self.env["social.mention"].with_user(self.clerk)
        self.assertFalse(mentions.search([("author_id", "ilike", "zelda")]))
        self.assertFalse(self.env["social.author"].with_user(self.clerk).name_search("zelda"))
        author = self.mentions["given"].author_id
        self.assertTrue(mentions.search([("author_id", "ilike", author.pseudonym)]))
        groups = mentions.formatted_read_group([], ["author_id"], ["__count"])
        self.assertNotIn("zelda", str(groups))
        self.assertNotIn(
            "zelda", str(mentions.search([]).export_data(["author_id", "display_name"]))
        )

    def test_a_handle_is_shown_one_at_a_time_and_each_showing_is_logged(self):
        mention = self.mentions["given"].with_user(self.clerk)
        log = self.env["social.decision"]
        domain = [("act", "=", "reveal"), ("user_id", "=", self.clerk.id)]
        before = log.search_count(domain)
        for showing in (1, 2):
            action = mention.action_show_author()
            self.assertEqual(action["params"]["handle"], "zelda_given@social.example")
            self.assertIn(mention.author_id.pseudonym, action["params"]["title"])
            self.assertEqual(log.search_count(domain), before + showing)
        with self.assertRaises(ValueError):
            (mention | self.mentions["never"].with_user(self.clerk)).action_show_author()
        self.assertNotIn("zelda", str(log.search(domain).read()))

    def test_only_who_reads_mentions_is_shown_an_author(self):
        for user in (self.sales, self.employee, self.portal):
            for method in ("action_show_author", "action_open_original"):
                with self.assertRaises(AccessError):
                    getattr(self.mentions["given"].with_user(user), method)()

    def test_a_post_without_an_author_says_so(self):
        mention = self.mentions["never"]
        mention.sudo().author_id = False
        with self.assertRaisesRegex(UserError, "did not say"):
            mention.with_user(self.clerk).action_show_author()
