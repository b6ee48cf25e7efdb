"""An answer treats a known customer as unknown, unless that person consented (rules 19, 20, 23)."""

import unicodedata
from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user
from odoo.tools import html2plaintext

from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired

from answers import ABSTRACT, PERSONAL, Answering
from common import ADDON


class TestWords(Answering):
    """Rule 19: what holds customer data is personal, and takes consent."""

    def test_r19_an_abstract_answer_and_an_offer_of_contact_pass(self):
        for text in (ABSTRACT, "Please write to help@brand.example or call +49 30 1234567."):
            answer = self.write_answer(text, despite_others=True)
            self.assertEqual(answer.kind, "abstract")
            self.assertFalse(answer.obstacle)
            answer.action_copy()
            self.assertEqual(answer.state, "copied")

    def test_r19_a_customers_name_makes_it_personal_and_is_marked(self):
        answer = self.write_answer(PERSONAL)
        self.assertEqual(answer.kind, "personal")
        self.assertEqual(answer.found_words, "name")
        self.assertIn("Lindqvist", answer.preview.split("<mark")[1])
        self.assertIn("name</span></mark>", answer.preview)
        self.assertIn("needs the person's consent", answer.obstacle)

    def test_marked_text_is_shown_and_not_run(self):
        answer = self.write_answer("<script>alert(1)</script> Ms Lindqvist <b>&")
        self.assertNotIn("<script>", answer.preview)
        self.assertNotIn("<b>", answer.preview)

    def test_r19_without_consent_it_is_refused_logged_and_nothing_goes_out(self):
        answer = self.write_answer(PERSONAL)
        for act in (answer.action_copy, answer.action_send):
            with self.assertRaisesRegex(ConsentRequired, "general words"):
                act()
        self.assertEqual(answer.state, "draft")
        log = self.env["social.decision"].search([("act", "=", "reply_personal")])
        self.assertEqual(log.mapped("result"), ["refused", "refused"])
        self.assertEqual(self.mention.state, "new")

    def test_r19_the_refusal_says_nothing_about_who_wrote_the_post(self):
        """A customer who consented to nothing looks like nobody."""
        refusals = []
        for post in (self.mention, self.receive(2, author="bob@social.example")):
            with self.assertRaises(ConsentRequired) as caught:
                self.write_answer(PERSONAL, mention=post).action_copy()
            refusals.append(str(caught.exception))
        self.assertEqual(refusals[0], refusals[1])

    def test_r19_with_consent_and_terms_it_passes_and_r20_the_platform_is_asked(self):
        self.match()
        answer = self.write_answer(PERSONAL)
        with self.assertRaises(ConsentRequired) as caught:
            answer.action_copy()
        self.assertEqual(caught.exception.decision.rule, "R20")
        self.platform.terms_allow_push = True
        self.env.company.social_answer_approval = "none"
        answer.action_copy()
        self.assertEqual((answer.state, answer.kind), ("copied", "personal"))

    def test_r19_one_persons_consent_opens_nobody_elses_data(self):
        self.match()
        self.platform.terms_allow_push = True
        self.env.company.social_answer_approval = "none"
        self.env["res.partner"].create({"name": "Zora Silverquist"})
        answer = self.write_answer(f"{PERSONAL} Regards to Zora Silverquist.")
        with self.assertRaisesRegex(ConsentRequired, "somebody else"):
            answer.action_copy()

    def test_r23_nobody_else_is_told_by_an_at_sign(self):
        answer = self.write_answer("Ask @bob@social.example, or help@brand.example.")
        for sign in ("", ".", "-", "+", "@", "(", "\u201c"):
            answer.text = f"Ask {sign}@bob@social.example, or help@brand.example."
            with self.assertRaisesRegex(UserError, "@bob@social.example"):
                answer.action_copy()
        answer.text = "Write to help@brand.example."
        answer.action_copy()
        self.assertEqual(answer.state, "copied")

    def test_r23_our_own_accounts_may_be_named(self):
        self.account.handle = "help@social.example"
        self.write_answer("Ask @Help, or @help@social.example.").action_copy()
        self.account.company_id = self.env["res.company"].create({"name": "Other"})
        with self.assertRaisesRegex(UserError, "@help"):
            self.write_answer("Ask @help.", despite_others=True).action_copy()

    def test_who_is_named_is_looked_up_at_once_however_many_accounts_there_are(self):
        counts = []
        for _more in range(2):
            answer = self.write_answer("Ask @help.", despite_others=True)
            self.account.copy({"handle": "help@social.example", "secret": "x"})
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            answer._check_named()
            counts.append(self.env.cr.sql_log_count - before)
            self.env["social.account"].create(
                [
                    {
                        "name": f"Account {number}",
                        "connector": "fediverse",
                        "address": "https://social.example",
                        "handle": f"us{number}@social.example",
                    }
                    for number in range(20)
                ]
            )
        self.assertEqual(*counts)
        plain = self.write_answer(despite_others=True)
        self.assertTrue(plain.text)
        before = self.env.cr.sql_log_count
        plain._check_named()
        self.assertEqual(self.env.cr.sql_log_count, before)

    def test_whose_data_it_is_is_asked_once_for_a_text(self):
        self.match()
        answer = self.write_answer(PERSONAL)
        asked = []
        guard = type(self.env["social.guard"])
        find = guard._find
        self.patch(guard, "_find", lambda *args: asked.append(args) or find(*args))
        self.env.cr.cache.clear()
        for _shown in range(3):
            answer.invalidate_recordset()
            self.assertFalse(answer.obstacle)
        self.assertEqual(len(asked), 2)

    def test_r19_signs_that_nobody_sees_hide_no_name(self):
        self.env["res.partner"].create({"name": "Bärbel Öztürk"})
        for text in (
            unicodedata.normalize("NFD", "Bärbel Öztürk"),
            "Ada\u200b Lind\u00adqvist",
            "Ada / Lindqvist",
            "Lindqvist (Ada)",
            "\uff21da Lindqvist",
            "Ada Lind\u200dqvist",
            "Ada Lind\ufe0f\u200dqvist",
            "Ada Lind\u034f\u200dqvist",
            "Ada Lind\u3164qvist",
            "Ada Lind\U000e0100qvist",
        ):
            with self.subTest(text):
                self.assertEqual(self.write_answer(text).kind, "personal")
                template = self.env["social.answer.template"].create({"name": "x", "text": text})
                answer = self.write_answer(None, template_id=template.id)
                self.assertEqual(answer.kind, "personal")
        for shown in (
            "\U0001f468\u200d\U0001f467!",
            "\u2764\ufe0f\u200d\U0001f525",
            "1\ufe0f\u20e3",
        ):
            self.assertEqual(self.write_answer(shown).text, shown)

    def test_r19_nobody_asks_for_a_list_of_names(self):
        with self.assertRaisesRegex(UserError, "too long"):
            self.write_answer("Ada Example, " * 500)

    def test_r19_a_consent_that_ended_allows_no_more(self):
        self.match()
        self.platform.terms_allow_push = True
        self.env.company.social_answer_approval = "none"
        answer = self.write_answer(PERSONAL)
        self.withdraw("match")
        answer = self.write_answer(PERSONAL)
        with self.assertRaises(ConsentRequired):
            answer.action_copy()

    def test_r19_the_consent_of_another_company_does_not_count(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.match()
        self.clerk.company_ids |= other
        companies = [other.id, self.env.company.id]
        answers = self.env["social.answer"].with_context(allowed_company_ids=companies)
        answers = answers.with_user(self.clerk)
        answer = answers.create({"mention_id": self.mention.id, "text": PERSONAL})
        with self.assertRaises(ConsentRequired):
            answer.action_copy()

    def test_r19_the_guard_looks_at_the_final_text(self):
        """What no browser checked is checked all the same, and what became a customer since."""
        answer = self.write_answer("Hello Zora Silverquist.")
        self.assertEqual(answer.kind, "abstract")
        self.env["res.partner"].create({"name": "Zora Silverquist"})
        with self.assertRaises(ConsentRequired):
            answer.action_copy()

    def test_observed_it_goes_out_and_the_log_says_so(self):
        rule = self.env["social.policy.rule"]._find_default("reply_personal")
        rule.write({"mode": "observe", "reason": "A trial."})
        self.platform.terms_allow_push = True
        self.env.company.social_answer_approval = "none"
        answer = self.write_answer(PERSONAL)
        self.assertFalse(answer.obstacle)
        answer.action_copy()
        log = self.env["social.decision"].search([("act", "=", "reply_personal")])
        self.assertEqual(log.result, "observed")

    def test_off_it_goes_out_without_a_trace(self):
        rule = self.env["social.policy.rule"]._find_default("reply_personal")
        rule.write({"mode": "off", "reason": "A trial."})
        self.platform.terms_allow_push = True
        self.env.company.social_answer_approval = "none"
        self.write_answer(PERSONAL).action_copy()
        self.assertFalse(self.env["social.decision"].search([("act", "=", "reply_personal")]))

    def test_the_abstract_wording_and_removing_the_words_mend_it(self):
        mended = self.write_answer(PERSONAL)
        mended.action_remove_found()
        self.assertEqual(mended.text, "Dear, your parcel is on its way.")
        self.assertEqual(mended.kind, "abstract")
        begun_again = self.write_answer(PERSONAL)
        begun_again.action_use_abstract()
        self.assertEqual(begun_again.kind, "abstract")
        self.assertIn("Thank you", begun_again.text)
        begun_again.action_copy()
        self.assertEqual(begun_again.state, "copied")

    def test_a_personal_template_is_personal_whatever_its_words(self):
        template = self.env.ref(f"{ADDON}.answer_template_personal_en")
        answer = self.write_answer("We found it.", template_id=template.id)
        self.assertEqual(answer.kind, "personal")
        with self.assertRaises(ConsentRequired):
            answer.action_copy()

    def test_writing_is_counted_and_reading_changes_nothing(self):
        """Whoever tries names is counted; to open a draft is no try."""
        counts = []
        guard = type(self.env["social.guard"])
        self.patch(guard, "_count", lambda self: counts.append(self.env.uid))
        answer = self.write_answer(PERSONAL)
        self.assertEqual(set(counts), {self.clerk.id})
        counts.clear()
        self.env.cr.cache.clear()
        answer.invalidate_recordset()
        self.assertTrue(answer.found_words)
        self.assertFalse(counts)

    def test_the_form_marks_while_somebody_writes(self):
        answer = self.write_answer()
        with Form(answer) as form:
            form.text = PERSONAL
            self.assertEqual(form.found_words, "name")
            self.assertEqual(form.kind, "personal")
            form.text = ABSTRACT
            self.assertFalse(form.found_words)


class TestAddressed(Answering):
    """Rule 23: an answer to whoever did not turn to the company is an approach."""

    def test_r23_a_post_that_does_not_name_us_is_not_answered_without_consent(self):
        mention = self.receive(2, addressed=False)
        answer = self.write_answer(mention=mention)
        self.assertIn("neither addresses nor names", answer.obstacle)
        with self.assertRaisesRegex(ConsentRequired, "neither addresses nor names"):
            answer.action_copy()
        log = self.env["social.decision"].search([("act", "=", "contact_social")])
        self.assertEqual(log.result, "refused")

    def test_r23_a_direct_message_needs_consent_also_to_whoever_named_us(self):
        answer = self.write_answer(visibility="direct")
        with self.assertRaisesRegex(ConsentRequired, "for the author only"):
            answer.action_send()

    def test_r23_with_consent_to_social_messages_both_pass(self):
        mention = self.receive(2, addressed=False)
        self.match(mention)
        with self.assertRaises(ConsentRequired):
            self.write_answer(mention=mention).action_copy()
        self.give("contact", "social")
        for visibility in ("public", "direct"):
            answer = self.write_answer(mention=mention, visibility=visibility, despite_others=True)
            answer.action_copy()
            self.assertEqual(answer.state, "copied")

    def test_a_post_without_an_author_is_nobodys(self):
        mention = self.receive(2, addressed=False, author="")
        # Without a savepoint of the test's own, which would take the log along.
        with self.assertRaisesRegex(ConsentRequired, "neither addresses nor names"):
            self.write_answer(mention=mention).action_copy()
        self.assertTrue(self.env["social.decision"].search([("act", "=", "contact_social")]))


class TestDrafts(Answering):
    def test_the_template_fits_the_tone_of_the_post(self):
        for tone, template in (
            ("positive", "thanks"),
            ("negative", "abstract"),
            ("neutral", "heard"),
            (False, "heard"),
        ):
            with self.subTest(tone=tone):
                self.mention.write({"language": "en", "sentiment_tone": tone})
                answer = self.env["social.answer"].browse(self.mention.action_answer()["res_id"])
                expected = self.env.ref(f"{ADDON}.answer_template_{template}_en")
                self.assertEqual(answer.template_id, expected)
                answer.unlink()

    def test_the_template_speaks_the_language_of_the_post(self):
        for language, word in (("de", "Danke"), ("en", "Thank you"), ("xx", "Thank you")):
            mention = self.receive(10, external_id=f"https://a.example/{language}")
            mention.language = language
            action = mention.with_user(self.clerk).action_answer()
            answer = self.env["social.answer"].browse(action["res_id"])
            self.assertIn(word, answer.text)
            self.assertEqual(answer.user_id, self.clerk)

    def test_offers_of_contact_hold_what_is_known_of_the_company(self):
        self.env.company.write({"phone": "+49 30 1234567", "email": "help@brand.example"})
        template = self.env.ref(f"{ADDON}.answer_template_contact_en")
        answer = self.write_answer(None, template_id=template.id)
        self.assertIn("+49 30 1234567", answer.text)
        self.assertIn("help@brand.example", answer.text)
        self.assertEqual(answer.kind, "contact")

    def test_what_a_template_left_open_is_not_sent(self):
        with self.assertRaisesRegex(UserError, "{what we found}"):
            self.write_answer("Hello, {what we found}.").action_copy()
        with self.assertRaisesRegex(UserError, "Write an answer"):
            self.write_answer("  ").action_copy()

    def test_ones_own_draft_is_opened_again_and_more_are_possible(self):
        mention = self.mention.with_user(self.clerk)
        first = mention.action_answer()["res_id"]
        self.assertEqual(mention.action_answer()["res_id"], first)
        self.assertNotEqual(mention.action_answer_anew()["res_id"], first)

    def test_colleagues_see_that_somebody_answers_and_not_what(self):
        other = new_test_user(self.env, "clerk2", groups=f"{ADDON}.group_social_user")
        draft = self.write_answer()
        mention = self.mention.with_user(other)
        self.assertIn(self.clerk.name, mention.answer_notice)
        self.assertFalse(mention.answer_ids)
        with self.assertRaises(AccessError):
            draft.with_user(other).read(["text"])
        self.assertIn(self.clerk.name, self.write_answer(user=other).others_notice)
        self.assertEqual(draft.with_user(self.manager).text, ABSTRACT)

    def test_a_second_answer_has_to_be_meant(self):
        other = new_test_user(self.env, "clerk2", groups=f"{ADDON}.group_social_user")
        late = self.write_answer(user=other)
        self.write_answer().action_copy()
        late.invalidate_recordset()
        with self.assertRaises(UserError) as caught:
            late.action_copy()
        self.assertIn(self.clerk.name, str(caught.exception))
        late.despite_others = True
        late.action_copy()
        self.assertEqual(len(self.copy_texts()), 2)

    def test_a_copied_answer_counts_the_mention_as_answered(self):
        action = self.write_answer().action_copy()
        self.assertEqual(action["params"]["text"], ABSTRACT)
        self.assertEqual(self.mention.state, "answered")

    def test_a_text_that_is_too_long_is_said_before_anything_is_sent(self):
        answer = self.write_answer("x" * 500)
        self.assertIn("shorten it by", answer.length_notice)
        with self.assertRaisesRegex(UserError, "shorten it by"):
            answer.action_send()
        self.assertEqual(answer.state, "draft")

    def test_writing_on_keeps_no_draft_for_ever(self):
        personal = self.write_answer(PERSONAL)
        self.env.flush_all()
        self.env.cr.execute("UPDATE social_answer SET create_date = create_date - interval '30 h'")
        personal.text = f"{PERSONAL} Soon."
        self.env.invalidate_all()
        self.env["social.answer"]._gc_drafts()
        self.assertFalse(personal.exists())

    def test_a_draft_goes_after_a_month_and_one_that_rests_on_nothing_after_a_day(self):
        plain, personal = self.write_answer(), self.write_answer(PERSONAL)
        with self.after(days=2):
            self.env["social.answer"]._gc_drafts()
        self.assertTrue(plain.exists())
        self.assertFalse(personal.exists())
        with self.after(days=31):
            self.env["social.answer"]._gc_drafts()
        self.assertFalse(plain.exists())


class TestRights(Answering):
    def test_nobody_but_the_buttons_says_what_became_of_an_answer(self):
        answer = self.write_answer()
        for values in (
            {"state": "sent"},
            {"approver_id": self.manager.id},
            {"user_id": self.manager.id},
            {"url": "https://evil.example"},
            {"kind": "abstract"},
            {"error": "x"},
        ):
            with self.assertRaises(UserError):
                answer.write(values)
            with self.assertRaises(UserError):
                self.write_answer(**values)

    def test_neither_context_nor_own_defaults_say_what_became_of_an_answer(self):
        self.env["ir.default"].set("social.answer", "state", "sent", user_id=self.clerk.id)
        answers = self.env["social.answer"].with_user(self.clerk)
        answer = answers.with_context(
            default_state="sent", default_user_id=self.manager.id, default_approver_id=1
        ).create({"mention_id": self.mention.id, "text": ABSTRACT})
        self.assertEqual(answer.state, "draft")
        self.assertEqual(answer.user_id, self.clerk)
        self.assertFalse(answer.approver_id)

    def test_one_writes_and_sends_ones_own_only(self):
        answer = self.write_answer()
        for act in ("action_send", "action_copy", "action_discard", "action_use_abstract"):
            with self.assertRaises(AccessError):
                getattr(answer.with_user(self.manager), act)()
        with self.assertRaises(AccessError):
            answer.with_user(self.manager).write({"text": "x"})

    def test_what_went_out_is_neither_changed_nor_deleted(self):
        answer = self.write_answer()
        answer.action_copy()
        with self.assertRaises(UserError):
            answer.text = "x"
        with self.assertRaises(UserError):
            answer.unlink()

    def test_the_employee_and_another_company_see_nothing(self):
        answer = self.write_answer()
        answer.action_copy()
        with self.assertRaises(AccessError):
            answer.with_user(self.employee).read(["text"])
        other = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "stranger",
            groups=f"{ADDON}.group_social_manager",
            company_id=other.id,
            company_ids=[other.id],
        )
        self.assertFalse(self.env["social.answer"].with_user(stranger).search([]))

    def test_what_one_may_not_see_is_chosen_in_no_way(self):
        """Neither stored nor shown in a form: its name, and what it says, would be told."""
        other = self.env["res.company"].create({"name": "Other"})
        hidden = {
            "template_id": self.env["social.answer.template"].create(
                {"name": "Theirs", "text": "A wording of theirs", "company_id": other.id}
            ),
            "account_id": self.account.copy({"name": "Theirs", "company_id": other.id}),
            "mention_id": self.receive(7),
        }
        hidden["mention_id"].company_id = other
        answers = self.env["social.answer"].with_user(self.clerk)
        answer = self.write_answer()
        spec = {name: {"fields": {"display_name": {}}} for name in hidden} | {"text": {}}
        for name, record in hidden.items():
            with self.subTest(name):
                self.env.invalidate_all()
                with self.assertRaises(AccessError):
                    answers.create({"mention_id": self.mention.id, name: record.id})
                if name != "mention_id":
                    with self.assertRaises(AccessError):
                        answer.write({name: record.id})
                values = {"mention_id": self.mention.id, name: record.id}
                for changed in ([], [name]):
                    with self.assertRaises(AccessError):
                        answers.onchange(values, changed, spec)
                    with self.assertRaises(AccessError):
                        answer.onchange({name: record.id}, changed, spec)
        begun = answers.with_context(default_mention_id=hidden["mention_id"].id)
        with self.assertRaises(AccessError):
            begun.onchange({}, [], spec)

    def test_a_clerk_uses_an_account_and_never_reads_its_key(self):
        answer = self.write_answer()
        self.assertEqual(answer.account_id, self.account)
        with self.assertRaises(AccessError):
            answer.account_id.with_user(self.clerk).read(["secret"])
        with self.assertRaises(AccessError):
            answer.account_id.with_user(self.clerk).read(["login"])


