"""R17: counting mentions is fine, picking out somebody by counting is not."""

from ast import literal_eval

from odoo.fields import Domain

from common import ADDON, Common, CommonHttp, make_post

COUNT = "__count"
AUTHORS = "author_id:count_distinct"


class Counted(Common):
    """Six authors in May, two of them in June as well, and a talkative seventh in July."""

    def setUp(self):
        super().setUp()
        self.env["social.mention"].search([]).unlink()
        posts = [("ada", 5), ("bob", 5), ("cyd", 5), ("dee", 5), ("eve", 5), ("fay", 5)]
        posts += [("ada", 6), ("bob", 6)] + [("gus", 7)] * 9
        self.mentions = self.store(
            *(
                make_post(
                    number,
                    author=author,
                    published_at=make_post().published_at.replace(month=month),
                )
                for number, (author, month) in enumerate(posts)
            )
        )
        action = self.env.ref(f"{ADDON}.social_mention_analysis_action")
        self.plain = self.env["social.mention"].with_user(self.clerk)
        self.analysis = self.plain.with_context(**literal_eval(action.context))

    def read_pivot(self, *grouping_sets, domain=(), aggregates=(COUNT,)):
        return self.analysis.formatted_read_grouping_sets(
            list(domain), [list(groupby) for groupby in grouping_sets], list(aggregates)
        )

    def read_graph(self, *groupby, domain=()):
        return self.analysis.formatted_read_group(list(domain), list(groupby), [COUNT])


class TestSmallGroups(Counted):
    def test_r17_a_graph_shows_no_group_of_fewer_than_five_authors(self):
        self.assertEqual([group[COUNT] for group in self.read_graph("published_at:month")], [6])

    def test_r17_a_pivot_shows_none_either_and_no_total_that_gives_it_away(self):
        total, months = self.read_pivot([], ["published_at:month"])
        self.assertEqual([group[COUNT] for group in months], [6])
        self.assertEqual([group[COUNT] for group in total], [6], "17 less 6 would tell of 11")

    def test_r17_totals_of_rows_and_columns_add_up_to_what_is_shown(self):
        month, state = "published_at:month", "state"
        self.mentions[0].action_close()
        total, months, states, cells = self.read_pivot([], [month], [state], [month, state])
        self.assertEqual([group[COUNT] for group in cells], [5])
        for groups in (total, months, states):
            self.assertEqual([group[COUNT] for group in groups], [5])

    def test_r17_nobody_is_picked_out_by_author_or_by_a_filter(self):
        self.assertFalse(self.read_graph("author_id"))
        total, authors = self.read_pivot([], ["author_id"])
        self.assertFalse(total or authors)
        few = [("author_id", "in", self.mentions[:4].author_id.ids)]
        self.assertFalse(self.read_graph(domain=few))
        [total] = self.read_pivot([], domain=few)
        self.assertFalse(total)

    def test_r17_one_author_is_no_group_however_many_posts(self):
        july = [("published_at", ">=", "2026-07-01"), ("published_at", "<", "2026-08-01")]
        self.assertEqual(self.plain.search_count(july), 9)
        self.assertFalse(self.read_graph("platform_id", domain=july))

    def test_r17_posts_without_an_author_count_for_nobody(self):
        self.mentions.sudo().write({"author_id": False})
        self.assertFalse(self.read_graph("platform_id"))

    def test_r17_a_post_of_two_sources_is_counted_where_its_group_is_large(self):
        other = self.source.copy({"name": "Other"})
        self.mentions[:2].sudo().write({"source_ids": [(4, other.id)]})
        total, sources = self.read_pivot([], ["source_ids"])
        self.assertEqual([group["source_ids"][0] for group in sources], [self.source.id])
        self.assertEqual([group[COUNT] for group in total], [17])

    def test_the_setting_says_how_small_is_small(self):
        key = self.env["social.policy"]._get_setting_key("small_group")
        self.env["ir.config_parameter"].set_param(key, "2")
        self.assertEqual([group[COUNT] for group in self.read_graph("published_at:month")], [6, 2])
        total, _months = self.read_pivot([], ["published_at:month"])
        self.assertEqual([group[COUNT] for group in total], [8])

    def test_what_is_asked_for_is_answered_and_no_more(self):
        [[group]] = self.read_pivot(["platform_id"])
        self.assertEqual(group.keys(), {"platform_id", "__extra_domain", COUNT})
        [[group]] = self.read_pivot(["platform_id"], aggregates=[AUTHORS, "sentiment:avg"])
        self.assertEqual(group[AUTHORS], 7)

    def test_the_domain_of_a_group_leads_to_its_mentions(self):
        [group] = self.read_graph("published_at:month")
        self.assertEqual(
            self.plain.search(Domain(group["__extra_domain"])), self.mentions[:6].sorted()
        )


class TestElsewhere(Counted):
    def test_lists_kanbans_and_groups_elsewhere_are_untouched(self):
        self.assertEqual(len(self.plain.web_search_read([], {"text": {}})["records"]), 17)
        for groupby in ("published_at:month", "author_id", "state"):
            plain = self.plain.formatted_read_group([], [groupby], [COUNT])
            grouped = self.plain.web_read_group([], [groupby], [COUNT])["groups"]
            for groups in (plain, grouped):
                self.assertEqual(sum(group[COUNT] for group in groups), 17)
        [total] = self.plain.formatted_read_grouping_sets([], [[]], [COUNT])
        self.assertEqual([group[COUNT] for group in total], [17])

    def test_analysis_offers_graph_and_pivot_to_clerks_and_managers_alone(self):
        action = self.env.ref(f"{ADDON}.social_mention_analysis_action")
        self.assertEqual(action.view_mode, "graph,pivot")
        menu = self.env.ref(f"{ADDON}.menu_analysis")
        menus = self.env["ir.ui.menu"]
        for user in (self.clerk, self.manager):
            self.assertIn(menu.id, menus.with_user(user)._visible_menu_ids())
        for user in (self.officer, self.sales, self.employee):
            self.assertNotIn(menu.id, menus.with_user(user)._visible_menu_ids())


class TestScreens(CommonHttp):
    def test_the_screens_say_that_small_groups_are_left_out(self):
        self.store()
        # A server's answer in the browser, so that the templates are tried too.
        for kind in ("graph", "pivot"):
            self.browser_js(
                f"/odoo/action-{ADDON}.social_mention_analysis_action?view_type={kind}",
                """
                (async () => {
                    while (!document.querySelector(".o_social_small_groups")) {
                        await new Promise((resolve) => setTimeout(resolve, 100));
                    }
                    console.log("test successful");
                })();
                """,
                login="admin",
            )
