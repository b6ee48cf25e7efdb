{
    "name": "Social Consent Monitoring: Vouchers",
    "summary": "A voucher for a consent: signed off by a lawyer, for adults, kept on withdrawal",
    "version": "19.0.1.0.0",
    "category": "Marketing",
    "author": "Social Consent Monitoring contributors",
    "license": "LGPL-3",
    "auto_install": True,
    "depends": ["social_consent_monitoring", "loyalty"],
    "data": ["data/mail_template_data.xml", "views/social_consent_incentive_views.xml"],
}
