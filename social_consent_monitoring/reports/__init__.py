from . import (
    social_consent_proof,
    social_information_letter,
    social_paper_form,
    social_processing,
)
