from functools import cache
from pathlib import Path

from odoo import api, models
from odoo.modules.module import get_module_path

from .. import census

PREFIX = "odoo.addons."


class SocialHealthGates(models.AbstractModel):
    """Counts at run time what sends, in what is installed here (rule 23).

    Where a gate is gone, where an addon that nobody has looked at stands beside one, and what
    else hands something to the wire. All that Odoo ships was looked at by the tests.
    """

    _name = "social.health.gates"
    _description = "Census of What Sends"

    @api.model
    def _find_gone(self):
        """Return (model, method) of gates that are not in the line of their method any more."""
        return [
            (model, method)
            for model, method, file in census.GATES
            if model not in self.env
            or f"{census.ADDON}.{file}" not in self._get_line(model, method)
        ]

    @api.model
    def _find_around(self):
        """Return ``addon: model.method`` of code beside a gate that nobody has looked at.

        It may be harmless: whoever calls on to Odoo passes the gate. Somebody has to read it.
        """
        places = list(census.WIRE)
        places += [
            (name, method)
            for name, model in self.env.registry.items()
            for method in census.CHATTER
            if hasattr(model, method)
        ]
        found = set()
        for model, method in places:
            for module in self._get_line(model, method):
                addon = module.partition(".")[0]
                if addon not in census.AROUND and not addon.startswith(census.ADDON):
                    found.add(f"{addon}: {model}.{method}")
        return sorted(found)

    @api.model
    def _get_line(self, model, method):
        """Return the files that define a method, without ``odoo.addons.``, the first to be called first."""
        return [
            cls.__module__.removeprefix(PREFIX)
            for cls in self.env.registry[model].mro()
            if method in vars(cls) and cls.__module__.startswith(PREFIX)
        ]

    @api.model
    def _find_senders(self):
        """Return ``addon/Class.method`` of what sends or makes mails by hand, and is not known."""
        installed = self.env["ir.module.module"].sudo().search([("state", "=", "installed")])
        names = sorted(
            name for name in installed.mapped("name") if not name.startswith(census.ADDON)
        )
        return _read_senders(tuple(names))


@cache
def _read_senders(names):
    """Read the source of these addons, once for each process: it does not change meanwhile."""
    paths = ((name, get_module_path(name, display_warning=False)) for name in names)
    found, makers = census.take((name, Path(path)) for name, path in paths if path)
    return sorted((found - census.CENSUS.keys()) | (makers - census.MADE_BY_HAND.keys()))
