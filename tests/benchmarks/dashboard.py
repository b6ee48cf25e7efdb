"""The dashboard over five million mentions, beside bare SQL that gives the same numbers.

The bare SQL leaves out small groups as well: without that it would answer another question.
"""

import time
from datetime import timedelta

from odoo import fields

from odoo.addons.social_consent_monitoring.models.social_small_groups_mixin import ANALYSIS

from benchmarks.consent import elapsed
from benchmarks.wall import bare, copy, get_size

ADDON = "social_consent_monitoring"
MENTIONS = 5_000_000
AUTHORS = 500_000
SOURCES = 20
BRANDS = 4
TOPICS = 10
TEAMS = 5
DAYS = 365
ZONE = "Europe/Berlin"
TIME = f"date_trunc('month', timezone('{ZONE}', timezone('UTC', published_at)))"
LARGE = "HAVING count(DISTINCT author_id) >= 5"
HOURS = "EXTRACT(EPOCH FROM first_answered_at - published_at) / 3600"
MEDIAN = f"percentile_cont(0.5) WITHIN GROUP (ORDER BY {HOURS})"
IN_TIME = (
    "avg(CASE WHEN first_answered_at <= answer_due_at THEN 100::float"
    " WHEN first_answered_at > answer_due_at THEN 0"
    " WHEN answer_due_at < now() AND state IN ('new', 'in_work') THEN 0 END)"
)
PROMISED = (
    "answer_due_at IS NOT NULL AND (first_answered_at IS NOT NULL"
    " OR (answer_due_at < now() AND state IN ('new', 'in_work')))"
)
ALL = "FROM social_mention mention WHERE published_at >= %s"
# By the code of the graph: what it shows, in SQL.
BARE = {
    "volume": f"SELECT {TIME}, platform_id, count(*) {ALL} GROUP BY 1, 2 {LARGE}",
    "tone": f"SELECT {TIME}, sentiment_tone, count(*) {ALL} AND sentiment_tone IS NOT NULL"
    f" GROUP BY 1, 2 {LARGE}",
    "voice": "SELECT brand_id, count(*) FROM social_mention mention"
    " LEFT JOIN social_source source ON source.id = origin_source_id"
    f" WHERE published_at >= %s GROUP BY 1 {LARGE}",
    "topics": "SELECT topic_id, count(*) FROM social_mention mention"
    " LEFT JOIN social_mention_topic_rel rel ON rel.mention_id = mention.id"
    f" WHERE published_at >= %s GROUP BY 1 {LARGE}",
    "answer": f"SELECT team_id, {MEDIAN} {ALL} AND first_answered_at IS NOT NULL"
    f" GROUP BY 1 {LARGE}",
    "promise": f"SELECT team_id, {IN_TIME} {ALL} AND {PROMISED} GROUP BY 1 {LARGE}",
}
FIGURES = (
    f"SELECT count(*), avg(sentiment) {ALL} AND published_at < %s"
    " HAVING count(DISTINCT author_id) >= 5",
    f"SELECT {MEDIAN} {ALL} AND published_at < %s AND first_answered_at IS NOT NULL"
    " HAVING count(DISTINCT author_id) >= 5",
    f"SELECT {IN_TIME} {ALL} AND published_at < %s AND {PROMISED}"
    " HAVING count(DISTINCT author_id) >= 5",
)


