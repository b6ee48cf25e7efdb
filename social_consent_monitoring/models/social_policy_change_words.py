from odoo import api, fields, models

# What every rule has, and its title says.
USUAL = ("active", "act", "sequence")


class SocialPolicyChangeWords(models.AbstractModel):
    """What a change of a rule or setting changed, in words instead of ids and codes."""

    _name = "social.policy.change.words"
    _description = "Words of a Change"

    summary = fields.Text("What Changed", compute="_compute_summary")

    @api.depends("old_values", "new_values")
    @api.depends_context("lang", "uid")
    def _compute_summary(self):
        for change in self:
            change.summary = "\n".join(change._get_lines())

    def _get_lines(self):
        """Return one line for each value that was changed, or set."""
        self.ensure_one()
        if self.model not in self.env:
            return []
        old, new = self.old_values or {}, self.new_values or {}
        names = self._get_shown(new or old)
        if self.kind == "write":
            return [
                self.env._(
                    "%(field)s: %(old)s → %(new)s",
                    field=self._get_label(name),
                    old=self._say(name, old.get(name)),
                    new=self._say(name, new.get(name)),
                )
                for name in names
            ]
        values = new or old
        return [
            self.env._(
                "%(field)s: %(value)s",
                field=self._get_label(name),
                value=self._say(name, values[name]),
            )
            for name in names
            if values[name] and name not in USUAL
        ]

    def _get_shown(self, values):
        """Return the names of the values to speak of, in the order of their model.

        The reason of a mode stands beside it, as the reason of the change.
        """
        order = getattr(self.env[self.model], "_logged_fields", ())
        names = sorted(values, key=lambda name: order.index(name) if name in order else -1)
        return [name for name in names if name != "reason" or list(values) == ["reason"]]

    def _get_label(self, name):
        field = self.env[self.model]._fields.get(name)
        return field._description_string(self.env) if field else name

    def _say(self, name, value):
        """Return a value as its field shows it."""
        field = self.env[self.model]._fields.get(name)
        kind = field.type if field else None
        if kind == "boolean":
            return self.env._("yes") if value else self.env._("no")
        if kind == "selection":
            labels = dict(field._description_selection(self.env))
            return labels.get(value, self.env._("none"))
        if kind in ("many2one", "many2many"):
            return self._say_records(field.comodel_name, value)
        if kind == "integer":
            return str(value)
        return str(value) if value else self.env._("none")

    def _say_records(self, model, ids):
        """Return the names of records; of those that are gone, or not to be seen, only that."""
        ids = ids if isinstance(ids, list) else [ids] if ids else []
        if not ids:
            return self.env._("none")
        records = self.env[model].with_context(active_test=False)
        known = records.search([("id", "in", ids)]).mapped("display_name")
        if len(known) < len(ids):
            known.append(self.env._("%s more", len(ids) - len(known)))
        return ", ".join(known)
