"""No lead of an author without consent, and the passive ways to prospects instead (R23)."""

import re
from datetime import timedelta, timezone
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user

from odoo.addons.social_consent_monitoring import places
from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired
from odoo.addons.social_consent_monitoring.models import social_mention_places
from odoo.addons.social_consent_monitoring.wizards.social_prospect_wizard import LINKS

from common import ADDON, Common, make_post

HANDLE = "ada@social.example"
TEXT = "Where is my parcel, @brand@social.example? Ada@Social.example https://social.example/@ada/1"


def test_hashtags_are_found_and_what_looks_like_them_is_none():
    said = "#Nordlicht and #Größe, not #2026, a#b, &#39; nor https://x.example/#part"
    assert places.find_tags(said) == {"#nordlicht", "#größe"}
    assert places.find_tags(None) == set()


def test_of_a_link_only_the_host_counts():
    said = "https://www.Blog.example/@ada?x=1, http://ada@forum.example:8080/p."
    assert places.find_hosts(said, None) == {"blog.example", "forum.example"}


def test_no_handle_and_no_link_stays_in_a_text():
    text = places.without_handles(f"RT @ada: {TEXT} ada.bsky.social", "ada.bsky.social")
    assert not re.search(r"@|https?:|\bada\b", text, re.IGNORECASE)
    assert "Where is my parcel" in text


class Prospects(Common):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(
            cls.env,
            "seller",
            groups=f"{ADDON}.group_social_user,sales_team.group_sale_salesman_all_leads",
        )
        cls.mention = cls.source._store([make_post(text=TEXT)])
        cls.author = cls.mention.author_id

    def press(self, user=None, mention=None):
        """Press “Create Lead”; return the lead that opens, or the form that says why not."""
        user = user or self.seller
        action = (mention or self.mention).with_user(user).action_create_lead()
        if action.get("res_model") == "crm.lead":
            return self.env["crm.lead"].browse(action["res_id"])
        self.assertEqual(action["res_model"], "social.prospect.wizard")
        wizards = self.env["social.prospect.wizard"].with_user(user)
        return wizards.with_context(**action["context"]).create({})

    def get_leads(self):
        return self.env["crm.lead"].with_context(active_test=False).search([])

    def count_logged(self, act="lead", allowed=False):
        return self.env["social.decision"].search_count(
            [("act", "=", act), ("allowed", "=", allowed)]
        )

    def consent(self):
        """Let the contact have consented, and a person have said that the post is theirs."""
        self.give("match")
        self.mention._match(self.partner)
        self.give("contact", "social")


