from odoo import api, fields, models
from odoo.exceptions import UserError

from .. import policy
from ..connectors import http
from ..platform_hosts import find_platform

VERDICTS = [
    ("allowed", "Monitoring allowed"),
    ("imprint_ban", "Banned in an imprint only"),
    ("forbidden", "Forbidden"),
]
# What somebody says who has read the terms: it is signed.
SIGNED = {
    "terms_version",
    "terms_verdict",
    "terms_expiry",
    "terms_allow_push",
    "terms_allow_answers",
}
# By whom, and when: the signature itself.
SIGNATURE = {"terms_reviewer_id", "terms_date"}


class SocialPlatform(models.Model):
    """Where people write, and what a person judged its terms to allow (rule 16)."""

    _name = "social.platform"
    _inherit = ["social.policy.logged.mixin"]
    _description = "Social Platform"
    # Not by name: graphs group by what they sort by, and a translated name makes that slow.
    _order = "sequence, id"
    # What decides acts like a rule; who judged the terms, and when, stands on the platform.
    _logged_fields = (
        "access",
        "consent_at_source",
        "terms_allow_push",
        "terms_allow_answers",
        "terms_follow_hours",
        "follow",
        "follow_hours",
        "keep_days",
        "rewards_forbidden",
    )

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    code = fields.Char(required=True, copy=False, help="Short and stable, such as “fediverse”.")
    active = fields.Boolean(default=True)
    access = fields.Selection(
        [
            ("open", "Open to everybody"),
            ("login", "Login needed"),
            ("closed", "Closed circles"),
        ],
        required=True,
        default="open",
        help="Login needed: whoever makes an account accepts terms, and these bind. What lies in "
        "closed profiles and circles of friends is never collected.",
    )
    terms_proposal = fields.Text(
        "What We Know of the Terms",
        translate=True,
        help="A starting point for your own reading. It decides nothing.",
    )
    proposed_verdict = fields.Selection(
        VERDICTS, "We Propose", help="By what we know of the terms. It decides nothing."
    )
    proposed_link = fields.Char("Where the Terms Stand")
    terms_version = fields.Char(
        "Version of the Terms", help="Date or version of the terms that were read."
    )
    terms_verdict = fields.Selection(
        VERDICTS,
        "Verdict",
        help="May mentions be collected under these terms? A ban that stands in an imprint only "
        "was never accepted by anybody: it warns, and does not stop. Where somebody logs in, "
        "terms were accepted: then it is about these, and an imprint does not count.",
    )
    terms_allow_push = fields.Boolean(
        "Customer Data May Be Brought In",
        help="The terms expressly allow bringing your customers' data to this platform.",
    )
    terms_allow_answers = fields.Boolean(
        "Answers May Be Sent from Here",
        help="The terms allow a program to publish answers that a person has written and sent.",
    )
    consent_at_source = fields.Boolean(
        "Only Consent Given Here",
        help="The platform takes only a consent that was given on it; a general one does not do "
        "(rule 22).",
    )
    terms_follow_hours = fields.Integer(
        "Deletions to Be Followed Within (Hours)",
        help="How soon the terms demand that what was deleted there is deleted here, too. 0: they "
        "say nothing.",
    )
    follow = fields.Boolean(
        "Follow Deletions and Edits",
        default=True,
        help="Ask again what became of the posts that we hold. What its author deleted is deleted "
        "here, with all that was made of it; what was edited is edited here.",
    )
    follow_hours = fields.Integer(
        "Within (Hours)", default=24, help="How soon after an edit or a deletion we follow."
    )
    keep_days = fields.Integer(
        "Posts Are Kept at Most (Days)",
        help="How long the terms allow a post to be kept without asking the platform again. Older "
        "ones are deleted, whatever the settings say. 0: the terms say nothing.",
    )
    rewards_forbidden = fields.Boolean(
        "No Rewards for Posts", help="The terms forbid giving anything for a post or for praise."
    )
    unfollowed_since = fields.Datetime(
        "Deletions Not Followed Since",
        compute="_compute_unfollowed_since",
        # All employees read platforms, and few sources.
        compute_sudo=True,
    )
    terms_reviewer_id = fields.Many2one("res.users", "Reviewed By", readonly=True, copy=False)
    terms_date = fields.Date("Reviewed On", readonly=True, copy=False)
    terms_expiry = fields.Date(
        "Verdict Valid Until", help="After this day its sources pause until somebody reads again."
    )
    terms_state = fields.Selection(
        [
            ("missing", "Not reviewed"),
            ("valid", "Valid"),
            ("warning", "Valid, with a warning"),
            ("expired", "Expired"),
            ("forbidden", "Forbidden"),
        ],
        compute="_compute_terms_state",
    )
    source_ids = fields.One2many("social.source", "platform_id")

    _follow_hours_fit = models.Constraint(
        """CHECK (follow_hours BETWEEN 1 AND 720 AND terms_follow_hours >= 0
            AND (terms_follow_hours = 0 OR follow AND follow_hours <= terms_follow_hours))""",
        "Deletions are followed within 1 to 720 hours, and no later than the terms demand.",
    )
    _keep_days_fit = models.Constraint(
        "CHECK (keep_days BETWEEN 0 AND 36500)",
        "Posts are kept for 0 to 36500 days; 0 where the terms say nothing.",
    )
    _code_unique = models.Constraint("UNIQUE(code)", "A platform with this code exists already.")

    @api.depends("source_ids.unfollowed_since")
    def _compute_unfollowed_since(self):
        for platform in self:
            sources = platform.with_context(active_test=False).source_ids
            late = sources.filtered("unfollowed_since")
            platform.unfollowed_since = min(late.mapped("unfollowed_since"), default=False)

    @api.depends("terms_verdict", "terms_version", "terms_expiry", "access")
    def _compute_terms_state(self):
        for platform in self:
            platform.terms_state = platform._get_terms_state()

    def _get_terms_state(self, logs_in=False):
        """Return the state of the verdict, as ``terms_state``.

        :param logs_in: for who reads with an account. Then it may also be ``accepted``: terms were
            accepted, and the verdict is about an imprint
        """
        self.ensure_one()
        facts = policy.Facts(
            fields.Datetime.now(), terms=self._get_terms(logs_in), balancing_test=True
        )
        labels = {
            "terms_unreviewed": "missing",
            "terms_accepted": "accepted" if logs_in else "missing",
            "terms_expired": "expired",
            "terms_forbidden": "forbidden",
            "platform_closed": "forbidden",
        }
        return labels.get(policy.decide("collect", facts).reason) or (
            "warning" if self.terms_verdict == "imprint_ban" else "valid"
        )

    def _may_be_read(self, logs_in=False):
        """Tell whether its terms, as somebody read them, let us look at what is public (rule 16)."""
        facts = policy.Facts(
            fields.Datetime.now(), terms=self._get_terms(logs_in), balancing_test=True
        )
        return bool(policy.decide("collect", facts))

    def _get_terms(self, logs_in=False):
        """Return this platform's terms as the policy looks at them.

        :param logs_in: somebody reads it with an account, though it is open to everybody
        """
        self.ensure_one()
        access = "login" if logs_in and self.access == "open" else self.access
        return policy.TermsFacts(
            verdict=self.terms_verdict or None,
            version=(self.terms_version or "").strip() or None,
            expires=self.terms_expiry or None,
            access=access,
            allows_push=self.terms_allow_push,
            demands_consent=self.consent_at_source,
            allows_answers=self.terms_allow_answers,
        )

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            vals_list = [
                {name: value for name, value in vals.items() if name not in SIGNATURE}
                for vals in vals_list
            ]
        platforms = super().create(vals_list)
        platforms.filtered(lambda platform: any(platform[name] for name in SIGNED))._sign_verdict()
        return platforms

    def write(self, vals):
        if "code" in vals:
            self._check_code_unused(vals["code"])
        if not self.env.su:
            vals = {name: value for name, value in vals.items() if name not in SIGNATURE}
        result = super().write(vals)
        if "code" in vals:
            # Rules are known by the codes of the platforms that they name.
            self.env["social.policy.rule"]._forget()
        if vals.keys() & SIGNED:
            self._sign_verdict()
        if not vals.get("active", True):
            self._pause_sources()
        return result

    def _pause_sources(self):
        """Read no more where nobody looks after the terms: deletions are not followed either."""
        # Those of all companies.
        sources = self.sudo().with_context(active_test=False).source_ids
        for source in sources.filtered(lambda source: source.state == "active"):
            source._pause(self.env._("The platform was archived."))

    def _check_code_unused(self, code):
        """A code that a published notice names must not come to mean another platform."""
        changing = self.filtered(lambda platform: platform.code != code)
        notices = self.env["social.consent.notice"].sudo()
        if notices.search_count(
            [("platform_ids", "in", changing.ids), ("state", "!=", "draft")], limit=1
        ) or self.env["social.consent"].sudo().search_count(
            [("platform_id", "in", changing.ids)], limit=1
        ):
            raise UserError(
                self.env._(
                    "People agreed to a notice that names this platform, or agreed there; its code stays."
                )
            )

    def _sign_verdict(self):
        """Whoever enters a verdict is its reviewer: nobody signs for somebody else."""
        return super().write({"terms_reviewer_id": self.env.uid, "terms_date": fields.Date.today()})

    @api.model
    def _get_of_address(self, address):
        """Return the platform whose own servers an address names, if it is one that we know."""
        code = find_platform(http.host_of(address))
        return self.with_context(active_test=False).search([("code", "=", code)], limit=1)

    @api.model
    def _get_limited(self):
        """Return the platforms whose terms limit how long a post may be kept."""
        return self.with_context(active_test=False).search([("keep_days", ">", 0)])
