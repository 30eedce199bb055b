"""Every variable of the environment is on one page, and nothing else is."""

from __future__ import annotations

import re
from pathlib import Path

HOUSE = Path(__file__).parents[2]
NAME = re.compile(r"\b_?EVENTSTUDY_[A-Z]+\b")


def test_the_page_names_every_variable_that_is_read():
    read = {
        name
        for path in (HOUSE / "eventstudy").rglob("*.py")
        for name in re.findall(r'"(_?EVENTSTUDY_[A-Z]+)"', path.read_text(encoding="utf-8"))
    }
    page = (HOUSE / "docs" / "settings.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert sorted(listed) == sorted(read)


def test_no_text_names_one_that_is_not_read():
    page = (HOUSE / "docs" / "settings.md").read_text(encoding="utf-8")
    known = set(NAME.findall(page))
    texts = [*HOUSE.glob("*.md"), *(HOUSE / "docs").rglob("*.md")]
    texts += (HOUSE / "eventstudy").rglob("*.py")
    for path in texts:
        assert set(NAME.findall(path.read_text(encoding="utf-8"))) <= known, path
