from odoo import api, fields, models
from odoo.exceptions import UserError

from ..door import is_open, open_door
from ..kinds import get_kind


class SocialSentMixin(models.AbstractModel):
    """A mail or SMS on its way out: it knows what it is for, and nobody types that in (rule 23)."""

    _name = "social.sent.mixin"
    _description = "Message on Its Way Out"

    social_kind = fields.Selection(
        [
            ("marketing", "Direct marketing"),
            ("first", "A user's own message"),
            ("service", "Service"),
        ],
        "Purpose",
        readonly=True,
        copy=False,
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Write down what each is for: values and defaults from outside do not count."""
        trusted = is_open(self)
        kinds = self._get_social_kinds(vals_list)
        return super().create(
            [
                vals if trusted and vals.get("social_kind") else {**vals, "social_kind": kind}
                for vals, kind in zip(vals_list, kinds, strict=True)
            ]
        )

    def write(self, vals):
        if "social_kind" in vals and not is_open(self):
            raise UserError(self.env._("What a message is for is not set by hand."))
        return super().write(vals)

    def copy_data(self, default=None):
        """A copy is for the same; core splits a mail in two by copying it."""
        copied = super().copy_data(default)
        for record, vals in zip(self, copied, strict=True):
            vals["social_kind"] = record.social_kind
        return copied

    def copy(self, default=None):
        return super(SocialSentMixin, open_door(self)).copy(default)

    @api.model
    def _get_social_kinds(self, vals_list):
        """Return the kind of each: what the code on the way here said, else what it is about."""
        if kind := get_kind(self.env):
            return [kind] * len(vals_list)
        return [self._get_social_kind(vals) for vals in vals_list]

    @api.model
    def _get_social_kind(self, vals):
        """Return what a message with these values is for, judged by what it is about."""
        return self._get_social_kind_about(vals.get("model"))

    @api.model
    def _get_social_kind_about(self, model):
        """A message on a person's record may be advertising; one on a document is service."""
        about = self.env.get(model or "")
        return "first" if about is not None and "social_subject_id" in about._fields else "service"
