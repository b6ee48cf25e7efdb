# First, because others inherit from it.
from . import social_consent_receipt, social_subject_mixin, social_subject_request

# isort: split
from . import (
    crm_lead,
    mail_mail,
    mail_notification,
    mail_template,
    mailing_contact,
    mailing_mailing,
    mailing_trace,
    res_partner,
    social_author,
    social_consent,
    social_consent_answer,
    social_consent_event,
    social_consent_evidence,
    social_consent_notice,
    social_consent_purpose,
    social_decision,
    social_link,
    social_match,
    social_mention,
    social_platform,
    social_policy,
    social_policy_rule,
    social_source,
    social_subject,
)