class TestApproval(Answering):
    def setUp(self):
        super().setUp()
        self.env.company.social_answer_approval = "all"

    def test_it_waits_for_a_manager_who_has_not_written_it(self):
        answer = self.write_answer()
        answer.action_copy()
        self.assertEqual(answer.state, "waiting")
        with self.assertRaises(AccessError):
            answer.with_user(self.clerk).action_approve()
        approved = answer.with_user(self.manager)
        self.assertTrue(approved.can_approve)
        approved.action_approve()
        self.assertEqual((answer.state, answer.approver_id), ("draft", self.manager))
        answer.action_copy()
        self.assertEqual(answer.state, "copied")

    def test_nobody_approves_ones_own(self):
        answer = self.write_answer(user=self.manager)
        answer.action_copy()
        self.assertFalse(answer.can_approve)
        with self.assertRaises(AccessError):
            answer.action_approve()

    def test_another_text_has_to_be_approved_anew(self):
        answer = self.write_answer()
        answer.action_copy()
        answer.text = "Something else."
        self.assertEqual(answer.state, "draft")
        answer.action_copy()
        answer.with_user(self.manager).action_approve()
        answer.text = "Something else again."
        self.assertFalse(answer.approver_id)
        answer.action_copy()
        self.assertEqual(answer.state, "waiting")

    def test_another_template_has_to_be_approved_anew(self):
        answer = self.write_answer(ABSTRACT)
        answer.action_send()
        self.assertEqual(answer.state, "waiting")
        answer.template_id = self.env["social.answer.template"].search([], limit=1)
        self.assertEqual(answer.state, "draft")

    def test_only_what_was_read_is_approved(self):
        answer = self.write_answer(ABSTRACT)
        answer.action_send()
        reading = answer.with_user(self.manager).with_context(seen_text="Something else")
        with self.assertRaisesRegex(UserError, "changed this answer"):
            reading.action_approve()
        self.assertEqual(answer.state, "waiting")

    def test_a_manager_can_give_it_back(self):
        answer = self.write_answer()
        answer.action_copy()
        self.give_back(answer, "Say when they will hear from us.")
        self.assertEqual(answer.state, "failed")
        self.assertIn(self.manager.name, answer.error)
        self.assertIn("Say when they will hear from us.", answer.error)
        wizards = self.env["social.answer.refuse.wizard"].sudo().search([])
        self.assertFalse(wizards.filtered(lambda wizard: wizard.answer_id == answer))

    def give_back(self, answer, reason):
        action = answer.with_user(self.manager).action_give_back()
        wizard = self.env[action["res_model"]].with_user(self.manager)
        wizard.with_context(**action["context"]).create({"reason": reason}).action_confirm()

    def test_r18_the_reason_names_no_customer(self):
        answer = self.write_answer()
        answer.action_copy()
        with self.assertRaisesRegex(UserError, "Lindqvist"):
            self.give_back(answer, "Greet Ms Lindqvist")
        self.assertEqual(answer.state, "waiting")

    def test_r18_a_reason_that_was_refused_is_read_by_nobody_else(self):
        answer = self.write_answer()
        answer.action_copy()
        wizard = (
            self.env["social.answer.refuse.wizard"]
            .with_user(self.manager)
            .create({"answer_id": answer.id, "reason": "Greet Ms Lindqvist"})
        )
        with self.assertRaises(UserError):
            wizard.action_confirm()
        other = new_test_user(self.env, "other_manager", groups=f"{ADDON}.group_social_manager")
        with self.assertRaises(AccessError):
            wizard.with_user(other).read(["reason"])

    def test_nobody_gives_back_what_may_not_be_approved_by_them(self):
        answer = self.write_answer()
        answer.action_copy()
        with self.assertRaises(AccessError):
            answer.action_refuse("Because")
        with self.assertRaises(AccessError):
            self.env["social.answer.refuse.wizard"].with_user(self.clerk).create(
                {"answer_id": answer.id, "reason": "Because"}
            )

    # -- who is told -----------------------------------------------------------------------------

    def get_told(self, mention=None):
        """Return who has the activity to approve an answer."""
        mention = (mention or self.mention).sudo()
        return mention.activity_search([f"{ADDON}.mail_activity_approve"]).user_id

    def read_news(self):
        """Return what the clerk was told."""
        found = (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("model", "=", "social.mention"),
                    ("res_id", "=", self.mention.id),
                    ("message_type", "=", "user_notification"),
                    ("notified_partner_ids", "in", self.clerk.partner_id.ids),
                ]
            )
        )
        return [html2plaintext(message.body) for message in found]

    def test_managers_of_the_company_are_told_that_an_answer_waits(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "stranger",
            groups=f"{ADDON}.group_social_manager",
            company_id=elsewhere.id,
            company_ids=[(6, 0, elsewhere.ids)],
        )
        answer = self.write_answer()
        answer.action_copy()
        self.assertIn(self.manager, self.get_told())
        self.assertFalse(self.get_told() & (self.clerk | stranger))
        self.assertTrue(
            all(user.has_group(f"{ADDON}.group_social_manager") for user in self.get_told())
        )

    def test_the_teams_leader_is_told_and_nobody_else_where_there_is_one_who_may(self):
        other = new_test_user(self.env, "second", groups=f"{ADDON}.group_social_manager")
        team = self.env["social.team"].create(
            {"name": "Service", "user_id": self.manager.id, "member_ids": [(4, other.id)]}
        )
        self.mention.team_id = team
        answer = self.write_answer()
        answer.action_copy()
        self.assertEqual(self.get_told(), self.manager)
        answer.action_change()
        # A leader who may not approve: the team's managers, and of one's own answer another one.
        team.user_id = self.clerk
        answer.action_copy()
        self.assertEqual(self.get_told(), other)

    def test_the_activity_goes_once_nothing_waits(self):
        for end in (
            lambda answer: answer.action_change(),
            lambda answer: answer.action_discard(),
            lambda answer: answer.with_user(self.manager).action_approve(),
            lambda answer: answer.with_user(self.manager).action_refuse(),
        ):
            answer = self.write_answer()
            answer.action_copy()
            self.assertTrue(self.get_told())
            end(answer)
            self.assertFalse(self.get_told())

    def test_of_two_that_wait_the_activity_stays_for_the_other(self):
        colleague = new_test_user(self.env, "colleague", groups=f"{ADDON}.group_social_user")
        first, second = self.write_answer(), self.write_answer(user=colleague)
        first.action_copy()
        second.action_copy()
        told = self.get_told()
        activities = self.mention.sudo().activity_search([f"{ADDON}.mail_activity_approve"])
        self.assertEqual(len(activities), len(told), "one each")
        first.action_discard()
        self.assertEqual(self.get_told(), told)

    def test_its_author_is_told_what_became_of_it(self):
        answer = self.write_answer()
        answer.action_copy()
        answer.with_user(self.manager).action_approve()
        [news] = self.read_news()
        self.assertIn(f"{self.manager.name} approved your answer", news)
        self.assertIn("Copy it", news)
        answer.text = "Another one."
        answer.action_copy()
        answer.with_user(self.manager).action_refuse("Too short")
        self.assertIn("gave your answer back", self.read_news()[0])
        answer.text = "And another one."
        answer.action_copy()
        answer.action_change()
        self.assertEqual(len(self.read_news()), 2, "of what one does oneself nobody is told")

    def test_what_the_platform_says_later_is_told_to_its_author(self):
        answer = self.write_answer()
        answer.sudo().write({"state": "sent"})
        job = answer.with_user(self.env.ref("base.user_root"))
        job._note_fates({job: "deleted"})
        self.assertIn("does not stand there any more", self.read_news()[0])

    def test_only_personal_ones_or_those_of_some_users(self):
        self.env.company.social_answer_approval = "personal"
        answer = self.write_answer()
        self.assertFalse(answer._needs_approval())
        self.env.company.social_supervised_ids = self.clerk
        self.assertTrue(answer._needs_approval())
        self.assertTrue(self.write_answer(PERSONAL)._needs_approval())

    def test_the_settings_say_who_approves(self):
        settings = self.env["res.config.settings"].create({})
        self.assertEqual(settings.social_answer_approval, "all")
        settings.write(
            {"social_answer_approval": "none", "social_supervised_ids": [(6, 0, self.clerk.ids)]}
        )
        settings.execute()
        company = self.env.company
        self.assertEqual(company.social_answer_approval, "none")
        self.assertEqual(company.social_supervised_ids, self.clerk)
        again = self.env["res.config.settings"].create({})
        self.assertEqual(again.social_supervised_ids, self.clerk)


