import ast
from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..door import is_open, open_door

MOST_REMINDERS = 2
# Reasons that say of themselves that the person turned to the company.
KNOWN_OCCASIONS = ("customer", "contacted_us")
# What people enter; all else follows from the buttons.
CHOSEN = {
    "name",
    "person_model",
    "domain",
    "purpose_id",
    "channel",
    "occasion",
    "note",
    "reminders",
}
# What says who may be asked: once it is changed, one has to look again.
DECISIVE = CHOSEN - {"name", "note", "reminders"}
# What became of each person who was asked, since the campaign began.
ANSWERS = """
    WITH person AS (
        SELECT DISTINCT campaign.id AS campaign_id, campaign.started_at, batch.company_id,
            batch.purpose_id, batch.channel, coalesce(line.partner_id, line.recipient_id) AS id,
            coalesce(partner.social_subject_id, recipient.social_subject_id) AS subject_id
        FROM social_consent_request_line line
        JOIN social_consent_request_batch batch ON batch.id = line.batch_id
        JOIN social_consent_campaign campaign ON campaign.id = batch.campaign_id
        LEFT JOIN res_partner partner ON partner.id = line.partner_id
        LEFT JOIN mailing_contact recipient ON recipient.id = line.recipient_id
        WHERE campaign.id = ANY(%s) AND line.state = 'asked'
    )
    SELECT campaign_id, person.id, CASE
        WHEN recorded_state = 'given' AND given_at >= started_at THEN 'given'
        WHEN recorded_state IN ('refused', 'withdrawn') THEN 'refused'
        ELSE 'open' END AS answer
    FROM person LEFT JOIN social_consent consent ON consent.subject_id = person.subject_id
        AND consent.company_id = person.company_id AND consent.purpose_id = person.purpose_id
        AND consent.channel IS NOT DISTINCT FROM person.channel
"""


