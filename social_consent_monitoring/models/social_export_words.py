from odoo import api, models

from ..export import decisions
from ..export.archive import Item, Value
from .social_consent_receipt import AUTHORITIES


class SocialExportWords(models.AbstractModel):
    """What an export says beside the data itself: titles, whom to turn to, what is left out."""

    _name = "social.export.words"
    _description = "Words of an Export"

    @api.model
    def _get_section_titles(self):
        _ = self.env._
        return {
            "about": _("About this copy of your data"),
            "person": _("Who you are"),
            "consents": _("What you consented to"),
            "notices": _("The texts you agreed to"),
            "basis": _("Contracts, and what was noted of how we know you"),
            "social": _("Your public posts, and what was taken from them"),
            "requests": _("Your requests"),
            "messages": _("Messages"),
            "appointments": _("Appointments and tasks"),
            "blocked": _("Where you are not to be written to"),
            "suppressed": _("Not to be collected again"),
            "log": _("What was done with your data, and what was refused"),
            "files": _("Files"),
            "other": _("Other records"),
            "work": _("Where you are named as a member of staff or as a user"),
            "left_out": _("What is not in this copy, and why"),
        }

    @api.model
    def _get_file_title(self):
        """Return the beginning of the archive's name."""
        return "data"

    @api.model
    def _get_page_words(self):
        company = self.env.company
        return {
            "lang": self._get_bcp47(),
            "title": self.env._("Your data at %s", company.name),
            "intro": self.env._(
                "This is a copy of all that %s stores about you (GDPR Art. 15 and 20). The same "
                "stands in data.json for programs, as schema.json explains. Files lie in the "
                "folder “documents”, the receipts of your consents in “receipts”.",
                company.name,
            ),
        }

    # -- whom to turn to ---------------------------------------------------------------------

    @api.model
    def _get_controller(self):
        """Return who answers for the data, without what is empty (GDPR Art. 13(1)(a) and (b))."""
        company = self.env.company
        lines = company.partner_id._display_address(without_company=True).splitlines()
        values = {
            "name": company.name,
            "address": ", ".join(filter(None, map(str.strip, lines))),
            "email": company.email,
            "phone": company.phone,
            "website": company.website,
            "privacy_officer": self._get_privacy_officer(),
        }
        return {name: value for name, value in values.items() if value}

    @api.model
    def _get_privacy_officer(self):
        """Return name and address of the privacy officer, "" where none is entered."""
        company = self.env.company
        names = ("social_privacy_officer", "social_privacy_email")
        return ", ".join(
            company[name] for name in names if name in company._fields and company[name]
        )

    @api.model
    def _get_controller_labels(self):
        _ = self.env._
        return {
            "name": _("Company"),
            "address": _("Address"),
            "email": _("E-mail"),
            "phone": _("Phone"),
            "website": _("Website"),
            "privacy_officer": _("Privacy officer"),
        }

    @api.model
    def _get_about_items(self):
        """Return who answers for the data, and the person's rights (GDPR Art. 15(1))."""
        labels = self._get_controller_labels()
        controller = [
            Value(name, labels[name], value, value)
            for name, value in self._get_controller().items()
        ]
        names = self.env["social.consent.receipt"]._get_right_names()
        rights = [Value(code, _get_article(code), name, name) for code, name in names.items()]
        authority = self.env["social.consent.receipt"]._get_receipt_authority()
        words = f"{authority['dct:description']} {AUTHORITIES}"
        rights.append(Value("authority", self.env._("Authority"), words, words))
        return [
            Item("", 0, self.env._("Who is responsible"), "", controller),
            Item("", 0, self.env._("Your rights (GDPR)"), "", rights),
            Item("", 0, self.env._("How long it is kept"), "", self._get_retention_values()),
        ]

    @api.model
    def _get_retention_values(self):
        record = self.env["social.processing"]
        return [Value("", label, text, text) for label, text in record._get_retention()]

    # -- what is left out --------------------------------------------------------------------

    @api.model
    def _get_reasons(self):
        _ = self.env._
        return {
            decisions.TECHNICAL: _(
                "How the system is set up: it may name who set it up, and says nothing about you."
            ),
            decisions.OTHERS: _(
                "Data of other people, who have rights of their own (GDPR Art. 15(4))."
            ),
            decisions.SECRET: _(
                "Keys, passwords and hashes: whoever had them could act in your name."
            ),
            decisions.DERIVED: _("It repeats what stands elsewhere in this copy."),
        }

    @api.model
    def _get_left_out_items(self):
        """Yield a record for each reason, with the kinds of records that it holds for."""
        for code, reason in self._get_reasons().items():
            names = sorted(
                self._get_place_name(place)
                for place, why in decisions.REASONS.items()
                if why == code and self._get_place_name(place)
            )
            if names:
                text = ", ".join(dict.fromkeys(names))
                value = Value(code, self.env._("Concerns"), text, text)
                yield Item("", 0, reason, "", [value])
        text = self.env._(
            "Passwords, access keys and technical numbers of all records; who entered a record is "
            "said by role only; rows of forms that are being filled in, which are gone within hours."
        )
        yield Item("", 0, self.env._("In all records"), "", [Value("all", "", text, text)])

    @api.model
    def _get_place_name(self, place):
        """Return in words what ``decisions.REASONS`` names: a model, or a model and its field."""
        if place in self.env:
            return self._get_model_name(place)
        model, _dot, name = place.rpartition(".")
        if model not in self.env or name not in self.env[model]._fields:
            return ""
        label = self.env[model]._fields[name]._description_string(self.env)
        return f"{self._get_model_name(model)}: {label}"

    @api.model
    def _get_model_name(self, model):
        return self.env["ir.model"]._get(model).sudo().name or model


def _get_article(code):
    """Return "Art. 7(3)" for "A7-3"."""
    number, _dash, paragraph = code[1:].partition("-")
    return f"Art. {number}({paragraph})" if paragraph else f"Art. {number}"
