{
    "name": "Social Consent Monitoring: Sales",
    "summary": "Orders as contracts that let customer data be used, monitoring services as products",
    "version": "19.0.1.0.0",
    "category": "Marketing",
    "author": "Social Consent Monitoring contributors",
    "license": "LGPL-3",
    "auto_install": True,
    "depends": ["social_consent_monitoring", "sale"],
    "data": [
        "views/product_template_views.xml",
        "views/sale_order_views.xml",
    ],
    "uninstall_hook": "uninstall_hook",
}
