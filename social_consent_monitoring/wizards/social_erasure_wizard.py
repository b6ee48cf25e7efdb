from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

OFFICER = "social_consent_monitoring.group_privacy_officer"


class SocialErasureWizard(models.TransientModel):
    """Shows what an erasure deletes and what has to stay, and then carries it out."""

    _name = "social.erasure.wizard"
    _description = "Erase a Person"

    subject_id = fields.Many2one("social.subject", "Data Subject", required=True, readonly=True)
    request_id = fields.Many2one("social.privacy.request", readonly=True)
    request_state = fields.Selection(related="request_id.state", related_sudo=False)
    person_name = fields.Char("Person", compute="_compute_person_name")
    check_note = fields.Text("How You Know")
    line_ids = fields.One2many("social.erasure.wizard.line", "wizard_id")
    delete_line_ids = fields.One2many(
        "social.erasure.wizard.line", "wizard_id", domain=[("fate", "=", "delete")], readonly=True
    )
    keep_line_ids = fields.One2many(
        "social.erasure.wizard.line",
        "wizard_id",
        domain=[("fate", "in", ("empty", "keep"))],
        readonly=True,
    )
    offer_line_ids = fields.One2many(
        "social.erasure.wizard.line", "wizard_id", domain=[("fate", "=", "offer")]
    )

    @api.model
    def _open_for(self, subject, request=None):
        """Return the window with the dry run for one person.

        :raises UserError: for a colleague, the company itself, or another company's person
        """
        self._check_officer()
        subject = subject.sudo()._get_by_key(subject.sudo().key)
        wizard = self.create({"subject_id": subject.id, "request_id": request and request.id})
        wizard._show()
        return wizard._get_window()

    @api.model
    def _check_officer(self):
        if not self.env.user.has_group(OFFICER):
            raise AccessError(self.env._("Only the privacy officer erases a person."))

    @api.depends("subject_id")
    def _compute_person_name(self):
        for wizard in self:
            person = wizard.subject_id._get_readable_record(self.sudo(False).env)
            wizard.person_name = person.display_name or wizard.subject_id.display_name

    def _get_window(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Erase a Person"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "view_mode": "form",
            "target": "new",
        }

    def _get_twins(self):
        """Return the records that the officer says are this person, too."""
        ticked = self.offer_line_ids.filtered("is_chosen")
        return [self.env[line.res_model].sudo().browse(line.res_id) for line in ticked]

    def _show(self):
        """Try the erasure, undo it, and list what it did."""
        twins = self._get_twins()
        scope, ledger = self.env["social.erasure"]._try(self.subject_id, twins)
        chosen = {(twin._name, twin.id) for twin in twins}
        lines = [
            {"fate": "delete", "res_model": model, "count": count}
            for model, count in sorted(ledger.removed.items())
            if count > 0
        ]
        lines += [
            {"fate": "empty", "res_model": model, "count": count}
            for model, count in sorted(ledger.emptied.items())
        ]
        lines += [
            {"fate": "keep", "res_model": model, "count": count}
            for model, count in sorted(ledger.kept.items())
        ]
        lines.append({"fate": "keep", "res_model": "social.consent.event", "count": self._count()})
        offers = self.env["social.erasure.scope"]._find_offers(scope)
        lines += [
            {
                "fate": "offer",
                "res_model": record._name,
                "res_id": record.id,
                "is_chosen": (record._name, record.id) in chosen,
            }
            for record in [*offers, *twins]
        ]
        self.write({"line_ids": [Command.clear(), *map(Command.create, lines)]})

    def _count(self):
        keys = self.subject_id.sudo()._get_all_keys().mapped("key")
        events = self.env["social.consent.event"].sudo()
        return events.search_count([("subject_key", "in", keys)])

    def action_refresh(self):
        """Show again what is deleted, with the records that were ticked."""
        self.ensure_one()
        self._check_officer()
        self._show()
        return self._get_window()

    def action_erase(self):
        """Erase the person; a request is written down where none was.

        :raises UserError: where nobody has checked who asks
        """
        self.ensure_one()
        self._check_officer()
        request = self._get_request()
        self.env["social.privacy.request"]._erase_person(request, self._get_twins())
        self.sudo().line_ids.unlink()
        self.sudo().unlink()
        return request._get_records_action(name=request.display_name)

    def _get_request(self):
        requests = self.env["social.privacy.request"]
        request = self.request_id or requests._open(self.subject_id, "erase", method="staff")
        if request.state == "received":
            if not (self.check_note or "").strip():
                raise UserError(
                    self.env._("Write down how you know that it is this person who asks.")
                )
            request._check_identity(self.check_note)
        return request
