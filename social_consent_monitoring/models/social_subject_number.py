from contextlib import contextmanager

from odoo import SUPERUSER_ID, models

from ..policy import NUMBER_CHANNELS

# What the normalised number follows from.
NUMBER_FIELDS = {"phone", "mobile", "country_id"}


class SocialSubjectNumber(models.AbstractModel):
    """A number that is entered from outside, in an account or a shop, is not the one proven.

    For every way on which Odoo writes it, that of an address to the contacts below a company
    included. What staff enters counts: they answer for it.
    """

    _name = "social.subject.mixin"
    _inherit = ["social.subject.mixin"]

    def write(self, vals):
        user = self.env.user
        if not vals.keys() & NUMBER_FIELDS or (user and user._is_internal()):
            return super().write(vals)
        with self._ending_on_other_number():
            return super().write(vals)

    def _get_social_number_holders(self):
        """Return the record sets whose numbers follow from what is written here."""
        return [self]

    @contextmanager
    def _ending_on_other_number(self):
        """End consents to SMS and calls of those whose number is another one afterwards (rule 23).

        Whoever holds the new number gave none, however they were given. The person consents anew
        with a code to that number.
        """
        records = [record for holders in self._get_social_number_holders() for record in holders]
        before = [record._get_social_number() for record in records]
        yield
        subjects = self.env["social.subject"].sudo()
        for record, number in zip(records, before, strict=True):
            if record._get_social_number() != number:
                subjects |= record.sudo().social_subject_id
        if not subjects:
            return
        # Somebody may prove the number before at this moment.
        subjects._lock_and_check()
        consents = self.env["social.consent"].with_user(self.env.uid or SUPERUSER_ID).sudo()
        ended = consents.search(
            [
                ("subject_id", "in", subjects.ids),
                ("channel", "in", NUMBER_CHANNELS),
                ("recorded_state", "=", "given"),
            ]
        )
        said = {"reason": "Another number was entered from outside, and it is not proven."}
        ended._move("expired", "portal", said)