def run(env, measure):
    start = time.perf_counter()
    fill(env)
    print(f"Filled in {time.perf_counter() - start:.0f} s, {get_size(env)}")
    env = env(user=env.ref("base.user_admin"), context={"tz": ZONE})
    panels = {
        panel["code"]: panel
        for panel in env["social.dashboard"].get_dashboard(DAYS)["panels"]
        if panel["model"] == "social.mention"
    }
    assert panels.keys() == BARE.keys()
    for code, panel in panels.items():
        since = panel["domain"][0][2]
        shown = read(env, panel)
        # Only the order is another one: the ORM sorts by name.
        assert sorted(shown) == sorted(row[-1] for row in ask(env, BARE[code], since)), code
        print(f"{code}: {len(shown)} groups")
        measure.compare(
            f"time of the graph “{code}”, by the same numbers in SQL",
            lambda panel=panel: elapsed(lambda: read(env, panel)),
            lambda code=code, since=since: elapsed(lambda: ask(env, BARE[code], since)),
            at_most=1.2,
        )
    measure.compare(
        "time of the key figures, by the same numbers in SQL",
        lambda: elapsed(lambda: env["social.dashboard"].get_dashboard(DAYS)),
        lambda: elapsed(lambda: ask_figures(env)),
        at_most=1.2,
    )


# -- the data ----------------------------------------------------------------------------------


def fill(env):
    """Make all rows as copies of one of each."""
    from common import make_post

    env.cr.execute("SET LOCAL maintenance_work_mem = '512MB'")
    source = env.ref(f"{ADDON}.source_demo_fediverse")
    mention = source._store([make_post()])
    brands = env["social.brand"].create([{"name": f"Brand {n}"} for n in range(BRANDS)])
    teams = env["social.team"].create([{"name": f"Team {n}"} for n in range(TEAMS)])
    topics = env["social.topic"].create(
        [{"name": f"Topic {n}", "keywords": f"word{n}"} for n in range(TOPICS)]
    )
    sources = copy(
        env, source, SOURCES, name="'Source ' || n", brand_id=f"{brands.ids[0]} + n %% {BRANDS}"
    )
    authors = copy(
        env,
        mention.author_id,
        AUTHORS,
        handle="'user' || n",
        pseudonym="upper(left(md5(n::text), 8))",
    )
    before = copy(
        env,
        mention,
        MENTIONS,
        external_id="'post' || n",
        author_id=f"{authors} + 1 + (n::bigint * 7919) %% {AUTHORS}",
        origin_source_id=f"{sources} + 1 + n %% {SOURCES}",
        published_at=f"now() - n %% {DAYS - 5} * interval '1 day' - interval '1 hour'",
        sentiment="(n %% 21 - 10) / 10.0",
        sentiment_tone="(ARRAY['negative', 'neutral', 'positive', NULL])[1 + n %% 4]",
        team_id=f"{teams.ids[0]} + n %% {TEAMS}",
        first_answered_at="CASE WHEN n %% 3 = 0 THEN now() END",
        answer_due_at="CASE WHEN n %% 2 = 0 THEN now() + (n %% 5 - 2) * interval '1 day' + interval '1 hour' END",
    )
    fill_topics(env, before, topics)
    env.invalidate_all()


def fill_topics(env, before, topics):
    """Give every other post a topic."""
    with bare(env, "social_mention_topic_rel"):
        env.cr.execute(
            "INSERT INTO social_mention_topic_rel (mention_id, topic_id)"
            f" SELECT {before} + n, {topics.ids[0]} + n %% {TOPICS}"
            " FROM generate_series(1, %s, 2) AS n",
            (MENTIONS,),
        )


# -- both sides --------------------------------------------------------------------------------


def read(env, panel):
    """Ask as the graph does; return its numbers."""
    env.invalidate_all()
    context = panel["context"]
    name = context["graph_measure"]
    own = {"answer_hours": "answer_hours:median", "answered_in_time": "answered_in_time:avg"}
    measure = own.get(name, name)
    mentions = env["social.mention"].with_context(**{ANALYSIS: True})
    groups = mentions.formatted_read_group(panel["domain"], context["graph_groupbys"], [measure])
    return [group[measure] for group in groups]


def ask(env, query, *values):
    env.cr.execute(query, values)
    return env.cr.fetchall()


def ask_figures(env):
    now = fields.Datetime.now()
    since, before = now - timedelta(days=DAYS), now - timedelta(days=2 * DAYS)
    for start, end in ((since, now), (before, since)):
        for query in FIGURES:
            ask(env, query, start, end)
