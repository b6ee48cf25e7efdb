from odoo import api, fields, models
from odoo.exceptions import UserError

from .social_mention import IS_OPEN, OPEN

WAITS = [("first_answered_at", "=", False), ("state", "in", OPEN)]


class SocialMentionWork(models.Model):
    """How staff work through mentions: who is at it, what it is filed under, until when.

    Odoo's chatter keeps what changed here: the state and who is at it, and never the text or its
    author, as it outlives neither.
    """

    _name = "social.mention"
    _inherit = ["social.mention", "mail.thread", "mail.activity.mixin", "social.chosen.mixin"]
    _chosen = ("user_id", "team_id")

    state = fields.Selection(tracking=True)
    user_id = fields.Many2one(
        "res.users",
        "Assigned To",
        domain=lambda self: self.env["social.team"]._get_clerks_domain(),
        tracking=True,
        ondelete="set null",
    )
    team_id = fields.Many2one(
        "social.team", tracking=True, index="btree_not_null", ondelete="set null"
    )
    tag_ids = fields.Many2many(
        "social.mention.tag",
        "social_mention_tag_rel",
        "mention_id",
        "tag_id",
        string="Tags",
    )
    priority = fields.Selection(
        [("0", "Normal"), ("1", "Important"), ("2", "Very important"), ("3", "Urgent")]
    )
    answer_due_at = fields.Datetime(
        "Answer Due", readonly=True, help="Until when the team promised a first answer."
    )
    first_answered_at = fields.Datetime("First Answered", readonly=True, copy=False)
    overdue = fields.Boolean(compute="_compute_overdue", search="_search_overdue")

    # What the inbox asks for first, newest first; the rest of a million posts is not looked at.
    _open = models.Index(f"(published_at DESC, id DESC) WHERE {IS_OPEN}")
    _assigned = models.Index("(user_id, published_at DESC, id DESC) WHERE user_id IS NOT NULL")
    _due = models.Index(f"(answer_due_at) WHERE first_answered_at IS NULL AND {IS_OPEN}")

    @api.depends("answer_due_at", "first_answered_at", "state")
    def _compute_overdue(self):
        now = fields.Datetime.now()
        for mention in self:
            due = mention.answer_due_at
            waits = mention.state in OPEN and not mention.first_answered_at
            mention.overdue = bool(due and due < now and waits)

    def _search_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("answer_due_at", "<", fields.Datetime.now()), *WAITS]

    @api.constrains("user_id")
    def _check_user(self):
        """Only who may read a mention is given it."""
        teams = self.env["social.team"]
        for mention in self.sudo().filtered("user_id"):
            teams._check_clerks(mention.user_id, mention.company_id)

    def write(self, vals):
        """Note the first answer; tell a colleague of one new task, and not of each of many."""
        if vals.get("user_id") and len(self) > 1:
            self = self.with_context(mail_auto_subscribe_no_notify=True)
        result = super().write(vals)
        if vals.get("state") == "answered":
            self._note_answered()
        if "team_id" in vals:
            self._plan_answers_again()
        return result

    def _note_answered(self):
        """Note now as the time of the first answer, where none was noted yet."""
        unanswered = self.sudo().filtered(lambda mention: not mention.first_answered_at)
        if unanswered:
            unanswered.write({"first_answered_at": fields.Datetime.now()})

    def action_take(self):
        """Work on these posts; what a colleague is at already stays with the colleague."""
        self.check_access("write")
        taken = self.filtered(
            lambda mention: (
                mention.state == "in_work" and mention.user_id and mention.user_id != self.env.user
            )
        )
        if taken and taken == self:
            names = ", ".join(sorted(set(taken.user_id.sudo().mapped("name"))))
            raise UserError(self.env._("%s is at it already.", names))
        return (self - taken).write({"state": "in_work", "user_id": self.env.uid})
