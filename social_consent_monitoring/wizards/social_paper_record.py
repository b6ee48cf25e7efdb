from datetime import datetime, time, timezone

from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class SocialPaperRecord(models.TransientModel):
    """Staff records a signed form: the scan, what is ticked on it, and the day (rule 9).

    The form for a single consent, for all boxes of one paper at once. Which version was signed
    says the number by the QR code; without it, whoever holds the paper.
    """

    _name = "social.paper.record.wizard"
    _inherit = ["social.consent.record.wizard"]
    _description = "Record a Signed Form"

    form_number = fields.Char(
        "Number of the Form",
        help="It stands below the QR code. A scanner types it in; a picture of the paper is read "
        "by the button. Empty: choose the versions yourself.",
    )
    number_problem = fields.Char(compute="_compute_number_problem")
    # A paper holds several boxes: the lines say which.
    purpose_id = fields.Many2one(required=False)
    medium = fields.Selection(default="paper")
    attachment_ids = fields.Many2many(
        "ir.attachment",
        "social_paper_record_wizard_attachment_rel",
        string="Scan",
        bypass_search_access=True,
    )
    signed_on = fields.Date(help="The day that stands beside the signature.")
    given_at = fields.Datetime(compute="_compute_given_at", required=False, default=None)
    line_ids = fields.One2many("social.paper.record.line", "wizard_id", "Boxes on the Paper")
    ask_age = fields.Boolean(compute="_compute_ask_age", related=None)

    @api.depends("form_number")
    def _compute_number_problem(self):
        for wizard in self:
            problem = wizard.form_number and not wizard._find_form()
            wizard.number_problem = problem and self.env._(
                "No form of this company has this number, or its link was switched off. Leave it "
                "empty, and choose contact and versions."
            )

    @api.depends("signed_on")
    def _compute_given_at(self):
        """Nobody knows the hour: the earliest, so that a “no” of the same day is the later word."""
        zone = self.env.tz
        for wizard in self:
            day = wizard.signed_on
            moment = day and zone.localize(datetime.combine(day, time())).astimezone(timezone.utc)
            wizard.given_at = moment and moment.replace(tzinfo=None)

    @api.depends("line_ids.ticked", "line_ids.notice_id")
    def _compute_ask_age(self):
        for wizard in self:
            ticked = wizard.line_ids.filtered("ticked")
            wizard.ask_age = any(ticked.notice_id.mapped("ask_age"))

    @api.onchange("form_number")
    def _onchange_form_number(self):
        """Fill in whose form it is, and the boxes that stand on it: none of them ticked."""
        form = self._find_form()
        if form.partner_id and form.partner_id.with_env(self.env).has_access("read"):
            self.partner_id = form.partner_id.id
        if form:
            self._put_boxes(form.notice_ids)

    @api.onchange("partner_id")
    def _onchange_partner_id(self):
        """Without a number the versions that are published now are proposed."""
        if not self._find_form():
            self._put_boxes(self._get_published())

    def _put_boxes(self, notices):
        rows = [
            {"notice_id": notice.id, "channel": channel}
            for notice in notices
            for channel in self.env["social.paper.form"]._get_boxes(notice)
        ]
        self.line_ids = [Command.clear(), *(Command.create(row) for row in rows)]

    def _get_published(self):
        notices = self.env["social.consent.notice"]
        found = notices.browse()
        for purpose in self.env["social.consent.purpose"]._all() if self.partner_id else ():
            try:
                found |= notices._get_published(purpose, self.partner_id.lang).with_env(self.env)
            except UserError:
                continue
        return found

    def _find_form(self):
        """Return the company's form with the number that was entered, as superuser."""
        form = self.env["social.paper.form"]._find(self.form_number)
        return form.filtered(lambda each: each.company_id == self.env.company)

    def action_record_and_next(self):
        """Record, and open the empty form for the next paper."""
        self._record()
        self._finish()
        return self._get_window()

    @api.model
    def _get_window(self):
        return self.env["ir.actions.act_window"]._for_xml_id(
            "social_consent_monitoring.social_paper_record_wizard_action"
        )

    def _record(self):
        self.ensure_one()
        self._check_may_record()
        self._check_paper()
        evidence = self._prepare_evidence()
        for line in self.line_ids.filtered("ticked"):
            line._check_version(self.signed_on, self.given_at)
            self.partner_id._give_social_consent(
                line.notice_id.purpose_id.code,
                line.channel or None,
                notice=line.notice_id,
                method="staff",
                evidence=evidence,
                given_at=self.given_at,
            )

    def _check_paper(self):
        """Refuse what the paper cannot say: no day, a later one, no box, or somebody else's form."""
        _ = self.env._
        if not self.signed_on:
            raise UserError(_("Enter the day that stands beside the signature."))
        if self.signed_on > fields.Date.context_today(self):
            raise UserError(_("The person cannot have signed in the future."))
        ticked = self.line_ids.filtered("ticked")
        if not ticked:
            raise UserError(_("Tick what is ticked on the paper. Nothing ticked is no consent."))
        if not all(line._is_on_paper() for line in ticked):
            raise UserError(_("No form has such a box."))
        if not self.form_number:
            return
        form = self._find_form()
        if not form:
            raise UserError(self.number_problem)
        if form.partner_id and form.partner_id != self.partner_id:
            raise UserError(_("This form was printed for another contact."))
        if ticked.notice_id - form.notice_ids.with_env(self.env):
            raise UserError(_("Another version, or another purpose, stands on the form."))

    def _prepare_evidence(self):
        evidence = {
            **super()._prepare_evidence(),
            "signed_on": fields.Date.to_string(self.signed_on),
        }
        if form := self._find_form():
            evidence["form"] = form.id
        return evidence
