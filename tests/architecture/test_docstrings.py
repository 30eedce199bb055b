"""What a docstring lists are the parameters there are, and no file is too long to be read."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from syntax import tree_of

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "eventstudy"
FILES = sorted(PACKAGE.rglob("*.py"))
MOST_LINES = 500


def described(docstring: str) -> list[str]:
    """Names in the section ``Parameters`` of a numpydoc docstring."""
    section = re.search(
        r"^Parameters\n-+\n(.*?)(?=^\S[^\n]*\n-{3,}$|\Z)", docstring, re.MULTILINE | re.DOTALL
    )
    heads = re.findall(r"^(\S[^\n]*)$", section[1] if section else "", re.MULTILINE)
    return [name.strip("* ") for head in heads for name in head.partition(" : ")[0].split(",")]


def parameters(node: ast.AST) -> set[str]:
    """Names a function takes, or the fields and the constructor's parameters of a class."""
    if isinstance(node, ast.ClassDef):
        fields = {
            one.target.id
            for one in node.body
            if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
        }
        made = (one for one in node.body if getattr(one, "name", "") == "__init__")
        return fields.union(*map(parameters, made))
    arguments = node.args
    names = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return {one.arg for one in (*names, arguments.vararg, arguments.kwarg) if one is not None}


def test_a_docstring_describes_parameters_that_are_there():
    wrong = [
        f"{path.relative_to(PACKAGE).as_posix()}: {node.name}: {name}"
        for path in FILES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        for name in described(ast.get_docstring(node) or "")
        if name not in parameters(node)
    ]
    assert wrong == []


def test_no_file_is_too_long_to_be_read_at_once():
    folders = ("eventstudy", "tests", "benchmarks")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in files
    }
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}
