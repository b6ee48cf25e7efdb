from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..door import open_door
from .social_wall_mixin import GUARDED

OFFICER = "social_consent_monitoring.group_privacy_officer"


class SocialProfile(models.Model):
    """A contact's name on a platform: whose posts are this person's (rules 2, 3 and 5).

    The handle is read by the privacy officer alone; others see that there is a profile.
    """

    _name = "social.profile"
    _inherit = ["social.wall.mixin"]
    _description = "Profile of a Contact"

    platform_id = fields.Many2one("social.platform", required=True, ondelete="restrict", **GUARDED)
    handle = fields.Char(required=True, groups=OFFICER, **GUARDED)
    verified_at = fields.Datetime(
        "Verified", help="When the person proved that the profile is theirs.", **GUARDED
    )

    # The evidence of that. It goes with the row, and so with the consent.
    proof_method = fields.Selection(
        [("login", "By logging in there"), ("code", "By a code shown in public")],
        "Proven",
        **GUARDED,
    )
    proof_digest = fields.Char(
        "SHA-256 of What Was Seen",
        groups=OFFICER,
        help="The text with the code, or the platform's answer. The text itself is not kept.",
        **GUARDED,
    )
    stable_id = fields.Char(
        "Lasting Name",
        groups=OFFICER,
        help="What stays when the account takes another name: its DID, or its address.",
        **GUARDED,
    )
    contested_at = fields.Datetime(
        "Claimed by Somebody Else",
        groups=OFFICER,
        help="Since then somebody else has proven this account. This profile counts as proven no "
        "more.",
        **GUARDED,
    )

    _once = models.UniqueIndex(
        "(platform_id, handle, partner_id, company_id)", "This profile cannot be added."
    )

    _handles = models.Index("(handle)")
    _stable_ids = models.Index("(stable_id) WHERE stable_id IS NOT NULL")

    @api.model_create_multi
    def create(self, vals_list):
        profiles = super().create(vals_list)
        self.env["social.watch"]._note_handles(profiles.sudo().mapped("handle"))
        return profiles

    @api.model
    def _search_own(self, partners):
        """Return the profiles of these contacts, but for what somebody else has proven."""
        profiles = self.sudo().search(
            [("partner_id", "in", partners.ids), ("contested_at", "=", False)]
        )
        elsewhere = self.sudo().search(
            [
                ("handle", "in", profiles.mapped("handle")),
                ("verified_at", "!=", False),
                ("partner_id", "not in", partners.ids),
            ]
        )
        taken = {each._get_place() for each in elsewhere}
        return profiles.filtered(lambda each: each.verified_at or each._get_place() not in taken)

    def _get_neutral_name(self):
        return self.env._("Profile %s", self.id or "")

    @api.model
    def _get_key_fields(self):
        return ["platform_id", "handle"]

    def _is_named(self, notice):
        return self.platform_id in notice.platform_ids

    def _get_platform(self):
        return self.platform_id

    def _get_place(self):
        return self.platform_id.code, self.handle.lower()

    @api.model
    def _make(self, partner, platform, handle, verified_at=None, **proof):
        """Join a contact with a handle, if the policy allows to match them; a known one stays.

        :param verified_at: naive UTC, when the person proved that the handle is theirs
        :param proof: how: ``proof_method``, ``proof_digest`` and ``stable_id``
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
            vals.update(proof, verified_at=verified_at, contested_at=False)
        return self._put(decision, partner, [vals])

    @api.model
    def _make_proven(self, partner, platform, account, method):
        """Join a contact with an account that this person has just proven.

        One account under a new name takes the place of the earlier one. Somebody else who proved
        the same account, or the same name, did so before it changed hands: that counts no more.

        :param account: a ``connectors.Account``
        :param method: ``login`` or ``code``
        :raises ConsentRequired: without consent to matching, or a monitoring contract for it
        """
        profile = self._make(
            partner,
            platform,
            account.handle,
            fields.Datetime.now(),
            proof_method=method,
            proof_digest=account.seen,
            stable_id=account.stable_id or False,
        ).sudo()
        same = profile._find_same()
        same.filtered(lambda each: each.partner_id == partner).unlink()
        open_door(same.exists().filtered("verified_at")).write(
            {"verified_at": False, "contested_at": fields.Datetime.now()}
        )
        return profile

    def _find_same(self):
        """Return the company's other profiles of this account, or of an account of this name.

        Another name of the same contact is another account, unless its lasting name says no.
        """
        same = fields.Domain("handle", "=", self.handle)
        if self.stable_id:
            same |= fields.Domain("stable_id", "=", self.stable_id)
        place = fields.Domain(
            [
                ("id", "!=", self.id),
                ("platform_id", "=", self.platform_id.id),
                ("company_id", "=", self.company_id.id),
            ]
        )
        return self.search(place & same)

    def _take_back(self):
        """Delete these profiles, with all that was joined because of them: their person says so."""
        scope = self.env["social.erasure.scope"]
        for profile in self:
            authors = scope._find_authors(profile.platform_id, profile.handle)
            joined = [
                ("partner_id", "=", profile.partner_id.id),
                ("company_id", "=", profile.company_id.id),
                ("mention_id.author_id", "in", authors.ids),
            ]
            for name in ("social.enrichment", "social.match"):
                self.env[name].sudo().search(joined).unlink()
        self.unlink()

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
