"""No way out of Odoo without a gate: what sends is counted, in all addons that Odoo ships (R23).

The source of every addon is read, installed or not. A new caller of what sends fails the test
until somebody has looked at it and has written down which gate holds it.
"""

import ast
from functools import cache
from pathlib import Path

import odoo.addons

from common import ADDON, Common

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
# Where the gates stand: model, method, and the module of ours that has to be in its line.
GATES = (
    ("mail.mail", "_send", f"{ADDON}.models.mail_mail"),
    ("sms.sms", "_send_with_api", f"{ADDON}.models.sms_sms"),
    ("snailmail.letter", "_snailmail_print", f"{ADDON}.models.snailmail_letter"),
    ("mail.thread", "_notify_thread_by_email", f"{ADDON}.models.mail_thread"),
    ("mail.thread", "_notify_thread_by_sms", f"{ADDON}.models.mail_thread"),
    (
        "mail.compose.message",
        "_process_mail_values_state",
        f"{ADDON}.wizards.mail_compose_message",
    ),
    ("sms.composer", "_prepare_mass_sms_values", f"{ADDON}.wizards.sms_composer"),
    ("mail.scheduled.message", "create", f"{ADDON}.models.mail_scheduled_message"),
    ("mail.activity", "create", f"{ADDON}.models.mail_activity"),
    ("mail.activity", "write", f"{ADDON}.models.mail_activity"),
    ("crm.lead", "create", f"{ADDON}.models.crm_lead"),
    ("crm.lead", "write", f"{ADDON}.models.crm_lead"),
)


class Callers(ast.NodeVisitor):
    """Collects which function calls what sends."""

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
        if name == "create" and "['mail.mail']" in ast.unparse(node.func.value):
            self.makers.add(self.path[0])
        self.generic_visit(node)


def read_sources():
    """Yield (addon, path) of all files with code, in every addon that can be installed here."""
    seen = set()
    for folder in map(Path, odoo.addons.__path__):
        for addon in sorted(folder.iterdir()):
            if not (addon / "__manifest__.py").exists() or addon.name in seen:
                continue
            seen.add(addon.name)
            for path in sorted(addon.rglob("*.py")):
                if "tests" not in path.relative_to(addon).parts:
                    yield addon.name, path


@cache
def take_census():
    """Return the functions that send, and the classes that make mails by hand."""
    found, makers = set(), set()
    for addon, path in read_sources():
        if addon.startswith("test_"):
            continue
        callers = Callers()
        callers.visit(ast.parse(path.read_text(encoding="utf-8")))
        found |= {f"{addon}/{function}" for function in callers.found}
        makers |= {f"{addon}/{cls}" for cls in callers.makers}
    return found, makers


class TestCensus(Common):
    def test_r23_everything_that_sends_was_looked_at(self):
        ours = {each for each in CENSUS if each.startswith(ADDON)}
        found, _makers = take_census()
        self.assertFalse(
            {each for each in found if not each.startswith(ADDON)} - CENSUS.keys(),
            "These send or ask about people, and nobody has said which gate holds them",
        )
        self.assertFalse(CENSUS.keys() - found - ours, "These are gone: strike them from the list")

    def test_whoever_makes_mails_by_hand_was_looked_at(self):
        _found, makers = take_census()
        theirs = {each for each in makers if not each.startswith(ADDON)}
        self.assertEqual(theirs, MADE_BY_HAND.keys())

    def test_what_is_ours_reaches_the_wire_by_odoo_alone(self):
        own = {each for each in take_census()[0] if each.startswith(ADDON)}
        # Of mails, that is ``_send``: a name too common to look for.
        passes = {
            f"{ADDON}/SmsSms._send_with_api",
            f"{ADDON}/SnailmailLetter._snailmail_print",
        }
        self.assertEqual(own, passes, "our gates call on to Odoo, and nothing else of ours sends")

    def test_the_gates_stand_in_the_way_of_each_model(self):
        for model, method, module in GATES:
            line = [
                cls.__module__.removeprefix("odoo.addons.")
                for cls in type(self.env[model]).mro()
                if method in vars(cls)
            ]
            self.assertIn(module, line, f"{model}.{method}")

    def test_every_chatter_passes_the_gate(self):
        """No model of its own way to notify people by mail or SMS goes around ours."""
        for name, model in self.env.registry.items():
            for method in ("_notify_thread_by_email", "_notify_thread_by_sms"):
                if not hasattr(model, method):
                    continue
                owners = [
                    cls.__module__.removeprefix("odoo.addons.")
                    for cls in model.mro()
                    if method in vars(cls)
                ]
                self.assertIn(f"{ADDON}.models.mail_thread", owners, name)

    def test_a_new_sender_is_noticed(self):
        callers = Callers()
        callers.visit(ast.parse("class New:\n    def spam(self):\n        server.send_email(mail)"))
        self.assertEqual(callers.found, {"New.spam"})
