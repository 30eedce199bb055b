"""Pairs whose event windows overlap, merged into one: what it is, and who is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from eventstudy import (
    ConstantMean,
    Events,
    EventStudy,
    PricePanel,
    SpecificationError,
)
from eventstudy.calibration import calibrate
from eventstudy.curve import specification_curve
from eventstudy.inference import STATISTICS

DATES = pd.bdate_range("2022-01-03", periods=220)
FRAME = pd.DataFrame(
    np.random.default_rng(31).normal(0, 0.01, (220, 2)), index=DATES, columns=["A", "B"]
)
STUDY = EventStudy(
    markets=("A", "B"), model=ConstantMean(), estimation_window=(-60, -16), event_window=(-1, 1),
    car_windows=[(0, 0), (-1, 1)], statistics="cross_sectional_t", calendar="data",
    date_only="same", min_obs=30, max_loss=0.0, draws=0, overlap="merge",
)  # fmt: skip


def fit(rows, columns=None, frame=FRAME, **settings):
    table = pd.DataFrame({"event_id": [f"E{i}" for i in range(len(rows))]})
    table["date"] = [DATES[row] for row in rows]
    events = Events.from_frame(table.assign(**(columns or {})))
    prices = PricePanel.from_frame(frame, content="returns")
    return replace(STUDY, **settings).fit(events, prices)


def kept(results):
    return list(zip(results.models["event_id"], results.models["security"], strict=True))


def lost(results):
    return [tuple(row) for row in results.dropped.to_numpy()]


def test_a_chain_is_one_observation_from_the_earliest_to_the_latest():
    """102 reaches 104, 104 reaches 105; 110 is far. tau = 0 is the day 0 of the latest."""
    results = fit([102, 104, 105, 110])
    assert kept(results) == [(e, m) for e in ("E0", "E3") for m in ("A", "B")]
    at = f"merged into E0 at {DATES[105]:%Y-%m-%d}, windows 3 sessions longer"
    assert lost(results) == [(e, m, "overlap", at) for e in ("E1", "E2") for m in ("A", "B")]
    shown = results.abnormal_returns.set_index(["event_id", "security"]).loc[("E0", "A")]
    assert shown["tau"].tolist() == [-4, -3, -2, -1, 0, 1]
    assert shown["session"].tolist() == list(DATES[101:107])
    mean = FRAME["A"].iloc[105 - 60 : 105 - 15].mean()
    cars = results.car.set_index(["event_id", "security", "window_start"])
    wide, narrow = cars.loc[("E0", "A", -1)], cars.loc[("E0", "A", 0)]
    np.testing.assert_allclose(wide["car"], (FRAME["A"].iloc[101:107] - mean).sum(), rtol=1e-10)
    np.testing.assert_allclose(narrow["car"], (FRAME["A"].iloc[102:106] - mean).sum(), rtol=1e-10)
    assert (wide["n_sessions"], narrow["n_sessions"]) == (6, 4)
    alone = results.abnormal_returns.set_index(["event_id", "security"]).loc[("E3", "B")]
    assert alone["tau"].tolist() == [-1, 0, 1]


@pytest.mark.parametrize(("apart", "together"), [(0, True), (2, True), (3, False)])
def test_windows_that_only_touch_stay_apart(apart, together):
    results = fit([100, 100 + apart])
    assert len(kept(results)) == (2 if together else 4)
    assert results.fitted.sample.extension.tolist() == ([apart] * 2 if together else [0] * 4)


def test_markets_are_merged_each_on_its_own():
    results = fit([100, 101], {"markets": ["A;B", "B"]})
    assert kept(results) == [("E0", "A"), ("E0", "B")]
    assert results.fitted.sample.extension.tolist() == [0, 1]
    assert [row[:3] for row in lost(results)] == [
        ("E1", "A", "market"),
        ("E1", "B", "overlap"),
    ]


def test_the_earliest_event_stands_for_all_whatever_the_order_of_rows():
    results = fit([105, 104])
    assert kept(results) == [("E1", "A"), ("E1", "B")]
    assert {row[3].split(" at ")[0] for row in lost(results)} == {"merged into E1"}


def test_a_merged_pair_is_no_loss():
    """max_loss is 0 above; a pair dropped for overlap is one, merged it is not."""
    assert len(lost(fit([100, 101, 150]))) == 2
    with pytest.raises(Exception, match="2 of 6 pairs were dropped"):
        fit([100, 101, 150], overlap="drop_later")


def test_groups_hold_what_all_merged_events_agree_on():
    columns = {
        "category": ["deal", "deal", "talk", "deal"],
        "direction": ["escalation", "de-escalation", "neutral", "neutral"],
        "expected_sign": ["+", "+", "-", "+"],
    }
    results = fit([100, 101, 140, 141], columns, by=("category", "direction", "date", "event_id"))
    found = set(results.statistics["group"])
    assert {"category=deal", "category=(mixed)", "direction=(mixed)", "direction=neutral"} <= found
    assert {"date=(mixed)", "event_id=E0", "event_id=E2"} <= found
    assert not {"category=talk", "direction=escalation"} & found
    signed = fit([100, 101, 140, 141], columns, sign="expected")
    assert signed.fitted.design.sign.tolist() == [1.0, 1.0, 0.0, 0.0]


def test_a_date_is_its_text_beside_what_is_mixed():
    results = fit([100, 101, 150], by="date")
    groups = set(results.statistics["group"])
    assert groups == {"all", "date=(mixed)", f"date={DATES[150]:%Y-%m-%d}"}


def test_a_chain_that_reaches_the_estimation_window_is_refused():
    rows = list(range(100, 118))
    with pytest.raises(SpecificationError) as refused:
        fit(rows)
    said = str(refused.value)
    assert said.startswith('events.overlap = "merge" links 18 events of A, ')
    assert f"{DATES[100]:%Y-%m-%d} to {DATES[117]:%Y-%m-%d}" in said
    assert "starts 17 sessions earlier" in said
    assert "make windows.event [-1,+1] shorter" in said
    assert said.endswith('or set events.overlap = "drop_later"')
    assert fit(rows[:15]).fitted.sample.extension.tolist() == [14, 14]


def test_a_widened_pair_merges_from_its_earlier_candidate():
    results = fit([100, 102], ambiguous="widen")  # day 0 is a session later, 101 and 103
    assert kept(results) == [("E0", "A"), ("E0", "B")]
    sample = results.fitted.sample
    assert (sample.day0.tolist(), sample.extension.tolist()) == ([103, 103], [3, 3])


def test_what_is_merged_goes_with_the_pair_it_is_merged_into():
    frame = FRAME.copy()
    frame.iloc[:102, 0] = 0.01  # no variance to standardise by in A
    with pytest.raises(Exception, match="1 of 2 pairs were dropped"):
        fit([100, 101], frame=frame)
    results = fit([100, 101, 170], frame=frame, max_loss=0.5)
    assert kept(results) == [("E0", "B"), ("E2", "A"), ("E2", "B")]
    assert [row[:3] for row in lost(results)] == [
        ("E0", "A", "model"), ("E1", "A", "overlap"), ("E1", "B", "overlap"),
    ]  # fmt: skip
    assert results.fitted.labels["date"].astype(str).tolist()[0] == "(mixed)"


def test_every_statistic_and_the_placebo_take_merged_pairs():
    """Placebos of a merged pair have its longer window and keep their distance from its start."""
    rows = [90, 92, 110, 140, 143, 170, 190]
    names = STATISTICS.names()
    results = fit(rows, statistics=names, draws=200, event_window=(-1, 2), max_loss=0.5)
    design = results.fitted.design
    assert design.table.extension[::2].tolist() == [2, 0, 3, 0, 0]
    assert design.placebo.widths.tolist() == [0, 2, 3]
    rows = results.statistics[results.statistics["window_start"] == -1].set_index("name")
    assert np.isfinite(rows.loc["placebo", "pvalue"]).all()
    assert np.isfinite(rows.loc["kolari_pynnonen", "size"]).all()
    answered = results.statistics.groupby("name")["statistic"].apply(lambda s: s.notna().any())
    assert set(answered.index) == set(names)
    assert answered[["bmp", "joint_f", "corrado_rank"]].all()


def test_placebo_windows_of_merged_pairs_never_share_a_session():
    from eventstudy.estimation.abnormal import cumulate
    from eventstudy.inference.design import Cumulated, GroupCache, gather_evidence
    from eventstudy.windows import Window

    results = fit([90, 92, 94, 130, 170, 172], draws=300, markets=("A",))
    design, window = results.fitted.design, Window(-1, 1)
    assert design.table.extension.tolist() == [4, 0, 2]
    session = Cumulated(
        window=window,
        real=cumulate(design.table, window),
        placebo=cumulate(design.placebo.table, window),
    )
    held = np.arange(3)
    drawn = gather_evidence(design, held, held[:0], session, GroupCache()).drawn
    table = design.placebo.table
    day0, extension = np.empty((drawn.n_draws, 3), int), np.empty((drawn.n_draws, 3), int)
    for block in drawn.blocks:
        day0[:, block.columns] = table.day0[block.rows][block.pick]
        extension[:, block.columns] = table.extension[block.rows][block.pick]
    assert (extension == [4, 0, 2]).all()
    order = np.argsort(day0, axis=1)
    day0 = np.take_along_axis(day0, order, axis=1)
    first = day0 - np.take_along_axis(extension, order, axis=1) - 1
    assert len(np.unique(day0, axis=0)) > 100
    assert (first[:, 1:] > day0[:, :-1] + 1).all()


@pytest.mark.slow
def test_calibration_and_curve_group_merged_pairs_as_the_study_does():
    """E0 (a) and E1 (b) are one pair a market, of group (mixed) and of no other."""
    rng = np.random.default_rng(9)
    dates = pd.bdate_range("2022-01-03", periods=300)
    prices = PricePanel.from_frame(
        pd.DataFrame(rng.normal(0, 0.01, (300, 2)), index=dates, columns=["A", "B"]),
        content="returns",
    )
    rows = [102, 103, 130, 160, 190, 220]
    table = pd.DataFrame({"event_id": [f"E{i}" for i in range(len(rows))]})
    events = Events.from_frame(
        table.assign(date=[dates[row] for row in rows], category=["a", "b", *"aaaa"])
    )
    asked = replace(STUDY, by=("category",), draws=60, car_windows=[(0, 0)], statistics="placebo")
    fitted = asked.fit(events, prices).tidy("category", windows=[(0, 0)]).set_index("group")
    assert fitted["n_pairs"].to_dict() == {"category=(mixed)": 2, "category=a": 8}
    measured = calibrate(asked, events, prices, statistics="placebo").frame
    sizes = measured.drop_duplicates("group").set_index("group")["n_pairs"]
    assert sizes.drop("all").to_dict() == fitted["n_pairs"].to_dict()
    choices = {"models": ["constant_mean"], "estimation": [[-60, -16]], "car": [[0, 0]]}
    curve = specification_curve(
        asked, events, prices, group="category=a", choices=choices, draws=60
    )
    (row,) = curve.specifications.to_dict("records")
    assert row["n_pairs"] == 8
    assert row["estimate"] == pytest.approx(fitted.loc["category=a", "estimate"], rel=1e-12)
