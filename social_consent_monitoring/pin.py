"""Two acts at the same time: the later one must not go on with what it saw before the earlier."""

from odoo.tools import SQL


def pin(records):
    """Let whoever changes these records at the same time start again.

    For acts that make something rest on a record, such as a match on a consent: the end of that
    must not miss it. The rows are rewritten as they are, so that of two transactions one fails
    with a serialization error, and Odoo repeats it.
    """
    records.flush_recordset()
    records.env.cr.execute(
        SQL(
            "UPDATE %s SET write_date = write_date WHERE id = ANY(%s)",
            SQL.identifier(records._table),
            records.ids,
        )
    )
