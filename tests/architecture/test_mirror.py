"""Tests mirror the package, so that a module and its test are found from each other."""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).parents[1]
PACKAGE = TESTS.parent / "eventstudy"
WITHOUT = {Path("_typing.py"), Path("reporting/content.py")}
"""Names of types, and a value without a rule of its own: there is nothing to test."""


def test_every_module_has_its_test():
    modules = {path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py")}
    named = {module for module in modules if not module.name.startswith("__")}
    without = {
        module for module in named if not (TESTS / module.parent / f"test_{module.name}").is_file()
    }
    assert without == WITHOUT


def test_every_folder_of_tests_is_a_room_or_says_what_else_it_is():
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_dir()}
    folders = {path.name for path in TESTS.iterdir() if path.is_dir()} - {"__pycache__"}
    assert folders - rooms == {
        "architecture",
        "benchmarks",
        "browser",
        "hostile",
        "properties",
        "public_reports",
        "reference",
    }
