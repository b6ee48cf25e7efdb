from odoo import api, fields, models

from ..door import open_door

# They turned to the company, or must be written to anyhow: no advertising from then on.
KNOWN_BY = ("called", "met", "wrote", "supplier", "authority")


class SocialFirstContact(models.Model):
    """What somebody in the company said about a person who was not known yet (rule 23).

    Said once, with name and date. It hangs on the person's key, so that it follows a lead to the
    contact that it becomes; it counts for the company in which it was said.
    """

    _name = "social.first.contact"
    _inherit = ["social.said.mixin"]
    _description = "First Contact"

    kind = fields.Selection(
        [
            ("called", "They called"),
            ("met", "We met in person"),
            ("wrote", "They wrote"),
            ("supplier", "A supplier"),
            ("authority", "A public authority"),
            ("business", "A business matter"),
            ("advertising", "Advertising"),
            ("presumed", "A business that will want the call"),
        ],
        "What Was Said",
        required=True,
        readonly=True,
    )
    note = fields.Text(readonly=True)
    happened_on = fields.Date("On", readonly=True, required=True, default=fields.Date.context_today)
    user_id = fields.Many2one(
        "res.users",
        "Said By",
        readonly=True,
        ondelete="set null",
        default=lambda self: self.env.uid,
    )

    @api.model
    def _record(self, person, kind, note=None, happened_on=None):
        """Write down what was said of these persons, and return the records.

        :param person: contacts, leads or newsletter recipients
        :param kind: one of the field's
        """
        rows = open_door(self.sudo()).create(
            [
                {
                    "subject_id": subject.id,
                    "company_id": self.env.company.id,
                    "kind": kind,
                    "note": note,
                    "happened_on": happened_on or fields.Date.context_today(self),
                    "user_id": self.env.uid,
                }
                for _record, subject in person._ensure_subjects()
            ]
        )
        return rows.with_env(self.env)

    @api.model
    def _get_forgotten_vals(self):
        return {"note": False}

    @api.model
    def _gather(self, subject_ids):
        """Return ``{subject id: (is known, "business"/"advertising"/None, is presumed)}``."""
        said = {}
        for row in self._get_rows(subject_ids):
            known, stated, presumed = said.get(row.subject_id.id, (False, None, False))
            if row.kind in KNOWN_BY:
                known = True
            elif row.kind == "presumed":
                presumed = True
            else:
                stated = row.kind
            said[row.subject_id.id] = known, stated, presumed
        return said
