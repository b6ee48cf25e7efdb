"""The spreadsheet asks like everything else that counts: small groups are left out (rule 17)."""

import json
from datetime import timedelta, timezone
from unittest.mock import patch

from odoo import fields
from odoo.tools import file_open

from common import Common, CommonHttp, make_post

GLUE = "social_consent_monitoring_dashboard"


class Spreadsheet:
    def store_recent(self, authors):
        now = fields.Datetime.now()
        posts = [
            make_post(
                number,
                author=f"user{number % authors}@social.example",
                published_at=(now - timedelta(hours=number)).replace(tzinfo=timezone.utc),
            )
            for number in range(12)
        ]
        return self.store(*posts)


class TestData(Spreadsheet, Common):
    def setUp(self):
        super().setUp()
        self.env["social.mention"].search([]).unlink()
        with file_open(f"{GLUE}/data/files/social_dashboard.json") as file:
            data = json.load(file)
        figures = [figure["data"] for sheet in data["sheets"] for figure in sheet["figures"]]
        self.charts = [figure for figure in figures if figure["type"] != "scorecard"]
        self.pivots = list(data["pivots"].values())

    def count(self):
        """Ask as the spreadsheet does; return all groups of mentions that it gets."""
        found = []
        for chart in self.charts:
            found += self.ask(chart["metaData"]["resModel"], chart["searchParams"], ["__count"])
        for pivot in self.pivots:
            rows = [row["fieldName"] for row in pivot["rows"]]
            measures = [measure["id"] for measure in pivot["measures"]]
            found += self.ask(pivot["model"], {**pivot, "groupBy": rows}, measures)
        return [group["__count"] for group in found]

    def ask(self, model, params, measures):
        if model != "social.mention":
            return []
        mentions = self.env[model].with_user(self.manager).with_context(**params["context"])
        groupby = params["groupBy"]
        groups = mentions.formatted_read_group(params["domain"], groupby, measures)
        for sets in mentions.formatted_read_grouping_sets(
            params["domain"], [[], groupby] if groupby else [[]], measures
        ):
            groups = [*groups, *sets]
        return groups

    def test_r17_nothing_in_it_counts_a_small_group(self):
        mentions = self.store_recent(authors=4)
        self.assertEqual(self.count(), [], "twelve posts, but of four authors")
        mentions.unlink()
        self.store_recent(authors=12)
        self.assertTrue(self.count())

    def test_fields_and_models_are_there(self):
        for chart in self.charts:
            meta = chart["metaData"]
            names = [each.split(":")[0] for each in [*meta["groupBy"], meta["measure"]]]
            known = self.env[meta["resModel"]].with_user(self.manager).fields_get()
            self.assertLessEqual(set(names) - {"__count"}, known.keys())

    def test_managers_alone_see_it(self):
        dashboards = self.env["spreadsheet.dashboard"]
        ours = self.env.ref(f"{GLUE}.spreadsheet_dashboard_social")
        for user, seen in ((self.manager, True), (self.clerk, False), (self.employee, False)):
            found = dashboards.with_user(user).search([("id", "=", ours.id)])
            self.assertEqual(bool(found), seen)


class TestScreen(Spreadsheet, CommonHttp):
    def test_r17_whatever_the_browser_asks_is_without_small_groups(self):
        self.env["social.mention"].search([]).unlink()
        self.store_recent(authors=12)
        mentions, asked = type(self.env["social.mention"]), []
        original = mentions._leaves_out_small_groups

        def note(records):
            asked.append(original(records))
            return asked[-1]

        ours = self.env.ref(f"{GLUE}.spreadsheet_dashboard_social")
        # The browser opens the first that there is.
        (self.env["spreadsheet.dashboard"].search([]) - ours).is_published = False
        action = "spreadsheet_dashboard.ir_actions_dashboard_action"
        with patch.object(mentions, "_leaves_out_small_groups", note):
            # The figures below the window's edge are drawn once somebody scrolls there.
            self.browser_js(
                f"/odoo/action-{action}?dashboard_id={ours.id}",
                """
                (async () => {
                    while (document.querySelectorAll(".o-figure canvas").length < 3) {
                        await new Promise((resolve) => setTimeout(resolve, 100));
                    }
                    await new Promise((resolve) => setTimeout(resolve, 2000));
                    console.log("test successful");
                })();
                """,
                login="admin",
            )
        self.assertTrue(asked, "the browser asked for mentions")
        self.assertTrue(all(asked), "and each time with the key in the context")
