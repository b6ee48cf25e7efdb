"""Where people talk about something, in plain Python: what a post says of places, and of nobody.

What programs and people write with an @ is somebody's name; a link may hold one behind its host.
"""

import re

LINK = re.compile(r"https?://\S+", re.IGNORECASE)
HOST = re.compile(r"https?://(?:[^\s/@]*@)?((?:[\w-]+\.)+[\w-]{2,})", re.IGNORECASE)
# With what stands before, as in an e-mail address.
HANDLE = re.compile(r"(?<![\w.+-])[\w.+-]*@[\w.-]*\w(?:@[\w.-]*\w)?")
# Neither part of a word or address, nor a sign of HTML such as &#39;.
TAG = re.compile(r"(?<![\w/&#])#(\w{2,50})")
# What stands where something was taken out.
GAP = "…"


def find_tags(text):
    """Return the hashtags of a post, with # and in small letters; a number is none."""
    tags = TAG.findall(LINK.sub(" ", text or ""))
    return {f"#{tag.lower()}" for tag in tags if not tag.isdecimal()}


def find_hosts(*texts):
    """Return the hosts of all links in these texts, without www."""
    found = (host for text in texts for host in HOST.findall(text or ""))
    return {host.lower().removeprefix("www.") for host in found}


def without_handles(text, handle=""):
    """Return a post without links, names with an @, and this handle, however it is written."""
    text = LINK.sub(GAP, text or "")
    if handle := (handle or "").lstrip("@"):
        text = re.sub(f"@?{re.escape(handle)}", GAP, text, flags=re.IGNORECASE)
    return HANDLE.sub(GAP, text)
