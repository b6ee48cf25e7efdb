import os

from werkzeug.wsgi import wrap_file

from odoo import http
from odoo.exceptions import AccessError
from odoo.http import content_disposition, request


class SocialExportController(http.Controller):
    """What the privacy officer takes away as a file. Both addresses only read."""

    @http.route(
        "/social/export/<int:number>", type="http", auth="user", methods=["GET"], readonly=True
    )
    def fetch(self, number, **_query):
        """Send the archive that a pass is for, piece by piece."""
        archive = self._ask(request.env["social.export.download"]._fetch_archive, number)
        if not archive:
            return request.not_found()
        name, file = archive
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        response = request.make_response(
            wrap_file(request.httprequest.environ, file, 1 << 16),
            self._get_headers(name, "application/zip", size),
        )
        response.direct_passthrough = True
        return response

    @http.route("/social/processing.json", type="http", auth="user", methods=["GET"], readonly=True)
    def processing(self, **_query):
        """Send the record of processing for programs."""
        said = self._ask(request.env["social.processing"]._get_json)
        if said is None:
            return request.not_found()
        headers = self._get_headers("record-of-processing.json", "application/json", len(said))
        return request.make_response(said, headers)

    def _ask(self, method, *args):
        """Return what a method says, None to whoever may not ask."""
        try:
            return method(*args)
        except AccessError:
            return None

    def _get_headers(self, name, kind, size):
        return [
            ("Content-Type", kind),
            ("Content-Length", str(size)),
            ("Content-Disposition", content_disposition(name)),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ]
