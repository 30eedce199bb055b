"""A leading underscore means "of this file or folder alone", for what is imported too."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from syntax import tree_of

import eventstudy

HOUSE = Path(eventstudy.__file__).parent


def imported_names(tree):
    """Dotted names of ours that a module imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] == HOUSE.name)


def home_of(parts):
    """The folder that holds a module, or what a module defines, given all parts before its name."""
    folder = HOUSE.parent.joinpath(*parts)
    return folder if folder.is_dir() else folder.parent


def foreign_names(tree, folder):
    """Underscore names that a module in `folder` imports from a folder it does not lie in."""
    for name in imported_names(tree):
        parts = name.split(".")
        for at, part in enumerate(parts):
            is_private = part.startswith("_") and not part.endswith("__")
            if is_private and not folder.is_relative_to(home_of(parts[:at])):
                yield name


def test_no_module_imports_an_underscore_name_of_another_folder():
    foreign = {
        str(path.relative_to(HOUSE)): names
        for path in HOUSE.rglob("*.py")
        if (names := [*foreign_names(tree_of(path), path.parent)])
    }
    assert foreign == {}


@pytest.mark.parametrize(
    ("statement", "is_foreign"),
    [
        ("from eventstudy.io.folders import (\n    MANIFEST,\n    _files_of,\n)", True),
        ("from eventstudy.io import _folders", True),
        ("import eventstudy.io._folders.names", True),
        ("from eventstudy.study.saving import _read", False),
        ("from eventstudy._typing import FloatArray", False),
        ("from eventstudy import __version__", False),
        ("from collections import _chain", False),
    ],
)
def test_what_counts_as_another_folder(statement, is_foreign):
    assert bool([*foreign_names(ast.parse(statement), HOUSE / "study")]) == is_foreign
