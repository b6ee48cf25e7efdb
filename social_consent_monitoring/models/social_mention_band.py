from datetime import timedelta

from odoo import api, fields, models

KEPT = 30  # days


class SocialMentionBand(models.Model):
    """By what posts that say nearly the same are found: numbers made of their words.

    Reposts follow soon, so this goes after a month; it goes with its post besides.
    """

    _name = "social.mention.band"
    _description = "Likeness of a Mention"
    _log_access = False
    _rec_name = "band"

    mention_id = fields.Many2one(
        "social.mention", required=True, readonly=True, index=True, ondelete="cascade"
    )
    band = fields.Integer(required=True, readonly=True)
    noted_on = fields.Date(required=True, readonly=True)

    _latest = models.Index("(band, id)")

    @api.model
    def _note(self, bands):
        """Keep the bands of posts: ``{id: bands}``."""
        today = fields.Date.today()
        self.env.cr.execute_values(
            "INSERT INTO social_mention_band (mention_id, band, noted_on) VALUES %s",
            [(mention_id, band, today) for mention_id, each in bands.items() for band in each],
            page_size=1000,
        )
        self.invalidate_model()

    @api.model
    def _forget(self, mention_ids):
        self.env.cr.execute(
            "DELETE FROM social_mention_band WHERE mention_id = ANY(%s)", (mention_ids,)
        )
        self.invalidate_model()

    @api.autovacuum
    def _gc_bands(self):
        """Drop what no repost will ask for any more."""
        end = fields.Date.today() - timedelta(days=KEPT)
        self.env.cr.execute("DELETE FROM social_mention_band WHERE noted_on < %s", (end,))
