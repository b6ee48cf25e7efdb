"""Looks for words in all of the database, as whoever gets a dump of it would."""

from odoo.tools import SQL

# <15 digits.seconds.15 digits-openerp-...>: odoo.tools.mail.generate_tracking_message_id
RANDOM_DIGITS = r"[0-9]{15}\.[0-9]+\.[0-9]+-openerp-"


def find_words(env, words):
    """Return ``{word: tables}``: where each word stands in any column of any row.

    Files are not in the database; the tests look at them apart. The random digits with which
    Odoo begins a Message-ID hold any number now and then, and are left out.
    """
    env.flush_all()
    tables = env.execute_query(
        SQL(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') ORDER BY 1"
        )
    )
    found = {}
    for (table,) in tables:
        for word in words:
            pattern = "%" + word.replace("\\", "\\\\").replace("_", r"\_") + "%"
            # A row as text: all columns, whatever their type.
            query = SQL(
                "SELECT 1 FROM %s row WHERE row::text ILIKE %s"
                " AND regexp_replace(row::text, %s, '', 'g') ILIKE %s LIMIT 1",
                SQL.identifier(table),
                pattern,
                RANDOM_DIGITS,
                pattern,
            )
            if env.execute_query(query):
                found.setdefault(word, []).append(table)
    return found
