"""The command `list`."""

from __future__ import annotations

import json

import pytest

from eventstudy.conventions import CONVENTIONS
from eventstudy.inference import STATISTICS
from eventstudy.markets.market import load_markets
from eventstudy.models import MODELS
from eventstudy.prices.files.dialects.catalogue import dialects


@pytest.mark.parametrize(
    ("what", "names"),
    [
        ("markets", list(load_markets())),
        ("models", list(MODELS.names())),
        ("statistics", list(STATISTICS.names())),
        (
            "sources",
            ["bundled", "files", "yahoo", "sql", "fred", "frankfurter", "cfets", "twse", "python"],
        ),
        ("dialects", list(dialects())),
        ("conventions", list(CONVENTIONS.names())),
    ],
)
def test_lists_show_what_exists(run, monkeypatch, what, names):
    monkeypatch.delenv("COLUMNS", raising=False)
    code, out, err = run("list", what)
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()[2:]] == names, "in a pipe one line each"
    rows = json.loads(run("list", what, "--json")[1])
    assert [row["name"] for row in rows] == names
    if what in ("models", "statistics", "conventions"):
        assert all(row["source"] and row["summary"] for row in rows)
    monkeypatch.setenv("COLUMNS", "80")
    assert max(map(len, run("list", what)[1].splitlines())) <= 80


def test_keys_of_a_study_file_are_listed_below_their_tables(run):
    out = run("list", "keys")[1]
    assert "[statistics]" in out.splitlines()
    assert "draws: a whole number; default 2000" in out


def test_the_schema_is_printed_or_written(run, tmp_path):
    code, out, err = run("schema")
    assert (code, err) == (0, "")
    assert json.loads(out)["properties"]["statistics"]["properties"]["draws"]["type"] == "integer"
    target = tmp_path / "study.schema.json"
    assert run("schema", "-o", target)[0] == 0
    assert target.read_text(encoding="utf-8") == out
