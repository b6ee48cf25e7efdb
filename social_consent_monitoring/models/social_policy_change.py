from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..door import open_door

RULE = "social.policy.rule"
# Settings of all companies are no records: their rows name the page where they are set.
SETTINGS_PAGE = "res.config.settings"


class Undo(NamedTuple):
    """Passed in the context while a change is undone; what comes by RPC is never one."""

    change_id: int


class SocialPolicyChange(models.Model):
    """Who changed which rule or setting, from what to what, and why (rule 25)."""

    _name = "social.policy.change"
    _inherit = ["social.door.mixin", "social.policy.change.words"]
    _description = "Change of a Rule"
    _order = "id desc"

    model = fields.Char(readonly=True, required=True)
    res_id = fields.Many2oneReference("Record", model_field="model", readonly=True)
    kind = fields.Selection(
        [("create", "Added"), ("write", "Changed"), ("unlink", "Removed")],
        readonly=True,
        required=True,
    )
    title = fields.Char("Rule or Setting", readonly=True)
    old_values = fields.Json(readonly=True)
    new_values = fields.Json(readonly=True)
    reason = fields.Char(readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, ondelete="set null")
    user_id = fields.Many2one("res.users", "Changed By", readonly=True, ondelete="set null")
    undoes_id = fields.Many2one(
        "social.policy.change", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    undo_ids = fields.One2many("social.policy.change", "undoes_id", "Undone By")
    is_undone = fields.Boolean("Undone", compute="_compute_is_undone", recursive=True)
    can_undo = fields.Boolean(compute="_compute_can_undo")

    @api.depends("undo_ids.is_undone")
    def _compute_is_undone(self):
        for change in self:
            change.is_undone = not all(change.undo_ids.mapped("is_undone"))

    @api.depends("is_undone")
    @api.depends_context("uid")
    def _compute_can_undo(self):
        for change in self:
            change.can_undo = not change.is_undone and change._may_undo()

    @api.depends("title")
    def _compute_display_name(self):
        for change in self:
            change.display_name = change.title

    @api.model
    def _log(self, record, kind, old, new, reason=None):
        """Write down one change.

        :param record: what was changed, or an empty record for a setting of all companies
        :param kind: ``create``, ``write`` or ``unlink``
        :param dict old: the values before, JSON, ``{field or setting: value}``; only what changed
        :param dict new: the values after
        """
        undo = self.env.context.get("social_undo")
        is_undo = isinstance(undo, Undo)
        open_door(self.sudo()).create(
            {
                "model": record._name,
                "res_id": record.id,
                "kind": kind,
                "title": record.display_name if record else self.env._("Settings"),
                "old_values": old,
                "new_values": new,
                "reason": self.env._("Undo") if is_undo else reason or False,
                "company_id": self._get_company(record).id,
                "user_id": self.env.uid,
                "undoes_id": undo.change_id if is_undo else False,
            }
        )

    @api.model
    def _get_company(self, record):
        """Return the company that a change concerns; none where it concerns all of them."""
        if record._name == "res.company":
            return record
        if record and "company_id" in record._fields:
            return record.company_id
        return self.env["res.company"]

    # -- undo --------------------------------------------------------------------------------

    def action_undo(self):
        """Set back what this change changed; that is a change of its own.

        :raises UserError: where it was undone already, or changed again since
        :raises AccessError: for whoever may not make such a change
        """
        self.ensure_one()
        self.check_access("read")
        if self.is_undone:
            raise UserError(self.env._("This change was undone already."))
        if not self._may_undo():
            raise AccessError(
                self.env._("Only an administrator may change this setting, and undo its changes.")
            )
        if not self._is_current():
            raise UserError(
                self.env._(
                    "“%s” was changed again since: undo the later changes first, or set it by hand.",
                    self.title,
                )
            )
        self.with_context(social_undo=Undo(self.id))._undo()

    def _may_undo(self):
        if self.model == SETTINGS_PAGE:
            return self.env.user.has_group("base.group_system")
        record = self._get_target()
        if self.kind == "unlink":
            return record.browse().has_access("create")
        # Of one that is gone nobody has to ask who may change it.
        return record.exists().has_access("write")

    def _get_target(self):
        """Return the record that was changed, for whoever may change it.

        An administrator sets purposes on the settings' page, whoever else may write them.
        """
        record = self.env[self.model].browse(self.res_id)
        administrator = self.env.user.has_group("base.group_system")
        return record.sudo() if administrator and self.model != RULE else record

    def _is_current(self):
        """Tell whether what this change made still holds."""
        return self._get_current() == (self.new_values or {})

    def _get_current(self):
        """Return what holds now of the values that this change set."""
        names = self.new_values or {}
        if self.model == SETTINGS_PAGE:
            policy = self.env["social.policy"]
            return {name: policy._get_setting(name.removeprefix("social_")) for name in names}
        record = self._get_target().exists()
        if not record:
            return {}
        logged = record._get_logged()
        return {name: logged.get(name) for name in names}

    def _undo(self):
        if self.model == SETTINGS_PAGE:
            policy, parameters = self.env["social.policy"], self.env["ir.config_parameter"].sudo()
            for name, value in self.old_values.items():
                key = policy._get_setting_key(name.removeprefix("social_"))
                parameters.set_param(key, str(value))
            return
        record = self._get_target()
        if self.kind == "create":
            record.unlink()
        elif self.kind == "write":
            record.write(record._prepare_logged_vals(self.old_values))
        else:
            record.create(record._prepare_logged_vals(self.old_values))

    def unlink(self):
        self._check_door()
        return super().unlink()

    def _get_door_message(self):
        return self.env._("The log of changes is written by the changes alone.")
