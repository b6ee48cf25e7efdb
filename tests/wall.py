"""What the tests of the wall start from: a contact in each state, with all that the wall guards."""

import html
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user

from common import ADDON, make_post

GUARDED = ("social.match", "social.profile", "social.enrichment")
STATES = ("given", "withdrawn", "expired", "never", "elsewhere")
INSIDERS = ("clerk", "manager", "officer")
OUTSIDERS = ("sales", "employee", "portal", "public")


class Walled:
    """One contact for each state of consent; the clock stands a second after one expired.

    ``rows[model, state]`` is the id of that contact's match, profile or value: still stored where
    the consent expired or was given to another company, gone where it was withdrawn, and never
    there where nobody was asked.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = new_test_user(cls.env, "portal_wall", groups="base.group_portal")
        cls.public = cls.env.ref("base.public_user")
        for name in (*INSIDERS, "sales", "employee"):
            user = getattr(cls, name)
            # Neither exporting nor the developer's mode lets anybody see more.
            user.group_ids += cls.env.ref("base.group_allow_export")
            user.group_ids += cls.env.ref("base.group_no_one")
        cls.category = cls.env.ref(f"{ADDON}.category_interests")
        cls.elsewhere = cls.make_company()
        cls.partners, cls.mentions, cls.rows = {}, {}, {}
        for number, state in enumerate(STATES):
            cls.make_contact(state, number)
        cls.withdraw(cls, partner=cls.partners["withdrawn"])
        cls.env.flush_all()
        cls.env.invalidate_all()
        cls.enterClassContext(cls.after(cls, hours=1, seconds=1))

    @classmethod
    def make_company(cls):
        company = cls.env["res.company"].create({"name": "Elsewhere"})
        company.email = "info@elsewhere.example"
        for purpose in ("match", "enrich"):
            notice = cls.env.ref(f"{ADDON}.notice_{purpose}_en")
            notice.copy({"company_id": company.id}).action_publish()
        return company

    @classmethod
    def make_contact(cls, state, number):
        partner = cls.env["res.partner"].create(
            {"name": f"Zelda {state.title()}", "email": f"{state}@example.com", "lang": "en_US"}
        )
        post = make_post(100 + number, author=f"zelda_{state}@social.example")
        mention = cls.store(cls, post)
        cls.partners[state], cls.mentions[state] = partner, mention
        if state == "never":
            cls.rows.update({(model, state): 10**6 + number for model in GUARDED})
            return
        company = cls.elsewhere if state == "elsewhere" else cls.env.company
        partner = partner.with_company(company)
        end = fields.Datetime.now() + timedelta(hours=1)
        for purpose in ("match", "enrich"):
            cls.give(cls, purpose, partner=partner, valid_until=end if state == "expired" else None)
        for row in cls.make_rows(partner, mention):
            cls.rows[row._name, state] = row.id
            cls.attach(row, state)

    @classmethod
    def make_rows(cls, partner, mention):
        env = partner.env
        return (
            env["social.match"]._make(mention.with_env(env), partner),
            env["social.profile"]._make(partner, mention.platform_id, mention.author_id.handle),
            env["social.enrichment"]._make(partner, cls.category, "Likes boats", mention),
        )

    @classmethod
    def attach(cls, row, state):
        cls.env["ir.attachment"].create(
            {"name": f"{state}.txt", "raw": b"x", "res_model": row._name, "res_id": row.id}
        )

    # -- reading off which contacts an answer is about --------------------------------------

    def by_row(self, model, ids):
        return {state for state in STATES if self.rows[model, state] in ids}

    def by_partner(self, ids):
        return {state for state in STATES if self.partners[state].id in ids}

    def by_name(self, text):
        text = html.unescape(text if isinstance(text, str) else text.decode())
        return {state for state in STATES if self.partners[state].name in text}

    def outcome(self, call, *args):
        """Return what a call brought, or ``"refused"``."""
        try:
            return call(*args)
        except UserError:
            return "refused"
