"""Importing old consents, beside giving as many in bulk from code."""

from datetime import timedelta

from odoo import fields

from odoo.addons.social_consent_monitoring import old_consents

from benchmarks.consent import elapsed, make_partners, undone

IMPORTED = 100_000
WORDING = "Yes, send me your newsletter. I can unsubscribe at any time."


def run(env, measure):
    compare_import(env, measure)


def compare_import(env, measure):
    partners = make_partners(env, IMPORTED)
    body = write_file(env, partners)
    check = []
    measure.compare(
        f"time to import {IMPORTED:,} consents from a file, by giving them in bulk from code",
        lambda: undone(env, lambda: record(start(env, body))),
        lambda: undone(env, lambda: give(partners)),
        at_most=2,
    )
    undone(env, lambda: check.append(elapsed(lambda: try_out(start(env, body)))))
    measure.say(f"reading and checking the same file, nothing recorded: {check[0]:.1f} s")


def give(partners):
    assert len(partners._give_social_consent("contact", "email", method="portal")) == IMPORTED


def start(env, body):
    """Return an import of which all lines wait, and it is said what they mean."""
    file = old_consents.examine(body)
    reading = old_consents.Reading(old_consents.guess(file.columns))
    batch = env["social.consent.import"].with_user(env.ref("base.user_admin"))
    batch = batch._start(
        old_consents.read(file, reading),
        name="old.csv",
        kind="consents",
        person_model="res.partner",
        source="Our old tool",
        no_blacklist=True,
    )
    purpose = env.ref("social_consent_monitoring.purpose_contact")
    notice = env["social.consent.notice"]._get_published(purpose, "en_US")
    batch.term_ids.write({"notice_id": notice.id, "channel": "email", "wording": WORDING})
    return batch


def record(batch):
    batch._move("running")
    batch._work()
    assert (batch.state, batch.recorded_count) == ("done", IMPORTED), batch.error


def try_out(batch):
    batch._move("checking")
    batch._work()
    assert (batch.state, batch.good_count) == ("checked", IMPORTED), batch.error


def write_file(env, partners):
    """Give each contact an address, in SQL, and return a file that names them all."""
    env.cr.execute(
        "UPDATE res_partner SET email = 'p' || id || '@example.com',"
        " email_normalized = 'p' || id || '@example.com' WHERE id = ANY(%s)",
        (partners.ids,),
    )
    env.invalidate_all()
    env.cr.execute("ANALYZE res_partner")
    now = fields.Datetime.now()
    rows = [
        f"p{partner_id}@example.com,{now - timedelta(minutes=number):%Y-%m-%d %H:%M:%S},"
        f'Newsletter,"{WORDING}",Form'
        for number, partner_id in enumerate(partners.ids, 1)
    ]
    return "\n".join(["email,given,purpose,text,source", *rows]).encode()
