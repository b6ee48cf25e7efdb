from . import portal, social_consent, social_data, social_export, social_start
