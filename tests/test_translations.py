"""Whoever works in German reads German everywhere, and no word is forgotten."""

import re
from collections import Counter
from pathlib import Path

import polib
from psycopg2.errors import CheckViolation

from odoo.tools import mute_logger
from odoo.tools.translate import code_translations

from odoo.addons.social_consent_monitoring.connectors import ConnectorError
from odoo.addons.social_consent_monitoring.models.social_source_words import explain

from common import ADDON, Common
from translate_process import export_template, merge

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / ADDON / "i18n"
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[-+#0]*\d*(?:\.\d+)?[a-zA-Z%]")
TAG = re.compile(r"</?\w+")
REFRESH = 'run "tests/sandbox translate", then translate what it lists'


def read(name):
    return polib.pofile(str(FOLDER / name))


def places(entries):
    """Return ``{term: where it stands}``; the place tells Odoo which record gets the term."""
    return {entry.msgid: (entry.comment, sorted(entry.occurrences)) for entry in entries}


def differ(pattern, english, translated):
    """Tell whether two texts hold other things of this pattern, in whatever order."""
    return Counter(pattern.findall(english)) != Counter(pattern.findall(translated))


class TestFiles(Common):
    """What is in the addon is in the template, what is in the template is in each language."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template = read(f"{ADDON}.pot")
        cls.translations = {path.name: read(path.name) for path in sorted(FOLDER.glob("*.po"))}

    def assertNone(self, terms, problem, advice=REFRESH):
        listed = "\n".join(f"  {term!r}" for term in sorted(terms))
        self.assertFalse(terms, f"{problem}; {advice}:\n{listed}")

    def test_the_template_holds_the_terms_of_the_addon_and_no_others(self):
        wanted = places(export_template(self.env, ADDON))
        found = places(self.template)
        self.assertNone(wanted.keys() - found.keys(), "the template lacks terms")
        self.assertNone(found.keys() - wanted.keys(), "the template has terms that are gone")
        moved = {term for term in wanted if wanted[term] != found[term]}
        self.assertNone(moved, "terms stand elsewhere than the template says")

    def test_each_language_has_every_term_translated(self):
        self.assertIn("de.po", self.translations)
        wanted = places(self.template).keys()
        for name, translation in self.translations.items():
            done = {entry.msgid for entry in translation if entry.translated()}
            self.assertNone(wanted - done, f"{name} lacks terms, or has them empty or fuzzy")
            kept = {entry.msgid for entry in translation} - wanted
            self.assertNone(kept, f"{name} has terms that are gone")

    def test_translations_keep_placeholders_and_tags(self):
        for name, translation in self.translations.items():
            for pattern in (PLACEHOLDER, TAG):
                changed = {e.msgid for e in translation if differ(pattern, e.msgid, e.msgstr)}
                self.assertNone(changed, f"{name}: {pattern.pattern} differs", "use the same")

    def test_files_are_in_the_order_and_form_that_refreshing_gives_them(self):
        """Else each refresh would change lines that nobody has touched."""
        for name, translation in self.translations.items():
            refreshed = str(merge(translation, self.template))
            self.assertEqual((FOLDER / name).read_text(), refreshed, f"{name}: {REFRESH}")

    def test_the_template_names_neither_a_day_nor_a_person(self):
        for file in (self.template, *self.translations.values()):
            self.assertFalse({key for key in file.metadata if "Date" in key})
            self.assertFalse(file.metadata["Last-Translator"])
            self.assertFalse(file.metadata["Language-Team"])


class TestGerman(Common):
    """The words reach the screen: of views, selections, Python code, data, and JavaScript."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.speak_german()
        cls.german = cls.env(context={**cls.env.context, "lang": "de_DE"})

    def get_labels(self, model, field):
        selection = self.german[model].fields_get([field])[field]["selection"]
        return dict(selection)

    def test_views_are_german(self):
        view = self.env.ref(f"{ADDON}.social_mention_view_form")
        arch = self.german["social.mention"].get_view(view.id, "form")["arch"]
        self.assertIn('string="Wer ist das?"', arch)
        self.assertNotIn("Who is this?", arch)

    def test_labels_from_lists_and_from_methods_are_german_for_germans_only(self):
        self.assertEqual(self.get_labels("social.consent", "state")["given"], "Erteilt")
        self.assertEqual(self.get_labels("social.consent.event", "state")["given"], "Erteilt")
        self.assertEqual(self.get_labels("social.mention", "state")["in_work"], "In Bearbeitung")
        self.assertEqual(self.get_labels("social.policy.rule", "mode")["off"], "Aus")
        self.assertEqual(
            self.get_labels("mailing.trace", "failure_type")["social_no_consent"],
            "Keine Einwilligung",
        )
        english = self.env["social.consent"].fields_get(["state"])["state"]["selection"]
        self.assertEqual(dict(english)["given"], "Given")

    def test_a_refusal_says_why_in_german(self):
        policy = self.german["social.policy"]
        decision = policy._decide("match", self.partner)[self.partner.id]
        self.assertEqual(
            policy._explain("match", decision),
            "Erwähnungen dem Kontakt zuordnen: nicht erlaubt. Die Person wurde nicht um ihre "
            "Einwilligung gebeten. Bitten Sie zuerst um eine Einwilligung oder verzichten Sie "
            "darauf.",
        )

    def test_the_contact_says_in_german_what_is_allowed(self):
        overview = str(self.partner.with_env(self.german).social_overview)
        self.assertIn("Werbung per E-Mail", overview)
        self.assertIn("Nicht angefragt", overview)

    def test_names_of_purposes_and_platforms_are_german(self):
        purpose = self.german.ref(f"{ADDON}.purpose_contact")
        platform = self.german.ref(f"{ADDON}.platform_web")
        self.assertEqual((purpose.name, platform.name), ("Werbung", "Blogs, Nachrichten und Foren"))

    def test_a_source_error_and_its_advice_are_german(self):
        self.assertEqual(
            explain(self.german, ConnectorError("too_many_requests", {"host": "site.example"})),
            (
                "site.example bittet um weniger Abrufe.",
                "Es ist nichts zu tun: Der nächste Versuch wartet so lange, wie der Server "
                "verlangt.",
            ),
        )

    def test_what_the_cron_writes_is_in_the_language_of_whoever_is_responsible(self):
        self.manager.lang = "de_DE"
        self.source.write({"user_id": self.manager.id, "connector": "feed", "address": "nowhere"})
        self.source.with_context(lang=None)._import()
        self.assertEqual(self.source.error_message, "Diese Adresse ist nicht verwendbar.")

    def test_a_broken_constraint_is_explained_in_german(self):
        rules = self.german["social.policy.rule"]
        act = rules.search([], limit=1).act
        platform = self.german["social.platform"].search([], limit=1)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(CheckViolation) as broken,
            self.env.cr.savepoint(),
        ):
            rules.create({"act": act, "platform_ids": platform.ids, "min_age": -1})
        # What Odoo's web layer does with it.
        message = rules._sql_error_to_message(broken.exception)
        self.assertEqual(message, "Geben Sie das Mindestalter in Jahren ein oder 0 für keines.")

    def test_the_browser_gets_its_words(self):
        words = code_translations.get_web_translations(ADDON, "de_DE")["messages"]
        self.assertIn({"id": "Not allowed", "string": "Nicht erlaubt"}, words)
