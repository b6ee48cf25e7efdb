import dataclasses
import json
import traceback
from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..connectors import Post
from ..door import open_door
from ..suppressed import make_handle

# Tries by itself, with the hours between them; after that a post waits for a person.
WAITS = (1, 4, 12, 24)
# So many posts of one source at most: then it pauses, for more is a defect and no odd post.
LIMIT = 20
READERS = "base.group_system,social_consent_monitoring.group_privacy_officer"
MOMENTS = ("published_at", "edited_at")


class QuarantineFull(Exception):
    """More posts of a source cannot be stored than may be put aside."""


class SocialQuarantine(models.Model):
    """A post that could not be stored, put aside so that it holds up no other.

    Its raw form is what somebody wrote: it is read by administrators and the privacy officer,
    goes with an objection, a deletion on the platform and the retention like a mention, and is
    stored by the same door as every post once whatever was wrong is mended.
    """

    _name = "social.quarantine"
    _inherit = ["social.door.mixin"]
    _description = "Post That Could Not Be Stored"
    _order = "id desc"

    source_id = fields.Many2one("social.source", required=True, readonly=True, ondelete="cascade")
    platform_id = fields.Many2one(
        "social.platform", required=True, readonly=True, ondelete="cascade"
    )
    external_id = fields.Char(required=True, readonly=True, groups=READERS)
    handle = fields.Char("Author", readonly=True, groups=READERS)
    account = fields.Char("Lasting ID of the Account", readonly=True, groups=READERS)
    raw = fields.Text("As It Came", required=True, readonly=True, groups=READERS)
    error = fields.Char(readonly=True, help="The kind of error; its words could repeat the post.")
    place = fields.Char("Where It Happened", readonly=True)
    tries = fields.Integer(required=True, readonly=True, default=1)
    last_try = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    next_try = fields.Datetime(readonly=True, help="Empty: it waits for you.")

    _once = models.UniqueIndex("(source_id, external_id)", "This post is put aside already.")
    _by_handle = models.Index("(lower(handle), platform_id)")
    _by_account = models.Index("(lower(account), platform_id) WHERE account IS NOT NULL")
    _by_post = models.Index("(platform_id, external_id)")

    @api.depends("source_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for post in self:
            post.display_name = self.env._("Post No. %s", post.id or "")

    # -- what is put aside -----------------------------------------------------------------------

    @api.model
    def _put_aside(self, source, post, error):
        """Keep a post that could not be stored; the caller has undone what it had stored of it.

        :raises QuarantineFull: where the source has too many of them already
        """
        posts = open_door(self.sudo())
        values = {**_prepare(post), **_tell(error)}
        known = posts.search(
            [("source_id", "=", source.id), ("external_id", "=", values["external_id"])]
        )
        if known:
            known._count_try(values)
            return
        if posts.search_count([("source_id", "=", source.id)]) >= LIMIT:
            raise QuarantineFull
        values.update(source_id=source.id, platform_id=source.platform_id.id)
        posts.create(values)._plan()

    def _count_try(self, values):
        self.write({**values, "tries": self.tries + 1, "last_try": fields.Datetime.now()})
        self._plan()

    def _plan(self):
        """Set when it is tried again by itself, if at all."""
        left = WAITS[self.tries - 1 : self.tries]
        self.next_try = fields.Datetime.now() + timedelta(hours=left[0]) if left else False

    @api.model
    def _take_out(self, source, posts):
        """Return the posts of a page without those that are put aside.

        One that was edited since is kept as it is now, and tried again with the next run.
        """
        aside = {
            row.external_id: row
            for row in open_door(self.sudo()).search([("source_id", "=", source.id)])
        }
        free = []
        for post in posts:
            row = aside.get(_storable(post.external_id))
            if not row:
                free.append(post)
            elif row.raw != (values := _prepare(post))["raw"]:
                row.write({**values, "next_try": fields.Datetime.now()})
        return free

    # -- tried again -----------------------------------------------------------------------------

    def _retry(self):
        """Store these posts by the normal way; what succeeds, or may not be stored, goes.

        :return: how many are still put aside
        """
        left = self.browse()
        for row in open_door(self.sudo()):
            _counts, error = row.source_id._store_alone(row._read_raw())
            if error:
                row._count_try(_tell(error))
                left |= row
            else:
                row.unlink()
        return len(left)

    @api.model
    def _get_due(self, source):
        return self.sudo().search(
            [("source_id", "=", source.id), ("next_try", "<=", fields.Datetime.now())]
        )

    def action_retry(self):
        """Try again now, and say what came of it."""
        self.check_access("read")
        self.source_id._check_may_collect()
        left = self._retry()
        if left:
            message = self.env._("Posts that still cannot be stored: %s", left)
        else:
            message = self.env._("Done: what may be stored stands with the mentions now.")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if left else "success",
                "message": message,
                "next": self._get_list(),
            },
        }

    def action_delete(self):
        """Give these posts up."""
        self.unlink()
        return self._get_list()

    @api.model
    def _get_list(self):
        return self.env["ir.actions.act_window"]._for_xml_id(
            "social_consent_monitoring.social_quarantine_action"
        )

    def _read_raw(self):
        values = json.loads(self.raw)
        for name in MOMENTS:
            values[name] = values[name] and datetime.fromisoformat(values[name])
        return Post(**values)

    # -- what goes -------------------------------------------------------------------------------

    @api.model
    def _drop(self, platform, external_ids):
        """Delete what was put aside of posts that were deleted, or are not public any more."""
        rows = self.sudo().search(
            [
                ("platform_id", "=", platform.id),
                ("external_id", "in", [_storable(each) for each in external_ids]),
            ]
        )
        open_door(rows).unlink()

    @api.model
    def _forget(self, handles, removed, consent_id):
        """Delete what these handles wrote (Art. 17, 21), and take note of it.

        :param handles: "platform code/handle", in lower case
        :param removed: the ``Removed`` that takes note, for the consent with this id
        """
        rows = self.env["social.author"]._find_places(handles, self._name)
        removed.add(consent_id, self._name, rows.ids)
        open_door(rows).unlink()

    @api.model
    def _get_handles_since(self, since):
        """Return the "platform code/handle" of what was put aside since a moment."""
        rows = self.sudo().search([("create_date", ">=", since)])
        return {
            make_handle(row.platform_id.code, handle)
            for row in rows
            for handle in (row.handle, row.account)
            if handle
        }

    @api.model
    def _select_outlived_mention(self, moment):
        """Return the query for what was put aside before ``moment``: as long as mentions."""
        return SQL(
            "SELECT id, create_date AS at FROM social_quarantine WHERE create_date < %s", moment
        )

    def _get_door_message(self):
        return self.env._("What is put aside is tried again or deleted, and not edited.")


def _prepare(post):
    """Return the values of a post as it came.

    JSON in plain ASCII: what no database takes as text (NUL, halves of characters) is kept too.
    """
    values = dataclasses.asdict(post)
    for name in MOMENTS:
        values[name] = values[name] and values[name].isoformat()
    return {
        "raw": json.dumps(values),
        "external_id": _storable(post.external_id),
        "handle": _storable(post.author),
        "account": _storable(post.account) or False,
    }


def _storable(text):
    """Return text as a column takes it."""
    return (text or "").replace("\0", "").encode("utf-8", "ignore").decode()


def _tell(error):
    """Return what may be said of an error: its kind and place, never its words."""
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    own = [frame for frame in frames if "social_consent_monitoring" in frame.filename]
    last = own[-1] if own else last
    place = f"{last.filename.rsplit('/', 1)[-1]}:{last.lineno} {last.name}" if last else ""
    return {"error": type(error).__name__, "place": place}