class TestLeads(Prospects):
    def test_r23_an_author_without_consent_becomes_no_lead_and_the_refusal_is_logged(self):
        before, logged = self.get_leads(), self.count_logged()
        wizard = self.press()
        self.assertIn("not known", wizard.refusal)
        self.assertFalse(wizard.is_known or wizard.may_ask)
        self.assertEqual(wizard.action_match()["res_model"], "social.match.wizard")
        self.assertEqual(self.get_leads(), before)
        self.assertEqual(self.count_logged(), logged + 1)

    def test_r23_a_post_without_an_author_becomes_no_lead(self):
        self.mention.author_id = False
        before, logged = self.get_leads(), self.count_logged()
        self.assertIn("not known", self.press().refusal)
        self.assertEqual((self.get_leads(), self.count_logged()), (before, logged + 1))

    def test_r23_a_match_alone_is_no_consent_to_be_approached(self):
        self.give("match")
        self.mention._match(self.partner)
        before = self.get_leads()
        wizard = self.press()
        self.assertIn("has not been asked", wizard.refusal)
        self.assertTrue(wizard.is_known)
        self.assertEqual(self.get_leads(), before)

    def test_r18_consent_to_be_approached_tells_nobody_whose_post_it_is(self):
        """The customer consented to messages; that the post is theirs was never said."""
        self.give("contact", "social")
        self.give("match")
        before = self.get_leads()
        self.assertIn("not known", self.press().refusal)
        self.assertEqual(self.get_leads(), before)

    def test_r23_with_both_consents_a_lead_of_the_contact_is_made(self):
        self.consent()
        logged = self.count_logged(allowed=True)
        lead = self.press()
        self.assertEqual(
            (lead.partner_id, lead.user_id, lead.company_id),
            (self.partner, self.seller, self.env.company),
        )
        self.assertIn("Where is my parcel", lead.description)
        self.assertEqual(self.count_logged(allowed=True), logged + 1)

    def test_r5_no_handle_stands_in_the_lead_and_the_origin_is_noted(self):
        self.consent()
        lead = self.press()
        self.assertFalse(lead.social_mention_id, "a lead and its contact join no post")
        stored = " ".join(str(value) for value in lead.read()[0].values()).lower()
        for handle in (HANDLE, "brand@social.example", "/@ada"):
            self.assertNotIn(handle, stored)
        copies = (
            self.env["social.copy"]
            .sudo()
            .search([("res_model", "=", "crm.lead"), ("res_id", "=", lead.id)])
        )
        self.assertEqual(copies.mention_id, self.mention)
        self.assertEqual(set(copies.mapped("field_name")), {"name", "description"})
        self.assertEqual(
            set(copies.consent_id.mapped("purpose_code")), {"match", "contact"}, "it goes with each"
        )

    def test_r4_what_the_lead_took_goes_with_either_consent_and_with_the_post(self):
        for number, end in enumerate(
            (
                lambda: self.withdraw("match"),
                lambda: self.withdraw("contact", "social"),
                lambda: self.mention.sudo().unlink(),
            )
        ):
            with self.subTest(way=number):
                savepoint = self.cr.savepoint()
                self.consent()
                lead = self.press()
                self.assertIn("parcel", lead.description)
                end()
                self.assertFalse(lead.description)
                self.assertEqual(lead.name, f"Lead {lead.id}")
                savepoint.close(rollback=True)
                self.env.invalidate_all()

    def test_r4_what_a_duplicate_of_the_lead_took_goes_with_the_consent_too(self):
        self.consent()
        other = self.env["crm.lead"].create({"name": "Other", "description": "Own words"})
        lead = self.press()
        twin, plain, _other = (
            lead.with_user(self.seller).copy(),
            lead.with_user(self.seller).copy({"description": "Own words"}),
            other.copy(),
        )
        self.assertIn("parcel", twin.description)
        self.withdraw("contact", "social")
        self.assertFalse(twin.description)
        self.assertIn("Own words", plain.description)
        self.assertIn("Own words", _other.description)

    def test_r4_what_a_customer_took_from_a_lead_is_in_no_duplicate_and_goes_after_a_merge(self):
        self.give("contact", "social", partner=self.author)
        lead = self.press().sudo()
        customer, second = lead._create_customer(), lead.copy()._create_customer()
        self.assertIn("parcel", customer.comment)
        self.assertFalse(customer.copy().comment)
        self.assertIn("Own words", customer.copy({"comment": "Own words"}).comment)
        empty, full = self.env["res.partner"].create(
            [{"name": "Empty"}, {"name": "Full", "comment": "Own words"}]
        )
        merging = self.env["base.partner.merge.automatic.wizard"]
        merging._merge((customer | empty).ids, empty)
        self.assertIn("parcel", empty.comment)
        merging._merge((second | full).ids, full)
        self.withdraw("contact", "social", partner=self.author)
        self.assertFalse(empty.comment)
        self.assertIn("Own words", full.comment)

    def test_r4_what_the_lead_took_goes_when_the_clock_ends_a_consent(self):
        ends = fields.Datetime.now() + timedelta(days=1)
        self.give("match")
        self.mention._match(self.partner)
        self.give("contact", "social", valid_until=ends)
        own = self.press()
        other = self.source._store([make_post(2, author="bo@social.example", text=TEXT)])
        self.give("contact", "social", partner=other.author_id, valid_until=ends)
        author = self.press(mention=other)
        self.assertEqual(author.social_mention_id, other)
        self.clear()
        self.assertTrue(own.description and author.description)
        with self.after(days=2):
            self.clear()
        self.assertFalse(own.description or author.description)
        self.assertFalse(author.social_mention_id)

    def clear(self):
        """Run the job as the cron does; a test's transaction cannot be committed."""
        cron = self.env.registry["ir.cron"]
        with patch.object(cron, "_commit_progress", lambda *args, **kwargs: 60.0):
            self.env["social.effect"]._cron_clear()

    def test_r4_after_a_withdrawal_the_button_makes_no_lead(self):
        for purpose in (("match",), ("contact", "social")):
            with self.subTest(purpose=purpose):
                savepoint = self.cr.savepoint()
                self.consent()
                self.withdraw(*purpose)
                self.assertTrue(self.press().refusal)
                savepoint.close(rollback=True)
                self.env.invalidate_all()

    def test_r7_a_notice_that_does_not_name_the_platform_is_not_enough(self):
        self.consent()
        other = self.env["social.platform"].create({"name": "Other", "code": "elsewhere"})
        other.write(
            {
                "terms_verdict": "allowed",
                "terms_version": "1",
                "terms_expiry": fields.Date.today() + timedelta(days=90),
            }
        )
        self.cr.execute(
            "UPDATE social_mention SET platform_id = %s WHERE id = %s", [other.id, self.mention.id]
        )
        self.env.invalidate_all()
        self.assertIn("does not name this platform", self.press().refusal)

    def test_r3_a_match_that_rests_on_a_contract_is_none_for_a_lead(self):
        self.give("contact", "social")
        line = Command.create({"platform_id": self.mention.platform_id.id, "handle": HANDLE})
        self.env["social.contract"].create(
            {
                "name": "Reputation service",
                "partner_id": self.partner.id,
                "kind": "monitor",
                "handle_ids": [line],
                "note": "Agreed by phone.",
            }
        )
        match = self.mention._match(self.partner)
        self.assertEqual(match.basis, "contract")
        self.assertIn("not known", self.press().refusal)

    def test_pressing_twice_makes_one_lead(self):
        self.consent()
        self.assertEqual(self.press(), self.press())

    def test_r23_an_author_who_consented_becomes_a_lead_without_a_contact(self):
        self.give("contact", "social", partner=self.author)
        logged = self.count_logged(allowed=True)
        lead = self.press()
        self.assertEqual((lead.social_mention_id, lead.partner_id.ids), (self.mention, []))
        self.assertEqual(self.press(), lead)
        self.assertEqual(self.count_logged(allowed=True), logged + 1)

    def test_a_clerk_without_rights_in_crm_hands_the_lead_over(self):
        self.consent()
        before = self.get_leads()
        action = self.mention.with_user(self.clerk).action_create_lead()
        self.assertEqual(action["tag"], "display_notification")
        lead = self.get_leads() - before
        self.assertEqual((lead.partner_id, lead.user_id.ids), (self.partner, []))
        self.assertNotIn(self.partner.name, str(action))
        # Its messages, with the customer's answers, would come to the clerk by mail.
        self.assertNotIn(self.clerk.partner_id, lead.message_partner_ids)

    def test_who_does_not_work_with_mentions_presses_nothing(self):
        self.consent()
        with self.assertRaises(AccessError):
            # The officer reads mentions only.
            self.mention.with_user(self.officer).action_create_lead()
        for user in (self.sales, self.employee):
            with self.assertRaises(AccessError):
                self.mention.with_user(user).action_create_lead()
            with self.assertRaises(AccessError):
                self.env["social.prospect.wizard"].with_user(user).create(
                    {"mention_id": self.mention.id}
                )

    def test_no_window_tells_of_a_post_that_one_may_not_see(self):
        self.give("contact", "social", partner=self.author)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.mention.sudo().company_id = elsewhere
        wizards = self.env["social.prospect.wizard"].with_user(self.clerk)
        begun = wizards.with_context(default_mention_id=self.mention.id)
        for spec in ({"refusal": {}}, {"mention_id": {"fields": {"display_name": {}}}}):
            self.env.invalidate_all()
            with self.subTest(spec), self.assertRaises(AccessError):
                wizards.onchange({"mention_id": self.mention.id}, ["mention_id"], spec)
            with self.subTest(spec), self.assertRaises(AccessError):
                begun.onchange({}, [], {"mention_id": {}, **spec})

    def test_each_sees_only_ones_own_window(self):
        wizard = self.press()
        with self.assertRaises(AccessError):
            wizard.with_user(self.clerk).read(["refusal"])


