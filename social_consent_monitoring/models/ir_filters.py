import ast

from odoo import api, models

# A saved filter on these reads what people write.
WATCHED_MODELS = ("social.mention",)
WORDS = ("name", "domain", "context")


class IrFilters(models.Model):
    """Saved filters on mentions watch nobody by name either (rule 24)."""

    _name = "ir.filters"
    _inherit = ["ir.filters"]

    @api.model_create_multi
    def create(self, vals_list):
        filters = super().create(vals_list)
        filters._check_watch_words()
        return filters

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"name", "domain", "context", "model_id"}:
            self._check_watch_words()
        return result

    def _check_watch_words(self):
        """Raise :class:`ConsentRequired` where a filter searches for a person (rule 24)."""
        for own in self.sudo().filtered(lambda each: each.model_id in WATCHED_MODELS):
            texts = find_texts(own.name, own.domain, own.context)
            self.env["social.watch"]._check_watch_words(texts)

    @api.model
    def get_filters(self, model, *args, **kwargs):
        """Leave out those that name a person by now: the contact came later, or said no."""
        filters = super().get_filters(model, *args, **kwargs)
        if model not in WATCHED_MODELS or not filters:
            return filters
        said = {each["id"]: find_texts(*map(each.get, WORDS)) for each in filters}
        refused = self.env["social.watch"]._get_refused_words([*set().union(*said.values())])
        return [each for each in filters if not said[each["id"]] & set(refused)]


def find_texts(name, *expressions):
    """Return the name of a filter, and all texts in its domain and context."""
    texts = {name or ""}
    for expression in expressions:
        try:
            nodes = list(ast.walk(ast.parse((expression or "").strip(), mode="eval")))
        except (SyntaxError, ValueError):
            texts.add(expression or "")
            continue
        for node in nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.add(node.value)
    return texts - {""}
