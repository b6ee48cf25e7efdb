from contextlib import contextmanager

from odoo import api, models

from .social_policy import SETTINGS


class IrConfigParameter(models.Model):
    """Our settings' changes are logged, wherever they are made."""

    _inherit = "ir.config_parameter"

    @api.model_create_multi
    def create(self, vals_list):
        with self._log_social_settings(vals.get("key") for vals in vals_list):
            return super().create(vals_list)

    def write(self, vals):
        with self._log_social_settings([*self.mapped("key"), vals.get("key")]):
            return super().write(vals)

    def unlink(self):
        with self._log_social_settings(self.mapped("key")):
            return super().unlink()

    @contextmanager
    def _log_social_settings(self, keys):
        """Log what changes of the settings that have one of these keys."""
        policy = self.env["social.policy"]
        ours = {policy._get_setting_key(name): name for name in SETTINGS}
        names = [ours[key] for key in keys if key in ours]
        old = {name: policy._get_setting(name) for name in names}
        yield
        new = {name: policy._get_setting(name) for name in names}
        changed = [name for name in new if new[name] != old[name]]
        if changed:
            self.env["social.policy.change"]._log(
                self.env["res.config.settings"],
                "write",
                {f"social_{name}": old[name] for name in changed},
                {f"social_{name}": new[name] for name in changed},
            )
