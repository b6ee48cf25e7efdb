from . import social_gate, social_policy_facts
