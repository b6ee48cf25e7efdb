import json
import re
import secrets
from dataclasses import replace
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from .. import connectors, links
from ..connectors import ConnectorError
from ..door import open_door
from ..links import InvalidLink
from ..suppressed import make_handle
from .social_code_mixin import SECONDS

OFFICER = "social_consent_monitoring.group_privacy_officer"
# For how long a code counts.
CODE_HOURS = 24
# So many accounts may a person have begun to prove; the oldest makes room.
MOST_WAITING = 5
# How much of a handle is shown by a link that never expires, of names that are long enough.
SHOWN = 2
LONG_ENOUGH = 3 * SHOWN
# For how long the page says that something was done just now.
JUST_NOW = timedelta(minutes=10)


class SocialHandleProof(models.Model):
    """An account that a person says is theirs, until that is proven (rules 2 and 18).

    Made by the person's own act, where the policy lets them be matched at all. It waits for a day,
    and is gone with the consent. What is proven is a ``social.profile`` that tells how; nothing
    stays here. All of it acts as superuser; the link is the authority.
    """

    _name = "social.handle.proof"
    _inherit = ["social.door.mixin", "social.code.mixin"]
    _description = "Account to Be Proven"
    _order = "id desc"
    _code_of = b"account"

    partner_id = fields.Many2one(
        "res.partner", "Contact", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    platform_id = fields.Many2one(
        "social.platform", required=True, readonly=True, ondelete="cascade"
    )
    handle = fields.Char(required=True, readonly=True, groups=OFFICER)
    expires_at = fields.Datetime("Waits Until", required=True, readonly=True)
    code_digest = fields.Char(required=True, readonly=True, groups="base.group_system")
    # Between leaving for the other server and coming back from it.
    state_digest = fields.Char(readonly=True, groups="base.group_system", copy=False)
    secrets_kept = fields.Text(readonly=True, groups="base.group_system", copy=False)

    _code_unique = models.UniqueIndex("(code_digest)", "This is waiting already.")
    _by_state = models.Index("(state_digest) WHERE state_digest IS NOT NULL")

    @api.depends("create_date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for proof in self:
            proof.display_name = self.env._("Account to Be Proven, No. %s", proof.id or "")

    # -- what the person's page shows ----------------------------------------------------------

    @api.model
    def _get_accounts(self, link):
        """Return what the person's page says of accounts, or None where nothing can be said.

        Names are shortened: the link never expires, and shows no data.
        """
        profiles = self._get_profiles(link)
        partner = self._get_holder(link)
        platforms = self._get_platforms() if partner else self.env["social.platform"]
        if not profiles and not platforms:
            return None
        return {
            "rows": [self._prepare_row(profile) for profile in profiles],
            "is_new": any(self._is_new(profile) for profile in profiles),
            "platforms": self._get_allowed(partner, platforms),
            "has_any": bool(platforms),
            "at_source": self._get_source_platforms(link),
            "may_consent": bool(partner)
            and bool(self.env["social.consent"]._get_offer(link, "match", "")),
        }

    @api.model
    def _get_profiles(self, link):
        """Return the accounts that are joined with this person in this company, and count now."""
        if link.purpose not in (None, "match"):
            return self.env["social.profile"].sudo()
        partners = self.env["social.subject"]._get_by_key(link.subject)._get_records("res.partner")
        return (
            self.env["social.profile"]
            .sudo()
            .search(
                [
                    ("partner_id", "in", partners.ids),
                    ("company_id", "=", self.env.company.id),
                    ("valid_until", ">", fields.Datetime.now()),
                ]
            )
        )

    @api.model
    def _prepare_row(self, profile):
        return {
            "id": profile.id,
            "platform": profile.platform_id.name,
            "name": self._shorten(profile.handle),
            "proven": profile.verified_at and format_date(self.env, profile.verified_at),
            "contested": bool(profile.contested_at),
        }

    @api.model
    def _shorten(self, handle):
        """Return how a name begins, without its host; nothing of a short one, which would be half of it."""
        name = re.split("[@.]", handle)[0]
        return f"{name[:SHOWN] if len(name) >= LONG_ENOUGH else ''}…"

    @api.model
    def _is_new(self, profile):
        proven = profile.verified_at
        return bool(proven) and proven > fields.Datetime.now() - JUST_NOW

    @api.model
    def _get_holder(self, link):
        """Return the contact whom this link is about, as long as the address that it went to is theirs."""
        nobody = self.env["res.partner"].sudo()
        if link.purpose not in (None, "match"):
            return nobody
        subject = self.env["social.subject"]._get_by_key(link.subject)
        record = subject._get_record_at(link.model, link.address)
        if not record:
            return nobody
        return record if record._name == nobody._name else subject._get_records(nobody._name)[:1]

    @api.model
    def _get_platforms(self):
        """Return the platforms that we read, and on which an account can be proven."""
        sources = self.env["social.source"].sudo().with_context(active_test=False)
        sources = sources.search(sources._check_company_domain(self.env.company))
        platforms = sources.platform_id.sorted("name")
        return platforms.filtered(lambda each: self._shows_codes(each) or self._logs_in(each))

    @api.model
    def _get_addable(self, link):
        """Return the platforms of which whoever holds this link may add accounts now."""
        return self._get_allowed(self._get_holder(link), self._get_platforms())

    @api.model
    def _get_allowed(self, partner, platforms):
        """Return those of the platforms on which this contact may be matched at all (rule 7)."""
        asks = self.env["social.policy"]
        return platforms.filtered(
            lambda each: (
                partner
                and asks._decide("match", partner, platform=each.code, handle="")[partner.id]
            )
        )

    @api.model
    def _shows_codes(self, platform):
        """Tell whether we may look for a code there (rule 16): with the source's account or none."""
        source = self._get_proving_source(platform)
        if not source:
            return False
        known = connectors.CONNECTORS[source.connector]
        if known.account == "needed" and not source.account_id:
            return False
        return platform._may_be_read(logs_in=bool(source.account_id))

    @api.model
    def _logs_in(self, platform):
        """Tell whether a person may prove an account there by logging in."""
        source = self._get_proving_source(platform)
        can = bool(source) and connectors.can_log_in(source.connector)
        return can and platform._may_be_read()

    # -- beginning -----------------------------------------------------------------------------

    @api.model
    def _open(self, link, platform, handle, offer=None):
        """Let an account wait for its proof, and return the token that only its person gets.

        :param link: a fresh one that was mailed to the person
        :param offer: a ``SourceOffer``: what the person consents to by logging in there
        :raises UserError: where this can be no account there, or the person may not be matched
        """
        partner = self._get_holder(link)
        if platform not in (offer.platforms if offer else self._get_addable(link)):
            raise UserError(self.env._("Choose where your account is."))
        handle = self._normalize(platform, handle)
        key = secrets.token_hex(16)
        now = fields.Datetime.now().replace(microsecond=0)
        end = now + timedelta(hours=CODE_HOURS)
        self._make_room(partner)
        open_door(self.sudo()).create(
            {
                "partner_id": partner.id,
                "company_id": self.env.company.id,
                "platform_id": platform.id,
                "handle": handle,
                "code_digest": self._digest(self._get_code(key)),
                "expires_at": end,
                **self._prepare_offer_vals(offer),
            }
        )
        mine = replace(link, kind=links.ACCOUNT, key=key, expires=int(end.timestamp()))
        return self.env["social.link"]._make_token(mine)

    @api.model
    def _make_room(self, partner):
        domain = [("partner_id", "=", partner.id), ("company_id", "=", self.env.company.id)]
        waiting = self.sudo().search(domain, order="id desc")
        open_door(waiting[MOST_WAITING - 1 :]).unlink()

    @api.model
    def _get(self, link):
        """Return what waits behind a link of the kind ``ACCOUNT``, for whoever is its person now.

        :raises InvalidLink: "gone", where it was proven, given up or forgotten, or the address
            that the link went to is the person's no more
        """
        digest = self._digest(self._get_code(link.key))
        proof = self.sudo().search(
            [
                ("code_digest", "=", digest),
                ("company_id", "=", self.env.company.id),
                ("expires_at", ">", fields.Datetime.now()),
            ]
        )
        if not proof or proof.partner_id != self._get_holder(link):
            raise InvalidLink("gone")
        return proof

    @api.model
    def _make_page_token(self, link):
        """Return the token of the person's page."""
        return self.env["social.link"]._make_token(
            replace(link, kind=links.WITHDRAW, key="", expires=0)
        )

    # -- by a code -----------------------------------------------------------------------------

    def _check(self, link):
        """Look for the code in public, and return whether the account is proven now.

        :raises ConnectorError: where the other server does not answer
        :raises ConsentRequired: where the person may not be matched any more
        """
        if not self._takes_code():
            return False
        source, query = self._prepare()
        code = self._get_code(link.key)
        account = connectors.prove(source.connector, query, self.handle, code)
        return bool(account) and self._prove(account, "code")

    def _takes_code(self):
        """Tell whether a code proves this account: consent on the platform takes the login there."""
        return not self.purpose_id and self._shows_codes(self.platform_id)

    def _prepare(self):
        """Return (source, query): how this account's platform is asked."""
        self.ensure_one()
        source = self._get_proving_source(self.platform_id)
        return source, source._prepare_query(deadline=SECONDS)

    # -- by logging in -------------------------------------------------------------------------

    def _begin_login(self):
        """Return the address where the person logs in.

        :raises ConnectorError: where the other server does not answer
        """
        if not self._logs_in(self.platform_id):
            raise ConnectorError("no_login")
        source, query = self._prepare()
        state = secrets.token_urlsafe(32)
        login = connectors.begin_login(source.connector, query, self.handle, self._get_app(), state)
        open_door(self).write(
            {"state_digest": self._digest_state(state), "secrets_kept": json.dumps(login.kept)}
        )
        return login.url

    @api.model
    def _get_app(self):
        base = self.get_base_url()
        return connectors.App(
            name=self.env.company.name,
            website=base,
            back=f"{base}/social/consent/account/back",
            metadata=f"{base}/social/consent/account/client.json",
        )

    @api.model
    def _find_state(self, state):
        """Return what waits for an answer with this state, or none."""
        if not state:
            return self.sudo().browse()
        return self.sudo().search([("state_digest", "=", self._digest_state(state))], limit=1)

    @api.model
    def _digest_state(self, state):
        return self._hmac(f"state\n{state}").hex()

    def _finish_login(self, answer, evidence):
        """Return whether whoever came back has logged in to the account; no answer counts twice.

        :param dict answer: ``code`` and ``iss``, as the other server sent them along
        :param dict evidence: how the person acted, for the consent that is given by this
        :raises ConnectorError: where the other server does not answer, or not as it should
        :raises ConsentRequired: where the person may not be matched any more
        """
        source, query = self._prepare()
        kept = json.loads(self.secrets_kept or "{}")
        try:
            account = connectors.finish_login(
                source.connector, query, self.handle, self._get_app(), kept, answer
            )
        finally:
            self._forget_login()
        return bool(account) and self._prove(account, "login", evidence)

    def _forget_login(self):
        open_door(self).write({"state_digest": False, "secrets_kept": False})

    # -- the end -------------------------------------------------------------------------------

    def _prove(self, account, method, evidence=None):
        """Keep what was proven as a profile of the contact, and nothing here.

        :raises ConsentRequired: where the person may not be matched (any more)
        :raises UserError: where the consent that the login was for cannot be given (any more)
        """
        with self.env.cr.savepoint():
            if self.purpose_id:
                self._give_at_source(account, evidence)
            if self._is_to_be_joined(account):
                self.env["social.profile"]._make_proven(
                    self.partner_id, self.platform_id, account, method
                )
        self._give_up()
        return True

    def _give_up(self):
        open_door(self).unlink()

    @api.model
    def _remove(self, link, profile_id):
        """Let the person take an account back: with all that was joined because of it."""
        self._get_profiles(link).filtered(lambda each: each.id == profile_id)._take_back()

    @api.model
    def _drop_of(self, consents):
        """Forget what waits for persons whose consent has ended on which it would rest.

        To be matched; and that which a login was to give: a "no" meanwhile is the later word.
        """
        for company, own in consents.grouped("company_id").items():
            ended = {(each.subject_id, each.purpose_id.code) for each in own}
            waiting = self._search_waiting(own.subject_id, company)
            over = [each.id for each in waiting if each._get_place() in ended]
            open_door(waiting.browse(over)).unlink()

    @api.model
    def _search_waiting(self, subjects, company):
        return self.sudo().search(
            [
                ("company_id", "=", company.id),
                ("partner_id.social_subject_id", "in", subjects.ids),
            ]
        )

    def _get_place(self):
        """Return the person, and the purpose of the consent that this is about."""
        return self.partner_id.social_subject_id, self.purpose_id.code or "match"

    @api.model
    def _forget(self, places):
        """Forget what waits for these accounts, "platform code/handle" in lower case."""
        waiting = self.sudo().search([])
        found = waiting.filtered(
            lambda each: make_handle(each.platform_id.code, each.handle) in places
        )
        open_door(found).unlink()

    @api.autovacuum
    def _gc_over(self):
        """Forget what was not proven within its time."""
        open_door(self.sudo().search([("expires_at", "<=", fields.Datetime.now())])).unlink()
