"""The guides: what each kind of user does, in the very words that stand on the screen."""

import re
import struct
from functools import cached_property
from pathlib import Path

import polib
from lxml import html

from odoo.tests import new_test_user

from axe import phone
from common import ADDON, CommonHttp
from translate_process import export_template

STAFF = ("administrator", "sales", "clerk", "officer")
GUIDES = (*STAFF, "people")
PATH = "/social/guide"
GERMAN = Path(__file__).resolve().parents[1] / ADDON / "i18n" / "de.po"
# What stands between the menus of a path.
TO = " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} "
# What keeps a picture from being a burden on a phone.
MOST_BYTES = 150_000
# Words that are the same in German.
SAME = {"Person"}


class GuideCase(CommonHttp):
    def get(self, path, status=200, **options):
        response = self.url_open(path, allow_redirects=False, **options)
        self.assertEqual(response.status_code, status, path)
        return response

    def read(self, who, **options):
        """Return a guide as a tree of elements."""
        return html.fromstring(self.get(f"{PATH}/{who}", **options).content)

    def read_all(self, lang):
        """Return all guides in a language, as whoever may read them."""
        self.env["res.users"].search([("login", "=", "clerk")]).lang = lang
        self.authenticate("clerk", "clerk")
        headers = {"Accept-Language": lang.replace("_", "-")}
        return {who: self.read(who, headers=headers) for who in GUIDES}


class TestWhoReads(GuideCase):
    def test_each_colleague_reads_each_guide(self):
        for login in ("clerk", "manager", "officer", "sales", "employee"):
            self.authenticate(login, login)
            titles = {self.read(who).findtext(".//h1") for who in GUIDES}
            self.assertEqual(len(titles), len(GUIDES), login)

    def test_strangers_read_that_of_the_people_only(self):
        self.assertIn("I consent", self.get(f"{PATH}/people").text)
        for path in (PATH, *(f"{PATH}/{who}" for who in STAFF)):
            self.assertIn("/web/login", self.get(path, 303).headers["Location"])

    def test_customers_in_the_portal_learn_nothing_of_the_guides_of_staff(self):
        new_test_user(self.env, "customer", groups="base.group_portal")
        self.authenticate("customer", "customer")
        for path in (PATH, *(f"{PATH}/{who}" for who in STAFF)):
            self.get(path, 404)
        self.get(f"{PATH}/people")

    def test_there_are_no_others(self):
        self.authenticate("clerk", "clerk")
        for wrong in ("layout", "picture", "x", "../clerk/x"):
            self.get(f"{PATH}/{wrong}", 404)

    def test_the_menu_leads_to_the_guide_that_fits(self):
        new_test_user(self.env, "administrator", groups="base.group_system")
        for login, who in {
            "administrator": "administrator",
            "manager": "administrator",
            "officer": "officer",
            "clerk": "clerk",
            "sales": "sales",
            "employee": "sales",
        }.items():
            self.authenticate(login, login)
            location = self.get(PATH, 302).headers["Location"]
            self.assertTrue(location.endswith(f"{PATH}/{who}"), (login, location))

    def test_everybody_finds_it_in_the_menu_where_they_work(self):
        for user, name in (
            (self.clerk, "menu_guide"),
            (self.manager, "menu_guide"),
            (self.officer, "menu_guide"),
            (self.sales, "menu_contacts_guide"),
            (self.sales, "menu_crm_guide"),
        ):
            menu = self.env.ref(f"{ADDON}.{name}")
            seen = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
            self.assertIn(menu.id, seen, (user.login, name))
            self.assertTrue(menu.action.url.startswith(PATH))

    def test_people_find_theirs_on_their_page_and_where_they_have_a_link_sent(self):
        self.give("match")
        for path in (self.partner._get_social_consent_url(), "/social/consent"):
            page = html.fromstring(self.get(path).content)
            self.assertTrue(page.xpath(f"//a[@href='{PATH}/people']"), path)

    def test_a_guide_leads_to_the_others_and_each_of_its_links_leads_somewhere(self):
        for who, page in self.read_all("en_US").items():
            links = page.xpath("//main//a/@href")
            for link in links:
                if link.startswith("#"):
                    self.assertTrue(page.xpath(f"//h2[@id='{link[1:]}']"), (who, link))
                else:
                    self.assertLess(self.url_open(link).status_code, 400, link)
            others = {link for link in links if link.startswith(PATH)}
            wanted = {f"{PATH}/{each}" for each in GUIDES if each != who}
            self.assertEqual(others, wanted if who in STAFF else set())
            headings = page.xpath("//section/h2/@id")
            self.assertEqual([f"#{each}" for each in headings], links[: len(headings)], who)


