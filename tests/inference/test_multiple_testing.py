"""Many placebo tests at once: step-down within a group, Holm and Benjamini-Hochberg across."""

from __future__ import annotations

import math

import numpy as np
import oracle_family
import pandas as pd
import pytest
import studies
from oracle import Case
from statsmodels.stats.multitest import multipletests

from eventstudy import (
    ConstantMean,
    Events,
    EventStudy,
    NotApplicableError,
    PricePanel,
)
from eventstudy.inference.measured_size import wilson
from eventstudy.inference.multiple_testing import COLUMNS, step_down

pytestmark = pytest.mark.fast_tests(3)

DATES = pd.bdate_range("2022-01-03", periods=420)
WINDOWS = [(0, 0), (0, 1), (-1, 1)]


def panel(*names: str, seed: int = 1, periods: int = 420) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    common = rng.normal(0, 0.008, (periods, 1))
    own = rng.normal(0, 0.01, (periods, len(names)))
    return pd.DataFrame(common + own, index=DATES[:periods], columns=list(names))


def fit(frame, rows, **settings):
    columns = settings.pop("columns", {})
    table = pd.DataFrame(
        {"event_id": [f"E{i:02d}" for i in range(len(rows))], "date": DATES[rows], **columns}
    )
    given = {
        "markets": tuple(frame.columns),
        "model": ConstantMean(),
        "estimation_window": (-80, -11),
        "event_window": (-2, 2),
        "car_windows": WINDOWS,
        "statistics": "placebo",
        "calendar": "data",
        "date_only": "same",
        "min_obs": 50,
        "draws": 300,
    }
    study = EventStudy(**(given | settings))
    return study.fit(Events.from_frame(table), PricePanel.from_frame(frame, content="returns"))


# ---------------------------------------------------------------- the step-down itself


def test_a_hand_made_family():
    """Ten placements, the real one added: A beats all, B is fifth of eleven among the rest."""
    a = np.arange(10.0)
    b = np.array([4.0, 9.0, 0.0, 7.0, 2.0, 5.0, 8.0, 1.0, 6.0, 3.0])
    answer = step_down(np.array([20.0, 5.5]), np.column_stack([a, b]))
    # A: 1 of 11. B: the real one, 9, 7, 8 and 6: 5 of 11.
    np.testing.assert_allclose(answer.joint, [1 / 11, 5 / 11])
    # One draw is first in B, so that two of eleven placements have a minimum of 1/11.
    # B is left alone after A, and keeps its own p-value.
    np.testing.assert_allclose(answer.adjusted, [2 / 11, 5 / 11])
    answer = step_down(np.array([5.5, 20.0]), np.column_stack([a, b]))
    np.testing.assert_allclose(answer.joint, [5 / 11, 1 / 11])
    np.testing.assert_allclose(answer.adjusted, [5 / 11, 2 / 11])


def test_the_smallest_p_value_is_compared_with_the_smallest_ones():
    """Two members that never move together: each draw's minimum is the better of two ranks."""
    a = np.arange(10.0)
    answer = step_down(np.array([8.5, -1.0]), np.column_stack([a, a[::-1]]))
    assert answer.joint[0] == pytest.approx(2 / 11)
    # One draw beats A in A, the lowest B has rank 11 of 11; in B the draws have ranks 1 to 10 of
    # 11, so that draws 0 and 1 (ranks 1/11 and 2/11) and draw 9 (1/11), and the real one, count.
    assert answer.adjusted[0] == pytest.approx(4 / 11)
    assert answer.adjusted[1] == 1.0


