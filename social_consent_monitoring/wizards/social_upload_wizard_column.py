from odoo import fields, models


class SocialUploadWizardColumn(models.TransientModel):
    """A column of an uploaded file, and what it holds."""

    _name = "social.upload.wizard.column"
    _description = "Column of an Uploaded File"
    _order = "id"

    wizard_id = fields.Many2one("social.upload.wizard", required=True, ondelete="cascade")
    name = fields.Char("Column in the File", required=True)
    use = fields.Selection(
        [
            ("id", "Id of the post"),
            ("url", "Address of the post"),
            ("author", "Author"),
            ("text", "Text"),
            ("published", "Published"),
            ("language", "Language"),
            ("visibility", "Visibility"),
        ],
        "What It Holds",
    )
