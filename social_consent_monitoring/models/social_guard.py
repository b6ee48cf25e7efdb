from odoo import api, models, tools
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.sql import column_exists, index_exists, table_exists

from .. import guard

# Numbers of documents, where their module is installed: kind, table, column, which rows are a
# customer's, and whether people write the number's end alone ("order 4711" for S04711).
DOCUMENTS = (
    ("order", "sale_order", "name", "TRUE", True),
    ("order", "sale_order", "client_order_ref", "TRUE", False),
    ("order", "pos_order", "pos_reference", "TRUE", False),
    ("order", "repair_order", "name", "TRUE", False),
    ("invoice", "account_move", "name", "move_type IN ('out_invoice', 'out_refund')", True),
    (
        "invoice",
        "account_move",
        "payment_reference",
        "move_type IN ('out_invoice', 'out_refund')",
        False,
    ),
    ("parcel", "stock_picking", "name", "TRUE", False),
    ("parcel", "stock_picking", "carrier_tracking_ref", "TRUE", False),
    ("ticket", "helpdesk_ticket", "ticket_ref", "TRUE", True),
    ("ticket", "helpdesk_ticket", "number", "TRUE", True),
)
# Characters of a draft; nobody reads a longer answer or note, and a list of names is neither.
LONGEST = 5000
# Words of one draft that count: who lists more than that is stopped as soon.
COUNTED = 20
WHOLE = "upper(regexp_replace({column}, '[^a-zA-Z0-9]', '', 'g'))"
TAIL = "ltrim(substring({column} from '[0-9]+$'), '0')"
LAST = "substring(social_guard_name from '[^ ]+$')"


