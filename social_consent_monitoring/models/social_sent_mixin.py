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
    # Whose consents count.
    social_company_id = fields.Many2one(
        "res.company", "Sent For", readonly=True, copy=False, ondelete="set null"
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Write down what each is for: values and defaults from outside do not count.

        And for which company it is sent: who sends it later works for any of them.
        """
        trusted = is_open(self)
        kinds = self._get_social_kinds(vals_list)
        company_id = self.env.company.id
        return super().create(
            [
                {
                    "social_company_id": company_id,
                    **vals,
                    "social_kind": (trusted and vals.get("social_kind")) or kind,
                }
                for vals, kind in zip(vals_list, kinds, strict=True)
            ]
        )

    def write(self, vals):
        if {"social_kind", "social_company_id"} & vals.keys() and not is_open(self):
            raise UserError(self.env._("What a message is for is not set by hand."))
        return super().write(vals)

    def copy_data(self, default=None):
        """A copy is for the same; core splits a mail in two by copying it."""
        copied = super().copy_data(default)
        for record, vals in zip(self, copied, strict=True):
            vals["social_kind"] = record.social_kind
            vals["social_company_id"] = record.social_company_id.id
        return copied

    def copy(self, default=None):
        return super(SocialSentMixin, open_door(self)).copy(default)

    @api.model
    def _get_social_kinds(self, vals_list):
        """Return the kind of each: what the code on the way here said, else what it is about."""
        if kind := get_kind(self.env):
            return [kind] * len(vals_list)
        return [self._get_social_kind(vals) for vals in vals_list]

    def _get_social_company(self):
        """Return the company whose consents count; empty for what was queued before this addon."""
        return self.social_company_id

    def _get_social_kind_now(self):
        """Return what this is for; of what was queued before this addon, what it is about says it."""
        return self.social_kind or self._get_social_kind(self._get_social_topic())

    def _get_social_topic(self):
        """Return the values from which ``_get_social_kind`` tells what this is for."""
        names = ("mailing_id", "mail_message_id", "model")
        values = {name: self[name] for name in names if name in self._fields}
        return {
            name: value.id if isinstance(value, models.BaseModel) else value
            for name, value in values.items()
        }

    @api.model
    def _get_social_kind(self, vals):
        """Return what a message with these values is for, judged by what it is about."""
        return self._get_social_kind_about(vals.get("model"))

    @api.model
    def _get_social_kind_about(self, model):
        """A message on a person's record may be advertising; one on a document is service.

        A post is nobody's document: mail that leaves from one approaches whoever gets it.
        """
        if model == "social.mention":
            return "first"
        about = self.env.get(model or "")
        return "first" if about is not None and "social_subject_id" in about._fields else "service"
