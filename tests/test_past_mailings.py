"""R23: what the rules for advertising would have stopped of the last 90 days, in numbers."""

from datetime import timedelta

from odoo import Command, fields
from odoo.tests import new_test_user

from odoo.addons.social_consent_monitoring.models.social_gate import Approach

from common import ADDON, Common


class PastMailings(Common):
    """Mailings that went out, with traces as Odoo leaves them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["mailing.trace"].search([]).unlink()
        cls.past = cls.env["social.past.mailings"]
        cls.rule = cls.env["social.policy.rule"]._find_default("contact_email")

    def make_people(self, *names, model="res.partner"):
        return self.env[model].create(
            [{"name": name, "email": f"{name}@{model}.example"} for name in names]
        )

    def send(self, people, days=10, status="sent", **values):
        """Let a mailing have gone to these records, so many days ago."""
        when = fields.Datetime.now() - timedelta(days=days)
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "News",
                "mailing_model_id": self.env["ir.model"]._get_id(people._name),
                "state": "done",
                "sent_date": when,
                **values,
            }
        )
        self.env["mailing.trace"].create(
            [
                {
                    "mass_mailing_id": mailing.id,
                    "model": person._name,
                    "res_id": person.id,
                    "email": person.email_normalized,
                    "trace_status": status,
                    "sent_datetime": when,
                }
                for person in people
            ]
        )
        return mailing

    def count(self, channel="email"):
        """Return how many went out, and how many would be stopped by reason."""
        sent, refused = self.past._count(channel)
        return sent, dict(refused)

    def make_everybody(self):
        """Return contacts and recipients of every state that a consent can have, and some more."""
        people = {}
        for model in ("res.partner", "mailing.contact"):
            names = ("nobody", "given", "refused", "withdrawn", "asked", "ended", "blocked")
            made = self.make_people(*names, model=model)
            own = dict(zip(names, made, strict=True))
            for name in ("given", "withdrawn", "ended", "blocked"):
                self.give("contact", "email", partner=own[name])
            own["refused"]._object_social("contact", "email", method="staff")
            own["withdrawn"]._withdraw_social_consent("contact", "email", method="staff")
            own["asked"]._request_social_consent("contact", "email")
            self.env.cr.execute(
                "UPDATE social_consent SET valid_until = %s WHERE subject_id = %s",
                (fields.Datetime.now() - timedelta(days=1), own["ended"].social_subject_id.id),
            )
            # As an entry stood there before the product came.
            self.env.cr.execute(
                "INSERT INTO mail_blacklist (email, active) VALUES (%s, TRUE)",
                (own["blocked"].email_normalized,),
            )
            people[model] = made
        self.env.invalidate_all()
        people["res.partner"] += self.clerk.partner_id
        self.clerk.partner_id.email = "clerk@res.partner.example"
        return people

    def ask_the_gate(self, people):
        """Return the reason for each of these records whom the gate would stop now."""
        approaches = [
            Approach(
                person.id,
                "marketing",
                person._name,
                person.id,
                (person.id,) if person._name == "res.partner" else (),
                () if person._name == "res.partner" else (person.email_normalized,),
            )
            for person in people
        ]
        refused = self.env["social.gate"]._judge("email", approaches, log="")
        return [next(iter(each.values())).reason for each in refused.values()]


class TestCounts(PastMailings):
    def test_r23_the_numbers_are_what_the_gate_says_of_each(self):
        """All states, contacts and recipients, colleagues, ended ones, and blocked ones."""
        reasons, sent = [], 0
        for people in self.make_everybody().values():
            self.send(people)
            sent += len(people)
            reasons += self.ask_the_gate(people)
        counted, refused = self.count()
        self.assertEqual(counted, sent)
        self.assertEqual(refused, {reason: reasons.count(reason) for reason in reasons})
        self.assertEqual(sent - sum(refused.values()), 3, "given twice, and the colleague")
        self.assertIn("blocked", refused)
        self.assertIn("consent_expired", refused)

    def test_counted_one_by_one_or_by_classes_is_the_same(self):
        for people in self.make_everybody().values():
            self.send(people)
        by_classes = self.count()
        self.rule.copy({"country_ids": [Command.set(self.env.ref("base.jp").ids)], "sequence": 1})
        self.assertTrue(self.past._asks_for_more("contact_email"))
        self.assertEqual(self.count(), by_classes)

    def test_a_rule_for_a_country_counts_for_those_who_live_there(self):
        ada, ben = self.make_people("ada", "ben")
        for person in (ada, ben):
            self.give("contact", "email", partner=person)
        self.send(ada + ben)
        self.assertEqual(self.count(), (2, {}))
        japan = self.env.ref("base.jp")
        ben.country_id = japan
        self.rule.copy({"country_ids": [Command.set(japan.ids)], "sequence": 1, "forbidden": True})
        self.assertEqual(self.count(), (2, {"company_forbids": 1}))

    def test_r22_a_rule_for_consents_given_on_a_platform_counts_where_each_was_given(self):
        ada, ben = self.make_people("ada", "ben")
        self.give("contact", "email", partner=ada)
        self.send(ada + ben)
        self.assertEqual(self.count(), (2, {"never_asked": 1}))
        self.rule.at_source = True
        reasons = self.ask_the_gate(ada + ben)
        self.assertEqual(sorted(reasons), ["never_asked", "not_at_source"])
        self.assertEqual(self.count(), (2, dict.fromkeys(reasons, 1)))

    def test_what_else_a_rule_asks_for_is_asked_here_too(self):
        """An age, one more consent, or a tag: no class of traces knows these of anybody."""
        ada, ben = self.make_people("ada", "ben")
        grown = {"note": "On the phone.", "birth_date": "1990-05-01"}
        self.give("contact", "email", partner=ada, evidence=grown)
        self.give("enrich", partner=ada)
        self.give("contact", "email", partner=ben)
        self.send(ada + ben)
        tag = self.env["res.partner.category"].create({"name": "Tag"})
        ben.category_id = tag
        for values in (
            {"min_age": 18},
            {"also_purpose_id": self.env.ref(f"{ADDON}.purpose_enrich").id},
        ):
            with self.subTest(values=values):
                self.assertEqual(self.count(), (2, {}))
                before = {name: self.rule[name] for name in values}
                self.rule.write(values)
                [reason] = self.ask_the_gate(ada + ben)
                self.assertEqual(self.count(), (2, {reason: 1}))
                self.rule.write(before)
        self.rule.copy({"category_ids": tag.ids, "sequence": 1, "forbidden": True})
        self.assertEqual(self.count(), (2, {"company_forbids": 1}))

    def test_r6_a_consent_to_an_outdated_notice_counts_as_the_gate_says(self):
        [ada] = self.make_people("ada")
        consent = self.give("contact", "email", partner=ada)
        self.send(ada)
        self.assertEqual(self.count(), (1, {}))
        self.publish(consent.notice_id, "purpose", purpose_statement="We would like to sell.")
        [reason] = self.ask_the_gate(ada)
        self.assertEqual(self.count(), (1, {reason: 1}))

    def test_r23_existing_customers_are_looked_up_where_the_mailing_is_for_them(self):
        customer, stranger = self.make_people("customer", "stranger")
        customers = self.env["social.existing.customer"]
        customers._record(customer, "S0042", fields.Date.today(), "Bookshelves")
        self.send(customer + stranger)
        self.assertEqual(self.count(), (2, {"never_asked": 2}))
        self.send(customer + stranger, social_similar_goods=True)
        sent, refused = self.count()
        self.assertEqual((sent, sum(refused.values())), (4, 3))

    def test_r23_a_consent_for_one_channel_is_none_for_another(self):
        [ada] = self.make_people("ada")
        self.give("contact", "sms", partner=ada)
        self.send(ada)
        self.assertEqual(self.count(), (1, {"never_asked": 1}))

    def test_colleagues_are_those_who_work_here_now_and_the_company_itself(self):
        people = self.clerk.partner_id + self.env.company.partner_id
        self.send(people)
        self.assertEqual(self.count(), (2, {}))
        self.clerk.active = False
        self.assertEqual(self.count(), (2, {"never_asked": 1}))

    def test_what_was_handed_over_opened_or_answered_went_out(self):
        people = self.make_people("ada")
        for status in ("pending", "open", "reply"):
            mailing = self.send(people, status=status)
        mailing.mailing_trace_ids.sent_datetime = False
        mailing.active = False
        self.assertEqual(self.count(), (3, {"never_asked": 3}))

    def test_it_makes_no_difference_whether_the_rule_is_enforced_now(self):
        self.send(self.make_people("ada", "ben"))
        enforced = self.count()
        self.assertEqual(enforced, (2, {"never_asked": 2}))
        for mode in ("observe", "off"):
            self.rule.write({"mode": mode, "reason": "Tried."})
            self.assertEqual(self.count(), enforced, mode)

    def test_nor_does_it_where_each_recipient_is_judged_alone(self):
        self.send(self.make_people("ada", "ben"))
        enforced = self.count()
        japan = self.env.ref("base.jp")
        abroad = self.rule.copy({"country_ids": [Command.set(japan.ids)], "sequence": 1})
        for mode in ("observe", "off"):
            (self.rule + abroad).write({"mode": mode, "reason": "Tried."})
            self.assertTrue(self.past._asks_for_more("contact_email"))
            self.assertEqual(self.count(), enforced, mode)

    def test_a_consent_to_another_company_is_none_to_this_one(self):
        other = self.env["res.company"].create({"name": "Other"})
        ada, both = self.make_people("ada", "both")
        notice = self.env.ref(f"{ADDON}.notice_contact_en").copy({"company_id": other.id})
        notice = notice.with_company(other)
        notice.action_publish()
        for person in (ada, both):
            self.give("contact", "email", partner=person.with_company(other), notice=notice)
        self.give("contact", "email", partner=both)
        self.send(ada + both)
        self.assertEqual(self.count(), (2, {"never_asked": 1}))

    def test_each_mail_counts_not_each_person(self):
        people = self.make_people("ada", "ben")
        self.send(people)
        self.send(people, days=20, status="bounce")
        self.give("contact", "email", partner=people[0])
        self.assertEqual(self.count(), (4, {"never_asked": 2}))

    def test_what_did_not_go_out_or_long_ago_or_was_a_test_does_not_count(self):
        people = self.make_people("ada", "ben")
        self.send(people, days=91)
        for status in ("cancel", "error", "outgoing"):
            self.send(people, status=status)
        tested = self.send(people)
        tested.mailing_trace_ids.is_test_trace = True
        self.assertEqual(self.count(), (0, {}))
        again = self.send(people, days=89)
        self.assertEqual(self.count(), (2, {"never_asked": 2}))
        again.write({"state": "sending", "sent_date": fields.Datetime.now() - timedelta(days=100)})
        self.assertEqual(self.count(), (2, {"never_asked": 2}), "sent once more, not done yet")

    def test_a_service_and_another_company_are_not_asked_about(self):
        people = self.make_people("ada")
        self.send(people, social_kind="service", social_kind_reason="A recall.")
        other = self.env["res.company"].create({"name": "Other"})
        self.send(people, social_company_id=other.id)
        self.assertEqual(self.count(), (0, {}))
        theirs = new_test_user(
            self.env,
            "theirs",
            groups="mass_mailing.group_mass_mailing_user",
            company_id=other.id,
            company_ids=other.ids,
        )
        self.send(people, social_company_id=False, user_id=theirs.id)
        self.assertEqual(self.count(), (0, {}))
        self.assertEqual(self.past.with_company(other)._count("email")[0], 2)

    def test_who_is_gone_would_not_get_it_any_more(self):
        gone, there = self.make_people("gone", "there")
        self.send(gone + there)
        gone.unlink()
        by_classes = self.count()
        self.assertEqual(by_classes[0], 2)
        self.assertEqual(sum(by_classes[1].values()), 2)
        self.rule.copy({"country_ids": [Command.set(self.env.ref("base.jp").ids)], "sequence": 1})
        self.assertEqual(sum(self.count()[1].values()), 2)

    def test_a_mailing_to_leads_is_judged_too(self):
        leads = self.env["crm.lead"].create(
            [{"name": name, "email_from": f"{name}@lead.example"} for name in ("a", "b")]
        )
        self.give("contact", "email", partner=leads[0])
        self.send(leads)
        sent, refused = self.count()
        self.assertEqual((sent, sum(refused.values())), (2, 1))

    def test_nothing_is_logged_and_nothing_is_written(self):
        self.send(self.make_people("ada"))
        before = self.env["social.decision"].search_count([])
        self.count()
        self.rule.copy({"country_ids": [Command.set(self.env.ref("base.jp").ids)], "sequence": 1})
        self.count()
        self.assertEqual(self.env["social.decision"].search_count([]), before)

    def test_more_recipients_take_no_more_queries(self):
        def queries():
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.count()
            return self.cr.sql_log_count - before

        self.send(self.make_people("ada", "ben"))
        self.count()
        few = queries()
        self.send(self.make_people(*(f"user{n}" for n in range(40))))
        self.assertLessEqual(queries(), few + 1)

    def test_where_odoo_keeps_no_traces_there_is_no_number(self):
        for channel in ("phone", "post", "social"):
            self.assertIsNone(self.past._count(channel), channel)
