from . import social_author, social_consent, social_one_click
