from odoo import http
from odoo.http import content_disposition, request
from odoo.tools import format_date

from ..links import ACCESS
from .pages import ACT, HEADERS, READ, LinkPages

# A page of writing; nobody fills the database by this form.
MAX_TEXT = 5000
# So many rows of one kind stand on the page; all of them are in the archive.
MAX_ROWS = 200


class SocialDataPage(LinkPages, http.Controller):
    """All that is stored about a person, behind a fresh link (rule 11, GDPR Art. 15 to 17, 20).

    The link works for an hour, and only while the address that it went to is the person's. A
    request for correction or erasure gets its legal deadline, and shows here until it is answered.
    """

    @http.route("/social/consent/data/<string:token>", **READ)
    def show(self, token, done=None, **_query):
        return self._with_link(token, ACCESS, self._show, done=done)

    @http.route("/social/consent/data/<string:token>/download", **READ)
    def download(self, token, **_query):
        return self._with_link(token, ACCESS, self._download)

    @http.route("/social/consent/data/<string:token>/correct", **ACT)
    def correct(self, token, text=None, **_form):
        return self._act(token, ACCESS, self._open_request, asked="correct", text=text)

    @http.route("/social/consent/data/<string:token>/erase", **ACT)
    def erase(self, token, **_form):
        return self._act(token, ACCESS, self._open_request, asked="erase")

    def _show(self, consents, link, token, done, problem=None):
        env = consents.env
        subject, record = env["social.access"]._open(link)
        requests = env["social.access"]._get_requests(subject)
        return self._render(
            env,
            "consent_data_page",
            company=env.company,
            sections=env["social.export"]._collect(subject),
            requests=[self._prepare_request(each) for each in requests],
            # What is said to have come in is read from the record, never from the address.
            done=done and any(asked.is_open for asked in requests),
            problem=problem,
            minutes=env["social.link"]._get_minutes_left(link),
            max_text=MAX_TEXT,
            max_rows=MAX_ROWS,
            page=env["social.access"]._get_page_path(record),
            adds_accounts=bool(env["social.handle.proof"]._get_addable(link)),
            at_source=env["social.handle.proof"]._get_source_platforms(link),
            base=f"/social/consent/data/{token}",
        )

    def _prepare_request(self, asked):
        return {
            "kind": dict(asked._get_kinds())[asked.kind],
            "received": format_date(asked.env, asked.received_at),
            "state": dict(asked._fields["state"]._description_selection(asked.env))[asked.state],
            "due": asked.is_open and format_date(asked.env, asked.due_at),
        }

    def _download(self, consents, link, _token):
        subject, _record = consents.env["social.access"]._open(link)
        name, content = consents.env["social.export"]._make_zip(subject)
        headers = {
            **HEADERS,
            "Content-Type": "application/zip",
            "Content-Disposition": content_disposition(name),
        }
        return request.make_response(content, list(headers.items()))

    def _open_request(self, consents, link, token, asked, text=None):
        env = consents.env
        subject, record = env["social.access"]._open(link)
        text = (text or "").strip()[:MAX_TEXT]
        if asked == "correct" and not text:
            problem = env._("Write what is wrong, and how it should be.")
            return self._show(consents, link, token, done=None, problem=problem)
        env["social.privacy.request"]._open(
            subject, asked, method="link", text=text or None, answer_to=record._get_social_address()
        )
        return request.redirect(f"/social/consent/data/{token}?done=1")
