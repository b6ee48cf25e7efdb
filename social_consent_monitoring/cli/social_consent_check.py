"""``odoo social_consent_check -d DB``: Odoo finds commands of addons in this folder."""

import sys
from pathlib import Path

from odoo import SUPERUSER_ID, api
from odoo.cli import Command
from odoo.modules.registry import Registry
from odoo.tools import config


class SocialConsentCheck(Command):
    """Check the record of consents: every chain, every seal, and the seals' anchors.

    Names the first broken link and ends with 1, or says that all is whole and ends with 0.
    """

    name = "social_consent_check"

    def run(self, args):
        anchors, rest = self._split(args)
        config.parse_config(rest, setup_logging=True)
        databases = config["db_name"]
        if len(databases) != 1:
            sys.exit('Name the one database to check: "-d DATABASE".')
        with Registry(databases[0]).cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            if "social.consent.seal" not in env:
                sys.exit("The addon is not installed in this database.")
            sys.exit(self._check(env, anchors))

    def _split(self, args):
        """Return the lines of ``--anchors=FILE``, None without it, and all other arguments."""
        named = [arg for arg in args if arg.startswith("--anchors=")]
        if not named:
            return None, args
        try:
            lines = Path(named[-1].partition("=")[2]).read_text().splitlines()
        except OSError as error:
            sys.exit(f"The file of anchors cannot be read: {error.strerror}.")
        return lines, [arg for arg in args if arg not in named]

    def _check(self, env, anchors):
        """Say what was found, and return the exit code."""
        seals = env["social.consent.seal"]
        broken = env["social.consent.event"]._find_break()
        if not broken and anchors is not None:
            broken = seals._find_broken_anchor(anchors)
        sys.stdout.write(f"{broken.reason if broken else seals._say_whole()}\n")
        return 1 if broken else 0
