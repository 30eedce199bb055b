"""The page of numbers is what the command says."""

from __future__ import annotations

from pathlib import Path

import pytest
from replicated import everything

from eventstudy.conventions import CONVENTIONS

PAGE = Path(__file__).parents[2] / "docs" / "numbers.md"


@pytest.mark.slow
def test_the_page_in_the_docs_is_current():
    assert PAGE.read_text("utf-8") == everything().to_markdown(), (
        "eventstudy replicate -o docs/numbers.md"
    )


@pytest.mark.slow
def test_the_page_names_each_convention_and_each_bundle():
    text = PAGE.read_text("utf-8")
    said = set(everything().conventions["convention"])
    assert all(phrase.replace("|", "\\|") in text for phrase in said)
    for entry in CONVENTIONS:
        assert f"### `{entry.name}`" in text
        assert entry.value.remark in text
