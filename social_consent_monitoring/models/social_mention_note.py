from lxml import html
from markupsafe import Markup

from odoo import SUPERUSER_ID, models
from odoo.exceptions import UserError
from odoo.tools import html2plaintext

from .. import guard
from ..door import is_open, open_door


class SocialMentionNote(models.Model):
    """What colleagues write to each other beside a mention: it stays among them.

    Nobody from outside follows a mention or hears of it, and no note names a customer: it would
    join the post with somebody who did not consent to that (rules 2 and 18). Notes go with their
    mention, whatever deletes it. Whatever stands beside a mention asks here: `mail_message`,
    `mail_message_reaction`, `mail_scheduled_message`, `mail_activity` and `ir_attachment`.
    """

    _name = "social.mention"
    _inherit = ["social.mention"]

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        self._check_insiders(partner_ids or [])
        return super().message_subscribe(partner_ids, subtype_ids)

    def _message_subscribe(self, partner_ids=None, subtype_ids=None, customer_ids=None):
        """Whoever is not a colleague does not follow, by whatever way they would have come."""
        inside = (
            self.env["res.partner"].browse(partner_ids or []) - self._get_outsiders(partner_ids)
        ).ids
        return super()._message_subscribe(inside, subtype_ids, customer_ids=customer_ids)

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Tell colleagues only: this is the last gate before inbox and mail."""
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        return [each for each in recipients if each["type"] == "user" and not each["share"]]

    def message_post(self, **kwargs):
        """Refuse what comes in by mail: nobody could be told why a note is refused.

        :raises ValueError: as Odoo does for mail that belongs nowhere
        """
        if kwargs.get("message_type") == "email":
            raise ValueError("No mail belongs to a mention")
        return super().message_post(**kwargs)

    def _notify_get_reply_to(self, default=None, author_id=False):
        """Let answers to a note's mail go to the colleague who wrote it."""
        return dict.fromkeys(self.ids, default)

    def _message_auto_subscribe_notify(self, partner_ids, template):
        # Says nothing but the colleague's own name and the author's pseudonym.
        return super(SocialMentionNote, open_door(self))._message_auto_subscribe_notify(
            partner_ids, template
        )

    # -- what a note may say ---------------------------------------------------------------

    def _check_note(self, *said, partner_ids=(), addresses=""):
        """Refuse a note that goes outside, or joins the post with a customer (rules 2 and 18).

        Asked is of all that a user writes, also where code posts it that has more rights than its
        user, as the web client's does. Not asked is of what Odoo writes by itself.

        :param said: what a colleague would read: plain text, or Html as Markup
        :raises UserError: with words that say why, and what to do
        """
        if self.env.uid == SUPERUSER_ID or is_open(self):
            return
        linked = [each for text in said for each in _get_linked_partners(text)]
        self._check_insiders([*partner_ids, *linked])
        if addresses:
            self._refuse_outsiders()
        text = guard.tidy("\n".join(map(_to_plain, filter(None, said)))).strip()
        for mention in self.sudo(False) if text else ():
            # Also where a match joins the two: it ends with the consent, and a note does not.
            if words := mention._find_named(text):
                raise UserError(mention._explain_named(words))

    def _find_named(self, text):
        """Return the words of a text by which it tells of a customer."""
        return [finding.word for finding in self.env["social.guard"]._check(text, self)]

    def _explain_named(self, words):
        return self.env._(
            "This note tells of a customer: %s.\nBeside this post it would join the two, for longer "
            "than any consent holds (GDPR Art. 6(1)(a)).\nLeave it out. What concerns the customer "
            "belongs on the contact; “Who is this?” joins the two while the person agrees.",
            ", ".join(f"“{word}”" for word in dict.fromkeys(words)),
        )

    def _check_insiders(self, partner_ids):
        if self._get_outsiders(partner_ids):
            self._refuse_outsiders()

    def _get_outsiders(self, partner_ids):
        """Return those of these contacts who are no colleagues."""
        partners = self.env["res.partner"].sudo().browse(partner_ids or [])
        return partners.filtered("partner_share").with_env(self.env)

    def _refuse_outsiders(self):
        raise UserError(
            self.env._(
                "Only colleagues follow a mention and hear of it: a contact beside a post would "
                "be joined with it. To answer the author, use the answer."
            )
        )


def _to_plain(text):
    return html2plaintext(text) if isinstance(text, Markup) else text


def _get_linked_partners(body):
    """Return the ids of contacts that a note links to."""
    if not isinstance(body, Markup) or "res.partner" not in body:
        return []
    links = html.fragment_fromstring(body, create_parent="div").xpath(
        ".//*[@data-oe-model='res.partner']/@data-oe-id"
    )
    return [int(each) for each in links if each.isdecimal()]
