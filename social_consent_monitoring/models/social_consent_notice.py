import hashlib

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..door import is_open, open_door

# What a published notice promises; changing it afterwards would change what people agreed to.
FROZEN = {"purpose_id", "company_id", "lang", "name", "text", "platform_ids", "months"}
# What publishing alone sets.
PUBLISHING = {"state", "version", "published_at"}


class SocialConsentNotice(models.Model):
    """The text that a person agreed to (rules 6 to 8), in one language, in one version.

    A draft is edited; a published notice is frozen; publishing a newer one supersedes it.
    """

    _name = "social.consent.notice"
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
    text = fields.Text(required=True, help="Plain text, as the person reads it.")
    text_hash = fields.Char(compute="_compute_text_hash", help="SHA-256 of the text, hexadecimal.")
    platform_ids = fields.Many2many(
        "social.platform",
        ondelete="restrict",
        string="Platforms",
        help="Consent covers these platforms only; others are neither matched nor stored on it.",
    )
    months = fields.Integer(
        "Valid for (Months)", default=24, help="A consent to this notice expires after so long."
    )
    published_at = fields.Datetime(readonly=True, copy=False)

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

    @api.depends("text")
    def _compute_text_hash(self):
        for notice in self:
            notice.text_hash = hashlib.sha256((notice.text or "").encode()).hexdigest()

    @api.depends("name", "version", "state")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for notice in self:
            version = (
                self.env._("version %s", notice.version) if notice.version else self.env._("draft")
            )
            notice.display_name = f"{notice.name} ({notice.lang}, {version})"

    def action_publish(self):
        """Publish the drafts; the notice that each one follows is superseded."""
        for notice in self:
            if notice.state != "draft":
                raise UserError(
                    self.env._("Only a draft can be published. Duplicate the notice to change it.")
                )
            predecessors = self.search(notice._get_series_domain())
            predecessors.filtered(lambda old: old.state == "published")._move_to("superseded")
            version = max(predecessors.mapped("version"), default=0) + 1
            notice._move_to("published", version=version, published_at=fields.Datetime.now())

    def _move_to(self, state, **vals):
        open_door(self).write({"state": state, **vals})
        self.flush_recordset()

    def _get_series_domain(self):
        """Return the domain of the other notices for the same purpose, company and language."""
        self.ensure_one()
        return [
            ("id", "!=", self.id),
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
        if any(PUBLISHING & vals.keys() for vals in vals_list):
            raise UserError(self.env._("A notice starts as a draft. Use “Publish”."))
        return super().create(vals_list)

    def write(self, vals):
        if is_open(self):
            return super().write(vals)
        if PUBLISHING & vals.keys():
            raise UserError(self.env._("A notice changes its state by “Publish” only."))
        if FROZEN & vals.keys():
            self._check_draft()
        return super().write(vals)

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
        return wanted or end

    def _is_social_outdated(self):
        """Tell whether a later version asks for something else than this one."""
        self.ensure_one()
        if "outdated" in self._fields:
            return self["outdated"]
        return self.state == "superseded"

    def _get_social_text(self, record):
        """Return the text as this person reads it."""
        self.ensure_one()
        if hasattr(self, "_get_text_for"):
            return self._get_text_for(record)
        return self.text

    def _check_fits(self, purpose, lang):
        """Refuse this notice for a consent to another purpose, company or language."""
        self.ensure_one()
        if self.state != "published":
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
