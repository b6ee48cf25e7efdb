"""What installing and uninstalling need beyond data files."""

from odoo import fields


def post_init_hook(env):
    """Make our secrets, say what Odoo's templates are for, and observe where mailings are sent.

    A company that installs the addon in the middle of its business must not find its next
    newsletter stopped: an administrator decides when to enforce.
    """
    env["social.link"]._get_secret(make=True)
    env["social.suppression"]._get_secret()
    for model in ("mail.template", "sms.template"):
        env[model]._apply_default_kinds()
    if env["social.policy.rule"]._has_sent_mailings():
        env["social.policy.rule"]._observe_marketing()
    # Contacts have new columns and indexes, of which PostgreSQL knows nothing yet.
    env.flush_all()
    env.cr.execute("ANALYZE res_partner")


def uninstall_hook(env):
    """Drop what the tables do not take along with them."""
    # Its file of seals speaks of tables that are gone: another installation begins another one.
    seals = env["social.consent.seal"]._get_file()
    if seals.exists():
        seals.rename(seals.with_suffix(f".{fields.Datetime.now():%Y%m%d%H%M%S}.jsonl"))
    env["social.guard"]._drop_indexes()
    env.cr.execute("DROP FUNCTION IF EXISTS social_append_only_refuse() CASCADE")
    own = [("key", "=like", "social_consent_monitoring.%")]
    env["ir.config_parameter"].search(own).unlink()
    env.cr.execute("DROP SEQUENCE IF EXISTS social_consent_event_sequence")
