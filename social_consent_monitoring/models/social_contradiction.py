from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..door import open_door
from .social_block_mixin import LISTS

OFFICER = "social_consent_monitoring.group_privacy_officer"


class SocialContradiction(models.Model):
    """Consents of people whose address or number is on a blacklist of Odoo's all the same.

    A blacklist from the time before the consents, a returned mail, an entry by hand: until the
    privacy officer has settled which one counts, the stricter one does (rule 8). Nothing is
    stored: what is settled is gone from the list.
    """

    _name = "social.contradiction"
    _description = "Contradiction"
    _auto = False
    _order = "id desc"
    _depends = {
        "social.consent": [
            "subject_id",
            "company_id",
            "purpose_id",
            "channel",
            "recorded_state",
            "given_at",
            "valid_until",
        ],
        "mail.blacklist": ["email", "active"],
        "phone.blacklist": ["number", "active", "social_origin"],
        "res.partner": ["email_normalized", "phone_sanitized", "social_subject_id"],
        "mailing.contact": ["email_normalized", "social_subject_id"],
        "crm.lead": ["email_normalized", "phone_sanitized", "social_subject_id"],
    }

    consent_id = fields.Many2one("social.consent", readonly=True)
    subject_id = fields.Many2one("social.subject", "Person", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    channel = fields.Selection(
        lambda self: self.env["social.consent"]._get_channels(), readonly=True
    )
    address = fields.Char("Address or Number", readonly=True)
    given_at = fields.Datetime("Consented", readonly=True)
    blocked_at = fields.Datetime("Blacklisted", readonly=True)

    @property
    def _table_query(self):
        blocked = SQL(" UNION ALL ").join(
            self._get_blocked_query(channel, model, field)
            for channel in LISTS
            for model, field in self.env["social.gate"]._get_address_fields(channel).items()
        )
        return SQL(
            """
            SELECT DISTINCT ON (consent.id) consent.id AS id, consent.id AS consent_id,
                consent.subject_id, consent.company_id, consent.channel, blocked.address,
                consent.given_at, blocked.blocked_at
            FROM social_consent consent
            JOIN social_consent_purpose purpose ON purpose.id = consent.purpose_id
                AND purpose.code = 'contact'
            JOIN (%s) blocked ON blocked.subject_id = consent.subject_id
                AND blocked.channel = consent.channel
            WHERE consent.recorded_state = 'given' AND consent.valid_until > %s
            ORDER BY consent.id, blocked.blocked_at DESC
            """,
            blocked,
            fields.Datetime.now(),
        )

    @api.model
    def _get_blocked_query(self, channel, model, field):
        """Return the persons of one kind who are blocked on one channel."""
        list_model, name = LISTS[channel]
        only = SQL()
        if channel == "phone":
            only = SQL(" AND entry.social_origin IS DISTINCT FROM 'withdrawal'")
        return SQL(
            """
            SELECT person.social_subject_id AS subject_id, %s AS channel, entry.%s AS address,
                COALESCE(entry.write_date, entry.create_date) AS blocked_at
            FROM %s person JOIN %s entry ON entry.%s = person.%s AND entry.active
            WHERE person.social_subject_id IS NOT NULL%s
            """,
            channel,
            SQL.identifier(name),
            SQL.identifier(self.env[model]._table),
            SQL.identifier(self.env[list_model]._table),
            SQL.identifier(name),
            SQL.identifier(field),
            only,
        )

    @api.depends("channel", "subject_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        channels = dict(self.env["social.consent"]._get_channels())
        for each in self:
            each.display_name = f"{each.subject_id.display_name}: {channels.get(each.channel, '')}"

    def action_consent_counts(self):
        """Take the address off the list: the privacy officer knows that the consent is newer."""
        self._check_may_settle()
        for channel, own in self.grouped("channel").items():
            model, name = LISTS[channel]
            entries = open_door(self.env[model].sudo())
            entries.search([(name, "in", own.mapped("address"))]).write({"active": False})
        return self._reload()

    def action_blacklist_counts(self):
        """Withdraw the consents: the person did not want this."""
        self._check_may_settle()
        reason = self.env._("On the blacklist all the same; settled by the privacy officer.")
        self.consent_id.sudo()._withdraw(method="blacklist", reason=reason)
        return self._reload()

    def action_open_person(self):
        """Open the person, as far as this user may see that record."""
        self.ensure_one()
        self.check_access("read")
        person = self.subject_id.sudo()._get_any_record().with_env(self.env)
        if not person or not person.has_access("read"):
            raise UserError(self.env._("No record of this person is left that you may see."))
        return person._get_records_action(name=person.display_name)

    def _check_may_settle(self):
        if not self.env.user.has_group(OFFICER):
            raise AccessError(self.env._("The privacy officer settles which one counts."))
        self.check_access("read")

    @api.model
    def _reload(self):
        self.invalidate_model()
        return {"type": "ir.actions.client", "tag": "soft_reload"}
