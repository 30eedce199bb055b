"""Every statistic asked of something meaningless says why it has no answer, whatever it is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eventstudy import ConstantMean, CoverageError, Events, EventStudy, PricePanel
from eventstudy.inference import STATISTICS
from eventstudy.study import pieces

pytestmark = pytest.mark.fast_tests(2)

ALL = tuple(STATISTICS.names())
DATES = pd.bdate_range("2021-01-04", periods=220)
WINDOWS = [(0, 0), (-1, 1)]


def panel(*names: str) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    common = rng.normal(0, 0.006, (len(DATES), 1))
    own = rng.normal(0, 0.01, (len(DATES), len(names)))
    return pd.DataFrame(common + own, index=DATES, columns=list(names))


def fit(frame, rows, **settings):
    given = {
        "markets": tuple(frame.columns),
        "model": ConstantMean(),
        "estimation_window": (-90, -6),
        "event_window": (-2, 2),
        "car_windows": WINDOWS,
        "statistics": ALL,
        "calendar": "data",
        "date_only": "same",
        "min_obs": 50,
        "max_loss": 1.0,
        "draws": 40,
    }
    study = EventStudy(**(given | settings))
    events = Events.from_frame(
        pd.DataFrame({"event_id": [f"E{i}" for i in range(len(rows))], "date": DATES[rows]})
    )
    return study.fit(events, PricePanel.from_frame(frame, content="returns"))


def assert_nothing_is_silent(results):
    """Where a statistic or its p-value is missing, the row says why in a sentence."""
    rows = results.statistics
    assert set(rows["name"]) == set(ALL)
    for row in rows.to_dict("records"):
        where = (row["group"], row["window_start"], row["window_end"], row["name"])
        has_answer = np.isfinite(row["statistic"]) and np.isfinite(row["pvalue"])
        if has_answer:
            assert 0 <= row["pvalue"] <= 1, where
            continue
        note = row["note"]
        if note == "no abnormal return in this window":
            assert row["n_pairs"] == 0, where
            continue
        assert note.startswith("not available: "), (where, note)
        assert len(note.removeprefix("not available: ").split()) >= 2, (where, note)
    return rows


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("alternative", ["two-sided", "greater"])
def test_one_pair(alternative):
    rows = assert_nothing_is_silent(fit(panel("A"), [150], alternative=alternative))
    names = set(rows.loc[rows["statistic"].isna(), "name"])
    assert {"cross_sectional_t", "bmp", "portfolio_t", "grank_t", "grank_z"} <= names
    assert "sq" not in names


@pytest.mark.slow
def test_several_pairs_where_one_is_meant():
    rows = assert_nothing_is_silent(fit(panel("A", "B"), [120, 150, 190]))
    assert rows.loc[rows["name"] == "sq", "note"].str.contains("this group has 6").all()


@pytest.mark.slow
def test_equal_cars():
    frame = panel("A")
    rows = assert_nothing_is_silent(fit(frame.assign(B=frame["A"], C=frame["A"]), [150]))
    names = set(rows.loc[rows["statistic"].isna(), "name"])
    assert {"cross_sectional_t", "bmp", "kolari_pynnonen", "grank_t"} <= names


@pytest.mark.slow
def test_cars_of_zero():
    frame = panel("A", "B")
    frame.iloc[60:145] -= frame.iloc[60:145].mean()  # so that the normal return is 0
    frame.iloc[148:153] = 0.0
    assert_nothing_is_silent(fit(frame, [150]))


def test_no_draws():
    rows = assert_nothing_is_silent(fit(panel("A", "B"), [120, 150, 190], draws=0))
    placebo = rows[rows["name"] == "placebo"]
    assert placebo["note"].str.contains("statistics.draws = 0").all()
    assert rows["size"].isna().all()


def test_no_room_for_draws():
    short = panel("A", "B").iloc[:100]
    rows = assert_nothing_is_silent(fit(short, [93], min_obs=80))
    assert rows.loc[rows["name"] == "placebo", "note"].str.startswith("not available").all()


def test_a_market_that_does_not_move_is_dropped():
    frame = panel("A", "B").assign(B=0.0)
    results = fit(frame, [120, 150])
    assert_nothing_is_silent(results)
    assert set(results.dropped["security"]) == {"B"}
    assert results.dropped["reason"].str.len().gt(20).all()
    with pytest.raises(CoverageError, match="model 2"):
        fit(frame[["B"]], [120, 150])


def test_a_window_without_any_return():
    frame = panel("A", "B")
    frame.iloc[148:153] = np.nan
    rows = assert_nothing_is_silent(fit(frame, [150]))
    assert rows["statistic"].isna().all()
    assert (rows["note"] == "no abnormal return in this window").all()


@pytest.mark.slow
def test_a_window_without_a_return_in_one_market():
    frame = panel("A", "B")
    frame.iloc[148:153, 0] = np.nan
    rows = assert_nothing_is_silent(fit(frame, [150], by=("security",)))
    assert (rows.loc[rows["group"] == "security=A", "n_pairs"] == 0).all()
    assert (rows.loc[rows["group"] == "all", "n_pairs"] == 1).all()


@pytest.mark.slow
def test_groups_of_the_same_pairs_stand_once_in_the_report():
    frame = panel("A", "B")
    rows = [110, 140, 170, 200]
    columns = {"kind": ["x", "y", "x", "y"], "tone": ["up", "down", "up", "down"]}
    events = pd.DataFrame({"event_id": list("abcd"), "date": DATES[rows], **columns})
    study = EventStudy(
        markets=("A", "B"), model=ConstantMean(), estimation_window=(-90, -6), event_window=(-2, 2),
        car_windows=WINDOWS, statistics=("placebo",), calendar="data", date_only="same", min_obs=50,
        by=("kind", "tone"), draws=40,
    )  # fmt: skip
    results = study.fit(Events.from_frame(events), PricePanel.from_frame(frame, content="returns"))
    assert results.manifest["same_pairs"] == {"tone=down": "kind=y", "tone=up": "kind=x"}
    assert {"tone=up", "kind=x"} <= set(results.statistics["group"])
    page = results.to_html()
    assert "x (also up)" in page
    assert ">up<" not in page
    assert "Groups of the same pairs are drawn once: x (also up) and y (also down)" in page


def test_above_many_markets_each_is_tested_only_where_it_is_asked(monkeypatch):
    asked = {"frame": panel("A", "B", "C"), "rows": [110, 140, 170], "statistics": ("placebo",)}
    few = fit(**asked)
    monkeypatch.setattr(pieces, "MOST_TESTED", 2)
    many = fit(**asked)
    assert len(few.family)
    assert many.family.empty
    assert "no placebo test of each" in many.manifest["assumed"][-1]
    assert "assumed" not in few.manifest
    pd.testing.assert_frame_equal(many.test_family(), few.family)
    pd.testing.assert_frame_equal(many.statistics, few.statistics)
