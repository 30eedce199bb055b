"""A store in a folder of its own."""

from __future__ import annotations

import pytest

from eventstudy.prices.store import open_store


@pytest.fixture
def store(tmp_path):
    return open_store(tmp_path / "store")
