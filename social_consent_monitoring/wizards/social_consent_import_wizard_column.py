from odoo import fields, models


class SocialConsentImportWizardColumn(models.TransientModel):
    """A column of a file with old consents, and what it holds."""

    _name = "social.consent.import.wizard.column"
    _description = "Column of a File With Consents"
    _order = "id"

    wizard_id = fields.Many2one("social.consent.import.wizard", required=True, ondelete="cascade")
    name = fields.Char("Column in the File", required=True)
    use = fields.Selection(
        [
            ("email", "E-mail address"),
            ("phone", "Number"),
            ("purpose", "Purpose, or list"),
            ("channel", "Channel"),
            ("text", "Text agreed to"),
            ("given", "When"),
            ("answer", "Yes or no"),
            ("source", "Where it was given"),
            ("proof", "Proof, or reference"),
        ],
        "What It Holds",
    )
