from odoo import api, models
from odoo.exceptions import UserError

from ..door import is_open, without_own_defaults


class SocialDoorMixin(models.AbstractModel):
    """Rows that follow from acts: made and changed by the methods that carry those out alone."""

    _name = "social.door.mixin"
    _description = "Made by Acts Only"

    @api.model
    def default_get(self, fields):
        model = without_own_defaults(self) if is_open(self) else self
        return super(SocialDoorMixin, model).default_get(fields)

    @api.model_create_multi
    def create(self, vals_list):
        self._check_door()
        return super().create(vals_list)

    def write(self, vals):
        self._check_door()
        return super().write(vals)

    def _check_door(self):
        """Refuse whoever does not come through a door, administrators included."""
        if not is_open(self):
            raise UserError(self._get_door_message())

    def _get_door_message(self):
        """Return what to do instead."""
        return self.env._("This record follows from an act and is not made or changed by hand.")
