"""What uninstalling needs beyond what Odoo does."""


def uninstall_hook(env):
    """End the contracts that orders made: nobody would end them when an order is cancelled."""
    env["social.contract"].search([("sale_line_id", "!=", False)])._end()
