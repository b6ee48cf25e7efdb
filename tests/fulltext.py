"""Looks for words in all of the database, as whoever gets a dump of it would."""

from odoo.tools import SQL


def find_words(env, words):
    """Return ``{word: tables}``: where each word stands in any column of any row.

    Files are not in the database; the tests look at them apart.
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
                "SELECT 1 FROM %s row WHERE row::text ILIKE %s LIMIT 1",
                SQL.identifier(table),
                pattern,
            )
            if env.execute_query(query):
                found.setdefault(word, []).append(table)
    return found
