{
    "name": "Social Consent Monitoring: Dashboards",
    "summary": "Mentions, share of voice, answer times and refused acts in Odoo's spreadsheet",
    "version": "19.0.1.0.0",
    "category": "Marketing",
    "author": "Social Consent Monitoring contributors",
    "license": "LGPL-3",
    "auto_install": True,
    "depends": ["social_consent_monitoring", "spreadsheet_dashboard"],
    "data": ["data/spreadsheet_dashboard_data.xml"],
}
