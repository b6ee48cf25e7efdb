"""What installing and uninstalling need beyond data files."""


def post_init_hook(env):
    """Let marketing rules only observe where the company already sends mailings.

    A company that installs the addon in the middle of its business must not find its next
    newsletter stopped: an administrator decides when to enforce.
    """
    if env["social.policy.rule"]._has_sent_mailings():
        env["social.policy.rule"]._observe_marketing()


def uninstall_hook(env):
    """Drop what the tables do not take along with them."""
    env.cr.execute("DROP FUNCTION IF EXISTS social_append_only_refuse() CASCADE")
    env.cr.execute("DROP SEQUENCE IF EXISTS social_consent_event_sequence")
