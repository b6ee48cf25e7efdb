"""R17: the dashboard counts all mentions, and never leads to a customer or picks out anybody."""

from datetime import timedelta, timezone

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Domain

from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired

from common import ADDON, Common, CommonHttp, make_post

ANALYSIS = {"social_analysis": True}
ALL = ["volume", "tone", "voice", "topics", "answer", "promise", "coverage", "refused"]


class Measured(Common):
    """Two brands, heard by a source each; twelve authors, of whom nine speak of ours."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["social.mention"].search([]).unlink()
        brands = cls.env["social.brand"]
        cls.ours = brands.create({"name": "Nordlicht"})
        cls.theirs = brands.create({"name": "Südwind", "side": "competitor"})
        cls.source.brand_id = cls.ours
        cls.other = cls.source.copy({"name": "Of the competitor", "brand_id": cls.theirs.id})
        cls.now = fields.Datetime.now().replace(microsecond=0)
        cls.mentions = cls.source._store([cls.post(number) for number in range(9)])
        cls.mentions += cls.other._store([cls.post(number) for number in range(9, 12)])
        cls.clerks = cls.env["social.mention"].with_user(cls.clerk).with_context(**ANALYSIS)

    @classmethod
    def post(cls, number):
        published = cls.now - timedelta(days=2, minutes=number)
        return make_post(
            number,
            author=f"user{number}@social.example",
            published_at=published.replace(tzinfo=timezone.utc),
        )

    def read_graph(self, groupby, *aggregates, domain=()):
        return self.clerks.formatted_read_group(list(domain), [groupby], list(aggregates))

    def ask(self, user, days=30):
        return self.env["social.dashboard"].with_user(user).get_dashboard(days)

    def read_panel(self, user, code):
        """Ask as the graph of a panel does."""
        [panel] = [each for each in self.ask(user)["panels"] if each["code"] == code]
        context = panel["context"]
        measure = context["graph_measure"]
        records = self.env[panel["model"]].with_user(user).with_context(**context)
        if measure != "__count":
            measure = f"{measure}:{records.fields_get([measure])[measure]['aggregator']}"
        groups = records.formatted_read_group(panel["domain"], context["graph_groupbys"], [measure])
        return [
            (*(group[by] for by in context["graph_groupbys"]), group[measure]) for group in groups
        ]


class TestShareOfVoice(Measured):
    def test_r17_mentions_are_counted_by_brand_and_few_authors_left_out(self):
        self.assertEqual(self.read_panel(self.clerk, "voice"), [((self.ours.id, "Nordlicht"), 9)])
        self.other._store([self.post(number) for number in range(20, 24)])
        self.assertEqual(
            {brand[1]: count for brand, count in self.read_panel(self.clerk, "voice")},
            {"Südwind": 7, "Nordlicht": 9},
        )

    def test_a_post_that_both_sources_bring_counts_once(self):
        self.other._store([self.post(number) for number in range(9)])
        self.assertEqual(self.mentions[0].sudo().source_ids, self.source | self.other)
        self.assertEqual(sum(count for _brand, count in self.read_panel(self.clerk, "voice")), 9)

    def test_a_click_on_a_brand_leads_to_its_mentions(self):
        [group] = self.read_graph("brand_id", "__count")
        found = self.clerks.search(Domain(group["__extra_domain"]))
        self.assertEqual(found, self.mentions[:9].sorted())
        self.source.brand_id = False
        [group] = self.read_graph("brand_id", "__count")
        self.assertEqual(self.clerks.search(Domain(group["__extra_domain"])), found)

    def test_no_way_over_a_brand_leads_to_what_its_reader_may_not_see(self):
        """What stands behind a source, its account's key most of all, cannot be asked letter by letter."""
        account = self.env["social.account"].create(
            {"name": "A", "connector": "fediverse", "address": "https://a.example", "secret": "xyz"}
        )
        self.source.write({"address": "https://a.example", "account_id": account.id})
        other = self.env["res.company"].create({"name": "Elsewhere"})
        theirs = self.source.copy(
            {
                "company_id": other.id,
                "account_id": False,
                "team_id": False,
                "brand_id": False,
                "term": "theirs",
            }
        )
        theirs.brand_id = self.env["social.brand"].create({"name": "All's", "company_id": False})
        theirs._store([self.post(number) for number in range(30, 40)])
        for domain in (
            [("brand_id.source_ids.account_id.secret", "=like", "x%")],
            [("brand_id.source_ids.term", "=", "theirs")],
            [("brand_id", "any", [("source_ids.term", "=", "theirs")])],
        ):
            try:
                found = self.clerks.search(domain)
            except AccessError:
                found = self.clerks.browse()
            self.assertFalse(found, domain)

    def test_a_brand_is_searched_by_name_too_and_archived_ones_as_well(self):
        theirs = self.mentions[9:]
        self.theirs.active = False
        for domain in (
            [("brand_id", "ilike", "süd")],
            [("brand_id.name", "=", "Südwind")],
            [("brand_id", "in", self.theirs.ids)],
            [("brand_id", "!=", self.ours.id)],
            [("brand_id", "not ilike", "nord")],
            [("brand_id.side", "=", "competitor")],
        ):
            self.assertEqual(self.clerks.search(domain), theirs.sorted(), domain)
        self.assertFalse(self.clerks.search([("brand_id", "=", False)]))
        self.other.brand_id = False
        self.assertEqual(self.clerks.search([("brand_id", "=", False)]), theirs.sorted())
        self.assertEqual(
            self.clerks.search([("brand_id", "!=", False)]), self.mentions[:9].sorted()
        )

    def test_r24_a_brand_is_no_person(self):
        for name in ("Ada Example", "example, ADA"):
            with self.assertRaises(ConsentRequired):
                self.env["social.brand"].create({"name": name})
        with self.assertRaises(ConsentRequired):
            self.theirs.name = "Ada Example"
        self.partner.is_company = True
        self.theirs.name = "Ada Example"

    def test_managers_name_brands_and_clerks_read_them(self):
        brands = self.env["social.brand"]
        brands.with_user(self.manager).create({"name": "Third"})
        self.assertIn("Third", brands.with_user(self.clerk).search([]).mapped("name"))
        with self.assertRaises(AccessError):
            brands.with_user(self.clerk).create({"name": "Fourth"})


