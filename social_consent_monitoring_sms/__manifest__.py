{
    "name": "Social Consent Monitoring: SMS Marketing",
    "summary": "SMS mailings reach only people who have consented to SMS, and say whom they left out",
    "version": "19.0.1.0.0",
    "category": "Marketing",
    "author": "Social Consent Monitoring contributors",
    "license": "LGPL-3",
    "auto_install": True,
    "depends": ["social_consent_monitoring", "mass_mailing_sms"],
}
