{
    "name": "Social Consent Monitoring: everybody consents",
    "summary": "For Odoo's own tests, which know nothing of consent: all have given it",
    "version": "19.0.1.0.0",
    "category": "Hidden",
    "author": "Social Consent Monitoring contributors",
    "license": "LGPL-3",
    "depends": ["social_consent_monitoring"],
}
