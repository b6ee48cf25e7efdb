{
    "name": "Social Consent Monitoring: Shop",
    "summary": "Boxes at the checkout, each for one consent; the order goes through without them",
    "version": "19.0.1.0.0",
    "category": "Marketing",
    "author": "Social Consent Monitoring contributors",
    "license": "LGPL-3",
    "auto_install": True,
    "depends": ["social_consent_monitoring_website", "website_sale"],
    "data": ["views/website_sale_templates.xml"],
    "assets": {
        "web.assets_tests": ["social_consent_monitoring_website_sale/static/tests/tours/*.js"],
    },
}
