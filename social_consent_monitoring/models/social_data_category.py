from odoo import api, fields, models
from odoo.exceptions import UserError


class SocialDataCategory(models.Model):
    """A kind of personal data that a notice can name (rule 7), such as the handle.

    None of the special categories of GDPR Art. 9 is shipped: health, religion, politics and the
    like are not taken from social data at all.
    """

    _name = "social.data.category"
    _description = "Data Category"
    _order = "sequence, id"

    name = fields.Char(
        required=True, translate=True, help="As it stands in notices, for the person to read."
    )
    code = fields.Char(
        required=True, copy=False, help="Short and stable, such as “handle”. Nobody reads it."
    )
    description = fields.Text(translate=True, help="What belongs to it, and what does not.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint("UNIQUE(code)", "A category with this code exists already.")

    def write(self, vals):
        if "code" in vals:
            self._check_code_unused(vals["code"])
        return super().write(vals)

    def _check_code_unused(self, code):
        """A code that a published notice names must not come to mean other data."""
        changing = self.filtered(lambda category: category.code != code)
        notices = self.env["social.consent.notice"].sudo()
        if notices.search_count(
            [("category_ids", "in", changing.ids), ("state", "!=", "draft")], limit=1
        ):
            raise UserError(
                self.env._("People agreed to a notice that names this category; its code stays.")
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_unused(self):
        notices = self.env["social.consent.notice"].sudo()
        if notices.search_count([("category_ids", "in", self.ids)], limit=1):
            raise UserError(self.env._("A notice names this category. Archive it instead."))
