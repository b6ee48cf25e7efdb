"""What the wall costs: a clerk beside the superuser, and the policy beside plain SQL.

On a million contacts, five million mentions and half a million matches, copied in SQL: making
them is not what is measured.
"""

import time
from contextlib import contextmanager

from lxml import etree

from odoo import fields
from odoo.tests import new_test_user

from benchmarks.consent import elapsed, queries

ADDON = "social_consent_monitoring"
CONTACTS = 1_000_000
MENTIONS = 5_000_000
MATCHES = 500_000
AUTHORS = 500_000
ASKED = 100_000
PAGE = {"limit": 80, "count_limit": 10_001}
# The clock stands still for both sides of a comparison; SQL has none of its own.
ENDED = "timestamp '2020-01-01'"


def run(env, measure):
    start = time.perf_counter()
    people = fill(env)
    print(f"Filled in {time.perf_counter() - start:.0f} s, {get_size(env)}")
    clerk = make_clerk(env)
    compare_mentions(env, measure, clerk)
    compare_matches(env, measure, clerk, people)
    compare_form(measure, people[:1].with_user(clerk))
    compare_deciding(env, measure, people[:ASKED])


# -- the data ----------------------------------------------------------------------------------


def fill(env):
    """Make all rows as copies of one of each; return the contacts."""
    env.cr.execute("SET LOCAL maintenance_work_mem = '512MB'")
    partner, mention, match = make_patterns(env)
    subjects = copy(env, partner.social_subject_id, ASKED, key="md5(n::text)")
    known = f"CASE WHEN n <= {ASKED} THEN {subjects} + n END"
    partners = copy_contacts(env, partner, CONTACTS, known)
    consents = fill_consents(env, partner, subjects)
    authors = copy(
        env,
        mention.author_id,
        AUTHORS,
        handle="'user' || n",
        pseudonym="upper(left(md5(n::text), 8))",
    )
    mentions = fill_mentions(env, mention, authors)
    copy(
        env,
        match,
        MATCHES,
        mention_id=f"{mentions} + n",
        partner_id=f"{partners} + 1 + n %% {ASKED}",
        consent_id=f"{consents} + 1 + n %% {ASKED}",
        # Each has five; one of them is over.
        valid_until=f"CASE WHEN n <= {ASKED} THEN {ENDED} ELSE valid_until END",
    )
    env.invalidate_all()
    return env["res.partner"].browse(range(partners + 1, partners + CONTACTS + 1))


def make_patterns(env):
    """Return a contact with consents, a mention, and the match of both."""
    from common import make_post

    partner = env["res.partner"].create({"name": "Pattern", "lang": "en_US"})
    for key in (("match",), ("contact", "email")):
        partner._give_social_consent(*key, method="portal")
    mention = env.ref(f"{ADDON}.source_demo_fediverse")._store([make_post()])
    match = mention._match(partner)
    env.flush_all()
    return partner, mention, match


def copy_contacts(env, partner, count, subject):
    """Copy a contact, each with a name and an address of its own.

    :param str subject: SQL of the id of the copy's ``social.subject``
    """
    return copy(
        env,
        partner,
        count,
        name="'Contact ' || n",
        complete_name="'Contact ' || n",
        email="'contact' || n || '@example.com'",
        email_normalized="'contact' || n || '@example.com'",
        commercial_partner_id="{id}",
        social_subject_id=subject,
    )


def fill_consents(env, partner, subjects):
    """Give everybody a consent to matching, and one of five answers to advertising by e-mail."""
    match, email = partner.social_consent_ids.sorted(lambda consent: bool(consent.channel))
    states = "(ARRAY['given', 'given', 'withdrawn', 'refused', 'requested'])[1 + n %% 5]"
    copy(
        env,
        email,
        # One in five was never asked.
        ASKED * 4 // 5,
        subject_id=f"{subjects} + n",
        recorded_state=states,
        valid_until=f"CASE WHEN n %% 5 = 1 THEN {ENDED} ELSE valid_until END",
    )
    return copy(env, match, ASKED, subject_id=f"{subjects} + n")


