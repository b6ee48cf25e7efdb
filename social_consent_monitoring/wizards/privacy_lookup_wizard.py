from odoo import api, models
from odoo.tools import SQL, email_normalize

from ..models.social_subject_request import ADDRESS_FIELDS

OFFICER = "social_consent_monitoring.group_privacy_officer"
# What hangs on the person's key, and the column.
BY_SUBJECT = {
    "social.consent": "subject_id",
    "social.first.contact": "subject_id",
    "social.existing.customer": "subject_id",
    "social.privacy.request": "subject_id",
    "social.author": "social_subject_id",
}
# What goes with the contact, which the lookup passes over.
BY_CONTACT = {
    "social.match": "partner_id",
    "social.profile": "partner_id",
    "social.handle.proof": "partner_id",
    "social.enrichment": "partner_id",
    "social.contract": "partner_id",
    "social.consent.request.line": "partner_id",
    "social.consent.tick": "partner_id",
    "social.paper.form": "partner_id",
    "social.source": "watched_partner_id",
}


class PrivacyLookupWizard(models.TransientModel):
    """Lets Odoo's own lookup find what hangs on the person's key (GDPR Art. 15 and 17)."""

    _inherit = "privacy.lookup.wizard"

    def _get_query_models_blacklist(self):
        """Leave out our own: what is looked up below is so for the privacy officer only."""
        own = [
            name
            for name in self.env
            if (self.env[name]._original_module or "").startswith("social_consent_monitoring")
        ]
        return [*super()._get_query_models_blacklist(), *own]

    def _get_query(self):
        """Add consents, evidence, posts, and what joins them with the person.

        For the privacy officer only: nobody else learns that there is something.
        """
        query = super()._get_query()
        if not self.env.user.has_group(OFFICER):
            return query
        persons, partners = self._get_social_persons()
        known = SQL(
            "SELECT social_subject_id FROM (%s) person WHERE social_subject_id IS NOT NULL", persons
        )
        parts = [query]
        for model, column in BY_SUBJECT.items():
            where = SQL("%s IN (%s)", SQL.identifier(column), known)
            if model == "social.author":
                where = SQL("(%s OR id IN (%s))", where, self._get_social_authors(partners))
            parts.append(self._make_social_select(model, where))
        for model, column in BY_CONTACT.items():
            where = SQL("%s IN (%s)", SQL.identifier(column), partners)
            parts.append(self._make_social_select(model, where))
        parts.append(
            self._make_social_select(
                "social.consent.evidence",
                SQL(
                    "event_id IN (SELECT event.id FROM social_consent_event event"
                    " JOIN social_subject subject ON subject.key = event.subject_key"
                    " WHERE subject.id IN (%s))",
                    known,
                ),
            )
        )
        return SQL(" UNION ALL ").join(parts)

    def _get_social_persons(self):
        """Return two queries: the keys of who has this name or address, and their contacts."""
        name, email = self.name.strip(), email_normalize(self.email.strip())
        selects = [
            SQL(
                "SELECT social_subject_id FROM %s WHERE email_normalized = %s OR %s ILIKE %s",
                SQL.identifier(self.env[model]._table),
                email,
                SQL.identifier("contact_name" if model == "crm.lead" else "name"),
                name,
            )
            for model in ADDRESS_FIELDS
        ]
        partners = SQL(
            "SELECT id FROM res_partner WHERE email_normalized = %s OR name ILIKE %s", email, name
        )
        return SQL(" UNION ").join(selects), partners

    def _get_social_authors(self, partners):
        """Return the query of the authors that profiles say are these contacts."""
        return SQL(
            "SELECT author.id FROM social_author author JOIN social_profile profile"
            " ON profile.platform_id = author.platform_id"
            " AND lower(profile.handle) = lower(author.handle) WHERE profile.partner_id IN (%s)",
            partners,
        )

    @api.model
    def _make_social_select(self, model, where):
        records = self.env[model]
        active = SQL.identifier("active") if "active" in records._fields else SQL("TRUE")
        return SQL(
            "SELECT %s AS res_model_id, id AS res_id, %s AS is_active FROM %s WHERE %s",
            self.env["ir.model"]._get_id(model),
            active,
            SQL.identifier(records._table),
            where,
        )

    def _forget(self):
        """Keep no name: of an erased person the lookup knows only what was done to which number."""
        for wizard in self.with_context(active_test=False):
            wizard.line_ids._mark_social_gone()
            wizard.write({"name": self.env._("Erased person"), "email": "erased@erased.invalid"})
