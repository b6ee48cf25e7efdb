"""Where each rule of the product is enforced: by the policy, or by what makes breaking it impossible.

A test resolves every name, so that nobody moves a safeguard away unnoticed.
"""

from typing import NamedTuple


class Entry(NamedTuple):
    """A rule: what it says, and the dotted names below the addon that keep it."""

    says: str
    kept_by: tuple[str, ...]


RULEBOOK = {
    1: Entry("Customer data serve the contract.", ("policy.rules.rule_1_contract",)),
    2: Entry(
        "No post is joined with a customer without a basis.",
        ("policy.rules.consent_given", "models.social_match.SocialMatch._make"),
    ),
    3: Entry("A monitoring service is a basis.", ("policy.rules.find_other_basis",)),
    4: Entry("The basis ends with the contract.", ("policy.rules.find_other_basis",)),
    5: Entry(
        "Evidence and handles are for the privacy officer.",
        (
            "models.social_consent_evidence.SocialConsentEvidence",
            "models.social_author.SocialAuthor",
        ),
    ),
    6: Entry(
        "The purpose is explained.",
        (
            "policy.rules.rule_6_same_purpose",
            "models.social_consent_notice.SocialConsentNotice.action_publish",
        ),
    ),
    7: Entry(
        "Kind and extent of the data are named.",
        (
            "policy.rules.rule_7_listed",
            "models.social_consent_notice.SocialConsentNotice.action_publish",
        ),
    ),
    8: Entry(
        "Revoking is as easy as consenting.",
        (
            "policy.rules.rule_8_no_is_respected",
            "policy.rules.rule_8_not_blocked",
            "policy.rules.not_suppressed",
            "models.social_effect.SocialEffect._carry_out",
            "models.social_block_mixin.SocialBlockMixin._follow_as_no",
            "models.social_block_mixin.SocialBlockMixin._follow_consents",
            "models.social_subject_mixin.SocialSubjectMixin._withdraw_social_consent",
        ),
    ),
    9: Entry(
        "No consent without an act of the person.",
        (
            "policy.rules.rule_9_not_while_valid",
            "policy.rules.rule_9_not_too_often",
            "models.social_subject_mixin.SocialSubjectMixin._check_giving",
        ),
    ),
    10: Entry(
        "One box, one purpose, not tied to terms.",
        ("models.social_consent_notice.SocialConsentNotice.action_publish",),
    ),
    11: Entry("Be open.", ("controllers.social_consent.SocialConsentPage",)),
    12: Entry(
        "Incentives are signed off; a reward for praise is another thing.",
        (
            "policy.rules.rule_12_signed_off",
            "models.social_mention_match.SocialMentionMatch._compute_praise",
        ),
    ),
    13: Entry(
        "Minors are protected.",
        (
            "policy.rules.rule_13_age_known",
            "policy.rules.rule_13_guardian",
            "policy.rules.rule_13_incentive_for_adults",
            "policy.rules.rule_13_old_enough",
        ),
    ),
    14: Entry(
        "Public opinion may be heard.",
        ("policy.rules.rule_14_balancing_test", "models.social_author.SocialAuthor"),
    ),
    15: Entry("Closed circles are taboo.", ("policy.rules.rule_15_not_closed",)),
    16: Entry(
        "Accepted terms bind.",
        ("policy.rules.rule_16_terms", "policy.rules.rule_16_answers_allowed"),
    ),
    17: Entry("Measuring names no customer.", ("models.social_mention.SocialMention",)),
    18: Entry(
        "Good intentions justify no matching.",
        (
            "wizards.social_match_wizard.SocialMatchWizard._check_people",
            "models.social_mention_match.SocialMentionMatch._find_candidates",
        ),
    ),
    19: Entry(
        "A personal answer needs consent.",
        (
            "policy.rules.consent_given",
            "models.social_guard.SocialGuard._check",
            "models.social_answer_check.SocialAnswerCheck._check_may_go",
        ),
    ),
    20: Entry("Customer data stay off platforms.", ("policy.rules.rule_20_push_allowed",)),
    21: Entry(
        "Enriching needs consent that names the kind of data.",
        (
            "policy.rules.consent_given",
            "policy.rules.rule_21_category_named",
            "models.social_enrichment.SocialEnrichment._take_back",
            "wizards.social_enrichment_wizard.SocialEnrichmentWizard._check_people",
        ),
    ),
    22: Entry("Consent at the source.", ("policy.rules.rule_22_given_at_the_source",)),
    23: Entry(
        "Direct marketing needs consent.",
        (
            "policy.rules.consent_given",
            "policy.rules.not_objected",
            "policy.rules.rule_23_first_contact",
            "models.social_gate.SocialGate._judge",
            "models.crm_lead.CrmLead._check_social_mention",
            "models.social_mention_lead.SocialMentionLead._decide_about_lead",
            "models.mail_mail.MailMail._send",
            "models.sms_sms.SmsSms._send_with_api",
            "models.snailmail_letter.SnailmailLetter._snailmail_print",
            "wizards.mail_compose_message.MailComposeMessage._process_mail_values_state",
        ),
    ),
    24: Entry(
        "Nobody is watched.",
        (
            "policy.rules.consent_given",
            "models.social_source_watching.SocialSourceWatching._check_may_watch",
            "models.social_source_watching.SocialSourceWatching._check_named",
            "models.social_source_import.SocialSourceImport._check_may_watch_still",
            "models.social_watch.SocialWatch._check_watch_words",
            "models.social_watch.SocialWatch._note_persons",
            "models.ir_filters.IrFilters._check_watch_words",
            "models.ir_embedded_actions.IrEmbeddedActions._check_watch_words",
        ),
    ),
    25: Entry(
        "Every decision leaves a record.",
        ("models.social_decision.SocialDecision._log", "policy.decide.trace"),
    ),
}
