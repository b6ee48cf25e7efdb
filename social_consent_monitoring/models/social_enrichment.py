from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .social_wall_mixin import GUARDED


class SocialEnrichment(models.Model):
    """A value that was taken from public data for a contact, with its source (rule 21).

    It goes with the consent to enrichment, and with its source.
    """

    _name = "social.enrichment"
    _inherit = ["social.wall.mixin"]
    _description = "Enriched Value"

    category_id = fields.Many2one(
        "social.data.category", required=True, ondelete="restrict", **GUARDED
    )
    label = fields.Char("What", help="Such as “Birthday”. Empty: the category says it.", **GUARDED)
    value = fields.Char(required=True, **GUARDED)
    mention_id = fields.Many2one(
        "social.mention", "From the Post", index="btree_not_null", ondelete="cascade", **GUARDED
    )
    profile_id = fields.Many2one(
        "social.profile", "From the Profile", index="btree_not_null", ondelete="cascade", **GUARDED
    )
    happened_at = fields.Datetime(
        "Taken",
        required=True,
        default=fields.Datetime.now,
        help="When the value was taken.",
        **GUARDED,
    )

    _one_source = models.Constraint(
        "CHECK ((mention_id IS NULL) <> (profile_id IS NULL))",
        "A value comes from one post or one profile.",
    )

    def _get_neutral_name(self):
        return self.env._("Value %s", self.id or "")

    @api.model
    def _get_key_fields(self):
        return ["category_id", "label", "mention_id", "profile_id"]

    def _get_source_platform(self):
        return (self.mention_id or self.profile_id).platform_id

    def _is_named(self, notice):
        return (
            self.category_id in notice.category_ids
            and self._get_source_platform() in notice.platform_ids
        )

    def _get_place(self):
        return (self.mention_id or self.profile_id)._get_place()

    @api.model
    def _make(self, partner, category, value, mention=None, *, profile=None, label=None):
        """Add a value to a contact, if the policy allows it; a newer one from there replaces it.

        :param category: the ``social.data.category`` that the notice of the consent must name
        :param mention: the post it was read in; otherwise ``profile``, one of this contact
        :raises ConsentRequired: without consent to enrichment, or where its notice does not name
            the category or the platform (rules 7 and 21)
        :raises UserError: without exactly one source, as a value without one proves nothing
        """
        source = (mention or profile).sudo() if bool(mention) != bool(profile) else None
        if not source or (profile and source.partner_id != partner):
            raise UserError(self.env._("Say which post, or which profile, the value comes from."))
        decision = self._ask("enrich", partner, source._get_place(), category=category.code)
        vals = {
            "category_id": category.id,
            "label": label or False,
            "value": value,
            "mention_id": mention.id if mention else False,
            "profile_id": profile.id if profile else False,
            "happened_at": fields.Datetime.now(),
        }
        return self._put(decision, partner, [vals])

    @api.model
    def _select_outlived_enrichment(self, moment):
        """Return the query for values that were taken before ``moment``."""
        return SQL(
            "SELECT id, happened_at AS at FROM social_enrichment WHERE happened_at < %s", moment
        )

    def _get_door_message(self):
        return self.env._("A value is added from a post with its source; it is not typed in.")

    @api.model
    def _get_action(self, domain):
        return {**super()._get_action(domain), "name": self.env._("Enriched Values")}
