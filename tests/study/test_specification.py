"""What a specification refuses, and what it makes one."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from eventstudy import EventStudy, MarketModel, SpecificationError, Window
from eventstudy.study.specification import OPTIONS, Specification
from eventstudy.studyfile.study_file import parse_study


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"draws": 100.5}, "draws is 100.5; it must be a whole number"),
        ({"draws": 10**8}, "draws is 100,000,000; more than 100,000 would"),
        ({"seed": -1}, "seed is -1; it must be at least 0"),
        ({"cutoff_minutes": float("nan")}, "cutoff_minutes is nan"),
        ({"cutoff_minutes": 1500}, "more than a day"),
        ({"car_windows": ()}, "car_windows is empty"),
        ({"car_windows": [(0, 9)]}, r"\[0,\+9\] is not inside"),
        ({"event_window": (2, 1)}, "reversed"),
        ({"estimation_window": (-250, -3)}, "overlaps"),
        ({"statistics": ["pattel"]}, "did you mean 'patell'"),
        ({"sign": None}, r"unknown sign None"),
        ({"date_only": "nxt"}, r"unknown date_only 'nxt'; did you mean 'next'"),
        ({"markets": ["N225", "N225"]}, "twice"),
        ({"markets": [10001.5]}, "markets holds 10001.5, which is no name of a market"),
        ({"markets": [None]}, "markets holds None, which is no name of a market"),
        ({"markets": [True]}, "markets holds True, which is no name of a market"),
        ({"model": MarketModel(1.5)}, "benchmark holds 1.5, which is no name"),
        ({"model": "market_model"}, "expected a model"),
        ({"max_loss": 1.5}, "a share, 0 to 1"),
        ({"min_obs": 300}, "no pair could be kept"),
    ],
)
def test_refused(settings, words):
    with pytest.raises(SpecificationError, match=words):
        EventStudy(**settings)


@pytest.mark.parametrize("names", [[10001, 10002], np.array([10001, 10002]), [10001.0, "10002"]])
def test_markets_given_as_numbers_are_their_digits(names):
    study = EventStudy(markets=names, model=MarketModel(99))
    assert study.markets == ("10001", "10002")
    assert study.model.benchmark == "99"


def test_equal_words_make_equal_studies():
    one = EventStudy(
        by=["category", " category", "a * b"], car_windows=[(np.int64(0), np.int64(1))], seed=3
    )
    two = EventStudy(by=("category", "a*b"), car_windows=[Window(0, 1)], seed=np.int64(3))
    assert one == two
    assert hash(one) == hash(two)
    assert one.by == ("category", "a*b")


# -- one declaration an option ---------------------------------------------------------------------

OTHERWISE = {
    "title": "Mine", "markets": ("HSI",), "cutoff_minutes": 5, "select": (("a", ("b", "c")),),
    "calendar": None, "estimation_window": Window(-200, -30), "event_window": Window(-2, 2),
    "car_windows": (Window(0, 2),), "min_obs": 50, "max_loss": 0.25, "statistics": ("bmp",),
    "by": ("category",), "contrast": (("a", "b", "c"),), "contrast_by": ("a",),
    "contrast_without": (("2025-04-02", "2025-04-14"),),
    "draws": 7, "seed": 8, "volatility": "ewma",
}  # fmt: skip


def test_every_field_but_the_tables_of_their_own_is_a_key():
    named = {one.name for one in fields(Specification)}
    assert named - {one.name for one in OPTIONS} == {
        "model", "beside", "declared", "cross_section", "activity"
    }  # fmt: skip


@pytest.mark.parametrize("one", OPTIONS, ids=lambda one: one.path)
def test_an_option_is_read_as_it_is_written(one):
    default = getattr(EventStudy(), one.name)
    value = next((other for other in one.takes.choices if other != default), not default)
    beside = {"contrast": OTHERWISE["contrast"]} if one.name == "contrast_by" else {}
    study = EventStudy(**beside, **{one.name: OTHERWISE.get(one.name, value)})
    tables = study.to_dict()
    table = tables[one.table] if one.table else tables
    assert (one.key in table) == (getattr(study, one.name) is not None)
    tables["events"]["bundled"] = True
    assert parse_study(tables).study == study


def test_a_selection_takes_a_value_or_several():
    assert EventStudy(select={"salience": 3, "kind": "x", "side": ["up", 2]}).select == (
        ("salience", ("3",)), ("kind", ("x",)), ("side", ("up", "2")),
    )  # fmt: skip


def test_a_statistic_registered_after_the_first_study_file_may_be_named_in_the_next():
    from eventstudy.inference import STATISTICS

    parse_study({"events": {"bundled": True}})
    entry = STATISTICS["bmp"]
    STATISTICS.register("mine", summary="", source="")(entry.value)
    try:
        tables = {"events": {"bundled": True}, "statistics": {"names": ["mine"]}}
        assert parse_study(tables).study.statistics == ("mine",)
    finally:
        STATISTICS.remove("mine")
