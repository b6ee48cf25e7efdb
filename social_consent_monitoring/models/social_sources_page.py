from odoo import api, models
from odoo.fields import Domain

from ..connectors import http

# A source that was never started brought nothing; a closed one has nothing left.
READ = [("state", "in", ("active", "paused"))]


class SocialSourcesPage(models.AbstractModel):
    """What the company's public page says of its sources (GDPR Art. 14(5)(b) and 21).

    It names platform, kind and server of each source, and never what is asked for there, nor a
    whole address: that may hold a key. Who is watched is named by nothing on it.
    """

    _name = "social.sources.page"
    _description = "Public Page of Sources"

    @api.model
    def _get_company(self, number):
        """Return the company with this number that shows the page; none for all others."""
        wanted = int(number) if (number or "").isdecimal() and len(number) < 10 else 0
        companies = self.env["res.company"].sudo()
        return companies.search([("id", "=", wanted), ("social_sources_page", "=", True)])

    @api.model
    def _get_data(self):
        """Return what the page of the current company shows, read as superuser."""
        page = self.sudo()
        sources = page._get_sources()
        watching = sources.filtered("watched_partner_id")
        open_ones = sources - watching
        return {
            "controller": page._get_controller(),
            "platforms": [
                page._get_platform(platform, own)
                for platform, own in open_ones.grouped("platform_id").items()
            ],
            "watches": bool(watching),
            "pushes": bool(
                page.env["social.platform"].search_count([("terms_allow_push", "=", True)], limit=1)
            ),
            "periods": page._get_periods(open_ones.platform_id),
        }

    @api.model
    def _get_sources(self):
        """Return the sources from which anything may have come; archived ones, too."""
        sources = self.env["social.source"].with_context(active_test=False)
        company = self.env.company
        own = sources._check_company_domain(company)
        return sources.search(own & Domain(READ), order="platform_id, id").filtered(
            lambda source: not source.watched_partner_id or source.watched_company_id == company
        )

    @api.model
    def _get_controller(self):
        words = self.env["social.export"]
        labels = words._get_controller_labels()
        return [(labels[name], value) for name, value in words._get_controller().items()]

    @api.model
    def _get_platform(self, platform, sources):
        said = [self._get_source(source) for source in sources]
        is_read = any(source["is_read"] for source in said)
        follow = self._get_follow_words(platform, is_read)
        return {"name": platform.name, "sources": said, "follow": follow}

    @api.model
    def _get_source(self, source):
        kinds = dict(source._fields["kind"]._description_selection(self.env))
        connectors = dict(source._fields["connector"]._description_selection(self.env))
        return {
            "name": source.public_name or kinds.get(source.kind) or connectors[source.connector],
            "host": http.host_of(source.address),
            "is_read": source.active and source.state == "active",
        }

    @api.model
    def _get_follow_words(self, platform, is_read):
        if not (platform.follow and is_read):
            return self.env._(
                "What you delete or edit there, we do not notice by ourselves: tell us, below."
            )
        return self.env._(
            "What you delete or edit there, we delete or edit here, as a rule within %s hours.",
            platform.follow_hours,
        )

    @api.model
    def _get_periods(self, platforms):
        """Return (what, how long)."""
        _ = self.env._
        days = self.env["social.retention"]._get_days()["mention"]
        # What the settings keep without an end is kept until somebody says no: that is the truth.
        text = _("%s days after we read it", days) if days else _("Until you object")
        limited = platforms.filtered("keep_days")
        return [
            (_("A post"), text),
            *(
                (
                    _("A post on %s", platform.name),
                    _(
                        "At most %s days after the platform last showed it to us",
                        platform.keep_days,
                    ),
                )
                for platform in limited
            ),
            (_("A post that we are working on"), _("Until it is answered")),
            (_("The name of your account"), _("As long as a post of yours")),
        ]
