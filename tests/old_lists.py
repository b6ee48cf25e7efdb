"""Two imports of the same old consents for other persons: one is killed, the other is not."""

import os
import signal
import time
from datetime import timedelta, timezone

from odoo import fields

from odoo.addons.social_consent_monitoring.old_consents import OldConsent

import committed
from committed import ADDON, transaction

SIDES = ("killed", "whole")


def make_people(env, count):
    """Make so many contacts a side, and return their ids."""
    return (
        env["res.partner"]
        .create(
            [
                {"name": f"Old {number}", "email": f"{side}-{number}@old.example", "lang": "en_US"}
                for side in SIDES
                for number in range(count)
            ]
        )
        .ids
    )


def start(env, count):
    """Return the ids of the two imports that are being recorded, by the order of ``SIDES``."""
    now = fields.Datetime.now().replace(tzinfo=timezone.utc, microsecond=0)
    return [start_one(env, side, count, now).id for side in SIDES]


def start_one(env, side, count, now):
    notice = env.ref(f"{ADDON}.notice_match_en")
    notice = env["social.consent.notice"]._get_published(notice.purpose_id, "en_US")
    lines = [
        (
            number + 2,
            OldConsent(
                "email",
                f"{side}-{number % count}@old.example",
                "News",
                given_at=now - timedelta(days=number % 300, hours=1),
            ),
        )
        # Some stand there twice, far from each other.
        for number in range(count + 50)
    ]
    batch = env["social.consent.import"].with_user(env.ref("base.user_admin"))
    batch = batch._start(
        lines,
        name="old.csv",
        kind="consents",
        person_model="res.partner",
        source="Our old tool",
        no_blacklist=True,
    )
    batch.term_ids.write({"notice_id": notice.id, "wording": "Yes, you may read my posts."})
    batch._move("running")
    return batch


def record(batch_id):
    with transaction() as env:
        env["social.consent.import"].with_context(import_commits=True).browse(batch_id)._work()


def kill_again_and_again(batch_id, kills, chance, seconds):
    """Record in processes of their own, each killed at a random moment; look after each.

    :param seconds: the longest that one may live
    :return: how many were killed at work
    """
    killed = 0
    for _attempt in range(kills):
        child = committed.in_a_process(record, batch_id)
        time.sleep(chance.uniform(seconds / 8, seconds))
        os.kill(child, signal.SIGKILL)
        killed += os.WIFSIGNALED(os.waitpid(child, 0)[1])
        with transaction() as env:
            batch = env["social.consent.import"].browse(batch_id)
            waiting = batch.waiting_count
            assert batch.recorded_count + batch.refused_count + waiting == batch.line_count
            assert count_events(env, SIDES[0]) == batch.recorded_count
        if not waiting:
            break
    return killed


def compare(batch_ids):
    """Return how many consents both gave; an error where they did not give the same."""
    with transaction() as env:
        batches = env["social.consent.import"].browse(batch_ids)
        assert batches.mapped("state") == ["done", "done"]
        events, others = (read_events(env, side) for side in SIDES)
        assert events == others
        assert batches.mapped("recorded_count") == [len(events), len(events)]
        assert batches[0].refused_count == batches[1].refused_count
        people = env["res.partner"].search([("email", "like", f"{SIDES[0]}-")])
        assert not env["social.consent.event"]._find_break(people.mapped("social_subject_key"))
        return len(events)


EVENTS = """
    FROM social_consent_event event JOIN social_consent consent ON consent.id = consent_id
    JOIN social_subject subject ON subject.id = consent.subject_id
    JOIN res_partner partner ON partner.social_subject_id = subject.id
    JOIN social_consent_evidence evidence ON evidence.event_id = event.id
    WHERE partner.email LIKE %s
"""


def count_events(env, side):
    env.cr.execute(f"SELECT count(*) {EVENTS}", [f"{side}-%"])
    return env.cr.fetchone()[0]


def read_events(env, side):
    """Return what the events and their evidence say, in their order, without whose they are."""
    env.cr.execute(
        f"""
        SELECT split_part(split_part(partner.email, '-', 2), '@', 1)::int, event.state,
            payload::jsonb ->> 'method', payload::jsonb ->> 'given_at',
            payload::jsonb ->> 'valid_until', payload::jsonb ->> 'notice',
            details::jsonb ->> 'line'
        {EVENTS} ORDER BY event.sequence
        """,
        [f"{side}-%"],
    )
    return env.cr.fetchall()
