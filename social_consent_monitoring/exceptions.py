from odoo.exceptions import UserError


class ConsentRequired(UserError):
    """An act was refused: the message says why, and what would make it allowed.

    ``decision`` is the refusal of the first record, for callers that want its code.
    """

    def __init__(self, message, decision):
        super().__init__(message)
        self.decision = decision
