"""Commands of Odoo's own command line."""
