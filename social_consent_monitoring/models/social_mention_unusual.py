from odoo import api, fields, models
from odoo.tools import SQL

JOB = "social_consent_monitoring.ir_cron_alert"


class SocialMentionUnusual(models.Model):
    """What alerts count on posts: the words of danger in them, and how far they reach."""

    _name = "social.mention"
    _inherit = ["social.mention"]

    followers = fields.Integer(
        "Followers (Rounded)",
        readonly=True,
        aggregator="max",
        help="How many follow the author, as the platform told, with the first digit only.",
    )
    alert_rule_ids = fields.Many2many(
        "social.alert.rule",
        "social_alert_word_rel",
        "mention_id",
        "rule_id",
        string="Alert Rules Whose Words It Holds",
        readonly=True,
        copy=False,
    )

    def _analyse(self):
        result = super()._analyse()
        self.env["social.alert.rule"].sudo()._find_words(self)
        return result

    def _get_texts(self):
        """Return ``[(id, text)]`` of these posts."""
        self.flush_recordset(["text"])
        return self.env.execute_query(
            SQL("SELECT id, text FROM social_mention WHERE id = ANY(%s)", self.ids)
        )

    @api.model
    def _cron_analyse(self):
        """Look for what is unusual once it is known what the posts say."""
        result = super()._cron_analyse()
        self.env.ref(JOB)._trigger()
        return result
