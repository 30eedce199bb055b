import pytest

from eventstudy.news.classification.rules import load_rules


@pytest.fixture(scope="session")
def rules():
    """Return the built-in rules."""
    return load_rules()
