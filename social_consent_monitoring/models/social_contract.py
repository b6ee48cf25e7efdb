from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from .. import policy
from ..door import is_open, open_door, without_own_defaults
from ..pin import pin

# What others relied on from the moment that the contract began.
FIXED = ("partner_id", "company_id", "kind", "date_start")
# So many ended contracts are cleared in one transaction.
BATCH_SIZE = 100


class SocialContract(models.Model):
    """A contract with a customer, and the period in which it is a basis (rules 1, 3 and 4).

    An order or other contract lets the company use the customer's data to fulfil it. Only a
    monitoring service lets it watch and match, by the handles named here and no others. The
    period is compared with the clock wherever it counts, so its end needs no job.
    """

    _name = "social.contract"
    _inherit = ["social.company.mixin"]
    _description = "Contract as a Basis"
    _order = "date_end desc, id desc"

    name = fields.Char("Reference", required=True, help="Number or date of the contract.")
    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    kind = fields.Selection(
        [("contract", "Order or other contract"), ("monitor", "Monitoring service")],
        required=True,
        default="contract",
        help="Only a monitoring service lets you watch what the customer writes, and match it.",
    )
    date_start = fields.Datetime("From", required=True, default=lambda self: fields.Datetime.now())
    date_end = fields.Datetime(
        "Until",
        required=True,
        default=policy.NO_END,
        help="From this moment on nothing is allowed by this contract any more.",
    )
    ended_at = fields.Datetime(
        "Ended On", readonly=True, copy=False, help="When somebody pressed “End Now”."
    )
    is_cleared = fields.Boolean(
        readonly=True, copy=False, help="What rested on this contract was removed after its end."
    )
    handle_ids = fields.One2many("social.contract.handle", "contract_id", "Handles")
    note = fields.Text(help="What was agreed, when, and by whom.")
    attachment_ids = fields.One2many(
        "ir.attachment",
        "res_id",
        "Documents",
        domain=[("res_model", "=", "social.contract"), ("res_field", "=", False)],
        bypass_search_access=True,
    )
    state = fields.Selection(
        [("planned", "Planned"), ("running", "Running"), ("ended", "Ended")],
        compute="_compute_state",
        search="_search_state",
    )

    # The job asks for these alone.
    _not_cleared = models.Index("(date_end) WHERE is_cleared IS NOT TRUE")

    @api.depends("date_start", "date_end")
    def _compute_state(self):
        now = fields.Datetime.now()
        for contract in self:
            if contract.date_end and contract.date_end <= now:
                contract.state = "ended"
            elif contract.date_start and contract.date_start > now:
                contract.state = "planned"
            else:
                contract.state = "running"

    @api.model
    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = fields.Datetime.now()
        ended = Domain("date_end", "<=", now)
        begun = Domain("date_start", "<=", now)
        domains = {"planned": ~ended & ~begun, "running": ~ended & begun, "ended": ended}
        return Domain.OR(domains[state] for state in value if state in domains)

    # What is said is checked in Python alone: of a broken rule in the database Odoo's log would
    # tell the whole row.

    @api.constrains("date_start", "date_end")
    def _check_order(self):
        if any(contract.date_end < contract.date_start for contract in self):
            raise ValidationError(self.env._("The contract ends before it begins."))

    @api.constrains("kind", "handle_ids", "note", "attachment_ids")
    def _check_service(self):
        """A monitoring service entered by hand opens the wall: whose handles, and what for (R3)."""
        for contract in self.filtered(lambda contract: contract._is_service_by_hand()):
            if not contract.handle_ids:
                raise ValidationError(
                    self.env._("Enter the customer's handles: only they may be watched.")
                )
            if not (contract.note or "").strip() and not contract.attachment_ids:
                raise ValidationError(
                    self.env._(
                        "Attach the contract, or write down what was agreed: a monitoring service "
                        "allows what needs the customer's consent otherwise."
                    )
                )

    def _is_service_by_hand(self):
        """Tell whether this is a monitoring service that no other document proves."""
        self.ensure_one()
        return self.kind == "monitor"

    @api.model
    def default_get(self, fields):
        """What an order makes takes nothing from whoever confirms it: no handle above all."""
        model = without_own_defaults(self) if is_open(self) else self
        return super(SocialContract, model).default_get(fields)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_door(vals)
        contracts = super().create(vals_list)
        # Defaults, too, come from outside: by the context, and by what a user made of them.
        for contract in contracts:
            self._check_door({name: 1 for name in self._get_door_fields() if contract[name]})
        return contracts

    def write(self, vals):
        self._check_door(vals)
        now = fields.Datetime.now()
        begun = self.filtered(lambda contract: contract.date_start <= now)
        ended = self.filtered(lambda contract: contract.date_end <= now)
        if begun._would_change(vals, FIXED):
            raise UserError(
                self.env._(
                    "This contract has begun: customer, kind and start stay. End it, and enter "
                    "another one."
                )
            )
        if ended._would_change(vals, ["date_end"]):
            raise UserError(
                self.env._("This contract has ended, and is not reopened. Enter another one.")
            )
        result = super().write(vals)
        if "date_end" in vals:
            self._follow()
        return result

    @api.model
    def _get_door_fields(self):
        """Return the fields that follow from acts and are never typed in."""
        return {"ended_at", "is_cleared"}

    @api.model
    def _check_door(self, vals):
        if self._get_door_fields() & vals.keys() and not is_open(self):
            raise UserError(
                self.env._(
                    "This follows from “End Now”, from the date or from an order, and is not "
                    "entered by hand."
                )
            )

    def _would_change(self, vals, names):
        """Tell whether writing these values changes one of these fields in any contract."""
        for name in vals.keys() & set(names):
            field = self._fields[name]
            for contract in self:
                cached = field.convert_to_cache(vals[name], contract)
                if field.convert_to_record(cached, contract) != contract[name]:
                    return True
        return False

    @api.ondelete(at_uninstall=False)
    def _unlink_planned(self):
        """What was allowed can be looked up later: only what never began is deleted."""
        now = fields.Datetime.now()
        if any(contract.date_start <= now for contract in self):
            raise UserError(
                self.env._("This contract has begun, and stays on record. Press “End Now” instead.")
            )

    def action_end(self):
        """End the running ones among these contracts now; what rests on them goes at once (R4)."""
        self.check_access("write")
        self._end()

    def _end(self):
        now = fields.Datetime.now()
        running = self.filtered(lambda contract: contract.date_start <= now < contract.date_end)
        open_door(running).write({"date_end": now, "ended_at": now})

    def _forget(self, ledger):
        """Leave nothing of an erased customer: no handle, no document, no word (GDPR Art. 17).

        What has begun stays on record until the contact itself is deleted, without a name.

        :param ledger: a ``social_erasure.Ledger``
        """
        self._end()
        ledger.delete(self.attachment_ids)
        for contract in self:
            ledger.note(contract.handle_ids)
        self.flush_recordset()
        # A monitoring service without handles is none: only here it may be left without.
        self.env.cr.execute(
            SQL("DELETE FROM social_contract_handle WHERE contract_id = ANY(%s)", self.ids)
        )
        self.env.cr.execute(
            SQL("UPDATE social_contract SET note = NULL WHERE id = ANY(%s)", self.ids)
        )
        self.env.invalidate_all()

    def _follow(self):
        """Let all that rests on these contracts follow them, as they stand now (rule 4).

        The guarded models are those that inherit ``social.wall.mixin``; each knows what of its
        own a contract still covers.
        """
        if not self:
            return
        pin(self)
        guarded = self.env.registry.descendants(["social.wall.mixin"], "_inherit")
        for name in sorted(guarded):
            if not self.env[name]._abstract:
                self.env[name].sudo()._follow_contracts(self.sudo())

    @api.model
    def _cron_clear(self):
        """Remove what rested on contracts that ended by the clock, and is hidden since then."""
        domain = [("date_end", "<=", fields.Datetime.now()), ("is_cleared", "=", False)]
        contracts = self.sudo()
        remaining = contracts.search_count(domain)
        self.env["ir.cron"]._commit_progress(remaining=remaining)
        while batch := contracts.search(domain, limit=BATCH_SIZE, order="id"):
            batch._follow()
            open_door(batch).write({"is_cleared": True})
            remaining = max(remaining - len(batch), 0)
            if not self.env["ir.cron"]._commit_progress(len(batch), remaining=remaining):
                return

    @api.autovacuum
    def _gc_documents(self):
        """Remove documents of forms that were closed unsaved, and of customers that are gone."""
        yesterday = fields.Datetime.subtract(fields.Datetime.now(), days=1)
        documents = self.env["ir.attachment"].sudo()
        documents = documents.search(
            [("res_model", "=", self._name), ("create_date", "<", yesterday)]
        )
        kept = set(self.sudo().browse(set(documents.mapped("res_id"))).exists().ids)
        documents.filtered(lambda document: document.res_id not in kept).unlink()

    @api.model
    def _gather(self, records, purpose):
        """Return ``{record id: tuple of policy.ContractFacts}`` of the contracts that run now.

        Of the current company, in one query for any number of contacts, those that end last
        first; who has none is left out, and so are records that are no contacts. A contract with
        a company counts for its persons; a monitoring service for the very contact only.

        :param purpose: ``contract`` or ``monitor``; a contract is a basis for nothing else
        """
        if records._name != "res.partner":
            return {}
        # A contact that is being edited has an id of its own kind; the stored one counts.
        ids = {getattr(record_id, "origin", record_id): record_id for record_id in records._ids}
        gathered, made = {}, {}
        for partner_id, contract_id, ends, handles in self._read_running(
            list(filter(None, ids)), purpose
        ):
            if contract_id not in made:
                named = frozenset(map(tuple, handles or ()))
                made[contract_id] = policy.ContractFacts(contract_id, ends, named)
            record_id = ids[partner_id]
            gathered[record_id] = (*gathered.get(record_id, ()), made[contract_id])
        return gathered

    @api.model
    def _read_running(self, partner_ids, purpose):
        """Return rows (contact id, contract id, end, [[platform code, handle], ...])."""
        queries = {"contract": self._query_contracts, "monitor": self._query_services}
        if purpose not in queries or not partner_ids:
            return []
        for name in ("social.contract", "social.contract.handle", "social.platform"):
            self.env[name].flush_model()
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        running = SQL(
            "contract.kind = %s AND contract.company_id = %s"
            " AND contract.date_start <= %s AND contract.date_end > %s",
            purpose,
            self.env.company.id,
            (now := fields.Datetime.now()),
            now,
        )
        return self.env.execute_query(queries[purpose](partner_ids, running))

    @api.model
    def _query_contracts(self, partner_ids, running):
        """Two joins by equality: with OR in one of them PostgreSQL compares each with each."""
        return SQL(
            "SELECT partner.id, contract.id, contract.date_end, NULL"
            " FROM res_partner partner"
            " JOIN social_contract contract ON contract.partner_id = partner.id"
            " WHERE partner.id = ANY(%(ids)s) AND %(running)s"
            " UNION ALL"
            " SELECT partner.id, contract.id, contract.date_end, NULL"
            " FROM res_partner partner"
            " JOIN social_contract contract ON contract.partner_id = partner.commercial_partner_id"
            " WHERE partner.id = ANY(%(ids)s) AND partner.commercial_partner_id <> partner.id"
            " AND %(running)s"
            " ORDER BY 3 DESC, 2",
            ids=partner_ids,
            running=running,
        )

    @api.model
    def _query_services(self, partner_ids, running):
        return SQL(
            "SELECT contract.partner_id, contract.id, contract.date_end,"
            " array_agg(ARRAY[platform.code, handle.handle])"
            " FROM social_contract contract"
            " JOIN social_contract_handle handle ON handle.contract_id = contract.id"
            " JOIN social_platform platform ON platform.id = handle.platform_id"
            " WHERE contract.partner_id = ANY(%s) AND %s"
            " GROUP BY contract.id ORDER BY 3 DESC, 2",
            partner_ids,
            running,
        )
