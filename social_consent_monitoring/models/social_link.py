import secrets

from odoo import SUPERUSER_ID, api, fields, models

from .. import links
from ..links import InvalidLink, Link

KEPT_AT = "social_consent_monitoring.link_secret"
REQUEST_DAYS = "social_consent_monitoring.request_days"
DEFAULT_REQUEST_DAYS = 7


class SocialLink(models.AbstractModel):
    """Makes and reads the signed links of this database.

    The token is the authority: whoever holds it may do what it says, without a login and without
    JavaScript. So it says little: withdraw this person's consents at this company, or answer this
    one request.
    """

    _name = "social.link"
    _description = "Signed Link"

    @api.model
    def _make_url(self, link):
        """Return the absolute address of the page that a link leads to."""
        folder = "confirm/" if link.kind == links.CONFIRM else ""
        return f"{self.get_base_url()}/social/consent/{folder}{self._make_token(link)}"

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
        value = self.env["ir.config_parameter"].sudo().get_param(REQUEST_DAYS) or ""
        return max(int(value), 1) if value.isdecimal() else DEFAULT_REQUEST_DAYS