class TestNoOtherWay(Prospects):
    """Whatever else makes a lead with a link to a post asks the policy, too."""

    def test_r23_an_import_with_the_link_is_refused(self):
        columns, row = ["name", "social_mention_id/.id"], ["Imported", str(self.mention.id)]
        before = self.get_leads()
        result = self.env["crm.lead"].load(columns, [row])
        self.assertIn("not allowed", result["messages"][0]["message"])
        self.assertEqual(self.get_leads(), before)
        self.give("contact", "social", partner=self.author)
        self.assertTrue(self.env["crm.lead"].load(columns, [row])["ids"])

    def test_r23_a_server_action_on_posts_is_refused(self):
        action = self.env["ir.actions.server"].create(
            {
                "name": "Make leads",
                "model_id": self.env["ir.model"]._get_id("social.mention"),
                "state": "code",
                "code": "env['crm.lead'].create([{'name': 'x', 'social_mention_id': r.id}"
                " for r in records])",
            }
        )
        before = self.get_leads()
        with self.assertRaises(ConsentRequired):
            action.with_context(active_model="social.mention", active_ids=self.mention.ids).run()
        self.assertEqual(self.get_leads(), before)

    def test_r2_a_link_to_a_post_never_stands_beside_a_contact(self):
        """Consent of the author to be approached is none to be joined with a customer."""
        self.give("contact", "social", partner=self.author)
        vals = {
            "name": "Joined",
            "social_mention_id": self.mention.id,
            "partner_id": self.partner.id,
        }
        leads = self.env["crm.lead"]
        with self.assertRaises(ConsentRequired):
            leads.create(vals)
        with self.assertRaises(ConsentRequired):
            leads.create({"name": "x", "partner_id": self.partner.id}).write(
                {"social_mention_id": self.mention.id}
            )
        with self.assertRaises(ConsentRequired):
            leads.create({"name": "x"}).write({**vals, "name": "y"})
        self.give("match")
        with self.assertRaisesRegex(UserError, "made by “Create Lead”"):
            leads.create(vals)

    def test_r23_consent_to_one_company_makes_no_lead_of_another(self):
        ours, theirs = self.env.company, self.env["res.company"].create({"name": "Elsewhere"})
        self.seller.company_ids |= theirs
        self.give("contact", "social", partner=self.author)
        leads = self.env["crm.lead"].with_user(self.seller)
        leads = leads.with_context(allowed_company_ids=[ours.id, theirs.id])
        vals = {"name": "x", "social_mention_id": self.mention.id}
        with self.assertRaises(ConsentRequired):
            leads.create({**vals, "company_id": theirs.id})
        lead = leads.create({**vals, "description": TEXT, "company_id": ours.id})
        with self.assertRaises(ConsentRequired):
            lead.company_id = theirs
        colleague = new_test_user(
            self.env,
            "colleague",
            groups="sales_team.group_sale_salesman",
            company_id=theirs.id,
            company_ids=theirs.ids,
        )
        with self.assertRaises(ConsentRequired):
            lead.sudo().write({"user_id": colleague.id, "team_id": False})
        self.assertEqual(lead.company_id, ours)
        # With a consent to that one, too, it moves, and what it took goes with either.
        notice = self.env.ref(f"{ADDON}.notice_contact_en").copy({"company_id": theirs.id})
        notice.with_company(theirs).action_publish()
        self.give("contact", "social", partner=self.author.with_company(theirs))
        lead.company_id = theirs
        self.assertEqual(lead.social_mention_id, self.mention)
        self.withdraw("contact", "social", partner=self.author.with_company(theirs))
        self.assertFalse(lead.description)

    def test_r2_no_lead_is_linked_to_a_post_that_its_maker_may_not_see(self):
        self.give("contact", "social", partner=self.author)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.mention.sudo().company_id = elsewhere
        leads = self.env["crm.lead"].with_user(self.seller)
        spec = {"social_mention_id": {"fields": {"display_name": {}}}}
        for do in (
            lambda: leads.create({"name": "x", "social_mention_id": self.mention.id}),
            lambda: leads.with_context(default_social_mention_id=self.mention.id).onchange(
                {}, [], spec
            ),
        ):
            with self.assertRaises(AccessError):
                do()

    def test_r2_a_lead_that_turns_out_to_be_a_contacts_is_cut_from_the_post(self):
        self.give("contact", "social", partner=self.author)
        lead = self.press()
        lead.partner_id = self.partner
        self.assertFalse(lead.social_mention_id)
        self.mention.sudo().unlink()
        self.assertFalse(lead.description, "what it had taken is still known as a copy")


