from odoo import api, fields, models


class SocialMentionAnswer(models.Model):
    """The answers to a post, and who is writing one."""

    _name = "social.mention"
    _inherit = ["social.mention"]

    answer_ids = fields.One2many("social.answer", "mention_id", string="Answers", readonly=True)
    answer_notice = fields.Char("Being Answered", compute="_compute_answer_notice")

    @api.depends("answer_ids.state", "answer_ids.user_id")
    @api.depends_context("uid", "company", "lang")
    def _compute_answer_notice(self):
        """Say which colleagues are writing an answer: their names, and no text."""
        drafts = (
            self.env["social.answer"]
            .sudo()
            .search(
                [
                    ("mention_id", "in", self.ids),
                    ("state", "in", ("draft", "waiting", "sending")),
                    ("company_id", "in", self.env.companies.ids),
                    ("user_id", "!=", self.env.uid),
                ]
            )
        )
        for mention in self:
            own = drafts.filtered(lambda each, mention=mention: each.mention_id == mention)
            names = ", ".join(sorted(set(own.user_id.mapped("name"))))
            mention.answer_notice = names and self.env._("%s is answering this post.", names)

    def action_answer(self):
        """Open one's own draft of an answer, or begin one: colleagues see that somebody is at it."""
        self.ensure_one()
        self.check_access("write")
        answers = self.env["social.answer"]
        draft = answers.search(
            [
                ("mention_id", "=", self.id),
                ("user_id", "=", self.env.uid),
                ("state", "in", ("draft", "waiting", "failed")),
                ("company_id", "=", self.env.company.id),
            ],
            limit=1,
        )
        return (draft or self._begin_answer())._open()

    def action_answer_anew(self):
        """Begin another draft beside those that there are."""
        self.ensure_one()
        return self._begin_answer()._open()

    def _begin_answer(self):
        template = self.env["social.answer.template"]._propose(self, self.env.company)
        return self.env["social.answer"].create({"mention_id": self.id, "template_id": template.id})
