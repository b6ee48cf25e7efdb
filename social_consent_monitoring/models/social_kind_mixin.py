from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..default_kinds import DEFAULT_KINDS

MARKERS = "social_consent_monitoring.group_social_manager,base.group_system"


class SocialKindMixin(models.AbstractModel):
    """What a message is for, as whoever prepares it says: advertising or service (rule 23).

    Anybody may call something advertising. To take that back, or to call something a service,
    lets mail out to people who have not consented: that is for managers, and logged.
    """

    _name = "social.kind.mixin"
    _inherit = ["social.policy.logged.mixin"]
    _description = "Advertising or Service"
    _logged_fields = ("social_kind",)

    social_kind = fields.Selection(
        [("marketing", "Direct marketing"), ("service", "Service")],
        "Purpose",
        help="Direct marketing goes only to people who have consented to it. Service is what a "
        "contract or an answer needs: orders, invoices, deliveries, passwords. Empty: what it is "
        "about decides.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        # Values may come from defaults, too.
        services = records.filtered(lambda record: record.social_kind == "service")
        if services:
            self._check_may_mark()
        # What comes with a module is nobody's decision.
        for record in services if self.env.uid != SUPERUSER_ID else ():
            made = {name: value for name, value in record._get_logged().items() if value}
            record._log_change("write", dict.fromkeys(made, False), made)
        return records

    @api.model
    def _load_records(self, data_list, update=False):
        """Say of what comes with a module what it is for; an administrator may change that."""
        for data in data_list:
            kind = DEFAULT_KINDS.get(data.get("xml_id"))
            if kind and not self.env.ref(data["xml_id"], raise_if_not_found=False):
                data["values"].setdefault("social_kind", kind)
        return super()._load_records(data_list, update=update)

    @api.model
    def _apply_default_kinds(self):
        """Say it of what was here before this addon."""
        self.flush_model(["social_kind"])
        for xml_id, kind in DEFAULT_KINDS.items():
            record = self.env.ref(xml_id, raise_if_not_found=False) if kind else None
            if record and record._name == self._name and not record.social_kind:
                # Nobody has decided anything: no line in the log of changes.
                self.env.cr.execute(
                    SQL(
                        "UPDATE %s SET social_kind = %s WHERE id = %s",
                        SQL.identifier(self._table),
                        kind,
                        record.id,
                    )
                )
        self.invalidate_model(["social_kind"])

    def write(self, vals):
        if "social_kind" in vals and any(record._loosens(vals["social_kind"]) for record in self):
            self._check_may_mark()
        return super().write(vals)

    def copy_data(self, default=None):
        """A copy is a new text: that it is a service has to be said anew."""
        copied = super().copy_data(default)
        for vals in copied if not self._may_mark() else ():
            if vals.get("social_kind") == "service":
                vals["social_kind"] = False
        return copied

    def _loosens(self, kind):
        """Tell whether more people would get it than now."""
        return kind != self.social_kind and (kind == "service" or self.social_kind == "marketing")

    def _may_mark(self):
        return self.env.su or self.env.user.has_groups(MARKERS)

    def _check_may_mark(self):
        if not self._may_mark():
            raise UserError(
                self.env._(
                    "Only a manager of Social Consent says that this is no advertising. Ask one, "
                    "or leave the purpose as it is."
                )
            )
