"""``bench NAME``: a benchmark of tests/benchmarks/ on a database of its own."""

import os

import database
import places
import setup_plan
from steps import Problem, foreground, lock, say

FOLDER = places.TESTS / "benchmarks"
# These measure against Odoo without the addon, in a database NAME_plain.
AGAINST_PLAIN = {"gates", "doors_checkout"}
# These need the addons that extend it; the other side has all that those build on.
WITH_GLUE = {"doors_checkout"}


def run(arguments):
    names = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")
    if len(arguments) != 1 or arguments[0] not in names:
        raise Problem(f"usage: tests/sandbox bench NAME, one of: {', '.join(names) or 'none yet'}")
    name = arguments[0]
    with setup_plan.ready(), lock(f"scm_bench_{name}"):
        say("Preparing the benchmark's database ...")
        database.bring_up_to_date(f"scm_bench_{name}", fresh=True, glue=name in WITH_GLUE)
        if name in AGAINST_PLAIN:
            database.create_from_template(f"scm_bench_{name}_plain")
        if name in WITH_GLUE:
            modules = ",".join(database.foreign_modules())
            database.odoo(f"scm_bench_{name}_plain", "bench-plain", "-i", modules, "--with-demo")
        try:
            return run_benchmark(name)
        finally:
            database.drop(f"scm_bench_{name}")
            database.drop(f"scm_bench_{name}_plain")


def run_benchmark(name):
    command = [places.PYTHON, places.TESTS / "tooling" / "bench_process.py", name]
    paths = os.pathsep.join([str(places.TESTS / "tooling"), str(places.TESTS)])
    environment = {**database.environment(), "PYTHONPATH": paths}
    return foreground(command, cwd=places.ROOT, env=environment)
