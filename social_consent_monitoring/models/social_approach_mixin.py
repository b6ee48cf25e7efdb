from odoo import api, fields, models
from odoo.exceptions import UserError

from .. import policy
from .social_strip import APPROACHES, CHANNELS, SOCIAL_ACTS, Entry


class SocialApproachMixin(models.AbstractModel):
    """A person who may be written to or called: what is allowed now, and the way forward (rule 23).

    It goes with ``social.subject.mixin``. What it shows is computed in forms only, and never for
    a record that is not saved yet.
    """

    _name = "social.approach.mixin"
    _description = "Person Who May Be Approached"

    social_strip = fields.Json(
        "What Is Allowed Now", compute="_compute_social_strip", groups="base.group_user"
    )
    social_first_contact_ids = fields.Many2many(
        "social.first.contact",
        string="What Was Said",
        compute="_compute_social_first_contact_ids",
        groups="base.group_user",
    )

    @api.depends_context("uid", "company", "lang")
    def _compute_social_strip(self):
        stored = self.filtered("id")
        (self - stored).social_strip = False
        more = ("social", *SOCIAL_ACTS) if self._has_social_posts() else ()
        entries = stored._get_social_entries_by_id(more) if stored else {}
        for person in stored:
            person.social_strip = self.env["social.strip"]._make(entries[person.id])

    @api.depends("social_subject_id")
    def _compute_social_first_contact_ids(self):
        said = self.env["social.first.contact"]
        rows = said.search([("subject_id", "in", self.social_subject_id.ids)])
        by_subject = rows.grouped("subject_id")
        for person in self:
            person.social_first_contact_ids = by_subject.get(person.social_subject_id, said)

    def _get_social_entries(self):
        """Return what holds for this person by each channel that its kind of record knows."""
        self.ensure_one()
        return self._get_social_entries_by_id()[self.id]

    def _get_social_entries_by_id(self, more=()):
        """Return ``{id: entries}``, in a number of queries that no number of persons raises.

        :param more: further channels and acts, which take no address: whether this person has an
            account on a platform is behind the wall
        """
        fields_by_channel = self._get_social_address_fields()
        acts = {each: APPROACHES.get(each, each) for each in (*fields_by_channel, *more)}
        decided = self._decide_social_approaches(list(acts.values()))
        return {
            person.id: [
                Entry(
                    each,
                    person,
                    decided[act][person.id],
                    reachable=each in more or bool(person[fields_by_channel[each]]),
                )
                for each, act in acts.items()
            ]
            for person in self
        }

    @api.model
    def _has_social_posts(self):
        """Tell whether this kind of record may be somebody who writes in public: contacts, leads."""
        return self._name in ("res.partner", "crm.lead")

    @api.model
    def _get_social_address_fields(self):
        """Return ``{channel: field that a message by it goes to}``, for this kind of record."""
        names = dict(zip(CHANNELS, ("email_normalized", "phone", "phone", "street"), strict=True))
        return {channel: name for channel, name in names.items() if name in self._fields}

    def _decide_social_approaches(self, acts, kind="first"):
        """Decide about these ways to approach these persons: not logged.

        A lead and its contact are one person: what allows to approach the one, by whom it is,
        allows it for the other.

        :param kind: "first" for a user's own message or call, "marketing" for advertising
        :return: ``{act: {id: policy.Decision}}``
        """
        gate = self.env["social.policy"]
        decided = gate._decide_acts(acts, self, kind=kind)
        partners = self.sudo().partner_id if self._name == "crm.lead" else None
        if kind != "first" or not partners:
            return decided
        others = gate._decide_acts(acts, partners, kind=kind)
        choose = self.env["social.strip"]._get_carried
        for lead in self.sudo().filtered("partner_id"):
            for act in acts:
                other = others[act][lead.partner_id.id]
                decided[act][lead.id] = choose(decided[act][lead.id], other)
        return decided

    # -- steps ---------------------------------------------------------------------------------

    def action_say_social_about(self):
        """Open the question what the first contact is about."""
        return self._get_social_contact_wizard("about", self.env._("Say What It Is About"))

    def action_record_social_contact(self):
        """Open the form that records that they called, wrote or met."""
        return self._get_social_contact_wizard("contact", self.env._("Record a Contact"))

    def action_ask_social_consent(self, act=None):
        """Open the request for consent, for any number of persons of one kind."""
        people = self._filtered_access("read")
        if not people:
            raise UserError(self.env._("Choose whom to ask first."))
        name = self.env["social.consent.request.wizard"]._get_selection(self._name)
        wizard = self.env["social.consent.request.wizard"].create(
            {name: people.ids, **self._get_social_wizard_vals(act)}
        )
        return wizard._get_window()

    def _get_social_wizard_vals(self, act):
        definition = policy.ACTS.get(act)
        if not definition or not definition.purpose:
            return {}
        # The channel is checked by name only: a purpose has it or not (UWG section 7).
        purpose = self.env["social.consent.purpose"]._get(definition.purpose, definition.channel)
        return {"purpose_id": purpose.id, "channel": definition.channel or False}

    def _get_social_contact_wizard(self, question, name):
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "social.first.contact.wizard",
            "views": [(False, "form")],
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_res_model": self._name,
                "default_res_id": self.id,
                "default_question": question,
            },
        }

    def action_view_social_said(self):
        """List what was said of this person."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "social_consent_monitoring.social_first_contact_action"
        )
        name = self.env._("What Was Said")
        domain = [("subject_id", "in", self.social_subject_id.ids)]
        context = {"active_test": False}
        return {**action, "name": name, "display_name": name, "domain": domain, "context": context}
