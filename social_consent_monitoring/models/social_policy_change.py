from odoo import api, fields, models

from ..door import open_door


class SocialPolicyChange(models.Model):
    """Who changed which rule or setting, from what to what, and why (rule 25)."""

    _name = "social.policy.change"
    _inherit = ["social.door.mixin"]
    _description = "Change of a Rule"
    _order = "id desc"

    model = fields.Char(readonly=True, required=True)
    res_id = fields.Many2oneReference("Record", model_field="model", readonly=True)
    kind = fields.Selection(
        [("create", "Added"), ("write", "Changed"), ("unlink", "Removed")],
        readonly=True,
        required=True,
    )
    title = fields.Char("Rule or Setting", readonly=True)
    old_values = fields.Json(readonly=True)
    new_values = fields.Json(readonly=True)
    reason = fields.Char(readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, ondelete="set null")
    user_id = fields.Many2one("res.users", "Changed By", readonly=True, ondelete="set null")

    @api.model
    def _log(self, record, kind, old, new, reason=None):
        """Write down one change.

        :param record: what was changed, or an empty record for a setting of all companies
        :param kind: ``create``, ``write`` or ``unlink``
        :param dict old: the values before, JSON, ``{field or setting: value}``; only what changed
        :param dict new: the values after
        """
        company = record.company_id if "company_id" in record._fields else self.env.company
        open_door(self.sudo()).create(
            {
                "model": record._name,
                "res_id": record.id,
                "kind": kind,
                "title": record.display_name or "",
                "old_values": old,
                "new_values": new,
                "reason": reason or False,
                "company_id": company.id,
                "user_id": self.env.uid,
            }
        )

    def unlink(self):
        self._check_door()
        return super().unlink()

    def _get_door_message(self):
        return self.env._("The log of changes is written by the changes alone.")
