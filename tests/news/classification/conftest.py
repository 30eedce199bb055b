import pytest

from eventstudy.news.classification.loading import load_rules


@pytest.fixture(scope="session")
def rules():
    """Return the built-in rules."""
    return load_rules()
