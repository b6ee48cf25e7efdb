"""Giving consent, verifying the chains, and asking for the state of many, beside plain SQL."""

import hashlib
import io
import statistics
import time

from odoo import fields

from odoo.addons.social_consent_monitoring.door import open_door
from odoo.addons.social_consent_monitoring.models.social_consent_event import hash_link

GIVEN = 10_000
ASKED = 100_000
CHAINS = 10_000
EVENTS = 1_000_000
SEALS = 1_000
HEADS = 100_000
EVENT_COLUMNS = (
    "sequence",
    "consent_id",
    "subject_key",
    "state",
    "happened_at",
    "payload",
    "previous_hash",
    "hash",
)


def run(env, measure):
    partners = make_partners(env, ASKED)
    compare_giving(env, measure, partners[:GIVEN])
    give(partners)
    compare_state(env, measure, partners)
    compare_verifying(env, measure, partners[:CHAINS])
    show_seals(env, measure)


def compare_giving(env, measure, partners):
    notice = env["social.consent.notice"]._get_published(
        env.ref("social_consent_monitoring.purpose_match"), "en_US"
    )
    measure.compare(
        f"time to record the consent of {GIVEN:,} contacts, by a plain create of as many rows",
        lambda: undone(env, lambda: give(partners)),
        lambda: undone(env, lambda: create_plainly(env, notice), prepare=lambda: subjects(env)),
        at_most=3,
    )


def give(partners):
    return partners._give_social_consent("match", method="portal")


def create_plainly(env, notice):
    """Create rows of the model with the ORM, and nothing around them."""
    now = fields.Datetime.now()
    people = env["social.subject"].search([], order="id desc", limit=GIVEN)
    return open_door(env["social.consent"]).create(
        [
            {
                "subject_id": subject.id,
                "company_id": env.company.id,
                "purpose_id": notice.purpose_id.id,
                "recorded_state": "given",
                "given_at": now,
                "valid_until": now,
                "notice_id": notice.id,
                "event_sequence": number,
            }
            for number, subject in enumerate(people)
        ]
    )


def subjects(env):
    env["social.subject"]._make_many(GIVEN)


def compare_state(env, measure, partners):
    policy = env["social.policy"]
    key = ("match", None)
    assert len(policy._gather_consents(partners, [key])) == ASKED
    measure.compare(
        f"time to gather the state of {ASKED:,} contacts, by the same query in SQL",
        lambda: elapsed(lambda: policy._gather_consents(partners, [key])),
        lambda: elapsed(lambda: read_state(env, partners)),
        at_most=1.5,
    )
    measure.compare(
        f"queries to gather the state of {ASKED:,} contacts, by those for ten",
        lambda: queries(env, lambda: policy._gather_consents(partners, [key])),
        lambda: queries(env, lambda: policy._gather_consents(partners[:10], [key])),
        at_most=1,
    )


def read_state(env, partners):
    purpose = env.ref("social_consent_monitoring.purpose_match")
    env.cr.execute(
        """
        SELECT partner.id, consent.id, consent.recorded_state, consent.valid_until,
            consent.notice_id
        FROM res_partner partner
        JOIN social_consent consent ON consent.subject_id = partner.social_subject_id
        WHERE partner.id = ANY(%s) AND consent.company_id = %s AND consent.purpose_id = %s
        """,
        (partners.ids, env.company.id, purpose.id),
    )
    return env.cr.fetchall()


def compare_verifying(env, measure, partners):
    fill_chains(env, partners)
    events = env["social.consent.event"]
    assert events.search_count([]) >= EVENTS
    broken = events._find_break()
    assert not broken, broken
    measure.compare(
        f"time to verify {EVENTS:,} events, by reading them and taking their SHA-256",
        lambda: elapsed(events._verify),
        lambda: elapsed(lambda: read_and_hash(env)),
        at_most=2,
    )


def read_and_hash(env):
    with env.cr._cnx.cursor("plain") as cursor:
        cursor.itersize = 20_000
        cursor.execute(f"SELECT id, {', '.join(EVENT_COLUMNS)} FROM social_consent_event")
        for row in cursor:
            hashlib.sha256(f"{row[7]}\n{row[6]}".encode()).hexdigest()


