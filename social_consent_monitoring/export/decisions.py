"""What is exported of which model, and what is not, and why: plain Python, no database.

Every field that leads from a record to a person has a decision. What no line here names is
decided by its kind: a record that points to the person is the person's; a record that names
several is shared, and given out without what hangs on it; a record that names the person's user is
the company's work, and only counted (GDPR Art. 15(4)). ``tests/test_export.py`` walks all models
and fails for one that no section and no reason names.
"""

import re

OWN, SHARED, ROLE, LEFT_OUT = "own", "shared", "role", "left_out"

# The records that are a person, and the field that says whose.
PERSONS = ("res.partner", "mailing.contact", "crm.lead", "social.author")
TARGETS = (*PERSONS, "res.users", "social.subject")
# Records of another company are another controller's.
COMPANY_FIELDS = ("company_id", "record_company_id")

# In this order; what stands in none goes into "other".
SECTIONS = {
    "person": (
        "res.partner",
        "res.users",
        "mailing.contact",
        "mailing.subscription",
        "crm.lead",
        "social.author",
        "res.partner.bank",
        "res.users.settings",
        "res.users.deletion",
        "res.device.log",
        "mail.guest",
    ),
    "consents": (
        "social.consent",
        "social.consent.event",
        "social.consent.evidence",
        "social.consent.request.line",
        "social.consent.tick",
        "social.paper.form",
    ),
    "basis": (
        "social.contract",
        "social.contract.handle",
        "social.existing.customer",
        "social.first.contact",
    ),
    "social": (
        "social.mention",
        "social.quarantine",
        "social.answer",
        "social.match",
        "social.profile",
        "social.handle.proof",
        "social.enrichment",
        "social.source",
    ),
    "requests": ("social.privacy.request", "social.information"),
    "messages": (
        "mail.message",
        "mail.tracking.value",
        "mail.mail",
        "mail.scheduled.message",
        "mail.notification",
        "mail.message.reaction",
        "mail.followers",
        "mail.gateway.allowed",
        "discuss.channel.member",
        "mailing.trace",
        "sms.sms",
        "snailmail.letter",
    ),
    "appointments": ("mail.activity", "calendar.event", "calendar.attendee"),
    "blocked": ("mail.blacklist", "phone.blacklist"),
    "log": ("social.decision", "social.erasure.proof"),
    "files": ("ir.attachment",),
}
SECTION_OF = {model: code for code, models in SECTIONS.items() for model in models}

# Decided otherwise than their kind says.
LINKS = {
    "calendar.event.opportunity_id": SHARED,
    "calendar.event.res_id": SHARED,
    "mail.mail.recipient_ids": OWN,
    "mail.message.partner_ids": OWN,
    "mail.message.notified_partner_ids": OWN,
    "mail.message.starred_partner_ids": ROLE,
    "mail.notification.author_id": ROLE,
    "mail.scheduled.message.partner_ids": OWN,
    "res.device.log.user_id": OWN,
    "res.users.deletion.user_id": OWN,
    "res.users.settings.user_id": OWN,
}
# Columns without a key that hold an address, number or key of a person. "emails" may hold several.
VALUES = {
    "mail.blacklist.email": "email",
    "mail.gateway.allowed.email_normalized": "email",
    "mail.guest.email": "email",
    "mail.mail.email_to": "emails",
    "mail.mail.email_cc": "emails",
    "mail.message.email_from": "emails",
    "mail.message.incoming_email_cc": "emails",
    "mail.message.incoming_email_to": "emails",
    "mail.message.outgoing_email_to": "emails",
    "mail.notification.mail_email_address": "email",
    "mail.notification.sms_number": "phone",
    "mailing.trace.email": "email",
    "phone.blacklist.number": "phone",
    "sms.sms.number": "phone",
    "social.decision.subject_key": "key",
    "social.erasure.proof.subject_key": "key",
}
# Whose address is blocked is said even where somebody else has the same.
BLACKLISTS = ("mail.blacklist", "phone.blacklist")
# What an own record leads up to, beside what hangs on it.
UPWARD = {
    "calendar.attendee": {"event_id": SHARED},
    "mail.mail": {"mail_message_id": OWN},
    "mail.notification": {"mail_message_id": OWN},
    "mailing.trace": {"mail_mail_id": OWN},
    "sms.sms": {"mail_message_id": OWN},
    "snailmail.letter": {"message_id": OWN},
    "social.match": {"mention_id": OWN},
}
# What hangs on an own record without going with it.
CHILDREN = {
    "mail.message": "author_guest_id",
    "social.consent.event": "consent_id",
    "social.consent.evidence": "event_id",
}
# Of the company's own staff: what they wrote and read at work is about others.
STAFF_MODELS = ("mail.", "calendar.", "discuss.")

