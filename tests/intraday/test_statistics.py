"""Windows of minutes in the tests of daily studies."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from small_intraday_study import NEWS, make_bars

from eventstudy import (
    IntradayStudy,
)
from eventstudy.inference import STATISTICS
from eventstudy.intraday.specification import _REFUSED


@pytest.mark.slow
def test_every_other_statistic_has_a_value_or_says_why(frame):
    """What is not refused by name is carried out: 12 dates in two securities."""
    frame = make_bars(names=("AAA", "BBB"), start="2025-01-02", end="2025-06-30", seed=12)
    days = pd.bdate_range("2025-02-20", "2025-06-20", freq="7B")
    days = days[:12]
    events = pd.DataFrame({
        "event_id": [f"E{k}" for k in range(len(days))],
        "published_at": [f"{day:%Y-%m-%d}T15:10Z" for day in days],
    })  # fmt: skip
    names = tuple(name for name in STATISTICS.names() if name not in _REFUSED)
    study = IntradayStudy(market="SPX", statistics=names, windows=((0, 60),), draws=99)
    rows = study.fit(events, frame).statistics.set_index("name")
    assert set(rows.index) == set(names)
    lacking = rows[rows["statistic"].isna()]
    # of a single pair only; no date is outside the group, and no window longer than one session
    assert sorted(lacking.index) == ["dutta_t", "moderated_placebo", "sq"]
    assert lacking["note"].str.startswith("not available: ").all()
    assert rows["pvalue"].drop(lacking.index).between(0, 1).all()
    randomised = ["placebo", "mean_square"]
    assert rows.drop([*lacking.index, *randomised])["size"].notna().mean() > 0.8


def test_expected_signs_turn_pairs(frame):
    events = pd.DataFrame({
        "event_id": ["A", "B"], "published_at": [NEWS, "2025-04-15T10:05-04:00"],
        "expected_sign": ["-", "+"],
    })  # fmt: skip
    alone = frame[frame["symbol"] == "AAA"]
    study = IntradayStudy(market="SPX", sign="expected", statistics=("cross_sectional_t",))
    results = study.fit(events, alone)
    car = results.car.query("window_end == 60")["car"].to_numpy()
    row = results.statistics.query("window_end == 60").iloc[0]
    assert row["estimate"] == pytest.approx((-car[0] + car[1]) / 2)


@pytest.mark.slow
def test_too_few_other_days_have_no_placebo_p_value():
    frame = make_bars(start="2025-03-03", end="2025-03-21")
    results = IntradayStudy(market="SPX", days=8, min_days=8).fit("2025-03-18T12:10-04:00", frame)
    row = results.car.iloc[0]
    assert math.isnan(row["placebo_pvalue"])
    assert row["n_placebos"] < 20
    assert np.isfinite(row["t"])
    message = f"p placebo: not given, {row['n_placebos']:.0f} other days where 20 are needed"
    assert message in " ".join(results.to_text().split())


def test_how_small_a_placebo_p_value_can_be_is_said(results):
    number = results.car["n_placebos"].max()
    assert f"other days, so no smaller than {1 / (number + 1):.3f}" in " ".join(
        results.to_text().split()
    )


def test_several_news_of_one_day_are_one_date(frame):
    events = pd.DataFrame({
        "event_id": ["a", "b", "c"],
        "published_at": [f"2025-04-15T{clock}-04:00" for clock in ("10:05", "12:05", "14:05")],
    })  # fmt: skip
    study = IntradayStudy(market="SPX", window=(0, 60), statistics=("placebo",), draws=199)
    row = study.fit(events, frame[frame["symbol"] == "AAA"]).headline().iloc[0]
    assert (row["events"], row["dates"]) == ("3", "1")
