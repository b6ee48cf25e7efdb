from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..analysis import topics
from .social_mention import IS_OPEN, OPEN

BATCH = 1000
# Whose post came in later than this waits for no answer any more.
OLD = timedelta(days=7)


class SocialMentionTeam(models.Model):
    """Sorting posts in: do they address us, which team answers, and until when.

    The job that analyses posts does it first, in batches, so that storing stays as fast.
    """

    _name = "social.mention"
    _inherit = ["social.mention"]

    addressed = fields.Boolean(
        "Addresses Us",
        readonly=True,
        help="The post mentions an account of ours, or its text names us. Others are not answered "
        "in public without the author's consent (rule 23).",
    )
    sorted_at = fields.Datetime("Sorted In", readonly=True, copy=False)

    _open_addressed = models.Index(
        f"(published_at DESC, id DESC) WHERE addressed IS TRUE AND {IS_OPEN}"
    )
    _unsorted = models.Index("(id) WHERE sorted_at IS NULL")

    @api.model
    def _link_source(self, source, mentions):
        """What an own account was told of addresses us."""
        result = super()._link_source(source, mentions)
        if source.kind == "mentions":
            self.env.cr.execute(
                "UPDATE social_mention SET addressed = TRUE"
                " WHERE id = ANY(%s) AND addressed IS NOT TRUE",
                (mentions.ids,),
            )
            mentions.invalidate_recordset(["addressed"])
        return result

    @api.model
    def _update_changed(self, posts, known):
        """An edited text is sorted in again."""
        result = super()._update_changed(posts, known)
        if posts:
            self._sort_again(SQL("id = ANY(%s)", [known[post.external_id][0] for post in posts]))
        return result

    @api.model
    def _sort_again(self, condition):
        """Let the job sort these posts in again.

        :param SQL condition: on the columns of the table
        """
        self.flush_model()
        self.env.cr.execute(SQL("UPDATE social_mention SET sorted_at = NULL WHERE %s", condition))
        self.invalidate_model(["sorted_at"])

    @api.model
    def _sort_open_again(self):
        """Let the job sort in again what is open: we are known by other names now."""
        self._sort_again(SQL(IS_OPEN))
        self._analyse_soon()

    @api.model
    def _get_unsorted(self):
        """Return the next posts that are stored and not sorted in."""
        rows = self.env.execute_query(
            SQL("SELECT id FROM social_mention WHERE sorted_at IS NULL ORDER BY id LIMIT %s", BATCH)
        )
        return self.browse(row[0] for row in rows)

    def _sort_in(self):
        """Note of these posts, in bulk, whether they address us, whose they are, and until when.

        A team that is there stays, and so does the time until when an answer was promised.
        """
        self.flush_recordset()
        rows = self._read_unsorted()
        names = self._make_name_patterns({row[-1] for row in rows})
        rows = [
            (mention_id, told or bool(names[own] and names[own].search(text)), *others)
            for mention_id, text, told, *others, own in rows
        ]
        due = self._plan_answers(rows)
        now = fields.Datetime.now()
        self.env.cr.execute_values(
            """
            UPDATE social_mention AS mention
            SET addressed = found.addressed, team_id = found.team_id,
                answer_due_at = COALESCE(mention.answer_due_at, found.due::timestamp),
                sorted_at = found.sorted_at::timestamp
            FROM (VALUES %s) AS found (id, addressed, team_id, due, sorted_at)
            WHERE mention.id = found.id
            """,
            [
                (mention_id, addressed, team_id, due.get(mention_id), now)
                for mention_id, addressed, team_id, _published, _came in rows
            ],
            template="(%s, %s, %s::int, %s, %s)",
            page_size=1000,
        )
        self.invalidate_recordset(["addressed", "team_id", "answer_due_at", "sorted_at"])

    @api.model
    def _make_name_patterns(self, company_ids):
        """Return ``{company id: pattern}``: a post of one company's is to name that one.

        None stands for posts of all companies: there each counts as us.
        """
        companies = self.env["res.company"]
        return {
            id_: topics.make_pattern(companies.browse(id_)._get_social_names())
            for id_ in company_ids
        }

    def _read_unsorted(self):
        """Return id, text, whether an own account was told, team, published, came in, company."""
        return self.env.execute_query(
            SQL(
                """
                SELECT mention.id, mention.text, EXISTS (
                        SELECT FROM social_mention_source_rel rel
                        JOIN social_source source ON source.id = rel.source_id
                        WHERE rel.mention_id = mention.id AND source.kind = 'mentions'),
                    COALESCE(mention.team_id, (
                        SELECT source.team_id FROM social_mention_source_rel rel
                        JOIN social_source source ON source.id = rel.source_id
                        WHERE rel.mention_id = mention.id AND source.team_id IS NOT NULL
                        ORDER BY source.id = mention.origin_source_id DESC, source.id LIMIT 1)),
                    mention.published_at, mention.create_date, mention.company_id
                FROM social_mention mention WHERE mention.id = ANY(%s)
                """,
                self.ids,
            )
        )

    @api.model
    def _plan_answers(self, rows):
        """Return ``{id: when the first answer is due}`` of those that were promised one.

        :param rows: id, whether it addresses us, team id, published, came in
        """
        by_team = {}
        for mention_id, addressed, team_id, published, came in rows:
            if team_id and published > came - OLD:
                by_team.setdefault(team_id, []).append((mention_id, addressed, published))
        due = {}
        for team in self.env["social.team"].sudo().browse(by_team):
            waiting = {
                mention_id: published
                for mention_id, addressed, published in by_team[team.id]
                if addressed or not team.only_addressed
            }
            planned = team._plan_first_answers(set(waiting.values()))
            due.update((mention_id, planned[moment]) for mention_id, moment in waiting.items())
        return due

    def _plan_answers_again(self):
        """Another team has promised something else: note that, where an answer is still due."""
        waiting = self.sudo().filtered(
            lambda mention: mention.state in OPEN and not mention.first_answered_at
        )
        due = self._plan_answers(
            (post.id, post.addressed, post.team_id.id, post.published_at, post.create_date)
            for post in waiting
        )
        for mention in waiting:
            mention.answer_due_at = due.get(mention.id)
