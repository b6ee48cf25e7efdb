from odoo import api, models


class SocialChosenMixin(models.AbstractModel):
    """Nobody links a record to what they may not see: the link would show its name, and more.

    Odoo asks its rules of the record that is written, and not of those that it leads to; a form
    that is not saved yet shows the names of any.
    """

    _name = "social.chosen.mixin"
    _description = "Leads to What One May See"

    # The links that users choose.
    _chosen = ()

    @api.model
    def default_get(self, fields):
        """Links come from the context and from what a user prefers, too."""
        values = super().default_get(fields)
        self._check_chosen(values)
        return values

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_chosen(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_chosen(vals)
        return super().write(vals)

    def onchange(self, values, field_names, fields_spec):
        self._check_chosen(values)
        return super().onchange(values, field_names, fields_spec)

    def _check_chosen(self, vals):
        """Refuse links to what this user may not read; what is linked already stays.

        :raises AccessError: as where it is opened itself
        """
        names = [] if self.env.su else [name for name in self._chosen if vals.get(name)]
        for name in names:
            field = self._fields[name]
            chosen = field.convert_to_record(field.convert_to_cache(vals[name], self), self)
            (chosen._origin - self.sudo().mapped(name)).check_access("read")