def fill_mentions(env, mention, authors):
    return copy(
        env,
        mention,
        MENTIONS,
        external_id="'https://social.example/post/' || n",
        url="'https://social.example/@user/' || n",
        author_id=f"{authors} + 1 + n %% {AUTHORS}",
        text="'Post ' || n || ': my parcel came late again, third time this month.'",
        published_at="timestamp '2024-01-01' + n * interval '15 seconds'",
        state="(ARRAY['new', 'in_work', 'answered', 'closed'])[1 + n %% 4]",
    )


def copy(env, pattern, count, **changes):
    """Copy a record so many times; return the id before the first copy's.

    :param changes: SQL by column; ``n`` is the number of the copy, ``{id}`` its id
    """
    table = pattern._table
    env.flush_all()
    env.cr.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_name = %s AND column_name != 'id' AND is_generated = 'NEVER'",
        (table,),
    )
    columns = [row[0] for row in env.cr.fetchall()]
    env.cr.execute(f"SELECT max(id) FROM {table}")
    before = env.cr.fetchone()[0]
    values = [changes.get(column, f'"{column}"').format(id=f"{before} + n") for column in columns]
    names = ", ".join(f'"{column}"' for column in columns)
    with bare(env, table):
        env.cr.execute(
            f"INSERT INTO {table} (id, {names})"
            f" SELECT {before} + n, {', '.join(values)} FROM {table}, generate_series(1, %s) AS n"
            " WHERE id = %s",
            (count, pattern.id),
        )
        env.cr.execute(f"SELECT setval('{table}_id_seq', {before + count})")
    return before


@contextmanager
def bare(env, table):
    """Take the foreign keys and indexes off a table while it is filled; analyse it then."""
    env.cr.execute(
        "SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),"
        " format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname,"
        " pg_get_constraintdef(oid))"
        " FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'"
        " UNION ALL SELECT format('DROP INDEX %%s', indexrelid::regclass),"
        " pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = %s::regclass"
        " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)",
        (table, table),
    )
    statements = env.cr.fetchall()
    for drop, _make in statements:
        env.cr.execute(drop)
    yield
    for _drop, make in statements:
        env.cr.execute(make)
    env.cr.execute(f"ANALYZE {table}")


def get_size(env):
    env.cr.execute("SELECT pg_size_pretty(pg_database_size(current_database()))")
    return env.cr.fetchone()[0]


def make_clerk(env):
    return new_test_user(
        env, "bench_clerk", groups=f"{ADDON}.group_social_user,base.group_partner_manager"
    )


# -- a clerk beside the superuser --------------------------------------------------------------


def compare_mentions(env, measure, clerk):
    """Mentions carry no customer, so the wall leaves them as fast as they are."""
    mentions = env["social.mention"]
    shown = get_shown(mentions.with_user(clerk), "list")
    domain = [("state", "in", ("new", "in_work"))]
    compare_users(
        measure,
        "time for the first page of mentions, by the superuser's",
        mentions,
        clerk,
        lambda records: records.web_search_read(domain, shown, **PAGE),
        at_most=1.1,
        times=10,
    )
    compare_users(
        measure,
        "time for the limited count of mentions, by the superuser's",
        mentions,
        clerk,
        lambda records: records.search_count(domain, limit=10_001),
        at_most=1.2,
        times=10,
    )
    compare_users(
        measure,
        "time to group all mentions by month, by the superuser's",
        mentions,
        clerk,
        lambda records: records.web_read_group([], ["published_at:month"], ["__count"]),
        at_most=1.1,
    )