def show_seals(env, measure):
    """Say how long the seals take to check: a figure to know, without a target."""
    fill_seals(env)
    seals = env["social.consent.seal"]
    assert seals.search_count([]) >= SEALS
    ratios = []
    for _pair in range(measure.pairs):
        env.invalidate_all()
        assert not seals._find_break()
        ratios.append(
            elapsed(lambda: (env.invalidate_all(), seals._find_break()))
            / elapsed(lambda: read_and_hash_heads(env))
        )
    measure.say(
        f"time to check {SEALS:,} seals over {HEADS:,} heads, by reading them and taking their"
        f" SHA-256: {statistics.median(ratios):.2f} ({min(ratios):.2f}..{max(ratios):.2f}),"
        " no target"
    )


def read_and_hash_heads(env):
    with env.cr._cnx.cursor("plain") as cursor:
        cursor.itersize = 20_000
        cursor.execute(
            "SELECT id, seal_id, subject_key, event_sequence, event_hash"
            " FROM social_consent_seal_head"
        )
        for row in cursor:
            hashlib.sha256(f"{row[2]} {row[3]} {row[4]}".encode()).hexdigest()


def fill_seals(env):
    """Seal events as if each hour a few persons had decided; not anchored."""
    env.cr.execute(
        "SELECT subject_key, sequence, hash FROM social_consent_event ORDER BY sequence LIMIT %s",
        (HEADS,),
    )
    heads, size = env.cr.fetchall(), HEADS // SEALS
    seals = env["social.consent.seal"].sudo()
    for start in range(0, HEADS, size):
        some = sorted(heads[start : start + size])
        seals._insert(seals._prepare_vals(some), some)


def fill_chains(env, partners):
    """Let the consents be renewed again and again, as the doors would, written by COPY."""
    events = env["social.consent.event"]
    consents = partners.social_consent_ids.sudo()
    heads = events._get_heads(consents.subject_id.mapped("key"))
    rounds = (EVENTS - events.search_count([])) // len(consents) + 1
    for _round in range(rounds):
        lines = io.StringIO()
        for consent, sequence in zip(consents, events._take_sequences(len(consents)), strict=True):
            if consent.id not in texts:
                texts[consent.id] = payload_of(consent)
            text, happened_at = texts[consent.id]
            key, payload = consent.subject_id.key, text % sequence
            chained = hash_link(heads[key], payload)
            row = (sequence, consent.id, key, "given", happened_at, payload, heads[key], chained)
            lines.write("\t".join(map(str, row)).replace("\\", "\\\\") + "\n")
            heads[key] = chained
            last[consent.id] = sequence
        lines.seek(0)
        env.cr.copy_from(lines, "social_consent_event", columns=EVENT_COLUMNS)
    env.cr.execute_values(
        "UPDATE social_consent SET event_sequence = new.sequence FROM (VALUES %s) AS new"
        " (id, sequence) WHERE social_consent.id = new.id",
        list(last.items()),
    )
    env.invalidate_all()
    env.cr.execute("ANALYZE social_consent_event")


texts, last = {}, {}


def payload_of(consent):
    """Return the payload of a further event, with a place for its sequence, and its time."""
    event = consent.event_ids[:1]
    place = f'"sequence":{consent.event_sequence},'
    return event.payload.replace("%", "%%").replace(place, '"sequence":%s,'), event.happened_at


def make_partners(env, count):
    """Return so many new contacts, copies in SQL: making them is not what is measured."""
    pattern = env["res.partner"].create({"name": "Somebody", "lang": "en_US"})
    env.flush_all()
    env.cr.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_name = 'res_partner' AND column_name != 'id' AND is_generated = 'NEVER'"
    )
    columns = ", ".join(f'"{row[0]}"' for row in env.cr.fetchall())
    env.cr.execute(
        f"INSERT INTO res_partner ({columns}) SELECT {columns} FROM res_partner,"
        " generate_series(1, %s) WHERE id = %s RETURNING id",
        (count, pattern.id),
    )
    partners = env["res.partner"].browse(row[0] for row in env.cr.fetchall())
    env.cr.execute("ANALYZE res_partner")
    return partners


def undone(env, function, prepare=lambda: None):
    """Return the seconds that it takes, and take back what it did."""
    with env.cr.savepoint() as savepoint:
        prepare()
        seconds = elapsed(lambda: (function(), env.flush_all()))
        savepoint.rollback()
    env.invalidate_all()
    return seconds


def elapsed(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def queries(env, function):
    env.invalidate_all()
    before = env.cr.sql_log_count
    function()
    return env.cr.sql_log_count - before
