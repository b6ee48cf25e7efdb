from functools import partial

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL, OrderedSet

from .. import policy
from ..door import open_door
from ..pin import pin

# A value that code read with sudo, or for another user, does not show through to this one.
GUARDED = {"readonly": True, "depends_context": ("uid",)}
# What a row was let through by; read along with all else.
PASSES = ("valid_until", "company_id")


class SocialWallMixin(models.AbstractModel):
    """Rows that join public data with a contact: what the product guards (rules 2, 4, 5 and 21).

    A row rests on a consent, on a monitoring contract, or on the contact being a company, and
    carries the end of that; a global rule hides it from then on, with no job that has to run. A
    row that is hidden and one that was never there are alike: same queries, same error. Names
    say nothing. Fields are declared with :data:`GUARDED`.

    Each model brings ``_get_key_fields``, ``_is_named``, ``_get_platform`` and ``_get_place``. The
    methods that let rows follow (``_follow_consents``, ``_follow_contracts``, ``_drop_companies``)
    work on one model, and called on this one on all of them.
    """

    _name = "social.wall.mixin"
    _inherit = ["social.door.mixin"]
    _description = "Joined With a Contact"
    _order = "id"

    partner_id = fields.Many2one(
        "res.partner", "Contact", required=True, index=True, ondelete="cascade", **GUARDED
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="cascade", **GUARDED
    )
    basis = fields.Selection(
        [("consent", "Consent"), ("contract", "Monitoring contract"), ("company", "Company")],
        "Rests On",
        required=True,
        # For rows from the time when there was no other basis.
        default="consent",
        **GUARDED,
    )
    consent_id = fields.Many2one("social.consent", index=True, ondelete="restrict", **GUARDED)
    contract_id = fields.Many2one(
        "social.contract", index="btree_not_null", ondelete="cascade", **GUARDED
    )
    valid_until = fields.Datetime(
        required=True, index=True, help="Without an end: 9999-12-31.", **GUARDED
    )

    _basis_fits = models.Constraint(
        """CHECK ((consent_id IS NOT NULL) = (basis = 'consent')
              AND (contract_id IS NOT NULL) = (basis = 'contract'))""",
        "What joins public data with a contact rests on exactly one basis.",
    )

    @api.depends("create_date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for row in self:
            row.display_name = row._get_neutral_name()

    def _get_neutral_name(self):
        """Return a name without any name in it; the same for rows that do not exist."""
        return self.env._("No. %s", self.id or "")

    # -- nobody learns what is hidden ------------------------------------------------------

    @api.private
    def fetch(self, field_names=None):
        """Refuse rows that were never there like hidden ones; core passes them over."""
        result = super().fetch(field_names)
        if not self.env.su:
            self._origin.check_access("read")
        return result

    def _fetch_query(self, query, fields):
        # So that the check of access finds both at hand and asks nothing more.
        passes = [self._fields[name] for name in PASSES]
        return super()._fetch_query(query, OrderedSet([*fields, *passes]))

    @api.private
    def exists(self):
        """Return the rows that the user may see: of others not even that is said."""
        if self.env.su:
            return super().exists()
        return self._get_visible() if self.browse().has_access("read") else self.browse()

    def _check_access(self, operation):
        """Refuse hidden rows and missing ones alike, in words that tell nothing."""
        refused = super(SocialWallMixin, self.browse())._check_access(operation)
        if refused:
            return self, refused[1]
        visible = self._get_visible()
        hidden = self - visible
        if (
            operation != "read"
            and visible
            and (refused := super(SocialWallMixin, visible)._check_access(operation))
        ):
            hidden |= refused[0]
        return (hidden, partial(self._make_hidden_error)) if hidden else None

    def _get_visible(self):
        """Return the rows that the global rule lets through, in one query or none."""
        new = self.filtered(lambda row: not row.id)
        known = (self - new).filtered(lambda row: row._was_let_through())
        asked = self - new - known
        if asked:
            domain = [("id", "in", asked.ids)]
            known |= self.browse(asked.with_context(active_test=False)._search(domain))
        return self & (new | known)

    def _was_let_through(self):
        """Tell whether this user read the row in this transaction, and it still counts."""
        end, company_id = (self._fields[name]._get_cache(self.env).get(self.id) for name in PASSES)
        return bool(end) and end > fields.Datetime.now() and company_id in self.env.companies.ids

    def _make_hidden_error(self):
        return AccessError(
            self.env._(
                "There is nothing here that you may see: it was never there, or the consent that "
                "it rested on has ended."
            )
        )

    @api.model
    def _count(self, names, partners):
        """Return ``{(model, contact id): number of rows}`` that count now, in one query.

        Superusers see everything; a template or a scheduled job that runs as one must not: the
        global rule is applied to them, too.
        """
        self.env["social.match"].check_access("read")
        domain = [("partner_id", "in", partners._origin.ids)]
        # Others have it from the rule itself: contact forms open all day.
        if self.env.su:
            domain.append(("valid_until", ">", "now"))
            domain.append(("company_id", "in", self.env.companies.ids))
        selects = []
        for name in names:
            query = self.env[name]._search(domain)
            query.groupby = SQL.identifier(query.table, "partner_id")
            column = SQL.identifier(query.table, "partner_id")
            selects.append(query.select(SQL("%s", name), column, SQL("count(*)")))
        rows = self.env.execute_query(SQL(" UNION ALL ").join(selects))
        return {(name, partner_id): count for name, partner_id, count in rows}

    @api.model
    def _get_action(self, domain):
        """Return the window that shows some of these rows."""
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "view_mode": "list,form",
            "domain": domain,
            "context": {"create": False},
        }

    # -- how rows are made -----------------------------------------------------------------

    @api.model
    def _get_key_fields(self):
        """Return the names of the fields that tell a contact's rows apart."""
        raise NotImplementedError

    def _is_named(self, notice):
        """Tell whether the notice names what this row holds (rules 7 and 21)."""
        raise NotImplementedError

    def _get_platform(self):
        """Return the ``social.platform`` that this row came from."""
        raise NotImplementedError

    def _get_place(self):
        """Return where this row came from: (platform code, handle in lower case)."""
        raise NotImplementedError

    @api.model
    def _ask(self, act, partner, place, **facts):
        """Return the decision that allows this act on a contact.

        :param place: (platform code, handle in lower case) that the data comes from
        :raises ConsentRequired: where the policy refuses
        """
        partner.ensure_one()
        ask = self.env["social.policy"]
        platform, handle = place
        decisions = ask._decide(act, partner, platform=platform, handle=handle, **facts)
        ask._carry_out(act, partner, decisions)
        return decisions[partner.id]

    @api.model
    def _get_basis_vals(self, decision, partner):
        """Return what a row rests on after this decision, held against whoever ends it now."""
        basis = decision.basis
        vals = {"basis": basis, "consent_id": False, "contract_id": False}
        if basis == "consent":
            consent = self.env["social.consent"].sudo().browse(decision.consent)
            pin(consent)
            end, company = consent.valid_until, consent.company_id
            vals["consent_id"] = consent.id
        elif basis == "contract":
            contract = self.env["social.contract"].sudo().browse(decision.contract)
            pin(contract)
            end, company = self._get_contract_end(contract, partner), contract.company_id
            vals["contract_id"] = contract.id
        else:
            pin(partner)
            # Whose setting lets companies be free.
            pin(self.env.company.sudo())
            end, company = policy.NO_END, self.env.company
        return {**vals, "valid_until": end, "company_id": company.id, "partner_id": partner.id}

    @api.model
    def _get_contract_end(self, contract, partner):
        running = contract._gather(partner, "monitor").get(partner.id, ())
        return min(known.ends for known in running if known.id == contract.id)

    @api.model
    def _put(self, decision, partner, vals_list):
        """Make rows that rest on a decision; known ones, hidden too, rest on it from now on."""
        basis = self._get_basis_vals(decision, partner)
        rows = open_door(self.sudo())
        known = rows._get_known(basis, vals_list)
        new = []
        for vals in vals_list:
            row = known.get(self._get_key(vals))
            if row:
                row._put_on({**vals, **basis})
            else:
                new.append({**vals, **basis})
        made = rows.create(new).union(*known.values())
        if basis["consent_id"]:
            # One that was given on the platform may end there before it ends elsewhere.
            ends = made._get_consent_ends()
            made._follow({row: ends[row] or row.valid_until for row in made})
        self.env["social.information"]._note(made)
        # In the user's environment, with nothing left that was read without its rights.
        return self.browse(made.ids)

    @api.model
    def _get_known(self, basis, vals_list):
        """Return ``{key: row}`` of this contact's rows that these values are about."""
        names = self._get_key_fields()
        domain = [(name, "=", basis[name]) for name in ("partner_id", "company_id")]
        domain += [
            (name, "in", list({vals.get(name) or False for vals in vals_list})) for name in names
        ]
        found = self.search(domain)
        wanted = {self._get_key(vals) for vals in vals_list}
        rows = {self._get_key(row.read(names, load=None)[0]): row for row in found}
        return {key: row for key, row in rows.items() if key in wanted}

    @api.model
    def _get_key(self, vals):
        return tuple(vals.get(name) or False for name in self._get_key_fields())

    def _put_on(self, vals):
        stored = self.read(list(vals), load=None)[0]
        changed = {name: value for name, value in vals.items() if stored[name] != value}
        if changed:
            self.write(changed)

    def write(self, vals):
        # Each user has values of their own at hand: none of them may be the one that is written.
        self.invalidate_recordset(vals.keys() & self._fields.keys())
        return super().write(vals)

    # -- how rows go -----------------------------------------------------------------------

    @api.model
    def _get_walled(self):
        """Return this model, or all guarded ones if this is the mixin."""
        if not self._abstract:
            return [self.sudo()]
        names = sorted(self.env.registry.descendants([self._name], "_inherit"))
        return [self.env[name].sudo() for name in names if not self.env[name]._abstract]

    @api.model
    def _drop(self, domain):
        """Delete rows on whatever they rest."""
        for model in self._get_walled():
            model.search(domain).unlink()

    @api.model
    def _select_outlived_ended(self, moment):
        """Return the query for rows whose consent or contract ended before ``moment``.

        From its end on nobody sees them; until then a renewed consent carries them on.
        """
        return SQL(
            "SELECT id, valid_until AS at FROM %s WHERE valid_until < %s",
            SQL.identifier(self._table),
            moment,
        )

    @api.model
    def _drop_of_mentions(self, mentions):
        """Delete what was taken from these posts."""
        for model in self._get_walled():
            if "mention_id" in model._fields:
                model.search([("mention_id", "in", mentions.ids)]).unlink()

    @api.model
    def _follow_consents(self, consents, removed):
        """Renewed consents carry their rows on; rows of ended ones go at once (rule 4).

        :param removed: the ``Removed`` that takes note of what goes
        """
        renewed = consents.filtered(lambda consent: consent._covers_anything())
        for model in self._get_walled() if renewed else ():
            rows = model.search([("consent_id", "in", renewed.ids)])
            rows._follow(rows._get_consent_ends(), removed)
        if ended := (consents - renewed).ids:
            condition = SQL("consent_id = ANY(%s)", ended)
            for model in self._find_resting(condition):
                model._sweep(condition, removed)

    @api.model
    def _find_resting(self, condition):
        """Return those of the guarded models that have rows of this kind: one query."""
        walled = self._get_walled()
        self.env.flush_all()
        found = self.env.execute_query(
            SQL(" UNION ALL ").join(
                SQL(
                    "SELECT %s WHERE EXISTS (SELECT FROM %s WHERE %s)",
                    model._name,
                    SQL.identifier(model._table),
                    condition,
                )
                for model in walled
            )
        )
        return [model for model in walled if (model._name,) in found]

    @api.model
    def _sweep(self, condition, removed, gone_with=None):
        """Delete rows in a few statements, however many there are, with what hangs on them.

        :param SQL condition: on the columns of this table
        :param removed: the ``Removed`` that takes note of them
        :param SQL gone_with: the id of the consent that each goes with; by default the one that
            it rests on
        """
        gone_with = gone_with or SQL("consent_id")
        self.env.flush_all()
        table = SQL.identifier(self._table)
        # Apart from the deletion, which takes five times as long where it has to return the ids.
        rows = self.env.execute_query(
            SQL(
                """
                SELECT gone_with, count(*), encode(sha256(
                    convert_to(btrim(array_agg(id ORDER BY id)::text, '{}'), 'UTF8')), 'hex')
                FROM (SELECT id, %s AS gone_with FROM %s WHERE %s) going GROUP BY gone_with
                """,
                gone_with,
                table,
                condition,
            )
        )
        if not rows:
            return
        self._sweep_hanging(condition, removed, gone_with)
        self.env.cr.execute(SQL("DELETE FROM %s WHERE %s", table, condition))
        for consent_id, count, digest in rows:
            removed.add_digest(consent_id, self._name, count, digest)
        self.env.invalidate_all(flush=False)

    @api.model
    def _sweep_hanging(self, condition, removed, gone_with):
        """Delete the files of rows that are about to go, and their names for imports.

        There are few of either: each looks whether its row goes, and not the other way round.
        """
        going = SQL(
            "(SELECT id FROM %s WHERE id = res_id AND %s)",
            SQL.identifier(self._table),
            condition,
        )
        found = self.env.execute_query(
            SQL(
                "SELECT 'ir.attachment', id FROM ir_attachment"
                " WHERE res_model = %(model)s AND res_id = %(going)s UNION ALL"
                " SELECT 'ir.model.data', id FROM ir_model_data"
                " WHERE model = %(model)s AND res_id = %(going)s",
                model=self._name,
                going=going,
            )
        )
        for name in ("ir.attachment", "ir.model.data"):
            ids = [hanging_id for model, hanging_id in found if model == name]
            self.env[name].sudo().browse(ids).unlink()

    @api.model
    def _follow_contracts(self, contracts):
        """Rows take the new end of a contract; the contract's end takes them along (rule 4)."""
        for model in self._get_walled():
            rows = model.search([("contract_id", "in", contracts.ids)])
            for (company, partner), some in rows.grouped(
                lambda row: (row.company_id, row.partner_id)
            ).items():
                gather = self.env["social.contract"].sudo().with_company(company)._gather
                running = gather(partner, "monitor").get(partner.id, ())
                rows_ends = {row: row._get_running_end(running) for row in some}
                some._follow(rows_ends)

    @api.model
    def _drop_companies(self, partners=None, companies=None):
        """Delete rows that rest on the contact being a company.

        :param partners: of these contacts, which are persons after all; by default of all
        :param companies: of these companies, which treat companies like persons from now on; by
            default of all
        """
        domain = [("basis", "=", "company")]
        if partners is not None:
            domain.append(("partner_id", "in", partners.ids))
        if companies is not None:
            domain.append(("company_id", "in", companies.ids))
        self._drop(domain)

    def _follow(self, ends, removed=None):
        """Write the end of each row, and delete those that have none."""
        gone = self.filtered(lambda row: not ends[row])
        for consent, rows in gone.grouped("consent_id").items() if removed else ():
            removed.add(consent.id, self._name, rows.ids)
        gone.unlink()
        for end, rows in self.filtered(lambda row: ends[row]).grouped(ends.get).items():
            late = rows.filtered(lambda row, end=end: row.valid_until != end)
            open_door(late).write({"valid_until": end})

    def _get_consent_ends(self):
        """Return ``{row: until when its consent, as it stands, covers it}``; None if it does not.

        What comes from a platform that takes no consent given elsewhere is covered for as long as
        the one given there counts (rule 22).
        """
        ends = {row: row._get_consent_end() for row in self}
        asked = self.filtered(lambda row: ends[row] and row._get_platform().consent_at_source)
        given_on = asked.consent_id._get_given_on() if asked else {}
        for row in asked:
            end = given_on[row.consent_id].ends.get(row._get_platform().code)
            ends[row] = end and min(end, ends[row])
        return ends

    def _get_consent_end(self):
        """Return until when the consent, as it stands, covers this row; None if it does not."""
        consent, notice = self.consent_id, self.consent_id.notice_id
        covered = consent.recorded_state == "given" and not notice.outdated
        return consent.valid_until if covered and self._is_named(notice) else None

    def _get_running_end(self, running):
        """Return until when one of these contracts covers this row; None if none does (rule 3)."""
        place = self._get_place()
        ends = [
            known.ends
            for known in running
            if known.id == self.contract_id.id and place in known.handles
        ]
        return max(ends, default=None)
