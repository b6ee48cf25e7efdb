from odoo import fields, models

from ..connectors import opml


class SocialOpmlImportLine(models.TransientModel):
    """A feed in the list: it is new, there already, or cannot be used."""

    _name = "social.opml.import.line"
    _description = "Feed in a List"
    _order = "id"

    wizard_id = fields.Many2one("social.opml.import", required=True, ondelete="cascade")
    wanted = fields.Boolean("Import")
    title = fields.Char(required=True)
    address = fields.Char(readonly=True)
    folders = fields.Char(readonly=True)
    state = fields.Selection(
        [
            ("new", "New"),
            ("known", "Already there"),
            ("duplicate", "Twice in this list"),
            ("address", "No usable address"),
            ("credentials", "Holds a name or password: not public"),
        ],
        readonly=True,
    )

    def _is_usable(self, known):
        """Look again: what was shown comes back from a browser, and others work meanwhile."""
        return not opml.check(self.address) and opml.same(self.address) not in known

    def _prepare_source_vals(self):
        wizard, platforms = self.wizard_id, self.env["social.platform"]
        return {
            "name": self.title,
            "company_id": wizard.company_id.id,
            "connector": "feed",
            "address": self.address,
            "platform_id": (platforms._get_of_address(self.address) or wizard.platform_id).id,
            "user_id": wizard.user_id.id,
            "balancing_test": wizard.balancing_test,
        }
