"""Which servers are a platform's own, so that none is read under another one's terms (rule 16)."""

# Platforms whose terms bind or forbid, by the code of the platform.
HOSTS = {
    "bsky.app": "bluesky",
    "bsky.network": "bluesky",
    "bsky.social": "bluesky",
    "facebook.com": "facebook",
    "instagram.com": "instagram",
    "linkedin.com": "linkedin",
    "reddit.com": "reddit",
    "tiktok.com": "tiktok",
    "trustpilot.com": "trustpilot",
    "twitter.com": "x",
    "x.com": "x",
    "youtube.com": "youtube",
    "youtube.googleapis.com": "youtube",
}


def find_platform(host):
    """Return the code of the platform that a host (with or without its port) belongs to, or None."""
    name = host.partition(":")[0].rstrip(".").lower()
    while name:
        if name in HOSTS:
            return HOSTS[name]
        name = name.partition(".")[2]
    return None
