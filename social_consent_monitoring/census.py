"""What sends, in plain Python: known ways out of Odoo, and how to find new ones (rule 23).

The tests count all that Odoo ships; the health page counts what is installed, so that an addon
that nobody has looked at is named before it sends.
"""

import ast
import os
import re
from pathlib import Path

ADDON = "social_consent_monitoring"

# What hands something to the wire, or asks a service about a person.
SENDERS = {
    "send_email": "mail",
    "sendmail": "mail",
    "send_message": "mail",
    "_send_sms_batch": "SMS",
    "_send_with_api": "SMS",
    "_send_verification_sms": "SMS",
    "_snailmail_print": "letter",
    "_snailmail_print_valid_address": "letter",
    "iap_jsonrpc": "service",
    "_iap_enrich": "service",
    "_request_enrich": "service",
    "_request_partner_autocomplete": "service",
    "_push_notification_to_endpoint": "push",
    "push_to_end_point": "push",
}
LAST = "the last gate"
WITHIN = "only reached through a gate"
TEST = "a test that the sender sends to a chosen number"
ACCOUNT = "speaks of the company's own account, and of nobody else"
COMPANY = "asks about companies, by their number, name or domain"
STAFF = "to those who use this database and have allowed it in their browser"
COLD = "brings companies with their staff: leads that nobody may write to without consent"
ENRICH = "asked about in social_consent_monitoring_enrich"
DOCUMENT = "on an invoice"

CENSUS = {
    "base/IrMail_Server.send_email": WITHIN,
    "mail/MailMail._send": LAST,
    "mail/MailPush._push_notification_to_endpoint": STAFF,
    "mail/MailThread._web_push_send_notification": STAFF,
    "sms/SmsSms._send": WITHIN,
    "sms/SmsSms._send_with_api": LAST,
    "sms/SmsApi._contact_iap": WITHIN,
    "sms/SmsAccountPhone.action_send_verification_code": ACCOUNT,
    "mass_mailing_sms/MailingSmsTest.action_send_sms": TEST,
    "snailmail/MailMessage.send_letter": LAST,
    "snailmail/SnailmailLetter._snailmail_cron": LAST,
    "snailmail/SnailmailLetter.snailmail_print": LAST,
    "snailmail/SnailmailLetter._snailmail_print": LAST,
    "snailmail/SnailmailLetter._snailmail_print_valid_address": WITHIN,
    "snailmail_account/AccountMoveSend._hook_if_success": DOCUMENT,
    "iap/IapAccount._get_account_information_from_iap": ACCOUNT,
    "iap/IapAccount.get_credits": ACCOUNT,
    "iap/IapAccount.write": ACCOUNT,
    "iap/IapEnrichApi._contact_iap": WITHIN,
    "html_editor/HTML_Editor.generate_text": ACCOUNT,
    "website/Website._api_rpc": ACCOUNT,
    "crm_iap_enrich/CrmLead.iap_enrich.process_leads": ENRICH,
    "crm_iap_mine/CrmIapLeadMiningRequest._iap_contact_mining": COLD,
    "website_crm_iap_reveal/CrmRevealRule._iap_contact_reveal": COLD,
    "mail_plugin/MailPluginController._create_company_from_iap": COMPANY,
    "mail_plugin/MailPluginController.res_partner_enrich_and_update_company": COMPANY,
    "mail_plugin/MailPluginController._iap_enrich": COMPANY,
    "partner_autocomplete/IapAutocompleteApi._contact_iap": WITHIN,
    "partner_autocomplete/ResPartner.autocomplete_by_name": COMPANY,
    "partner_autocomplete/ResPartner.autocomplete_by_vat": COMPANY,
    "partner_autocomplete/ResPartner.enrich_by_domain": COMPANY,
    "partner_autocomplete/ResPartner.enrich_by_duns": COMPANY,
    "partner_autocomplete/ResPartner.enrich_by_gst": COMPANY,
}
# Who makes mails by hand, about nothing: a mail that says nothing of what it is for is a service.
MADE_BY_HAND = {
    "auth_signup/ResUsers": "a new password",
    "digest/DigestDigest": STAFF,
    "hr_expense/HrExpense": STAFF,
    "hr_recruitment/ApplicantGetRefuseReason": "an answer to an application",
    "im_livechat/DiscussChannel": "a transcript that the visitor asked for",
    "mail/DiscussChannel": "a transcript or invitation to a conversation that is running",
    "mail/MailComposeMessage": LAST,
    "mail/MailTemplate": LAST,
    "mail/MailThread": "a mail that came in and could not be delivered",
    "mail/ResUsers": "warns of a changed password or address",
    "mail_group/MailGroup": "a list that its readers joined themselves",
    "mail_group/MailGroupMessage": "an answer to what somebody sent to a list",
    "mass_mailing/MailingMailing": STAFF,
    "mass_mailing/MailingMailingTest": TEST,
    "survey/SurveyInvite": "asked about in social_consent_monitoring_survey",
    "website_payment/PaymentTransaction": "a receipt",
    "website_sale_stock/ProductProduct": "news that the person asked for",
    "website_slides/SlideChannelInvite": "asked about in social_consent_monitoring_slides",
    "website_slides/SlideChannelPartner": "to those who take part",
}
# A file without these words sends nothing: quick to find, where reading takes long.
WORDS = ("mail.mail", *SENDERS)
SAID = re.compile(rf"""['"]mail\.mail['"]|\b(?:{"|".join(SENDERS)})\b""")
# Folders without code that runs.
SILENT = {"tests", "static", "i18n"}
# Where the gates stand: model, method, and the file of ours that has to be in its line.
GATES = (
    ("mail.mail", "_send", "models.mail_mail"),
    ("sms.sms", "_send_with_api", "models.sms_sms"),
    ("snailmail.letter", "_snailmail_print", "models.snailmail_letter"),
    ("mail.thread", "_notify_thread_by_email", "models.mail_thread"),
    ("mail.thread", "_notify_thread_by_sms", "models.mail_thread"),
    (
        "mail.compose.message",
        "_process_mail_values_state",
        "wizards.mail_compose_message",
    ),
    ("sms.composer", "_prepare_mass_sms_values", "wizards.sms_composer"),
    ("mail.scheduled.message", "create", "models.mail_scheduled_message"),
    ("mail.activity", "create", "models.mail_activity"),
    ("mail.activity", "write", "models.mail_activity"),
    ("crm.lead", "create", "models.crm_lead"),
    ("crm.lead", "write", "models.crm_lead"),
)

