# First, because others inherit from it.
from . import social_consent_filter_mixin, social_subject_mixin

# isort: split
from . import (
    crm_lead,
    mail_mail,
    mail_notification,
    mailing_contact,
    mailing_mailing,
    mailing_trace,
    res_partner,
    social_author,
    social_consent,
    social_consent_event,
    social_consent_evidence,
    social_consent_notice,
    social_consent_purpose,
    social_consent_request_batch,
    social_consent_request_line,
    social_decision,
    social_match,
    social_mention,
    social_platform,
    social_policy,
    social_policy_rule,
    social_source,
    social_subject,
)
