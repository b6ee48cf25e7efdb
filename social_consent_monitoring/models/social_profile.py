from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .social_wall_mixin import GUARDED


class SocialProfile(models.Model):
    """A contact's name on a platform: whose posts are this person's (rules 2, 3 and 5).

    The handle is read by the privacy officer alone; others see that there is a profile.
    """

    _name = "social.profile"
    _inherit = ["social.wall.mixin"]
    _description = "Profile of a Contact"

    platform_id = fields.Many2one("social.platform", required=True, ondelete="restrict", **GUARDED)
    handle = fields.Char(
        required=True, groups="social_consent_monitoring.group_privacy_officer", **GUARDED
    )
    verified_at = fields.Datetime(
        "Verified", help="When the person proved that the profile is theirs.", **GUARDED
    )

    _once = models.UniqueIndex(
        "(platform_id, handle, partner_id, company_id)", "This profile cannot be added."
    )

    _handles = models.Index("(handle)")

    @api.model_create_multi
    def create(self, vals_list):
        profiles = super().create(vals_list)
        self.env["social.watch"]._note_handles(profiles.sudo().mapped("handle"))
        return profiles

    def _get_neutral_name(self):
        return self.env._("Profile %s", self.id or "")

    @api.model
    def _get_key_fields(self):
        return ["platform_id", "handle"]

    def _is_named(self, notice):
        return self.platform_id in notice.platform_ids

    def _get_place(self):
        return self.platform_id.code, self.handle.lower()

    @api.model
    def _make(self, partner, platform, handle, verified_at=None):
        """Join a contact with a handle, if the policy allows to match them; a known one stays.

        :param verified_at: naive UTC, when the person proved that the handle is theirs
        :raises ConsentRequired: without consent to matching, or a monitoring contract for it
        """
        handle = (handle or "").strip().removeprefix("@").lower()
        if not handle:
            raise UserError(self.env._("Enter the name on the platform."))
        place = platform.code, handle
        if verified_at:
            # Who proves the handle and consents to be matched takes back what was said before.
            self.env["social.suppression"]._lift_values("handle", ["/".join(place)], "match")
        decision = self._ask("match", partner, place)
        vals = {"platform_id": platform.id, "handle": handle}
        if verified_at:
            vals["verified_at"] = verified_at
        return self._put(decision, partner, [vals])

    def unlink(self):
        """Take along the values that were read from it, with what they wrote into the contact."""
        self.check_access("unlink")
        values = self.env["social.enrichment"].sudo()
        values.search([("profile_id", "in", self.ids)]).unlink()
        return super().unlink()

    @api.model
    def _sweep_hanging(self, condition, removed, gone_with):
        self.env["social.enrichment"].sudo()._sweep(
            SQL("profile_id IN (SELECT id FROM social_profile WHERE %s)", condition),
            removed,
            SQL("(SELECT %s FROM social_profile WHERE id = profile_id)", gone_with),
        )
        return super()._sweep_hanging(condition, removed, gone_with)

    def _get_door_message(self):
        return self.env._(
            "A profile follows from what its person consented to; it is not typed in."
        )

    @api.model
    def _get_action(self, domain):
        return {**super()._get_action(domain), "name": self.env._("Profiles")}
