"""No way out of Odoo without a gate: what sends is counted, in all addons that Odoo ships (R23).

The source of every addon is read, installed or not. A new caller of what sends fails the test
until somebody has looked at it and has written down which gate holds it.
"""

import ast
from functools import cache
from pathlib import Path

import odoo.addons
from odoo.addons.social_consent_monitoring import census
from odoo.addons.social_consent_monitoring.census import CENSUS, GATES, MADE_BY_HAND, Callers

from common import ADDON, Common


def find_addons():
    """Yield (name, folder) of every addon that can be installed here."""
    seen = set()
    for folder in map(Path, odoo.addons.__path__):
        for addon in sorted(folder.iterdir()):
            if (addon / "__manifest__.py").exists() and addon.name not in seen:
                seen.add(addon.name)
                yield addon.name, addon


@cache
def take_census():
    """Return the functions that send, and the classes that make mails by hand."""
    return census.take(each for each in find_addons() if not each[0].startswith("test_"))


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

    def test_whatever_of_ours_makes_mails_by_hand_is_known(self):
        """Campaigns, imports, boxes and printed forms ask through these, or through Odoo's own."""
        own = {each.removeprefix(ADDON) for each in take_census()[1] if each.startswith(ADDON)}
        self.assertEqual(
            own,
            {
                "/SocialAccess",
                "/SocialAlertTelling",
                "/SocialConsentSeal",
                "/SocialPrivacyRequest",
                "/SocialSubjectRequest",
            },
        )

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
            self.assertIn(f"{ADDON}.{module}", line, f"{model}.{method}")

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

    def test_a_call_of_a_bare_name_is_no_mail(self):
        callers = Callers()
        callers.visit(ast.parse("create({})\nself.env['mail.mail'].sudo().create({})"))
        self.assertEqual(callers.makers, {""})
