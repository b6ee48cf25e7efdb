{
    "name": "Social Consent Monitoring: Event Registration",
    "summary": "Boxes at the registration for an event, each for one consent",
    "version": "19.0.1.0.0",
    "category": "Marketing",
    "author": "Social Consent Monitoring contributors",
    "license": "LGPL-3",
    "auto_install": True,
    "depends": ["social_consent_monitoring_website", "website_event"],
    "data": ["views/website_event_templates.xml"],
}
