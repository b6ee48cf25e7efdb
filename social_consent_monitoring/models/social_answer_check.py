import re

from markupsafe import Markup, escape

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_list

from .. import connectors, policy
from ..exceptions import ConsentRequired
from .social_answer import BLANK, OPEN

# Who is named with an @, as platforms read it: ".@name" too, and an e-mail address is not.
NAMED = re.compile(r"(?<![\w/=])@([\w.-]*\w(?:@[\w.-]*\w)?)")
# A form of address before a name goes with it.
TITLE = re.compile(r"\b(?:Mrs?|Ms|Miss|Mx|Dr|Prof|Herrn?|Frau)\.?\s*$")


class SocialAnswerCheck(models.Model):
    """May this answer go out? The guard looks at its words, the policy decides (rules 19, 20, 23).

    Asked while somebody writes, to show it, and again with the final text when it goes.
    """

    _name = "social.answer"
    _inherit = ["social.answer"]

    preview = fields.Html("As the Guard Sees It", compute="_compute_preview", sanitize=False)
    found_words = fields.Char("Customer Data Found", compute="_compute_preview")
    obstacle = fields.Text("What Stands in the Way", compute="_compute_preview")
    length_notice = fields.Char("Length", compute="_compute_preview")

    # -- the guard -------------------------------------------------------------------------------

    def _find(self, counted=False):
        """Return what the guard finds in the text, in its order (rule 19).

        Asked once for a text in a transaction: it counts how often somebody asks.

        :param counted: the text is stored, and was counted when it was: reading changes nothing
        """
        self.ensure_one()
        if not self.text:
            return []
        mention = self.mention_id._origin
        known = self.env.cr.cache.setdefault("social_answer_found", {})
        place = (self.env.uid, self.text, mention.id)
        if place not in known:
            guard = self.env["social.guard"]
            found = (guard.sudo() if counted else guard)._check(self.text, mention=mention)
            known[place] = sorted(found, key=lambda finding: (finding.start, finding.end))
        return known[place]

    @api.depends("text", "template_id")
    def _compute_kind(self):
        for answer in self:
            if answer.state not in OPEN:
                # Whose text is gone was a customer's: nobody reads that from the kind.
                answer.kind = answer.text and answer._origin.kind
            elif not answer.text:
                answer.kind = "abstract"
            else:
                asked = answer.template_id.kind or "abstract"
                answer.kind = "personal" if answer._find() else asked

    @api.depends("text", "template_id", "visibility", "account_id", "mention_id")
    @api.depends_context("lang", "uid", "company")
    def _compute_preview(self):
        for answer in self:
            found = answer._find(counted=bool(answer.id)) if answer.state in OPEN else []
            answer.preview = answer._mark(found) if found else False
            answer.found_words = answer._name_kinds(found) if found else False
            answer.length_notice = answer._get_length_notice()
            answer.obstacle = "\n".join(answer._get_obstacles(found)) or False

    def _mark(self, found):
        """Return the text with each word that was found marked, by colour and by name."""
        names, parts, end = self._get_kind_names(), [], 0
        for finding in found:
            if finding.start < end:
                continue
            parts.append(escape(self.text[end : finding.start]))
            parts.append(
                Markup(
                    '<mark class="o_social_found o_social_found_%(kind)s" title="%(name)s">%(word)s'
                    '<span class="o_social_found_kind">%(name)s</span></mark>'
                )
                % {
                    "kind": finding.kind,
                    "name": names.get(finding.kind, finding.kind),
                    "word": self.text[finding.start : finding.end],
                }
            )
            end = finding.end
        parts.append(escape(self.text[end:]))
        return Markup("").join(parts).replace("\n", Markup("<br/>"))

    @api.model
    def _get_kind_names(self):
        _ = self.env._
        return {
            "name": _("name"),
            "phone": _("phone number"),
            "email": _("e-mail address"),
            "address": _("address"),
            "order": _("order number"),
            "invoice": _("invoice number"),
            "parcel": _("parcel number"),
            "ticket": _("ticket number"),
        }

    def _name_kinds(self, found):
        names = self._get_kind_names()
        kinds = dict.fromkeys(names.get(finding.kind, finding.kind) for finding in found)
        return format_list(self.env, list(kinds))

    # -- what stands in the way, while somebody writes -------------------------------------------

    def _get_obstacles(self, found):
        """Return in words why this cannot go out as it is: nothing is refused, nothing logged."""
        if not self.mention_id or self.state not in OPEN:
            return []
        acts = self._get_person_acts(bool(found) or self.kind == "personal")
        words = []
        for act in acts:
            _persons, decisions, known = self._decide_about_person(act)
            refused = [each for each in decisions.values() if not each]
            if refused and refused[0].mode == "enforce":
                words.append(self._explain_person(act, refused[0], known))
        return words

    def _get_length_notice(self):
        """Return how long the text is, and how long it may be; False where nobody knows."""
        account = self.account_id
        if not account or not self.text:
            return False
        length, limit = self._get_length()
        if length > limit:
            return self.env._(
                "%(length)s of %(limit)s characters: shorten it by %(more)s.",
                length=length,
                limit=limit,
                more=length - limit,
            )
        return self.env._("%(length)s of %(limit)s characters", length=length, limit=limit)

    def _get_length(self):
        """Return (characters, limit) as the account's platform counts them, the address included."""
        account = self.account_id.sudo()
        text = self.text or ""
        if account.connector == "fediverse":
            text = f"@{self.mention_id.sudo().author_id.handle or ''} {text}"
        try:
            return connectors.count(account.connector, text), account.answer_limit
        except connectors.ConnectorError:
            return len(text), account.answer_limit

    # -- whom it is about ------------------------------------------------------------------------

    def _get_person_acts(self, personal):
        """Return the acts that the person has to be asked for."""
        acts = []
        # Rule 23: whoever turned to the company in public is answered in public; all else is an
        # approach.
        if self.visibility == "direct" or not self.mention_id.addressed:
            acts.append("contact_social")
        if personal:
            acts.append("reply_personal")
        return acts

    def _get_matched(self):
        """Return the contacts with whom this user may see the post joined (rule 2)."""
        # Said once more, for jobs that run as superuser and meet no rule.
        domain = [("mention_id", "=", self.mention_id._origin.id), ("valid_until", ">", "now")]
        domain.append(("company_id", "=", self.company_id.id))
        return self.env["social.match"].search(domain).partner_id

    def _decide_about_person(self, act):
        """Ask the policy about the contact behind the post; else about its author, unknown.

        :return: the records asked about, ``{id: Decision}``, and whether they are a known contact
        """
        ask = self.env["social.policy"].with_company(self.company_id)
        platform, handle = self.mention_id._get_place()
        more = {"kind": "first"} if act == "contact_social" else {}
        matched = self._get_matched()
        if act == "reply_personal" and self._tells_of_others(matched):
            # Consent is each person's own: of somebody else's data nobody here has spoken.
            matched = matched.browse()
        persons = matched or self.mention_id.sudo().author_id.with_env(self.env)
        if persons:
            decisions = ask._decide(act, persons, platform=platform, handle=handle, **more)
            return persons, decisions, bool(matched)
        rules = self.env["social.policy.rule"].with_company(self.company_id)._get_rules(act)
        facts = policy.Facts(
            fields.Datetime.now(), rule=policy.choose_rule(rules, platform=platform)
        )
        mention = self.mention_id._origin
        return mention, {mention.id: policy.decide(act, facts)}, False

    def _tells_of_others(self, matched):
        """Tell whether the text holds data of somebody else than these contacts.

        Asked once for a text in a transaction, and only where anything was found.
        """
        if not matched or not self._find(counted=True):
            return False
        known = self.env.cr.cache.setdefault("social_answer_others", {})
        place = (self.text, self.mention_id._origin.id, tuple(matched.ids))
        if place not in known:
            guard = self.env["social.guard"].sudo()
            said = guard._get_said(matched, self.text)
            found = guard._check(self.text, mention=self.mention_id._origin, said=said)
            known[place] = bool(found)
        return known[place]

    def _ask_person(self, act):
        """Refuse what the person has not consented to; return the consents that it rests on.

        :raises ConsentRequired: with what to do instead
        """
        ask = self.env["social.policy"].with_company(self.company_id)
        persons, decisions, known = self._decide_about_person(act)
        try:
            ask._carry_out(act, persons, decisions)
        except ConsentRequired as refusal:
            words = self._explain_person(act, refusal.decision, known)
            raise ConsentRequired(words, refusal.decision) from None
        allowed = [each.consent for each in decisions.values() if each and each.basis == "consent"]
        return self.env["social.consent"].sudo().browse(allowed)

    def _explain_person(self, act, decision, known):
        """Return a refusal in words that help whoever writes, with what to do instead."""
        _ = self.env._
        reason, _remedy = self.env["social.policy"]._get_reasons()[decision.reason]
        if not known:
            reason = _("It is not known, with that person's consent, who wrote the post.")
        if not known and self._get_matched():
            reason = _("It tells of somebody else than the person with whom the post is matched.")
        if act == "reply_personal":
            return _(
                "A personal answer needs the person's consent. %s Answer in general words, or offer "
                "a way to reach you.",
                reason,
            )
        if self.visibility == "direct":
            return _(
                "A message for the author only needs that person's consent to social messages. %s "
                "Answer in public, if the post is addressed to you.",
                reason,
            )
        return _(
            "The post neither addresses nor names your company: an answer would be an approach, "
            "which needs consent to social messages. %s Leave it, or talk about the topic where "
            "you publish yourselves.",
            reason,
        )

    # -- the last look, before it goes -----------------------------------------------------------

    def _check_may_go(self):
        """Refuse what may not go out, with the text as it is now; note what it rests on.

        :raises UserError: with what is missing
        :raises ConsentRequired: where the person would have to consent (rules 19, 20, 23)
        """
        self.ensure_one()
        self._check_complete()
        self._check_others()
        # The customer base may have changed since the text was saved.
        for name in ("social_answer_found", "social_answer_others"):
            self.env.cr.cache.pop(name, None)
        self.env.add_to_compute(self._fields["kind"], self)
        personal = self.kind == "personal"
        consents = self.env["social.consent"].sudo()
        for act in self._get_person_acts(personal):
            consents |= self._ask_person(act)
        if personal:
            platform = self.platform_id.with_company(self.company_id)
            platform._check_may_push(self._get_matched())
            self._note_consents(consents)

    def _check_complete(self):
        text = (self.text or "").strip()
        if not text:
            raise UserError(self.env._("Write an answer first."))
        if blank := BLANK.search(text):
            raise UserError(
                self.env._("The template left %s open: fill it in, or take it out.", blank[0])
            )
        self._check_named()
        if self.account_id:
            length, limit = self._get_length()
            if length > limit:
                raise UserError(self._get_length_notice())

    def _check_named(self):
        """Refuse who else would hear of it: a platform tells whoever is named with an @ (rule 23).

        Free are the author, our own accounts, and in public whoever the post names.
        """
        named = NAMED.findall(self.text)
        if not named:
            return
        mention = self.mention_id.sudo()
        accounts = self.env["social.account"].sudo()
        own = [("handle", "!=", False), ("company_id", "in", [self.company_id.id, False])]
        accounts = accounts.search_fetch(own, ["handle"])
        free = {
            name.lower() for name in [mention.author_id.handle, *accounts.mapped("handle")] if name
        }
        free |= {name.partition("@")[0] for name in free}
        if self.visibility == "public":
            free |= {name.lower() for name in NAMED.findall(mention.text or "")}
        for name in named:
            if name.lower() not in free:
                raise UserError(
                    self.env._("Leave out @%s: the platform would tell that person of it.", name)
                )

    def _check_others(self):
        """Refuse a second answer of the company, unless its author says that it is meant."""
        if self.has_other_answer and not self.despite_others:
            raise UserError(
                self.env._(
                    "%s Say “Answer all the same” if yours is meant to follow.", self.others_notice
                )
            )

    def _note_draft(self):
        """Let a draft with customer data go with the consent that it would rest on, too."""
        for answer in self.filtered(lambda each: each.kind == "personal"):
            _persons, decisions, _known = answer._decide_about_person("reply_personal")
            allowed = [each.consent for each in decisions.values() if each and each.consent]
            answer._note_consents(self.env["social.consent"].sudo().browse(allowed))

    def _note_consents(self, consents):
        """Write down on which consents the text rests: it goes with the first that ends."""
        copies = self.env["social.copy"]
        known = copies.sudo().search([("res_model", "=", self._name), ("res_id", "=", self.id)])
        for consent in consents - known.consent_id:
            copies._record(self, ["text"], mention=self.mention_id, consent=consent)

    # -- the two ways out ------------------------------------------------------------------------

    def action_use_abstract(self):
        """Begin again with the abstract wording."""
        self.ensure_one()
        template = self.env["social.answer.template"]._propose(self.mention_id, self.company_id)
        if not template:
            raise UserError(self.env._("There is no template with an abstract wording."))
        self.write({"template_id": template.id, "text": template._fill(self.company_id)})
        return self._open()

    def action_remove_found(self):
        """Take out the words that the guard found."""
        self.ensure_one()
        text, words = self.text or "", self._find(counted=True)
        for finding in reversed(words):
            text = TITLE.sub("", text[: finding.start]).rstrip(" ") + text[finding.end :]
        values = {"text": text.strip()}
        if self.template_id.kind == "personal":
            values["template_id"] = False
        self.write(values)
        return self._open()
