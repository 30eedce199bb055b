"""The pages of the documentation site are whole: names, errors, places, anchors."""

from __future__ import annotations

import ast
import re
import runpy
import signal
from pathlib import Path

import pytest

import eventstudy as es
from eventstudy import exceptions

HOUSE = Path(__file__).parents[2]
DOCS = HOUSE / "docs"
PACKAGE = HOUSE / "eventstudy"
BUILT = DOCS / "_build" / "html"
PAGES = sorted(
    path
    for path in (*HOUSE.glob("*.md"), *(HOUSE / "data").glob("*.md"), *DOCS.rglob("*.md"))
    if "_build" not in path.parts
)
PLACES = runpy.run_path(str(DOCS / "_ext" / "page_order.py"))


def test_every_public_name_stands_once_in_the_reference():
    texts = [path.read_text(encoding="utf-8") for path in (DOCS / "reference").glob("*.rst")]
    lists = [text.partition(":toctree: generated")[2] for text in texts]
    listed = [name for part in lists for name in re.findall(r"^   (\w+)$", part, re.MULTILINE)]
    assert sorted(listed) == sorted(set(es.__all__) - {"__version__"})


# ---- errors -----------------------------------------------------------------------------------


def table_of(heading):
    """First cells of the table below a heading of the page of errors."""
    text = (DOCS / "errors.md").read_text(encoding="utf-8")
    part = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)[1]
    return re.findall(r"^\| `?(\w+)`? \|", part.partition("|---|")[2], re.MULTILINE)


def test_every_class_of_error_has_its_remedy():
    classes = [
        name
        for name, value in vars(exceptions).items()
        if isinstance(value, type) and issubclass(value, Exception)
    ]
    assert sorted(table_of("Errors in Python")) == sorted(classes)


def test_every_exit_code_is_explained():
    tree = ast.parse((PACKAGE / "cli" / "__init__.py").read_text(encoding="utf-8"))
    given = {
        node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Return)
        and isinstance(node.value, ast.Constant)
        and type(node.value.value) is int
    }
    given |= {128 + signal.SIGTERM, 128 + 1}  # SIGHUP, which Windows has not
    assert {int(code) for code in table_of("What the command gives back")} == given


def test_every_stage_at_which_a_pair_is_lost_is_explained():
    sample = (PACKAGE / "estimation" / "sample.py").read_text(encoding="utf-8")
    stages = set(re.findall(r'\blose\([^"]*?"(\w+)"', sample))
    for path in (PACKAGE / "intraday").glob("*.py"):
        stages |= set(re.findall(r'Refusal\(\s*stage="(\w+)"', path.read_text(encoding="utf-8")))
    assert len(stages) > 8
    assert stages <= set(table_of("Pairs that were lost"))


# ---- places and links -------------------------------------------------------------------------


def test_every_page_has_its_place_in_the_site():
    placed = []
    for page, trees in PLACES["ORDER"].items():
        folder = (HOUSE / page).parent
        for entry in (entry for pages in trees.values() for entry in pages):
            target = re.sub(r"^.*<(.*)>$", r"\1", entry)
            if "*" in target:
                found = [*folder.glob(f"{target}.md"), *folder.glob(f"{target}.ipynb")]
                placed += [path for path in found if path != HOUSE / f"{page}.md"]
            else:
                ending = "rst" if target.startswith("reference/") else "md"
                placed.append((folder / f"{target}.{ending}").resolve())
    placed = [path.resolve() for path in placed]
    assert len(placed) == len(set(placed))
    placed += [(DOCS / "howto" / f"{name}.md").resolve() for name in PLACES["unnamed"]()]
    notebooks = [*(HOUSE / "notebooks").glob("*.ipynb")]
    expected = {*PAGES, *notebooks, DOCS / "reference" / "index.rst"} - {DOCS / "index.md"}
    assert set(placed) == expected


def anchors(path):
    """Anchors of the headings of a page, as a code host and the site make them."""
    text = re.sub(
        r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    heads = re.findall(r"^#{1,4} (.+)$", text, re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", re.sub(r"\]\(.*?\)", "]", head).lower()).replace(" ", "-")
        for head in heads
    }


def test_anchors_lead_to_a_heading():
    wrong = [
        f"{path.relative_to(HOUSE).as_posix()}: {target}#{anchor}"
        for path in PAGES
        for target, anchor in re.findall(
            r"\]\(([^)#:]*)#([^)]+)\)", path.read_text(encoding="utf-8")
        )
        if anchor not in anchors((path.parent / target).resolve() if target else path)
    ]
    assert wrong == []


# ---- what was built ---------------------------------------------------------------------------


def test_built_pages_ask_nothing_of_the_network():
    if not (BUILT / "docs" / "index.html").is_file():
        pytest.skip("the site is not built; make docs builds it")
    asking = re.compile(
        r"""<(?:script|img|iframe|source|video)\b[^>]*\bsrc=["']?(?:https?:)?//"""
        r"""|<link\b(?![^>]*rel=["'](?:canonical|alternate|license))[^>]*href=["']?(?:https?:)?//"""
    )
    found = [
        path.relative_to(BUILT).as_posix()
        for path in BUILT.rglob("*.html")
        if asking.search(path.read_text(encoding="utf-8"))
    ]
    styles = [
        path.relative_to(BUILT).as_posix()
        for path in BUILT.rglob("*.css")
        if re.search(r"url\(['\"]?(?:https?:)?//|@import", path.read_text(encoding="utf-8"))
    ]
    assert found + styles == []
