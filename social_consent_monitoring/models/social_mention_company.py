from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL


class SocialMentionCompany(models.Model):
    """Whose a mention is: of the one company whose sources brought it; else of all companies.

    Stored with the mention, and not looked up in its sources: the rule asks it of a million.
    """

    _name = "social.mention"
    _inherit = ["social.mention"]

    company_id = fields.Many2one(
        "res.company",
        readonly=True,
        ondelete="restrict",
        help="Empty: sources of several companies brought it, or one that they share.",
    )

    @api.constrains("team_id")
    def _check_team_company(self):
        """A team works on what it may see."""
        for mention in self.sudo():
            if mention.company_id and not mention.team_id.company_id <= mention.company_id:
                raise ValidationError(self.env._("Choose a team of the company that heard this."))

    @api.model
    def _share_known(self, source, known):
        """What a source of another company brings as well is no more one company's alone.

        :param known: ``{external id: (id, text, id of the first source, id of the company)}``
        """
        own = source.company_id.id
        shared = [row[0] for row in known.values() if row[3] and row[3] != own]
        if not shared:
            return
        # It repeats no post that only one of them sees; and it may name the other company, too.
        self._forget_similar(shared)
        self.env.cr.execute(
            "UPDATE social_mention SET company_id = NULL, sorted_at = NULL WHERE id = ANY(%s)",
            (shared,),
        )
        self.browse(shared).invalidate_recordset(["company_id", "sorted_at"])

    @api.model
    def _move_with(self, sources):
        """Let what these sources brought be of the company of which they are now.

        A team of another company's lets go of it, and it repeats no post of another's.
        """
        self.env.flush_all()
        moved = self.env.execute_query(
            SQL(
                """
                UPDATE social_mention AS mention
                SET company_id = found.company_id, sorted_at = NULL, team_id = (
                    SELECT team.id FROM social_team team WHERE team.id = mention.team_id
                        AND (found.company_id IS NULL OR team.company_id = found.company_id))
                FROM (
                    SELECT rel.mention_id, CASE
                        WHEN count(DISTINCT COALESCE(source.company_id, 0)) = 1
                        THEN max(source.company_id) END AS company_id
                    FROM social_mention_source_rel own
                    JOIN social_mention_source_rel rel ON rel.mention_id = own.mention_id
                    JOIN social_source source ON source.id = rel.source_id
                    WHERE own.source_id = ANY(%s) GROUP BY rel.mention_id
                ) found
                WHERE mention.id = found.mention_id
                    AND mention.company_id IS DISTINCT FROM found.company_id
                RETURNING mention.id
                """,
                sources.ids,
            )
        )
        self._forget_similar([mention_id for (mention_id,) in moved])
        self.invalidate_model(["company_id", "sorted_at", "team_id"])
