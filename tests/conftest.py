"""What all tests share: Hypothesis draws the same examples everywhere."""

from hypothesis import settings

# A clean clone is green or it is not; `--hypothesis-profile=default` searches afresh.
settings.register_profile("reproducible", derandomize=True)
settings.load_profile("reproducible")
