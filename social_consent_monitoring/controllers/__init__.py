from . import (
    portal,
    social_account,
    social_author,
    social_boxes,
    social_consent,
    social_data,
    social_export,
    social_guide,
    social_one_click,
    social_paper,
    social_sources,
    social_start,
)
