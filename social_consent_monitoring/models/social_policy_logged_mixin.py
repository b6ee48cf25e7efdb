from odoo import api, fields, models
from odoo.exceptions import UserError


class SocialPolicyLoggedMixin(models.AbstractModel):
    """Rules and settings whose changes are written to the log of changes (rule 25).

    ``_logged_fields`` names what is logged, and what undoing a change sets back.
    """

    _name = "social.policy.logged.mixin"
    _description = "Changes Are Logged"

    _logged_fields = ()

    def write(self, vals):
        if not vals.keys() & set(self._logged_fields):
            return super().write(vals)
        before = {record: record._get_logged() for record in self}
        result = super().write(vals)
        for record, old in before.items():
            new = record._get_logged()
            changed = [name for name in old if old[name] != new[name]]
            if changed:
                record._log_change(
                    "write",
                    {name: old[name] for name in changed},
                    {name: new[name] for name in changed},
                )
        return result

    def _get_logged(self):
        """Return the values that a change is logged with, as JSON."""
        self.ensure_one()
        values = {}
        for name in self._logged_fields:
            field = self._fields[name]
            if field.type == "many2many":
                values[name] = sorted(self[name].with_context(active_test=False).ids)
            elif field.type == "many2one":
                values[name] = self[name].id
            else:
                values[name] = self[name]
        return values

    @api.model
    def _prepare_logged_vals(self, values):
        """Return what to write so that these logged values hold again.

        :raises UserError: where one of the records that they name is gone: a rule that loses a
            condition holds for more people than before
        """
        vals = {}
        for name, value in values.items():
            field = self._fields[name]
            if field.type == "many2many":
                if len(self.env[field.comodel_name].browse(value).exists()) < len(value):
                    raise UserError(
                        self.env._(
                            "“%s” named something that is gone since: set it by hand.",
                            field._description_string(self.env),
                        )
                    )
                value = [fields.Command.set(value)]
            vals[name] = value
        return vals

    def _log_change(self, kind, old, new):
        self.env["social.policy.change"]._log(self, kind, old, new)
