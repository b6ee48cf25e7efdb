from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..door import open_door
from ..kinds import with_kind

BATCH = 100
# Days before the deadline at which the privacy officer is reminded of who has no address.
REMIND_DAYS = 7
TODO = "mail.mail_activity_data_todo"
TEMPLATE = "social_consent_monitoring.mail_template_information"


class SocialInformation(models.Model):
    """That a person has to be told: public data were joined with the record (GDPR Art. 14(3)).

    One for each person, company and platform. A mail goes out some days after the joining, at the
    latest a month after it the person must know. Where nothing is held any more, nothing is sent.
    """

    _name = "social.information"
    _inherit = ["social.door.mixin", "mail.thread", "mail.activity.mixin"]
    _description = "Information of a Person"
    _order = "due_date, id"

    subject_id = fields.Many2one(
        "social.subject", "Data Subject", required=True, readonly=True, ondelete="restrict"
    )
    partner_id = fields.Many2one("res.partner", "Contact", compute="_compute_partner_id")
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    platform_id = fields.Many2one(
        "social.platform", required=True, readonly=True, ondelete="restrict"
    )
    linked_at = fields.Datetime("Linked", required=True, readonly=True)
    due_date = fields.Date("To Be Informed Until", required=True, readonly=True)
    mail_id = fields.Many2one("mail.mail", readonly=True, copy=False, ondelete="set null")
    failed = fields.Boolean("The Mail Failed", readonly=True, copy=False)
    void = fields.Boolean("Nothing Is Held Any More", readonly=True, copy=False)
    sent_at = fields.Datetime("Informed", readonly=True, copy=False)
    way = fields.Selection([("mail", "E-mail"), ("letter", "Letter")], readonly=True, copy=False)
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("no_address", "Send a letter"),
            ("overdue", "Overdue"),
            ("sent", "Informed"),
            ("void", "Not needed any more"),
        ],
        compute="_compute_state",
    )

    _once = models.UniqueIndex(
        "(subject_id, company_id, platform_id)", "This person is to be informed already."
    )
    _open_by_date = models.Index("(linked_at) WHERE sent_at IS NULL AND void IS NOT TRUE")

    @api.depends("subject_id")
    @api.depends_context("uid")
    def _compute_partner_id(self):
        partners = self.sudo(False).env["res.partner"].with_context(active_test=False)
        found = partners.search([("social_subject_id", "in", self.subject_id.ids)], order="id desc")
        by_subject = {partner.social_subject_id.id: partner.id for partner in found}
        for information in self:
            information.partner_id = by_subject.get(information.subject_id.id, False)

    @api.depends("sent_at", "void", "due_date", "failed", "subject_id")
    def _compute_state(self):
        today = fields.Date.today()
        for information in self:
            if information.sent_at or information.void:
                information.state = "sent" if information.sent_at else "void"
            elif information.due_date < today:
                information.state = "overdue"
            else:
                reachable = information._get_reader() and not information.failed
                information.state = "waiting" if reachable else "no_address"

    @api.depends("due_date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for information in self:
            information.display_name = self.env._("Information of a Person, No. %s", information.id)

    def _get_door_message(self):
        return self.env._("Whom to inform follows from what was linked, and is not typed in.")

    # -- what is linked ------------------------------------------------------------------------

    @api.model
    def _note(self, rows):
        """Remember that a person has to be told of these rows of the wall; known ones stay.

        A company is no person, and those who were told of a platform are not told again.
        """
        rows = rows.sudo()
        partner, company = rows[:1].partner_id, rows[:1].company_id
        if not partner or partner.is_company:
            return
        codes = {row._get_place()[0] for row in rows}
        platforms = self.env["social.platform"].sudo().search([("code", "in", list(codes))])
        [(_record, subject)] = partner._ensure_subjects()
        now = fields.Datetime.now()
        due = (now + relativedelta(months=1)).date()
        stamps = (now, due, self.env.uid, self.env.uid, now, now)
        self.flush_model()
        self.env.cr.execute_values(
            """
            INSERT INTO social_information AS known (subject_id, company_id, platform_id,
                linked_at, due_date, create_uid, write_uid, create_date, write_date)
            VALUES %s ON CONFLICT (subject_id, company_id, platform_id) DO UPDATE
                SET void = NULL, failed = NULL, linked_at = EXCLUDED.linked_at,
                    due_date = EXCLUDED.due_date
                WHERE known.void AND known.sent_at IS NULL
            """,
            [(subject.id, company.id, platform.id, *stamps) for platform in platforms],
        )
        self.invalidate_model()

    @api.model
    def _hand_over(self, others, subject):
        """Let this follow the records of a person that were merged: who was told stays told."""
        rows = open_door(self.sudo())
        domain = [("subject_id", "in", (others | subject).ids)]
        found = rows.search(domain).sorted(lambda each: (not each.sent_at, bool(each.void)))
        for same in found.grouped(lambda each: (each.company_id, each.platform_id)).values():
            kept = same[0]
            due = min(same.mapped("due_date"))
            (same - kept)._end_reminder()
            (same - kept).unlink()
            kept.write({"subject_id": subject.id, "due_date": due})

    def _get_held(self):
        """Return those of which something is still held, and still counts."""
        if not self:
            return self
        for name in ("social.match", "social.profile", "social.enrichment", "res.partner"):
            self.env[name].flush_model()
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT info.id FROM social_information info
                JOIN res_partner partner ON partner.social_subject_id = info.subject_id
                JOIN (
                    SELECT held.partner_id, held.company_id, held.valid_until, post.platform_id
                    FROM social_match held JOIN social_mention post ON post.id = held.mention_id
                    UNION ALL
                    SELECT partner_id, company_id, valid_until, platform_id FROM social_profile
                    UNION ALL
                    SELECT held.partner_id, held.company_id, held.valid_until,
                        COALESCE(post.platform_id, profile.platform_id)
                    FROM social_enrichment held
                    LEFT JOIN social_mention post ON post.id = held.mention_id
                    LEFT JOIN social_profile profile ON profile.id = held.profile_id
                ) AS held ON held.partner_id = partner.id AND held.company_id = info.company_id
                    AND held.platform_id = info.platform_id
                WHERE info.id = ANY(%s) AND held.valid_until > %s
                """,
                self.ids,
                fields.Datetime.now(),
            )
        )
        return self.browse(row[0] for row in rows)

    # -- by mail -------------------------------------------------------------------------------

    @api.model
    def _cron_inform(self):
        """Tell those who were linked some days ago, and remind of those who have no address."""
        days = self.env["social.policy"]._get_setting("information_days")
        linked = fields.Datetime.now() - timedelta(days=days)
        domain = [("sent_at", "=", False), ("void", "=", False), ("linked_at", "<=", linked)]
        after, seconds, found = 0, True, True
        while found and seconds:
            found = self.sudo().search([*domain, ("id", ">", after)], order="id", limit=BATCH)
            after = found[-1:].id
            free = found.try_lock_for_update()
            free._inform()
            seconds = self.env["ir.cron"]._commit_progress(len(free), remaining=len(found))

    def _inform(self):
        """Queue a mail to each that is still needed, and remind of those who cannot get one."""
        held = self._get_held()
        open_door(self - held).write({"void": True})
        (self - held)._end_reminder()
        waiting = held.filtered(lambda each: not each.mail_id or each.failed)
        mailed = waiting.filtered(lambda each: each._get_reader() and not each.failed)
        mailed._queue_mails()
        (waiting - mailed)._remind()

    def _get_reader(self):
        """Return the contact of this person who has an e-mail address, or none."""
        self.ensure_one()
        partners = self.subject_id.sudo()._get_records("res.partner")
        active_first = partners.sorted(lambda partner: not partner.active)
        return active_first.filtered(lambda partner: partner._get_social_address())[:1]

    def _queue_mails(self):
        """Queue one mail each. It belongs to no document: it tells what few may read."""
        template = self.env.ref(TEMPLATE, False)
        if not template:
            raise UserError(self.env._("The mail template for this information was deleted."))
        mails = with_kind(self.env["mail.mail"].with_user(SUPERUSER_ID), "service")
        for information in self:
            letter = information._prepare_letter()
            values = template.sudo()._prepare_social_request_mails({information.id: letter})
            mail = mails.create(values)
            open_door(information).write({"mail_id": mail.id})
        if self:
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()

    def _prepare_letter(self):
        """Return what the person has to be told about, in the person's language (Art. 14(1), (2))."""
        self.ensure_one()
        partner = self._get_reader() or self.subject_id.sudo()._get_records("res.partner")[:1]
        company = self.company_id
        lang = self.env["social.link"]._choose_lang(partner.lang, company.partner_id.lang)
        officer = company._get_social_privacy_contact()
        return {
            "email": partner._get_social_address(),
            "email_from": company.email_formatted or self.env.user.email_formatted,
            "lang": lang,
            "name": partner.name,
            "to": f"{partner.name}\n{partner._display_address(without_company=True)}".strip(),
            "company": company.name,
            "address": company.partner_id._display_address(without_company=True).replace(
                "\n", ", "
            ),
            "officer": ", ".join(filter(None, officer.values())),
            "platform": self.platform_id.with_context(lang=lang).name,
            "url": partner.with_company(company)._get_social_consent_url(),
        }

    def _render_letter(self, letter):
        """Return the text as HTML."""
        template = self.env.ref(TEMPLATE).sudo()
        [values] = template._prepare_social_request_mails({self.id: letter})
        return values["body_html"]

    @api.model
    def _follow_mails(self, mails, failed):
        """Take over what became of the mails: only what was delivered to a server informs."""
        found = self.sudo().search([("mail_id", "in", mails.ids), ("sent_at", "=", False)])
        if found and failed:
            open_door(found).write({"failed": True})
        elif found:
            found._mark_sent("mail")

    # -- by hand -------------------------------------------------------------------------------

    def action_sent_by_letter(self):
        """Record that a letter with this information was sent today."""
        self.check_access("write")
        if any(each.sent_at for each in self):
            raise UserError(self.env._("This person was informed already."))
        self.sudo()._mark_sent("letter")

    def action_print(self):
        """Print the letter."""
        self.check_access("read")
        report = self.env.ref("social_consent_monitoring.action_report_information")
        return report.report_action(self)

    def _mark_sent(self, way):
        open_door(self).write({"sent_at": fields.Datetime.now(), "way": way, "failed": False})
        self._end_reminder()

    def _remind(self):
        """Plan it for the privacy officer, where the deadline is a week away or less."""
        soon = fields.Date.today() + timedelta(days=REMIND_DAYS)
        due = self.filtered(lambda each: each.due_date <= soon and not each.activity_ids)
        officers = self.env["social.consent.seal"]._get_officers()
        # It stands in the officer's list of activities; a mail beside it would name the person.
        quiet = open_door(due).with_context(mail_activity_quick_update=True)
        for information in quiet:
            company = information.company_id
            own = officers.filtered(lambda user, company=company: company in user.company_ids)
            for officer in own[:1]:
                information.activity_schedule(
                    TODO,
                    information.due_date,
                    summary=self.env._("Inform this person by letter"),
                    user_id=officer.id,
                )

    def _end_reminder(self):
        self.activity_ids.unlink()
