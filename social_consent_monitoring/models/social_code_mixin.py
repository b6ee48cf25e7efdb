import hmac
from hashlib import sha256

from odoo import api, models
from odoo.exceptions import UserError

from .. import connectors

# Letters and digits that nobody confuses when reading aloud.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 16
LONGEST_HANDLE = 200
# What a person waits for another server, at most.
SECONDS = 12.0


class SocialCodeMixin(models.AbstractModel):
    """Codes of ours that a person shows in public, so that an account proves to be theirs.

    A code follows from a key that only the person's link holds; a row keeps a keyed digest of it.
    """

    _name = "social.code.mixin"
    _description = "Proven by a Code"
    # Keeps the codes of one model from counting for another.
    _code_of = b""

    @api.model
    def _normalize(self, platform, handle):
        """Return a handle as it is stored and compared.

        :raises UserError: where this can be no handle there
        """
        handle = " ".join((handle or "").split()).lower().removeprefix("@")
        fits = handle and handle.isprintable() and len(handle) <= LONGEST_HANDLE
        if source := self._get_proving_source(platform):
            fits = fits and connectors.is_handle(source.connector, handle)
        if not fits:
            raise UserError(
                self.env._("Enter the whole name of the account, such as name@example.social.")
            )
        return handle

    @api.model
    def _get_proving_source(self, platform):
        """Return a source through whose connector an account can be proven, or none."""
        sources = self.env["social.source"].sudo().with_context(active_test=False)
        own = sources._check_company_domain(self.env.company)
        found = sources.search([("platform_id", "=", platform.id), *own], order="active desc, id")
        return found.filtered(lambda source: connectors.can_prove(source.connector))[:1]

    @api.model
    def _digest(self, code):
        """Return what stands for a code, however it is grouped and written."""
        letters = "".join(filter(str.isalnum, (code or "").upper()))
        return self._hmac(f"digest\n{letters}").hex()

    @api.model
    def _get_code(self, key):
        """Return the code to show in public, in groups of four."""
        letters = self._hmac(f"code\n{key}")[:CODE_LENGTH]
        code = "".join(ALPHABET[byte % len(ALPHABET)] for byte in letters)
        return "-".join(code[place : place + 4] for place in range(0, CODE_LENGTH, 4))

    @api.model
    def _hmac(self, text):
        secret = self.env["social.link"].sudo()._get_secret(make=True)
        return hmac.new(secret, self._code_of + b"\n" + text.encode(), sha256).digest()
