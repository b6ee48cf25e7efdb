"""The guard of answers (rule 19): how right it is, and what it costs beside a bare look-up.

How right, on the test set that ships, with its orders, invoices and parcels. What it costs with a
million contacts and three million orders, copied in SQL: making them is not what is measured. The
same tables with a hundredth of the rows stand in another schema, so that both sides are measured
in turns.
"""

import itertools
import resource
import statistics
import time
from unittest.mock import patch

import guarded
from benchmarks.consent import elapsed, queries
from benchmarks.wall import copy, get_size

CONTACTS = 1_000_000
ORDERS = 3_000_000
SMALLER = 100
TIMES = 100
MODULES = ("sale_management", "stock_delivery")
# Every table that the guard looks into.
TABLES = (
    "res_partner",
    "res_partner_bank",
    "mailing_contact",
    "crm_lead",
    "sale_order",
    "account_move",
    "stock_picking",
)
POST = "Meine Bestellung S20234 ist immer noch nicht da, und niemand antwortet mir!"
ABSTRACT = (
    "Guten Tag und danke für Ihre Geduld! Das tut uns wirklich leid, so soll eine Lieferung nicht "
    "laufen. Der Streik hat in Hamburg und Bremen rund 4.000 Pakete aufgehalten, seit dem 12.03. "
    "fährt alles wieder. Zu Ihrer Bestellung S20234 schreiben Sie uns bitte über das Formular auf "
    "unserer Seite, dann kümmert sich meine Kollegin Jana Thormählen aus dem Kundendienst darum. Bis "
    "dahin hilft oft ein Neustart von Lumio 300. Nach § 312g BGB haben Sie 14 Tage Zeit. Bleiben Sie "
    "uns gewogen, Ihr Team Nordlicht"
)
# The same with a customer in it: a name, one in a form of address with a mistake, an order.
PERSONAL = ABSTRACT.replace(
    "und danke für Ihre Geduld!", "Vorbcde Nachbcde, liebe Frau Nachbcxdef!"
).replace("S20234", "B0000077")


def run(env, measure):
    env = install(env)
    measure_set(env, measure)
    start = time.perf_counter()
    fill(env)
    print(f"Filled in {time.perf_counter() - start:.0f} s, {get_size(env)}")
    compare_speed(env, measure)


def install(env):
    """Install what has orders, invoices and parcels; return a new environment."""
    modules = env["ir.module.module"].search([("name", "in", MODULES)])
    modules.button_immediate_install()
    env.transaction.reset()
    return env(su=True)


# -- how right it is ---------------------------------------------------------------------------


def measure_set(env, measure):
    fill_documents(env, *guarded.fill(env))
    check = env["social.guard"]._find
    for half in ("tuning", "held_out"):
        drafts = guarded.read_drafts(half)
        scores = guarded.score(drafts, check)
        for name, score in zip(("personal or not", "marked parts"), scores, strict=True):
            print(f"{half}, {len(drafts)} drafts, {name}: {score}")
            for value in ("precision", "recall"):
                measure.compare(
                    f"{value} of {name}, {half}",
                    lambda score=score, value=value: getattr(score, value),
                    lambda: 1,
                    at_least=0.95,
                )


def fill_documents(env, customers, partners):
    """Give the customers of the set their orders, invoices, parcels and tickets."""
    warehouse = env["stock.warehouse"].search([], limit=1)
    out = warehouse.out_type_id
    journal = env["account.journal"].search([("type", "=", "sale")], limit=1)
    for one, partner in zip(customers, partners, strict=True):
        env["sale.order"].create(
            [{"partner_id": partner.id, "name": name} for name in one["orders"]]
        )
        env["account.move"].create(
            [
                {
                    "partner_id": partner.id,
                    "name": name,
                    "move_type": "out_invoice",
                    "journal_id": journal.id,
                }
                for name in one["invoices"]
            ]
        )
        env["stock.picking"].create(
            [
                {
                    "partner_id": partner.id,
                    "name": one["picking"] if first else f"{one['picking']}B",
                    "picking_type_id": out.id,
                    "location_id": out.default_location_src_id.id,
                    "location_dest_id": env.ref("stock.stock_location_customers").id,
                    "carrier_tracking_ref": parcel,
                }
                for first, parcel in zip((True, False), one["parcels"], strict=True)
            ]
        )
    # Community has no helpdesk: the one that companies have keeps its numbers in such a column.
    env.flush_all()
    env.cr.execute("CREATE TABLE helpdesk_ticket (id serial, ticket_ref varchar)")
    env.cr.executemany(
        "INSERT INTO helpdesk_ticket (ticket_ref) VALUES (%s)",
        [[one["ticket"]] for one in customers],
    )
    env.registry.clear_cache()
    env["social.guard"]._make_indexes()


# -- what it costs -----------------------------------------------------------------------------


