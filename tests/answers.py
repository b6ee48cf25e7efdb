"""What the tests of answers share: a mention of ours, who writes, and what the guard knows."""

from odoo import fields

from common import ADDON, Common, make_post

ABSTRACT = "We are sorry, and look into it."
PERSONAL = "Dear Ms Lindqvist, your parcel is on its way."


class Answering(Common):
    """A clerk answers a post that is addressed to the company; ``Lindqvist`` is a customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner.name = "Ada Lindqvist"
        cls.account = cls.env["social.account"].create(
            {
                "name": "Our account",
                "connector": "fediverse",
                "address": "https://social.example",
                "secret": "key of ours",
            }
        )
        cls.platform = cls.env.ref(f"{ADDON}.platform_fediverse")

    def setUp(self):
        super().setUp()
        # Odoo commits in the middle of sending; a test keeps its one transaction.
        self.patch(type(self.env["social.answer"]), "_commits", lambda self: False)
        self.mention = self.receive(1)

    def receive(self, number, addressed=True, **values):
        mention = self.store(make_post(number, **values))
        mention.write({"addressed": addressed, "sorted_at": fields.Datetime.now()})
        return mention

    def write_answer(self, text=ABSTRACT, user=None, mention=None, **values):
        answers = self.env["social.answer"].with_user(user or self.clerk)
        mention = mention or self.mention
        written = {} if text is None else {"text": text}
        return answers.create({"mention_id": mention.id, **written, **values})

    def match(self, mention=None):
        """Let the customer consent, and join the post with that contact."""
        self.give("match")
        return (mention or self.mention).with_user(self.clerk)._match(self.partner)

    def copy_texts(self):
        """Return the texts of answers that were let out."""
        gone = self.env["social.answer"].search([("state", "in", ("copied", "sent"))])
        return gone.mapped("text")
