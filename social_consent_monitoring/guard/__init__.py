"""Finds what an answer says about a customer (rule 19), in plain Python.

``read`` finds what may be a name or a number, the caller looks that up (``make_questions``), asks
once more for what may be misspelled (``find_doubtful``, ``guess``), and ``choose`` says what is marked.
"""

from .choose import (
    Finding,
    Said,
    choose,
    find_doubtful,
    guess,
    is_known,
    make_part_questions,
    make_questions,
)
from .read import read, read_words
from .words import make_company, make_number, make_person, make_street, tidy

__all__ = [
    "Finding",
    "Said",
    "choose",
    "find_doubtful",
    "guess",
    "is_known",
    "make_company",
    "make_number",
    "make_part_questions",
    "make_person",
    "make_questions",
    "make_street",
    "read",
    "read_words",
    "tidy",
]
