from odoo import api, fields, models
from odoo.tools import SQL

STATES = ("given", "refused", "open", "never")


class SocialCoverage(models.Model):
    """How many contacts agreed to what, day by day: numbers only, and no small ones (rule 17).

    Kept as numbers, because nothing else tells tomorrow how things stood today: consents end, and
    persons are erased. Too few to show are counted with those who were never asked.
    """

    _name = "social.coverage"
    _description = "Consent Coverage"
    _order = "date desc, id"
    _log_access = False

    date = fields.Date(required=True, readonly=True, index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    purpose_id = fields.Many2one(
        "social.consent.purpose", required=True, readonly=True, ondelete="cascade"
    )
    channel = fields.Selection(
        lambda self: self.env["social.consent"]._get_channels(), readonly=True
    )
    state = fields.Selection(
        [
            ("given", "Given"),
            ("refused", "Refused or withdrawn"),
            ("open", "Asked, or run out"),
            ("never", "Never asked, or too few to show"),
        ],
        required=True,
        readonly=True,
    )
    persons = fields.Integer("Contacts", required=True, readonly=True)
    share = fields.Float(
        "Share (%)", required=True, readonly=True, aggregator="avg", help="Of all contacts."
    )
    newest = fields.Boolean(
        compute="_compute_newest", search="_search_newest", help="The last day that was counted."
    )

    _one_per_day = models.UniqueIndex(
        "(date, company_id, purpose_id, COALESCE(channel, ''), state)",
        "This day was counted already.",
    )

    def _compute_newest(self):
        last = self._get_last_date()
        for row in self:
            row.newest = row.date == last

    def _search_newest(self, operator, value):
        if operator != "in":
            return NotImplemented
        newest = fields.Domain("date", "=", self._get_last_date())
        return fields.Domain.OR(newest if each else ~newest for each in value)

    @api.model
    def _get_last_date(self):
        return self.search([], order="date desc", limit=1).date

    @api.model
    def _cron_count(self):
        """Count the contacts of each company, once a day: a second run replaces the first."""
        today = fields.Date.context_today(self)
        self.sudo().search([("date", "=", today)]).unlink()
        for company in self.env["res.company"].search([]):
            contacts = self._count_contacts(company)
            for place, counts in self._count_consents(company).items():
                self._keep(today, company, place, counts, contacts)

    @api.model
    def _keep(self, today, company, place, counts, contacts):
        purpose_id, channel = place
        shown = self._fold_small(counts, contacts)
        if not shown:
            return
        # Rows of zero, too: averages of several channels add up to all contacts then.
        self.sudo().create(
            [
                {
                    "date": today,
                    "company_id": company.id,
                    "purpose_id": purpose_id,
                    "channel": channel or False,
                    "state": state,
                    "persons": shown.get(state, 0),
                    "share": 100 * shown.get(state, 0) / contacts,
                }
                for state in STATES
            ]
        )

    @api.model
    def _fold_small(self, counts, contacts):
        """Return ``{state: persons}`` in which no number is small.

        What is too few to show is added to those who were never asked; while these are too few
        themselves, the next smallest number goes the same way. So no subtraction tells anything.

        :param counts: ``{state: persons}`` of those who were asked
        :param contacts: how many there are in all
        """
        small = self.env["social.policy"]._get_setting("small_group")
        shown = dict(sorted(counts.items(), key=lambda item: item[1], reverse=True))
        rest = contacts - sum(shown.values())
        while shown and (min(shown.values()) < small or 0 < rest < small):
            rest += shown.popitem()[1]
        return {**shown, "never": rest} if rest >= small else shown

    @api.model
    def _count_contacts(self, company):
        [(count,)] = self.env.execute_query(
            SQL(
                "SELECT count(*) FROM res_partner"
                " WHERE active AND (company_id IS NULL OR company_id = %s)",
                company.id,
            )
        )
        return count

    @api.model
    def _count_consents(self, company):
        """Return ``{(purpose id, channel): {state: contacts}}``; places where nobody said anything too.

        The clock says whether a given consent is still valid.
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT consent.purpose_id, COALESCE(consent.channel, ''),
                    CASE WHEN recorded_state = 'given' AND valid_until > %(now)s THEN 'given'
                        WHEN recorded_state IN ('refused', 'withdrawn') THEN 'refused'
                        ELSE 'open' END AS state, count(*)
                FROM social_consent consent
                JOIN res_partner partner ON partner.social_subject_id = consent.subject_id
                WHERE consent.company_id = %(company)s AND partner.active
                    AND (partner.company_id IS NULL OR partner.company_id = %(company)s)
                GROUP BY 1, 2, 3
                """,
                now=fields.Datetime.now(),
                company=company.id,
            )
        )
        counts = {place: {} for place in self._get_places()}
        for purpose_id, channel, state, persons in rows:
            counts.setdefault((purpose_id, channel), {})[state] = persons
        return counts

    @api.model
    def _get_places(self):
        """Return (purpose id, channel) of all that can be consented to; "" for no channel."""
        channels = [channel for channel, _name in self.env["social.consent"]._get_channels()]
        return [
            (purpose.id, channel)
            for purpose in self.env["social.consent.purpose"].search([])
            for channel in (channels if purpose.code == "contact" else [""])
        ]
