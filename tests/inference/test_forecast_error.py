"""J1 and Lamb's test; both are derived anew in `oracle_classical` for every acceptance case."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import eventstudy as es

DATES = pd.bdate_range("2021-01-04", periods=300)


def one_date(n_firms=6, effect=0.0, seed=3):
    """Firms that share one date and one benchmark, as in estudy2's vignette."""
    rng = np.random.default_rng(seed)
    market = rng.normal(0, 0.01, 300)
    values = {f"F{n}": 0.8 * market + rng.normal(0, 0.01, 300) for n in range(n_firms)}
    frame = pd.DataFrame(values | {"MKT": market}, index=DATES)
    frame.iloc[250, :n_firms] += effect
    return frame


def fit(frame, **settings):
    study = es.EventStudy(
        markets=tuple(name for name in frame if name != "MKT"),
        model=es.MarketModel("MKT", sync="same_date"), estimation_window=(-200, -11),
        event_window=(-2, 2), car_windows=[(0, 0), (-1, 1)], statistics=("j1", "lamb"),
        calendar="data", date_only="same", draws=0, **settings,
    )  # fmt: skip
    events = es.Events.from_frame(pd.DataFrame({"event_id": ["E"], "date": [DATES[250]]}))
    return study.fit(events, es.PricePanel.from_frame(frame, content="returns"))


def test_lamb_is_what_estudy2_computes():
    """Row means of the residuals by date, their sd, and the factor of the common benchmark."""
    frame = one_date()
    firms = frame.columns[:-1]
    market = frame["MKT"].to_numpy()
    estimation, window = slice(50, 240), slice(249, 252)
    x = market[estimation]
    residuals, abnormal = [], []
    for firm in firms:
        beta, alpha = np.polyfit(x, frame[firm].to_numpy()[estimation], 1)
        own = frame[firm].to_numpy() - alpha - beta * market
        residuals.append(own[estimation])
        abnormal.append(own[window])
    sd = np.mean(residuals, axis=0).std(ddof=1)
    factor = 1 + 1 / 190 + (market[window] - x.mean()) ** 2 / ((x - x.mean()) ** 2).sum()
    daily = np.mean(abnormal, axis=0) / (sd * np.sqrt(factor))
    found = fit(frame).test("lamb", (-1, 1))
    assert found["statistic"].iloc[0] == pytest.approx(daily.sum() / math.sqrt(3), rel=1e-9)
    first = fit(frame).test("lamb", (0, 0))
    assert first["statistic"].iloc[0] == pytest.approx(daily[1], rel=1e-9)


def test_j1_has_the_standard_error_of_the_mean_and_is_j2_where_all_vary_alike():
    results = fit(one_date(effect=0.02))
    row = results.test("j1", (-1, 1)).iloc[0]
    assert row["statistic"] == pytest.approx(row["estimate"] / row["std_error"], rel=1e-12)
    assert row["pvalue"] < 0.01
    same = pd.DataFrame(dict.fromkeys(("A", "B"), one_date()["F0"])).assign(MKT=one_date()["MKT"])
    results = fit(same)
    j1, j2 = (results.test(name, (0, 0)).iloc[0] for name in ("j1", "patell_exact"))
    df = 188
    assert j1["statistic"] == pytest.approx(j2["statistic"] * math.sqrt(df / (df - 2)), rel=1e-9)


def test_nothing_estimated_has_neither():
    study = es.EventStudy(
        markets=("F0", "F1"), model=es.Raw(), estimation_window=(-200, -11), event_window=(-2, 2),
        car_windows=[(0, 0)], statistics=("j1", "lamb"), calendar="data", date_only="same",
        draws=0, min_obs=0,
    )  # fmt: skip
    events = es.Events.from_frame(pd.DataFrame({"event_id": ["E"], "date": [DATES[250]]}))
    results = study.fit(events, es.PricePanel.from_frame(one_date(), content="returns"))
    rows = results.tidy("all", windows=[(0, 0)])
    assert rows["pvalue"].isna().all()
    assert rows["note"].str.startswith("not available: ").all()
