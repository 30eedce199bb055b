"""Who is lost, at which stage, and why: hand-made cases whose answer is seen at a glance."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from eventstudy import (
    ConstantMean,
    CoverageError,
    Events,
    EventStudy,
    Market,
    MarketModel,
    PricePanel,
    SpecificationError,
    event_study,
    load_prices,
)
from eventstudy.estimation.sample import _overlapping

pytestmark = pytest.mark.fast_tests(4)

DATES = pd.bdate_range("2022-01-03", periods=200)
RNG = np.random.default_rng(30)
FRAME = pd.DataFrame(RNG.normal(0, 0.01, (200, 2)), index=DATES, columns=["A", "B"])
STUDY = EventStudy(
    markets=("A", "B"), model=ConstantMean(), estimation_window=(-60, -6), event_window=(-2, 2),
    car_windows=[(0, 0)], statistics="cross_sectional_t", calendar="data", date_only="same",
    min_obs=30, max_loss=1.0, draws=0,
)  # fmt: skip


def events(rows, **columns):
    table = pd.DataFrame({"event_id": [f"E{i}" for i in range(len(rows))]})
    table["date"] = [DATES[row] if isinstance(row, int) else pd.Timestamp(row) for row in rows]
    return Events.from_frame(table.assign(**columns))


def fit(rows, frame=FRAME, columns=None, **settings):
    prices = PricePanel.from_frame(frame, content="returns")
    return replace(STUDY, **settings).fit(events(rows, **(columns or {})), prices)


def lost(results):
    return [tuple(row) for row in results.dropped.to_numpy()]


def kept(results):
    return list(zip(results.models["event_id"], results.models["security"], strict=True))


def test_nothing_lost():
    results = fit([100, 150])
    assert lost(results) == []
    assert list(results.dropped.columns) == ["event_id", "security", "stage", "reason"]
    assert kept(results) == [("E0", "A"), ("E0", "B"), ("E1", "A"), ("E1", "B")]


def test_an_event_about_other_markets():
    results = fit([100, 150], columns={"markets": ["B", None]})
    assert lost(results) == [("E0", "A", "market", "the event's markets do not name this one")]
    assert kept(results) == [("E0", "B"), ("E1", "A"), ("E1", "B")]
    assert len(results.alignment) == 4  # every pair, dropped ones too


def test_an_event_not_selected():
    columns = {"category": ["deal", "talk"]}
    results = fit([100, 150], columns=columns, select={"category": ["talk"]})
    assert [row[:3] for row in lost(results)] == [("E0", "A", "select"), ("E0", "B", "select")]
    assert lost(results)[0][3] == "left out by events.select"


def test_day_zero_outside_the_rows():
    results = fit(["2021-06-01", 100, "2024-01-02"])
    stages = [row[:3] for row in lost(results)]
    assert stages == [(e, m, "coverage") for e in ("E0", "E2") for m in ("A", "B")]
    rows = f"its rows run from 2022-01-03 to {DATES[-1]:%Y-%m-%d}"
    assert all(row[3] == f"no session of the market for it: {rows}" for row in lost(results))


@pytest.mark.slow
def test_day_zero_outside_the_rows_of_a_calendar_that_knows_more():
    dates = pd.bdate_range("2024-01-01", "2024-12-30")
    closed = pd.DatetimeIndex(["2024-01-01", "2024-01-02", "2024-01-03"])
    dates = dates.difference(closed)
    frame = pd.DataFrame({"N225": 100.0 + RNG.normal(0, 1, len(dates))}, index=dates)
    table = pd.DataFrame(
        {"event_id": ["old", "fine", "new"], "date": ["2023-12-20", "2024-08-01", "2025-01-15"]}
    )
    study = replace(STUDY, markets=("N225",), calendar=None)
    results = study.fit(Events.from_frame(table), PricePanel.from_frame(frame))
    assert lost(results) == [
        ("old", "N225", "coverage", "day 0 lies before the first row, 2024-01-04"),
        ("new", "N225", "coverage", "day 0 lies after the last row, 2024-12-30"),
    ]


def test_the_last_row_is_still_a_day_zero():
    results = fit([199])
    assert len(kept(results)) == 2
    frame = results.abnormal_returns.set_index(["security", "tau"]).loc["A"]
    assert frame["abnormal_return"].notna().tolist() == [True, True, True, False, False]
    assert frame["session"].isna().tolist() == [False, False, False, True, True]
    assert frame["std_error"].notna().all()


def test_min_obs_counts_usable_sessions():
    frame = FRAME.copy()
    frame.iloc[40:66, 0] = np.nan  # A keeps 29 of its 55 estimation sessions
    results = fit([100], frame)
    reason = "29 usable estimation sessions, fewer than min_obs = 30"
    assert lost(results) == [("E0", "A", "min_obs", reason)]
    frame.iloc[65, 0] = 0.001
    assert lost(fit([100], frame)) == []


def test_a_truncated_estimation_window_is_used_when_long_enough():
    # day 0 on row 35 leaves rows 0 to 29
    results = fit([34, 35])
    assert [row[:3] for row in lost(results)] == [("E0", "A", "min_obs"), ("E0", "B", "min_obs")]
    assert results.models["n_obs"].tolist() == [30, 30]


def test_masking_takes_other_events_out_of_the_estimation_window():
    results = fit([80, 120], mask_events=True)
    assert results.models["n_obs"].tolist() == [55, 55, 50, 50]
    assert fit([80, 120]).models["n_obs"].tolist() == [55] * 4
    few = fit([80, 120], mask_events=True, min_obs=51)
    assert {row[:3] for row in lost(few)} == {("E1", "A", "min_obs"), ("E1", "B", "min_obs")}


def test_ambiguous_pairs():
    tokyo = [
        Market(name=n, label=n, calendar="data", series=n, timezone="Asia/Tokyo", close="15:00")
        for n in ("A", "B")
    ]
    table = pd.DataFrame(
        {
            "event_id": ["sure", "vague"],
            "published_at": [
                f"{DATES[100]:%Y-%m-%d}T10:00+09:00",
                f"{DATES[150]:%Y-%m-%d}T14:50+09:00",
            ],
            "precision": ["exact", "approx"],
        }
    )
    prices = PricePanel.from_frame(FRAME, content="returns")
    study = replace(STUDY, declared=tokyo, calendar=None, date_only=None)
    keep = study.fit(Events.from_frame(table), prices)
    assert len(kept(keep)) == 4
    assert keep.alignment["ambiguous"].tolist() == [False, False, True, True]
    drop = replace(study, ambiguous="drop").fit(Events.from_frame(table), prices)
    why = "day 0 is not certain and events.ambiguous is drop"
    assert lost(drop) == [("vague", m, "ambiguous", why) for m in ("A", "B")]
    widen = replace(study, ambiguous="widen").fit(Events.from_frame(table), prices)
    assert lost(widen) == []
    shown = widen.abnormal_returns
    assert (shown[shown["event_id"] == "sure"]["tau"].min()) == -2
    assert (shown[shown["event_id"] == "vague"]["tau"].min()) == -3
    zero = shown[(shown["event_id"] == "vague") & (shown["tau"] == 0)]["session"]
    assert (zero == DATES[151]).all()  # tau = 0 stays the later candidate
    sums = shown[(shown["event_id"] == "vague") & shown["tau"].isin([-1, 0])]
    sums = sums.groupby("security")["abnormal_return"].sum()
    cars = widen.car[widen.car["event_id"] == "vague"].set_index("security")["car"]
    pd.testing.assert_series_equal(cars, sums, check_names=False)


@pytest.mark.parametrize(
    ("policy", "rows", "gone"),
    [
        ("keep", [100, 102], []),
        # windows [-2, 2] overlap when days 0 are at most four sessions apart
        ("drop_later", [100, 105], []),
        ("drop_later", [100, 104], ["E1"]),
        # E1 gives way to E0, and E2 overlaps nobody who stayed
        ("drop_later", [100, 104, 108], ["E1"]),
        ("drop_all", [100, 104, 108, 150], ["E0", "E1", "E2"]),
        ("drop_all", [100, 104, 120], ["E0", "E1"]),
        ("drop_all", [100, 105, 120], []),
        # the order of the file does not matter
        ("drop_later", [108, 104, 100], ["E1"]),
        # of two on one day the first in the file stays
        ("drop_later", [100, 100], ["E1"]),
    ],
)
def test_overlapping_events(policy, rows, gone):
    results = fit(rows, overlap=policy)
    assert [row[:3] for row in lost(results)] == [
        (e, m, "overlap") for e in gone for m in ("A", "B")
    ]
    assert all("event window [-2,+2] overlaps that of E" in row[3] for row in lost(results))


def test_the_rival_is_named():
    results = fit([100, 104], overlap="drop_later")
    assert lost(results)[0][3].endswith("overlaps that of E0")


def test_overlaps_are_of_one_market():
    columns = {"markets": ["A", "B", None]}
    results = fit([100, 102, 104], columns=columns, overlap="drop_later")
    overlap = [row[:2] for row in lost(results) if row[2] == "overlap"]
    assert overlap == [("E2", "A"), ("E2", "B")]


def test_an_event_that_is_lost_before_overlaps_nobody():
    frame = FRAME.copy()
    frame.iloc[40:66, 0] = np.nan
    frame.iloc[37, 0] = np.nan  # in the window of E0 in A, which keeps 28 sessions, but not of E1
    results = fit([97, 101], frame, overlap="drop_later", min_obs=29)
    assert [row[:3] for row in lost(results)] == [("E0", "A", "min_obs"), ("E1", "B", "overlap")]


def test_max_loss_is_a_share_of_the_pairs_asked_for():
    rows = [100, 120, 140, "2024-01-02"]
    assert len(lost(fit(rows, max_loss=0.25))) == 2
    with pytest.raises(CoverageError) as caught:
        fit(rows, max_loss=0.24)
    message = str(caught.value)
    assert "2 of 8 pairs were dropped (25%; coverage 2)" in message
    assert "max_loss=0.24" in message
    assert "; all of them: no session of the market for it: its rows run from" in message
    assert "\n" not in message
    reasons = caught.value.reasons
    assert reasons["pairs"].tolist() == [2]
    assert reasons["stage"].tolist() == ["coverage"]
    assert "all events" not in message


@pytest.mark.parametrize(
    ("markets", "dates", "said"),
    [
        (["HSI"], ["1999-01-04", "1999-02-01"],
         "before the prices begin, on 2017-01-03: bring earlier prices"),
        (["HSI", "N225", "CNH"], ["1999-01-04"],
         "before the prices begin, between 2017-01-02 and 2017-01-04: bring earlier prices"),
        (["HSI"], ["2035-03-01"], "after the prices end, on 2026-08-20: bring later prices"),
        (["HSI"], ["1999-01-04", "2035-03-01"], None),
    ],
)  # fmt: skip
def test_events_beyond_the_prices_are_said_to_be(markets, dates, said):
    with pytest.raises(CoverageError) as caught:
        event_study(dates, load_prices(), markets=markets, benchmark="SPX", date_only="same")
    message = str(caught.value)
    assert message.endswith(f"; all events lie {said}") if said else "all events" not in message


def test_what_the_study_leaves_out_itself_is_no_loss():
    columns = {"markets": ["A", "A", "B"], "category": ["x", "y", "x"]}
    results = fit([100, 120, 140], columns=columns, select={"category": "x"}, max_loss=0.0)
    assert [row[2] for row in lost(results)].count("market") == 3
    assert kept(results) == [("E0", "A"), ("E2", "B")]


def test_nothing_left():
    with pytest.raises(SpecificationError, match="leaves none of 1 event"):
        fit([100], columns={"category": ["x"]}, select={"category": "y"})
    dropped = r"2 of 2 pairs were dropped \(100%; coverage 2\), so none is left"
    with pytest.raises(CoverageError, match=dropped):
        fit(["2024-01-02"])


def test_dropped_pairs_come_in_the_order_of_the_file():
    rows = ["2024-01-02", 34, 100, 102, 150]
    stages = [row[:3] for row in lost(fit(rows, overlap="drop_all"))]
    assert stages == [
        (f"E{i}", m, stage)
        for i, stage in enumerate(["coverage", "min_obs", "overlap", "overlap"])
        for m in ("A", "B")
    ]


def test_pairs_stand_in_time_and_are_shown_in_the_order_of_the_file():
    rows = [150, 100, 171, 100, 133]
    results = fit(rows)
    sample = results.fitted.sample
    assert sample.event.tolist() == [1, 1, 3, 3, 4, 4, 0, 0, 2, 2]
    shown = [(f"E{i}", market) for i in range(5) for market in ("A", "B")]
    for name in ("models", "car", "alignment"):
        frame = getattr(results, name)
        assert list(zip(frame["event_id"], frame["security"], strict=True)) == shown
    sessions = results.abnormal_returns.query("tau == 0")["session"]
    assert sessions.tolist() == [DATES[row] for row in rows for _ in range(2)]
    usual = fit(sorted(rows))
    pd.testing.assert_frame_equal(results.statistics, usual.statistics, check_exact=True)
    pd.testing.assert_frame_equal(results.caar, usual.caar, check_exact=True)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_news_items_of_one_day_the_earlier_stays_whatever_the_file(order):
    table = pd.DataFrame(
        {"event_id": ["first", "second"], "date": [DATES[100]] * 2, "headline": ["a", "b"]}
    )
    prices = PricePanel.from_frame(FRAME, content="returns")
    study = replace(STUDY, overlap="drop_later")
    results = study.fit(Events.from_frame(table.iloc[list(order)]), prices)
    assert set(results.models["event_id"]) == {"first"}


def test_a_widened_window_overlaps_from_its_earlier_start():
    rows = [100, 105]  # windows [-2, 2]: 98 to 102 and 103 to 107, widened 102 to 107
    plain = fit(rows)
    assert set(plain.alignment["overlaps"]) == {""}
    widened = fit(rows, ambiguous="widen")
    shared = widened.alignment.set_index(["event_id", "security"])["overlaps"]
    assert shared["E0", "A"] == "E1"
    assert shared["E1", "A"] == "E0"
    for policy, left in (("drop_later", {"E0"}), ("drop_all", set())):
        study = replace(STUDY, ambiguous="widen", overlap=policy)
        prices = PricePanel.from_frame(FRAME, content="returns")
        if left:
            assert set(study.fit(events(rows), prices).models["event_id"]) == left
        else:
            with pytest.raises(CoverageError):
                study.fit(events(rows), prices)


def test_masking_covers_the_session_a_widened_window_adds():
    plain = fit([60, 100], mask_events=True).models.set_index(["event_id", "security"])
    wide = fit([60, 100], mask_events=True, ambiguous="widen")
    wide = wide.models.set_index(["event_id", "security"])
    # widened: day 0 of E1 is a session later, and E0 takes a session more out of its estimation
    assert plain.loc[("E1", "A"), "n_obs"] - wide.loc[("E1", "A"), "n_obs"] == 1


def test_widening_into_the_estimation_window_is_refused():
    with pytest.raises(SpecificationError, match=r"reaches estimation_window"):
        fit([100], ambiguous="widen", estimation_window=(-60, -3))


def test_a_market_without_any_row_is_lost_at_coverage():
    prices = PricePanel.from_frame(FRAME.assign(A=np.nan, B=1.0 + FRAME["B"].cumsum()))
    study = replace(STUDY, markets=("A",), model=MarketModel("B"))
    with pytest.raises(CoverageError, match="coverage 1"):
        study.fit(events([100]), prices)


def plain_overlapping(pairs, alive, day0, extension, rank, reach, policy):
    clash = np.full(len(pairs.event), -1, dtype=np.int64)
    rows = np.flatnonzero(alive)
    order = rows[np.lexsort((rank[pairs.event[rows]], day0[rows], pairs.security[rows]))]
    kept = []
    for place, row in enumerate(order):
        earlier = kept[-1:] if policy == "drop_later" else order[:place][::-1]
        near = [
            rival
            for rival in earlier
            if pairs.security[rival] == pairs.security[row]
            and day0[row] - extension[row] - day0[rival] <= reach
        ]
        if policy == "drop_later":
            clash[row] = near[0] if near else -1
            kept += [] if near else [row]
            continue
        for rival in near:
            clash[row] = rival if clash[row] < 0 else clash[row]
            clash[rival] = row if clash[rival] < 0 else clash[rival]
    return clash


@pytest.mark.parametrize("policy", ["drop_later", "drop_all"])
def test_overlaps_are_those_found_one_by_one(policy):
    rng = np.random.default_rng(2)
    for _ in range(60):
        size = int(rng.integers(0, 20))
        pairs = SimpleNamespace(event=rng.integers(0, 9, size), security=rng.integers(0, 3, size))
        day0, extension = rng.integers(0, 60, size), rng.integers(0, 12, size)
        extension[rng.random(size) < rng.choice([0.5, 1.0])] = 0
        case = (rng.random(size) < 0.9, day0, extension, rng.permutation(9), 4, policy)
        assert _overlapping(pairs, *case).tolist() == plain_overlapping(pairs, *case).tolist()
