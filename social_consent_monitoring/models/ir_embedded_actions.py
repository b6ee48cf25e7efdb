from odoo import api, models

from .ir_filters import WATCHED_MODELS, WORDS, find_texts


class IrEmbeddedActions(models.Model):
    """Views that are saved as an action of their own watch nobody by name either (rule 24)."""

    _name = "ir.embedded.actions"
    _inherit = ["ir.embedded.actions"]

    @api.model_create_multi
    def create(self, vals_list):
        actions = super().create(vals_list)
        actions._check_watch_words()
        return actions

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {*WORDS, "action_id", "parent_action_id", "parent_res_model"}:
            self._check_watch_words()
        return result

    def _compute_is_visible(self):
        """Leave out those that name a person by now: the contact came later, or said no."""
        result = super()._compute_is_visible()
        for action, texts in self._get_watch_words().items():
            if self.env["social.watch"]._get_refused_words(sorted(texts)):
                action.is_visible = False
        return result

    def _check_watch_words(self):
        """Raise :class:`ConsentRequired` where one searches for a person (rule 24)."""
        for texts in self._get_watch_words().values():
            self.env["social.watch"]._check_watch_words(sorted(texts))

    def _get_watch_words(self):
        """Return ``{action: texts}`` of those that show what people write."""
        windows = self.env["ir.actions.act_window"].sudo()
        found = {}
        for action in self:
            own = action.sudo()
            shown = windows.browse([own.action_id.id, own.parent_action_id.id]).exists()
            if {own.parent_res_model, *shown.mapped("res_model")} & {*WATCHED_MODELS}:
                found[action] = find_texts(*(own[name] for name in WORDS))
        return found