# The last points before the wire: whatever else stands in their line could go around the gate.
WIRE = (
    ("mail.mail", "_send"),
    ("sms.sms", "_send_with_api"),
    ("snailmail.letter", "_snailmail_print"),
)
# By these every chatter tells people something.
CHATTER = ("_notify_thread", "_notify_thread_by_email", "_notify_thread_by_sms")
# Whose code in those lines was looked at, ours aside.
AROUND = {"mail", "sms", "snailmail"}


class Callers(ast.NodeVisitor):
    """Collects which function calls what sends, and which class makes mails by hand."""

    def __init__(self):
        self.path, self.found, self.makers = [], set(), set()

    def visit_scope(self, node):
        self.path.append(node.name)
        self.generic_visit(node)
        self.path.pop()

    visit_ClassDef = visit_FunctionDef = visit_AsyncFunctionDef = visit_scope

    def visit_Call(self, node):
        name = getattr(node.func, "attr", None) or getattr(node.func, "id", None)
        if name in SENDERS:
            self.found.add(".".join(self.path))
        about = getattr(node.func, "value", None)
        if name == "create" and about and "['mail.mail']" in ast.unparse(about):
            self.makers.add(self.path[0] if self.path else "")
        self.generic_visit(node)


def take(addons):
    """Return what sends in these addons, and which of their classes make mails by hand.

    :param addons: pairs of an addon's name and its folder (a ``Path``)
    :return: two sets of ``addon/Class.method``, and ``addon/Class``
    """
    found, makers = set(), set()
    for addon, folder in addons:
        callers = Callers()
        for path in _find_files(folder):
            _read(path, callers)
        found |= {f"{addon}/{function}" for function in callers.found}
        makers |= {f"{addon}/{cls}" for cls in callers.makers}
    return found, makers


def _find_files(folder):
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - SILENT)
        paths = (Path(place, name) for name in sorted(names) if name.endswith(".py"))
        yield from filter(Path.is_file, paths)


def _read(path, callers):
    """Look into a file, where a word for sending stands in it at all."""
    source = path.read_text(encoding="utf-8", errors="replace")
    if not any(word in source for word in WORDS) or not SAID.search(source):
        return
    try:
        callers.visit(ast.parse(source))
    except (SyntaxError, ValueError):
        # What Python cannot read it does not run either.
        return
