from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import SUPERUSER_ID, api, fields, models, tools
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.tools import SQL, format_date

from ..door import open_door
from ..storable import make_storable

OFFICER = "social_consent_monitoring.group_privacy_officer"
# The ways in which a request comes, of all that ``policy.METHODS`` knows.
METHODS = ("portal", "link", "form", "staff", "platform", "reply")
# On these pages the person reads the result at once.
PAGES = ("portal", "link", "form")
# What the company still owes the person something for.
OPEN = ("received", "checked", "done")
# GDPR Art. 12(3): a month, and two more where there is a reason.
MONTHS, MORE_MONTHS = 1, 2
REMIND_DAYS = 7
# What is written down about a request in words, and goes when its person is erased.
WORDS = ("text", "check_note", "extension_reason", "done_note", "reject_reason", "told_note")


class SocialPrivacyRequest(models.Model):
    """What a data subject asked for (GDPR Art. 12 and 15 to 21), and what became of it.

    It hangs on the person's key. Nobody types it in or deletes it: each step is an act, with who
    did it and when. Once the person is erased it says no more than key, kind and dates, and holds
    a keyed digest of the address at which it was answered.
    """

    _name = "social.privacy.request"
    # The thread is what activities need; nothing is tracked, and no form shows it.
    _inherit = ["social.door.mixin", "mail.thread", "mail.activity.mixin"]
    _description = "Request of a Person"
    _order = "due_at, id"

    subject_id = fields.Many2one(
        "social.subject", "Key", required=True, readonly=True, index=True, ondelete="restrict"
    )
    person_name = fields.Char("Person", compute="_compute_person_name")
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict")
    kind = fields.Selection(
        lambda self: self._get_kinds(), "Asks For", required=True, readonly=True, index=True
    )
    method = fields.Selection(
        lambda self: self._get_methods(), "How It Came In", required=True, readonly=True
    )
    text = fields.Text("What the Person Said", readonly=True)
    received_at = fields.Datetime("Received", required=True, readonly=True)
    due_at = fields.Datetime(
        "Due",
        required=True,
        readonly=True,
        help="A month after it came in (GDPR Art. 12(3)); with a reason, three months.",
    )
    state = fields.Selection(
        [
            ("received", "Received"),
            ("checked", "Person checked"),
            ("done", "Carried out"),
            ("confirmed", "Confirmed"),
            ("rejected", "Rejected"),
        ],
        required=True,
        readonly=True,
        default="received",
        index=True,
        group_expand=True,
    )
    is_open = fields.Boolean(compute="_compute_is_open", search="_search_is_open")
    urgency = fields.Selection(
        lambda self: list(self._get_urgencies().items()),
        "Deadline",
        compute="_compute_urgency",
        search="_search_urgency",
    )
    answer_to = fields.Char(
        "Answered At", readonly=True, help="The e-mail address at which the person is told."
    )
    answer_digest = fields.Char("Digest of the Address", readonly=True)
    recorded_by_id = fields.Many2one("res.users", readonly=True, ondelete="set null")
    check_note = fields.Text("How the Identity Was Checked", readonly=True)
    checked_at = fields.Datetime("Checked", readonly=True)
    checked_by_id = fields.Many2one("res.users", readonly=True, ondelete="set null")
    extension_reason = fields.Text("Why It Takes Longer", readonly=True)
    extended_at = fields.Datetime("Extended", readonly=True)
    extended_by_id = fields.Many2one("res.users", readonly=True, ondelete="set null")
    done_note = fields.Text("What Was Done", readonly=True)
    done_at = fields.Datetime("Carried Out", readonly=True)
    done_by_id = fields.Many2one("res.users", "Carried Out By", readonly=True, ondelete="set null")
    reject_reason = fields.Text("Why It Was Rejected", readonly=True)
    rejected_at = fields.Datetime("Rejected On", readonly=True)
    rejected_by_id = fields.Many2one("res.users", readonly=True, ondelete="set null")
    told_note = fields.Text("How the Person Was Told", readonly=True)
    told_at = fields.Datetime("Person Told", readonly=True)
    told_by_id = fields.Many2one("res.users", readonly=True, ondelete="set null")
    is_erased = fields.Boolean("Person Erased", readonly=True)
    reminded_at = fields.Datetime(readonly=True)

    _one_open = models.UniqueIndex(
        "(subject_id, company_id, kind) WHERE state IN ('received', 'checked')",
        "This person has already asked for that; the request is not finished.",
    )

    @api.model
    def _get_kinds(self):
        kinds = {
            "access": self.env._("Access to the data"),
            "correct": self.env._("Correction"),
            "erase": self.env._("Erasure"),
            "object": self.env._("Objection"),
            "restrict": self.env._("Restriction"),
        }
        return list(kinds.items())

    @api.model
    def _get_methods(self):
        names = {
            "portal": self.env._("Portal"),
            "link": self.env._("Personal link"),
            "form": self.env._("Form"),
            "staff": self.env._("Staff (phone, letter)"),
            "platform": self.env._("Platform"),
            "reply": self.env._("Reply by E-Mail"),
        }
        return [(method, names[method]) for method in METHODS]

    @api.model
    def _get_urgencies(self):
        return {
            "overdue": self.env._("Overdue"),
            "soon": self.env._("Due soon"),
            "in_time": self.env._("In time"),
            "closed": self.env._("Finished"),
        }

    # -- what is shown ---------------------------------------------------------------------------

    @api.depends("kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._get_kinds())
        for request in self:
            request.display_name = self.env._(
                "%(kind)s no. %(number)s", kind=kinds.get(request.kind, ""), number=request.id or ""
            )

    @api.depends("subject_id", "is_erased")
    @api.depends_context("uid", "lang")
    def _compute_person_name(self):
        """Say who it is, as far as this user may see them."""
        for request in self:
            if request.is_erased:
                request.person_name = self.env._("Erased person")
            else:
                person = request._get_person()
                request.person_name = person.display_name or request.subject_id.display_name

    def _get_person(self):
        """Return a record of the person that this user may read; none where there is none."""
        key = self.subject_id.key or ""
        return (
            self.env["social.subject"]._get_by_key(key)._get_readable_record(self.sudo(False).env)
        )

    @api.depends("state")
    def _compute_is_open(self):
        for request in self:
            request.is_open = request.state in OPEN

    def _search_is_open(self, operator, value):
        if operator != "in":
            return NotImplemented
        is_open = fields.Domain("state", "in", OPEN)
        return fields.Domain.OR(is_open if each else ~is_open for each in value)

    @api.depends("state", "due_at")
    def _compute_urgency(self):
        now = fields.Datetime.now()
        soon = now + timedelta(days=REMIND_DAYS)
        for request in self:
            if request.state not in OPEN:
                request.urgency = "closed"
            elif not request.due_at or request.due_at >= soon:
                request.urgency = "in_time"
            else:
                request.urgency = "overdue" if request.due_at <= now else "soon"

    def _search_urgency(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = fields.Datetime.now()
        is_open = fields.Domain("state", "in", OPEN)
        late = fields.Domain("due_at", "<=", now)
        near = fields.Domain("due_at", "<", now + timedelta(days=REMIND_DAYS))
        domains = {
            "overdue": is_open & late,
            "soon": is_open & near & ~late,
            "in_time": is_open & ~near,
            "closed": ~is_open,
        }
        return fields.Domain.OR(domains[each] for each in value if each in domains)

    def _get_door_message(self):
        return self.env._(
            "A request follows from what the person asked for. Take “Record a Request” on the "
            "contact, and the buttons of the request."
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Requests of persons are never deleted."))

    # -- how it comes in -------------------------------------------------------------------------

    @api.model
    def _open(self, subject, kind, *, method, text=None, answer_to=None, received_at=None):
        """Write down what a person asked for, and return the request.

        Two open requests of one kind by one person are one: the second adds its text. An
        objection is carried out at once (GDPR Art. 21).

        :param subject: one ``social.subject``
        :param kind: ``access``, ``correct``, ``erase``, ``object`` or ``restrict``
        :param method: one of :data:`METHODS`
        :param text: the person's words, or a note on what was said
        :param answer_to: e-mail address for the answer; by default the recorded one
        :param received_at: naive UTC, by default now; the month counts from here
        :raises ConcurrencyError: where the same person asks for the same at the same moment
        """
        if method not in METHODS or kind not in dict(self._get_kinds()):
            raise UserError(self.env._("This is no way, or no kind, of a request."))
        text = make_storable(text or "").strip()
        subject = subject.sudo()._get_by_key(subject.sudo().key)
        subject._lock_chains()
        if request := self._find_unfinished(subject, kind):
            request._add_text(text)
            return request.with_env(self.env)
        received_at = (received_at or fields.Datetime.now()).replace(microsecond=0)
        address = tools.email_normalize(answer_to or "") or subject._get_address()
        request = open_door(self.sudo()).with_context(mail_create_nolog=True)
        request = request.with_context(mail_create_nosubscribe=True).create(
            {
                "subject_id": subject.id,
                "company_id": self.env.company.id,
                "kind": kind,
                "method": method,
                "text": text or False,
                "received_at": received_at,
                "due_at": received_at + relativedelta(months=MONTHS),
                "answer_to": address,
                "recorded_by_id": self.env.uid if method == "staff" else False,
            }
        )
        request._begin()
        return self.browse(request.id)

    @api.model
    def _find_unfinished(self, subject, kind):
        """Return the request of this kind that is still to be carried out; empty if none is.

        :raises ConcurrencyError: where another transaction made one since this one began
        """
        self.flush_model()
        query = SQL(
            "SELECT id FROM social_privacy_request WHERE subject_id = ANY(%s) AND company_id = %s"
            " AND kind = %s AND state IN ('received', 'checked') ORDER BY id LIMIT 1",
            subject._get_all_keys().ids,
            self.env.company.id,
            kind,
        )
        found = self.env.execute_query(query)
        with self.env.registry.cursor() as cr:
            cr.execute(query)
            if not found and cr.fetchall():
                raise ConcurrencyError("The same request came in at the same moment.")
        return self.sudo().browse(found[0] if found else ())

    def _add_text(self, text):
        if text and text not in (self.text or ""):
            open_door(self).text = f"{self.text}\n\n{text}" if self.text else text

    def _begin(self):
        """Carry out an objection; tell the officers of anything else."""
        if self.kind != "object":
            self._schedule("new")
            return
        subject = self.subject_id
        if person := subject._get_any_record() or subject._get_records("social.author")[:1]:
            person.with_company(self.company_id)._object_social(method=self.method)
        self._note("done")
        if self.method in PAGES:
            self._note("told", state="confirmed")
        elif self.answer_to:
            self._tell("confirmed")
        else:
            self._schedule("tell")

    # -- the steps -------------------------------------------------------------------------------

    def _note(self, step, words=None, **changes):
        """Write down that a step was taken: by whom, and when.

        :param step: the beginning of its fields' names
        :param dict words: further values
        """
        now = fields.Datetime.now()
        states = {"checked": "checked", "done": "done", "rejected": "rejected"}
        vals = {f"{step}_at": now, f"{step}_by_id": self.env.uid, **(words or {}), **changes}
        if step in states:
            vals.setdefault("state", states[step])
        open_door(self.sudo()).write(vals)
        if self.sudo().state not in OPEN:
            self._get_activities().unlink()

    def _check_step(self, *states):
        """Refuse whoever is no privacy officer of the company, and a step out of its turn."""
        self.ensure_one()
        if not self.env.user.has_group(OFFICER):
            raise AccessError(self.env._("The privacy officer works on the requests of persons."))
        self.check_access("read")
        if self.state not in states:
            raise UserError(self.env._("This step was taken already, or is not due yet."))

    @api.model
    def _check_words(self, words, message):
        words = (words or "").strip()
        if not words:
            raise UserError(message)
        return words

    def _check_identity(self, note):
        """Write down how the person's identity was checked (GDPR Art. 12(6))."""
        self._check_step("received")
        note = self._check_words(
            note, self.env._("Write down how you know that it is this person who asks.")
        )
        self._note("checked", {"check_note": note})

    def _extend(self, reason):
        """Take two months more, once, and tell the person why (GDPR Art. 12(3)).

        :raises UserError: a second time, or when the first month is over
        """
        self._check_step("received", "checked")
        reason = self._check_words(
            reason, self.env._("Write down why it takes longer. The person is told.")
        )
        if self.extended_at:
            raise UserError(self.env._("The deadline was extended already: it is done once."))
        if self.due_at <= fields.Datetime.now():
            raise UserError(self.env._("The month is over: the person had to be told within it."))
        due_at = self.received_at + relativedelta(months=MONTHS + MORE_MONTHS)
        self._note("extended", {"extension_reason": reason, "due_at": due_at})
        open_door(self.sudo()).reminded_at = False
        self._get_activities().write({"date_deadline": due_at.date()})
        self._tell("extended")

    def _carry_out(self, note=None):
        """Write down that it was carried out, by hand; an erasure carries itself out."""
        self._check_step("checked")
        if self.kind == "erase":
            raise UserError(self.env._("Take “Erase”: it shows first what is deleted."))
        self._note("done", {"done_note": (note or "").strip() or False})

    def _confirm(self, note=None):
        """Tell the person, by e-mail; without an address say how it was done otherwise."""
        self._check_step("done")
        if self.answer_to:
            self._tell("confirmed")
            return
        note = self._check_words(
            note, self.env._("There is no e-mail address: write down how the person was told.")
        )
        self._note("told", {"told_note": note}, state="confirmed")

    def _reject(self, reason, note=None):
        """Refuse, and tell the person why and where to complain (GDPR Art. 12(4) and (5)).

        :param note: how the person was told, where there is no e-mail address
        """
        self._check_step("received", "checked")
        reason = self._check_words(
            reason, self.env._("Write down why it is rejected. The person is told.")
        )
        if self.answer_to:
            self._note("rejected", {"reject_reason": reason})
            self._tell("rejected")
            return
        note = self._check_words(
            note, self.env._("There is no e-mail address: write down how the person was told.")
        )
        self._note("rejected", {"reject_reason": reason})
        self._note("told", {"told_note": note})

    def _tell(self, what, letter=None):
        """Queue a mail to the person, in the person's language.

        It is service: no advertising, and belongs to no record, so that nobody else reads it. It
        is deleted once it was sent.

        :param what: ``confirmed``, ``rejected`` or ``extended``
        :param letter: what was prepared before the person was erased
        """
        template = self.env.ref(f"social_consent_monitoring.mail_template_privacy_{what}", False)
        if not template:
            raise UserError(self.env._("The mail template for answers to requests was deleted."))
        letters = {self.id: letter or self.sudo()._prepare_letter()}
        self.env["mail.mail"].with_user(SUPERUSER_ID).create(
            template.sudo()._prepare_social_request_mails(letters)
        )
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
        if what != "extended":
            self._note("told", state="rejected" if what == "rejected" else "confirmed")

    def _prepare_letter(self):
        """Return what the templates need to know, and must not ask of a person who is erased."""
        subject = self.subject_id
        subject = subject._get_by_key(subject.key)
        lang = self.env["social.link"]._choose_lang(subject._get_lang())
        reader = self.with_context(lang=lang)
        day = format_date(reader.env, self.due_at, lang_code=lang)
        received = format_date(reader.env, self.received_at, lang_code=lang)
        company = self.company_id
        return {
            "email": self.answer_to,
            "lang": lang,
            "kind": self.kind,
            "kind_name": dict(reader._get_kinds())[self.kind],
            "received": received,
            "due": day,
            "reason": self.reject_reason or self.extension_reason or "",
            "company": company.name,
            "email_from": company.email_formatted or self.env.user.email_formatted,
        }

    # -- erasure ---------------------------------------------------------------------------------

    @api.model
    def _erase_person(self, request, twins=()):
        """Erase the person of a request, and tell the person, in one transaction.

        Where there is no address it stays “carried out”, until somebody says how the person was
        told.
        """
        request._check_step("checked")
        letter = request.sudo()._prepare_letter()
        self.env["social.erasure"]._erase(request.subject_id, request, twins)
        request._note("done")
        if letter["email"]:
            request._tell("confirmed", letter)
        else:
            request._schedule("tell")

    def _forget(self):
        """Empty all that is personal in these requests; of the address a keyed digest stays.

        Key, kinds and dates stay, to prove that the person was answered (GDPR Art. 5(2)).
        """
        links = self.env["social.link"]
        for request in open_door(self.sudo()):
            digest = links._digest_address(request.answer_to) or request.answer_digest
            request.write(
                {
                    **dict.fromkeys(WORDS, False),
                    "answer_to": False,
                    "answer_digest": digest,
                    "is_erased": True,
                }
            )
            request._get_activities().unlink()
            request.message_ids.unlink()

    # -- activities and reminders ----------------------------------------------------------------

    def _get_activities(self):
        domain = [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        return self.env["mail.activity"].sudo().with_context(active_test=False).search(domain)

    def _get_officers(self):
        """Return the privacy officers of the company."""
        officers = self.env.ref(OFFICER).sudo().all_user_ids
        return officers.filtered(
            lambda user: user.active and self.sudo().company_id in user.company_ids
        )

    def _schedule(self, what):
        """Give each privacy officer of the company something to do, in the officer's language.

        :param what: a key of :meth:`_get_summary`
        """
        for officer in self._get_officers():
            request = self.with_user(SUPERUSER_ID).with_context(lang=officer.lang)
            request.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=request.due_at.date(),
                summary=request._get_summary(what),
                user_id=officer.id,
            )

    def _get_summary(self, what):
        """Return in a few words what is to do; they name nobody."""
        day = format_date(self.env, self.due_at)
        return {
            "new": self.env._("A person asks: %s", dict(self._get_kinds())[self.kind]),
            "tell": self.env._("Tell the person that it was carried out"),
            "soon": self.env._("Due on %s: the person waits for an answer", day),
            "overdue": self.env._("Overdue since %s: the person waits for an answer", day),
        }[what]

    @api.model
    def _cron_remind(self):
        """Remind the officers a week before a deadline, when it is over, and each week after."""
        now = fields.Datetime.now()
        week = timedelta(days=REMIND_DAYS)
        near = [("state", "in", OPEN), ("due_at", "<", now + week)]
        for request in self.sudo().search(near):
            last = request.reminded_at
            first_day = request.due_at if request.due_at <= now else request.due_at - week
            if last and last >= first_day and (request.due_at > now or last > now - week):
                continue
            open_door(request).reminded_at = now
            request._remind()

    def _remind(self):
        self._get_activities().unlink()
        self._schedule("overdue" if self.due_at <= fields.Datetime.now() else "soon")

    # -- buttons ---------------------------------------------------------------------------------

    def action_step(self):
        """Open the form of the next step; which one, the button says in its context."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": "social.privacy.step.wizard",
            "views": [(False, "form")],
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_request_id": self.id,
                "default_step": self.env.context.get("privacy_step"),
            },
        }

    def action_erase(self):
        """Open the dry run of the erasure."""
        self._check_step("received", "checked")
        return self.env["social.erasure.wizard"]._open_for(self.subject_id, self)

    def action_open_person(self):
        """Open the person, as far as this user may see that record."""
        self.ensure_one()
        self.check_access("read")
        person = self._get_person()
        if self.is_erased or not person:
            raise UserError(self.env._("No record of this person is left that you may see."))
        return person._get_records_action(name=person.display_name)

    def action_view_proofs(self):
        """Show the proof of what an erasure removed."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "social_consent_monitoring.social_erasure_proof_action"
        )
        return {**action, "domain": [("request_number", "=", self.id)]}