class TestPassiveWays(Prospects):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.topic = cls.env["social.topic"].create({"name": "Parcels", "keywords": "parcel"})
        cls.now = fields.Datetime.now().replace(microsecond=0)

    def heard(self, number, text, authors=6, author=None):
        """Store as many posts on the topic, each by somebody else if ``author`` is not given."""
        posts = [
            make_post(
                number + each,
                author=author or f"u{number}x{each}@social.example",
                url=f"https://forum.example/@u{number}x{each}/1",
                text=f"{text} {each}",
                published_at=(self.now - timedelta(hours=1)).replace(tzinfo=timezone.utc),
            )
            for each in range(authors)
        ]
        mentions = self.source._store(posts)
        self.topic._replace_links(
            mentions.ids, [(mention.id, self.topic.id) for mention in mentions]
        )
        return mentions

    def say_places(self, mention, user=None):
        self.env.invalidate_all()
        return self.press(user or self.clerk, mention=mention).places or ""

    def test_r23_places_where_it_is_discussed_are_counted(self):
        mentions = self.heard(1000, "My parcel #Late see https://news.example/a")
        said = self.say_places(mentions[0])
        platform = mentions.platform_id.name
        for line in (
            "Topics: Parcels (6)",
            f"Platforms: {platform} (6)",
            "Hashtags: #late (6)",
        ):
            self.assertIn(line, said.splitlines())
        self.assertIn("forum.example (6)", said)
        self.assertIn("news.example (6)", said)

    def test_r17_places_of_few_authors_are_left_out(self):
        mentions = self.heard(1000, "My parcel #late")
        self.heard(2000, "My parcel #rare https://rare.example/", authors=4)
        # One person may write as often as she likes.
        self.heard(3000, "My parcel #mine", authors=9, author="one@social.example")
        said = self.say_places(mentions[0])
        self.assertIn("#late", said)
        for place in ("#rare", "rare.example", "#mine"):
            self.assertNotIn(place, said)

    def test_r17_where_few_write_nothing_is_named_at_all(self):
        mentions = self.heard(1000, "My parcel #late", authors=4)
        self.assertFalse(self.say_places(mentions[0]))

    def test_r17_posts_without_an_author_make_no_group_large(self):
        mentions = self.heard(1000, "My parcel #late", authors=4)
        more = self.heard(2000, "My parcel #late")
        more.author_id = False
        self.assertNotIn("#late", self.say_places(mentions[0]))

    def test_no_person_is_named_however_many_talk_of_it(self):
        self.env["res.partner"].create({"name": "Bert Seldomname"})
        self.source._store([make_post(9000, author="carla.bsky.example")])
        mentions = self.heard(
            1000, "parcel #BertSeldomname #Fine @ada@social.example https://carla.bsky.example/x"
        )
        said = self.say_places(mentions[0])
        self.assertIn("#fine", said)
        for name in ("bert", "carla", "ada@", "u1000x", "@"):
            self.assertNotIn(name, said.lower())

    def test_of_many_posts_the_newest_are_counted(self):
        """However many there are, the window opens as fast, and says of how many it speaks."""
        mentions = self.heard(1000, "My parcel #late")
        self.cr.execute(
            "UPDATE social_mention SET published_at = published_at - interval '1 day'"
            " WHERE id = ANY(%s)",
            [mentions.ids],
        )
        newer = self.heard(2000, "My parcel #later")
        with patch.object(social_mention_places, "MOST_POSTS", len(newer)):
            said = self.say_places(mentions[0])
        self.assertIn("Topics: Parcels (6)", said.splitlines())
        self.assertIn("Hashtags: #later (6)", said.splitlines())
        view = self.env.ref(f"{ADDON}.social_prospect_wizard_view_form")
        self.assertIn(f"{social_mention_places.MOST_POSTS:,}", view.arch)
        self.assertIn(f"{social_mention_places.DAYS} days", view.arch)

    def test_what_is_older_than_ninety_days_is_not_counted(self):
        mentions = self.heard(1000, "My parcel #late")
        with self.after(days=91):
            self.assertFalse(self.say_places(mentions[0]))

    def test_posts_of_another_company_are_not_counted(self):
        mentions = self.heard(1000, "My parcel #late")
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.cr.execute(
            "UPDATE social_mention SET company_id = %s WHERE id = ANY(%s)",
            [elsewhere.id, mentions[1:].ids],
        )
        self.assertFalse(self.say_places(mentions[0]))

    def test_the_number_of_queries_does_not_grow_with_the_posts(self):
        mention = self.heard(100, "My parcel #late https://news.example")[0]
        counts = []
        for number in range(1, 4):
            self.heard(1000 * number, f"My parcel #late{number}", authors=30)
            self.env.invalidate_all()
            wizard = self.env["social.prospect.wizard"].with_user(self.clerk)
            wizard = wizard.new({"mention_id": mention.id})
            before = self.cr.sql_log_count
            self.assertTrue(wizard.refusal)
            self.assertIn(f"#late{number} (30)", wizard.places)
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])

    def test_the_invitation_names_the_companys_own_accounts_and_nobody_else(self):
        self.env["social.account"].search([]).handle = False
        self.env.company.write(dict.fromkeys(LINKS, False))
        self.assertFalse(self.press().invitation)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        for name, company in (("nordlicht", self.env.company), ("theirs", elsewhere)):
            self.env["social.account"].create(
                {
                    "name": name,
                    "connector": "fediverse",
                    "address": "https://social.example",
                    "handle": f"{name}@social.example",
                    "company_id": company.id,
                }
            )
        self.env.company.social_linkedin = "https://linkedin.example/nordlicht"
        text = self.press(self.clerk).invitation
        self.assertIn("@nordlicht@social.example (Fediverse)", text)
        self.assertIn("https://linkedin.example/nordlicht (LinkedIn)", text)
        self.assertNotIn("theirs", text)
        self.assertNotIn("ada", text)

    def test_r23_a_public_answer_is_offered_only_where_the_post_turns_to_us(self):
        view = self.env.ref(f"{ADDON}.social_prospect_wizard_view_form")
        self.assertIn('invisible="not addressed"', view.arch)
        wizard = self.press()
        self.assertFalse(wizard.addressed)
        self.cr.execute(
            "UPDATE social_mention SET addressed = TRUE WHERE id = %s", [self.mention.id]
        )
        self.env.invalidate_all()
        self.assertTrue(wizard.addressed)
        self.assertEqual(wizard.action_answer()["res_model"], "social.answer")

    def test_a_known_contact_is_asked_for_consent_where_that_is_allowed(self):
        self.seller.group_ids = [Command.link(self.env.ref("base.group_partner_manager").id)]
        self.give("match")
        self.mention._match(self.partner)
        wizard = self.press()
        self.assertTrue(wizard.may_ask)
        self.assertEqual(wizard.action_ask()["res_model"], "social.consent.request.wizard")
        self.partner._object_social("contact", "social", method="staff")
        self.assertFalse(self.press().may_ask)

    def test_the_window_opens_as_users_open_it(self):
        form = Form(
            self.env["social.prospect.wizard"]
            .with_user(self.clerk)
            .with_context(default_mention_id=self.mention.id)
        )
        self.assertIn("not known", form.refusal)
        self.assertFalse(form.may_ask)
