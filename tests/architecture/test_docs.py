"""Every statistic has a page, and the page says of it what the registry says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from eventstudy.inference import STATISTICS

HOUSE = Path(__file__).parents[2]
DOCS = HOUSE / "docs"
PAGES = DOCS / "statistics"
FACTS = ("null", "assumes", "distribution", "source")
TEXTS = sorted({*HOUSE.glob("*.md"), *(HOUSE / "data").glob("*.md"), *DOCS.glob("*.md")})
SECTIONS = (
    "Formula",
    "When to use it",
    "When it fails",
    "Measured size",
    "How to ask for it",
)


def facts_of(name):
    """The lines of the table of facts, as the registry has them."""
    value = STATISTICS[name].value
    return [f"| {fact} | {getattr(value, fact)} |" for fact in FACTS]


def page_of(name):
    path = PAGES / f"{name}.md"
    assert path.is_file(), f"docs/statistics/{name}.md is missing; its facts:\n" + "\n".join(
        facts_of(name)
    )
    return path.read_text(encoding="utf-8")


def links(text):
    """Targets of the links to files of a page."""
    return [target for target in re.findall(r"\]\(([^)#]+)", text) if "://" not in target]


@pytest.mark.parametrize("name", STATISTICS.names())
def test_page_states_the_facts_of_the_registry(name):
    text = page_of(name)
    lacking = [line for line in facts_of(name) if line not in text]
    assert lacking == [], f"docs/statistics/{name}.md must hold these lines"
    assert text.startswith(f"# {name}\n\n{STATISTICS[name].summary}\n")


@pytest.mark.parametrize("name", STATISTICS.names())
def test_page_has_its_sections_and_says_how_to_ask(name):
    text = page_of(name)
    parts = dict(re.findall(r"^## (.+)\n\n((?:(?!^## ).*\n?)+)", text, re.MULTILINE))
    assert tuple(parts) == SECTIONS
    assert all(len(part.strip()) > 10 for part in parts.values())
    assert f'names = ["{name}"]' in parts["How to ask for it"]
    assert f'results.test("{name}", ' in parts["How to ask for it"]
    assert ("Two-sided only" in parts["Formula"]) is not STATISTICS[name].value.directed


def test_no_page_without_a_statistic():
    pages = {path.stem for path in PAGES.glob("*.md")} - {"README"}
    assert pages == set(STATISTICS.names())


def test_index_lists_every_statistic_once():
    text = (PAGES / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \[`(\w+)`\]\(\1\.md\) \| (.+) \|$", text, re.MULTILINE)
    summaries = {entry.name: entry.summary for entry in STATISTICS}
    assert dict(listed) == summaries
    assert len(listed) == len(summaries)


@pytest.mark.parametrize("path", sorted(PAGES.glob("*.md")), ids=lambda path: path.stem)
def test_links_lead_somewhere_and_names_are_registered(path):
    text = path.read_text(encoding="utf-8")
    assert [target for target in links(text) if not (path.parent / target).exists()] == []
    unknown = set(re.findall(r"`(\w+_(?:t|z|f|rank|sign|bootstrap))`", text)) - {
        *STATISTICS.names()
    }
    assert unknown == set()


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.relative_to(HOUSE).as_posix())
def test_every_text_of_the_house_links_to_what_is_there(path):
    text = path.read_text(encoding="utf-8")
    assert [target for target in links(text) if not (path.parent / target).exists()] == []


def test_every_page_is_in_the_index_of_the_docs():
    text = (DOCS / "README.md").read_text(encoding="utf-8")
    pages = {path.name for path in DOCS.glob("*.md")} - {"README.md"}
    assert pages <= set(links(text))
    notebooks = {f"../notebooks/{path.name}" for path in (HOUSE / "notebooks").glob("*.ipynb")}
    assert notebooks <= set(links(text))


def test_page_of_sizes_is_about_registered_statistics():
    path = DOCS / "size.md"
    assert path.is_file(), "python benchmarks/size_table.py makes docs/size.md"
    text = path.read_text(encoding="utf-8")
    tables = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    assert len(tables) >= 10
    for table in tables:
        named = re.findall(r"^\| `(\w+)`(?: \(first pair\))? \|", table, re.MULTILINE)
        assert set(named) in (set(), set(STATISTICS.names())), table.splitlines()[0]
