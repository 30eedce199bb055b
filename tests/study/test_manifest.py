"""The manifest says what was asked, of which data, with which versions."""

from __future__ import annotations

from importlib.metadata import version

from fitted_study import STUDY, closes, events_table

from eventstudy import Events, PricePanel


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
