import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..connectors import opml


class SocialOpmlExport(models.TransientModel):
    """“Export Feed List”: the chosen feeds as OPML, for managers (addresses may hold a key)."""

    _name = "social.opml.export"
    _description = "Export a Feed List"

    source_ids = fields.Many2many("social.source", string="Sources", readonly=True)
    source_count = fields.Integer("Feeds", compute="_compute_source_count")
    file = fields.Binary(compute="_compute_file")

    @api.depends("source_ids")
    def _compute_source_count(self):
        for wizard in self:
            wizard.source_count = len(wizard.source_ids)

    @api.depends("source_ids")
    def _compute_file(self):
        for wizard in self:
            feeds = [
                opml.Feed(source.name, source.address, (source.platform_id.name,))
                for source in wizard.source_ids
            ]
            title = self.env._("Sources of %s", self.env.company.name)
            wizard.file = base64.b64encode(opml.write(title, feeds))

    @api.model
    def _get_action(self, sources):
        """Return the window in which the feeds among these sources can be downloaded."""
        feeds = sources.filtered(lambda source: source.connector == "feed" and source.address)
        if not feeds:
            raise UserError(self.env._("Choose sources that are feeds: only those fit the list."))
        wizard = self.create({"source_ids": feeds.ids})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Export Feed List"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_download(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/file/sources.opml?download=true",
            "target": "download",
        }