def fill(env):
    """Make all rows as copies of one contact and one order."""
    env.cr.execute("SET LOCAL maintenance_work_mem = '512MB'")
    partner = env["res.partner"].create({"name": "Pattern Person", "email": "p@bench.example"})
    order = env["sale.order"].create({"partner_id": partner.id})
    # As many different names as people have: 2,000 first names, 50,000 last names.
    first = "'vor' || translate((n %% 2000)::text, '0123456789', 'abcdefghij')"
    last = "'nach' || translate((n %% 50000)::text, '0123456789', 'abcdefghij')"
    copy(
        env,
        partner,
        CONTACTS,
        name=f"initcap({first}) || ' ' || initcap({last})",
        complete_name="'Contact ' || n",
        email="'contact' || n || '@bench.example'",
        email_normalized="'contact' || n || '@bench.example'",
        phone_sanitized="'+4940' || n",
        commercial_partner_id="{id}",
        social_watch_name=f"{first} || ' ' || {last}",
        social_guard_name=f"{first} || ' ' || {last}",
        social_guard_street="'street' || n",
        social_subject_id="NULL",
    )
    copy(env, order, ORDERS, name="'B' || lpad(n::text, 7, '0')", client_order_ref="'PO-' || n")
    make_smaller(env)
    # An index is not used by the transaction that made it where a row was changed before.
    env.cr.commit()
    env.invalidate_all()


def make_smaller(env):
    """Copy the tables into another schema, with one of a hundred rows."""
    env.cr.execute("CREATE SCHEMA smaller")
    for table in TABLES:
        env.cr.execute(f"CREATE TABLE smaller.{table} (LIKE public.{table} INCLUDING ALL)")
        env.cr.execute(
            "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER'",
            (table,),
        )
        [[columns]] = env.cr.fetchall()
        env.cr.execute(
            f"INSERT INTO smaller.{table} ({columns}) SELECT {columns} FROM public.{table}"
            f" WHERE id % {SMALLER} = 0"
        )
        env.cr.execute(f"ANALYZE smaller.{table}")


def compare_speed(env, measure):
    mention = env.ref("social_consent_monitoring.source_demo_fediverse")._store([make_post()])
    guard = env["social.guard"]
    assert len(ABSTRACT) >= 500, len(ABSTRACT)
    assert not guard._check(ABSTRACT, mention)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    words = [word.strip(".,!?").lower() for word in ABSTRACT.split()]
    asked = record_asked(guard, PERSONAL, mention)
    print(f"{len(words)} words in the draft; of a personal one {len(asked)} are looked up")
    for name, draft, base in (
        ("an abstract draft", ABSTRACT, words),
        # Names that may be misspelled are many more than the draft has words.
        ("a personal draft", PERSONAL, asked),
    ):
        print(f"{name}: {queries(env, lambda draft=draft: guard._check(draft, mention))} queries")
        measure.compare(
            f"time to check {name}, by the bare look-up of as many words",
            lambda draft=draft: check(guard, draft, mention),
            lambda base=base: look_up(env, base),
            at_most=3,
        )
        measure.compare(
            f"time to check {name}, by that with a hundredth of the rows",
            lambda draft=draft: check(guard, draft, mention),
            lambda draft=draft: check_smaller(guard, draft, mention),
            at_most=1.5,
        )
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    measure.compare(
        "memory of the process after all checks, by that before",
        lambda: after,
        lambda: before,
        at_most=1.01,
    )


def make_post():
    from common import make_post

    return make_post(text=POST)


def check(guard, draft, mention):
    """Return the seconds of one check, the median of many."""
    return statistics.median(
        elapsed(lambda: guard._check(draft, mention)) for _time in range(TIMES)
    )


def check_smaller(guard, draft, mention):
    guard.env.cr.execute("SET search_path = smaller, public")
    try:
        return check(guard, draft, mention)
    finally:
        guard.env.cr.execute("SET search_path = public")


def record_asked(guard, draft, mention):
    """Return all that the guard looks up for a draft."""
    asked, real = [], type(guard)._look_up

    def look_up(self, questions):
        asked.extend(itertools.chain(*questions.values()))
        return real(self, questions)

    with patch.object(type(guard), "_look_up", look_up):
        found = guard._check(draft, mention)
    assert {each.kind for each in found} == {"name", "order"}, found
    assert len(found) == 3, found
    return asked


def look_up(env, words):
    """Return the seconds in which words are looked up, in both tables by their index."""
    query = (
        "SELECT id FROM res_partner WHERE social_guard_name = ANY(%s::text[])"
        " UNION ALL SELECT id FROM sale_order"
        " WHERE upper(regexp_replace(name, '[^a-zA-Z0-9]', '', 'g')) = ANY(%s::text[])"
    )
    # Bare means by the index, and not by reading the tables.
    env.cr.execute(f"EXPLAIN {query}", (words, words))
    assert "Seq Scan" not in str(env.cr.fetchall())

    def ask():
        env.cr.execute(query, (words, words))
        env.cr.fetchall()

    return statistics.median(elapsed(ask) for _time in range(TIMES))
