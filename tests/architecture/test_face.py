"""The public face: what it promises, it has, and it costs little to look at."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import eventstudy

HEAVY = {"exchange_calendars", "jinja2", "matplotlib", "scipy", "statsmodels", "yfinance"}


def fresh_interpreter(code: str) -> str:
    """What `code` prints in an interpreter that has imported nothing yet."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def imports_for_type_checkers() -> dict[str, str]:
    """Name -> module, as the type checker is told."""
    tree = ast.parse(Path(eventstudy.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    return {
        alias.name: str(node.module)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_face_is_what_all_says():
    assert dir(eventstudy) == sorted(eventstudy.__all__)
    assert len(set(eventstudy.__all__)) == len(eventstudy.__all__)


def test_every_name_resolves():
    for name in eventstudy.__all__:
        assert getattr(eventstudy, name) is getattr(eventstudy, name), name


def test_type_checkers_and_interpreters_are_told_the_same():
    assert imports_for_type_checkers() == eventstudy._HOME
    assert {*eventstudy._HOME, "__version__"} == set(eventstudy.__all__)


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'eventstudy' has no attribute 'TestStatistic'"):
        eventstudy.TestStatistic  # noqa: B018 - looking is the test


def test_import_loads_nothing_heavy():
    code = "import sys, json, eventstudy; print(json.dumps(sorted(sys.modules)))"
    loaded = {name.partition(".")[0] for name in json.loads(fresh_interpreter(code))}
    assert "eventstudy" in loaded
    assert loaded & (HEAVY | {"numpy", "pandas"}) == set()


def test_reading_data_loads_no_figures_no_network_and_no_models():
    code = (
        "import sys, json, eventstudy as es; es.load_prices(); es.load_events(); "
        "print(json.dumps(sorted(sys.modules)))"
    )
    loaded = {name.partition(".")[0] for name in json.loads(fresh_interpreter(code))}
    assert loaded & {"matplotlib", "statsmodels", "yfinance"} == set()
