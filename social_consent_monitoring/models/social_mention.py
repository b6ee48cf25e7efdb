from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

OFFICER = "social_consent_monitoring.group_privacy_officer"
# What a user moves through the work. The rest of a mention is what its author published.
WORK_FIELDS = {"state", "user_id", "team_id", "tag_ids", "priority"}

OPEN = ("new", "in_work")
# The same in SQL: what a query asks for has to say so for an index to serve it.
IS_OPEN = "state IN ('new', 'in_work')"


class SocialMention(models.Model):
    """A public post about the company. It never carries a customer (rules 2 and 14).

    ``url`` and ``external_id`` usually contain the author's handle: only the privacy officer
    searches, groups or exports them, others open one original at a time.
    """

    _name = "social.mention"
    _description = "Mention"
    _order = "published_at desc, id desc"

    platform_id = fields.Many2one(
        "social.platform", required=True, readonly=True, ondelete="restrict"
    )
    source_ids = fields.Many2many(
        "social.source",
        "social_mention_source_rel",
        "mention_id",
        "source_id",
        string="Sources",
        readonly=True,
    )
    origin_source_id = fields.Many2one(
        "social.source",
        "First Seen By",
        readonly=True,
        # It may be another company's, and a link shows the name of what it leads to.
        groups=OFFICER,
        ondelete="set null",
        help="Edits are taken from this source only: another one could put words into the "
        "author's mouth.",
    )
    external_id = fields.Char(required=True, readonly=True, groups=OFFICER)
    url = fields.Char(readonly=True, groups=OFFICER)
    author_id = fields.Many2one(
        "social.author", readonly=True, index="btree_not_null", ondelete="set null"
    )
    text = fields.Text(required=True, readonly=True)
    published_at = fields.Datetime("Published", required=True, readonly=True, index=True)
    edited_at = fields.Datetime("Edited", readonly=True)
    language = fields.Char(readonly=True, help="ISO 639 code, as the platform states it.")
    sentiment = fields.Float(readonly=True, aggregator="avg", help="From -1 (angry) to 1 (glad).")
    state = fields.Selection(
        [("new", "New"), ("in_work", "In work"), ("answered", "Answered"), ("closed", "Closed")],
        default="new",
        required=True,
        group_expand=True,
    )
    match_count = fields.Integer("Matches", compute="_compute_match_count")

    _external_id_unique = models.UniqueIndex(
        "(platform_id, external_id)", "This post is already in the inbox."
    )

    def _compute_match_count(self):
        """Count what this user may see: without a valid consent there is nothing to count."""
        # Said once more, for jobs and templates that run as superuser and meet no rule.
        domain = [("mention_id", "in", self.ids), ("valid_until", ">", "now")]
        domain.append(("company_id", "in", self.env.companies.ids))
        counts = dict(self.env["social.match"]._read_group(domain, ["mention_id"], ["__count"]))
        for mention in self:
            mention.match_count = counts.get(mention, 0)

    @api.depends("author_id", "platform_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for mention in self:
            mention.display_name = self.env._(
                "%(platform)s: author %(author)s",
                platform=mention.platform_id.name or "",
                author=mention.author_id.pseudonym or "-",
            )

    def write(self, vals):
        # A post is what its author wrote: users move it through the work, and no more.
        if not self.env.su and vals.keys() - WORK_FIELDS:
            raise UserError(self.env._("A mention shows what was published; it is not edited."))
        return super().write(vals)

    def unlink(self):
        """Take along what was read from these posts, and every copy of them that is known."""
        self.check_access("unlink")
        for name in ("social.enrichment", "social.match"):
            self.env[name].sudo().search([("mention_id", "in", self.ids)]).unlink()
        self.env["social.copy"]._clear_origins(mentions=self)
        return super().unlink()

    def _erase(self, removed, consent_id):
        """Delete these posts, and what joined them with anybody, and take note of it.

        :param removed: the ``Removed`` that takes note, for the consent with this id
        """
        if not self:
            return
        posts = SQL("mention_id = ANY(%s)", self.ids)
        for name in ("social.enrichment", "social.match"):
            self.env[name].sudo()._sweep(posts, removed, SQL("%s::int", consent_id))
        self.env["social.copy"]._clear_origins(
            mentions=self, removed=removed, consent_id=consent_id
        )
        removed.add(consent_id, self._name, self.ids)
        self.sudo().unlink()

    def action_take(self):
        self._move_to("in_work")

    def action_answered(self):
        self._move_to("answered")

    def action_close(self):
        self._move_to("closed")

    def action_reopen(self):
        self._move_to("new")

    def _move_to(self, state):
        self.check_access("write")
        self.write({"state": state})

    def action_open_original(self):
        """Show one original post, and log that its author was shown (rule 14)."""
        self.ensure_one()
        self.check_access("read")
        url = self.sudo().url
        if not url:
            raise UserError(self.env._("The source gave no link to the original post."))
        self.env["social.policy"]._enforce("reveal", self)
        return {"type": "ir.actions.act_url", "url": url, "target": "new"}

    def action_show_author(self):
        """Show who wrote this one post, and log that (rule 14)."""
        self.ensure_one()
        self.check_access("read")
        author = self.sudo().author_id
        if not author:
            raise UserError(self.env._("The source did not say who wrote this."))
        self.env["social.policy"]._enforce("reveal", self)
        # A dialog of the browser's: no row of a wizard keeps the handle.
        return {
            "type": "ir.actions.client",
            "tag": "social_show_author",
            "params": {
                "title": self.env._("Author %s", author.pseudonym),
                "handle": author.handle,
                "note": self.env._("Use it to answer this post. That you saw it is logged."),
            },
        }

    def action_match(self):
        """Ask who wrote this: the wizard asks the policy first (rule 18)."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Who is this?"),
            "res_model": "social.match.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_mention_id": self.id},
        }

    def action_view_matches(self):
        self.ensure_one()
        return self.env["social.match"]._get_action([("mention_id", "=", self.id)])

    def _get_place(self):
        """Return where this post stands: (platform code, handle in lower case)."""
        mention = self.sudo()
        return mention.platform_id.code, (mention.author_id.handle or "").lower()

    def _match(self, partner):
        """Join these posts with the contact, or refuse (rules 2 and 18).

        :raises ConsentRequired: unless the contact's ``match`` consent is active and its notice
            names the posts' platforms
        """
        return self.env["social.match"]._make(self, partner)

    @api.model
    def _select_outlived_mention(self, moment):
        """Return the query for mentions stored before ``moment``.

        What is matched, for whoever may see that, or in work, is kept.
        """
        return SQL(
            """
            SELECT id, create_date AS at FROM social_mention mention
            WHERE create_date < %s AND state != 'in_work'
                AND NOT EXISTS (SELECT FROM social_match WHERE mention_id = mention.id)
            """,
            moment,
        )

    @api.model
    def _select_outlived_matched(self, moment):
        """Return the query for mentions that were last matched before ``moment``."""
        return SQL(
            """
            SELECT mention_id AS id, max(match.create_date) AS at
            FROM social_match match JOIN social_mention mention ON mention.id = mention_id
            WHERE mention.state != 'in_work'
            GROUP BY mention_id HAVING max(match.create_date) < %s
            """,
            moment,
        )

    @api.model
    def _select_outlived_platform(self, _moment):
        """Return the query for mentions that are older than their platform's terms allow.

        They count from when the platform last showed the post. Terms know no exception: neither
        for what is matched, nor for what is in work.
        """
        return SQL(
            """
            SELECT mention.id, checked_at AS at
            FROM social_mention mention JOIN social_platform platform
                ON platform.id = platform_id AND platform.keep_days > 0
            WHERE checked_at < %s::timestamp - platform.keep_days * interval '1 day'
            """,
            fields.Datetime.now(),
        )
