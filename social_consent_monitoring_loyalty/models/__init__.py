from . import social_consent_box, social_consent_incentive
