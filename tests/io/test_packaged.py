"""Every TOML file of the package is read as tables."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import eventstudy
from eventstudy.io.packaged import docstring_of, packaged_tables

HOUSE = Path(eventstudy.__file__).parent
SHOWN = """
from eventstudy.inference import STATISTICS
from eventstudy.io.packaged import docstring_of
from eventstudy.studyfile.reference import keys_page
assert docstring_of(3) is not None
for entry in STATISTICS:
    print(entry.name, docstring_of(entry.value.compute).strip().split("\\n")[0])
print(keys_page())
"""
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


def _output(*words):
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, check=True, encoding="utf-8"
    ).stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", [("-c", SHOWN), ("-m", "eventstudy", "run", "--help"), ("-m", "eventstudy", "--help")]
)
def test_what_is_shown_of_docstrings_needs_none_at_hand(words):
    said = _output(*words)
    assert len(said.splitlines()) > 10
    assert _output("-OO", *words) == said


def test_a_docstring_is_the_one_at_hand_but_for_that_flag():
    assert docstring_of(packaged_tables) is packaged_tables.__doc__
    assert docstring_of(lambda: None) == ""
