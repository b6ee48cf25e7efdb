import json
from datetime import timezone

from odoo import api, models
from odoo.tools import SQL, html2plaintext, sql

from ..connectors import Rejected
from ..old_consents import OldConsent

# Tables of OCA's privacy_consent, which may be left from an older Odoo without their addon. When
# somebody answered is known from the tracked change of the answer alone: the row, and other fields
# of it, may have been written since. Of a field that is gone with its addon Odoo keeps the name.
OCA_TABLES = ("privacy_consent", "privacy_activity")
OCA = """
    SELECT consent.id, consent.partner_id, activity.controller_id, activity.name::text,
        activity.description::text,
        consent.state = 'answered' AND consent.accepted AND consent.active,
        (SELECT max(message.date) FROM mail_message message
            JOIN mail_tracking_value tracked ON tracked.mail_message_id = message.id
            LEFT JOIN ir_model_fields field ON field.id = tracked.field_id
            WHERE message.model = 'privacy.consent' AND message.res_id = consent.id
                AND coalesce(field.name, tracked.field_info->>'name') IN ('state', 'accepted'))
    FROM privacy_consent consent JOIN privacy_activity activity ON activity.id = consent.activity_id
    ORDER BY consent.id
"""


class SocialConsentImportLists(models.Model):
    """Old consents that stand in this very database: mailing lists, and OCA's privacy_consent."""

    _inherit = "social.consent.import"

    @api.model
    def _read_lists(self, lists):
        """Yield what the subscriptions of these ``mailing.list`` say, each by its own id.

        Who has subscribed did so on a page, so that the row was made by no employee; what an
        employee typed in or imported is no act of the person (GDPR Art. 4 no. 11).
        """
        subscriptions = self.env["mailing.subscription"].sudo()
        for one in subscriptions.search([("list_id", "in", lists.ids)], order="id"):
            yield one.id, self._read_subscription(one)

    @api.model
    def _read_subscription(self, one):
        if one.opt_out:
            return Rejected("not_yes")
        if not one.create_uid.share:
            return Rejected("staff")
        return OldConsent(
            "mailing.contact",
            str(one.contact_id.id),
            purpose=one.list_id.name or "",
            given_at=one.create_date.replace(microsecond=0, tzinfo=timezone.utc),
        )

    @api.model
    def _has_oca_tables(self):
        return all(sql.table_exists(self.env.cr, name) for name in OCA_TABLES)

    @api.model
    def _read_oca(self):
        """Yield what OCA's tables say, each by its own id: answers, and no presumed yes.

        What was given to another controller is none of this company's (GDPR Art. 4 no. 11).
        """
        own = self.env.company.partner_id.id
        for row_id, partner_id, controller_id, *words, said_yes, answered in self.env.execute_query(
            SQL(OCA)
        ):
            name, description = words
            if controller_id != own:
                result = Rejected("other_company")
            elif not said_yes:
                result = Rejected("not_yes")
            elif not answered:
                result = Rejected("no_date")
            else:
                result = OldConsent(
                    "res.partner",
                    str(partner_id),
                    purpose=_plain(name),
                    text=html2plaintext(_plain(description)),
                    given_at=answered.replace(microsecond=0, tzinfo=timezone.utc),
                )
            yield row_id, result


def _plain(text):
    """Return a text that may be stored by language, as newer Odoo does."""
    try:
        said = json.loads(text or "")
    except ValueError:
        return text or ""
    return next(iter(said.values()), "") if isinstance(said, dict) else text
