from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize

from .. import policy
from ..door import open_door
from ..exceptions import ConsentRequired
from ..pin import pin

# Where a lead that is made from a post may hold a copy of it, or of who wrote it.
COPIED = ("name", "description", "contact_name", "partner_name")
# The field of the contact that takes over what stands there.
TAKEN_OVER = {"description": "comment"}


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = [
        "crm.lead",
        "social.subject.mixin",
        "social.consent.filter.mixin",
        "social.approach.mixin",
        "social.chosen.mixin",
    ]
    _chosen = ("social_mention_id",)

    # What the guard looks answers up by (rule 19).
    _social_guard_email = models.Index("(email_normalized)")

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
        for lead, vals in zip(leads, vals_list, strict=True):
            lead._record_social_copies(vals)
        for lead in leads.sudo().filtered("partner_id"):
            lead._join_social_person(lead.partner_id, lead._has_address_of(lead.partner_id.email))
        return leads

    def write(self, vals):
        """Let what a lead decided count for the contact that it turns out to be.

        The same address is the same person, and the keys join. Otherwise somebody in sales has
        chosen the contact: then only a no goes along, so that nobody gets a consent that way.
        """
        partner, same = self.env["res.partner"].sudo(), self.browse()
        if vals.get("partner_id"):
            # A record is as good as its id here.
            id_ = self._fields["partner_id"].convert_to_cache(vals["partner_id"], self)
            partner = partner.browse(id_)
            # Before core gives the lead the contact's address.
            same = self.filtered(lambda lead: lead._has_address_of(partner.email))
            if not vals.get("social_mention_id"):
                self._cut_social_mention()
        before = {lead: lead.company_id for lead in self.sudo().filtered("social_mention_id")}
        result = super().write(vals)
        self._check_social_mention_of(vals, before)
        for lead in self.sudo() if partner else ():
            lead._join_social_person(partner, lead in same)
        return result

    def _check_social_mention_of(self, vals, before):
        """Ask again where writing made a lead of a mention, or another company's of one.

        :param before: ``{lead: company}`` of those that were made of one already
        """
        if vals.get("social_mention_id"):
            self._check_social_mention()
            self._record_social_copies(vals)
            return
        moved = [lead.id for lead, company in before.items() if lead.company_id != company]
        for lead in self.browse(moved):
            lead._check_social_mention()
            lead._record_social_copies({name: lead.sudo()[name] for name in COPIED})

    def copy(self, default=None):
        """What a duplicate takes from a copy of a post is one, too: it goes with it (rule 4)."""
        twins = super().copy(default)
        taken = {name: name for name in COPIED if name not in (default or {})}
        for lead, twin in zip(self, twins, strict=True):
            self.env["social.copy"]._follow(lead, twin, taken)
        return twins

    def _check_social_mention(self):
        """Refuse a lead that is made from a mention without its author's consent (rule 23).

        Part of the wall: it holds for everybody, superuser included. The company whose lead it is
        has to have been given the consent, which is held against whoever takes it back now.
        """
        linked = self.sudo().filtered("social_mention_id")
        places = linked.grouped(
            lambda lead: (lead._get_social_controller(), lead.social_mention_id.platform_id)
        )
        for (company, platform), leads in places.items():
            gate = self.env["social.policy"].with_company(company)
            mentions = leads.social_mention_id
            if not all(mention.author_id for mention in mentions):
                # Whoever is not known has consented to nothing.
                nobody = policy.Decision(False, "never_asked", "R23")
                raise ConsentRequired(gate._explain("lead", nobody), nobody)
            decisions = gate._decide("lead", mentions.author_id, platform=platform.code)
            gate._carry_out("lead", mentions.author_id, decisions)
            resting = [decision.consent for decision in decisions.values() if decision.consent]
            pin(self.env["social.consent"].sudo().browse(resting))
        self._check_social_join()

    def _get_social_controller(self):
        """Return the company that a consent has to have been given to."""
        return self.company_id or self.env.company

    def _check_social_join(self):
        """Refuse a lead that shows a contact beside a post: that would be a match (rule 2).

        Whoever is matched with a post gets a lead by “Create Lead”, which notes the origin.
        """
        joined = self.sudo().filtered(lambda lead: lead.partner_id and lead.social_mention_id)
        for lead in joined:
            platform, handle = lead.social_mention_id._get_place()
            self.env["social.policy"]._enforce(
                "match", lead.partner_id, platform=platform, handle=handle
            )
        if joined:
            raise UserError(
                self.env._("A lead of a known contact is made by “Create Lead” on the mention.")
            )

    def _cut_social_mention(self):
        """A lead that turns out to be a contact's is joined with no post any more (rule 2)."""
        linked = self.sudo().filtered("social_mention_id")
        if linked:
            linked.write({"social_mention_id": False})

    def _record_social_copies(self, vals):
        """Write down that what is said together with the mention is a copy of it."""
        names = [name for name in COPIED if vals.get(name)]
        if not names:
            return
        for lead in self.sudo().filtered("social_mention_id"):
            mention, company = lead.social_mention_id, lead._get_social_controller()
            consents = mention.author_id.social_consent_ids.filtered(
                lambda consent, company=company: (
                    consent.purpose_code == policy.CONTACT
                    and consent.channel == "social"
                    and consent.company_id == company
                )
            )
            self.env["social.copy"]._record(
                lead, names, mention=mention, author=mention.author_id, consent=consents[:1]
            )

    @api.model
    def _forget_social_mentions(self, consents):
        """Cut leads from the mentions whose authors' consent to it has ended (rule 4)."""
        ended = consents.sudo().filtered(
            lambda consent: (
                consent.channel == "social"
                and consent.purpose_id.code == policy.CONTACT
                and not consent._is_given()
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
        made = customer | (customer.parent_id - (with_parent or customer.browse()))
        for each in made - self.partner_id:
            self.env["social.copy"]._follow(self, each, TAKEN_OVER)
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
        # Core puts their descriptions together, and fills in the names that are missing.
        missing = [name for name in ("contact_name", "partner_name") if not self[name]]
        taken = {name: name for name in ("description", *missing)}
        self.env["social.copy"]._follow(opportunities, self, taken)
        for lead in opportunities.sudo():
            lead._join_social_person(self.sudo(), lead._has_address_of(self.email_from))
        # A call planned on a merged lead becomes a to-do where this one may not be called.
        silent = self.with_context(social_silent=True)
        opportunities = opportunities.with_env(silent.env)
        return super(CrmLead, silent)._merge_dependences(opportunities)
