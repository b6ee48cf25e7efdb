"""The pictures of README and guides, taken of the running product.

They land in ``.sandbox/pictures``; ``tests/sandbox pictures`` takes them for the addon.
"""

import base64
import os
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from unittest.mock import patch

from odoo import fields
from odoo.tests import common

from common import ADDON, CommonHttp, make_post

TESTS = Path(__file__).parent
FOLDER = Path(os.environ.get("PICTURES") or TESTS.parent / ".sandbox" / "pictures")
sys.path.insert(0, str(TESTS / "tooling"))

# Waits for the element and for the fonts, then says so.
WAIT = """
(async () => {
    while (!document.querySelector(%r)) {
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    %s
    await document.fonts.ready;
    await new Promise((resolve) => setTimeout(resolve, 1500));
    console.log("test successful");
})();
"""

# The tab reads its rows when it is opened.
SHOW_VALUES = """
    while (!document.querySelector(".o_social_values td")) {
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    document.querySelector(".o_notebook").scrollIntoView();
"""


class TestPictures(CommonHttp):
    browser_size = "1280x800"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        import demo_posts

        posts = [
            make_post(
                number,
                external_id=f"https://social.example/{author}/{number}",
                author=f"{author}@social.example",
                text=text,
            )
            for number, (author, text) in enumerate(demo_posts.POSTS)
        ]
        cls.mentions = cls.source._store(posts)
        cls.ada = cls.env.ref(f"{ADDON}.partner_ada")

    def take(self, name, url, selector, then="", login="admin"):
        """Open a page, wait for an element and keep a picture of the window."""
        path = FOLDER / f"{name}.png"

        class Photographer(common.ChromeBrowser):
            def _wait_code_ok(self, *args, **kwargs):
                super()._wait_code_ok(*args, **kwargs)
                picture = self._websocket_request("Page.captureScreenshot")["data"]
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(base64.b64decode(picture))

        with patch.object(common, "ChromeBrowser", Photographer):
            self.browser_js(url, WAIT % (selector, then), login=login)
        self.assertGreater(path.stat().st_size, 20_000, "the picture shows next to nothing")

    def test_inbox(self):
        self.work()
        self.take("inbox", f"/odoo/action-{ADDON}.social_mention_action", ".o_data_row")

    def test_inbox_as_cards_and_one_mention(self):
        self.work()
        url = f"/odoo/action-{ADDON}.social_mention_action?view_type=kanban"
        self.take("inbox_cards", url, ".o_kanban_record")
        self.take_mention("mention")

    def take_mention(self, name):
        url = f"/odoo/action-{ADDON}.social_mention_action/{self.mentions[2].id}"
        self.take(name, url, "mark")

    def work(self):
        """Let a morning pass: posts are sorted in, some are taken, one waits too long."""
        now = fields.Datetime.now()
        team = self.env.ref(f"{ADDON}.team_demo_service")
        self.env.company.social_names = "Nordlicht"
        mentions = self.mentions.sudo()
        for number, mention in enumerate(mentions):
            mention.published_at = now - timedelta(hours=number)
        mentions._sort_in()
        mentions._analyse()
        mentions.team_id = team
        mentions[:4].answer_due_at = now + timedelta(hours=2)
        self.mentions[3].action_take()
        self.mentions[5].action_answered()
        mentions[2].write(
            {
                "answer_due_at": now - timedelta(hours=3),
                "priority": "2",
                "user_id": self.env.ref("base.user_admin").id,
                "tag_ids": self.env.ref(f"{ADDON}.tag_demo_complaint").ids,
            }
        )

    def test_answer(self):
        """The guard marks what an answer says about a customer."""
        mention = self.mentions.filtered(lambda mention: "20 kg of books" in mention.text)[:1]
        self.take_answer(
            "answer",
            mention,
            "Dear Ms Lindqvist, we are glad that the shelves hold your books!",
        )

    def take_answer(self, name, mention, text):
        self.env.company.social_names = "#nordlicht"
        self.env["social.account"].create(
            {
                "name": "Nordlicht on the fediverse",
                "connector": "fediverse",
                "address": "https://fediverse.example",
            }
        )
        self.env["social.answer"].with_user(self.env.ref("base.user_admin")).create(
            {
                "mention_id": mention.id,
                "text": text,
            }
        )
        self.take(
            name,
            f"/odoo/action-{ADDON}.social_mention_action/{mention.id}",
            "button[name=action_answer]",
            """
            while (!document.querySelector(".modal mark")) {
                // The button is drawn before it listens.
                if (!document.querySelector(".modal")) {
                    document.querySelector("button[name=action_answer]").click();
                }
                await new Promise((resolve) => setTimeout(resolve, 1000));
            }
            """,
        )

    def test_contact(self):
        self.decide()
        self.take_contact("contact")

    def test_guide_in_german(self):
        """What the guides show to Germans; the English ones are those of the README."""
        self.speak_german()
        self.decide()
        late = self.mentions.filtered(lambda mention: "Paket kam nass" in mention.text)
        books = self.store(
            make_post(
                90,
                text="Der Bote von #nordlicht trug 20 kg Bücher in den vierten Stock. Danke!",
                language="de",
            )
        )
        self.take_contact("contact_de")
        self.take_lead("lead_de", "Regale für ein Büro")
        self.take_settings("settings_de")
        self.take_trial("try_de")
        self.take_request("request_de")
        self.take_page("page_de")
        self.take_answer(
            "answer_de", books, "Liebe Frau Lindqvist, danke für das Lob! Das freut uns sehr."
        )
        self.mentions = self.mentions[:2] | late | (self.mentions[2:] - late)
        self.work()
        self.take_mention("mention_de")

    def test_request_as_the_guide_shows_it(self):
        self.take_request("request")

    def take_request(self, name):
        """Somebody asked for her data."""
        [(_record, subject)] = self.ada._ensure_subjects()
        request = self.env["social.privacy.request"]._open(subject, "access", method="portal")
        url = f"/odoo/action-{ADDON}.social_privacy_request_action/{request.id}"
        self.take(name, url, "button[name=action_step]")

    def test_dashboard(self):
        """Posts of these weeks, about two brands."""
        brands = self.env["social.brand"].create(
            [{"name": "Nordlicht"}, {"name": "Südwind", "side": "competitor"}]
        )
        other = self.source.copy({"name": "Of the competitor", "brand_id": brands[1].id})
        self.source.brand_id = brands[0]
        said = (
            "Where is my parcel? #nordlicht",
            "Great service, thank you so much! #nordlicht",
            "Terrible: my parcel is late again. #nordlicht",
            "The new shelves are wonderful #nordlicht",
        )
        now = datetime.now(timezone.utc)
        for number in range(90):
            source = other if number % 3 == 0 else self.source
            source._store(
                [
                    make_post(
                        1000 + number,
                        author=f"user{number % 40}@social.example",
                        text=said[number % len(said)],
                        published_at=now - timedelta(hours=7 * number),
                    )
                ]
            )
        mentions = self.env["social.mention"].search([])
        mentions._sort_in()
        mentions._analyse()
        self.answer(mentions)
        self.decide()
        self.env["social.coverage"]._cron_count()
        url = f"/odoo/action-{ADDON}.social_dashboard_action"
        self.take("dashboard", url, "[data-panel=topics] canvas")

    def answer(self, mentions):
        team = self.env["social.team"].create({"name": "Customer service"})
        for name, words in (
            ("Delivery", "parcel*"),
            ("Shelves", "shelves"),
            ("Service", "service"),
        ):
            self.env["social.topic"].create({"name": name, "keywords": words})._apply_batch()
        mentions.sudo().team_id = team
        for number, mention in enumerate(mentions[:60]):
            answered = mention.published_at + timedelta(hours=1 + number % 5)
            mention.sudo().write({"first_answered_at": answered, "state": "answered"})

    def speak_german(self):
        super().speak_german(everywhere=True)
        (self.ada | self.env.ref("base.partner_admin")).lang = "de_DE"

    def test_values(self):
        """What was taken from a post, on the contact whose consent it rests on."""
        self.take_values()
        self.take_contact("values", tab="social_values", then=SHOW_VALUES)

    def test_match_and_values_in_german(self):
        self.speak_german()
        self.take_values()
        self.take_contact("values_de", tab="social_values", then=SHOW_VALUES)
        mention = self.mentions.filtered(lambda each: "20 kg of books" in each.text)
        self.env["social.profile"]._make(
            self.ada, mention.platform_id, mention.author_id.handle, verified_at="2026-05-01"
        )
        self.take_dialog("match_de", mention, "action_match", "[name=proven_ids] .o_data_row")
        self.take_dialog("enrich_de", mention, "action_enrich", "[name=unnamed]")

    def take_values(self):
        self.decide()
        self.give("enrich", partner=self.ada)
        own = self.env["social.match"].sudo().search([("partner_id", "=", self.ada.id)])
        for category, label, value, field in (
            ("interests", "Hobby", "Collects books on seafaring", None),
            ("opinions", "Wish", "Parcels on Saturdays", None),
            ("interests", "Work", "Librarian", "function"),
        ):
            self.env["social.enrichment"]._make(
                self.ada,
                self.env.ref(f"{ADDON}.category_{category}"),
                value,
                own.mention_id[:1],
                label=label,
                field_name=field,
            )

    def take_dialog(self, name, mention, button, selector):
        """Press a button of a mention, and take the window that it opens."""
        self.take(
            name,
            f"/odoo/action-{ADDON}.social_mention_action/{mention.id}",
            f"button[name={button}]",
            f"""
            document.querySelector("button[name={button}]").click();
            while (!document.querySelector(".modal {selector}")) {{
                await new Promise((resolve) => setTimeout(resolve, 100));
            }}
            """,
        )

    def test_page(self):
        self.decide()
        self.take_page("page")

    def take_page(self, name):
        self.take(name, self.ada._get_social_consent_url(), "main", login=None)

    def test_proof(self):
        self.decide()
        url = f"/report/html/{ADDON}.report_consent_proof/{self.ada.id}"
        self.take("proof", url, ".article")

    def test_settings(self):
        self.take_settings("settings")

    def take_settings(self, name):
        url = f"/odoo/action-{ADDON}.res_config_settings_action"
        self.take(name, url, "#social_contact_email")

    def test_mailing(self):
        """Before it is sent a mailing says whom it will reach."""
        self.decide()
        objected = self.env["res.partner"].create({"name": "Ben", "email": "ben@example.com"})
        objected._object_social("contact", "email", method="staff")
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "New bookshelves",
                "body_html": "<p>New bookshelves are here.</p>",
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                "mailing_domain": [("email", "!=", False)],
            }
        )
        self.take(
            "mailing",
            f"/odoo/action-mass_mailing.mailing_mailing_action_mail/{mailing.id}",
            "button[name=action_preview_social]",
            """
            document.querySelector("button[name=action_preview_social]").click();
            while (!document.querySelector(".modal .o_data_row")) {
                await new Promise((resolve) => setTimeout(resolve, 100));
            }
            """,
        )

    def test_lead(self):
        """A lead says what is allowed before anybody writes."""
        self.take_lead("lead", "Shelves for an office")

    def take_lead(self, name, title):
        lead = self.env["crm.lead"].create(
            {"name": title, "email_from": "cold@example.com", "phone": "+1 555 1"}
        )
        self.take(name, f"/odoo/action-crm.crm_lead_all_leads/{lead.id}", ".o_social_strip")

    def test_trial(self):
        self.decide()
        self.take_trial("try")

    def take_trial(self, picture):
        for name, value in (("partner_id", self.ada.id), ("act", "contact_sms")):
            self.env["ir.default"].set("social.policy.try", name, value)
        url = f"/odoo/action-{ADDON}.social_policy_try_action"
        self.take(picture, url, ".o_social_policy_path tr")

    def decide(self):
        """Let the contact consent to some acts, withdraw one, and be matched."""
        self.give("match", partner=self.ada)
        self.give("contact", "email", partner=self.ada)
        self.give("contact", "sms", partner=self.ada)
        self.withdraw("contact", "sms", partner=self.ada)
        own = self.mentions.filtered(lambda mention: "20 kg of books" in mention.text)
        own._match(self.ada)

    def take_contact(self, name, tab="social_consent", then=""):
        self.take(
            name,
            f"/odoo/action-contacts.action_contacts/{self.ada.id}",
            ".o_notebook",
            f"""document.querySelector('.nav-link[name="{tab}"]').click();""" + then,
        )
