from odoo import api, models, tools
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..analysis import topics
from ..exceptions import ConsentRequired
from ..watch_words import Said, fold, make_tags, read_text, take_apart


class SocialWatch(models.AbstractModel):
    """Finds the persons whom a query names: nobody is watched unasked (rule 24).

    Natural persons among the contacts count, by their full name, address, number or handle. The
    own company, brands and competitors are companies, and free; so is a single word.
    """

    _name = "social.watch"
    _description = "Persons in Queries"

    @api.model
    def _check_watch_words(self, texts):
        """Refuse words that name a person who did not consent to being watched, and log it.

        For whatever picks posts by words: topic rules, alert words, saved filters.

        :param texts: what is searched for, each by itself
        :raises ConsentRequired: with a message that tells no more than the words do
        """
        self._enforce(self._find(self._read(texts)))

    @api.model
    def _check_keywords(self, keywords, excluded="", name=""):
        """Refuse words that posts are picked by: special categories (Art. 9), persons (rule 24).

        :param keywords: one word or phrase a line, as :mod:`..analysis.topics` reads them
        :param name: what they are called together
        :raises ValidationError: for words that nobody may look for, and with more than one ``*``
        :raises ConsentRequired: for those that name a person
        """
        both = f"{keywords or ''}\n{excluded or ''}"
        if starry := topics.find_starry(both):
            raise ValidationError(
                self.env._("Write * once in a word, at its end: %s", ", ".join(starry))
            )
        if special := topics.find_special(f"{name or ''}\n{keywords or ''}"):
            raise ValidationError(
                self.env._(
                    "This must not tell of anybody's health, origin, faith, politics, trade union "
                    "or sex life (GDPR Art. 9). Take out: %s",
                    ", ".join(special),
                )
            )
        self._check_watch_words(sorted(set(topics.split(both))))

    @api.model
    def _get_refused_words(self, texts):
        """Return those of the texts that name such a person by now: a look, and not logged.

        One query where none does, however many they are.
        """
        if not self._get_refused(self._find(self._read(texts))):
            return []
        return [text for text in texts if self._get_refused(self._find(read_text(text)))]

    @api.model
    def _enforce(self, partners, **place):
        """Ask for each of these persons; see ``social.policy._decide`` for the place.

        :raises ConsentRequired: if one did not consent
        """
        try:
            for each in self._get_places(place) if partners else ():
                self.env["social.policy"]._enforce("monitor", partners, **each)
        except ConsentRequired as refusal:
            raise ConsentRequired(" ".join(self._get_words()), refusal.decision) from None

    @api.model
    def _get_refused(self, partners, **place):
        """Return those of these persons who may not be watched: not logged."""
        refused = partners.browse()
        for each in self._get_places(place) if partners else ():
            decisions = self.env["social.policy"]._decide("monitor", partners, **each)
            refused |= partners.filtered(lambda partner, said=decisions: not said[partner.id])
        return refused

    @api.model
    def _get_places(self, place):
        """Return where a person is watched: at one place, or wherever posts come in (rule 22).

        Words by themselves pick the posts of every platform that is read.
        """
        if place:
            return [place]
        sources = self.env["social.source"].sudo()
        active = [
            ("state", "=", "active"),
            ("company_id", "in", (self.env.company.id, False)),
        ]
        platforms = [each for (each,) in sources._read_group(active, ["platform_id"])]
        return [{}, *({"platform": platform.code} for platform in platforms)]

    @api.model
    def _get_words(self):
        """Return why a query is refused, and what to do: no name, and nothing of the contact."""
        return (
            self.env._(
                "This names a person in your contacts. Reading what one person writes takes that "
                "person's consent to be watched."
            ),
            self.env._(
                "Ask the person for it, or search for something else. If this is a company or a "
                "brand, mark its contact as a company."
            ),
        )

    @api.model
    def _read(self, texts):
        said = Said()
        for text in texts:
            said |= read_text(text)
        return said

    @api.model
    def _find(self, said, platform=None):
        """Return the natural persons whom a query names, archived ones too: one query.

        :param said: ``watch_words.Said``
        :param platform: where a handle counts by itself; elsewhere, only one with its server
        """
        names = said.names.union(*map(take_apart, said.words))
        if not any((names, said.emails, said.handles, said.numbers)):
            return self.env["res.partner"].sudo()
        self.env.flush_all()
        handles = list(said.handles)
        here = platform.id if platform else None
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM res_partner person WHERE is_company IS NOT TRUE AND id IN (
                    SELECT id FROM res_partner WHERE social_watch_name = ANY(%(names)s)
                    UNION SELECT id FROM res_partner
                        WHERE is_company IS NOT TRUE AND email_normalized = ANY(%(emails)s)
                    UNION SELECT id FROM res_partner
                        WHERE is_company IS NOT TRUE AND phone_sanitized = ANY(%(numbers)s)
                    UNION SELECT partner_id FROM social_profile WHERE handle = ANY(%(handles)s)
                        AND (%(here)s IS NULL OR platform_id = %(here)s OR handle LIKE '%%@%%')
                    UNION SELECT contract.partner_id FROM social_contract_handle named
                        JOIN social_contract contract ON contract.id = named.contract_id
                        WHERE handle = ANY(%(handles)s)
                        AND (%(here)s IS NULL OR platform_id = %(here)s OR handle LIKE '%%@%%')
                ) AND NOT EXISTS (SELECT FROM res_company own WHERE own.partner_id = person.id)
                ORDER BY id
                """,
                names=list(names),
                emails=list(said.emails),
                numbers=list(self._format_numbers(said.numbers)),
                handles=handles,
                here=here,
            )
        )
        found = self.env["res.partner"].sudo().browse(row[0] for row in rows)
        # Odoo's own stand-in for whoever is not logged in.
        return found - self.env.ref("base.public_partner")

    @api.model
    def _format_numbers(self, numbers):
        country = self.env.company.country_id
        format_ = self.env["res.partner"]._phone_format
        return {format_(number=number, country=country) for number in numbers} - {False}

    # -- a contact comes later -------------------------------------------------------------------

    @api.model
    def _note_persons(self, partners):
        """Pause the running sources that name one of these persons; never fails.

        For any number of contacts one look into what all sources say, which is kept in memory.
        """
        index = self._get_index()
        if not index:
            return
        ids = set()
        for partner in partners.sudo():
            for key in self._get_keys(partner):
                ids.update(index.get(key, ()))
        if ids:
            self.env["social.source"].sudo().browse(sorted(ids))._pause_refused()

    @api.model
    def _note_subjects(self, subjects):
        """Do the same for data subjects whose consent ended."""
        if self._get_index():
            persons = self.env["res.partner"].sudo().with_context(active_test=False)
            partners = persons.search([("social_subject_id", "in", subjects.ids)])
            self._note_persons(partners)
            profiles = self.env["social.profile"].sudo()
            own = profiles.search([("partner_id", "in", partners.ids)])
            self._note_handles(own.mapped("handle"))

    @api.model
    def _note_handles(self, handles):
        """Do the same for the owners of handles that become known."""
        index = self._get_index()
        ids = {id_ for handle in handles for id_ in index.get(handle, ())}
        if ids:
            self.env["social.source"].sudo().browse(sorted(ids))._pause_refused()

    @api.model
    def _get_keys(self, partner):
        if partner.is_company:
            return ()
        name = partner.social_watch_name or ""
        return {name, partner.email_normalized, partner.phone_sanitized, *make_tags(name)}

    @api.model
    @tools.ormcache()
    def _get_index(self):
        """Return ``{what it says: source ids}`` of all running sources."""
        index = {}
        running = self.env["social.source"].sudo().with_context(active_test=False)
        for source in running.search([("state", "=", "active")]):
            said = source._read_said()
            said = said._replace(
                words=map(fold, said.words), numbers=self._format_numbers(said.numbers)
            )
            for key in set().union(*said):
                index.setdefault(key, []).append(source.id)
        return index
