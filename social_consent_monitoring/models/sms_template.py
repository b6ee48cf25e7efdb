from odoo import models


class SmsTemplate(models.Model):
    _name = "sms.template"
    _inherit = ["sms.template", "social.kind.mixin"]
    _service_text = ("body", "model_id")
