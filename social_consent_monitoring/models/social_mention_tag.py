from odoo import api, fields, models


class SocialMentionTag(models.Model):
    """A word by which staff sort mentions: press, supplier, idea.

    It sorts posts and never persons: a tag that names a contact would join the two (rule 2).
    """

    _name = "social.mention.tag"
    _description = "Tag of Mentions"
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    color = fields.Integer()

    _name_unique = models.UniqueIndex("(name)", "This tag is already there.")

    @api.constrains("name")
    def _check_name(self):
        """Refuse what names a person who did not consent to being watched (rule 24)."""
        self.env["social.watch"]._check_watch_words(self.mapped("name"))
