import hashlib
import hmac
import secrets

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

KEPT_AT = "social_consent_monitoring.tombstone_secret"


class SocialTombstone(models.Model):
    """That a post was deleted on its platform, so that nothing brings it back.

    A cached feed, another source or a restored export may still hold it; the importer asks here
    before it stores. The post's id usually contains its author's handle: what is kept is a keyed
    digest, from which nobody gets back to it, and so it is kept without an end.
    """

    _name = "social.tombstone"
    _inherit = ["social.door.mixin"]
    _description = "Deleted Post"
    _order = "id desc"
    _rec_name = "platform_id"
    _log_access = False

    platform_id = fields.Many2one(
        "social.platform", required=True, readonly=True, ondelete="cascade"
    )
    digest = fields.Char(required=True, readonly=True)
    deleted_at = fields.Datetime("Seen", required=True, readonly=True)

    _once = models.UniqueIndex("(platform_id, digest)", "This post is known to be deleted.")

    @api.model
    def _bury(self, platform, external_ids):
        """Remember that these posts are gone."""
        now = fields.Datetime.now()
        secret = self._get_secret()
        self.env.cr.execute_values(
            "INSERT INTO social_tombstone (platform_id, digest, deleted_at) VALUES %s"
            " ON CONFLICT (platform_id, digest) DO NOTHING",
            [(platform.id, _digest(secret, external_id), now) for external_id in external_ids],
            page_size=1000,
        )
        self.invalidate_model()

    @api.model
    def _find(self, platform, external_ids):
        """Return the set of those that are known to be deleted, in one query."""
        secret = self._get_secret()
        by_digest = {_digest(secret, external_id): external_id for external_id in external_ids}
        rows = self.env.execute_query(
            SQL(
                "SELECT digest FROM social_tombstone WHERE platform_id = %s AND digest = ANY(%s)",
                platform.id,
                list(by_digest),
            )
        )
        return {by_digest[digest] for (digest,) in rows}

    @api.model
    def _get_secret(self):
        """Return the key of the digests, as bytes; the first caller makes it."""
        parameters = self.env["ir.config_parameter"].with_user(SUPERUSER_ID)
        secret = parameters.get_param(KEPT_AT)
        if not secret:
            secret = secrets.token_hex(32)
            parameters.set_param(KEPT_AT, secret)
        return bytes.fromhex(secret)


def _digest(secret, external_id):
    # At once, without an object for each: a page of posts is a thousand of them.
    return hmac.digest(secret, external_id.encode(), hashlib.sha256).hex()
