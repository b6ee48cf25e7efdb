from odoo import api, fields, models

from ..analysis import marking, topics


class SocialMentionWords(models.Model):
    """Why a post is here: its text with the words marked by which it was found."""

    _name = "social.mention"
    _inherit = ["social.mention"]

    marked_text = fields.Html(
        "Text with Its Words",
        compute="_compute_marked_text",
        sanitize=False,
        exportable=False,
        help="Point at a marked word to see why it is marked.",
    )

    @api.depends("text", "source_ids.term", "topic_ids.keywords")
    @api.depends_context("lang", "uid", "allowed_company_ids")
    def _compute_marked_text(self):
        """Mark what the sources looked for, what the topics are about, and our names.

        What another company looks for, and how it is known, is told to nobody else.
        """
        names = {company: company._get_social_names() for company in self.mapped("company_id")}
        names[self.env["res.company"]] = self.env.companies._get_social_names()
        seen = self.sudo().source_ids.sudo(False)._filtered_access("read")
        for mention in self:
            ours = dict.fromkeys(names[mention.company_id], self.env._("Names us"))
            words = {**ours, **mention.sudo()._get_found_words(seen)}
            mention.marked_text = marking.mark(mention.text or "", words)

    def _get_found_words(self, sources):
        """Return ``{word: why it is marked}`` of the topics of this post, and of these sources."""
        words = {}
        for topic in self.topic_ids:
            why = self.env._("Topic: %s", topic.name)
            words.update((word, why) for word in topics.split(topic.keywords))
        for source in (self.source_ids & sources).filtered("term"):
            why = self.env._("Source: %s", source.name)
            words.update((word, why) for word in marking.split_term(source.term))
        return words