def compare_matches(env, measure, clerk, people):
    matches = env["social.match"]
    shown = get_shown(matches.with_user(clerk), "list")
    domain = [("partner_id", "=", people[ASKED // 2].id)]
    assert matches.search_count(domain) == 5
    assert matches.with_user(clerk).search_count(domain) == 4, "the one that is over is hidden"
    compare_users(
        measure,
        "time for the matches of one contact, by the superuser's",
        matches,
        clerk,
        lambda records: records.web_search_read(domain, shown, **PAGE),
        at_most=1.3,
        times=50,
    )


def compare_users(measure, name, records, user, read, at_most, times=1):
    """Let a user and the superuser read the same, each with nothing in the cache."""

    def read_as(reader):
        return elapsed(lambda: repeat(reader.env, times, lambda: read(reader)))

    measure.compare(
        name,
        lambda: read_as(records.with_user(user)),
        lambda: read_as(records.sudo()),
        at_most=at_most,
    )


def get_shown(records, kind):
    """Return the specification with which the web client reads what a view shows."""
    answer = records.get_views([(False, kind)])
    arch = etree.fromstring(answer["views"][kind]["arch"])
    return specify(arch, records._name, answer["models"])


def specify(arch, model, models):
    shown = {}
    depth = len(list(arch.iterancestors("field"))) + (arch.tag == "field")
    for node in arch.iterdescendants("field"):
        if len(list(node.iterancestors("field"))) != depth:
            continue
        info = models[model]["fields"][node.get("name")]
        shown[node.get("name")] = spec = {}
        if info["type"] in ("one2many", "many2many"):
            inner = next(iter(node), None)
            names = {"display_name": {}}
            spec["fields"] = names if inner is None else specify(inner, info["relation"], models)
            spec["limit"] = 40
        elif info["type"] == "many2one":
            spec["fields"] = {"display_name": {}}
    return shown


def compare_form(measure, partner):
    """Open a contact as the web client does, with the addon's fields of the form and without."""
    shown = get_shown(partner, "form")
    ours = {name for name in shown if partner._fields[name]._module == ADDON}
    assert ours, "the form shows nothing of the addon"
    rest = {name: spec for name, spec in shown.items() if name not in ours}
    env = partner.env
    measure.compare(
        "time to open a contact's form, by the form without the addon",
        lambda: elapsed(lambda: repeat(env, 20, lambda: partner.web_read(shown))),
        lambda: elapsed(lambda: repeat(env, 20, lambda: partner.web_read(rest))),
        at_most=1.15,
    )
    measure.compare(
        "queries to open a contact's form, more than without the addon",
        lambda: (
            queries(env, lambda: partner.web_read(shown))
            - queries(env, lambda: partner.web_read(rest))
        ),
        lambda: 1,
        at_most=4,
    )


def repeat(env, times, function):
    for _time in range(times):
        env.invalidate_all()
        function()


# -- the policy beside plain SQL ---------------------------------------------------------------


def compare_deciding(env, measure, partners):
    decided, answers = decide(env, partners), ask_sql(env, partners)
    assert decided == answers
    assert len(answers) == ASKED
    assert len(set(answers.values())) == 6, set(answers.values())
    measure.compare(
        f"time to decide about {ASKED:,} contacts, by the same answers in SQL",
        lambda: elapsed(lambda: env["social.policy"]._decide("contact_email", partners)),
        lambda: elapsed(lambda: ask_sql(env, partners)),
        at_most=5,
    )
    measure.compare(
        f"queries to decide about {ASKED:,} contacts, by those for ten",
        lambda: queries(env, lambda: env["social.policy"]._decide("contact_email", partners)),
        lambda: queries(env, lambda: env["social.policy"]._decide("contact_email", partners[:10])),
        at_most=1,
    )


def decide(env, partners):
    decisions = env["social.policy"]._decide("contact_email", partners)
    return {id_: (decision.allowed, decision.reason) for id_, decision in decisions.items()}


def ask_sql(env, partners):
    """Return ``{contact id: (allowed, reason)}`` by one query, written for this act alone."""
    env.cr.execute(
        """
        SELECT partner.id,
            consent.recorded_state = 'given' AND consent.valid_until > %(now)s
                AND notice.outdated IS NOT TRUE AND consent.id IS NOT NULL,
            CASE
                WHEN consent.id IS NULL THEN 'never_asked'
                WHEN consent.recorded_state != 'given'
                    THEN 'consent_' || consent.recorded_state
                WHEN consent.valid_until <= %(now)s THEN 'consent_expired'
                WHEN notice.outdated THEN 'notice_outdated'
                ELSE 'allowed'
            END
        FROM res_partner partner
        LEFT JOIN social_consent consent ON consent.subject_id = partner.social_subject_id
            AND consent.company_id = %(company)s AND consent.purpose_id = %(purpose)s
            AND consent.channel = 'email'
        LEFT JOIN social_consent_notice notice ON notice.id = consent.notice_id
        WHERE partner.id = ANY(%(ids)s)
        """,
        {
            "now": fields.Datetime.now(),
            "company": env.company.id,
            "purpose": env.ref(f"{ADDON}.purpose_contact").id,
            "ids": partners.ids,
        },
    )
    return {id_: (bool(allowed), reason) for id_, allowed, reason in env.cr.fetchall()}
