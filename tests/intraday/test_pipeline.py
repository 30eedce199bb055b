"""From bars and news times to results: what is refused, at which stage, and why."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from small_intraday_study import NEWS, fit, make_bars

from eventstudy import (
    CoverageError,
    IntradayStudy,
    SpecificationError,
)

UNTIL_NEWS = make_bars(end="2025-04-10")


def flat(frame):
    prices = ["open", "high", "low", "close"]
    is_earlier = frame["timestamp"] < pd.Timestamp("2025-04-10", tz="UTC")
    return frame.assign(**{name: frame[name].mask(is_earlier, 100.0) for name in prices})


def halved(frame):
    """One of two bars every other day, the other one on the days between, until the last day."""
    local = frame["timestamp"].dt.tz_convert("America/New_York")
    gone = np.where(local.dt.day % 2, "12:00", "12:30")
    is_last = local.dt.date == local.dt.date.max()
    return frame[is_last | (local.dt.strftime("%H:%M") != gone)]


@pytest.mark.parametrize(
    ("frame", "options", "stage", "reason"),
    [
        (flat(UNTIL_NEWS), {}, "model", "no bar of the window varies on earlier days"),
        (halved(UNTIL_NEWS), {"min_days": 15}, "min_days",
         "no bar of the window has more than 11 earlier days, fewer than min_days = 15"),
        (pd.concat([UNTIL_NEWS, flat(UNTIL_NEWS).assign(symbol="BBB")]),
         {"model": "market_model", "benchmark": "BBB"},
         "model", "the benchmark has no return in the window, or none that varies on earlier days"),
    ],
    ids=["flat", "too few days of any bar", "flat benchmark"],
)  # fmt: skip
def test_a_window_without_a_normal_return_says_at_which_stage_and_why(
    frame, options, stage, reason
):
    with pytest.raises(CoverageError) as caught:
        fit("2025-04-10T12:10-04:00", frame, window=(0, 60), **options)
    assert caught.value.reasons[["stage", "reason"]].to_numpy().tolist() == [[stage, reason]]


@pytest.mark.slow
def test_names_that_the_bars_lack(frame):
    with pytest.raises(SpecificationError, match="no bars of 'CCC'"):
        IntradayStudy(market="SPX", model="market_model", benchmark="CCC").fit(NEWS, frame)
    with pytest.raises(SpecificationError, match="no bars of 'AAAA'; did you mean 'AAA'"):
        IntradayStudy(market={"AAAA": "SPX"}).fit(NEWS, frame)
    alone = frame[frame["symbol"] == "AAA"]
    with pytest.raises(SpecificationError, match="holds the benchmark alone"):
        IntradayStudy(market="SPX", model="market_model", benchmark="AAA").fit(NEWS, alone)
    with pytest.raises(SpecificationError, match="expected_sign"):
        IntradayStudy(market="SPX", sign="expected").fit(NEWS, frame)


@pytest.mark.slow
def test_the_results_do_not_depend_on_the_order_of_rows(frame):
    shuffled = frame.sample(frac=1, random_state=3)
    study = IntradayStudy(market="SPX", draws=99)
    results = study.fit(NEWS, frame)
    shuffled_results = study.fit(NEWS, shuffled)
    keys = ["event_id", "security", "window_start", "window_end"]
    pd.testing.assert_frame_equal(
        results.car.sort_values(keys, ignore_index=True),
        shuffled_results.car.sort_values(keys, ignore_index=True),
    )
