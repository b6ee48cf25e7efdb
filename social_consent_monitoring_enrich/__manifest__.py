{
    "name": "Social Consent Monitoring: Lead Enrichment",
    "summary": "Leads who are people are enriched only with their consent",
    "version": "19.0.1.0.0",
    "category": "Marketing",
    "author": "Social Consent Monitoring contributors",
    "license": "LGPL-3",
    "auto_install": True,
    "depends": ["social_consent_monitoring", "crm_iap_enrich"],
}
