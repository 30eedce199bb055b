"""``markets = "events"``: the same study as with its markets named, and what it refuses."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from eventstudy import Events, EventStudy, MarketModel, PricePanel
from eventstudy.events import event_pairs
from eventstudy.exceptions import SchemaError, SpecificationError
from eventstudy.study.study_markets import study_markets

N = 12
DAYS = pd.bdate_range("2020-01-01", periods=120)
FIRMS = [f"F{n:02d}" for n in range(N)]
STUDY = EventStudy(
    markets="events",
    model=MarketModel("MKT"),
    estimation_window=(-60, -11),
    event_window=(-2, 2),
    car_windows=[(0, 1)],
    min_obs=30,
    statistics=["bmp", "portfolio_t"],
    draws=0,
    date_only="same",
    calendar="data",
)


def panel():
    rng = np.random.default_rng(4)
    table = pd.DataFrame(rng.normal(0, 0.02, (120, N + 1)), index=DAYS, columns=["MKT", *FIRMS])
    return PricePanel.from_frame(table, content="returns", calendar="data")


def events(names=FIRMS[::-1], column="markets", **columns):
    ids = [f"e{n}" for n in range(len(names))]
    days = [str(DAYS[70 + 3 * n].date()) for n in range(len(names))]
    return Events.from_frame(
        pd.DataFrame({"event_id": ids, "date": days, column: names, **columns}), name="events.csv"
    )


@pytest.mark.parametrize("column", ["markets", "ticker"])
def test_a_study_of_the_events_markets_is_the_one_that_names_them(column, monkeypatch):
    some, prices = events(column=column), panel()
    named = replace(STUDY, markets=FIRMS).fit(some, prices)
    of_events = STUDY.fit(some, prices)
    for frame in ("statistics", "car", "abnormal_returns", "models", "caar", "confounding"):
        pd.testing.assert_frame_equal(getattr(of_events, frame), getattr(named, frame), obj=frame)
    listed = named.alignment[~named.alignment["reason"].str.contains("not about")]
    pd.testing.assert_frame_equal(of_events.alignment, listed.reset_index(drop=True))
    assert of_events.dropped.empty
    assert (named.dropped["stage"] == "market").all()
    assert len(named.dropped) == N * (N - 1)
    said = 'markets = "events": 12 markets that the events name, in the order of the price columns'
    assert said in of_events.manifest["assumed"]
    assert of_events.manifest["study"]["markets"] == "events"

    monkeypatch.setattr(event_pairs, "MOST_LISTED", N * N - 1)
    many = replace(STUDY, markets=FIRMS).fit(some, prices)
    pd.testing.assert_frame_equal(many.statistics, named.statistics)
    assert (len(many.alignment), len(many.dropped)) == (N, 0)
    [sentence] = [text for text in many.manifest["assumed"] if "not listed" in text]
    assert sentence.startswith("events.csv: 132 pairs of events with markets they do not name")


def test_markets_stand_in_the_order_of_the_price_columns_each_once():
    some = events(["F03", "f01;F03", "F01", "MKT"], kind=["a", "a", "a", "b"])
    study = replace(STUDY, select={"kind": ["a"]})
    assert study_markets(study, some, panel()) == ("F01", "F03")
    results = study.fit(some, panel())
    # What the selection leaves out has no pair where no other event names its market: it is said.
    assert set(results.alignment["event_id"]) == {"e0", "e1", "e2"}
    said = "events.csv: e3 names none of the study's markets and is not listed"
    assert said in results.manifest["assumed"]


@pytest.mark.parametrize("is_streamed", [False, True])
def test_events_about_securities_without_prices_are_dropped(is_streamed, tmp_path):
    names = [*FIRMS[:9], "MKKT", "N225", "F05;XXX"]
    some = events(names, kind=["a"] * 12)
    if is_streamed:
        streamed = replace(STUDY, statistics=["bmp"]).stream(some, panel(), tmp_path / "out")
        assert streamed.lost["pairs"].sum() == 3
        dropped = pd.read_csv(tmp_path / "out" / "dropped.csv")
        said = json.loads((tmp_path / "out" / "manifest.json").read_text())["assumed"]
        kept = set(pd.read_parquet(tmp_path / "out" / "models.parquet")["event_id"])
    else:
        results = STUDY.fit(some, panel())
        dropped, said = results.dropped, results.manifest["assumed"]
        kept = set(results.models["event_id"])
    assert dropped[["event_id", "security", "stage"]].to_numpy().tolist() == [
        ["e9", "MKKT", "coverage"], ["e10", "N225", "coverage"], ["e11", "XXX", "coverage"],
    ]  # fmt: skip
    assert dropped["reason"][0] == "prices has no column MKKT; did you mean 'MKT'?"
    assert dropped["reason"][1] == "prices has no column N225"
    assert kept == {f"e{n}" for n in (*range(9), 11)}
    assert "2 events of 12 left out, whose securities have no prices: MKKT and N225" in said
    partly = "1 event of 12 studied without those of their securities that have no prices: XXX"
    assert partly in said
    assert not any("not listed" in sentence for sentence in said)


def test_events_of_which_none_has_prices_are_errors_with_their_rows():
    with pytest.raises(SchemaError) as caught:
        STUDY.fit(events(["MKKT", "MKKT"]), panel())
    assert caught.value.problems == tuple(
        f"events.csv row {row}: event {name}: markets names unknown market 'MKKT'; "
        "did you mean 'MKT'?"
        for row, name in ((2, "e0"), (3, "e1"))
    )
    with pytest.raises(SchemaError, match=r"row 2: event e0: markets names 'N225': prices has no"):
        STUDY.fit(events(["N225"]), panel())


def test_an_event_without_a_market_is_an_error_with_its_row():
    with pytest.raises(SchemaError, match=r"events.csv row 4: event e2 names no market, which"):
        STUDY.fit(events(["F01", "F02", ""]), panel())
    with pytest.raises(SpecificationError, match=r"no event of events.csv names a market"):
        STUDY.fit(events(["x", "y"], column="headline"), panel())


def test_a_selection_that_leaves_no_event_is_refused_as_with_named_markets():
    some = events(kind=["beat"] * N)
    for markets in ("events", FIRMS):
        study = replace(STUDY, markets=markets, select={"kind": ["mis"]})
        with pytest.raises(SpecificationError, match="leaves none of 12 events: no event has kind"):
            study.fit(some, panel())