class SocialGuard(models.AbstractModel):
    """Finds what an answer says about a customer, without knowing who the author is (rule 19).

    A name, number or address of any contact that is not in the post itself makes an answer
    personal, and personal needs consent. Contacts of all companies count, archived ones too:
    in doubt it is a customer's. Companies count as well, as their name in an answer to a post
    tells that they buy here, but only by their full name: a single word is often a brand.

    It tells who is a customer to whoever can ask it, so nothing calls it but an answer: no
    method is public, and how often something is marked is limited (``social.rate.limit``).
    """

    _name = "social.guard"
    _description = "Guard of Answers"

    @api.model
    def _check(self, draft, mention=None, said=""):
        """Return what of a draft tells of a customer: ``[Finding(start, end, word, kind)]``.

        An empty list is an abstract answer. One query finds that out, a few say what is marked,
        however many contacts there are.

        :param mention: the post that is answered; what it says itself is free to repeat
        :param said: what else is free to repeat
        :raises UserError: where this user had too much marked within an hour
        """
        draft = draft or ""
        if mention:
            mention.check_access("read")
        if len(draft) > LONGEST:
            raise UserError(self.env._("This is too long: %s characters at most.", LONGEST))
        found = self.sudo()._find(draft, "\n".join([mention.text if mention else "", said]))
        if found and not self.env.su:
            for _word in range(min(len({each.word for each in found}), COUNTED)):
                self._count()
        return found

    @api.model
    def _count(self):
        """Count one marked word of this user: whoever tries names to learn of them is stopped."""
        wait = self.env["social.rate.limit"].sudo()._hit("guard", f"user {self.env.uid}", "")
        if wait:
            raise UserError(
                self.env._(
                    "Too many drafts with customer data within an hour. Offer a contact instead, or "
                    "try again in %s minutes.",
                    -(-wait // 60),
                )
            )

    @api.model
    def _find(self, draft, post):
        said = guard.Said(post)
        candidates = [each for each in guard.read(draft) if not said.says_number(each)]
        known = self._look_up(guard.make_questions(candidates))
        # Of names few are known: only these are looked for in the post.
        candidates = [
            each for each in candidates if not (guard.is_known(each, known) and said.says(each))
        ]
        if doubtful := guard.find_doubtful(candidates, known):
            doubtful = [each for each in doubtful if not said.says(each)]
            self._learn(known, guard.make_part_questions(doubtful))
            guesses = [each for each in guard.guess(doubtful, known) if not said.says(each)]
            self._learn(known, guard.make_questions(guesses))
            candidates += guesses
        if not guard.choose(draft, candidates, known, {}):
            return []
        return guard.choose(draft, candidates, known, self._find_free(known))

    @api.model
    def _learn(self, known, questions):
        for slot, keys in self._look_up(questions).items():
            known.setdefault(slot, {}).update(keys)

    @api.model
    def _get_said(self, partners, draft):
        """Return in one text what the guard would find in a draft of these contacts themselves."""
        partners = partners.sudo()
        words = [
            value
            for each in partners | partners.commercial_partner_id
            for value in (
                each.name,
                each.street,
                each.email,
                each.phone,
                *each.bank_ids.mapped("acc_number"),
            )
        ]
        # A word between two numbers keeps them apart.
        return " and\n".join(filter(None, words + self._find_numbers(partners, draft)))

    @api.model
    def _find_numbers(self, partners, draft):
        """Return the numbers of a draft that are on these contacts' own documents: one query."""
        asked = guard.make_questions(guard.read(draft))
        tails = [key.partition(" ")[2] for key in asked.get("tail", ())]
        numbers = list(asked.get("document", ()))
        owned = self._get_documents(owned=True)
        if not owned or not (tails or numbers):
            return []
        parts = [
            SQL(
                "SELECT %s FROM %s WHERE partner_id = ANY(%s) AND %s"
                " AND (%s = ANY(%s) OR %s = ANY(%s))",
                SQL.identifier(column),
                SQL.identifier(table),
                partners.ids,
                SQL(condition),
                SQL(WHOLE.format(column=column)),
                numbers,
                SQL(TAIL.format(column=column)),
                tails,
            )
            for _kind, table, column, condition, _tail in owned
        ]
        self.env.flush_all()
        return [number for (number,) in self.env.execute_query(SQL(" UNION ").join(parts))]

    # -- what is known -------------------------------------------------------------------------

    @api.model
    def _look_up(self, questions):
        """Return ``{slot: {key: kind, or what is known of it}}`` of those keys that are known.

        One query, each key by an index and no further than the first row.
        """
        parts = [
            part
            for slot, keys in questions.items()
            for part in getattr(self, f"_query_{slot}")(sorted(keys))
        ]
        if not parts:
            return {}
        known = {}
        self.env.flush_all()
        for slot, key, found in self.env.execute_query(SQL(" UNION ALL ").join(parts)):
            # A word may be a first name and a last one.
            before = known.setdefault(slot, {}).get(key)
            known[slot][key] = f"{before} {found}" if slot == "part" and before else found
        return known

    @api.model
    def _query(self, slot, keys, answer, table, condition):
        """Return the query that looks keys up in a table; ``condition`` names the key ``asked``."""
        return SQL(
            "SELECT %s AS slot, asked AS key, found.is AS found FROM unnest(%s::text[]) asked"
            " CROSS JOIN LATERAL (SELECT %s AS is FROM %s WHERE %s LIMIT 1) found",
            slot,
            keys,
            answer,
            SQL.identifier(table),
            condition,
        )

    @api.model
    def _query_name(self, keys):
        """Tell of staff at once, as colleagues are named all day: see :meth:`_find`."""
        kind = SQL(
            "CASE WHEN EXISTS (SELECT FROM res_users WHERE partner_id = res_partner.id"
            " AND share IS NOT TRUE) THEN 'own' WHEN is_company THEN 'company' ELSE 'person' END"
        )
        condition = SQL("social_guard_name = asked AND %s", self._get_customers())
        yield self._query("name", keys, kind, "res_partner", condition)

    @api.model
    def _get_customers(self):
        """Return the condition that leaves out companies that only sell to us."""
        if "supplier_rank" not in self.env["res.partner"]._fields:
            return SQL("TRUE")
        return SQL(
            "NOT (is_company IS TRUE"
            " AND COALESCE(supplier_rank, 0) > 0 AND COALESCE(customer_rank, 0) = 0)"
        )

    @api.model
    def _query_last(self, keys):
        condition = SQL("is_company IS NOT TRUE AND %s = asked", SQL(LAST))
        yield self._query("last", keys, SQL("'last'"), "res_partner", condition)

    @api.model
    def _query_part(self, keys):
        """First names stand at the beginning, in an index in the order of bytes."""
        first = SQL(
            "social_guard_name ~>=~ (asked || ' ') AND social_guard_name ~<~ (asked || '!')"
            " AND is_company IS NOT TRUE ORDER BY social_guard_name USING ~<~"
        )
        last = SQL("is_company IS NOT TRUE AND %s = asked", SQL(LAST))
        yield self._query("part", keys, SQL("'first'"), "res_partner", first)
        yield self._query("part", keys, SQL("'last'"), "res_partner", last)

    @api.model
    def _query_street(self, keys):
        condition = SQL("social_guard_street = asked")
        yield self._query("street", keys, SQL("'address'"), "res_partner", condition)

    @api.model
    def _query_account(self, keys):
        condition = SQL("sanitized_acc_number = asked")
        yield self._query("account", keys, SQL("'invoice'"), "res_partner_bank", condition)

    @api.model
    def _query_email(self, keys):
        condition = SQL("email_normalized = asked")
        for table in ("res_partner", "mailing_contact", "crm_lead"):
            for part in self._split(table):
                asked = SQL("%s AND %s", condition, part)
                yield self._query("email", keys, SQL("'email'"), table, asked)

    @api.model
    def _query_phone(self, keys):
        """Numbers are compared in one form, and told of as they stand in the draft."""
        numbers = self._format_numbers(keys)
        if not numbers:
            return
        drafted = [key for key, number in numbers]
        formatted = [number for key, number in numbers]
        for table in ("res_partner", "crm_lead"):
            for part in self._split(table):
                yield SQL(
                    "SELECT 'phone', asked.key, 'phone' FROM unnest(%s::text[], %s::text[])"
                    " AS asked (key, number) CROSS JOIN LATERAL"
                    " (SELECT FROM %s WHERE phone_sanitized = asked.number AND %s LIMIT 1) found",
                    drafted,
                    formatted,
                    SQL.identifier(table),
                    part,
                )

    @api.model
    def _split(self, table):
        """Return the conditions of the indexes that a table is looked up by."""
        if table != "res_partner":
            return [SQL("TRUE")]
        return [SQL("is_company IS NOT TRUE"), SQL("is_company")]

    @api.model
    def _format_numbers(self, numbers):
        """Return (number, its international form) for each country in which one of us is."""
        companies = self.env["res.company"].search([])
        format_ = self.env["res.partner"]._phone_format
        return sorted(
            {
                (number, formatted)
                for number in numbers
                for country in companies.country_id or [companies.country_id]
                if (formatted := format_(number=number, country=country))
            }
        )

    @api.model
    def _query_document(self, keys):
        for kind, table, column, condition, _tail in self._get_documents():
            asked = SQL("%s = asked AND %s", SQL(WHOLE.format(column=column)), SQL(condition))
            yield self._query("document", keys, SQL("%s", kind), table, asked)

    @api.model
    def _query_tail(self, keys):
        for kind, table, column, condition, tail in self._get_documents():
            own = [key.removeprefix(f"{kind} ") for key in keys if key.startswith(f"{kind} ")]
            if tail and own:
                asked = SQL("%s = asked AND %s", SQL(TAIL.format(column=column)), SQL(condition))
                query = self._query("tail", own, SQL("%s", kind), table, asked)
                yield SQL("SELECT slot, %s || key, found FROM (%s) tail", f"{kind} ", query)

    # -- what is ours --------------------------------------------------------------------------

    @api.model
    def _find_free(self, known):
        """Return ``{slot: keys}`` of what is our own, or what everybody may name: one query.

        Staff and the own companies with their addresses; brands and competitors, by what sources
        search for.
        """
        rows = self.env.execute_query(
            SQL(
                """
                WITH own AS MATERIALIZED (%s)
                SELECT social_guard_name, is_company, social_guard_street, email_normalized,
                    phone_sanitized, ARRAY(
                        SELECT sanitized_acc_number::text FROM res_partner_bank
                        WHERE partner_id = res_partner.id
                    )
                FROM own JOIN res_partner ON res_partner.id = own.id
                WHERE social_guard_name = ANY(%s) OR %s = ANY(%s) OR social_guard_street = ANY(%s)
                    OR email_normalized = ANY(%s) OR phone_sanitized = ANY(%s) OR %s
                """,
                self._query_own(),
                list(known.get("name", ())),
                SQL(LAST),
                list(known.get("last", ())),
                list(known.get("street", ())),
                list(known.get("email", ())),
                [number for _key, number in self._format_numbers(known.get("phone", ()))],
                bool(known.get("account")),
            )
        )
        names = {name for name, *_rest in rows if name}
        phones = {phone for *_rest, phone, _accounts in rows}
        return {
            "name": names | self._find_watched(known),
            "last": {
                name.split()[-1] for name, is_company, *_rest in rows if name and not is_company
            },
            "street": {street for _name, _company, street, *_rest in rows},
            "email": {email for *_rest, email, _phone, _accounts in rows},
            "phone": {
                key
                for key, number in self._format_numbers(known.get("phone", ()))
                if number in phones
            },
            "account": {account for *_rest, accounts in rows for account in accounts},
        }

    @api.model
    def _query_own(self):
        """Return the query for our own contacts: staff, former staff, the companies, their places."""
        standing = [
            self.env.ref(xmlid, raise_if_not_found=False)
            for xmlid in ("base.public_partner", "base.partner_root")
        ]
        own = [
            SQL("SELECT partner_id AS id FROM res_users WHERE share IS NOT TRUE"),
            SQL(
                "SELECT place.id FROM res_company JOIN res_partner place"
                " ON place.commercial_partner_id = res_company.partner_id"
            ),
            SQL("SELECT unnest(%s::int[])", [partner.id for partner in standing if partner]),
        ]
        if "work_contact_id" in self.env.get("hr.employee", self)._fields:
            own.append(SQL("SELECT work_contact_id FROM hr_employee"))
        return SQL(" UNION ").join(own)

    @api.model
    def _find_watched(self, known):
        """Return those names of companies that our sources search for: brands and competitors."""
        companies = {key for key, kind in known.get("name", {}).items() if kind == "company"}
        if not companies:
            return set()
        sources = self.env["social.source"].with_context(active_test=False)
        sources = sources.search(sources._check_company_domain(self.env.company))
        said = [
            {word.key for word in guard.read_words(f"{each.name} {each.term or ''}")}
            for each in sources
        ]
        return {
            key
            for key in companies
            if any(set(key.replace(" &", "").split()) <= each for each in said)
        }

    # -- numbers of documents ------------------------------------------------------------------

    @api.model
    @tools.ormcache("owned")
    def _get_documents(self, owned=False):
        """Return those of :data:`DOCUMENTS` whose module is installed.

        :param owned: only those that say whose they are
        """
        cr = self.env.cr
        return tuple(
            each
            for each in DOCUMENTS
            if table_exists(cr, each[1])
            and column_exists(cr, each[1], each[2])
            and (not owned or column_exists(cr, each[1], "partner_id"))
        )

    def _register_hook(self):
        """Make what numbers are looked up by: the tables belong to modules that may come later."""
        super()._register_hook()
        if self.env.registry.updated_modules:
            self._make_indexes()

    @api.model
    def _make_indexes(self):
        """Make what is not there yet, with its statistics.

        PostgreSQL knows none of a new index, and would rather read millions of orders from the
        beginning, as one of two hundred might be the one.
        """
        new = set()
        for _kind, table, column, condition, tail in self._get_documents():
            for name, key in (("number", WHOLE), *([("tail", TAIL)] if tail else [])):
                index = f"social_guard_{table}_{column}_{name}"
                if index_exists(self.env.cr, index):
                    continue
                self.env.cr.execute(
                    SQL(
                        "CREATE INDEX %s ON %s ((%s)) WHERE %s",
                        SQL.identifier(index),
                        SQL.identifier(table),
                        SQL(key.format(column=column)),
                        SQL(condition),
                    )
                )
                new.add(table)
        for table in sorted(new):
            self.env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))

    @api.model
    def _drop_indexes(self):
        """Drop those again: they stand on tables that are not ours."""
        rows = self.env.execute_query(
            SQL("SELECT indexname FROM pg_indexes WHERE indexname ~ '^social_guard_'")
        )
        for (name,) in rows:
            self.env.cr.execute(SQL("DROP INDEX IF EXISTS %s", SQL.identifier(name)))
