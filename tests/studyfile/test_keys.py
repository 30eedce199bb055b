"""Every mistake in a key of a study file is one line that names it."""

from __future__ import annotations

import pytest
from parsed_studies import EVENTS, refused

from eventstudy.exceptions import SpecificationError
from eventstudy.studyfile.study_file import parse_study


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"sample": {"min_obs": "a hundred"}},
         'sample.min_obs must be a whole number, got "a hundred"'),
        ({"sample": {"min_obs": True}}, "sample.min_obs must be a whole number, got true"),
        ({"sample": {"min_obs": 50.0}}, "sample.min_obs must be a whole number, got 50.0"),
        ({"sample": {"mask_events": "yes"}}, 'sample.mask_events must be true or false, got "yes"'),
        ({"sample": {"max_loss": [1]}}, "sample.max_loss must be a number, got [1]"),
        ({"title": 3}, "title must be a text in quotes, got 3"),
        ({"markets": "N225"},
         'markets must be a list of texts such as ["a", "b"], or "events", got "N225"'),
        ({"windows": {"event": [-5, 5.5]}},
         "windows.event must be two whole numbers such as [-5, 5], got [-5, 5.5]"),
        ({"windows": {"car": [0, 1]}},
         "windows.car must be a list of windows such as [[0, 0], [0, 1]], got [0, 1]"),
        ({"windows": {"car": []}},
         "windows.car must be a list of windows such as [[0, 0], [0, 1]], got []"),
        ({"statistics": {"by": "category"}},
         'statistics.by must be a list of texts such as ["a", "b"], got "category"'),
        ({"model": "market_model"}, 'model must be a table such as [model], got "market_model"'),
        ({"market": "X"}, 'market must be a table such as [market.NAME], got "X"; the markets of a '
         'study are listed by markets = ["..."]'),
    ],
)  # fmt: skip
def test_wrong_type(tables, message):
    assert refused(**tables) == f"study.toml: {message}"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1, 1e300, "5"])
def test_cutoff_is_part_of_a_day(value):
    with pytest.raises(SpecificationError, match=r"cutoff_minutes must be a number of minutes"):
        parse_study({"events": EVENTS | {"cutoff_minutes": value}})


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"sampel": {"min_obs": 3}}, "unknown table [sampel]; did you mean 'sample'?"),
        ({"statistics": {"nmes": ["bmp"]}}, "unknown key statistics.nmes; did you mean 'names'?"),
        ({"min_obs": 50}, "unknown key min_obs; it belongs to [sample]"),
        ({"model": {"min_obs": 50}}, "unknown key model.min_obs; it belongs to [sample]"),
        ({"file": "x"}, "unknown key file; it belongs to [events] or [prices] or [securities]"),
        ({"model": {"title": "x"}},
         "unknown key model.title; it belongs to the top of the file, above the first table"),
        ({"prices": {"inverse": True}}, "unknown key prices.inverse; it belongs to [market.NAME]"),
        ({"calendar": "XTKS"}, "unknown key calendar; it belongs to [prices] or [market.NAME]"),
        ({"mask_event": True}, "unknown key mask_event; did you mean 'mask_events' of [sample]?"),
        ({"mask'event": True}, "unknown key mask'event; did you mean 'mask_events' of [sample]?"),
        ({"market": {"X": {"calender": "XTKS"}}},
         "market.X: unknown key 'calender'; did you mean 'calendar'?"),
        ({"market": {"calendar": "XTKS"}},
         "market.calendar: name the market, [market.NAME], and put 'calendar' below it"),
        ({"market": {"TWII": {}, "TAIEX": {}}}, "market.TAIEX: TWII is declared twice"),
    ],
)  # fmt: skip
def test_unknown_key(tables, message):
    assert refused(**tables) == f"study.toml: {message}"


def test_a_key_of_another_table_that_resembles_one_here_may_mean_either():
    message = refused(sample={"names": ["bmp"], "min_obs": 3})
    assert message == "study.toml: unknown key sample.names; it belongs to [statistics]"
    message = refused(model={"names": "market_model"})
    assert message == (
        "study.toml: unknown key model.names; did you mean 'name', or is it meant for [statistics]?"
    )
    message = refused(windows={"events": [-1, 1]})
    assert message == "study.toml: unknown key windows.events; did you mean 'event'?"


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"model": {"name": "market_modl"}},
         "model.name: unknown model \"market_modl\"; did you mean 'market_model'?"),
        ({"statistics": {"names": ["placebo", "bmpp"]}},
         "statistics.names: unknown statistic \"bmpp\"; did you mean 'bmp'?"),
        ({"statistics": {"sign": "expectd"}},
         "statistics.sign: unknown value \"expectd\"; did you mean 'expected'?"),
        ({"prices": {"source": "file"}},
         "prices.source: unknown price source \"file\"; did you mean 'files'?"),
        ({"prices": {"file": "p.csv", "calendar": "XTKZ"}},
         "prices.calendar: unknown calendar 'XTKZ'; did you mean 'XTKS'?"),
        ({"model": {"sync": "as_of"}},
         "model.sync: unknown value \"as_of\"; did you mean 'asof'?"),
    ],
)  # fmt: skip
def test_unknown_value(tables, message):
    assert refused(**tables) == f"study.toml: {message}"
