"""How Hypothesis draws: without a clock on a shared machine, and less of it for each mutant."""

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.register_profile("mutants", deadline=None, max_examples=30, derandomize=True, database=None)
settings.load_profile("patient")
