"""The same examples on every run; ``--hypothesis-profile=default`` looks for new ones."""

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True)
settings.load_profile("repeatable")
