import secrets
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models

from .. import links
from ..links import InvalidLink, Link

KEPT_AT = "social_consent_monitoring.link_secret"
REQUEST_DAYS = "social_consent_monitoring.request_days"
DEFAULT_REQUEST_DAYS = 7
ACCESS_MINUTES = "social_consent_monitoring.access_minutes"
DEFAULT_ACCESS_MINUTES = 60
# Who finds an old mail must not read what is stored today.
MAX_ACCESS_MINUTES = 24 * 60
# Where a page lies, by the kind of its link.
FOLDERS = {links.WITHDRAW: "", links.CONFIRM: "confirm/", links.ACCESS: "data/"}


class SocialLink(models.AbstractModel):
    """Makes and reads the signed links of this database.

    The token is the authority: whoever holds it may do what it says, without a login and without
    JavaScript. So it says little: see and withdraw this person's consents at this company, answer
    this one request, or, for an hour, see what is stored.
    """

    _name = "social.link"
    _description = "Signed Link"

    @api.model
    def _make_url(self, link):
        """Return the absolute address of the page that a link leads to."""
        return f"{self.get_base_url()}/social/consent/{FOLDERS[link.kind]}{self._make_token(link)}"

    @api.model
    def _make_token(self, link):
        return links.make_token(self._get_secret(make=True), self._get_database(), link)

    @api.model
    def _make_withdrawal(self, subject, purpose_code=None, channel=None, model="", address=""):
        """Return the link that withdraws what a person gave this company; it never expires."""
        return Link(
            links.WITHDRAW,
            self.env.company.id,
            subject.sudo().key,
            model,
            self._digest_address(address),
            purpose_code,
            channel,
        )

    @api.model
    def _make_access(self, subject, model, address):
        """Return the link that shows a person what this company stores; it works for an hour.

        :param str address: where it is sent; it stops working when the record has another one
        """
        lifetime = timedelta(minutes=self._get_access_minutes())
        return Link(
            links.ACCESS,
            self.env.company.id,
            subject.sudo().key,
            model,
            self._digest_address(address),
            expires=int((fields.Datetime.now() + lifetime).timestamp()),
        )

    @api.model
    def _read(self, token, kind):
        """Return what a token says; reading makes nothing, not even a secret.

        :raises InvalidLink: for a token that is malformed, forged, foreign, expired, or of
            another kind
        """
        secret = self._get_secret()
        if not secret:
            raise InvalidLink
        now = int(fields.Datetime.now().timestamp())
        link = links.read_token(secret, self._get_database(), token, now)
        company = self.env["res.company"].sudo().browse(link.company)
        if link.kind != kind or not company.exists():
            raise InvalidLink
        return link

    @api.model
    def _is_genuine(self, token):
        """Tell whether this is a link of ours that still works, whatever it is for."""
        return any(self._can_read(token, kind) for kind in links.KINDS)

    @api.model
    def _can_read(self, token, kind):
        try:
            return bool(self._read(token, kind))
        except InvalidLink:
            return False

    @api.model
    def _digest_address(self, address):
        secret = self._get_secret(make=True)
        return links.digest_address(secret, address)

    @api.model
    def _get_secret(self, make=False, kept_at=KEPT_AT):
        """Return a secret, as bytes; b"" where there is none and none is to be made.

        :param kept_at: under which key; by default the secret of the links
        """
        parameters = self.env["ir.config_parameter"].with_user(SUPERUSER_ID)
        secret = parameters.get_param(kept_at)
        if not secret and make:
            secret = secrets.token_hex(32)
            parameters.set_param(kept_at, secret)
        return bytes.fromhex(secret or "")

    @api.model
    def _get_database(self):
        return self.env["ir.config_parameter"].sudo().get_param("database.uuid")

    @api.model
    def _choose_lang(self, *wanted):
        """Return the first of these languages, or one that is near, that is installed here."""
        installed = [code for code, _name in self.env["res.lang"].get_installed()]
        for lang in filter(None, wanted):
            near = [code for code in installed if code.split("_")[0] == lang.split("_")[0]]
            if near:
                return lang if lang in near else near[0]
        company = self.env.company.partner_id.lang
        return company if company in installed else installed[0]

    @api.model
    def _get_request_days(self):
        """Return how many days a link to confirm works; at least one, whatever was typed in."""
        return max(self._get_number(REQUEST_DAYS, DEFAULT_REQUEST_DAYS), 1)

    @api.model
    def _get_access_minutes(self):
        """Return how many minutes a link to one's data works: from 1 to a day."""
        minutes = self._get_number(ACCESS_MINUTES, DEFAULT_ACCESS_MINUTES)
        return min(max(minutes, 1), MAX_ACCESS_MINUTES)

    @api.model
    def _get_minutes_left(self, link):
        """Return how many minutes a link still works, at least one."""
        return max((link.expires - int(fields.Datetime.now().timestamp())) // 60, 1)

    @api.model
    def _get_number(self, parameter, default):
        value = self.env["ir.config_parameter"].sudo().get_param(parameter) or ""
        return int(value) if value.isdecimal() else default
