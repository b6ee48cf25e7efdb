{
    "name": "Social Consent Monitoring: Website",
    "summary": "Boxes in the forms of the website, each for one consent",
    "version": "19.0.1.0.0",
    "category": "Marketing",
    "author": "Social Consent Monitoring contributors",
    "license": "LGPL-3",
    "auto_install": True,
    "depends": ["social_consent_monitoring", "website"],
    "assets": {
        "web.assets_frontend": ["social_consent_monitoring_website/static/src/interactions/*.js"],
        "website.website_builder_assets": [
            "social_consent_monitoring_website/static/src/builder/*"
        ],
        "web.assets_tests": ["social_consent_monitoring_website/static/tests/tours/*.js"],
    },
}