class TestGoes(Answering):
    """What becomes of answers when consent, post or person goes."""

    def setUp(self):
        super().setUp()
        self.platform.terms_allow_push = True
        self.env.company.social_answer_approval = "none"

    def test_a_withdrawal_empties_the_personal_text_and_keeps_the_row(self):
        self.match()
        gone, draft = self.write_answer(PERSONAL), self.write_answer(PERSONAL)
        chosen = self.write_answer(PERSONAL)
        chosen.template_id = (
            self.env["social.answer.template"]
            .sudo()
            .create({"name": "To customers", "kind": "personal", "text": PERSONAL})
        )
        chosen.text = PERSONAL
        gone.action_copy()
        plain = self.write_answer(despite_others=True)
        plain.action_copy()
        self.withdraw("match")
        self.assertEqual((gone.state, gone.text), ("copied", False))
        self.assertFalse(draft.text or chosen.text)
        # The kind would still tell that the author is a customer who had consented.
        answers = gone | draft | chosen
        self.assertNotIn("personal", answers.mapped("kind"))
        self.assertFalse(answers.search([("id", "in", answers.ids), ("kind", "=", "personal")]))
        self.assertEqual(plain.text, ABSTRACT)

    def test_answers_go_with_their_post(self):
        answer = self.write_answer()
        answer.action_copy()
        self.mention.unlink()
        self.assertFalse(answer.exists())

    def test_the_persons_export_holds_the_answers_to_matched_posts(self):
        self.match()
        answer = self.write_answer(PERSONAL)
        answer.action_copy()
        subject = self.partner.social_subject_id
        export = self.env["social.export"]
        found = export._find_records(export._find_person(subject))
        self.assertIn(answer.id, found["own"].get("social.answer", ()))

    def test_a_consent_that_runs_out_takes_the_personal_text_along(self):
        self.match()
        answer = self.write_answer(PERSONAL)
        answer.action_copy()
        end = self.partner.social_consent_ids.valid_until
        self.env["social.answer"].sudo()._cron_follow()
        self.assertEqual(answer.text, PERSONAL)
        with freeze_time(end + timedelta(minutes=1)):
            self.env["social.answer"].sudo()._cron_follow()
        self.assertFalse(answer.text)
