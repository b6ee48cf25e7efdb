from datetime import timedelta
from urllib.parse import urlsplit

from dateutil.relativedelta import relativedelta
from werkzeug.routing import Map, Rule

from odoo import api, fields, models, tools
from odoo.exceptions import UserError
from odoo.tools import LazyTranslate

from .. import notice_text
from ..digests import sha256
from ..door import is_open, open_door
from ..pin import pin
from .social_consent_notice_words import explain_publishing, find_missing, get_shipped_names

_lt = LazyTranslate(__name__)

# What a published notice promises; changing it afterwards would change what people agreed to.
FROZEN = {
    "purpose_id",
    "company_id",
    "lang",
    "name",
    "text",
    "purpose_statement",
    "platform_ids",
    "category_ids",
    "months",
    "ask_age",
    "not_tied",
    "revocation_checked",
    "change_kind",
}
# What publishing alone sets.
PUBLISHING = {
    "state",
    "version",
    "published_at",
    "published_by_id",
    "template",
    "controller",
    "outdated",
    "renewal_due",
}
# What a decision asks of a notice.
TERMS = {"platform_ids", "category_ids", "outdated", "renewal_due"}
# What one version promises otherwise than another; the wording aside.
PROMISES = (
    "purpose_statement",
    "platform_ids",
    "category_ids",
    "months",
    "ask_age",
    "controller",
)
# What stands for the person's own link where no person is.
NEUTRAL_LINK = _lt("your personal link, which our e-mails contain and which we send you on request")
CONSENT_PAGE = "/social/consent/token"
DEFAULT_MONTHS = 24


