"""A source on a real Bluesky network: what comes in, what goes, and who never sees the password."""

import dataclasses

import pytest

from odoo.exceptions import UserError

from test_following import Following

SECRET = "password of brand"


class TestBluesky(Following):
    @pytest.fixture(autouse=True)
    def _network(self, bluesky):
        self.bluesky = bluesky

    def setUp(self):
        prepare = type(self.source)._prepare_query
        super().setUp()

        def without_pause(source, **limits):
            return dataclasses.replace(prepare(source, **limits), pause=0)

        self.patch(type(self.source), "_prepare_query", without_pause)

    def add_bluesky(self, term="", **values):
        account = self.env["social.account"].create(
            {
                "name": "Our account on Bluesky",
                "connector": "bluesky",
                "address": self.bluesky.url,
                "login": "brand.test",
                "secret": SECRET,
                **values,
            }
        )
        return self.add_source(
            connector="bluesky",
            kind="search" if term else "mentions",
            term=term,
            address=account.address,
            account_id=account.id,
        )

    def get_mentions(self, source):
        return self.env["social.mention"].search([("source_ids", "in", source.ids)], order="id")

    def add_user(self, name, **profile):
        self.bluesky.add_user(name, **profile)
        return name

    def test_posts_come_in_once_and_deletions_and_edits_are_followed(self):
        user = self.add_user("odoo-one")
        texts = [f"Parcel {number} of odooword" for number in range(3)]
        kept, gone, edited = self.bluesky.post_all(user, texts)
        source = self.add_bluesky("odooword")
        for _reading in range(2):
            source._import()
            self.assertFalse(source.error_message)
        mentions = self.get_mentions(source)
        self.assertEqual(mentions.mapped("text"), texts)
        self.assertEqual(mentions.author_id.handle, "odoo-one.test")
        self.bluesky.delete(user, gone)
        self.bluesky.edit(user, edited, "Found it, odooword")
        self.age(mentions)
        self.follow()
        self.assertFalse(source.check_error_message)
        left = self.get_mentions(source)
        self.assertEqual(left.mapped("external_id"), [kept, edited])
        self.assertEqual(left.mapped("text"), [texts[0], "Found it, odooword"])
        source._import()
        self.assertEqual(self.get_mentions(source), left)

    def test_mentions_of_the_own_account_come_in(self):
        user = self.add_user("odoo-two")
        uri = self.bluesky.mention(user, "brand", "Thank you")
        source = self.add_bluesky()
        source._import()
        self.assertFalse(source.error_message)
        found = self.get_mentions(source).filtered(lambda mention: mention.external_id == uri)
        self.assertEqual(found.text, "Thank you @brand.test")

    def test_r15_who_hides_from_people_without_login_is_never_written_and_goes_afterwards(self):
        shy = self.add_user("odoo-shy", labels=["!no-unauthenticated"])
        user = self.add_user("odoo-three")
        self.bluesky.post(shy, "A secret of hidingword")
        self.bluesky.post(user, "No secret of hidingword")
        source = self.add_bluesky("hidingword")
        source._import()
        self.assertEqual(self.get_mentions(source).mapped("text"), ["No secret of hidingword"])
        self.env.cr.execute("SELECT count(*) FROM social_author WHERE handle = 'odoo-shy.test'")
        self.assertEqual(self.env.cr.fetchone(), (0,))
        self.bluesky.set_profile(user, labels=["!no-unauthenticated"])
        source._import()
        self.assertFalse(self.get_mentions(source))

    def test_the_password_stands_in_no_log_and_no_error(self):
        user = self.add_user("odoo-four")
        secret = f"password of {user}"
        self.bluesky.post(user, "A post of logword")
        good = self.add_bluesky("logword", login=f"{user}.test", secret=secret)
        bad = self.add_bluesky("logword", login=f"{user}.test", secret="not the password")
        with self.assertLogs(level="DEBUG") as caught:
            (good | bad)._import()
        self.assertEqual("".join(caught.output).count("createSession"), 2)
        self.assertTrue(self.get_mentions(good))
        self.assertTrue(bad.error_message)
        said = [*caught.output, bad.error_message, bad.error_advice, good.sudo().cursor]
        for hidden in (secret, "not the password", user, "Bearer", "eyJ"):
            self.assertNotIn(hidden, "\n".join(said))

    def test_a_person_proves_an_account_on_bluesky(self):
        user = self.add_user("odoo-five")
        source = self.add_bluesky("x")
        # Of all the platform's sources this is the one that can be asked.
        self.env["social.source"].search([("id", "!=", source.id)]).active = False
        requests = self.env["social.author.request"].sudo()
        with self.assertRaises(UserError):
            requests._open(source.platform_id, "ada@social.example")
        token = requests._open(source.platform_id, f"@{user}.TEST")
        request, key = requests._read_token(token, "prove")
        self.assertFalse(request._check(key))
        self.bluesky.set_profile(user, f"It is me: {requests._get_code(key)}")
        self.assertTrue(request._check(key))