class SocialConsentCampaign(models.Model):
    """“Ask Again”: many persons are asked for consent, as far as they may be asked (rules 8, 9).

    Who is asked is said by a filter; before anything is sent the campaign says whom it leaves out
    and why. Each person is asked by a ``social.consent.request.batch``, with a link of their own.
    Who did not answer is asked again only after the days that the purpose names, and once or
    twice at most: silence is an answer, too.
    """

    _name = "social.consent.campaign"
    _inherit = ["social.company.mixin"]
    _description = "Campaign That Asks for Consent"
    _order = "id desc"

    name = fields.Char(required=True)
    user_id = fields.Many2one(
        "res.users",
        "Sent By",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    person_model = fields.Selection(
        [("res.partner", "Contacts"), ("mailing.contact", "Newsletter recipients")],
        "Whom",
        required=True,
        default="res.partner",
    )
    domain = fields.Char("Filter", required=True, default="[]")
    purpose_id = fields.Many2one(
        "social.consent.purpose",
        "Ask For",
        required=True,
        ondelete="restrict",
        default=lambda self: self.env.ref("social_consent_monitoring.purpose_contact"),
    )
    purpose_code = fields.Selection(related="purpose_id.code")
    channel = fields.Selection(
        lambda self: self.env["social.consent"]._get_channels(), default="email"
    )
    occasion = fields.Selection(
        lambda self: self.env["social.consent.request.batch"]._get_occasions(),
        "Why May You Write?",
        help="A request for consent is advertising itself, unless the person turned to you. For "
        "customers and who contacted you first that is looked up.",
    )
    note = fields.Text()
    reminders = fields.Integer(
        default=1, help="How often whoever does not answer is asked once more: twice at most."
    )
    state = fields.Selection(
        [("draft", "New"), ("running", "Running"), ("done", "Done")],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
    )
    started_at = fields.Datetime("Started", readonly=True, copy=False)
    last_asked_at = fields.Datetime("Last Asked", readonly=True, copy=False)
    batch_ids = fields.One2many(
        "social.consent.request.batch", "campaign_id", "Requests", readonly=True, copy=False
    )
    checked_at = fields.Datetime("Looked At", readonly=True, copy=False)
    ask_count = fields.Integer("May Be Asked", readonly=True, copy=False)
    left_out_count = fields.Integer("Left Out", readonly=True, copy=False)
    reason_ids = fields.One2many(
        "social.consent.campaign.reason", "campaign_id", "Why Not", readonly=True, copy=False
    )
    asked_count = fields.Integer("Asked", compute="_compute_answers")
    given_count = fields.Integer("Said Yes", compute="_compute_answers")
    refused_count = fields.Integer("Said No", compute="_compute_answers")
    open_count = fields.Integer("No Answer", compute="_compute_answers")
    next_reminder_at = fields.Datetime("Next Reminder", compute="_compute_next_reminder_at")

    _reminders_few = models.Constraint(
        f"CHECK(reminders BETWEEN 0 AND {MOST_REMINDERS})",
        "Nobody is reminded more often than twice.",
    )

    @api.depends("batch_ids.line_ids.state")
    def _compute_answers(self):
        answers = self._read_answers()
        for campaign in self:
            own = list(answers.get(campaign._origin.id, {}).values())
            campaign.asked_count = len(own)
            campaign.given_count = own.count("given")
            campaign.refused_count = own.count("refused")
            campaign.open_count = own.count("open")

    def _read_answers(self):
        """Return ``{campaign id: {person id: "given", "refused" or "open"}}`` of those asked."""
        self.env.flush_all()
        answers = {}
        for campaign_id, person_id, answer in self.env.execute_query(SQL(ANSWERS, self.ids)):
            answers.setdefault(campaign_id, {})[person_id] = answer
        return answers

    @api.depends("batch_ids", "reminders", "state", "last_asked_at")
    def _compute_next_reminder_at(self):
        for campaign in self:
            campaign.next_reminder_at = campaign._get_next_reminder()

    def _get_next_reminder(self):
        """Return when the next reminder is due (naive UTC); False where none is left."""
        if self.state != "running" or len(self.sudo().batch_ids) > self.reminders:
            return False
        return self.last_asked_at + timedelta(days=self.sudo().purpose_id.request_interval)

    # -- who is asked ----------------------------------------------------------------------------

    def _get_people(self):
        """Return the persons that the filter finds, as far as the user may see them."""
        self.ensure_one()
        try:
            domain = fields.Domain(ast.literal_eval(self.domain or "[]"))
            return self.env[self.person_model].search(domain, order="id")
        except (ValueError, SyntaxError, TypeError):
            raise UserError(self.env._("This filter cannot be used. Choose it again.")) from None

    def _get_channel(self):
        return self.channel or None if self.purpose_id._needs_channel() else None

    def _find_strangers(self, people):
        """Return the ids of those of whom the occasion says more than is recorded (UWG section 7)."""
        if not self or self.occasion not in KNOWN_OCCASIONS:
            return set()
        acquaintance = self.env["social.acquaintance"].with_company(self.company_id)
        gathered = acquaintance._gather("contact_email", people, kind="first")
        return {record_id for record_id, facts in gathered.items() if not facts.known}

    def action_check(self):
        """Look who may be asked, and who may not and why; nothing is sent or logged."""
        self._check_ready()
        people = self._get_people()
        strangers = self._find_strangers(people)
        known = people.filtered(lambda person: person.id not in strangers)
        reasons = self.env["social.consent.request.batch"]._sort_out(
            known, self.purpose_id.code, self._get_channel()
        )
        reasons.update(dict.fromkeys(strangers, "not_known"))
        self._note_reasons(reasons, len(people))

    def _note_reasons(self, reasons, total):
        groups = {}
        for person_id, reason in reasons.items():
            groups.setdefault(reason, []).append(person_id)
        lines = [
            Command.create({"reason": reason, "count": len(ids), "record_ids": ids})
            for reason, ids in groups.items()
        ]
        open_door(self.sudo()).write(
            {
                "checked_at": fields.Datetime.now(),
                "ask_count": total - len(reasons),
                "left_out_count": len(reasons),
                "reason_ids": [Command.clear(), *lines],
            }
        )

    def _check_ready(self):
        self.ensure_one()
        self.check_access("write")
        if self.state != "draft":
            raise UserError(self.env._("This campaign has begun. Duplicate it to ask others."))
        if self.company_id != self.env.company:
            raise UserError(self.env._("This campaign is another company's. Change to that one."))
        if self.purpose_id._needs_channel() and not self.channel:
            raise UserError(self.env._("Choose by which channel you want to write or call."))
        if not self.occasion:
            raise UserError(self.env._("Say why you may write to these persons."))
        if self.occasion == "other" and not (self.note or "").strip():
            raise UserError(self.env._("Write down why you may write to these persons."))

    # -- asking ----------------------------------------------------------------------------------

    def action_start(self):
        """Ask all who may be asked; who is left out stands in the request with the reason."""
        self._check_ready()
        if not self.checked_at:
            raise UserError(self.env._("Look first who may be asked: something was changed."))
        self.action_check()
        if not self.ask_count:
            raise UserError(self.env._("There is nobody to ask: all are left out."))
        people = self._get_people()
        open_door(self.sudo()).write(
            {
                "state": "running",
                "started_at": fields.Datetime.now(),
                "reason_ids": [Command.clear()],
            }
        )
        self._ask(people)

    def _ask(self, people):
        open_door(self.sudo()).last_asked_at = fields.Datetime.now()
        self.env["social.consent.request.batch"]._start(
            people, self.purpose_id, self._get_channel(), self.occasion, self.note, self
        )

    @api.model
    def _remind_due(self):
        """Ask whoever did not answer once more, where the time for it has come; end the others."""
        now = fields.Datetime.now()
        for campaign in self.search([("state", "=", "running")], order="id"):
            if any(batch.state == "running" for batch in campaign.batch_ids):
                continue
            due = campaign._get_next_reminder()
            if due and due > now:
                continue
            people = campaign._get_unanswered() if due and campaign._has_sender() else None
            if people:
                campaign._as_sender()._ask(people)
            else:
                open_door(campaign).state = "done"

    def _has_sender(self):
        """Tell whether whoever sent it still works here, and for this company."""
        return self.user_id.active and self.company_id in self.user_id.company_ids

    def _get_unanswered(self):
        answers = self._read_answers().get(self.id, {})
        ids = [person_id for person_id, answer in answers.items() if answer == "open"]
        return self._as_sender().env[self.person_model].browse(sorted(ids)).exists()

    def _as_sender(self):
        """Return the campaign as the one who sent it sees it: the job may do more than they."""
        user, company = self.user_id, self.company_id
        return (
            self.sudo(False)
            .with_user(user)
            .with_context(allowed_company_ids=company.ids, lang=user.lang)
        )

    def action_view_people(self):
        """List all persons of this campaign, with what became of each request."""
        self.ensure_one()
        own = [("batch_id.campaign_id", "=", self.id)]
        return self.env["social.consent.request.line"]._get_window(own)

    # -- what stays as it is ---------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not is_open(self):
            vals_list = [
                {name: value for name, value in vals.items() if name in CHOSEN}
                for vals in vals_list
            ]
            for vals in vals_list:
                vals.update(user_id=self.env.uid, company_id=self.env.company.id, state="draft")
        return super().create(vals_list)

    def write(self, vals):
        """Keep what was asked as it was asked; what follows from it is set by the buttons."""
        if not is_open(self):
            if vals.keys() - CHOSEN:
                raise UserError(self.env._("Use the buttons of the campaign."))
            if any(campaign.state != "draft" for campaign in self):
                raise UserError(self.env._("This campaign has begun. Duplicate it to ask others."))
        result = super().write(vals)
        if vals.keys() & DECISIVE:
            self._forget_check()
        return result

    def _forget_check(self):
        nothing = {"checked_at": False, "ask_count": 0, "left_out_count": 0}
        open_door(self.sudo()).write({**nothing, "reason_ids": [Command.clear()]})

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        if any(campaign.state != "draft" for campaign in self):
            raise UserError(self.env._("People were asked by this campaign, so it stays."))
