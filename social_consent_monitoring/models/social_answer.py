import re

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .. import connectors, guard
from ..door import without_own_defaults
from .social_mention import OFFICER

KINDS = [
    ("abstract", "Abstract"),
    ("contact", "Offer of contact"),
    ("personal", "Personal"),
]
# Not sent yet: its author writes on.
OPEN = ("draft", "waiting", "failed")
# What its author writes; the rest follows from what is done with it.
WRITTEN = {"text", "template_id", "visibility", "account_id", "despite_others"}
# What was approved: another text is another answer.
APPROVED = {"text", "template_id", "visibility", "account_id"}
MANAGER = "social_consent_monitoring.group_social_manager"
# What a template left open.
BLANK = re.compile(r"\{[^{}\n]*\}")
# A draft that nobody sent is kept for so long.
DRAFT_DAYS = 30
UNFOUNDED_DAYS = 1


class SocialAnswer(models.Model):
    """An answer to a mention: written, perhaps approved, and sent or copied by a person (rule 19).

    It names no contact, whom it would join with the post: what it rests on is written down by
    ``social.copy``. This file holds what people write; ``social_answer_check`` asks whether it may
    go, ``social_answer_send`` sends it and looks what becomes of it.
    """

    _name = "social.answer"
    _description = "Answer"
    _order = "id desc"

    mention_id = fields.Many2one(
        "social.mention", required=True, readonly=True, index=True, ondelete="cascade"
    )
    mention_text = fields.Text("Post", related="mention_id.text", related_sudo=False)
    platform_id = fields.Many2one(related="mention_id.platform_id")
    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    user_id = fields.Many2one(
        "res.users",
        "Written By",
        readonly=True,
        default=lambda self: self.env.user,
        ondelete="set null",
    )
    approver_id = fields.Many2one(
        "res.users", "Approved By", readonly=True, copy=False, ondelete="set null"
    )
    template_id = fields.Many2one("social.answer.template", ondelete="set null")
    kind = fields.Selection(
        KINDS,
        compute="_compute_kind",
        # As the user: the guard counts who asks.
        compute_sudo=False,
        store=True,
        help="Personal: it holds customer data that does not stand in the post itself.",
    )
    # Not required: it goes with the consent that a personal one rests on.
    text = fields.Text(
        compute="_compute_text", store=True, readonly=False, precompute=True, copy=False
    )
    visibility = fields.Selection(
        [("public", "Public"), ("direct", "For the author only")],
        "Who Sees It",
        required=True,
        default="public",
        help="A message for the author only is an approach: it needs the person's consent to "
        "social messages.",
    )
    account_id = fields.Many2one(
        "social.account", "Sent With", ondelete="restrict", help="The account that answers."
    )
    account_ids = fields.Many2many(
        "social.account", string="Accounts That Can Send It", compute="_compute_account_ids"
    )
    can_be_direct = fields.Boolean(compute="_compute_account_ids")
    despite_others = fields.Boolean(
        "Answer all the same", copy=False, help="Somebody else has answered this post already."
    )
    others_notice = fields.Char(compute="_compute_others_notice")
    has_other_answer = fields.Boolean(compute="_compute_others_notice")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("waiting", "Waiting for approval"),
            ("sending", "Being sent"),
            ("sent", "Sent"),
            ("failed", "Not sent"),
            ("deleted", "Deleted there"),
            ("copied", "Copied"),
        ],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        index=True,
    )
    is_mine = fields.Boolean(compute="_compute_is_mine")
    can_approve = fields.Boolean(compute="_compute_is_mine")
    external_id = fields.Char(readonly=True, copy=False, groups=OFFICER)
    url = fields.Char("Link", readonly=True, copy=False)
    sent_at = fields.Datetime("Sent", readonly=True, copy=False)
    error = fields.Text(readonly=True, copy=False)

    @api.depends("mention_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for answer in self:
            answer.display_name = self.env._("Answer %s", answer.id or "")

    @api.depends("template_id")
    def _compute_text(self):
        for answer in self:
            template = answer.template_id
            answer.text = template._fill(answer.company_id) if template else answer.text

    @api.depends("mention_id", "company_id")
    def _compute_account_ids(self):
        for answer in self:
            answer.account_ids = answer._find_accounts()
            kinds = {connectors.CONNECTORS[each] for each in answer._get_connectors()}
            answer.can_be_direct = any(kind.direct for kind in kinds)

    @api.depends("mention_id", "user_id")
    def _compute_others_notice(self):
        """Say who else is answering this post, or has answered it: colleagues' names, no texts."""
        others = self._find_others()
        for answer in self:
            own = others.filtered(
                lambda other, answer=answer: (
                    other.mention_id == answer.mention_id and other != answer._origin
                )
            )
            gone = own.filtered(lambda other: other.state in ("sending", "sent", "copied"))
            answer.has_other_answer = bool(gone)
            writing = (own - gone).filtered(
                lambda other, answer=answer: other.user_id != answer.user_id
            )
            answer.others_notice = self._describe_others(gone, writing)

    def _find_others(self):
        """Return all answers to the same posts, as superuser; of failed ones nobody is told."""
        states = ("draft", "waiting", "sending", "sent", "copied")
        return self.sudo().search(
            [
                ("mention_id", "in", self.mention_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("state", "in", states),
            ]
        )

    @api.model
    def _describe_others(self, gone, writing):
        if gone:
            return self.env._(
                "%s has answered this post already.", gone[0].user_id.name or self.env._("Somebody")
            )
        if writing:
            names = ", ".join(sorted(set(writing.user_id.mapped("name"))))
            return self.env._("%s is answering this post, too.", names)
        return False

    @api.depends("user_id", "state")
    @api.depends_context("uid")
    def _compute_is_mine(self):
        approves = self.env.user.has_group(MANAGER)
        for answer in self:
            answer.is_mine = answer.user_id == self.env.user
            answer.can_approve = (
                approves and answer.state == "waiting" and answer.user_id != self.env.user
            )

    # -- with which account ----------------------------------------------------------------------

    def _get_connectors(self):
        """Return the connectors by which this answer could go out."""
        sources = self.mention_id.sudo().source_ids | self.mention_id.sudo().origin_source_id
        names = {*sources.mapped("connector"), self.platform_id.sudo().code}
        known = connectors.CONNECTORS
        return sorted(name for name in names if name in known and known[name].answer)

    def _find_accounts(self):
        """Return the company's accounts that could send this, the likeliest first."""
        accounts = self.env["social.account"].search(
            [
                ("connector", "in", self._get_connectors()),
                ("company_id", "in", [self.company_id.id, False]),
            ]
        )
        mention = self.mention_id.sudo()
        reading = (mention.origin_source_id | mention.source_ids).account_id
        host = (mention.locator or "").partition("/")[0]
        return accounts.sorted(
            lambda account: (account not in reading, not account._serves_host(host), account.id)
        )

    # -- made and changed ------------------------------------------------------------------------

    @api.model
    def default_get(self, fields_list):
        """Begin as an answer begins, whatever the context or a user's own defaults say."""
        values = super(SocialAnswer, without_own_defaults(self)).default_get(fields_list)
        own = {"user_id": self.env.uid, "mention_id": self.env.context.get("default_mention_id")}
        return {
            **values,
            **{name: value for name, value in own.items() if name in fields_list and value},
        }

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any(vals.keys() - WRITTEN - {"mention_id"} for vals in vals_list):
            raise UserError(self._get_course_message())
        answers = super().create([_tidy(vals) for vals in vals_list])
        answers.mention_id.check_access("write")
        # Whether it addresses us decides who may be answered: a new post waits for no job.
        answers.mention_id.sudo().filtered(lambda mention: not mention.sorted_at)._sort_in()
        for answer in answers.filtered(lambda each: not each.account_id):
            answer.account_id = answer._find_accounts()[:1]
        answers._note_draft()
        return answers

    def write(self, vals):
        vals = _tidy(vals)
        if self.env.su:
            return super().write(vals)
        if vals.keys() - WRITTEN:
            raise UserError(self._get_course_message())
        if any(answer.state not in OPEN for answer in self):
            raise UserError(self.env._("An answer that went out is not changed any more."))
        if vals.keys() & APPROVED:
            self._check_not_uncertain()
            self.check_access("write")
            self.sudo()._reopen()
        result = super().write(vals)
        self._note_draft()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        if self.env.su:
            return
        if any(answer.state not in OPEN for answer in self):
            raise UserError(
                self.env._("What went out stays on the record, as long as the post does.")
            )
        self._check_not_uncertain()

    def _get_course_message(self):
        return self.env._("What becomes of an answer follows from its buttons.")

    def _reopen(self):
        """Take back approval, and waiting for it: another text is another answer."""
        stale = self.filtered(lambda answer: answer.approver_id or answer.state == "waiting")
        stale.write({"state": "draft", "approver_id": False})

    @api.autovacuum
    def _gc_drafts(self):
        """Forget drafts that nobody sent; sooner those with customer data that rest on nothing."""
        drafts = self.sudo().search([("state", "in", OPEN), ("is_uncertain", "=", False)])
        for days, old in ((DRAFT_DAYS, drafts), (UNFOUNDED_DAYS, drafts._get_unfounded())):
            limit = fields.Datetime.subtract(fields.Datetime.now(), days=days)
            old.exists().filtered(lambda each, limit=limit: each.write_date < limit).unlink()

    def _get_unfounded(self):
        """Return personal drafts of which no consent is known."""
        personal = self.filtered(lambda answer: answer.kind == "personal")
        copies = self.env["social.copy"].sudo()
        founded = copies.search([("res_model", "=", self._name), ("res_id", "in", personal.ids)])
        return personal - self.browse(founded.mapped("res_id"))

    # -- what its author does --------------------------------------------------------------------

    def action_save(self):
        """Keep the draft for later."""
        return {"type": "ir.actions.act_window_close"}

    def action_discard(self):
        """Throw the draft away: nobody is told any more that somebody is answering."""
        self.ensure_one()
        self.unlink()
        return {"type": "ir.actions.act_window_close"}

    def action_change(self):
        """Go on writing what waits for approval; it has to be approved anew."""
        self.ensure_one()
        self.check_access("write")
        self.sudo()._reopen()
        return self._open()

    def action_open_url(self):
        """Show our own answer where it stands."""
        self.ensure_one()
        if not self.url:
            raise UserError(self.env._("This answer stands nowhere that is known."))
        return {"type": "ir.actions.act_url", "url": self.url, "target": "new"}

    def action_open(self):
        """Open the answer."""
        self.ensure_one()
        return self._open()

    def _open(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Answer"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "large"},
        }

    # -- a second person -------------------------------------------------------------------------

    def _needs_approval(self):
        """Tell whether the company wants a second person to see this answer first."""
        if self.approver_id:
            return False
        company = self.company_id.sudo()
        if self.user_id in company.social_supervised_ids:
            return True
        return company.social_answer_approval == "all" or (
            company.social_answer_approval == "personal" and self.kind == "personal"
        )

    def action_approve(self):
        """Let it go out: a manager who has not written it; without an account its author copies it."""
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("A manager approves answers."))
        if self.user_id == self.env.user:
            raise AccessError(self.env._("Somebody else than its author approves an answer."))
        if self.state != "waiting":
            raise UserError(self.env._("This answer does not wait for approval."))
        if self.env.context.get("seen_text", self.text) != self.text:
            raise UserError(
                self.env._("Its author has changed this answer since. Read it again, then decide.")
            )
        self._check_may_go()
        self.sudo().write({"approver_id": self.env.uid, "state": "draft"})
        if self.account_id:
            return self._send_now()
        return {"type": "ir.actions.act_window_close"}

    def action_give_back(self):
        """Ask for the reason, then give it back."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Give Back"),
            "res_model": "social.answer.refuse.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_answer_id": self.id},
        }

    def action_refuse(self, reason=None):
        """Give it back to its author, who reads why.

        :raises UserError: where the reason tells of a customer (rule 18)
        """
        self.ensure_one()
        self.check_access("read")
        if not self.can_approve:
            raise AccessError(self.env._("A manager who has not written it decides about that."))
        reason = (reason or "").strip()
        self.mention_id._check_note(reason)
        self.sudo().write({"state": "failed", "error": self._explain_refusal(reason)})
        return {"type": "ir.actions.act_window_close"}

    def _explain_refusal(self, reason):
        env, name = self.with_context(lang=self.user_id.lang).env, self.env.user.name
        if reason:
            return env._(
                "%(name)s did not approve it: %(reason)s\nChange it, then send it again.",
                name=name,
                reason=reason,
            )
        return env._("%s did not approve it. Change it, then send it again.", name)


def _tidy(vals):
    return {**vals, "text": guard.tidy(vals["text"])} if vals.get("text") else vals
