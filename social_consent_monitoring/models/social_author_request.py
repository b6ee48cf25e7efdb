import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from .. import connectors, digests
from ..door import open_door
from ..links import AUTHOR, InvalidLink, Link
from ..suppressed import make_handle
from .social_code_mixin import SECONDS

OFFICER = "social_consent_monitoring.group_privacy_officer"
# For how long a code counts, and what was proven opens the author's page.
CODE_DAYS = 7
# From the first page to the last look, where the privacy officer checks by hand.
LINK_DAYS = 60
# How long the link that shows data works.
SHOW_MINUTES = 60


class SocialAuthorRequest(models.Model):
    """Somebody who is no customer asks about the posts of an account, and proves to own it.

    Whoever can show a code of ours in the account's public posts or profile owns it (GDPR Art.
    11(2), 12(6)). Before that nothing is said, not even whether there is anything. The code
    follows from a key that only the person's link holds; here stands a keyed digest of the code.
    """

    _name = "social.author.request"
    _inherit = ["social.door.mixin", "social.code.mixin"]
    _description = "Request by an Author"
    _order = "id desc"
    _code_of = b"author"

    platform_id = fields.Many2one(
        "social.platform", required=True, readonly=True, ondelete="cascade"
    )
    handle = fields.Char(required=True, readonly=True, groups=OFFICER)
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    digest = fields.Char(required=True, readonly=True, groups="base.group_system")
    state = fields.Selection(
        [
            ("open", "Not proven yet"),
            ("to_check", "To be checked by hand"),
            ("proven", "Proven"),
            ("refused", "Not proven: refused"),
        ],
        default="open",
        required=True,
        readonly=True,
    )
    expires_at = fields.Datetime("Code Valid Until", required=True, readonly=True)
    proven_at = fields.Datetime("Proven", readonly=True)
    note = fields.Text(
        "How It Was Checked", help="Such as: the site's editors confirmed the author's address."
    )
    said_code = fields.Char(
        "Code That They Named",
        groups=OFFICER,
        help="Whoever asked was shown a code, and names it when writing to you.",
    )
    checked_by_id = fields.Many2one("res.users", readonly=True, copy=False, ondelete="set null")
    may_check = fields.Boolean(compute="_compute_may_check")

    _digest_unique = models.UniqueIndex("(digest)", "This request is already there.")

    @api.depends("create_date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for request in self:
            request.display_name = self.env._("Request by an Author, No. %s", request.id or "")

    @api.depends("state")
    def _compute_may_check(self):
        for request in self:
            request.may_check = request.state in ("open", "to_check")

    def write(self, vals):
        """The officer notes how it was checked; all else follows from what is done."""
        if vals.keys() <= {"note", "said_code"}:
            return super(SocialAuthorRequest, open_door(self)).write(vals)
        return super().write(vals)

    # -- what the person does ------------------------------------------------------------------

    @api.model
    def _get_platforms(self):
        """Return the platforms from which anything can have been read for this company."""
        sources = self.env["social.source"].sudo().with_context(active_test=False)
        own = sources.search(sources._check_company_domain(self.env.company))
        return own.platform_id.sorted("name")

    @api.model
    def _open(self, platform, handle):
        """Start a request, and return the token that only its person gets.

        :raises UserError: where this can be no handle there
        """
        handle = self._normalize(platform, handle)
        if platform not in self._get_platforms():
            raise UserError(self.env._("Choose where you wrote."))
        key = secrets.token_hex(16)
        proves = self._get_proving_source(platform)
        now = fields.Datetime.now().replace(microsecond=0)
        open_door(self.sudo()).create(
            {
                "platform_id": platform.id,
                "handle": handle,
                "company_id": self.env.company.id,
                "digest": self._digest(self._get_code(key)),
                "state": "open" if proves else "to_check",
                "expires_at": now + timedelta(days=CODE_DAYS),
            }
        )
        return self._make_token(key, "prove", timedelta(days=LINK_DAYS))

    @api.model
    def _make_token(self, key, purpose, lifetime):
        expires = int((fields.Datetime.now() + lifetime).timestamp())
        link = Link(AUTHOR, self.env.company.id, key, purpose=purpose, expires=expires)
        return self.env["social.link"]._make_token(link)

    @api.model
    def _read_token(self, token, purpose):
        """Return (request, key) of a genuine link.

        :raises InvalidLink: for all others
        """
        link = self.env["social.link"].sudo()._read(token, AUTHOR)
        if link.purpose != purpose:
            raise InvalidLink
        digest = self._digest(self._get_code(link.subject))
        request = self.sudo().search([("digest", "=", digest)], limit=1)
        if not request:
            raise InvalidLink("gone")
        return request.with_company(link.company), link.subject

    def _is_code_valid(self):
        return self.state == "open" and self.expires_at > fields.Datetime.now()

    def _check(self, key):
        """Look for the code in public, and return whether the account is proven now.

        :raises ConnectorError: where the other server does not answer
        """
        self.ensure_one()
        source = self._get_proving_source(self.platform_id)
        if source and self._is_code_valid():
            query = source._prepare_query(deadline=SECONDS)
            if connectors.prove(source.connector, query, self.handle, self._get_code(key)):
                self._prove()
        return self._is_proven()

    def _prove(self, **vals):
        vals = {"state": "proven", "proven_at": fields.Datetime.now(), **vals}
        open_door(self.sudo()).write(vals)

    def _is_proven(self):
        """Tell whether the author's page may be opened: not for ever, as accounts change hands."""
        end = fields.Datetime.now() - timedelta(days=CODE_DAYS)
        return self.state == "proven" and self.proven_at > end

    def _ask_for_check(self):
        """Let the privacy officer look, where no program can."""
        open_door(self.sudo().filtered(lambda each: each.state == "open")).write(
            {"state": "to_check"}
        )

    def _make_show_token(self, key):
        """Return the token that shows the data, for an hour."""
        return self._make_token(key, "show", timedelta(minutes=SHOW_MINUTES))

    # -- what a proven author may do -----------------------------------------------------------

    def _get_author(self):
        """Return the author with this handle; nothing where nobody of that name wrote.

        With the same account under its other handles, where the platform tells that.
        """
        return self.env["social.author"]._find_places(self._get_places())

    def _get_places(self):
        """Return the handle, and the lasting id of its account, as the suppression has them."""
        place = self._get_place()
        return {place, *self.env["social.author"]._find_accounts([place]).values()}

    def _get_place(self):
        return make_handle(self.platform_id.code, self.handle)

    def _get_data(self):
        """Return all that this company keeps of the account's posts, as JSON's types (GDPR Art. 15).

        What another company heard, and where it listens, is that one's to tell.
        """
        company = self.company_id
        author = self._get_author()
        mentions = author.mention_ids.filtered(lambda each: each.company_id <= company)
        aside = author._find_places(self._get_places(), "social.quarantine")
        aside = aside.filtered(lambda each: each.source_id._is_of(company))
        return {
            "platform": self.platform_id.name,
            "account": self.handle,
            "pseudonyms": mentions.author_id.mapped("pseudonym"),
            "posts": [
                {
                    "address": mention.url or mention.external_id,
                    "text": mention.text,
                    "published": digests.iso(mention.published_at),
                    "edited": digests.iso(mention.edited_at or None),
                    "stored": digests.iso(mention.create_date),
                    "language": mention.language or None,
                    "sentiment": mention.sentiment,
                    "sources": mention.source_ids.filtered(
                        lambda source: source._is_of(company)
                    ).mapped("name"),
                }
                for mention in mentions.sorted("published_at", reverse=True)
            ]
            + [self._get_put_aside(row) for row in aside],
        }

    @api.model
    def _get_put_aside(self, row):
        """Return the same of a post that could not be stored yet."""
        post = row._read_raw()
        return {
            "address": post.url or post.external_id,
            "text": post.text,
            "published": digests.iso(post.published_at.replace(tzinfo=None)),
            "edited": digests.iso(post.edited_at and post.edited_at.replace(tzinfo=None)),
            "stored": digests.iso(row.create_date),
            "language": post.language,
            "sentiment": None,
            "sources": row.source_id.mapped("name"),
        }

    def _object(self, evidence):
        """Let the author object to all use of the posts (GDPR Art. 21).

        They go, with the author and this request, and are not read again.
        """
        author = self._ensure_author()
        author._object_social(method="platform", evidence=self._get_proof(evidence))

    def _erase(self, evidence):
        """Delete the posts and the author; the account's posts are not read again (Art. 17).

        Nothing else is kept of somebody who is no customer, so nobody has to decide about it.
        """
        # Objecting takes this request along.
        place, places = self._get_place(), self._get_places()
        self._object(evidence)
        self.env["social.suppression"].sudo()._suppress_values("handle", [place])
        left = self.env["social.author"]._find_places(places)
        left.mention_ids.unlink()
        left.unlink()
        self._forget({place})

    def _ensure_author(self):
        """Return the author, made where nobody of that name wrote yet: the no counts for later."""
        author = self._get_author()
        if not author:
            self.env["social.author"].sudo()._upsert(self.platform_id, [self.handle])
            author = self._get_author()
        return author.with_company(self.company_id)

    def _get_proof(self, evidence):
        """Return the evidence of an act, with how the account was proven, and without its name."""
        return {
            **evidence,
            "proof": "staff" if self.checked_by_id else "code shown in public",
            "proven_at": digests.iso(self.proven_at),
            "platform": self.platform_id.code,
        }

    # -- what the privacy officer does ---------------------------------------------------------

    def action_confirm(self):
        """Say that the account is this person's, with how that was checked."""
        self._check_officer()
        if not all((request.note or "").strip() for request in self):
            raise UserError(self.env._("Write down how you checked that the account is theirs."))
        if any(request.sudo().digest != self._digest(request.said_code) for request in self):
            raise UserError(
                self.env._("Enter the code that they named. This one was not shown to them.")
            )
        self._prove(checked_by_id=self.env.uid)

    def action_refuse(self):
        """Say that it was not proven: nothing is shown."""
        self._check_officer()
        open_door(self.sudo()).write({"state": "refused", "checked_by_id": self.env.uid})

    def _check_officer(self):
        self.check_access("write")
        if not all(self.mapped("may_check")):
            raise UserError(self.env._("This request was decided already."))

    @api.model
    def _forget(self, places):
        """Delete the requests about these accounts, "platform code/handle" in lower case."""
        requests = self.sudo().search([])
        found = requests.filtered(lambda each: each._get_place() in places)
        open_door(found).unlink()

    @api.autovacuum
    def _gc_old(self):
        """Forget requests, and with them the names, when their links are over."""
        end = fields.Datetime.now() - timedelta(days=LINK_DAYS)
        old = self.sudo().search([("create_date", "<", end)])
        open_door(old).unlink()
        over = [("state", "=", "open"), ("expires_at", "<", fields.Datetime.now())]
        open_door(self.sudo().search(over)).unlink()
