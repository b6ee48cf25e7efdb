import json

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_date

from .. import policy
from ..digests import iso
from ..export.archive import Row, Section
from .social_policy import SETTINGS

OFFICER = "social_consent_monitoring.group_privacy_officer"
READERS = (OFFICER, "base.group_system")
# How this addon's groups take part.
GROUPS = (
    "social_consent_monitoring.group_social_user",
    "social_consent_monitoring.group_social_manager",
    OFFICER,
)


class SocialProcessing(models.AbstractModel):
    """The record of processing activities (GDPR Art. 30), from what is configured now.

    Nothing is typed in twice: what the notices, sources, platforms, rules and settings of the
    current company say is what stands here. Reads as superuser: callers check the group.
    """

    _name = "social.processing"
    _inherit = ["social.processing.words"]
    _description = "Record of Processing"

    @api.model
    def _get_record(self):
        """Return the record of the current company: a list of ``Section`` of ``Row``."""
        record = self.sudo()
        titles = record._get_titles()
        sections = {
            "controller": record._get_controller_rows(),
            "activities": record._get_activity_rows(),
            "recipients": record._get_recipient_rows(),
            "platforms": record._get_platform_rows(),
            "retention": [Row("", "", record._get_retention())],
            "rules": record._get_rule_rows(),
            "measures": [Row("", "", record._get_measures())],
        }
        return [Section(code, titles[code], rows) for code, rows in sections.items()]

    @api.model
    def _check_reader(self):
        """Refuse everybody but the privacy officer and administrators.

        :raises AccessError: in words
        """
        if not any(self.env.user.has_group(group) for group in READERS):
            raise AccessError(
                self.env._("Only the privacy officer and administrators read this record.")
            )

    @api.model
    def _get_json(self):
        """Return the record as JSON, in bytes, for whoever may read it."""
        self._check_reader()
        sections = [
            {
                "code": section.code,
                "title": section.title,
                "rows": [
                    {"title": row.title, "note": row.source, "values": dict(row.values)}
                    for row in section.rows
                ],
            }
            for section in self._get_record()
        ]
        said = {
            "company": self.env.company.name,
            "created_at": iso(fields.Datetime.now().replace(microsecond=0)),
            "sections": sections,
        }
        return json.dumps(said, ensure_ascii=False, indent=1).encode()

    @api.model
    def _get_controller_rows(self):
        words = self.env["social.export"]
        labels = words._get_controller_labels()
        values = [(labels[name], value) for name, value in words._get_controller().items()]
        if not words._get_privacy_officer():
            values.append((labels["privacy_officer"], self.env._("Not entered.")))
        return [Row("", "", values)]

    # -- what is done with data, and on what it rests ----------------------------------------

    @api.model
    def _get_activity_rows(self):
        return [
            *self._get_source_rows(),
            *self._get_notice_rows(),
            *self._get_contract_rows(),
            self._get_customer_row(),
            *self._get_duty_rows(),
        ]

    @api.model
    def _get_source_rows(self):
        """Return general monitoring (rule 14): each source with its balancing test."""
        states = dict(self.env["social.source"]._fields["state"]._description_selection(self.env))
        sources = self.env["social.source"].with_context(active_test=False)
        return [
            Row(
                self.env._("Read public posts: %s", source.name),
                states[source.state],
                self._join(
                    purpose=self.env._(
                        "To know what the public says about the company, and to answer it"
                    ),
                    basis=self.env._("Legitimate interest (GDPR Art. 6(1)(f))"),
                    balancing=self._get_balancing_test(source),
                    persons=self.env._("Authors of public posts"),
                    data=self.env._(
                        "Text, time and address of the post; name on the platform, which few may see"
                    ),
                    origin=source.platform_id.name,
                    watched=self._count_watched(source),
                ),
            )
            for source in sources.search(
                [("active", "=", True), *self._get_own_sources_domain()], order="id"
            )
        ]

    @api.model
    def _get_own_sources_domain(self):
        """Return which sources are this company's, or shared by all."""
        return [*self.env["social.source"]._check_company_domain(self.env.company)]

    @api.model
    def _get_balancing_test(self, source):
        done = source._has_balancing_test()
        return source.balancing_test if done else self.env._("Missing.")

    @api.model
    def _count_watched(self, source):
        """Say that a source watches one person, without saying whom."""
        name = "watched_partner_id"
        if name not in source._fields or not source[name]:
            return ""
        return self.env._("One person, who consented to that or whose contract is about it")

    @api.model
    def _get_notice_rows(self):
        """Return what rests on consent: each published notice, with the consents given to it."""
        notices = self.env["social.consent.notice"].search(
            [("state", "=", "published"), ("company_id", "=", self.env.company.id)],
            order="purpose_id, lang, id",
        )
        return [
            Row(
                notice.purpose_id.name,
                self.env._(
                    "%(name)s, version %(version)s, %(language)s, published on %(day)s",
                    name=notice.name,
                    version=notice.version,
                    language=notice._get_language(),
                    day=format_date(self.env, notice.published_at),
                ),
                self._join(
                    purpose=notice.purpose_statement or notice.purpose_id.description,
                    basis=self.env._("Consent (GDPR Art. 6(1)(a))"),
                    persons=self.env._("Contacts, leads and newsletter recipients who consented"),
                    data=", ".join(notice.category_ids.mapped("name")),
                    origin=", ".join(notice.platform_ids.mapped("name")),
                    ends=self.env._(
                        "%s months after it was given, or when it is withdrawn", notice.months
                    ),
                    count=str(self._count_consents(notice)),
                ),
            )
            for notice in notices
        ]

    @api.model
    def _count_consents(self, notice):
        """Count what was given to this notice and counts now."""
        return self.env["social.consent"].search_count(
            [
                ("notice_id", "=", notice.id),
                ("recorded_state", "=", "given"),
                ("valid_until", ">", fields.Datetime.now()),
            ]
        )

    @api.model
    def _get_contract_rows(self):
        """Return what rests on running contracts, by their kind (rules 1 and 3)."""
        kinds = dict(self.env["social.contract"]._fields["kind"]._description_selection(self.env))
        counts = dict(
            self.env["social.contract"]._read_group(
                [("company_id", "=", self.env.company.id), ("state", "=", "running")],
                ["kind"],
                ["__count"],
            )
        )
        purposes = self._get_contract_purposes()
        return [
            Row(
                name,
                "",
                self._join(
                    purpose=purposes[kind][0],
                    basis=self.env._("Contract (GDPR Art. 6(1)(b))"),
                    persons=self.env._("Customers"),
                    data=purposes[kind][1],
                    ends=self.env._("When the contract ends"),
                    count=str(counts.get(kind, 0)),
                ),
            )
            for kind, name in kinds.items()
        ]

    @api.model
    def _get_customer_row(self):
        count = self.env["social.existing.customer"].search_count(
            [("company_id", "=", self.env.company.id), ("active", "=", True)]
        )
        return Row(
            self.env._("E-mail to existing customers about similar goods"),
            "",
            self._join(
                purpose=self.env._("Direct marketing by e-mail"),
                basis=self.env._("Legitimate interest (GDPR Art. 6(1)(f), UWG § 7(3))"),
                persons=self.env._("Customers who bought something and have not objected"),
                data=self.env._("E-mail address, date and goods of the sale"),
                ends=self.env._("When the person objects"),
                count=str(count),
            ),
        )

    # -- who gets data, and which rules hold -------------------------------------------------

    @api.model
    def _get_recipient_rows(self):
        values = []
        for xml_id in GROUPS:
            group = self.env.ref(xml_id)
            users = group.all_user_ids.filtered(
                lambda user: user.active and self.env.company in user.company_ids
            )
            said = self.env._(
                "%(comment)s Users: %(count)s.", comment=group.comment or "", count=len(users)
            )
            values.append((group.name, said))
        return [Row(self.env._("Inside the company"), "", values), self._get_processor_row()]

    @api.model
    def _get_processor_row(self):
        """Return the services that the database is set up to hand data to."""
        servers = self.env["ir.mail_server"].search([]).mapped("smtp_host")
        said = ", ".join(sorted({server for server in servers if server}))
        return Row(
            self.env._("Services"),
            "",
            self._join(
                mail_servers=said or self.env._("As set up for the server"),
                services=self.env._(
                    "SMS and letters, where they are sent, go through Odoo's services (IAP). Check "
                    "the contracts with those who run this database and its mail servers."
                ),
            ),
        )

    @api.model
    def _get_platform_rows(self):
        """Return the platforms that are read, or whose terms somebody judged, and what they get."""
        own = self._get_own_sources_domain()
        known = ["|", ("source_ids", "any", own), ("terms_reviewer_id", "!=", False)]
        platforms = self.env["social.platform"].search(known, order="name, id")
        states = dict(
            self.env["social.platform"]._fields["terms_state"]._description_selection(self.env)
        )
        return [
            Row(
                platform.name,
                states[platform.terms_state],
                self._join(
                    terms=platform.terms_version,
                    reviewed=format_date(self.env, platform.terms_date),
                    expires=format_date(self.env, platform.terms_expiry),
                    transfer=self._get_transfer_words(platform),
                ),
            )
            for platform in platforms
        ]

    @api.model
    def _get_rule_rows(self):
        """Return each act with what it takes and how strictly; what does not enforce says why."""
        rules = self.env["social.policy.rule"]
        names = self.env["social.policy"]._get_plain_act_names()
        modes = dict(rules._get_modes())
        rows = []
        for act, name in names.items():
            found = rules._find_default(act)
            requirement = found.requirement or self.env["social.policy"]._get_requirement(act)
            always = act in policy.WALL
            mode = self.env._("Always enforced") if always else modes[found.mode or "enforce"]
            values = self._join(requirement=requirement, reason=found.reason)
            rows.append(Row(name, mode, values))
        return rows

    # -- for how long ------------------------------------------------------------------------

    @api.model
    def _get_retention(self):
        """Return (what, how long) of all that the settings limit."""
        settings = self.env["res.config.settings"]._fields
        known = []
        for name in SETTINGS:
            label = settings.get(f"social_{name}")
            if not name.startswith("retention_") or not label:
                continue
            days = self.env["social.policy"]._get_setting(name)
            text = self.env._("%s days", days) if days else self.env._("Without an end")
            known.append((label._description_string(self.env), text))
        return known + self._get_fixed_retention()

    @api.model
    def _join(self, **values):
        """Return (label, text) of what is not empty."""
        labels = self._get_labels()
        return [(labels[name], text) for name, text in values.items() if text]
