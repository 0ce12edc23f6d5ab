"""What holds for all tests: properties have no deadline, for a busy machine is not their fault.

Where `CI` is set, Hypothesis draws the same examples in every run; elsewhere it looks further.
"""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "whole suite", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("whole suite")

# No test runs on whatever database its surroundings name.
os.environ.pop("DATABASE_URL", None)

# Programs that run in the environments of others' validators, and nowhere else.
collect_ignore_glob = ["foreign/*"]
