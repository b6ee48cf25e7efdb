from odoo import api, fields, models
from odoo.exceptions import UserError


class SocialSourceTerms(models.Model):
    """What a source says of the terms (rules 15 and 16), and what the public learns of it."""

    _name = "social.source"
    _inherit = ["social.source"]

    balancing_test = fields.Text(default=lambda self: self._get_balancing_draft())
    paused_by_terms = fields.Boolean(
        readonly=True,
        copy=False,
        help="Paused because the platform's terms no longer allowed it.",
    )

    public_name = fields.Char(
        "Public Description",
        translate=True,
        help="How the public page describes this source, such as “Posts with our hashtag”. Empty: "
        "by its kind. The page never says what is asked for. Of a source that watches a person it "
        "says nothing at all, so such a source has no description.",
    )

    # -- the balancing test (rule 14) --------------------------------------------------------

    @api.model
    def _get_balancing_questions(self):
        """Return what a balancing test has to answer (GDPR Art. 6(1)(f))."""
        return [
            self.env._("What do you want to know, and why does that matter to you?"),
            self.env._("Why do you need these posts for it, and no fewer?"),
            self.env._("Do the authors have to expect that you read them there?"),
            self.env._("How are they protected? (pseudonyms, deletion, who may see what)"),
        ]

    @api.model
    def _get_balancing_draft(self):
        """Return the questions, each with room for its answer."""
        return "\n\n".join(self._get_balancing_questions())

    def _has_balancing_test(self):
        """Tell whether it is written down: every question that stands in it has its answer.

        Whoever writes freely, without these questions, is free to.
        """
        self.ensure_one()
        lines = [line.strip() for line in (self.balancing_test or "").splitlines()]
        lines = [line for line in lines if line]
        if not lines:
            return False
        questions = self._get_all_balancing_questions()
        asked = [line in questions for line in lines]
        # What follows a question is its answer; another question, or the end, is none.
        return not any(now and then for now, then in zip(asked, [*asked[1:], True], strict=True))

    @api.model
    def _get_all_balancing_questions(self):
        """Return the questions in all languages: whoever began may not be who goes on."""
        installed = self.env["res.lang"].get_installed()
        return {
            question
            for lang in ["en_US", *(code for code, _name in installed)]
            for question in self.with_context(lang=lang)._get_balancing_questions()
        }

    # -- the terms ---------------------------------------------------------------------------

    def write(self, vals):
        if vals.get("state", "paused") != "paused":
            vals = {**vals, "paused_by_terms": False}
        return super().write(vals)

    def _pause(self, *args):
        result = super()._pause(*args)
        decisions = {}
        for policy, own in self._group_by_policy():
            decisions.update(policy._decide("collect", own))
        for source in self.sudo():
            refused = decisions[source.id].rule in ("R15", "R16") and not decisions[source.id]
            source._write_as_stored({"paused_by_terms": refused})
        return result

    def action_open_platform(self):
        """Open the platform, where the terms are confirmed."""
        self.ensure_one()
        self.check_access("read")
        return self.platform_id._get_records_action()

    def action_view_public(self):
        """Show what the public sees of all sources."""
        self.check_access("read")
        return self._open_public_page()

    @api.model
    def _open_public_page(self):
        """:raises UserError: where the company shows no such page"""
        path = self.env.company._get_social_sources_path()
        if not path:
            raise UserError(self.env._("The public page is switched off in the settings."))
        return {"type": "ir.actions.act_url", "url": path, "target": "new"}
