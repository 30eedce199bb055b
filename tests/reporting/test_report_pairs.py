"""Many pairs in few rows."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd

from eventstudy.reporting.report_pairs import MOST_MARKETS, pairs, summarised_prices


def record(n):
    car = np.random.default_rng(2).standard_normal(n) * 0.03
    car[3] = np.nan
    frame = pd.DataFrame(
        {
            "event_id": [f"e{k}" for k in range(n)],
            "security": [f"F{k}" for k in range(n)],
            "window_start": 0,
            "window_end": 1,
            "car": car,
            "t": car / 0.02,
            "pvalue": 0.5,
        }
    )
    return SimpleNamespace(car=frame, headline_window=(0, 1), labels={})


def test_few_markets_are_listed_and_not_summarised():
    assert pairs(record(MOST_MARKETS)) is None


def test_quantiles_and_both_ends_are_those_of_the_cars():
    study = record(MOST_MARKETS + 50)
    section = pairs(study)
    spread, largest, smallest = section.sheets
    values = study.car["car"].dropna()
    row = dict(zip([head for head, _ in spread.heads], spread.rows[0], strict=True))
    assert row["pairs"] == str(len(values))
    for name, q in (("min", 0), ("p5", 0.05), ("median", 0.5), ("p95", 0.95), ("max", 1)):
        assert float(row[f"{name}, %"].replace("\u2212", "-")) == round(
            100 * float(np.quantile(values, q)), 2
        )
    order = study.car.dropna().sort_values("car")["event_id"].tolist()
    assert [row[0] for row in largest.rows] == order[::-1][:10]
    assert [row[0] for row in smallest.rows] == order[:10]


def test_lines_of_many_markets_are_quantiles_of_what_each_was_worth():
    index = pd.bdate_range("2021-01-04", periods=3)
    frame = pd.DataFrame(
        {
            "A": [1.0, 2.0, 4.0],
            "B": [np.nan, 10.0, 5.0],
            "C": [5.0, 5.0, 5.0],
            "M": [1.0, 1.0, 2.0],
        },
        index=index,
    )
    lines = summarised_prices(frame, pd.Series(["A", "B", "C"]))
    assert lines["Median of 3 markets"].tolist() == [100.0, 100.0, 100.0]
    assert lines["One in ten lies above"].iloc[2] == np.quantile([400.0, 50.0, 100.0], 0.9)
    assert lines["M"].tolist() == [1.0, 1.0, 2.0]
