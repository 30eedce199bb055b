"""One row a firm or market does not make one day many dates.

The situations: rows as event-study packages take them, one line a firm (the tables of the R package
EventStudy and of Stata's estudy), for news that is one day's; airlines and insurers after 11
September 2001 are the textbook case.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import eventstudy as es

SESSIONS = pd.bdate_range("2024-01-01", periods=200)
FIRMS = [f"F{number:02d}" for number in range(12)]
NAMES = ("placebo", "two_way_t", "wild_bootstrap", "portfolio_t")


def returns(seed: int = 5) -> pd.DataFrame:
    """Firms that move together: half of each one's variance is the market's."""
    rng = np.random.default_rng(seed)
    market = rng.standard_normal((len(SESSIONS), 1))
    own = rng.standard_normal((len(SESSIONS), len(FIRMS)))
    return pd.DataFrame(0.01 * (market + own), index=SESSIONS, columns=FIRMS)


def fitted(events: pd.DataFrame, frame: pd.DataFrame | None = None, **settings):
    frame = returns() if frame is None else frame
    study = es.EventStudy(
        markets=tuple(frame.columns), model=es.ConstantMean(), calendar="data", date_only="same",
        estimation_window=(-80, -11), event_window=(-1, 1), car_windows=((0, 0),), min_obs=60,
        statistics=NAMES, draws=60, seed=2, max_loss=1.0, **settings,
    )  # fmt: skip
    return study.fit(
        es.Events.from_frame(events), es.PricePanel.from_frame(frame, content="returns")
    )


def rows_of(results) -> pd.DataFrame:
    rows = results.statistics
    rows = rows[(rows["group"] == "all") & (rows["measure"] == "car")].set_index("name")
    assert len(rows)
    return rows


def one_row_a_firm(days: list[int]) -> pd.DataFrame:
    """Each day's firms in rows of their own; every firm is in one row."""
    share = len(FIRMS) // len(days)
    return pd.DataFrame(
        {
            "event_id": [f"row{number:02d}" for number in range(len(FIRMS))],
            "date": SESSIONS[np.repeat(days, share)],
            "markets": FIRMS,
        }
    )


def one_row_a_day(days: list[int]) -> pd.DataFrame:
    share = len(FIRMS) // len(days)
    return pd.DataFrame(
        {
            "event_id": [f"day{number}" for number in range(len(days))],
            "date": SESSIONS[days],
            "markets": [";".join(FIRMS[at : at + share]) for at in range(0, len(FIRMS), share)],
        }
    )


def test_rows_of_four_days_are_four_dates():
    days = [100, 120, 140, 160]
    rows, whole = rows_of(fitted(one_row_a_firm(days))), rows_of(fitted(one_row_a_day(days)))
    assert (rows["n_events"] == 12).all()
    assert (rows[["n_dates", "n_days", "n_units"]] == 4).all(axis=None)
    # What the table looks like decides nothing: one row a day gives the same answers.
    for column in ("statistic", "pvalue", "df", "estimate"):
        np.testing.assert_allclose(rows[column], whole[column], rtol=1e-9, err_msg=column)
    assert rows.loc["two_way_t", "df"] == 3
    assert rows.loc["wild_bootstrap", "pvalue"] >= 2 / 2**4


def test_one_day_has_no_stars_however_many_firms():
    frame = returns()
    frame.iloc[120] -= 0.08
    results = fitted(one_row_a_firm([120]), frame)
    row = rows_of(results).loc["placebo"]
    assert (row["n_events"], row["n_dates"], row["n_days"]) == (12, 1, 1)
    assert np.isnan(rows_of(results).loc["two_way_t", "statistic"])
    table = results.table()
    assert not table["[0,0]"].str.contains("*", regex=False).any()
    assert table["[0,0]"].str.contains("†").any()
    assert table["dates"].tolist()[-2:] == ["1", ""]


def test_one_row_a_market_is_the_same_study_as_one_row():
    """News of one moment reaches markets on days of their own: one news item all the same."""
    frame = es.load_prices().frame()[["N225", "HSI", "SPX"]].dropna()
    times = pd.to_datetime(
        ["2024-06-10T20:00Z", "2024-06-11T20:00Z", "2024-06-12T20:00Z", "2024-09-03T02:00Z"]
    )
    names = list(frame.columns)
    whole = pd.DataFrame({"event_id": list("abcd"), "published_at": times})
    split = pd.DataFrame(
        {
            "event_id": [f"{event}-{name}" for event in "abcd" for name in names],
            "published_at": times.repeat(3),
            "markets": names * 4,
        }
    )
    study = es.EventStudy(
        markets=tuple(names), model=es.ConstantMean(), estimation_window=(-120, -11),
        event_window=(-1, 1), car_windows=((0, 0),), min_obs=60, statistics=NAMES, draws=30,
    )  # fmt: skip
    panel = es.PricePanel.from_frame(frame)
    together, apart = (
        rows_of(study.fit(es.Events.from_frame(each), panel)) for each in (whole, split)
    )
    assert (together["n_dates"] == apart["n_dates"]).all()
    assert (together["n_dates"] == 4).all()
    np.testing.assert_allclose(apart["statistic"], together["statistic"], rtol=1e-9)


def test_days_of_one_firm_stay_apart():
    events = pd.DataFrame(
        {"event_id": list("abc"), "date": SESSIONS[[100, 101, 102]], "markets": ["F00"] * 3}
    )
    assert (rows_of(fitted(events))["n_dates"] == 3).all()


@pytest.mark.slow
def test_clustered_tests_keep_their_size_with_one_row_a_firm():
    """Nominal 5 %: taking rows for dates rejects about half of all true nulls."""
    days = [95, 101, 107, 113, 119, 125, 131, 137, 143, 149, 155, 161]
    names, n = [f"F{k:02d}" for k in range(48)], 60
    rejected = dict.fromkeys(("two_way_t", "wild_bootstrap"), 0)
    for seed in range(n):
        rng = np.random.default_rng(seed)
        common = rng.standard_normal((len(SESSIONS), 1))
        own = rng.standard_normal((len(SESSIONS), 48))
        frame = pd.DataFrame(0.01 * (common + own), index=SESSIONS, columns=names)
        events = pd.DataFrame(
            {"event_id": names, "date": SESSIONS[np.repeat(days, 4)], "markets": names}
        )
        study = es.EventStudy(
            markets=tuple(names), model=es.ConstantMean(), calendar="data", date_only="same",
            estimation_window=(-80, -11), event_window=(0, 0), car_windows=((0, 0),), min_obs=60,
            statistics=tuple(rejected), draws=0, seed=2, max_loss=1.0,
        )  # fmt: skip
        rows = rows_of(
            study.fit(
                es.Events.from_frame(events), es.PricePanel.from_frame(frame, content="returns")
            )
        )
        for name in rejected:
            rejected[name] += rows.loc[name, "pvalue"] <= 0.05
    assert max(rejected.values()) <= 0.05 * n + 3 * np.sqrt(0.05 * 0.95 * n)
