"""What the rules would have stopped of a million mails, beside a bare count of these in SQL."""

from datetime import timedelta

from odoo import fields

from benchmarks.consent import elapsed
from benchmarks.wall import ENDED, copy, copy_contacts

CONTACTS = 100_000
MAILINGS = 10
TRACES = CONTACTS * MAILINGS
COUNT = (
    "SELECT count(*) FROM mailing_trace WHERE mass_mailing_id = ANY(%s)"
    " AND trace_status IN ('sent', 'open', 'reply', 'bounce', 'pending')"
    " AND is_test_trace IS NOT TRUE AND coalesce(sent_datetime, create_date) >= %s"
)
# Of each five contacts two consented, and the consent of one of these has ended.
STATES = "(ARRAY['given', 'given', 'withdrawn', 'refused', 'requested'])[1 + n %% 5]"
PASSING = TRACES // 5


def run(env, measure):
    env.cr.execute("SET LOCAL maintenance_work_mem = '512MB'")
    env["mailing.trace"].search([]).unlink()  # of Odoo's demo data
    mailings = fill(env)
    since = fields.Datetime.now() - timedelta(days=90)
    past = env["social.past.mailings"]

    def count():
        env.invalidate_all()
        return past._count("email")

    def count_bare():
        env.cr.execute(COUNT, (mailings.ids, since))
        return env.cr.fetchone()[0]

    sent, refused = count()
    assert sent == count_bare() == TRACES, sent
    assert sent - refused.total() == PASSING, refused
    measure.compare(
        f"time of the preview over {TRACES:,} traces, by a bare SQL count of them",
        lambda: elapsed(count),
        lambda: elapsed(count_bare),
        at_most=3,
    )


def fill(env):
    """Make contacts of whom four in five answered, and what ten mailings sent them."""
    partner = env["res.partner"].create({"name": "Pattern", "lang": "en_US"})
    partner._give_social_consent("contact", "email", method="portal")
    mailings = env["mailing.mailing"].create(
        [
            {
                "subject": f"News {number}",
                "mailing_model_id": env["ir.model"]._get_id("res.partner"),
                "state": "done",
                "sent_date": fields.Datetime.now(),
            }
            for number in range(MAILINGS)
        ]
    )
    trace = env["mailing.trace"].create(
        {
            "mass_mailing_id": mailings[0].id,
            "model": "res.partner",
            "res_id": partner.id,
            "email": "pattern@example.com",
            "trace_status": "cancel",
            "sent_datetime": fields.Datetime.now(),
        }
    )
    subjects = copy(env, partner.social_subject_id, CONTACTS, key="md5(n::text)")
    partners = copy_contacts(env, partner, CONTACTS, f"{subjects} + n")
    copy(
        env,
        partner.social_consent_ids,
        CONTACTS,
        subject_id=f"{subjects} + n",
        recorded_state=STATES,
        valid_until=f"CASE WHEN n %% 5 = 1 THEN {ENDED} ELSE valid_until END",
    )
    copy(
        env,
        trace,
        TRACES,
        mass_mailing_id=f"{mailings[0].id} + n %% {MAILINGS}",
        res_id=f"{partners} + 1 + n %% {CONTACTS}",
        email=f"'contact' || n %% {CONTACTS} || '@example.com'",
        trace_status="'sent'",
        sent_datetime="now() - n %% 80 * interval '1 day'",
    )
    env.invalidate_all()
    return mailings
