from odoo import api, models
from odoo.exceptions import UserError

# The order in which they are offered; any of them can be left out, and taken up at any time.
STEPS = ("company", "notices", "terms", "source", "rules", "consents", "person", "mention")
# Before these are done nothing is heard, and nobody can consent.
NEEDED = ("notices", "source")
# The templates of notices, as the addon brings them for the first company.
TEMPLATES = [
    f"social_consent_monitoring.notice_{purpose}_{lang}"
    for lang in ("en", "de")
    for purpose in ("monitor", "match", "enrich", "contact")
]


class SocialSetup(models.AbstractModel):
    """The first hour of an administrator: what there is to do, one step after another.

    A step is done when what it leads to is there, whoever made it and on whatever way; that it
    was left out is the only thing that is kept, for each company.
    """

    _name = "social.setup"
    _inherit = ["social.setup.steps"]
    _description = "First Steps"

    @api.model
    @api.readonly
    def get_page(self):
        """Return the steps for this company, and how far it is."""
        self._check_reader()
        points = [self._get_step(code) for code in STEPS]
        over = sum(point["state"] in ("done", "skipped") for point in points)
        return {
            "title": self.env._("First Steps"),
            "lead": self.env._(
                "%(done)s of %(all)s steps are done or left out. Each can be left at any time; "
                "what is there counts, whoever made it.",
                done=over,
                all=len(STEPS),
            ),
            "points": points,
        }

    @api.model
    @api.readonly
    def get_more(self):
        """Return the step about rules, with the numbers of the last 90 days."""
        self._check_reader()
        return [self._get_step("rules", past=True)]

    @api.model
    def _get_step(self, code, **options):
        """Return a step as a point of the page, with the button to leave it out or take it up."""
        point = getattr(self, f"_get_step_{code}")(**options)
        if point["state"] == "open" and code in self._get_skipped():
            back = self._make_call(self.env._("Take It Up Again"), "take_up", code)
            names = self._get_state_names()
            return {**point, "state": "skipped", "state_name": names["skipped"], "buttons": [back]}
        if point["state"] == "open":
            skip = self._make_call(self.env._("Leave It Out"), "skip", code)
            point["buttons"] = [*point["buttons"], skip]
        return point

    # -- left out --------------------------------------------------------------------------------

    @api.model
    def _get_skipped(self):
        return set(self.env.company.sudo().social_setup_skipped or ())

    @api.model
    def skip(self, code):
        """Leave a step out, for this company."""
        self._set_skipped(self._get_skipped() | {code})

    @api.model
    def take_up(self, code):
        """Offer a step again that was left out."""
        self._set_skipped(self._get_skipped() - {code})

    @api.model
    def _set_skipped(self, codes):
        self._check_reader()
        self.env.company.sudo().social_setup_skipped = sorted(codes & set(STEPS))

    @api.model
    def _get_banner_line(self):
        """Return what the app says on top while nothing can be heard or agreed to yet, or "".

        Only to whoever can do something about it.
        """
        skipped = self._get_skipped()
        is_missing = {
            "notices": lambda: bool(self._find_unpublished()),
            "source": lambda: not self._find_active_sources(),
        }
        if not self._is_reader() or not any(
            code not in skipped and is_missing[code]() for code in NEEDED
        ):
            return ""
        return self.env._(
            "The set-up is not finished: so far nothing is heard, or nobody can agree."
        )

    # -- what the steps do -----------------------------------------------------------------------

    @api.model
    def take_templates(self):
        """Copy the notices that the addon brings, in English and German, for this company.

        What the company has for a purpose and language stays as it is.

        :raises UserError: where the templates were deleted
        """
        notices = self.env["social.consent.notice"]
        notices.check_access("create")
        templates = [self.env.ref(name, raise_if_not_found=False) for name in TEMPLATES]
        templates = notices.sudo().union(*filter(None, templates)).exists()
        if not templates:
            raise UserError(self.env._("The templates were deleted: write the notices anew."))
        company = self.env.company
        own = notices.sudo().search([("company_id", "=", company.id)])
        known = {(notice.purpose_id, notice.lang) for notice in own}
        for template in templates:
            if (template.purpose_id, template.lang) not in known:
                template.copy({"company_id": company.id, "name": template.name})

    @api.model
    def decide_rule(self, act, mode):
        """Let the rule for an act be enforced from now on, or only observe at first.

        :param mode: "enforce" or "observe"
        :raises UserError: for what has no switch
        """
        rules = self.env["social.policy.rule"]
        rules.check_access("write")
        if act not in self._get_switched() or mode not in ("enforce", "observe"):
            raise UserError(self.env._("This rule has no such switch."))
        reason = self.env._("Observed first, by decision in the first steps.")
        rules._set_default(act, {"mode": mode, "reason": reason if mode == "observe" else False})
