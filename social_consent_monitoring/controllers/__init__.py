from . import social_consent, social_one_click
