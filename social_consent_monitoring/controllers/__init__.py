from . import social_consent
