from odoo.exceptions import UserError


class ConsentRequired(UserError):
    """An act was refused: the message says why, and what would make it allowed.

    ``decision`` is the refusal of the first record, for callers that want its code. ``steps`` are
    buttons for the browser (see ``social.strip``); any other client gets the message.
    """

    def __init__(self, message, decision, steps=()):
        super().__init__(message)
        self.decision = decision
        # Odoo hands an error's context on to the browser.
        self.context = {"social_steps": list(steps)} if steps else {}
