"""What the connectors share that make posts of an answer, or walk from the newest post backwards."""

from datetime import timedelta

from . import Rejected, clean

OVERLAP = 10  # known posts that a page must hold to end a walk
LATE = timedelta(days=1)  # how far a late post may lie behind: older pages are not searched


def gather(rows, make, most=None):
    """`(posts, rejected)` for a `Page`: oldest first, each id once, and the newest `most`.

    `make(row)` is a `Post` or a `Rejected`. Of two posts with one id the later one is kept, so give
    the rows of an answer that comes newest first in reverse. They are sorted by time besides:
    servers list by when a post reached them, which may be long after it was written. What is not
    public is passed on as such: the caller drops it (rule 15).
    """
    found, rejected = {}, []
    for row in rows:
        result = make(row)
        if isinstance(result, Rejected):
            rejected.append(result)
        else:
            found[result.external_id] = result
    posts = sorted(found.values(), key=lambda post: post.published_at)
    surplus = posts[: max(len(posts) - most, 0)] if most else []
    rejected += [Rejected("too_many", post.external_id) for post in surplus]
    return tuple(posts[len(surplus) :]), tuple(rejected)


def has_reached(known, since, ids, dates):
    """Whether a page with these ids and dates leads to what the last completed walk read.

    Enough of the posts on it are `known` ones. If those were deleted, its age tells: no walk looks
    further back than `LATE` before `since`, the time (ISO 8601) of the oldest known post.
    """
    if not known:
        return False
    if len(set(ids) & set(known)) >= min(OVERLAP, len(known)):
        return True
    since = clean.utc(since)
    return bool(since and dates and max(dates) < since - LATE)
