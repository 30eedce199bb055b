"""Two news times of 2025 on bars of those days."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import eventstudy as es
from eventstudy import (
    IntradayStudy,
)

DATA = Path(__file__).parents[3] / "shared" / "data" / "intraday"


@pytest.mark.skipif(not (DATA / "SPY_5min_utc.csv").exists(), reason="the bars are not here")
def test_the_pause_of_9_april_2025_in_spy():
    bars = es.read_bars(DATA / "SPY_5min_utc.csv")
    study = IntradayStudy(window=(-30, 120), windows=((0, 15), (0, 60), (-30, 0)), market="SPX")
    results = study.fit("2025-04-09T13:18-04:00", bars)
    row = results.alignment.iloc[0]
    assert (row["bar_clock"], row["minutes_into_bar"], row["n_days"]) == ("13:15", 3.0, 11)
    assert results.checks.empty
    first = results.abnormal_returns.query("minute in (0, 5)")
    # 502.41 to 512.80 to 523.52, less a tenth of a percent of normal return
    assert first["return"].to_numpy() == pytest.approx([512.8 / 502.41 - 1, 523.52 / 512.8 - 1])
    assert (first["standardized"] > 15).all()
    car = results.car.set_index(["window_start", "window_end"])
    assert 0.04 < car.loc[(0, 15), "car"] < 0.045
    assert 0.06 < car.loc[(0, 60), "car"] < 0.065
    assert car.loc[(0, 60), "t"] > 10
    assert car.loc[(0, 60), "placebo_pvalue"] == pytest.approx(1 / 39)
    assert car.loc[(-30, 0), "placebo_pvalue"] > 0.2
    assert (car["level"].between(1.2, 1.8)).all()  # a rough week, known before


@pytest.mark.skipif(not (DATA / "USDJPY_1h_utc.csv").exists(), reason="the bars are not here")
def test_the_geneva_statement_of_12_may_2025_in_usdjpy():
    study = IntradayStudy(window=(-180, 360), windows=((0, 60), (0, 240)))
    results = study.fit("2025-05-12T15:00+08:00", DATA / "USDJPY_1h_utc.csv")
    row = results.alignment.iloc[0]
    assert (row["bar_clock"], row["minutes_into_bar"]) == ("03:00", 0.0)
    assert row["session"] == pd.Timestamp("2025-05-12")
    car = results.car.iloc[0]
    assert 0.012 < car["car"] < 0.013
    assert car["t"] > 7
    assert car["n_placebos"] > 200
    assert car["placebo_pvalue"] < 0.01


@pytest.mark.skipif(not (DATA / "SPY_5min_utc.csv").exists(), reason="the bars are not here")
def test_the_pause_of_9_april_2025_on_the_bars_of_that_day_alone():
    bars = pd.read_csv(DATA / "SPY_5min_utc.csv")
    of_day = bars[bars["ts_utc"].str.startswith("2025-04-09")]
    study = IntradayStudy(
        window=(-30, 120), windows=((0, 15), (-30, 0)), market="SPX", estimation="same_day"
    )
    results = study.fit("2025-04-09T13:18-04:00", es.IntradayBars.from_frame(of_day))
    car = results.car.set_index(["window_start", "window_end"])
    assert 0.04 < car.loc[(0, 15), "car"] < 0.045
    assert car.loc[(0, 15), "t"] > 6
    assert car.loc[(-30, 0), "pvalue"] > 0.5
    assert results.alignment["n_returns"].iloc[0] == 39
