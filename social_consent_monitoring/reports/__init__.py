from . import social_consent_proof
