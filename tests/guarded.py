"""The guard's test set (rule 19): who is known, what is written, and how well that is marked.

The drafts in ``tests/data/guard`` were fixed before the guard was written. Sentences of the half
``held_out`` were not looked at while it was tuned.
"""

import json
from typing import NamedTuple

import places

COUNTRIES = {"DE": "base.de", "GB": "base.uk"}
FIELDS = ("name", "is_company", "email", "phone", "street", "zip", "city")
FOLDER = places.TESTS / "data" / "guard"


class Score(NamedTuple):
    """How many are right, wrongly marked, and missed."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self):
        return self.right / (self.right + self.wrong)

    @property
    def recall(self):
        return self.right / (self.right + self.missed)

    def __str__(self):
        return f"precision {self.precision:.3f}, recall {self.recall:.3f}"


def read_base():
    return json.loads((FOLDER / "base.json").read_text(encoding="utf-8"))


def read_drafts(half=None):
    lines = (FOLDER / "drafts.jsonl").read_text(encoding="utf-8").splitlines()
    return [draft for draft in map(json.loads, lines) if half in (None, draft["half"])]


def fill(env):
    """Make the companies, staff and customers of the set; return its base, for their documents."""
    from odoo.tests import new_test_user

    base = read_base()
    countries = {code: env.ref(name).id for code, name in COUNTRIES.items()}
    for own in base["own"]:
        company = env["res.company"].create({"name": own["name"]})
        # Later: Odoo asks another host about the address of a new company.
        company.partner_id.write(
            {
                **{name: own[name] for name in ("phone", "email", "street", "zip")},
                "country_id": countries[own["country"]],
            }
        )
    for number, person in enumerate(base["staff"]):
        new_test_user(env, f"staff{number}", name=person["name"])
    partners = env["res.partner"].create(
        [
            {
                **{name: one[name] for name in FIELDS},
                "country_id": countries[one["country"]],
                "bank_ids": [(0, 0, {"acc_number": one["iban"]})],
            }
            for one in base["customers"]
        ]
    )
    env.flush_all()
    return base["customers"], partners


def score(drafts, check):
    """Return the :class:`Score` for "is it personal", and that for the marked parts.

    :param check: takes a draft and the post it answers, and returns findings. A part is right
        where it overlaps one of the same kind
    """
    whole, parts = [0, 0, 0], [0, 0, 0]
    for draft in drafts:
        marks, found = draft["marks"], check(draft["draft"], draft["post"])
        _count(whole, bool(marks), bool(found))
        for mark in marks:
            _count(parts, True, any(_meets(mark, each) for each in found))
        for each in found:
            if not any(_meets(mark, each) for mark in marks):
                _count(parts, False, True)
    return Score(*whole), Score(*parts)


def _count(counts, expected, marked):
    if expected or marked:
        counts[0 if expected and marked else 1 if marked else 2] += 1


def _meets(mark, finding):
    start, end, kind = mark
    return kind == finding.kind and start < finding.end and finding.start < end
