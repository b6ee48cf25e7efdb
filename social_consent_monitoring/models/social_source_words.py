"""What came of an import, in the user's words: results, and errors with what to do about them."""


def explain(env, error):
    """Return (message, advice) for a ``connectors.ConnectorError``."""
    words = {**_words_of_addresses(env), **_words_of_servers(env), **_words_of_answers(env)}
    code = error.code
    if error.detail.get("reason") in ("credentials", "channel", "podcast"):
        code = error.detail["reason"]
    message, advice = words.get(code, words["unexpected_answer"])
    data = {"host": env._("The server"), "status": "?", "limit": "?", "library": "?"}
    data.update({key: str(value) for key, value in error.detail.items()})
    units = {"bytes": env._("bytes"), "items": env._("posts")}
    data["unit"] = units.get(error.detail.get("unit"), "")
    return message % data, advice % data


def summarize(env, counts, seconds):
    """Return one line for a finished run.

    :param counts: how many posts were ``new``, ``changed`` (edited), ``known`` and ``removed``
        (not public any more), the others by reason of rejection
    """
    outcomes = {"new", "changed", "known", "removed"}
    rejected = {reason: count for reason, count in counts.items() if reason not in outcomes}
    line = env._(
        "%(new)s new, %(known)s known, %(rejected)s rejected, in %(seconds).1f s",
        new=counts["new"],
        known=counts["known"],
        rejected=sum(rejected.values()),
        seconds=seconds,
    )
    if counts.get("changed"):
        line = env._("%(count)s edited, %(others)s", count=counts["changed"], others=line)
    if counts.get("removed"):
        line = env._("%(count)s deleted, %(others)s", count=counts["removed"], others=line)
    named = name_reasons(env, rejected)
    return f"{line} ({', '.join(named)})" if named else line


def name_reason(env, reason):
    """Return in words why a post was dropped."""
    return _words_of_rejections(env).get(reason, reason)


def name_reasons(env, counts):
    """Return "reason: number" for each reason why posts were dropped."""
    return [f"{name_reason(env, reason)}: {count}" for reason, count in counts.items()]


def _words_of_rejections(env):
    return {
        "not_public": env._("not public"),
        "deleted": env._("deleted by their authors"),
        "own": env._("our own"),
        "suppressed": env._("author objected"),
        "no_id": env._("no id"),
        "no_text": env._("no text"),
        "no_date": env._("no date"),
        "bad_date": env._("unreadable date"),
        "duplicate": env._("the same post twice"),
        "too_many": env._("more than fit into one run"),
        "unreadable": env._("unreadable"),
        "gap": env._("posts in between may be missing"),
        "future_date": env._("date in the future"),
        "bad_id": env._("id rounded by a spreadsheet"),
        "columns": env._("more values than columns"),
        "nul": env._("NUL character"),
        "put_aside": env._("could not be stored and are put aside"),
        "unknown": env._("the platform did not say"),
    }


def _words_of_addresses(env):
    return {
        "address": (
            env._("This address cannot be used."),
            env._("Enter the whole address, beginning with https://."),
        ),
        "credentials": (
            env._("This address contains a name or password."),
            env._("What needs a login is not public, and may not be collected."),
        ),
        "private_address": (
            env._("%(host)s lies in a private network."),
            env._(
                "Enter a public address. To read a server of your own, ask your system "
                "administrator to allow private addresses."
            ),
        ),
        "term": (
            env._("What to read is missing or cannot be asked for."),
            env._("Enter one hashtag, such as #parcel, or a few words."),
        ),
        "channel": (
            env._("This is not the id of a channel, or nothing that leads to one."),
            env._(
                "Enter the channel's id, which begins with UC, or the address of its page with "
                "that id: youtube.com/channel/UC…. A name with @ is enough once your system "
                "administrator has entered a key for YouTube."
            ),
        ),
        "podcast": (
            env._("Apple's directory knows no podcast of this name."),
            env._("Enter the address of its feed instead: it stands on the podcast's own page."),
        ),
        "account": (
            env._("This platform wants to know who asks."),
            env._("Ask your system administrator for an account, and choose it here."),
        ),
        "key": (
            env._("%(host)s does not accept the key of this account."),
            env._("Ask your system administrator to enter a new one."),
        ),
        "library": (
            env._("The Python library %(library)s is not installed."),
            env._("Ask your system administrator to install %(library)s, then start again."),
        ),
        "no_check": (
            env._("This kind of source cannot be asked what became of a post."),
            env._("Look at its posts by hand now and then, and delete what is gone."),
        ),
        "other_host": (
            env._("Posts of this source stand on another host than %(host)s."),
            env._("Enter that host under “Hosts of the Posts” if we may ask there, too."),
        ),
        "connector": (
            env._("There is no connector for this kind of source."),
            env._("Choose another kind, or install the addon that brings it."),
        ),
    }


def _words_of_servers(env):
    return {
        "unreachable": (
            env._("%(host)s cannot be reached."),
            env._("Check the address for typing errors. The next attempt follows by itself."),
        ),
        "timeout": (
            env._("%(host)s did not answer within %(limit)s seconds."),
            env._("Nothing to do at first: the next attempt follows by itself."),
        ),
        "tls": (
            env._("%(host)s offers no trustworthy encryption."),
            env._("Check that the address is right. If it is, tell the server's owner."),
        ),
        "http_status": (
            env._("%(host)s answered with error %(status)s."),
            env._(
                "Errors from 500 on are the server's own and pass by themselves. For others, "
                "check the address."
            ),
        ),
        "too_many_requests": (
            env._("%(host)s asks us to come less often."),
            env._("Nothing to do: the next attempt waits as long as the server asked."),
        ),
        "gone": (
            env._("%(host)s says that this address is gone for good."),
            env._("Enter the new address, or archive this source."),
        ),
        "login_needed": (
            env._("%(host)s shows this only to people who are logged in."),
            env._("Only what everybody can see may be collected. Choose a public address."),
        ),
        "too_many_redirects": (
            env._("%(host)s sends us from one address to the next without end."),
            env._("Open the address in a browser and enter the one where you arrive."),
        ),
    }


def _words_of_answers(env):
    return {
        "too_large": (
            env._("The answer of %(host)s is larger than the limit of %(limit)s %(unit)s."),
            env._("Look for a smaller feed, such as one for a single topic."),
        ),
        "empty": (
            env._("The answer of %(host)s is empty."),
            env._("Check the address. The next attempt follows by itself."),
        ),
        "entities": (
            env._("The answer of %(host)s defines XML entities, which can be an attack."),
            env._("Tell the server's owner that the feed must do without them."),
        ),
        "not_a_feed": (
            env._("%(host)s sent something that is no feed."),
            env._("Enter the address of the feed (RSS, Atom, JSON Feed), not of the page."),
        ),
        "unexpected_answer": (
            env._("The answer of %(host)s cannot be read."),
            env._("Open the address in a browser and see what it shows."),
        ),
    }
