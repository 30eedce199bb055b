"""The manifest says what was asked, of which data, with which versions."""

from __future__ import annotations

import json
from functools import reduce
from importlib.metadata import version
from operator import getitem

import pytest
from fitted_study import STUDY, closes, events_table

from eventstudy import Events, PricePanel
from eventstudy.study.manifest import unlike_a_manifest


def test_what_was_asked_and_of_which_data(results):
    manifest = results.manifest
    assert manifest["tool"] == "eventstudy"
    assert manifest["study"] == STUDY.to_dict()
    assert (manifest["seed"], manifest["sync"]) == (STUDY.seed, "same_date")
    assert manifest["inputs"] == {
        "events": {"name": "events", "sha256": Events.from_frame(events_table()).sha256},
        "prices": {"name": "prices", "sha256": PricePanel.from_frame(closes()).sha256},
    }
    assert manifest["markets"]["A"] == {"label": "A", "up": "higher price", "inverse": False}


def test_versions_of_everything_a_number_depends_on(results):
    versions = results.manifest["versions"]
    assert set(versions) == {
        "python", "market-reaction", "numpy", "pandas", "scipy", "statsmodels",
        "exchange_calendars",
    }  # fmt: skip
    assert versions["numpy"] == version("numpy")
    assert set(results.manifest["calendars"]) == {"A", "B"}  # M is a column, no market


KINDS = [None, [], {}, 1, "x", True, [[1]], {"a": None}]


@pytest.mark.parametrize(
    "path",
    [
        ("study",), ("study", "title"), ("study", "model", "name"), ("study", "windows", "car"),
        ("study", "windows", "event"), ("study", "statistics", "names"), ("markets",),
        ("markets", "A", "label"), ("inputs",), ("seed",), ("sync",),
    ],
    ids=".".join,
)  # fmt: skip
def test_a_key_that_is_not_as_written_is_named(results, path):
    written = json.loads(json.dumps(dict(results.manifest), default=str))
    assert unlike_a_manifest(written) == ""
    *outer, last = path
    table = reduce(getitem, outer, written)
    own = table.pop(last)
    assert unlike_a_manifest(written) == ".".join(path)
    wrong = [value for value in KINDS if not isinstance(value, type(own)) or not value]
    for value in wrong:
        table[last] = value
        if value != {} or path != ("inputs",):
            assert unlike_a_manifest(written).startswith(".".join(path)), value


@pytest.mark.parametrize("car", [[[1]], [[0, 1, 2]], [[0, "1"]], [[True, False]], [[None, None]]])
def test_a_window_is_two_sessions(results, car):
    written = json.loads(json.dumps(dict(results.manifest), default=str))
    written["study"]["windows"]["car"] = car
    assert unlike_a_manifest(written) == "study.windows.car"
