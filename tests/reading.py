"""Reading a source to its end, as the job does."""

from dataclasses import dataclass, field

from odoo.addons.social_consent_monitoring import connectors


@dataclass
class Reading:
    """`posts` by their ids, `ids` with what came twice; `pages`, `billed` and `reasons` of all."""

    cursor: str | None = None
    posts: dict = field(default_factory=dict)
    ids: list = field(default_factory=list)
    reasons: list = field(default_factory=list)
    pages: int = 0
    billed: int = 0


def read_all(connector, query, cursor=None, between=None, most=60):
    """All pages there are; `between(pages)` is called before each further one."""
    read = Reading(cursor)
    while read.pages < most:
        page = connectors.fetch(connector, query, read.cursor)
        read.posts.update({post.external_id: post for post in page.posts})
        read.ids += [post.external_id for post in page.posts]
        read.reasons += [rejected.reason for rejected in page.rejected]
        read.cursor, read.pages = page.cursor, read.pages + 1
        read.billed += page.billed
        if not page.more:
            return read
        if between:
            between(read.pages)
    raise AssertionError(f"no end after {most} pages")
