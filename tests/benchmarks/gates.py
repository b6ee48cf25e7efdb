"""A mailing and the sending of mails, beside Odoo without the addon in a database of its own."""

import json
import subprocess

import places

PLAIN = "scm_bench_gates_plain"
CONTACTS = 20_000
SENT = 1_000
# A mailing to so many takes minutes on both sides.
PAIRS = 3


def run(env, measure):
    ours = env.cr.dbname
    measure.pairs = PAIRS
    for name in (ours, PLAIN):
        child(name, "prepare", CONTACTS)
    compare_mailing(measure, ours)
    compare_sending(measure, ours)
    compare_queries(measure, ours)


def compare_mailing(measure, ours):
    sides = run_pairs(measure, ours, "mailing", CONTACTS)
    compare(measure, f"time of a mailing to {CONTACTS:,}, by plain Odoo", sides, "seconds")
    compare(measure, f"memory of a mailing to {CONTACTS:,}, by plain Odoo", sides, "memory")


def compare_sending(measure, ours):
    sides = run_pairs(measure, ours, "send", SENT)
    compare(measure, f"time to send {SENT:,} queued mails, by plain Odoo", sides, "seconds")


def compare_queries(measure, ours):
    """Compare what the addon asks more than Odoo for each batch, of small and large batches."""

    def extra(batch):
        """Return the queries that each further batch takes; so many that Odoo queues them."""
        more = {}
        for name in (ours, PLAIN):
            few, many = (child(name, "mailing", batch * times, batch) for times in (4, 8))
            more[name] = (many["queries"] - few["queries"]) / 4
        return more[ours] - more[PLAIN]

    few, many = extra(50), extra(500)
    measure.say(f"queries that the addon adds to each batch: {few:.1f} of 50, {many:.1f} of 500")
    measure.compare(
        "queries added to a batch of 500 recipients, by those added to one of 50",
        lambda: many,
        lambda: few,
        at_most=1,
    )


def run_pairs(measure, ours, task, count):
    """Return what each side measured, a process for each, in turns."""
    sides = {ours: [], PLAIN: []}
    for number in range(measure.pairs + 1):
        for name in (ours, PLAIN) if number % 2 else (PLAIN, ours):
            sides[name].append(child(name, task, count))
    return sides[ours], sides[PLAIN]


def compare(measure, name, sides, figure):
    ours, base = (iter([each[figure] for each in side]) for side in sides)
    measure.compare(name, lambda: next(ours), lambda: next(base), at_most=1.05)


def child(name, *arguments):
    script = places.TESTS / "tooling" / "gates_process.py"
    command = [str(places.PYTHON), str(script), name, *map(str, arguments)]
    result = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(result.stdout.splitlines()[-1])
