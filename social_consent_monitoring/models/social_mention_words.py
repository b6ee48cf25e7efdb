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
    @api.depends_context("lang")
    def _compute_marked_text(self):
        """Mark what the sources looked for, what the topics are about, and our names."""
        names = {company: company._get_social_names() for company in self.mapped("company_id")}
        names[self.env["res.company"]] = self.env["res.company"]._get_social_names()
        for mention in self:
            ours = dict.fromkeys(names[mention.company_id], self.env._("Names us"))
            words = {**ours, **mention.sudo()._get_found_words()}
            mention.marked_text = marking.mark(mention.text or "", words)

    def _get_found_words(self):
        """Return ``{word: why it is marked}`` of the sources and topics of this post."""
        words = {}
        for topic in self.topic_ids:
            why = self.env._("Topic: %s", topic.name)
            words.update((word, why) for word in topics.split(topic.keywords))
        for source in self.source_ids.filtered("term"):
            why = self.env._("Source: %s", source.name)
            words.update((word, why) for word in marking.split_term(source.term))
        return words