class TestWhatItTells(GuideCase):
    def test_that_of_the_people_tells_nothing(self):
        """Neither whose it is, nor who reads it."""
        self.env.company.write({"name": "Secret Works", "email": "hello@secret.example"})
        self.env.company.write({"social_privacy_officer": "Olga Secret", "phone": "+49 30 1234"})
        said = self.get(f"{PATH}/people")
        self.assertNotIn("Set-Cookie", said.headers)
        for telling in ("Secret", "secret", "1234", "mailto:", "Ada"):
            self.assertNotIn(telling, said.text)
        self.authenticate("officer", "officer")
        self.assertEqual(self.get(f"{PATH}/people").text, said.text)

    def test_looking_changes_nothing(self):
        self.authenticate("officer", "officer")
        for path in (PATH, *(f"{PATH}/{who}" for who in GUIDES)):
            self.url_open(path)
            before = self.count_written()
            self.url_open(path)
            self.assertEqual(self.count_written(), before, path)
        self.env["ir.config_parameter"].set_param("written", "1")
        self.env.flush_all()
        self.assertGreater(self.count_written(), before, "nothing was counted")

    def count_written(self):
        """Return how many rows this transaction, which requests share, has written."""
        self.env.cr.execute(
            "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables"
        )
        return self.env.cr.fetchone()[0]

    def test_nobody_writes_to_it(self):
        self.authenticate("clerk", "clerk")
        for path in (PATH, f"{PATH}/clerk", f"{PATH}/people"):
            self.assertEqual(self.url_open(path, data={"x": ""}).status_code, 405)

    def test_it_loads_its_style_and_pictures_from_here_and_nothing_else(self):
        self.authenticate("clerk", "clerk")
        for who in GUIDES:
            policy = self.get(f"{PATH}/{who}").headers["Content-Security-Policy"]
            self.assertIn("default-src 'none'", policy)
            self.assertIn("img-src 'self'", policy)


class TestWords(GuideCase):
    @cached_property
    def terms(self):
        """Every term of the addon with the places where it stands, but those of the guides."""
        template = export_template(self.env, ADDON)
        places = {entry.msgid: [place for place, _ in entry.occurrences] for entry in template}
        return {
            term
            for term, where in places.items()
            if any(f"{ADDON}.guide_" not in place for place in where)
        }

    def get_names(self, page):
        return [" ".join(each.text_content().split()) for each in page.xpath("//main//b")]

    def get_menus(self, lang):
        """Return ``{id: path}``, as the guides write the way through the menus."""
        self.env.invalidate_all()
        menus = self.env["ir.ui.menu"].with_context(lang=lang).search([])
        return {menu.id: menu.complete_name.replace("/", TO) for menu in menus}

    def test_every_name_stands_on_the_screen(self):
        menus = set(self.get_menus("en_US").values())
        for who, page in self.read_all("en_US").items():
            names = self.get_names(page)
            self.assertGreater(len(names), 10, who)
            missing = [name for name in names if name not in (menus if TO in name else self.terms)]
            self.assertEqual(missing, [], f"{who} names what stands on no screen")

    def test_in_german_the_names_are_those_of_the_german_screen(self):
        self.speak_german(everywhere=True)
        english, german = self.get_menus("en_US"), self.get_menus("de_DE")
        translations = {english[menu]: german[menu] for menu in english}
        for entry in polib.pofile(str(GERMAN)):
            translations.setdefault(entry.msgid, entry.msgstr)
        before, pages = self.read_all("en_US"), self.read_all("de_DE")
        for who, page in pages.items():
            wanted = sorted(translations.get(name, name) for name in self.get_names(before[who]))
            self.assertEqual(sorted(self.get_names(page)), wanted, who)

    def test_in_german_no_english_is_left(self):
        self.speak_german(everywhere=True)
        before, pages = self.read_all("en_US"), self.read_all("de_DE")
        for who, page in pages.items():
            self.assertEqual(page.get("lang"), "de-DE")
            left = self.get_pieces(before[who]) & self.get_pieces(page)
            self.assertEqual(left - {self.env.company.name}, set(), who)

    def get_pieces(self, page):
        """Return each piece of text between two tags that has a word, and what pictures say."""
        pieces = {" ".join(text.split()) for text in page.xpath("//body//text()")}
        pieces |= set(page.xpath("//@alt | //@aria-label")) | set(page.xpath("//title/text()"))
        words = {piece for piece in pieces if re.search("[a-z]{3}", piece)}
        return {piece for piece in words if "@" not in piece} - SAME


class TestPictures(GuideCase):
    def get_pictures(self, lang):
        return [each for page in self.read_all(lang).values() for each in page.xpath("//img")]

    def check(self, pictures):
        for picture in pictures:
            path = picture.get("src")
            answer = self.get(path)
            self.assertEqual(answer.headers["Content-Type"], "image/png", path)
            self.assertLess(len(answer.content), MOST_BYTES, path)
            # So that nothing jumps while it loads.
            size = struct.unpack(">II", answer.content[16:24])
            self.assertEqual(size, (int(picture.get("width")), int(picture.get("height"))), path)
            self.assertGreater(len(picture.get("alt")), 20, path)

    def test_every_guide_shows_the_screen_in_the_readers_language(self):
        self.speak_german(everywhere=True)
        english, german = self.get_pictures("en_US"), self.get_pictures("de_DE")
        self.assertGreaterEqual(len(english), len(GUIDES))
        self.check(english + german)
        shown = [each.get("src") for each in english]
        self.assertEqual(
            [each.get("src") for each in german],
            [path.replace(".png", "_de.png") for path in shown],
        )

    def test_whoever_reads_another_language_sees_the_english_ones(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        shown = [each.get("src") for each in self.get_pictures("fr_FR")]
        self.assertEqual(shown, [each.get("src") for each in self.get_pictures("en_US")])


class TestAccessible(GuideCase):
    def test_wcag_2_1_aa_on_a_phone(self):
        with phone(self, "clerk") as browser:
            for who in GUIDES:
                browser.open(f"{PATH}/{who}")
                self.assertEqual(browser.run("document.querySelectorAll('main h1').length"), 1, who)
                browser.check(f"guide_{who}")
                loaded = "[...document.images].every((each) => each.naturalWidth > 0)"
                self.assertTrue(browser.run(loaded), f"{who}: a picture is kept out")