class TestAnswerTimes(Measured):
    def answer(self, mentions, hours):
        for mention, hour in zip(mentions, hours, strict=True):
            answered = mention.published_at + timedelta(hours=hour)
            mention.sudo().write({"first_answered_at": answered})

    def test_the_median_forgets_the_post_that_was_forgotten(self):
        team = self.env["social.team"].create({"name": "Service"})
        self.mentions.sudo().team_id = team
        self.answer(self.mentions[:5], [1, 2, 3, 4, 1000])
        self.assertEqual(self.read_panel(self.clerk, "answer"), [((team.id, "Service"), 3.0)])
        self.assertEqual(self.mentions[1].answer_hours, 2.0)
        self.assertFalse(self.mentions[6].answer_hours)

    def test_r17_answers_to_few_authors_are_not_shown(self):
        self.answer(self.mentions[:4], [1, 2, 3, 4])
        self.assertEqual(self.read_panel(self.clerk, "answer"), [])
        figures = {figure["code"]: figure["value"] for figure in self.ask(self.clerk)["figures"]}
        self.assertEqual(figures["mentions"], 12)
        self.assertIsNone(figures["answer"])

    def test_a_pivot_table_knows_the_median_too(self):
        self.answer(self.mentions[:5], [1, 2, 3, 4, 1000])
        domain = [("first_answered_at", "!=", False)]
        total, brands = self.clerks.formatted_read_grouping_sets(
            domain, [[], ["brand_id"]], ["answer_hours:median"]
        )
        self.assertEqual([group["answer_hours:median"] for group in total + brands], [3.0, 3.0])


