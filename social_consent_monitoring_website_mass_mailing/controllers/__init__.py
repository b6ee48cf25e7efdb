from . import social_boxes
