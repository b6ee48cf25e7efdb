"""The export of all data of a person (GDPR Art. 15 and 20), as far as it needs no database."""

from . import archive, decisions

__all__ = ["archive", "decisions"]