class SocialConsentNotice(models.Model):
    """The text that a person agreed to (rules 6 to 8), in one language, in one version.

    A draft is edited; a published notice is frozen; publishing a newer one supersedes it. What
    that means for consents to earlier versions, its publisher says: see ``change_kind``.

    Publishing fills in the placeholders, so that what people agreed to is complete and hashed.
    The text with its placeholders stays in ``template``: a copy starts from it, and names the
    platforms that are chosen then. ``{link}`` stays too, since each person has a link of their
    own; ``_get_text_for()`` fills it in.
    """

    _name = "social.consent.notice"
    _inherit = ["mail.thread", "social.company.mixin"]
    _description = "Privacy Notice"
    _order = "purpose_id, lang, version desc, id desc"

    name = fields.Char(required=True)
    purpose_id = fields.Many2one("social.consent.purpose", required=True, ondelete="restrict")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, ondelete="restrict"
    )
    lang = fields.Selection(
        selection="_get_languages",
        string="Language",
        required=True,
        default=lambda self: self.env.lang or "en_US",
    )
    version = fields.Integer(readonly=True, copy=False, help="Given when the notice is published.")
    state = fields.Selection(
        [("draft", "Draft"), ("published", "Published"), ("superseded", "Superseded")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
    )
    purpose_statement = fields.Char(
        "Purpose in One Sentence",
        help="What for? In the notice's language, as the person reads it: “We would like to …”",
    )
    text = fields.Text(
        required=True,
        help="Plain text. Placeholders are replaced when the notice is published: {purpose}, "
        "{platforms}, {categories}, {controller}, {months}; {link} becomes each person's own "
        "link to withdraw.",
    )
    template = fields.Text(
        readonly=True, copy=False, help="The text before publishing replaced its placeholders."
    )
    preview = fields.Text("As the Person Reads It", compute="_compute_preview")
    text_hash = fields.Char(compute="_compute_text_hash", help="SHA-256 of the text, hexadecimal.")
    # Archived ones too: archiving changes nothing of what people agreed to.
    platform_ids = fields.Many2many(
        "social.platform",
        ondelete="restrict",
        string="Platforms",
        context={"active_test": False},
        help="Consent covers these platforms only; others are neither matched nor stored on it.",
    )
    category_ids = fields.Many2many(
        "social.data.category",
        ondelete="restrict",
        string="Data",
        context={"active_test": False},
        help="Consent covers these kinds of data only.",
    )
    months = fields.Integer(
        "Valid for (Months)",
        compute="_compute_months",
        store=True,
        readonly=False,
        precompute=True,
        help="A consent to this notice expires after so long.",
    )
    ask_age = fields.Boolean(
        "Ask for the Age",
        help="Nobody agrees without saying how old they are; under 16 a guardian must agree.",
    )
    not_tied = fields.Boolean(
        "Not Tied to Anything",
        help="I confirm: agreeing is no condition of a contract, and no part of accepting terms.",
    )
    revocation_checked = fields.Boolean(
        "Says How to Withdraw",
        help="I confirm: the text says that the person can withdraw the consent at any time.",
    )
    is_revocation_known = fields.Boolean(compute="_compute_is_revocation_known")
    missing = fields.Html("Still Missing", compute="_compute_missing", sanitize=False)
    previous_id = fields.Many2one(
        "social.consent.notice", "Version Before", compute="_compute_previous_id"
    )
    change_kind = fields.Selection(
        [
            ("correction", "Spelling only: consents stay valid"),
            ("extent", "More or other data: ask for renewal"),
            ("purpose", "Another purpose: all consents end"),
        ],
        "What Changes",
        copy=False,
        help="Spelling: earlier consents count as given to this version. Other data (platforms, "
        "data, period): they keep their old extent, and renewal is asked. Another purpose: they no "
        "longer count.",
    )
    concerned_count = fields.Integer(
        "Persons Concerned",
        compute="_compute_concerned_count",
        help="Who gave a consent to an earlier version that is still valid.",
    )
    comparison = fields.Html(compute="_compute_comparison", sanitize=False)
    controller = fields.Char(
        readonly=True, copy=False, help="The company's name when the notice was published."
    )
    published_at = fields.Datetime("Published", readonly=True, copy=False)
    published_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    outdated = fields.Boolean(
        readonly=True,
        copy=False,
        help="A later version changed the purpose: consents to this one no longer count.",
    )
    renewal_due = fields.Boolean(
        readonly=True,
        copy=False,
        help="A later version changed the extent or the purpose: consents to this one wait for "
        "renewal.",
    )

    _months_bounded = models.Constraint(
        "CHECK(months BETWEEN 1 AND 120)", "A consent is valid for one month to ten years."
    )

    _one_published = models.UniqueIndex(
        "(purpose_id, company_id, lang) WHERE state = 'published'",
        "Another notice for this purpose and language was published just now.",
    )

    @api.model
    def _get_languages(self):
        languages = self.env["res.lang"].with_context(active_test=False).sudo().search([])
        return [(lang.code, lang.name) for lang in languages]

    @api.depends("purpose_id")
    def _compute_months(self):
        for notice in self:
            purpose = notice.purpose_id
            notice.months = purpose.validity_months or notice.months or DEFAULT_MONTHS

    @api.depends("text")
    def _compute_text_hash(self):
        for notice in self:
            notice.text_hash = sha256((notice.text or "").encode())

    @api.depends("name", "version", "state")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for notice in self:
            version = (
                self.env._("version %s", notice.version) if notice.version else self.env._("draft")
            )
            name = notice.name or self.env._("New notice")
            notice.display_name = f"{name} ({notice._get_language()}, {version})"

    def _get_language(self):
        """Return the name of the notice's language, as people know it."""
        return self.env["res.lang"]._get_data(code=self.lang).name or self.lang or ""

    @api.depends("lang")
    def _compute_is_revocation_known(self):
        for notice in self:
            notice.is_revocation_known = notice_text.knows_words(notice.lang)

    @api.depends(
        "text",
        "state",
        "lang",
        "company_id",
        "purpose_statement",
        "platform_ids",
        "category_ids",
        "months",
    )
    def _compute_preview(self):
        for notice in self:
            notice.preview = notice._get_text_for()

    @api.depends(
        "preview", "purpose_id", "ask_age", "not_tied", "revocation_checked", "change_kind"
    )
    @api.depends_context("lang")
    def _compute_missing(self):
        for notice in self:
            notice.missing = notice.state == "draft" and self.env["ir.qweb"]._render(
                "social_consent_monitoring.notice_missing", {"missing": notice._get_missing()}
            )

    @api.depends("purpose_id", "company_id", "lang", "state")
    def _compute_previous_id(self):
        for notice in self:
            notice.previous_id = notice._get_earlier()[:1]

    @api.depends("previous_id")
    def _compute_concerned_count(self):
        consents = self.env["social.consent"].sudo()
        for notice in self:
            domain = [("notice_id", "in", notice._get_earlier().ids), ("state", "=", "given")]
            [(count,)] = consents._read_group(domain, [], ["subject_id:count_distinct"])
            notice.concerned_count = count

    @api.depends("preview", "previous_id", "ask_age")
    @api.depends_context("lang")
    def _compute_comparison(self):
        for notice in self:
            notice.comparison = bool(notice.previous_id) and self.env["ir.qweb"]._render(
                "social_consent_monitoring.notice_comparison",
                {"old": notice.previous_id, "new": notice, "rows": notice._get_comparison_rows()},
            )

    def action_compare(self):
        """Show this version beside the one before."""
        self.ensure_one()
        if not self.previous_id:
            raise UserError(self.env._("There is no version before this one."))
        return self._get_dialog("compare", self.env._("What Changed"))

    def action_ask_publish(self):
        """Say what publishing means for the people who consented, before it happens."""
        self.ensure_one()
        self._check_publishable()
        return self._get_dialog("publish", self.env._("Publish This Notice?"))

    def _get_dialog(self, view, title):
        xml_id = f"social_consent_monitoring.social_consent_notice_view_{view}"
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": self._name,
            "res_id": self.id,
            "views": [(self.env.ref(xml_id).id, "form")],
            "target": "new",
            "context": {"dialog_size": "large" if view == "publish" else "extra-large"},
        }

    def action_publish(self):
        """Publish the drafts; the notice that each one follows is superseded.

        :raises UserError: with the list of all that a draft lacks (rules 6, 7, 8 and 10)
        """
        for notice in self:
            notice._check_publishable()
            notice._publish()
        return {"type": "ir.actions.act_window_close"}

    def _check_publishable(self):
        if self.state != "draft":
            raise UserError(
                self.env._("Only a draft can be published. Duplicate the notice to change it.")
            )
        missing = self._get_missing()
        if missing:
            raise UserError(
                self.env._(
                    "“%(notice)s” cannot be published yet:\n%(missing)s",
                    notice=self.name,
                    missing="\n".join(f"- {line}" for line in missing),
                )
            )

    def _get_missing(self):
        """Return what this draft lacks, in words: each with what to do. Empty: nothing."""
        self.ensure_one()
        return find_missing(self)

    def _publish(self):
        earlier = self._get_earlier()
        vals = {
            "version": max(earlier.mapped("version"), default=0) + 1,
            "published_at": fields.Datetime.now(),
            "published_by_id": self.env.uid,
            "change_kind": self.change_kind if earlier else False,
            "controller": self.company_id.name,
            "template": self.text,
            "text": self._get_filled_text(),
        }
        earlier.filtered(lambda old: old.state == "published")._move_to("superseded")
        self._move_to("published", **vals)
        earlier._follow_change(vals["change_kind"])
        self.message_post(body=explain_publishing(self.env, vals["change_kind"], self.version))

    def _move_to(self, state, **vals):
        open_door(self).write({"state": state, **vals})
        self.flush_recordset()

    def _follow_change(self, kind):
        """Let the consents to these earlier versions follow from what the new one changed.

        A changed purpose was never agreed to, so what rests on the old consents goes at once.
        """
        if not self or kind == "correction":
            return
        open_door(self).write({"renewal_due": True})
        if kind == "purpose":
            open_door(self).write({"outdated": True})
            consents = (
                self.env["social.consent"]
                .sudo()
                .search([("notice_id", "in", self.ids), ("recorded_state", "=", "given")])
            )
            # Nobody makes a match meanwhile that this would miss.
            pin(consents)
            consents._follow()

    def _get_earlier(self):
        """Return the versions that came before this notice, the latest first."""
        self.ensure_one()
        domain = fields.Domain(self._get_series_domain()) & fields.Domain("version", ">", 0)
        if self.version:
            domain &= fields.Domain("version", "<", self.version)
        return self.search(domain, order="version desc")

    def _get_changed_fields(self):
        """Return the names of the fields that promise otherwise than the version before.

        A text that is empty there was not recorded, and is not compared.
        """
        before, after = self.previous_id._get_promises(), self._get_promises()
        return [name for name in PROMISES if before[name] not in (after[name], "")]

    def _get_promises(self):
        return {
            "purpose_statement": " ".join((self.purpose_statement or "").split()),
            "platform_ids": set(self.platform_ids._origin.ids),
            "category_ids": set(self.category_ids._origin.ids),
            "months": self.months,
            "ask_age": self.ask_age,
            # The name: whoever moves house stays who they are.
            "controller": (self.company_id.name if self.state == "draft" else self.controller)
            or "",
        }

    def _get_comparison_rows(self):
        """Return (label, pairs of lines) for all that two versions may differ in."""
        before, after = self.previous_id._get_readable(), self._get_readable()
        labels = self.fields_get(list(after), ["string"])
        return [
            (labels[name]["string"], notice_text.compare(before[name], after[name]))
            for name in after
        ]

    def _get_readable(self):
        """Return all that this version says, as text by field."""
        return {
            "purpose_statement": self.purpose_statement or "",
            "platform_ids": "\n".join(self._get_names(self.platform_ids)),
            "category_ids": "\n".join(self._get_names(self.category_ids)),
            "months": str(self.months),
            "ask_age": self.env._("Yes") if self.ask_age else self.env._("No"),
            "controller": self.controller or self.company_id.name or "",
            "text": self.preview or "",
        }

    def _get_text_for(self, record=None, link=None):
        """Return the text as this person reads it, with the person's own link.

        :param record: a record of a model with ``social.subject.mixin``; without one, words
            stand for the link, so that nobody else gets hold of it
        :param link: what stands for it otherwise, as the short one on a printed form
        """
        self.ensure_one()
        if record:
            link = record._get_social_consent_url(self.purpose_id.code)
        link = link or NEUTRAL_LINK._translate(self.lang)
        return notice_text.fill(self._get_filled_text(), {notice_text.LINK: link})

    def _get_filled_text(self):
        """Return the text with all placeholders filled but ``{link}``."""
        if self.state != "draft":
            return self.text or ""
        values = {
            "purpose": (self.purpose_statement or "").strip(),
            "platforms": "; ".join(self._get_names(self.platform_ids)),
            "categories": "; ".join(self._get_names(self.category_ids)),
            "controller": self._get_controller(),
            "months": str(self.months),
        }
        return notice_text.fill(self.text or "", {name: say for name, say in values.items() if say})

    def _get_controller(self):
        """Return who is responsible and where to be reached (GDPR Art. 13(1)(a))."""
        company = self._speak(self.company_id.sudo())
        address = company.partner_id._display_address(without_company=True).splitlines()
        parts = [company.name, *address, company.email]
        return ", ".join(part.strip() for part in parts if part and part.strip())

    def _get_names(self, records):
        """Return the names of these records in the notice's language."""
        names = [record.name for record in self._speak(records) if record.name]
        if self._is_installed():
            return names
        shipped = get_shipped_names(self.lang or "en_US")
        return [shipped.get(name, name) for name in names]

    def _speak(self, records):
        """Return the records in the notice's language; in English where it is not installed."""
        return records.with_context(lang=self.lang if self._is_installed() else "en_US")

    def _is_installed(self):
        return bool(self.env["res.lang"]._get_data(code=self.lang or ""))

    @api.model
    def _has_public_address(self):
        """Tell whether a link that leaves this database leads somewhere at all."""
        address = self.env["ir.config_parameter"].sudo().get_param("web.base.url") or ""
        try:
            parts = urlsplit(address)
        except ValueError:
            return False
        return parts.scheme in ("http", "https") and bool(parts.hostname)

    @api.model
    def _has_consent_page(self):
        """Tell whether the page behind the links to withdraw is routed (rule 8).

        Asks the controllers, not the running server: it does not know them while it installs.
        """
        http = self.env["ir.http"]
        converters = http._get_converters()
        found = http._generate_routing_rules(["social_consent_monitoring"], converters)
        rules = [
            Rule(url, endpoint=endpoint, methods=endpoint.routing["methods"])
            for url, endpoint in found
        ]
        return Map(rules, converters=converters).bind("").test(CONSENT_PAGE, "GET")

    def _get_series_domain(self):
        """Return the domain of the other notices for the same purpose, company and language."""
        self.ensure_one()
        return [
            ("id", "!=", self._origin.id),
            ("purpose_id", "=", self.purpose_id.id),
            ("company_id", "=", self.company_id.id),
            ("lang", "=", self.lang),
        ]

    @api.model
    def _get_published(self, purpose, lang):
        """Return the published notice that a person with this language reads.

        A dialect reads the notice in its main language (de_AT reads de_DE). A person without
        a language reads the company's.

        :raises UserError: where there is none: nobody can agree to a text that does not exist
        """
        lang = lang or self.env.company.partner_id.lang or self.env.lang or "en_US"
        notices = self.sudo().search(
            [
                ("purpose_id", "=", purpose.id),
                ("company_id", "=", self.env.company.id),
                ("state", "=", "published"),
            ]
        )
        spoken = notices.filtered(lambda notice: notice.lang == lang) or notices.filtered(
            lambda notice: notice.lang.split("_")[0] == lang.split("_")[0]
        )
        if not spoken:
            raise UserError(
                self.env._(
                    "There is no published privacy notice for “%(purpose)s” in the language "
                    "%(lang)s. Ask the privacy officer to publish one.",
                    purpose=purpose.name,
                    lang=lang,
                )
            )
        return spoken[0]

    @api.model_create_multi
    def create(self, vals_list):
        # A default from the context counts like a value.
        defaults = self.default_get(list(PUBLISHING))
        for vals in vals_list:
            given = {**defaults, **vals}
            if any(given.get(name) and given[name] != "draft" for name in PUBLISHING):
                raise UserError(self.env._("A notice starts as a draft. Use “Publish”."))
        return super().create(vals_list)

    def copy_data(self, default=None):
        """A copy is a draft again: with the placeholders, and without the signs of publishing."""
        vals_list = super().copy_data(default)
        for notice, vals in zip(self, vals_list, strict=True):
            if "text" not in (default or {}):
                vals["text"] = notice.template or notice.text
        return vals_list

    def write(self, vals):
        if not is_open(self):
            if PUBLISHING & vals.keys():
                raise UserError(self.env._("A notice changes its state by “Publish” only."))
            if FROZEN & vals.keys():
                self._check_draft()
        result = super().write(vals)
        if TERMS & vals.keys():
            self.env.registry.clear_cache()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        self._check_draft()

    def _check_draft(self):
        if any(notice.state != "draft" for notice in self):
            raise UserError(
                self.env._(
                    "People agreed to this published notice, so it can no longer change. "
                    "Duplicate it, change the copy and publish that."
                )
            )

    @api.model
    @tools.ormcache("notice_id")
    def _get_terms(self, notice_id):
        """Return (platforms, kinds of data, is outdated, renewal is due) of a notice, by codes.

        Asked for each batch of a mailing, and hardly ever another: codes that a published notice
        names never change.
        """
        notice = self.sudo().browse(notice_id)
        categories = frozenset(notice.category_ids.mapped("code"))
        platforms = frozenset(notice._get_platform_codes())
        return platforms, categories, notice.outdated, notice.renewal_due

    def _get_platform_codes(self):
        """Return the codes of the platforms that this notice names, sorted."""
        self.ensure_one()
        return sorted(self.sudo().platform_ids.mapped("code"))

    def _get_end(self, given_at, wanted=None):
        """Return when a consent to this notice ends: naive UTC, never later than it says."""
        self.ensure_one()
        end = given_at + relativedelta(months=self.months)
        if wanted and wanted > end:
            raise UserError(
                self.env._(
                    "The notice promises that the consent ends after %s months.", self.months
                )
            )
        return (wanted or end).replace(microsecond=0)

    def _check_fits(self, purpose, lang, signed_at=None):
        """Refuse this notice for a consent to another purpose, company or language.

        :param signed_at: when a paper was signed: it says what stood on it, also where a later
            version has replaced that since, unless for another purpose
        """
        self.ensure_one()
        if self.state != "published" and not (signed_at and self._was_there(signed_at)):
            raise UserError(self.env._("Only a published notice can be agreed to."))
        if self.purpose_id != purpose or self.company_id != self.env.company:
            raise UserError(
                self.env._("The notice “%s” is for another purpose or company.", self.name)
            )
        if lang and self.lang.split("_")[0] != lang.split("_")[0]:
            raise UserError(
                self.env._(
                    "The notice “%(notice)s” is in %(notice_lang)s, the person reads %(lang)s.",
                    notice=self.name,
                    notice_lang=self.lang,
                    lang=lang,
                )
            )

    def _was_there(self, moment):
        """Tell whether somebody may have signed this version on that day, and it still counts."""
        if self.state == "draft" or self.outdated:
            return False
        return not self.published_at or self.published_at < moment + timedelta(days=1)
