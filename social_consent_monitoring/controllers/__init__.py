from . import portal, social_consent, social_data, social_start
