"""What the templates that come with Odoo are for: advertising, or a service (rule 23).

By their XML ids, all of the community edition; a test holds the list to the addons. Advertising
is also what asks for an opinion (BGH VI ZR 225/17) and what one person recommends to another (BGH
I ZR 208/12). Set when a template comes into a database; from then on the administrator decides.
"""

MARKETING = frozenset(
    {
        "crm.mail_template_demo_crm_lead",
        "loyalty.mail_template_loyalty_card",
        "project.rating_project_request_email_template",
        "sms.sms_template_demo_0",
        "survey.mail_template_user_input_invite",
        "website_sale.mail_template_sale_cart_recovery",
        "website_slides.mail_template_channel_shared",
        "website_slides.mail_template_slide_channel_invite",
        "website_slides.slide_template_shared",
    }
)
SERVICE = frozenset(
    {
        "account.email_template_edi_credit_note",
        "account.email_template_edi_invoice",
        "account.email_template_edi_self_billing_credit_note",
        "account.email_template_edi_self_billing_invoice",
        "account.mail_template_data_payment_receipt",
        "account.mail_template_einvoice_notification",
        "account.mail_template_invoice_subscriber",
        "account_peppol.mail_template_peppol_registration",
        "auth_signup.mail_template_data_unregistered_users",
        "auth_signup.mail_template_user_signup_account_created",
        "auth_signup.portal_set_password_email",
        "auth_signup.set_password_email",
        "auth_totp_mail.mail_template_totp_invite",
        "auth_totp_mail.mail_template_totp_mail_code",
        "base_install_request.mail_template_base_install_request",
        "calendar.calendar_template_delete_event",
        "calendar.calendar_template_meeting_changedate",
        "calendar.calendar_template_meeting_invitation",
        "calendar.calendar_template_meeting_reminder",
        "calendar.calendar_template_meeting_update",
        "calendar_sms.sms_template_data_calendar_reminder",
        "crm_iap_mine.lead_generation_no_credits",
        "event.event_registration_mail_template_badge",
        "event.event_reminder",
        "event.event_subscription",
        "event_sms.sms_template_data_event_registration",
        "event_sms.sms_template_data_event_reminder",
        "gamification.email_template_badge_received",
        "gamification.email_template_goal_reminder",
        "gamification.mail_template_data_new_rank_reached",
        "gamification.simple_report_template",
        "hr_presence.mail_template_presence",
        "hr_presence.sms_template_data_hr_presence",
        "hr_recruitment.email_template_data_applicant_congratulations",
        "hr_recruitment.email_template_data_applicant_interest",
        "hr_recruitment.email_template_data_applicant_not_interested",
        "hr_recruitment.email_template_data_applicant_refuse",
        "hr_recruitment_survey.mail_template_applicant_interview_invite",
        "l10n_ar_stock.email_template_ar_remitos_delivery_guide",
        "loyalty.mail_template_gift_card",
        "lunch.lunch_order_mail_supplier",
        "mail_group.mail_template_guidelines",
        "mail_group.mail_template_list_subscribe",
        "mail_group.mail_template_list_unsubscribe",
        "point_of_sale.email_template_pos_receipt",
        "pos_self_order.delivery_email_template",
        "pos_self_order.takeout_email_template",
        "pos_sms.sms_template_data_point_of_sale",
        "project.mail_template_data_project_task",
        "project.project_done_email_template",
        "purchase.email_template_edi_purchase",
        "purchase.email_template_edi_purchase_done",
        "purchase.email_template_edi_purchase_reminder",
        "sale.email_template_edi_sale",
        "sale.email_template_proforma",
        "sale.mail_template_sale_confirmation",
        "sale.mail_template_sale_payment_executed",
        "sale_gelato.order_status_update",
        "stock.mail_template_data_delivery_confirmation",
        "stock_sms.sms_template_data_stock_delivery",
        "survey.mail_template_certification",
        "website_crm_partner_assign.email_template_lead_forward_mail",
        "website_event_track.mail_template_data_track_confirmation",
        "website_event_track.mail_template_data_track_reminder",
        "website_profile.validation_email",
        "website_slides.mail_template_channel_completed",
        "website_slides.mail_template_slide_channel_enroll",
        "website_slides.slide_template_published",
        "website_slides_survey.mail_template_user_input_certification_failed",
    }
)
# Who is called decides; no other type of activity reaches a person.
BY_PERSON = frozenset({"mail.mail_activity_data_call"})

DEFAULT_KINDS = {
    **dict.fromkeys(MARKETING, "marketing"),
    **dict.fromkeys(SERVICE, "service"),
    **dict.fromkeys(BY_PERSON, False),
}
