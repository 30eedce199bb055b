"""A file of four news events."""

from __future__ import annotations

import pytest
from command_line import NEWS


@pytest.fixture
def news(tmp_path):
    path = tmp_path / "news.csv"
    path.write_text(NEWS, encoding="utf-8")
    return path
