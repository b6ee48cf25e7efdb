from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class SocialAppendOnlyMixin(models.AbstractModel):
    """Rows that nobody changes or deletes: not by the ORM, and not in SQL either.

    Whoever appends does it in SQL; PostgreSQL refuses everything else, whoever asks. A trigger
    can be switched off by the owner of the database: the hash chains show that.
    """

    _name = "social.append.only.mixin"
    _description = "Append-Only Records"

    def init(self):
        if self._abstract:
            return
        self.env.cr.execute(
            """
            CREATE OR REPLACE FUNCTION social_append_only_refuse() RETURNS trigger AS $$
            BEGIN
                RAISE EXCEPTION 'The table % is append-only.', TG_TABLE_NAME;
            END
            $$ LANGUAGE plpgsql
            """
        )
        self.env.cr.execute(
            SQL(
                """
                CREATE OR REPLACE TRIGGER %s
                BEFORE UPDATE OR DELETE OR TRUNCATE ON %s
                FOR EACH STATEMENT EXECUTE FUNCTION social_append_only_refuse()
                """,
                SQL.identifier(f"{self._table}_append_only"),
                SQL.identifier(self._table),
            )
        )

    @api.model_create_multi
    def create(self, vals_list):
        self._refuse()
        return super().create(vals_list)

    def write(self, vals):
        self._refuse()
        return super().write(vals)

    def unlink(self):
        self._refuse()
        return super().unlink()

    def _refuse(self):
        raise UserError(
            self.env._("This record is append-only: none is made, changed or deleted by hand.")
        )
