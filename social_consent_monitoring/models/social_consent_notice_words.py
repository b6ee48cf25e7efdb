"""What a draft still lacks before it can be published, in the officer's words."""

from functools import lru_cache

from odoo.tools.translate import PoFileReader, get_po_paths

from .. import notice_text
from ..policy import CONTACT


def find_missing(notice):
    """Return what this draft lacks (rules 6, 7, 8 and 10): each with what to do about it."""
    text = notice._get_filled_text()
    return [
        *_find_unknown(notice),
        *_find_purpose(notice, text),
        *_find_platforms(notice, text),
        *_find_categories(notice, text),
        *_find_controller(notice, text),
        *_find_revocation(notice, text),
        *_find_ties(notice, text),
        *_find_version(notice),
    ]


@lru_cache(maxsize=16)
def get_shipped_names(lang):
    """Return {English: translated} of the names of platforms and data that the addon ships.

    For a language that the database has not installed: people read a notice in theirs, also
    where no user of the company works in it.
    """
    return {
        row["src"]: row["value"]
        for path in get_po_paths("social_consent_monitoring", lang)
        for row in PoFileReader(path)
        if row["name"] in ("social.platform,name", "social.data.category,name") and row["value"]
    }


def explain_publishing(env, kind, version):
    """Return what publishing this version means for earlier consents, for the log."""
    words = {
        False: env._("Published as version %s, the first one.", version),
        "correction": env._(
            "Published as version %s: a correction. Earlier consents count as given to it.", version
        ),
        "extent": env._(
            "Published as version %s: the extent changed. Earlier consents keep their old extent "
            "and wait for renewal.",
            version,
        ),
        "purpose": env._(
            "Published as version %s: the purpose changed. Earlier consents no longer count.",
            version,
        ),
    }
    return words[kind]


def _find_unknown(notice):
    """Look at what was typed: braces in a filled-in name are no placeholders."""
    for name in notice_text.find_unknown(notice.text or ""):
        yield notice.env._(
            "“%(name)s” is no placeholder. There are: %(known)s.",
            name=f"{{{name}}}",
            known=", ".join(f"{{{known}}}" for known in notice_text.PLACEHOLDERS),
        )


def _find_purpose(notice, text):
    """R6: the purpose is explained."""
    _ = notice.env._
    if not (notice.purpose_statement or "").strip():
        yield _("The purpose is missing: say in one sentence what the consent is for.")
    elif not notice_text.names(text, notice.purpose_statement):
        yield _("The text does not say the purpose: put {purpose} where it belongs.")


def _find_platforms(notice, text):
    """R7: the platforms are chosen, and named in the text.

    News and offers come by e-mail or phone too, where no platform has a part. A social message
    goes to a handle: so a notice to contact needs platforms where it names the handle.
    """
    _ = notice.env._
    platforms = notice.platform_ids
    needed = notice.purpose_id.code != CONTACT or "handle" in notice.category_ids.mapped("code")
    if needed and not platforms:
        yield _("No platform is chosen: choose where the consent counts.")
    for name in _get_unnamed(notice, platforms, text):
        yield _("The text does not name the platform “%s”: put {platforms} into it.", name)


def _find_categories(notice, text):
    """R7: the kinds of data are chosen, and named in the text."""
    _ = notice.env._
    if not notice.category_ids:
        yield _("No data category is chosen: choose which data the consent covers.")
    for name in _get_unnamed(notice, notice.category_ids, text):
        yield _("The text does not name the data “%s”: put {categories} into it.", name)


def _get_unnamed(notice, records, text):
    return [name for name in notice._get_names(records) if not notice_text.names(text, name)]


def _find_controller(notice, text):
    """GDPR Art. 13(1)(a) and (2)(a): who is responsible, and for how long it goes."""
    _ = notice.env._
    if not notice_text.names(text, notice.company_id.name or ""):
        yield _("The text does not name the controller: put {controller} into it.")
    if not notice_text.names_months(text, notice.months, notice.lang):
        yield _(
            "The text does not say that the consent ends after %s months: put {months} and the "
            "word for months into it.",
            notice.months,
        )


def _find_revocation(notice, text):
    """R8: the right to revoke in words, and a link that works."""
    _ = notice.env._
    if notice_text.knows_words(notice.lang):
        if not notice_text.names_revocation(text, notice.lang):
            yield _("The text does not say that the person can withdraw the consent: add it.")
    elif not notice.revocation_checked:
        yield _("Confirm that the text says that the person can withdraw the consent.")
    if not notice_text.has_placeholder(text, notice_text.LINK):
        yield _("The link to withdraw is missing: put {link} into the text.")
    if not notice._has_public_address():
        yield _(
            "The link to withdraw would lead nowhere: ask an administrator to set the address of "
            "this database (system parameter web.base.url) to one that begins with https://."
        )
    if not notice._has_consent_page():
        yield _(
            "The page to withdraw does not answer: ask an administrator which addon took it away."
        )


def _find_ties(notice, text):
    """R10: consent stands by itself."""
    _ = notice.env._
    if not notice.not_tied:
        yield _(
            "Confirm that agreeing is no condition of a contract and no part of accepting terms."
        )
    sentence = notice_text.find_acceptance(text)
    if sentence:
        yield _("A sentence speaks of accepting terms: “%s” Take it out.", sentence)


def _find_version(notice):
    """Say what kind of change this is, and not a smaller one than it is."""
    _ = notice.env._
    if not notice.previous_id:
        return
    if not notice.change_kind:
        yield _(
            "People agreed to the version before: say what changes, the spelling, the extent or "
            "the purpose."
        )
        return
    changed = notice._get_changed_fields()
    if notice.change_kind == "correction" and changed:
        labels = notice.fields_get(changed, ["string"])
        yield _(
            "This is more than a correction, since something else changed: %s. Choose another "
            "kind of change.",
            ", ".join(labels[name]["string"] for name in changed),
        )
    if notice.change_kind == "extent" and "purpose_statement" in changed:
        yield _("The purpose changed, not the extent alone: choose “Another purpose”.")
