"""SHA-256, and the texts that it is taken over, in plain Python.

Chains, seals, evidence and receipts say the same thing in the same letters only if there is one
way to say it. A change here breaks every chain that was ever written.
"""

import hashlib
import json
from datetime import datetime


def canonical(values):
    """Return the one text that stands for these values: sorted keys, no spaces, ASCII."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"))


def iso(moment):
    """Return naive UTC as JSON has it, or None."""
    return moment.isoformat() + "Z" if moment else None


def from_iso(text):
    """Return what :func:`iso` was given."""
    return datetime.fromisoformat(text.removesuffix("Z")) if text else None


def sha256(content):
    """Return the SHA-256, hexadecimal, of bytes."""
    return hashlib.sha256(content).hexdigest()


def get_digest(salt, text):
    """Return the SHA-256, hexadecimal, that binds a text without telling it."""
    return sha256(f"{salt}\n{text}".encode())


def hash_link(previous, text):
    """Return the SHA-256, hexadecimal, of a link in a chain: its text and its predecessor's hash."""
    return get_digest(previous or "", text)
