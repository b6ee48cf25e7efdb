from . import social_consent, social_export
