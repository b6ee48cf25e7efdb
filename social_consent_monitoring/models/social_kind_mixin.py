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
    # What a service says, and about what: another text is another message.
    _service_text = ()

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
        names = [name for name in self._service_text if name in vals]
        if not names or self._may_mark():
            return super().write(vals)
        before = {record: self._get_service_text(record, names) for record in self}
        result = super().write(vals)
        for record, text in before.items():
            if self._get_service_text(record, names) not in (None, text):
                self._refuse_service_text()
        return result

    def _update_field_translations(self, field_name, translations, *args, **kwargs):
        if field_name in self._service_text and self._needs_service_mark() and not self._may_mark():
            self._refuse_service_text()
        return super()._update_field_translations(field_name, translations, *args, **kwargs)

    @api.model
    def _get_service_text(self, record, names):
        """Return what a service says; None of what goes out as one without a mark, or as none."""
        return [record[name] for name in names] if record._needs_service_mark() else None

    def _needs_service_mark(self):
        """Tell whether it is the mark that lets this out to people who have not consented."""
        return self.social_kind == "service"

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

    def _refuse_service_text(self):
        raise UserError(
            self.env._(
                "This is a service and goes to people who have not consented to advertising, too. "
                "Only a manager of Social Consent changes what it says. Ask one, or make a copy."
            )
        )

    def _check_may_mark(self):
        if not self._may_mark():
            raise UserError(
                self.env._(
                    "Only a manager of Social Consent says that this is no advertising. Ask one, "
                    "or leave the purpose as it is."
                )
            )