@pytest.mark.parametrize("holds_real", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_step_down_equals_brute_force(seed, holds_real):
    rng = np.random.default_rng(seed)
    draws = np.abs(rng.normal(size=(40, 5)) + rng.normal(size=(40, 1)))
    draws = np.round(draws, 1)  # ties
    draws[rng.random(draws.shape) < 0.05] = np.nan
    real = np.abs(rng.normal(1.0, 1.0, 5))
    real[1] = np.nan
    table = draws.tolist()
    if holds_real:
        draws[7] = real
        table[7] = real.tolist()
        at = 7
    else:
        table.append(real.tolist())
        at = len(table) - 1
    answer = step_down(real, draws, holds_real=holds_real)
    own, adjusted = oracle_family.step_down(table, at)
    np.testing.assert_allclose(answer.joint, own, rtol=1e-12)
    np.testing.assert_allclose(answer.adjusted, adjusted, rtol=1e-12)
    known = answer.adjusted[np.argsort(answer.joint, kind="stable")]
    assert (np.diff(known[np.isfinite(known)]) >= 0).all()
    assert (answer.adjusted[np.isfinite(real)] >= answer.joint[np.isfinite(real)]).all()


@pytest.mark.parametrize("seed", range(6))
def test_own_p_values_give_the_order_and_the_least(seed):
    rng = np.random.default_rng(seed)
    draws = np.round(np.abs(rng.normal(size=(60, 5)) + rng.normal(size=(60, 1))), 1)
    real = np.abs(rng.normal(1.5, 1.0, 5))
    alone = rng.choice([0.002, 0.01, 0.01, 0.3, 0.5], 5)
    alone[4] = np.nan  # no test of its own, so not in the family
    answer = step_down(real, draws, own=alone)
    table = [*draws.tolist(), real.tolist()]
    joint, adjusted = oracle_family.step_down(table, len(table) - 1, alone.tolist())
    np.testing.assert_allclose(answer.adjusted, adjusted, rtol=1e-12)
    np.testing.assert_allclose(answer.joint[:4], joint[:4], rtol=1e-12)
    assert math.isnan(answer.adjusted[4])
    assert (answer.adjusted[:4] >= alone[:4]).all()
    order = np.lexsort((joint[:4], alone[:4]))
    assert (np.diff(answer.adjusted[order]) >= 0).all()
    # Own p-values that are the joint ones change nothing.
    same = step_down(real, draws, own=step_down(real, draws).joint)
    np.testing.assert_array_equal(same.adjusted, step_down(real, draws).adjusted)


def test_copies_of_one_member_cost_nothing():
    rng = np.random.default_rng(3)
    one = np.abs(rng.normal(size=(200, 1)))
    alone = step_down(np.array([1.5]), one)
    many = step_down(np.full(6, 1.5), np.repeat(one, 6, axis=1))
    np.testing.assert_allclose(many.adjusted, alone.joint[0])


def test_too_few_draws_of_a_member_leave_it_out():
    rng = np.random.default_rng(4)
    draws = np.abs(rng.normal(size=(60, 2)))
    draws[10:, 1] = np.nan
    answer = step_down(np.array([1.0, 9.0]), draws, least=20)
    assert math.isnan(answer.joint[1])
    assert answer.adjusted[0] == answer.joint[0]
    assert list(answer.n_draws) == [60, 10]


@pytest.mark.slow
@pytest.mark.parametrize("shared", [0.0, 0.8])
def test_the_family_rejects_five_percent_of_true_nulls(shared):
    """Five members, correlated or not, all null: the chance of any error is 5 %."""
    rng = np.random.default_rng(11)
    errors = 0
    trials = 800
    for _ in range(trials):
        values = math.sqrt(1 - shared) * rng.standard_t(3, size=(500, 5))
        values += math.sqrt(shared) * rng.standard_t(3, size=(500, 1))
        values = np.abs(values)
        errors += bool((step_down(values[0], values[1:]).adjusted <= 0.05).any())
    low, high = wilson(errors, trials)
    assert low <= 0.05 <= high


@pytest.mark.slow
def test_a_false_null_does_not_spend_the_error_of_the_others():
    rng = np.random.default_rng(12)
    errors = found = 0
    trials = 600
    for _ in range(trials):
        values = rng.normal(size=(400, 5))
        values[0, 0] += 6.0
        adjusted = step_down(np.abs(values[0]), np.abs(values[1:])).adjusted
        found += adjusted[0] <= 0.05
        errors += bool((adjusted[1:] <= 0.05).any())
    low, high = wilson(errors, trials)
    assert found > 0.95 * trials
    assert low <= 0.05 <= high


# ---------------------------------------------------------------- of a study


@pytest.mark.slow
def test_every_member_equals_the_oracle_where_all_placements_are_listed():
    """One cluster of three dates in three markets: some fifty placements, all counted out."""
    frame = panel("A", "B", "C", seed=2, periods=120)
    rows = [90, 93, 96]
    results = fit(frame, rows, draws=500)
    case = Case(
        returns={name: frame[name] for name in frame},
        factors=None,
        pairs=[(f"E{i:02d}", name, DATES[row]) for i, row in enumerate(rows) for name in frame],
        model="constant_mean",
        estimation=(-80, -11),
        event=(-2, 2),
        min_obs=50,
    )
    for side in ("two-sided", "less"):
        own, adjusted, n = oracle_family.family(case, WINDOWS, side)
        shown = results.test_family("all", alternative=side)
        assert len(shown) == 9
        assert set(shown["n_draws_joint"]) == {n}
        for row in shown.itertuples(index=False):
            member = ((row.window_start, row.window_end), row.security)
            assert row.pvalue == pytest.approx(own[member], rel=1e-9), member
            assert row.pvalue_stepdown == pytest.approx(adjusted[member], rel=1e-9), member
        assert set(shown["group_pvalue"]) == {min(adjusted.values())} or np.allclose(
            shown["group_pvalue"], min(adjusted.values()), rtol=1e-9
        )


@pytest.mark.slow
def test_two_clusters_equal_the_oracle():
    frame = panel("A", "B", seed=3, periods=90)
    rows = [66, 80, 80]  # two events on one day count once
    results = fit(frame, rows, draws=4000, car_windows=[(0, 0), (-1, 1)])
    case = Case(
        returns={name: frame[name] for name in frame},
        factors=None,
        pairs=[(f"E{i:02d}", name, DATES[row]) for i, row in enumerate(rows) for name in frame],
        model="constant_mean",
        estimation=(-80, -11),
        event=(-2, 2),
        min_obs=50,
    )
    own, adjusted, n = oracle_family.family(case, [(0, 0), (-1, 1)])
    assert n > 100
    for row in results.family.itertuples(index=False):
        member = ((row.window_start, row.window_end), row.security)
        assert row.n_draws_joint == n
        assert row.pvalue == pytest.approx(own[member], rel=1e-9)
        assert row.pvalue_stepdown == pytest.approx(adjusted[member], rel=1e-9)
        assert row.n_pairs == 3


@pytest.mark.slow
def test_one_market_in_one_window_is_the_placebo_test_itself():
    results = fit(panel("A", seed=5), [150, 200, 260, 330], car_windows=[(0, 1)])
    (row,) = results.family.itertuples(index=False)
    placebo = results.test("placebo", (0, 1))["pvalue"].iloc[0]
    assert row.pvalue == row.pvalue_stepdown == row.group_pvalue == placebo
    assert row.group_pvalue_holm == row.group_pvalue_bh == placebo
    assert row.n_groups == 1


KINDS = ["deal", "threat", "deal", "threat", "talk", "talk", "deal", "threat"]
TONES = ["up", "down", "up", "down", "up", "down", "up", "down"]
ROWS = [120, 150, 180, 210, 240, 280, 320, 360]


@pytest.fixture(scope="module")
def grouped():
    frame = panel("A", "B", seed=6)
    frame.iloc[[ROWS[0], ROWS[2], ROWS[6]]] += 0.1
    return fit(
        frame,
        ROWS,
        by=["kind", "tone", "security", "kind*tone", "kind*security"],
        columns={"kind": KINDS, "tone": TONES},
    )


def test_the_frame_has_a_row_for_every_group_window_and_market(grouped):
    frame = grouped.family
    assert tuple(frame.columns) == COLUMNS
    groups = ["all", "kind=deal", "kind=talk", "kind=threat", "tone=down", "tone=up"]
    groups += ["kind*tone=deal*up", "kind*tone=talk*down", "kind*tone=talk*up"]
    groups += ["kind*tone=threat*down"]
    assert list(dict.fromkeys(frame["group"])) == groups
    assert len(frame) == len(groups) * 3 * 2
    assert not frame["group"].str.contains("security").any()
    deal = frame[frame["group"] == "kind=deal"]
    assert (deal["n_pairs"] == 3).all()
    assert (deal["group_pvalue"] == deal["pvalue_stepdown"].min()).all()
    assert (frame["pvalue_stepdown"] >= frame["pvalue"] - 1e-15).all()
    ar = grouped.car.query("event_id in ['E00', 'E02', 'E06'] and security == 'A'")
    mean = ar[(ar["window_start"] == 0) & (ar["window_end"] == 0)]["car"].mean()
    at = deal.query("security == 'A' and window_start == 0 and window_end == 0")
    assert at["estimate"].iloc[0] == pytest.approx(mean)


@pytest.mark.slow
def test_holm_and_benjamini_hochberg_run_over_the_distinct_groups(grouped):
    frame = grouped.family.drop_duplicates("group").set_index("group")
    # Groups of the same pairs are one: all deals are up, all threats are down.
    one = {"kind*tone=deal*up": "kind=deal", "kind*tone=threat*down": "kind=threat"}
    for copy, original in one.items():
        assert frame.loc[copy, "group_pvalue"] == frame.loc[original, "group_pvalue"]
        assert frame.loc[copy, "group_pvalue_holm"] == frame.loc[original, "group_pvalue_holm"]
    distinct = frame.drop(index=["all", *one])
    assert (distinct["n_groups"] == len(distinct)).all()
    p = distinct["group_pvalue"].tolist()
    for column, method, loops in (
        ("group_pvalue_holm", "holm", oracle_family.holm),
        ("group_pvalue_bh", "fdr_bh", oracle_family.benjamini_hochberg),
    ):
        np.testing.assert_allclose(distinct[column], multipletests(p, method=method)[1])
        np.testing.assert_allclose(distinct[column], loops(p))
    # `all` holds every other group: it is not adjusted for them.
    assert frame.loc["all", ["group_pvalue_holm", "group_pvalue_bh"]].isna().all()


def test_an_effect_in_one_market_is_found_there_and_moves_its_group(grouped):
    deal = grouped.family.query("group == 'kind=deal'").set_index(["window_start", "window_end"])
    assert deal.query("security == 'A'")["estimate"].loc[0, 0].item() > 0.05
    # The group p is the smallest adjusted one, so never below the smallest own one.
    assert deal["group_pvalue"].iloc[0] >= deal["pvalue"].min()


@pytest.mark.slow
def test_what_cannot_be_tested_is_listed_with_the_reason():
    frame = panel("A", "B", seed=7)
    frame.iloc[-1, 1] = np.nan
    results = fit(frame, [418, 419], car_windows=[(0, 0), (1, 1)], columns={"kind": ["x", "y"]},
                  by=["kind"])  # fmt: skip
    rows = results.family.set_index(["group", "window_start", "security"])
    late = rows.loc["kind=y", 1, "A"]
    assert late["note"] == "not available: no abnormal return in this window"
    assert late["n_pairs"] == 0
    assert math.isnan(late["estimate"])
    assert math.isnan(late["pvalue"])
    assert "no abnormal return" in rows.loc["kind=y", 0, "B"]["note"]
    assert rows.loc["kind=x", 0, "A"]["note"].startswith("one date: event-induced variance")


def test_without_placements_every_member_says_so():
    results = fit(panel("A", "B", seed=8, periods=96), [88], min_obs=70)
    assert results.family["pvalue"].isna().all()
    assert results.family["group_pvalue"].isna().all()
    assert (results.family[["n_draws", "n_draws_joint"]] == 0).all(axis=None)
    assert results.family["note"].str.startswith("not available: only").all()


def test_there_is_no_family_without_placebos():
    frame = panel("A", seed=9)
    assert fit(frame, [150, 200], draws=0).family.empty
    assert fit(frame, [150, 200], statistics="sign").family.empty


@pytest.mark.slow
def test_later_questions_and_saved_answers(grouped, tmp_path):
    assert grouped.test_family().equals(grouped.family)
    one = grouped.test_family("kind", windows=[(0, 0)])
    assert set(one["group"]) == {"kind=deal", "kind=talk", "kind=threat"}
    assert (one["n_groups"] == 3).all()
    assert len(one) == 3 * 2
    with pytest.raises(NotApplicableError, match="leave security out"):
        grouped.test_family("kind*security")
    with pytest.raises(NotApplicableError, match="not inside the event window"):
        grouped.test_family(windows=[(0, 9)])
    from eventstudy import load_results

    grouped.save(tmp_path / "out", report=False)
    assert (tmp_path / "out" / "family.csv").exists()
    back = load_results(tmp_path / "out")
    pd.testing.assert_frame_equal(
        back.test_family().drop(columns=["note"]).astype({"n_groups": "Int64"}),
        grouped.family.drop(columns=["note"]),
        check_dtype=False,
        rtol=1e-9,
    )
    with pytest.raises(NotApplicableError, match="read from a folder"):
        back.test_family("tone")


@pytest.mark.slow
def test_the_order_of_groupings_and_the_executor_change_nothing(grouped):
    again = grouped.test_family("tone")
    same = grouped.family[grouped.family["group"].str.startswith("tone=")]
    columns = ["group", "pvalue", "pvalue_stepdown", "group_pvalue"]
    assert (same["n_draws_joint"] == again["n_draws_joint"].to_numpy()).all()
    pd.testing.assert_frame_equal(
        again[columns].reset_index(drop=True), same[columns].reset_index(drop=True)
    )


@pytest.mark.slow
def test_findings_mention_the_family(grouped):
    texts = [finding.detail for finding in grouped.report_content().findings]
    mention = [text for text in texts if "Counting 3 windows in 2 markets" in text]
    # a market is a member of the family, and has none of its own
    significant = [
        finding
        for finding in grouped.report_content().findings
        if finding.group is not None and "security" not in finding.group and not finding.is_answer
    ]
    assert len(mention) == len(significant) > 0
    assert "(step-down)" in mention[0]


@pytest.mark.slow
def test_signed_pairs_are_pooled_in_their_expected_direction():
    frame = panel("A", "B", seed=10)
    signs = {"expected_sign": ["+", "-", "+", "-"]}
    rows = [150, 200, 260, 330]
    plus = fit(frame, rows, columns=signs, sign="expected").family
    turned = frame.copy()
    means = frame.mean()
    assert plus["estimate"].notna().all()
    minus = fit(2 * means - turned, rows, columns={"expected_sign": ["-", "+", "-", "+"]},
                sign="expected").family  # fmt: skip
    np.testing.assert_allclose(minus["estimate"], plus["estimate"], atol=1e-12)
    np.testing.assert_allclose(minus["pvalue_stepdown"], plus["pvalue_stepdown"])


@pytest.mark.slow
def test_random_studies_of_the_oracle_keep_the_order_of_adjustment():
    case, daily = studies.random_study(5, model="constant_mean", n_events=4)
    results = studies.fitted(case, daily, statistics="placebo", draws=200)
    frame = results.family
    known = frame[frame["pvalue"].notna()].sort_values("pvalue")
    assert len(known)
    assert (known["pvalue_stepdown"].diff().dropna() >= -1e-12).all()


# ---------------------------------------------------------------- draws that grow


@pytest.fixture(scope="module")
def strong():
    """Four kinds of news, of which one moves market A by far more than chance on twelve dates."""
    frame = panel("A", "B", seed=13)
    deals = [120 + 24 * number for number in range(12)]
    frame.iloc[deals, 0] += 0.1
    others = [128 + 30 * number for number in range(9)]
    kinds = ["deal"] * 12 + ["threat", "talk", "rumour"] * 3
    return lambda **given: fit(
        frame, [*deals, *others], by=["kind"], columns={"kind": kinds}, **given
    )


def test_draws_grow_where_none_reaches_a_member_and_holm_could_not_be_small(strong):
    frame = strong(draws=100).family
    deal = frame[frame["group"] == "kind=deal"]
    # 6 tests in 4 groups: 480 draws could do, four times as many are taken.
    assert set(deal["n_draws_joint"]) == {1920}
    rest = frame[frame["group"].isin(["all", "kind=talk"])]
    assert set(rest["n_draws_joint"]) == {100}
    # The tests by themselves keep their draws and their p-values.
    assert set(frame["n_draws"]) == {100}
    assert deal["pvalue"].min() == deal["group_pvalue"].iloc[0] == 1 / 101
    assert deal["group_pvalue_holm"].iloc[0] == pytest.approx(4 / 101)
    assert not frame["note"].str.contains("cannot resolve").any()
    pd.testing.assert_frame_equal(strong(draws=100).family, frame)


def test_a_family_too_few_draws_can_resolve_says_how_many_would_do(strong, monkeypatch):
    from eventstudy.inference import multiple_testing

    frame = strong(draws=60).family
    said = frame[frame["note"].str.contains("cannot resolve")]
    assert list(said["group"]) == ["kind=deal"]
    assert (
        "60 draws of its own cannot resolve 6 tests in 4 groups: 80 would do"
        in said["note"].iloc[0]
    )
    monkeypatch.setattr(multiple_testing, "MOST_DRAWS", 150)
    frame = strong(draws=100).family
    said = frame[frame["note"].str.contains("cannot resolve")]
    assert list(said["group"]) == ["kind=deal"]
    assert said["pvalue"].iloc[0] == 1 / 101
    assert (
        "150 shared draws cannot resolve 6 tests in 4 groups: 480 would do" in said["note"].iloc[0]
    )


def test_where_no_more_placements_exist_the_note_says_so():
    frame = panel("A", "B", seed=14, periods=130)
    frame.iloc[100] += 0.3
    kinds = {"kind": ["a", "b", "c", "d", "e"]}
    results = fit(frame, [100, 90, 105, 110, 95], by=["kind"], columns=kinds, draws=400)
    said = results.family[results.family["note"].str.contains("cannot resolve")]
    assert set(said["group"]) == {"kind=a"}
    assert said["note"].str.endswith("600 would do, and no more placements exist").all()
