{
    "name": "Social Consent Monitoring: Surveys",
    "summary": "Invitations to surveys go only to people who have consented to advertising",
    "version": "19.0.1.0.0",
    "category": "Marketing",
    "author": "Social Consent Monitoring contributors",
    "license": "LGPL-3",
    "auto_install": True,
    "depends": ["social_consent_monitoring", "survey"],
}
