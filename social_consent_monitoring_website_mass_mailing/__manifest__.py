{
    "name": "Social Consent Monitoring: Newsletter Blocks",
    "summary": "Newsletter blocks that say what they ask for, and count once confirmed by e-mail",
    "version": "19.0.1.0.0",
    "category": "Marketing",
    "author": "Social Consent Monitoring contributors",
    "license": "LGPL-3",
    "auto_install": True,
    "depends": ["social_consent_monitoring_website", "website_mass_mailing"],
    "assets": {
        "web.assets_frontend": [
            "social_consent_monitoring_website_mass_mailing/static/src/interactions/*.js",
        ],
        "web.assets_tests": [
            "social_consent_monitoring_website_mass_mailing/static/tests/tours/*.js",
        ],
    },
}
