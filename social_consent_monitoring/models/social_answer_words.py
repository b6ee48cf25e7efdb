"""What came of sending an answer, in the user's words, with what to do about it."""

from .social_source_words import explain as explain_reading


def explain(env, error):
    """Return (message, advice) for a ``connectors.ConnectorError``."""
    words = _get_words(env).get(error.code)
    if not words:
        return explain_reading(env, error)
    data = {"host": env._("The server"), **{key: str(value) for key, value in error.detail.items()}}
    return tuple(text % data for text in words)


def _get_words(env):
    return {
        "no_post": (
            env._("The post is not there any more."),
            env._("There is nothing to answer: close the mention."),
        ),
        "no_direct": (
            env._("Messages for the author only cannot be sent to this platform from here."),
            env._("Answer in public, in general words, and say how you can be reached."),
        ),
        "refused": (
            env._("%(host)s does not take this answer."),
            env._("Shorten it, or copy it and publish it on the platform."),
        ),
        "account": (
            env._("The key of this account is missing."),
            env._("Ask your system administrator to enter it, or copy the answer."),
        ),
        "login_needed": (
            env._("%(host)s does not let this account answer."),
            env._("Ask your system administrator for a key that may write, or copy the answer."),
        ),
        "too_many_requests": (
            env._("%(host)s asks us to come less often."),
            env._("Wait a while, then try again."),
        ),
        "connector": (
            env._("Answers cannot be sent to this platform from here."),
            env._("Copy the answer and publish it on the platform."),
        ),
        "unreachable": (
            env._("%(host)s cannot be reached."),
            env._("Try again later."),
        ),
        "timeout": (
            env._("%(host)s did not answer in time."),
            env._("Try again later."),
        ),
        "tls": (
            env._("%(host)s offers no trustworthy encryption."),
            env._("Nothing was sent. Tell your system administrator."),
        ),
        "http_status": (
            env._("%(host)s answered with error %(status)s."),
            env._("Try again later."),
        ),
        "unexpected_answer": (
            env._("The answer of %(host)s cannot be read."),
            env._("Look on the platform whether your answer stands there."),
        ),
    }
