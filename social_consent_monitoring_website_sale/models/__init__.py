from . import social_consent_box
