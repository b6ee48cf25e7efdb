from odoo import api, fields, models
from odoo.tools import email_normalize

from .. import policy
from ..door import open_door
from ..exceptions import ConsentRequired


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = [
        "crm.lead",
        "social.subject.mixin",
        "social.consent.filter.mixin",
        "social.approach.mixin",
    ]

    # By its group nobody else reads, searches, groups or sets it: it tells whose post it was.
    social_mention_id = fields.Many2one(
        "social.mention",
        "Made From the Mention",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="social_consent_monitoring.group_social_user",
        help="Only where the author has consented to be approached by social message.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Take over what the contact of a new lead decided.

        :raises ConsentRequired: where it is made from a mention whose author has not consented
        """
        leads = super().create(vals_list)
        # Defaults may have set it, too.
        leads._check_social_mention()
        for lead in leads.sudo().filtered("partner_id"):
            lead._join_social_person(lead.partner_id, lead._has_address_of(lead.partner_id.email))
        return leads

    def write(self, vals):
        """Let what a lead decided count for the contact that it turns out to be.

        The same address is the same person, and the keys join. Otherwise somebody in sales has
        chosen the contact: then only a no goes along, so that nobody gets a consent that way.
        """
        if not vals.get("partner_id"):
            result = super().write(vals)
            self._check_social_mention(vals)
            return result
        # A record is as good as its id here.
        partner_id = self._fields["partner_id"].convert_to_cache(vals["partner_id"], self)
        partner = self.env["res.partner"].browse(partner_id).sudo()
        # Before core gives the lead the contact's address.
        same = self.filtered(lambda lead: lead._has_address_of(partner.email))
        result = super().write(vals)
        self._check_social_mention(vals)
        for lead in self.sudo():
            lead._join_social_person(partner, lead in same)
        return result

    def _check_social_mention(self, vals=None):
        """Refuse a lead that is made from a mention without its author's consent (rule 23).

        Part of the wall: it holds for everybody, superuser included.

        :param vals: what was written; by default all that there is
        """
        if vals is not None and not vals.get("social_mention_id"):
            return
        mentions = self.sudo().social_mention_id
        if not mentions:
            return
        gate = self.env["social.policy"]
        for platform, some in mentions.grouped("platform_id").items():
            if not all(mention.author_id for mention in some):
                # Whoever is not known has consented to nothing.
                nobody = policy.Decision(False, "never_asked", "R23")
                raise ConsentRequired(gate._explain("lead", nobody), nobody)
            gate._enforce("lead", some.author_id, platform=platform.code)

    @api.model
    def _forget_social_mentions(self, consents):
        """Cut leads from the mentions whose authors' consent to it has ended (rule 4)."""
        ended = consents.sudo().filtered(
            lambda consent: (
                consent.channel == "social"
                and consent.purpose_id.code == policy.CONTACT
                and consent.recorded_state != "given"
            )
        )
        if ended:
            authors = ended.subject_id._get_records("social.author")
            leads = self.sudo().with_context(active_test=False)
            leads.search([("social_mention_id.author_id", "in", authors.ids)]).write(
                {"social_mention_id": False}
            )

    def _get_social_proven_address(self):
        """A lead's address is changed with a click, and the lead then becomes somebody else."""
        return self._get_social_address()

    def _create_customer(self, with_parent=None):
        """Take the person's key along: what a lead decided holds for the contact it becomes."""
        customer = super()._create_customer(with_parent=with_parent)
        subject = self.sudo().social_subject_id
        if subject and not customer.is_company and not customer.sudo().social_subject_id:
            self.sudo()._join_social_person(customer.sudo(), True)
        return customer

    def _join_social_person(self, record, is_same):
        """Join this lead's key with another record's, or let its refusals count there."""
        own, others = self.social_subject_id, record.social_subject_id
        if own == others or ("is_company" in record._fields and record.is_company):
            return
        if not (is_same and own._is_proven_at(self._get_social_address())):
            own._pass_on_refusals(record)
            others._pass_on_refusals(self)
        elif not own:
            open_door(self).social_subject_id = others
        elif others:
            others._join(own)
        else:
            open_door(record).social_subject_id = own

    def _has_address_of(self, email):
        address = email_normalize(self.email_from or "")
        return bool(address) and address == email_normalize(email or "")

    def _merge_dependences(self, opportunities):
        """Join what the merged leads decided; core deletes the others afterwards."""
        for lead in opportunities.sudo():
            lead._join_social_person(self.sudo(), lead._has_address_of(self.email_from))
        # A call planned on a merged lead becomes a to-do where this one may not be called.
        silent = self.with_context(social_silent=True)
        opportunities = opportunities.with_env(silent.env)
        return super(CrmLead, silent)._merge_dependences(opportunities)
