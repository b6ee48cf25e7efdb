from odoo import api, models

from ..export.archive import Row


class SocialProcessingWords(models.AbstractModel):
    """What the record of processing says that is not configured: labels, duties, measures."""

    _name = "social.processing.words"
    _description = "Words of the Record of Processing"

    @api.model
    def _get_titles(self):
        _ = self.env._
        return {
            "controller": _("Controller"),
            "activities": _("Processing: purposes, persons and data"),
            "recipients": _("Recipients"),
            "platforms": _("Platforms, and transfers to third countries"),
            "retention": _("Periods until deletion"),
            "rules": _("Rules that every act is asked of"),
            "measures": _("Technical and organisational measures"),
        }

    @api.model
    def _get_labels(self):
        _ = self.env._
        return {
            "purpose": _("Purpose"),
            "basis": _("Legal basis"),
            "balancing": _("Balancing test"),
            "persons": _("Persons concerned"),
            "data": _("Data"),
            "origin": _("Platforms"),
            "watched": _("Watches"),
            "ends": _("Ends"),
            "count": _("In force now"),
            "mail_servers": _("Outgoing mail servers"),
            "services": _("Other services"),
            "terms": _("Version of the terms"),
            "reviewed": _("Reviewed on"),
            "expires": _("Valid until"),
            "transfer": _("Transfer"),
            "requirement": _("Takes"),
            "reason": _("Reason"),
        }

    @api.model
    def _get_contract_purposes(self):
        """Return (purpose, data) by kind of contract."""
        _ = self.env._
        return {
            "contract": (
                _("To fulfil the contract, and nothing else"),
                _("Name, address and what the contract is about"),
            ),
            "monitor": (
                _("To watch what is written under the names that the contract lists, as agreed"),
                _("Public posts under these names, and their match with the customer"),
            ),
        }

    @api.model
    def _get_duty_rows(self):
        """Return what the law itself demands: proof, requests, and the list of the suppressed."""
        _ = self.env._
        duty = _("Legal duty (GDPR Art. 6(1)(c))")
        duties = (
            (
                _("Prove consents and decisions"),
                _("Accountability (GDPR Art. 5(2), 7(1); UWG § 7a)"),
                _("Everybody who was asked for consent, or whom an act concerned"),
                _("Events by a random key, evidence, and the decision log, which names nobody"),
            ),
            (
                _("Answer requests of the persons concerned"),
                _("Access, correction, erasure, objection (GDPR Art. 12 to 22)"),
                _("Who makes a request"),
                _("The request, its answer and their dates"),
            ),
            (
                _("Respect objections and erasure"),
                _("Keep data from coming back (GDPR Art. 17, 21)"),
                _("Who objected or was erased"),
                _("Keyed hashes of address, number and name on a platform, which name nobody"),
            ),
        )
        return [
            Row(title, "", self._join(purpose=purpose, basis=duty, persons=persons, data=data))
            for title, purpose, persons, data in duties
        ]

    @api.model
    def _get_transfer_words(self, platform):
        if platform.terms_allow_push:
            return self.env._(
                "Its terms allow bringing in customer data. If it has its seat outside the EU, check "
                "on what the transfer rests (GDPR Art. 44 to 49)."
            )
        if platform.terms_allow_answers:
            return self.env._(
                "Answers are published there, without customer data: its terms do not allow bringing "
                "that in."
            )
        return self.env._("None: posts are read from it, and no customer data goes there.")

    @api.model
    def _get_fixed_retention(self):
        """Return (what, how long) of what no setting limits."""
        _ = self.env._
        return [
            (_("Matches, profiles and enriched values"), _("Until the consent or contract ends")),
            (
                _("Proof of a consent to advertising by phone"),
                _("Five years after each use (UWG § 7a(2))"),
            ),
            (_("Events of consents"), _("As long as the consent has to be proven")),
            (_("Hashes of those who objected or were erased"), _("Without an end")),
        ]

    @api.model
    def _get_measures(self):
        """Return (measure, how) as the addon itself takes them (GDPR Art. 32)."""
        _ = self.env._
        return [
            (
                _("Pseudonyms"),
                _(
                    "Authors of posts bear a random pseudonym. The name on the platform is shown "
                    "one at a time, to whoever answers, and each showing is logged."
                ),
            ),
            (
                _("The wall"),
                _(
                    "A post is joined with a customer in a separate record that global rules hide "
                    "the moment its consent or contract ends, whether or not any job has run."
                ),
            ),
            (
                _("One decision"),
                _("Every act is asked of one policy. Refusals and mass acts are logged."),
            ),
            (
                _("Record of consents"),
                _(
                    "Events are append-only and a chain of hashes, which PostgreSQL itself refuses "
                    "to change; seals over the chains lie outside of their table."
                ),
            ),
            (
                _("Few see much"),
                _(
                    "The privacy officer alone reads evidence and names on platforms; system "
                    "administrators alone read keys."
                ),
            ),
            (
                _("Only what is public"),
                _("Posts that are not public are dropped before they are stored."),
            ),
            (
                _("Withdrawal"),
                _(
                    "On the person's own page, without a login: its link stands in each e-mail that "
                    "asks or advertises, and is sent to whoever wants it. What rested on the "
                    "consent is gone in the same transaction."
                ),
            ),
            (
                _("Deletion"),
                _("A daily job deletes what is older than the periods above, in batches."),
            ),
        ]
