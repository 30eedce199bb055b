"""Every TOML file of the package is read as tables."""

from __future__ import annotations

from pathlib import Path

import pytest

import eventstudy
from eventstudy.io.packaged import packaged_tables

HOUSE = Path(eventstudy.__file__).parent
FILES = [
    path.relative_to(HOUSE.parent)
    for path in sorted(HOUSE.rglob("*.toml"))
    if path.parent.name != "templates"
]


@pytest.mark.parametrize("path", FILES, ids=str)
def test_a_file_beside_its_modules_is_tables(path):
    assert packaged_tables(".".join(path.parent.parts), path.name)


def test_a_file_that_is_not_there():
    with pytest.raises(FileNotFoundError):
        packaged_tables("eventstudy.markets", "none.toml")
