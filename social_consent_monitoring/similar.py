"""Which posts say the same: plain Python, no database.

A repost wraps a text (RT @somebody:, a link, other punctuation or letters of another width) and
leaves its words. Posts with the same words have the same key.
"""

import re
import unicodedata
from hashlib import blake2b

# Letters of what is left; shorter texts ("Thank you!") say the same by chance.
SHORTEST = 40
LINK = re.compile(r"https?://\S+")
MENTION = re.compile(r"(?:\brt\s+)?@[\w.-]+(?:@[\w.-]+)?")
WORD = re.compile(r"[^\W_]+")


def similar_key(text):
    """Return the key of what a text says, or None where it says too little."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    text = text.casefold()
    # Most posts have neither: this runs for each post that is stored.
    if "://" in text:
        text = LINK.sub(" ", text)
    if "@" in text:
        text = MENTION.sub(" ", text)
    said = " ".join(WORD.findall(text))
    if len(said) < SHORTEST:
        return None
    return blake2b(said.encode("utf-8", "ignore"), digest_size=12).hexdigest()
