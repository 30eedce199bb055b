"""Closures and hours that the library of exchange calendars has wrong."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np

from eventstudy.markets import overrides as module
from eventstudy.markets.overrides import closures, overrides


def test_closures_have_reasons():
    assert [str(day) for day in closures("XTAI")] == ["2022-02-04", "2023-01-18", "2024-10-31"]
    assert "Kong-rey" in closures("XTAI")[np.datetime64("2024-10-31")]
    assert set(closures("XHKG")) == {np.datetime64("2023-09-01"), np.datetime64("2023-09-08")}
    assert closures("XTKS") == {}


def test_an_override_has_reason_and_hours():
    exam = overrides("XKRX")[np.datetime64("2024-11-14")]
    assert (exam.closed, exam.open, exam.close) == (False, "10:00", "16:30")
    assert "exam" in exam.reason
    assert closures("XKRX")[np.datetime64("2026-06-03")]
    assert overrides("XSES")[np.datetime64("2024-12-24")].close == "12:00"
    assert overrides("XSES")[np.datetime64("2015-12-24")].close == "12:30"


def test_every_override_has_a_source_and_what_is_handed_out_is_a_copy():
    file = Path(module.__file__).with_name("markets.toml")
    tables = tomllib.loads(file.read_text(encoding="utf-8"))["override"]
    assert all(table["source"] and table["reason"] for table in tables)
    overrides("XTAI").clear()
    assert overrides("XTAI")
