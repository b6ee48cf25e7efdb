import base64
import binascii

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..connectors import ConnectorError, http, opml
from ..exceptions import ConsentRequired
from .file_words import explain_file


class SocialOpmlImport(models.TransientModel):
    """“Import Feed List”: an OPML file becomes sources that nobody has started yet.

    The file itself is not kept: what it holds stands in the lines.
    """

    _name = "social.opml.import"
    _description = "Import a Feed List"

    file = fields.Binary("Feed List (OPML)", store=False)
    file_name = fields.Char()
    problem = fields.Char(readonly=True)
    platform_id = fields.Many2one(
        "social.platform",
        required=True,
        default=lambda self: self.env.ref(
            "social_consent_monitoring.platform_web", raise_if_not_found=False
        ),
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, ondelete="cascade"
    )
    user_id = fields.Many2one("res.users", "Responsible", default=lambda self: self.env.user)
    balancing_test = fields.Text(
        help="Why your interest in these public posts outweighs that of their authors (GDPR "
        "Art. 6(1)(f)). It is copied to each source, and you can change it there."
    )
    line_ids = fields.One2many("social.opml.import.line", "wizard_id", "Feeds")
    wanted_count = fields.Integer("Chosen", compute="_compute_wanted_count")

    @api.depends("line_ids.wanted")
    def _compute_wanted_count(self):
        for wizard in self:
            wizard.wanted_count = len(wizard.line_ids.filtered("wanted"))

    @api.onchange("file")
    def _onchange_file(self):
        """Show what the file holds; nothing is made yet."""
        self.problem, feeds = False, ()
        if self.file:
            try:
                feeds = opml.parse(base64.b64decode(self.file))
            except ConnectorError as error:
                self.problem = explain_file(self.env, error)
            except binascii.Error:
                self.problem = self.env._("This file cannot be read.")
        known = self._get_known()
        self.line_ids = [
            Command.clear(),
            *(Command.create(_prepare_line_vals(feed, known)) for feed in feeds),
        ]

    def _get_known(self):
        """Return the addresses of the company's sources, archived ones too, as they are compared."""
        sources = self.env["social.source"].with_context(active_test=False)
        own = sources._check_company_domain(self.company_id)
        feeds = sources.search([*own, ("connector", "=", "feed")])
        return {opml.same(address) for address in feeds.mapped("address") if address}

    def action_import(self):
        """Make a source of each chosen feed, none of them started, and show them."""
        self.ensure_one()
        known = self._get_known()
        lines = self.line_ids.filtered(lambda line: line.wanted and line._is_usable(known))
        if not lines:
            raise UserError(self.env._("Choose at least one feed that is new."))
        sources = self._create_sources(lines)
        self.sudo().unlink()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "social_consent_monitoring.social_source_action"
        )
        name = self.env._("Imported Sources")
        return {**action, "name": name, "domain": [("id", "in", sources.ids)], "context": {}}

    def _create_sources(self, lines):
        """:raises ConsentRequired: with the titles that name persons, where some do (rule 24)"""
        try:
            return self.env["social.source"].create([line._prepare_source_vals() for line in lines])
        except ConsentRequired as refusal:
            named = self.env["social.watch"]._get_refused_words(lines.mapped("title"))
            if not named:
                raise
            hint = self.env._("Untick or rename these feeds: %s", ", ".join(named))
            raise ConsentRequired(f"{refusal}\n{hint}", refusal.decision) from None


def _prepare_line_vals(feed, known):
    state = feed.problem or ("known" if opml.same(feed.address) in known else "new")
    return {
        "wanted": state == "new",
        "title": feed.title or "-",
        # A password is neither shown nor written anywhere.
        "address": http.host_of(feed.address) if state == "credentials" else feed.address,
        "folders": " / ".join(feed.folders),
        "state": state,
    }
