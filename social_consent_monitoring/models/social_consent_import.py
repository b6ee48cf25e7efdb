import functools
import logging
import time
import traceback
from collections import Counter, defaultdict
from datetime import datetime
from itertools import islice

from odoo import api, fields, models, tools
from odoo.exceptions import UserError

from odoo.addons.phone_validation.tools import phone_validation

from ..connectors import Rejected
from ..door import open_door
from .social_consent_evidence import get_file_digest
from .social_consent_import_part import BATCH
from .social_subject_old_consents import OldYes

# While nobody is at work on it: what the list means may still be said.
OPEN = ("draft", "checked")
WORKING = ("checking", "running")
# Seconds that somebody who pressed a button waits; the job does the rest.
PATIENCE = 20
# Whoever chose the wrong column for the text gets one for each line.
MAX_TERMS = 200
FIELDS = {"email": "email_normalized", "phone": "phone_sanitized"}
BLACKLISTS = {"email": ("mail.blacklist", "email"), "phone": ("phone.blacklist", "number")}
_logger = logging.getLogger(__name__)


class SocialConsentImport(models.Model):
    """Consents, or objections, that were recorded elsewhere, on their way into this record.

    First a dry run, which writes nothing and says of each line why nothing will come of it; then
    the same once more, in batches: each is recorded and taken off what waits in one transaction,
    so whatever stops it, nothing is lost, doubled or half recorded. Consents become events with
    the method ``import``; objections go on Odoo's blacklists, which make them the persons' no.
    """

    _name = "social.consent.import"
    _inherit = ["social.door.mixin", "social.commit.mixin"]
    _description = "Import of Existing Consents"
    _order = "id desc"

    name = fields.Char("File or Lists", required=True, readonly=True)
    kind = fields.Selection(
        [("consents", "Consents"), ("objections", "Blacklist")], required=True, readonly=True
    )
    state = fields.Selection(
        [
            ("draft", "New"),
            ("checking", "Being Checked"),
            ("checked", "Checked"),
            ("running", "Being Recorded"),
            ("stopped", "Stopped"),
            ("done", "Done"),
            ("cancelled", "Left Off"),
        ],
        required=True,
        readonly=True,
        default="draft",
    )
    user_id = fields.Many2one("res.users", "Started By", readonly=True, ondelete="set null")
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    person_model = fields.Selection(
        [("res.partner", "Contacts"), ("mailing.contact", "Newsletter recipients")],
        "Persons Are",
        required=True,
        readonly=True,
    )
    source = fields.Text(
        "Where It Comes From",
        required=True,
        readonly=True,
        help="From which tool, and how people consented there. It stands in each evidence.",
    )
    no_blacklist = fields.Boolean("There Is No Old Blacklist", readonly=True)
    file_digest = fields.Char("SHA-256 of the File", readonly=True)
    attachment_ids = fields.Many2many(
        "ir.attachment", string="Evidence Files", compute="_compute_attachment_ids"
    )
    term_ids = fields.One2many("social.consent.import.term", "import_id", "What People Agreed To")
    line_ids = fields.One2many("social.consent.import.line", "import_id", readonly=True)
    line_count = fields.Integer("Lines That Can Be Used", readonly=True)
    good_count = fields.Integer("Found Good", readonly=True)
    recorded_count = fields.Integer("Recorded", readonly=True)
    refused_count = fields.Integer("Refused Lines", compute="_compute_counts")
    waiting_count = fields.Integer("Still Waiting", compute="_compute_counts")
    progress = fields.Float(compute="_compute_counts", help="In percent.")
    summary = fields.Html("Why Not", compute="_compute_summary", sanitize=False)
    position = fields.Integer(readonly=True, help="The last part that was checked.")
    error = fields.Char(readonly=True)

    def _compute_attachment_ids(self):
        found = self.env["ir.attachment"].search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        )
        documents = found.grouped("res_id")
        for batch in self:
            batch.attachment_ids = documents.get(batch._origin.id, False)

    def _compute_counts(self):
        refused = (
            self.env["social.consent.import.line"]
            .sudo()
            ._read_group([("import_id", "in", self.ids)], ["import_id"], ["__count"])
        )
        refused = dict(refused)
        for batch in self:
            rest = [("import_id", "=", batch._origin.id), ("id", ">", batch.position)]
            parts = self.env["social.consent.import.part"].sudo()
            [(waiting,)] = parts._read_group(rest, [], ["line_count:sum"])
            batch.refused_count = refused.get(batch._origin, 0)
            batch.waiting_count = waiting or 0
            total = batch.line_count
            batch.progress = 100 - 100 * batch.waiting_count / total if total else 100

    @api.depends("line_ids.reason")
    @api.depends_context("lang")
    def _compute_summary(self):
        lines = self.env["social.consent.import.line"]
        words = lines._get_reasons()
        for batch in self:
            groups = lines.sudo()._read_group(
                [("import_id", "=", batch._origin.id)], ["reason"], ["__count", "line:min"]
            )
            rows = [
                {"reason": words.get(reason, reason), "count": count, "first": first}
                for reason, count, first in sorted(groups, key=lambda group: -group[1])
            ]
            batch.summary = bool(rows) and self.env["ir.qweb"]._render(
                "social_consent_monitoring.consent_import_summary", {"rows": rows}
            )

    def write(self, vals):
        """Take from the form what the list means; all else follows from the buttons."""
        batch = open_door(self) if vals.keys() <= {"term_ids"} else self
        return super(SocialConsentImport, batch).write(vals)

    def _get_door_message(self):
        return self.env._("Use “Import Consents”, and the buttons of an import.")

    # -- what comes in ---------------------------------------------------------------------------

    @api.model
    def _start(self, results, documents=(), **vals):
        """Let the lines of a list wait to be checked, and return the import.

        :param results: pairs of line number and ``OldConsent`` or ``Rejected``
        :param documents: ``ir.attachment`` that prove it; they are filed with the import
        """
        batch = open_door(self.sudo()).create(
            {"user_id": self.env.uid, "company_id": self.env.company.id, **vals}
        )
        for document in documents:
            document.sudo().write({"res_model": self._name, "res_id": batch.id})
        batch.with_env(self.env)._take_lines(results)
        return batch.with_env(self.env)

    def _take_lines(self, results):
        """Store what may be used of a list, and of all other lines their number and the reason."""
        results, terms, counts = iter(results), {}, Counter()
        while some := list(islice(results, BATCH)):
            rows, refused = [], []
            for line, said in some:
                row = self._prepare_row(line, said, terms)
                if isinstance(row, Rejected):
                    refused.append((line, row.reason))
                else:
                    rows.append(row)
            if rows:
                self.env["social.consent.import.part"]._add(self, rows)
            self.env["social.consent.import.line"]._note(self, refused, "file")
            counts.update(row["term"] for row in rows)
        for term_id in terms.values():
            term = self.env["social.consent.import.term"].sudo().browse(term_id)
            term.line_count = counts[term_id]
        open_door(self.sudo()).line_count = counts.total()

    def _prepare_row(self, line, said, terms):
        """Return a line as it waits, or ``Rejected``."""
        if isinstance(said, Rejected):
            return said
        who = self._normalize(said.kind, said.who)
        if not who:
            return Rejected("bad_address")
        return {
            "line": line,
            "kind": said.kind,
            "who": who,
            "term": self._get_term(said.term, terms) if self.kind == "consents" else None,
            "given": said.given_at and said.given_at.replace(tzinfo=None).isoformat(),
            "source": said.source,
            "proof": said.proof,
        }

    @api.model
    def _normalize(self, kind, who):
        """Return an address or number in the form in which persons' records have it, or ""."""
        if kind == "email":
            return tools.email_normalize(who) or ""
        if kind != "phone":
            return who
        country = self.env.company.country_id
        try:
            return phone_validation.phone_format(
                who, country.code, country.phone_code, force_format="E164"
            )
        except UserError:
            return ""

    def _get_term(self, said, terms):
        if said not in terms:
            if len(terms) == MAX_TERMS:
                raise UserError(
                    self.env._(
                        "This list has more than %s different texts or purposes. Look whether "
                        "the right columns are chosen.",
                        MAX_TERMS,
                    )
                )
            model = self.env["social.consent.import.term"]
            names = ("said_purpose", "said_channel", "said_text")
            vals = {"import_id": self.id, **dict(zip(names, said, strict=True))}
            terms[said] = model.sudo().create({**vals, **model._guess(said)}).id
        return terms[said]

    # -- the buttons -----------------------------------------------------------------------------

    def action_check(self):
        """Try all lines, write nothing of them, and say what would become of each."""
        self._check_button(OPEN)
        self._clear_lines("check")
        self._move("checking", good_count=0)
        self._work_now()

    def action_record(self):
        """Record what the check found good."""
        self._check_button(("checked",))
        self._check_blacklists()
        self._clear_lines("check")
        self._move("running", good_count=0)
        self._work_now()

    def action_go_on(self):
        """Go on with what was stopped, or with what a server left lying."""
        self._check_button((*WORKING, "stopped"))
        if self.state == "stopped":
            self._move("running")
        self._work_now()

    def action_leave_off(self):
        """Drop what still waits; what is recorded stays."""
        self._check_button((*OPEN, "stopped"))
        self.env["social.consent.import.part"].sudo().search([("import_id", "=", self.id)]).unlink()
        self._move("cancelled")

    def action_view_lines(self):
        """List the lines that were refused, each with its reason."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Refused Lines"),
            "res_model": "social.consent.import.line",
            "views": [(False, "list")],
            "view_mode": "list",
            "domain": [("import_id", "=", self.id)],
            "context": {"create": False},
        }

    def _check_button(self, states):
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group("social_consent_monitoring.group_privacy_officer"):
            raise UserError(self.env._("Only the privacy officer imports consents."))
        if self.state not in states:
            raise UserError(self.env._("Somebody went on with this import. Load the page again."))

    def _check_blacklists(self):
        """Let old blacklists in first: whoever said no elsewhere is not to count as a yes."""
        if self.kind != "consents":
            return
        lists = self.sudo().search(
            [("kind", "=", "objections"), ("company_id", "=", self.company_id.id)]
        )
        if lists.filtered(lambda each: each.state not in ("done", "cancelled")):
            raise UserError(self.env._("A blacklist is still being imported. It comes first."))
        if not self.no_blacklist and not lists.filtered(lambda each: each.state == "done"):
            raise UserError(
                self.env._(
                    "Import the old blacklist first. Where there is none, start again and say so."
                )
            )

    def _clear_lines(self, found_by):
        lines = self.env["social.consent.import.line"].sudo()
        lines.search([("import_id", "=", self.id), ("found_by", "=", found_by)]).unlink()

    def _move(self, state, **vals):
        open_door(self.sudo()).write({"state": state, "position": 0, "error": False, **vals})

    def _work_now(self):
        """Work as long as somebody waits; the job goes on with the rest."""
        worker = self.with_context(import_commits=True)
        # First what the button said: a conflict in the first step is not to undo it.
        worker._commit(0)
        if not worker._work(PATIENCE):
            self.env.ref("social_consent_monitoring.ir_cron_consent_import").sudo()._trigger()

    def _get_window(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import of Existing Consents"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "view_mode": "form",
        }

    # -- the work --------------------------------------------------------------------------------

    @api.model
    def _cron_import(self):
        """Go on with what was begun, blacklists first."""
        working = self.sudo().search([("state", "in", WORKING)], order="kind desc, id")
        remaining = len(working)
        self._commit(0, remaining)
        for batch in working:
            if not batch._work():
                break
            remaining -= 1
            if not self._commit(1, remaining):
                break

    def _work(self, seconds=float("inf")):
        """Work off what waits, batch by batch; return whether nothing is left to be done now."""
        ends = time.monotonic() + seconds
        try:
            while self._transact(self._take_next):
                if time.monotonic() > ends or not self._commit(0):
                    return False
        except UserError as refusal:
            self._stop(str(refusal))
        except Exception as error:
            # Where it happened, and not what was read: that is somebody's address.
            place = "".join(traceback.format_tb(error.__traceback__))
            _logger.error("An import of consents failed: %s\n%s", type(error).__name__, place)
            self._stop(self.env._("Something unexpected went wrong. The server's log says more."))
        return True

    def _stop(self, words):
        """Keep why it stopped; what waits stays."""
        if self._commits():
            self.env.cr.rollback()
        state = "stopped" if self.state == "running" else "draft"
        self._transact(functools.partial(self._move, state, error=words))

    def _take_next(self):
        """Work off the next lines; return whether there were any."""
        batch = self.sudo()
        # Somebody else may have gone on since the last transaction.
        batch.invalidate_recordset()
        if batch.state not in WORKING or not batch.try_lock_for_update():
            return False
        dry = batch.state == "checking"
        parts = self.env["social.consent.import.part"].sudo()
        part = parts.search([("import_id", "=", self.id), ("id", ">", batch.position)], limit=1)
        if not part:
            self._move("checked" if dry else "done")
            return False
        rows = part._get_rows()
        refused = self._as_starter()._work_off(rows, dry)
        noted = sorted(refused.items())
        self.env["social.consent.import.line"]._note(batch, noted, "check" if dry else "record")
        good = len(rows) - len(refused)
        if dry:
            vals = {"position": part.id, "good_count": batch.good_count + good}
        else:
            vals = {"recorded_count": batch.recorded_count + good}
            part.unlink()
        open_door(batch).write(vals)
        return True

    def _as_starter(self):
        """Return the import as whoever started it: the job may do more than they.

        :raises UserError: where they may not import any more
        """
        user = self.sudo().user_id
        is_officer = user.active and user.has_group(
            "social_consent_monitoring.group_privacy_officer"
        )
        if not is_officer or self.sudo().company_id not in user.company_ids:
            raise UserError(
                self.env._("Whoever started this may not import consents any more. Start another.")
            )
        return (
            self.sudo(False)
            .with_user(user)
            .with_context(
                allowed_company_ids=self.sudo().company_id.ids, lang=user.lang, import_commits=False
            )
        )

    def _work_off(self, rows, dry):
        """Record these lines, or only try them; return ``{line: reason}`` of those refused."""
        if self.kind == "objections":
            return self._block(rows, dry)
        by_term, refused = self._sort_by_term(rows)
        for term_id, own in sorted(by_term.items()):
            term = self.env["social.consent.import.term"].browse(term_id)
            reasons = self._record_term(term, own, dry)
            refused.update({own[record_id]["line"]: why for record_id, why in reasons.items()})
        return refused

    def _sort_by_term(self, rows):
        """Return ``{term id: {record id: row}}``, and ``{line: reason}`` of those of nobody.

        The latest of several yeses of one person counts, wherever it stands.
        """
        people, by_term, refused = self._find_people(rows), defaultdict(dict), {}
        for row in sorted(rows, key=lambda row: (row["given"] or "", row["line"])):
            person = people.get((row["kind"], row["who"]), "nobody")
            if isinstance(person, str):
                refused[row["line"]] = person
                continue
            own = by_term[row["term"]]
            if earlier := own.get(person.id):
                refused[earlier["line"]] = "known"
            own[person.id] = row
        return by_term, refused

    def _record_term(self, term, rows, dry):
        """Record who agreed to one thing; return ``{record id: reason}`` of those refused."""
        if problem := term._find_problem():
            return dict.fromkeys(rows, problem)
        lines = {
            record_id: OldYes(datetime.fromisoformat(row["given"]), self._prepare_said(row))
            for record_id, row in rows.items()
        }
        people = self.env[self.person_model].browse(lines)
        place = term._get_place()
        if dry:
            return people._sort_out_import(*place, lines)
        return people._import_social_consents(*place, lines, self._prepare_evidence(term))

    def _prepare_said(self, row):
        """Return what the evidence of one line says: where it stands, and its own words."""
        note = f"{self.source}\n{self.name}, {row['line']}"
        own = {"source": row["source"], "proof": row["proof"]}
        return {
            "note": note,
            "line": row["line"],
            **{name: say for name, say in own.items() if say},
        }

    def _prepare_evidence(self, term):
        """Return what the evidence of all lines with the same words says."""
        files = self.sudo().attachment_ids
        evidence = {
            "import": self.id,
            "file": self.name,
            "file_sha256": self.file_digest,
            "said_purpose": term.said_purpose,
            "text_sha256": term._get_digest(),
            "proof_files": [{"name": each.name, "sha256": get_file_digest(each)} for each in files],
        }
        return {name: value for name, value in evidence.items() if value}

    def _find_people(self, rows):
        """Return ``{(kind, who): record, or the reason why there is none}``."""
        wanted, found = defaultdict(set), defaultdict(list)
        for row in rows:
            wanted[row["kind"]].add(row["who"])
        people = self.env[self.person_model].sudo()
        own = fields.Domain.TRUE
        if "company_id" in people._fields:
            own = fields.Domain("company_id", "in", [self.company_id.id, False])
        for kind, values in wanted.items():
            field = FIELDS.get(kind, "id")
            if field not in people._fields:
                continue
            values = [int(value) for value in values] if field == "id" else list(values)
            domain = own & fields.Domain(field, "in", values)
            for person in people.search_fetch(domain, [field, "social_subject_id"], order="id"):
                found[kind, str(person[field])].append(person)
        return {key: self._choose(same) for key, same in found.items()}

    @api.model
    def _choose(self, people):
        """Return the only one of these records, or one of those that are the same person."""
        keys = {person.social_subject_id for person in people}
        if len(people) == 1 or (len(keys) == 1 and all(keys)):
            return people[0]
        return "several"

    def _block(self, rows, dry):
        """Put these addresses and numbers on Odoo's lists; whoever has one thereby says no."""
        refused = {}
        for kind, (model, field) in BLACKLISTS.items():
            own = {row["who"]: row["line"] for row in rows if row["kind"] == kind}
            entries = self.env[model].sudo().with_context(active_test=False)
            known = entries.search([(field, "in", list(own))]) if own else entries.browse()
            listed, taken_off = (
                known.filtered("active"),
                known.filtered(lambda each: not each.active),
            )
            refused.update({own[who]: "listed" for who in listed.mapped(field)})
            new = [{field: who} for who in sorted(own.keys() - set(known.mapped(field)))]
            if (new or taken_off) and not dry:
                taken_off.write({"active": True})
                made = entries.create(new) | taken_off
                body = self.env._("From an old blacklist: %s", self.name)
                made._message_log_batch(bodies=dict.fromkeys(made.ids, body))
        return refused
