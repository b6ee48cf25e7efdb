"""Withdrawing: one person with very many matches, and very many persons at once."""

from benchmarks.consent import make_partners, undone

MATCHES = 10_000
PERSONS = 1_000
FEW = 100
# Of each person in the second comparison.
MATCHES_EACH = 10


def run(env, measure):
    compare_one(env, measure)
    compare_many(env, measure)


def compare_one(env, measure):
    [partner] = make_partners(env, 1)
    give(partner)
    match(env, partner, make_mentions(env, MATCHES))
    check(env, partner)
    measure.compare(
        f"time to withdraw a consent with {MATCHES:,} matches, by deleting those rows in SQL",
        lambda: undone(env, lambda: withdraw(partner)),
        lambda: undone(env, lambda: delete(env, partner)),
        at_most=3,
    )


def compare_many(env, measure):
    partners = make_partners(env, PERSONS)
    give(partners)
    match(env, partners, make_mentions(env, MATCHES_EACH))
    check(env, partners)
    measure.compare(
        f"time of {PERSONS:,} withdrawals at once, by that of {FEW:,}",
        lambda: undone(env, lambda: withdraw(partners)),
        lambda: undone(env, lambda: withdraw(partners[:FEW])),
        at_most=11,
    )


def give(partners):
    partners._give_social_consent("match", method="portal")


def withdraw(partners):
    return partners._withdraw_social_consent("match", method="portal")


def check(env, partners):
    """Make sure that what is measured is done: nothing is left."""
    with env.cr.savepoint() as savepoint:
        withdraw(partners)
        env.cr.execute(
            "SELECT count(*) FROM social_match WHERE partner_id = ANY(%s)", (partners.ids,)
        )
        assert env.cr.fetchone() == (0,)
        savepoint.rollback()
    env.invalidate_all()


def delete(env, partner):
    env.cr.execute("DELETE FROM social_match WHERE partner_id = %s", (partner.id,))


def make_mentions(env, count):
    """Return the ids of so many new mentions, each of an author of its own."""
    platform = env.ref("social_consent_monitoring.platform_fediverse")
    env.cr.execute(
        """
        WITH author AS (
            INSERT INTO social_author (platform_id, handle, pseudonym)
            SELECT %s, 'bench-' || nextval('social_author_id_seq'), 'BENCH'
            FROM generate_series(1, %s) RETURNING id
        )
        INSERT INTO social_mention (platform_id, external_id, author_id, text, published_at,
            checked_at, state)
        SELECT %s, 'bench-' || id, id, 'A post', now(), now(), 'new' FROM author RETURNING id
        """,
        (platform.id, count, platform.id),
    )
    return [row[0] for row in env.cr.fetchall()]


def match(env, partners, mention_ids):
    """Match each of these contacts with each of these posts, in SQL: that is not measured."""
    env.flush_all()
    env.cr.execute(
        """
        INSERT INTO social_match (mention_id, partner_id, company_id, basis, consent_id, valid_until)
        SELECT mention.id, partner.id, consent.company_id, 'consent', consent.id,
            consent.valid_until
        FROM res_partner partner JOIN social_consent consent
        ON consent.subject_id = partner.social_subject_id
        CROSS JOIN unnest(%s) AS mention (id)
        WHERE partner.id = ANY(%s)
        """,
        (mention_ids, partners.ids),
    )
    env.cr.execute("ANALYZE social_match")
    env.invalidate_all()
