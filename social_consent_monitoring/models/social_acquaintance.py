from odoo import SUPERUSER_ID, api, models
from odoo.tools import SQL

from .. import policy

# Documents that make a contact a known one: their field for it, and what else has to hold.
# Only models that are installed are asked.
DOCUMENTS = {
    "account.move": ("partner_id", [("state", "=", "posted"), ("move_type", "!=", "entry")]),
    "sale.order": ("partner_id", [("state", "=", "sale")]),
    "purchase.order": ("partner_id", [("state", "=", "purchase")]),
    "pos.order": ("partner_id", []),
    "event.registration": ("partner_id", [("state", "in", ["open", "done"])]),
    "helpdesk.ticket": ("partner_id", []),
    "repair.order": ("partner_id", []),
}


class SocialAcquaintance(models.AbstractModel):
    """Who is known, and may be written to without a question (rule 23, UWG section 7).

    Known is who wrote or called first, who uses this database, and who has an order, an invoice,
    a bill or a ticket. A number of queries that no number of persons raises.
    """

    _name = "social.acquaintance"
    _description = "Known Persons"

    @api.model
    def _gather(self, act, records, kind="marketing", similar=False):
        """Return ``{record id: policy.ApproachFacts}`` of those for whom they differ from the rest.

        :param kind: "marketing" or "first"
        :param similar: whether the message is about goods like those that were sold before
        """
        channel = policy.ACTS[act].channel
        if kind != "first" and not (similar and channel == "email") and channel != "phone":
            return {}
        subjects = self._get_subjects(records)
        said = self.env["social.first.contact"]._gather(list(subjects.values()))
        customers = set()
        if similar and channel == "email":
            customers = self.env["social.existing.customer"]._find_customers(records, subjects)
        known, cold = self._find(records) if kind == "first" else (set(), set())
        gathered = {}
        for record_id in records._ids:
            is_known, stated, presumed = said.get(subjects.get(record_id), (False, None, False))
            gathered[record_id] = policy.ApproachFacts(
                kind,
                is_known or record_id in known,
                stated,
                record_id in cold,
                record_id in customers,
                presumed,
            )
        return gathered

    @api.model
    def _get_subjects(self, records):
        """Return ``{record id: subject id}`` of those who have a key."""
        persons = self.env["social.policy"]._fetch(records, ["social_subject_id"])
        return {
            person.id: person.social_subject_id.id for person in persons if person.social_subject_id
        }

    @api.model
    def _find(self, records):
        """Return the ids of those who are known, and of those who are cold leads."""
        ids = [record_id for record_id in records._ids if isinstance(record_id, int)]
        if not ids:
            return set(), set()
        if records._name == "res.partner":
            return self._find_partners(ids)
        if records._name == "crm.lead":
            return self._find_leads(records.sudo().browse(ids))
        return set(), set()

    @api.model
    def _find_partners(self, ids):
        known = self._find_users(ids) | self._find_writers(ids) | self._find_customers(ids)
        leads = self.env["crm.lead"].sudo().search([("partner_id", "in", ids)])
        replied = self._find_answering_leads(leads.ids)
        known |= set(leads.filtered(lambda lead: lead.id in replied).partner_id.ids)
        return known, set(leads.partner_id.ids)

    @api.model
    def _find_leads(self, leads):
        known = self._find_answering_leads(leads.ids)
        by_partner = leads.filtered("partner_id").grouped("partner_id")
        partners = self.env["res.partner"].union(*by_partner)
        known_partners = self.env["social.acquaintance"]._find_partner_ids(partners)
        for partner, own in by_partner.items():
            if partner.id in known_partners:
                known |= set(own.ids)
        return known, set(leads.ids)

    @api.model
    def _find_partner_ids(self, partners):
        """Return which of these contacts are known, by what they did or by what was said."""
        if not partners:
            return set()
        known, _cold = self._find_partners(partners.ids)
        subjects = self._get_subjects(partners)
        said = self.env["social.first.contact"]._gather(list(subjects.values()))
        return known | {id_ for id_, subject in subjects.items() if said.get(subject, (False,))[0]}

    @api.model
    def _find_users(self, ids):
        """Return those who use this database: colleagues, and others who have logged in."""
        self.env["res.users"].flush_model(["partner_id", "share"])
        return self._run(
            SQL(
                "SELECT partner_id FROM res_users u WHERE partner_id = ANY(%s) AND (NOT u.share"
                " OR EXISTS (SELECT FROM res_users_log l WHERE l.create_uid = u.id))",
                ids,
            )
        )

    @api.model
    def _find_writers(self, ids):
        """Return those who wrote: a mail that came in, or a comment of their own.

        Odoo's gateway alone writes as the root user; visitors comment in their name by a link.
        """
        self.env["mail.message"].flush_model(["author_id", "message_type"])
        return self._run(
            SQL(
                """
                SELECT person.id FROM unnest(%s) AS person (id) WHERE EXISTS (
                    SELECT FROM mail_message m LEFT JOIN res_users u ON u.id = m.create_uid
                    WHERE m.author_id = person.id AND (
                        m.message_type = 'email' AND m.create_uid = %s
                        OR m.message_type = 'comment' AND (u.partner_id = m.author_id OR u.share)))
                """,
                ids,
                SUPERUSER_ID,
            )
        )

    @api.model
    def _find_customers(self, ids):
        """Return those with a document of this company, of their own or of their company's."""
        partners = self.env["res.partner"].sudo().with_context(active_test=False).browse(ids)
        firms = {partner.id: partner.commercial_partner_id.id for partner in partners}
        parties = {*firms, *firms.values()}
        found = set()
        for model, (field, conditions) in DOCUMENTS.items():
            if model not in self.env or field not in self.env[model]._fields:
                continue
            documents = self.env[model].sudo().with_context(active_test=False)
            domain = [(field, "in", list(parties)), *conditions]
            if "company_id" in documents._fields:
                domain.append(("company_id", "in", [self.env.company.id, False]))
            found |= {party.id for (party,) in documents._read_group(domain, [field])}
        return {id_ for id_, firm in firms.items() if id_ in found or firm in found}

    @api.model
    def _find_answering_leads(self, ids):
        """Return the leads who turned to the company: by mail, by a form, in a chat."""
        if not ids:
            return set()
        self.env["crm.lead"].flush_model()
        self.env["mail.message"].flush_model(["model", "res_id", "message_type", "author_id"])
        chat = SQL()
        if "origin_channel_id" in self.env["crm.lead"]._fields:
            chat = SQL(" OR lead.origin_channel_id IS NOT NULL")
        return self._run(
            SQL(
                """
                SELECT lead.id FROM crm_lead lead JOIN res_users maker ON maker.id = lead.create_uid
                WHERE lead.id = ANY(%s) AND (maker.share%s OR EXISTS (
                    SELECT FROM mail_message m
                    WHERE m.model = 'crm.lead' AND m.res_id = lead.id AND m.message_type = 'email'
                        AND m.create_uid = %s AND NOT EXISTS (SELECT FROM res_users u
                            WHERE u.partner_id = m.author_id AND NOT u.share)))
                """,
                ids,
                chat,
                SUPERUSER_ID,
            )
        )

    @api.model
    def _run(self, query):
        return {id_ for (id_,) in self.env.execute_query(query)}
