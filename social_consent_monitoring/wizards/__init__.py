# First, because others inherit from them.
from . import social_file_wizard_mixin, social_wizard_mixin

# isort: split
from . import social_partner_wizard_mixin, social_person_wizard_mixin

# isort: split
from . import (
    base_partner_merge,
    mail_activity_schedule,
    mail_compose_message,
    mailing_mailing_test,
    privacy_lookup_wizard,
    privacy_lookup_wizard_line,
    sms_composer,
    social_answer_refuse_wizard,
    social_consent_import_wizard,
    social_consent_import_wizard_column,
    social_consent_record,
    social_consent_request,
    social_consent_withdraw,
    social_enrichment_wizard,
    social_erasure_wizard,
    social_erasure_wizard_line,
    social_existing_customer_wizard,
    social_export_download,
    social_first_contact_wizard,
    social_mailing_preview,
    social_match_wizard,
    social_opml_export,
    social_opml_import,
    social_opml_import_line,
    social_paper_print,
    social_paper_record,
    social_paper_record_line,
    social_policy_try,
    social_privacy_record_wizard,
    social_privacy_step_wizard,
    social_profile_wizard,
    social_prospect_wizard,
    social_source_wizard,
    social_terms_wizard,
    social_upload_wizard,
    social_upload_wizard_column,
)
