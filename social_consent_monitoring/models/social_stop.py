from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from .mail_activity import ACT
from .social_gate import PERSONS

# An address in a header, as PostgreSQL finds it.
ADDRESS = r"[^<>\s,;\"]+@[^<>\s,;\"]+"
MAILS = """
    SELECT mail.id FROM mail_mail mail JOIN mail_message message ON message.id = mail.mail_message_id
    WHERE mail.state IN ('outgoing', 'exception') AND mail.social_kind IS DISTINCT FROM 'service'
        AND coalesce(message.record_company_id, %(company)s) = %(company)s
        AND (
            EXISTS (SELECT FROM mail_mail_res_partner_rel rel
                WHERE rel.mail_mail_id = mail.id AND rel.res_partner_id = ANY(%(partners)s))
            OR (message.model, message.res_id) IN (
                SELECT * FROM unnest(%(models)s::text[], %(ids)s::int[]))
            OR EXISTS (SELECT FROM
                regexp_matches(lower(concat_ws(',', email_to, email_cc)), %(address)s, 'g') found
                WHERE found[1] = ANY(%(addresses)s))
        )
    ORDER BY mail.id
"""


# The methods that stop what goes out by a channel.
STOPS = {
    "email": ("_stop_mails", "_stop_scheduled", "_stop_notifications"),
    "sms": ("_stop_sms",),
    "phone": ("_stop_calls",),
    "post": ("_stop_letters",),
}


class People(NamedTuple):
    """Whose a queued message is: ids of consents by contact, by record and by address."""

    partners: dict
    records: dict
    addresses: dict

    def find(self, partner_ids=(), record=None, addresses=()):
        """Return the id of the consent that ended, of whoever a message goes to; None if nobody's."""
        found = [self.partners.get(each) for each in partner_ids]
        found += [self.records.get(record), *(self.addresses.get(each) for each in addresses)]
        return next(filter(None, found), None)


class SocialStop(models.AbstractModel):
    """Stops what is queued for persons whose consent to a way of advertising has just ended.

    The gates would stop it on the way out all the same; here it is cancelled at once, where all
    see it. Each message is asked about like there: service passes, and so does an answer to
    somebody who wrote first.
    """

    _name = "social.stop"
    _description = "Queued Advertising"

    @api.model
    def _stop_queued(self, consents, removed):
        """Cancel what is queued by the channels of these consents, and take note of it.

        :param consents: of the purpose ``contact``, which ended
        :param removed: the ``Removed`` that takes note
        """
        for (company, channel), own in consents.grouped(
            lambda consent: (consent.company_id, consent.channel)
        ).items():
            people = self._get_people(channel, own)
            asking = self.sudo().with_company(company)
            for name in STOPS.get(channel, ()):
                for model, consent_id, ids in getattr(asking, name)(people):
                    removed.add(consent_id, model, ids)

    @api.model
    def _get_people(self, channel, consents):
        """Return the :class:`People` that these consents are of: one query for each kind."""
        by_subject = {consent.subject_id.id: consent.id for consent in consents}
        fields_by_model = self.env["social.gate"]._get_address_fields(channel)
        people = People({}, {}, {})
        for model in PERSONS:
            name = fields_by_model.get(model)
            for record in consents.subject_id._get_records(model):
                consent_id = by_subject[record.social_subject_id.id]
                people.records[model, record.id] = consent_id
                if model == "res.partner":
                    people.partners[record.id] = consent_id
                if name and record[name]:
                    people.addresses[record[name]] = consent_id
        return people

    @api.model
    def _tell(self, records, find):
        """Yield (model, consent id, ids) of what was stopped."""
        for consent_id, own in records.grouped(find).items():
            yield records._name, consent_id, own.ids

    # -- mails, SMS and letters ------------------------------------------------------------------

    @api.model
    def _stop_mails(self, people):
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                MAILS,
                company=self.env.company.id,
                partners=list(people.partners),
                models=[model for model, _id in people.records],
                ids=[record_id for _model, record_id in people.records],
                addresses=list(people.addresses),
                address=ADDRESS,
            )
        )
        mails = self.env["mail.mail"].browse(row[0] for row in rows)
        # Before the gate takes anybody out.
        whose = {
            mail: people.find(
                mail.recipient_ids.ids, (mail.model, mail.res_id), mail._get_social_addresses()
            )
            for mail in mails
        }
        self.env["social.gate"]._keep_back("email", mails)
        stopped = mails.filtered(lambda mail: mail.state == "cancel")
        return self._tell(stopped, whose.get)

    @api.model
    def _stop_sms(self, people):
        domain = ["|", "|"]
        domain += [("partner_id", "in", list(people.partners))]
        domain += [("number", "in", list(people.addresses))]
        domain += [("social_res_id", "in", [record_id for _model, record_id in people.records])]
        queued = self.env["sms.sms"].search([("state", "=", "outgoing"), *domain], order="id")

        def find(sms):
            about = (sms.social_res_model, sms.social_res_id)
            return people.find(sms.partner_id.ids, about, [sms.number])

        asked = queued.filtered(lambda sms: sms.social_kind != "service" and find(sms))
        self.env["social.gate"]._keep_back("sms", asked)
        return self._tell(asked.filtered(lambda sms: sms.state == "canceled"), find)

    @api.model
    def _stop_letters(self, people):
        letters = self.env["snailmail.letter"].search(
            [
                ("state", "in", ("pending", "error")),
                ("model", "in", PERSONS),
                ("partner_id", "in", list(people.partners)),
                ("company_id", "=", self.env.company.id),
            ],
            order="id",
        )
        self.env["social.gate"]._keep_back("post", letters)
        stopped = letters.filtered(lambda letter: letter.state == "canceled")
        return self._tell(stopped, lambda letter: people.find(letter.partner_id.ids))

    # -- messages for later ----------------------------------------------------------------------

    @api.model
    def _stop_scheduled(self, people):
        messages = self.env["mail.scheduled.message"].search(
            [("is_note", "=", False), ("partner_ids", "in", list(people.partners))], order="id"
        )
        whose = {message: people.find(message.partner_ids.ids) for message in messages}
        stopped = messages._stop_for_social()
        return [
            (stopped._name, consent_id, own.ids)
            for consent_id, own in stopped.grouped(whose.get).items()
        ]

    @api.model
    def _stop_notifications(self, people):
        schedules = self.env["mail.message.schedule"].search(
            [("mail_message_id.partner_ids", "in", list(people.partners))], order="id"
        )
        stopped = schedules._stop_for_social()
        return self._tell(
            stopped, lambda schedule: people.find(schedule.mail_message_id.partner_ids.ids)
        )

    # -- calls -----------------------------------------------------------------------------------

    @api.model
    def _stop_calls(self, people):
        ids = {}
        for model, record_id in people.records:
            ids.setdefault(model, []).append(record_id)
        calls = self.env["mail.activity"]
        for model, own in ids.items():
            domain = [("res_model", "=", model), ("res_id", "in", own)]
            calls |= calls.search([*domain, ("activity_type_id.category", "=", "phonecall")])
        stopped = calls.browse()
        for (kind, model), some in calls._get_social_calls().items():
            persons = self.env[model].browse(sorted(set(some.mapped("res_id")))).exists()
            decisions = persons._decide_social_approaches([ACT], kind)[ACT]
            for call in some:
                decision = decisions[call.res_id]
                if self.env["social.policy"]._is_refused(decision):
                    call._turn_into_social_todo(decision)
                    stopped |= call
        return self._tell(stopped, lambda call: people.find(record=(call.res_model, call.res_id)))
