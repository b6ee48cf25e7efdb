"""The product as its users click it, in a real browser."""

import json
from datetime import datetime, timezone

from odoo import fields

from common import ADDON, CommonHttp, make_post
from counterparts.snac import Snac


class TestTours(CommonHttp):
    def test_import_inbox_consent_match_withdraw_gone(self):
        snac = self.enterContext(Snac.temporary("ada"))
        snac.post("ada", "My parcel is late #nordlicht")
        self.env["ir.config_parameter"].set_param(f"{ADDON}.allow_private_addresses", "True")
        source = self.source.copy(
            {"name": "Tour source", "address": snac.base_url, "state": "active"}
        )
        self.start_tour("/odoo", "social_slice", login="admin", timeout=180)
        mention = self.env["social.mention"].search([("source_ids", "in", source.ids)])
        self.assertEqual(mention.text, "My parcel is late #nordlicht")
        partner = self.env.ref(f"{ADDON}.partner_ada")
        self.assertEqual(
            partner.social_consent_ids.event_ids.mapped("state"), ["withdrawn", "given"]
        )
        self.assertFalse(self.env["social.match"].sudo().search([("partner_id", "=", partner.id)]))

    def test_a_source_is_added_with_a_look_at_its_first_posts(self):
        snac = self.enterContext(Snac.temporary("ada"))
        snac.post("ada", "My parcel is late #nordlicht")
        self.env["ir.config_parameter"].set_param(f"{ADDON}.allow_private_addresses", "True")
        self.env["ir.default"].set("social.source.wizard", "address", snac.base_url)
        self.source.action_pause()
        self.source.platform_id.terms_verdict = False
        self.start_tour("/odoo", "social_add_source", login="admin", timeout=180)
        source = self.env["social.source"].search([("address", "=", snac.base_url)])
        self.assertEqual((source.state, source.term), ("active", "#nordlicht"))
        self.assertEqual(source.platform_id.terms_verdict, "allowed")
        # What was looked at is stored by the import, and by nothing else.
        self.assertFalse(self.env["social.mention"].search([("source_ids", "in", source.ids)]))

    def test_old_consents_are_imported_after_the_blacklist_and_whoever_is_left_is_asked(self):
        ada, ben, cleo = self.env["res.partner"].create(
            [
                {"name": f"Tour {name.title()}", "email": f"{name}@tour.example"}
                for name in ("ada", "ben", "cleo")
            ]
        )
        own = '[("email", "like", "@tour.example")]'
        self.env["ir.default"].set("social.consent.campaign", "domain", own)
        self.start_tour("/odoo", "social_old_consents", login="admin", timeout=180)
        self.assertEqual(
            ada.social_consent_ids.filtered(lambda c: c.channel == "email").state, "given"
        )
        self.assertNotIn("given", ben.social_consent_ids.mapped("state"))
        self.assertEqual(cleo.social_consent_ids.mapped("state"), ["requested"])
        campaign = self.env["social.consent.campaign"].search([], limit=1)
        self.assertEqual((campaign.state, campaign.asked_count), ("running", 1))

    def test_a_clerk_is_stopped_by_the_guard_mends_the_answer_and_sends_it(self):
        snac, mention = self.prepare_answering()
        self.start_tour("/odoo", "social_answer", login="clerk", timeout=180)
        answer = mention.answer_ids
        self.assertEqual((answer.state, answer.kind), ("sent", "abstract"))
        self.assertEqual(mention.state, "answered")
        there = self.read_there(snac, answer)
        self.assertIn("Thank you for telling us", there)
        self.assertNotIn("Lindqvist", there)

    def test_a_manager_gives_an_answer_back_and_approves_what_was_mended(self):
        snac, mention = self.prepare_answering()
        self.env.company.social_answer_approval = "all"
        self.start_tour("/odoo", "social_approval_ask", login="clerk", timeout=120)
        answer = mention.answer_ids
        self.assertEqual(answer.state, "waiting")
        self.start_tour("/odoo", "social_approval_give_back", login="manager", timeout=120)
        self.assertEqual(answer.state, "failed")
        self.start_tour("/odoo", "social_approval_mend", login="clerk", timeout=120)
        self.assertEqual(mention.answer_ids.state, "waiting")
        self.start_tour("/odoo", "social_approval_approve", login="manager", timeout=120)
        self.assertEqual((answer.state, answer.approver_id), ("sent", self.manager))
        self.assertIn("You hear from us today", self.read_there(snac, answer))

    def prepare_answering(self):
        """Return a server of the fediverse with an account of ours, and a post that names us."""
        snac = self.enterContext(Snac.temporary("ada", "brand"))
        snac.post("ada", "My parcel is late #nordlicht")
        self.env["ir.config_parameter"].set_param(f"{ADDON}.allow_private_addresses", "True")
        self.env.company.social_names = "#nordlicht"
        source = self.source.copy({"address": snac.base_url, "state": "active"})
        self.env["social.account"].create(
            {
                "name": "Our account",
                "connector": "fediverse",
                "address": snac.base_url,
                "secret": snac.token("brand"),
            }
        )
        source._import()
        mention = self.env["social.mention"].search([("source_ids", "in", source.ids)])
        return snac, mention

    def read_there(self, snac, answer):
        """Return an answer's text, as the server tells it."""
        number = answer.sudo().locator.partition("/")[2]
        address = f"/api/v1/statuses/{number}"
        return json.loads(snac._call("GET", address, headers=snac._bearer("brand")))["content"]

    def test_r23_no_lead_of_an_author_without_consent_but_ways_that_need_none(self):
        topic = self.env["social.topic"].create({"name": "Parcels", "keywords": "parcel"})
        posts = [
            make_post(
                n,
                author=f"user{n}@social.example",
                text=f"My parcel is late #nordlicht {n}",
                published_at=datetime.now(timezone.utc),
            )
            for n in range(6)
        ]
        mentions = self.store(*posts)
        topic._replace_links(mentions.ids, [(each.id, topic.id) for each in mentions])
        for purpose in (("match",), ("contact", "social")):
            self.give(*purpose)
        mentions[0]._match(self.partner)
        self.env.company.social_linkedin = "https://linkedin.example/nordlicht"
        self.start_tour("/odoo", "social_no_lead", login="admin", timeout=180)
        lead = self.env["crm.lead"].search([("partner_id", "=", self.partner.id)])
        self.assertEqual(len(lead), 1)
        self.assertNotIn("social.example", lead.description)

    def test_a_mailing_to_two_sends_one_and_shows_the_other_as_no_consent(self):
        yes, no = self.env["res.partner"].create(
            [
                {"name": name, "email": f"{name}@example.com", "lang": "en_US"}
                for name in ("yes", "no")
            ]
        )
        self.give("contact", "email", partner=yes)
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "News",
                "body_arch": "<p>News</p>",
                "body_html": "<p>News</p>",
                "mailing_model_id": self.env["ir.model"]._get("res.partner").id,
                "mailing_domain": [("id", "in", [yes.id, no.id])],
            }
        )
        url = f"/odoo/action-mass_mailing.mailing_mailing_action_mail/{mailing.id}"
        self.start_tour(url, "social_mailing_send", login="admin")
        self.env.ref("mass_mailing.ir_cron_mass_mailing_queue").method_direct_trigger()
        self.start_tour(url, "social_mailing_result", login="admin")
        sent = mailing.mailing_trace_ids.filtered(lambda trace: trace.trace_status != "cancel")
        self.assertEqual(sent.mapped("email"), ["yes@example.com"])

    def test_an_administrator_finds_switches_tries_and_undoes_a_rule(self):
        rule = self.env.ref(f"{ADDON}.policy_rule_contact_email")
        self.patch(type(rule), "_has_several_companies", lambda self: False)
        self.start_tour("/odoo", "social_settings", login="admin", timeout=180)
        self.assertEqual((rule.mode, rule.reason), ("enforce", False))
        undo, change = self.env["social.policy.change"].search([("res_id", "=", rule.id)], limit=2)
        self.assertEqual(change.new_values, {"mode": "off", "reason": "Tried for a week."})
        self.assertEqual(undo.undoes_id, change)

    def test_a_refused_text_is_still_there_and_goes_out_after_the_way_forward(self):
        url = f"/odoo/action-contacts.action_contacts/{self.partner.id}"
        self.start_tour(url, "social_first_contact", login="admin", timeout=120)
        message = self.partner.message_ids.filtered(lambda each: "My long text" in each.body)
        self.assertEqual(message.notified_partner_ids, self.partner)

    def test_sales_asks_a_lead_from_its_strip(self):
        lead = self.env["crm.lead"].create({"name": "Cold", "email_from": "cold@example.com"})
        url = f"/odoo/action-crm.crm_lead_all_leads/{lead.id}"
        self.start_tour(url, "social_lead_ask", login="admin", timeout=120)
        self.assertEqual(lead.social_consent_ids.state, "requested")
        mail = self.env["mail.mail"].search([], order="id desc", limit=1)
        self.assertIn("cold@example.com", mail.email_to)

    def test_the_privacy_officer_reads_the_log(self):
        partner = self.env.ref(f"{ADDON}.partner_ada")
        self.give("match", partner=partner)
        policy = self.env["social.policy"]
        policy._enforce("contact_email", partner, partial=True)
        policy._enforce("match", partner)
        self.start_tour("/odoo", "social_decisions", login="officer", timeout=180)

    def test_a_customer_who_consented_is_recognised_and_a_value_taken_and_given_back(self):
        mention = self.prepare_customer()
        self.env["social.data.category"].create({"name": "shoe size", "code": "shoes"})
        self.start_tour("/odoo", "social_matched_customer", login="admin", timeout=180)
        match = self.env["social.match"].sudo().search([("mention_id", "=", mention.id)])
        self.assertEqual(match.partner_id, self.env.ref(f"{ADDON}.partner_ada"))
        self.assertFalse(self.env["social.enrichment"].sudo().search([]))

    def test_r8_a_withdrawal_by_the_person_empties_the_screen_of_staff(self):
        ada = self.env.ref(f"{ADDON}.partner_ada")
        mention = self.prepare_customer()
        self.take_value(mention, ada)
        self.start_tour("/odoo", "social_values_seen", login="admin", timeout=120)
        # One press each, by the person, who is logged in nowhere.
        self.authenticate(None, None)
        for purpose in ("match", "enrich"):
            url = f"{ada._get_social_consent_url()}/withdraw"
            self.assertEqual(self.url_open(url, data={"purpose": purpose}).status_code, 200)
        self.assertEqual(set(ada.social_consent_ids.mapped("state")), {"withdrawn"})
        self.start_tour("/odoo", "social_values_gone", login="admin", timeout=120)

    def test_r21_a_form_left_open_says_that_the_person_withdrew_meanwhile(self):
        ada = self.env.ref(f"{ADDON}.partner_ada")
        mention = self.prepare_customer()
        self.take_value(mention, ada)
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("social_tour_page", ada._get_social_consent_url())
        self.start_tour("/odoo", "social_withdrawn_meanwhile", login="admin", timeout=180)
        self.assertFalse(self.env["social.enrichment"].sudo().search([]))

    def prepare_customer(self):
        """Let a customer who praised the company have consented, and have proved the name there."""
        ada = self.env.ref(f"{ADDON}.partner_ada")
        mention = self.store(make_post(text="Lovely people at the hotline, and I am off sailing"))
        mention.action_rate_positive()
        for purpose in ("match", "enrich"):
            self.give(purpose, partner=ada)
        self.env["social.profile"]._make(
            ada, mention.platform_id, "ada@social.example", verified_at=fields.Datetime.now()
        )
        return mention

    def take_value(self, mention, partner):
        mention._match(partner)
        category = self.env.ref(f"{ADDON}.category_interests")
        self.env["social.enrichment"]._make(partner, category, "Sailing", mention)