# Models and fields that are left out, with the reason: see ``social.export._get_reasons``.
TECHNICAL, OTHERS, SECRET, DERIVED = "technical", "others", "secret", "derived"
REASONS = {
    "calendar.filters": OTHERS,
    "discuss.channel.rtc.session": TECHNICAL,
    "discuss.voice.metadata": TECHNICAL,
    "ir.actions.act_window": TECHNICAL,
    "ir.actions.server": TECHNICAL,
    "ir.cron": TECHNICAL,
    "ir.embedded.actions.parent_res_id": TECHNICAL,
    "ir.filters.embedded_parent_res_id": TECHNICAL,
    "ir.model.data": TECHNICAL,
    "ir.ui.menu": TECHNICAL,
    "mail.followers.res_id": OTHERS,
    "mail.message.link.preview": DERIVED,
    "mail.message.schedule": TECHNICAL,
    "mail.message.translation": DERIVED,
    "mail.presence": TECHNICAL,
    "mail.push.device": SECRET,
    "mailing.list": DERIVED,
    "privacy.log.anonymized_email": DERIVED,
    "res.company": TECHNICAL,
    "res.partner.category": DERIVED,
    "res.partner.commercial_partner_id": OTHERS,
    "res.partner.parent_id": OTHERS,
    "res.users.settings.embedded.action": TECHNICAL,
    "res.users.settings.volumes": TECHNICAL,
    "sms.tracker": TECHNICAL,
    # The company's own accounts.
    "social.account": TECHNICAL,
    # Numbers of many people's posts.
    "social.alert.source_id": DERIVED,
    "social.author.handle": OTHERS,
    # Anybody may ask about any name; once it is proven, there is a request of the person.
    "social.author.request": OTHERS,
    "social.consent.event.subject_key": DERIVED,
    "social.consent.seal.head": DERIVED,
    "social.contract.handle.handle": OTHERS,
    "social.copy": DERIVED,
    "social.existing.customer.address": SECRET,
    "social.policy.change": TECHNICAL,
    "social.import.run": TECHNICAL,
    "social.handle.proof.handle": OTHERS,
    "social.profile.handle": OTHERS,
    # Found by who wrote it, and not by who watches.
    "social.quarantine.source_id": OTHERS,
    "social.quarantine.platform_id": TECHNICAL,
    "social.quarantine.handle": OTHERS,
    "social.subject": DERIVED,
    # Numbers made of a post that is exported itself, by which its reposts are found.
    "social.mention.band": DERIVED,
    "social.suppression": SECRET,
    # Posts on their way to the mentions, where they are exported: a day at most.
    "social.upload": TECHNICAL,
}

# Fields of exported records that are not shown. Names of the first kind everywhere.
HIDDEN_FIELDS = {
    "id",
    "create_uid",
    "write_uid",
    "parent_path",
    "color",
    "message_main_attachment_id",
    "commercial_partner_id",
    "complete_name",
    "social_subject_id",
}
HIDDEN_OF_MODEL = {
    "ir.attachment": {
        "store_fname",
        "checksum",
        "db_datas",
        "index_content",
        "key",
        "original_id",
        "public",
        "res_field",
    },
    "mail.mail": {"headers", "body_html", "references"},
    "mail.message": {
        "email_add_signature",
        "email_layout_xmlid",
        "mail_server_id",
        "message_id",
        "reply_to",
        "reply_to_force_new",
    },
    "social.consent": {"event_sequence"},
    "social.consent.evidence": {"details"},
    "social.quarantine": {"error", "place", "tries", "last_try", "next_try"},
    "social.existing.customer": {"address"},
    "social.source": {"address", "cursor", "balancing_test"},
}
# Computed fields that say a record in words, where its columns do not.
SHOWN_OF_MODEL = {
    "social.author": ("handle",),
    # Only who runs the system and the privacy officer see them, and the person.
    "social.quarantine": ("external_id", "handle", "account", "raw"),
    "social.consent": ("state",),
    "social.consent.evidence": (
        "door",
        "note",
        "medium",
        "lang",
        "ip",
        "user_agent",
        "guardian",
        "birth_date",
        "age",
        "incentive",
        "occasion",
        "reason",
        "number_proven_at",
    ),
}
# Names and addresses on a platform look like e-mail addresses.
PLACE_NAMES = {"handle", "url", "external_id"}
# Whose names may tell of other people.
NAMELESS = ("discuss.channel",)
# Groups that nobody has, or only who runs the system: keys and passwords.
SECRET_GROUPS = {".", "base.group_system"}
SECRET_NAME = re.compile(r"(^|_)(token|password|passwd|secret|salt|signup_type|api_?key)(_|$)")
ADDRESS_NAME = re.compile(r"(^|_)(emails?|reply_to)(_|$)")


def get_section(model):
    """Return the code of the section that the records of a model stand in."""
    return SECTION_OF.get(model, "other")


def get_reason(model, field=None):
    """Return the code of the reason for which a model, or one field of it, leads nowhere."""
    return REASONS.get(f"{model}.{field}") or REASONS.get(model)


def decide(model, field, kind, target=None):
    """Return what becomes of the records that lead to a person by this field.

    :param kind: ``many2one``, ``many2many``, ``pair`` (model and id) or ``value``
    :param target: the model that a ``many2one`` or ``many2many`` points to
    """
    if get_reason(model, field):
        return LEFT_OUT
    if decided := LINKS.get(f"{model}.{field}"):
        return decided
    if target == "res.users":
        return ROLE
    return SHARED if kind == "many2many" else OWN


def is_hidden(model, field):
    """Tell whether a field of an exported record is not shown: technical, or a secret."""
    return (
        field in HIDDEN_FIELDS
        or field in HIDDEN_OF_MODEL.get(model, ())
        or bool(SECRET_NAME.search(field))
    )