class TestPromises(Measured):
    """A promise in working hours is measured by when it ends, and not by the clock."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team = cls.env["social.team"].create({"name": "Service"})
        cls.mentions.sudo().team_id = cls.team

    def promise(self, mentions, due, answered=None):
        """Say until when answers were promised and when they came, in days from publication."""
        for mention in mentions.sudo():
            published = mention.published_at
            mention.answer_due_at = published + timedelta(days=due)
            mention.first_answered_at = answered and published + timedelta(days=answered)

    def read(self):
        figures = {figure["code"]: figure["value"] for figure in self.ask(self.clerk)["figures"]}
        return self.read_panel(self.clerk, "promise"), figures["promise"]

    def test_the_share_that_was_answered_within_the_promise(self):
        self.promise(self.mentions[:3], 1.5, answered=1)
        self.promise(self.mentions[3:4], 0.5, answered=1)
        # Overdue; closed without an answer; still in time; never promised.
        self.promise(self.mentions[4:5], 0.5)
        self.promise(self.mentions[5:6], 0.5)
        self.mentions[5].action_close()
        self.promise(self.mentions[6:9], 5)
        self.assertEqual(self.read(), ([((self.team.id, "Service"), 60.0)], 60.0))
        self.assertEqual(self.mentions[0].answered_in_time, 100)
        self.assertEqual(self.mentions[3].answered_in_time, 0)

    def test_a_pivot_table_counts_the_same_of_all(self):
        self.promise(self.mentions[:3], 1.5, answered=1)
        self.promise(self.mentions[3:4], 0.5)
        [total] = self.clerks.formatted_read_group([], [], ["answered_in_time:avg"])
        self.assertEqual(total["answered_in_time:avg"], 75.0)

    def test_r17_promises_to_few_authors_are_not_shown(self):
        self.promise(self.mentions[:4], 1.5, answered=1)
        self.assertEqual(self.read(), ([], None))


class TestKeyFigures(Measured):
    def get(self, code, days=30):
        [figure] = [each for each in self.ask(self.clerk, days)["figures"] if each["code"] == code]
        return figure["value"], figure["before"]

    def test_this_period_stands_beside_the_one_before(self):
        self.assertEqual(self.get("mentions"), (12, None))
        with self.after(days=30):
            self.assertEqual(self.get("mentions"), (None, 12))
            self.assertEqual(self.get("mentions", 90), (12, None))

    def test_the_tone_is_the_average(self):
        self.mentions.action_rate_negative()
        self.assertAlmostEqual(self.get("tone")[0], -0.6)


class TestCoverage(Measured):
    def setUp(self):
        super().setUp()
        self.contacts = self.env["res.partner"].create(
            [{"name": f"Contact {number}", "lang": "en_US"} for number in range(30)]
        )
        self.all = self.env["res.partner"].search_count([])

    def count(self, purpose="match", channel=False):
        coverage = self.env["social.coverage"]
        coverage._cron_count()
        rows = coverage.search(
            [
                ("newest", "=", True),
                ("purpose_id.code", "=", purpose),
                ("channel", "=", channel),
                ("company_id", "=", self.env.company.id),
            ]
        )
        self.assertAlmostEqual(sum(rows.mapped("share")), 100)
        return {row.state: row.persons for row in rows if row.persons}

    def test_r17_contacts_are_counted_by_what_they_said(self):
        self.give(partner=self.contacts[:12])
        self.contacts[12:20]._object_social("match", method="staff")
        self.assertEqual(self.count(), {"given": 12, "refused": 8, "never": self.all - 20})
        self.assertEqual(self.count("contact", "email"), {"never": self.all})

    def test_a_consent_that_ran_out_is_none(self):
        end = fields.Datetime.now() + timedelta(days=10)
        self.give(partner=self.contacts[:12], valid_until=end)
        with self.after(days=11):
            self.assertEqual(self.count(), {"open": 12, "never": self.all - 12})

    def test_r17_too_few_are_counted_with_those_who_said_nothing(self):
        self.give(partner=self.contacts[:12])
        self.contacts[12:16]._object_social("match", method="staff")
        self.assertEqual(self.count(), {"given": 12, "never": self.all - 12})

    def test_r17_no_subtraction_tells_how_few_were_never_asked(self):
        fold = self.env["social.coverage"]._fold_small
        self.assertEqual(fold({"given": 50, "refused": 7}, 60), {"given": 50, "never": 10})
        self.assertEqual(fold({"given": 50, "refused": 10}, 60), {"given": 50, "refused": 10})
        self.assertEqual(fold({"given": 57, "refused": 3}, 60), {"never": 60})
        self.assertEqual(fold({"given": 2}, 4), {})

    def test_the_states_of_several_channels_add_up_to_all_contacts(self):
        self.give("contact", "email", partner=self.contacts[:12])
        self.count()
        shares = self.read_panel(self.manager, "coverage")
        for purpose in {purpose for purpose, _state, _share in shares}:
            found = [share for each, _state, share in shares if each == purpose]
            self.assertAlmostEqual(sum(found), 100)

    def test_a_day_is_counted_once_and_stays(self):
        self.count()
        first = self.env["social.coverage"].search_count([])
        self.assertEqual(self.count(), {"never": self.all})
        self.assertEqual(self.env["social.coverage"].search_count([]), first)
        with self.after(days=1):
            self.count()
        self.assertEqual(self.env["social.coverage"].search_count([]), 2 * first)

    def test_nobody_writes_a_count(self):
        self.count()
        row = self.env["social.coverage"].search([], limit=1)
        for user in (self.manager, self.officer):
            with self.assertRaises(AccessError):
                row.with_user(user).persons = 1000
        with self.assertRaises(AccessError):
            row.with_user(self.clerk).read(["persons"])


class TestRefusedActs(Measured):
    """In a company of its own, where nothing was refused before."""

    def setUp(self):
        super().setUp()
        self.company = self.env["res.company"].create({"name": "Elsewhere"})
        self.manager.company_ids += self.company

    def refuse(self, persons):
        """Ask to match so many, of whom nobody consented."""
        partners = self.env["res.partner"].create(
            [{"name": f"Contact {number}", "lang": "en_US"} for number in range(persons)]
        )
        partners = partners.with_user(self.manager).with_company(self.company)
        partners.env["social.policy"]._enforce("match", partners, partial=True)
        self.env.flush_all()

    def get_report(self, company):
        report = self.env["social.decision.report"].with_user(self.manager)
        return report.with_context(allowed_company_ids=company.ids)

    def count(self, company):
        match = [("act", "=", "match"), ("company_id", "!=", False)]
        groups = self.get_report(company).formatted_read_group(
            match, ["rule", "result"], ["count:sum"]
        )
        return {(group["rule"], group["result"]): group["count:sum"] for group in groups}

    def test_r25_refused_acts_are_counted_by_rule_and_few_left_out(self):
        self.refuse(4)
        self.assertEqual(self.count(self.company), {}, "four are too few")
        self.refuse(1)
        self.assertEqual(self.count(self.company), {("R2", "refused"): 5})

    def at(self, number):
        """Let the newest refusals be of another moment: a test has one transaction only."""
        self.env.cr.execute(
            "UPDATE social_decision SET create_date = %s WHERE company_id = %s AND create_date = %s",
            [self.now - timedelta(minutes=number), self.company.id, self.env.cr.now()],
        )

    def test_r17_one_person_refused_often_is_still_one(self):
        self.give(partner=self.partner)
        partner = self.partner.with_user(self.manager).with_company(self.company)
        for _time in range(9):
            partner.env["social.policy"]._enforce("match", partner, partial=True)
        self.env.flush_all()
        self.assertEqual(self.count(self.company), {})

    def test_r17_who_has_no_key_counts_once_however_often(self):
        for number in range(9):
            self.refuse(1)
            self.at(number)
        self.assertEqual(self.count(self.company), {})

    def test_r17_no_way_of_reading_the_report_picks_out_anybody(self):
        """Neither lists and exports, nor groups of single rows or of a moment, go below."""
        self.manager.group_ids += self.env.ref("base.group_allow_export")
        report = self.get_report(self.company)
        self.refuse(4)
        self.at(7 * 24 * 60)
        self.refuse(4)
        self.assertFalse(report.search([]))
        self.assertFalse(report.search_read([], ["act"]))
        self.assertFalse(report._read_group([], ["id"], ["__count"]))
        self.refuse(3)
        row = report.search([])
        self.assertEqual(len(row), 1)
        self.assertEqual(row.export_data(["count"])["datas"], [[7]])
        for by in ("id", "date:day", "rule"):
            [(_group, count)] = report._read_group([], [by], ["count:sum"])
            self.assertEqual(count, 7)

    def test_the_setting_says_how_few_are_too_few(self):
        self.refuse(6)
        self.env["ir.config_parameter"].set_param(f"{ADDON}.small_group", 7)
        self.assertEqual(self.count(self.company), {})

    def test_r16_refused_sources_are_nobody_and_count_each(self):
        self.source.platform_id.terms_verdict = "forbidden"
        source = self.source.with_user(self.manager).with_company(self.company)
        for _time in range(5):
            source.env["social.policy"]._enforce("collect", source, partial=True)
        self.env.flush_all()
        rows = self.get_report(self.company).search([("act", "=", "collect")])
        self.assertEqual(rows.mapped("count"), [5])

    def test_what_another_company_refused_is_not_counted(self):
        before = self.count(self.env.company)
        self.refuse(5)
        self.assertEqual(self.count(self.env.company), before)

    def test_r5_the_report_names_neither_a_person_nor_who_asked(self):
        report = self.env["social.decision.report"].with_user(self.manager)
        names = report.fields_get().keys()
        self.assertFalse(names & {"subject_key", "user_id", "person_hint", "contract_number"})
        with self.assertRaises(AccessError):
            self.env["social.decision"].with_user(self.manager).search([])


class TestWhoSeesWhat(Measured):
    def get_codes(self, user):
        return [panel["code"] for panel in self.ask(user)["panels"]]

    def test_r5_a_clerk_sees_mentions_and_a_manager_rules_and_consents_too(self):
        self.assertEqual(self.get_codes(self.clerk), ALL[:6])
        self.assertEqual(self.get_codes(self.manager), ALL)
        self.assertEqual(self.get_codes(self.officer), ALL)
        for user in (self.sales, self.employee):
            self.assertEqual(self.ask(user), {"figures": [], "panels": []})

    def test_every_graph_has_its_view_and_an_action_that_leads_on(self):
        for panel in self.ask(self.manager)["panels"]:
            self.assertEqual(self.env["ir.ui.view"].browse(panel["view_id"]).type, "graph")
            self.assertEqual(self.env.ref(panel["action"]).res_model, panel["model"])

    def test_the_officer_gets_every_graph(self):
        self.mentions.sudo().team_id = self.env["social.team"].create({"name": "Service"})
        for code in ALL:
            self.read_panel(self.officer, code)

    def test_r2_the_list_behind_a_graph_shows_no_match_to_outsiders_and_after_withdrawal(self):
        self.give()
        self.mentions[0]._match(self.partner)
        [group] = self.read_graph("brand_id", "__count")
        shown = {"match_count": {}, "text": {}}
        domain = group["__extra_domain"]

        def count_matches(user):
            mentions = self.env["social.mention"].with_user(user).with_context(**ANALYSIS)
            self.env.invalidate_all()
            rows = mentions.web_search_read(domain, shown)["records"]
            self.assertEqual(len(rows), 9)
            return sum(row["match_count"] for row in rows)

        self.assertEqual(count_matches(self.clerk), 1)
        self.withdraw("match")
        self.assertEqual(count_matches(self.clerk), 0)
        for user in (self.sales, self.employee):
            with self.assertRaises(AccessError):
                count_matches(user)

    def test_r2_nothing_that_is_counted_tells_of_customers(self):
        """Neither a group nor a measure of the graphs leads to a contact."""
        for model in ("social.mention", "social.coverage", "social.decision.report"):
            described = self.env[model].with_user(self.manager).fields_get()
            counted = [
                name
                for name, field in described.items()
                if field.get("relation") == "res.partner" and field.get("groupable")
            ]
            self.assertEqual(counted, [], model)
        described = self.env["social.mention"].fields_get(["match_count"])
        self.assertFalse(described["match_count"]["groupable"])


class TestScreen(CommonHttp):
    def test_the_dashboard_opens_and_a_bar_leads_to_the_inbox(self):
        self.env["social.mention"].search([]).unlink()
        now = fields.Datetime.now()
        self.store(
            *(
                make_post(
                    number,
                    author=f"user{number}@social.example",
                    published_at=(now - timedelta(hours=number)).replace(tzinfo=timezone.utc),
                )
                for number in range(9)
            )
        )
        self.env["social.coverage"]._cron_count()
        self.browser_js(
            f"/odoo/action-{ADDON}.social_dashboard_action",
            """
            (async () => {
                const until = async (found) => {
                    while (!found()) {
                        await new Promise((resolve) => setTimeout(resolve, 100));
                    }
                };
                const panel = (code) => document.querySelector(`[data-panel=${code}] canvas`);
                await until(() => panel("voice") && panel("coverage"));
                if (document.querySelectorAll("[data-panel]").length !== 8) {
                    throw new Error("not all graphs are there");
                }
                const figure = document.querySelector("[data-figure=mentions] .fs-2").textContent;
                if (figure.trim() !== "9") {
                    throw new Error(`nine mentions, and not ${figure}`);
                }
                await new Promise((resolve) => setTimeout(resolve, 1500));
                const canvas = panel("voice");
                const box = canvas.getBoundingClientRect();
                const place = { clientX: box.x + box.width / 2, clientY: box.y + box.height * 0.6 };
                for (const type of ["mousemove", "click"]) {
                    canvas.dispatchEvent(new MouseEvent(type, { ...place, bubbles: true }));
                }
                await until(() => document.querySelectorAll(".o_data_row").length === 9);
                console.log("test successful");
            })();
            """,
            login="admin",
        )
