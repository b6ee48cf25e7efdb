from . import sms_composer, social_mailing_preview
