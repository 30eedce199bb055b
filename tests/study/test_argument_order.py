"""Events and prices in each other's place, in every form they are handed over in."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.study.argument_order import have_changed_places

DAYS = pd.bdate_range("2019-01-01", periods=400)
VALUES = 100 * np.exp(np.cumsum(np.random.default_rng(0).normal(0, 0.01, (400, 3)), axis=0))
WIDE = pd.DataFrame(VALUES, index=DAYS, columns=["MKT", "AAA", "BBB"])
LONG = WIDE.rename_axis("date").reset_index().melt("date", var_name="ticker", value_name="close")
EVENTS = pd.DataFrame({"ticker": ["AAA", "BBB"], "date": ["2020-03-02", "2020-04-01"]})
STUDY = es.EventStudy(
    markets="events", model=es.MarketModel("MKT"), calendar="data", date_only="same", draws=0
)


@pytest.mark.parametrize(
    ("prices", "events"),
    [
        (WIDE, EVENTS), (LONG, EVENTS), (WIDE.rename_axis("Date").reset_index(), EVENTS),
        (WIDE, ["2020-03-02"]), (WIDE, {"AAA": "2020-03-02"}),
        (es.PricePanel.from_frame(WIDE), es.Events.from_frame(EVENTS.assign(event_id=["a", "b"]))),
    ],
    ids=["wide", "long", "dates in a column", "dates alone", "mapping", "values"],
)  # fmt: skip
def test_swapped_arguments_are_recognised(prices, events, tmp_path):
    said = r"the first argument holds prices and the second events; it is "
    with pytest.raises(es.SpecificationError, match=said + r"event_study\(events, prices\)"):
        es.event_study(prices, events, benchmark="MKT")
    with pytest.raises(es.SpecificationError, match=said + r"fit\(events, prices\)"):
        STUDY.fit(prices, events)
    with pytest.raises(es.SpecificationError, match=said + r"stream\(events, prices, out\)"):
        STUDY.stream(prices, events, tmp_path / "out")


def test_swapped_files_are_recognised(tmp_path):
    WIDE.rename_axis("date").to_csv(tmp_path / "prices.csv")
    EVENTS.to_csv(tmp_path / "events.csv", index=False)
    with pytest.raises(es.SpecificationError, match="first argument holds prices"):
        es.event_study(tmp_path / "prices.csv", tmp_path / "events.csv", benchmark="MKT")


def test_an_error_in_the_right_order_stays_what_it_is():
    broken = WIDE.astype(object)
    broken.iloc[5, 1] = "n/a?"
    dates = EVENTS[["date"]].assign(size=[1.0, 2.0])  # reads as prices, of two days
    assert not have_changed_places(dates, broken)
    with pytest.raises(es.SchemaError, match="is not a number"):
        es.event_study(dates, broken, benchmark="MKT")
    with pytest.raises(es.SpecificationError, match="got int"):
        es.event_study(EVENTS, 3, benchmark="MKT")
