"""The joint regression: against averages of pairs, plain least squares and plain GLS."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import oracle_joint
import pandas as pd
import pytest
from scipy import stats

from eventstudy import (
    ConstantMean,
    Events,
    EventStudy,
    MarketAdjusted,
    MarketModel,
    NotApplicableError,
    PricePanel,
    SpecificationError,
    load_results,
)

pytestmark = pytest.mark.fast_tests(2)

DATES = pd.bdate_range("2021-01-04", periods=300)
GONE = range(80, 98)  # so that all estimation windows hold the same 80 sessions
DISPERSED = [100, 104, 109, 113]


def panel(seed, n_markets=2, *, missing=(), sessions=300):
    rng = np.random.default_rng(seed)
    common = rng.normal(0, 0.01, (sessions, 1))
    frame = pd.DataFrame(
        0.7 * common + rng.normal(0, 0.01, (sessions, n_markets)),
        index=DATES[:sessions],
        columns=[f"M{n}" for n in range(n_markets)],
    )
    frame.iloc[list(missing)] = np.nan
    return frame.assign(B=common[:, 0] + rng.normal(0, 0.004, sessions))


def fit(frame, rows, model=None, *, columns=None, markets=("M0", "M1"), **settings):
    table = pd.DataFrame({"event_id": [f"E{n}" for n in range(len(rows))]})
    table["date"] = [DATES[row] for row in rows]
    study = EventStudy(
        markets=markets, model=model or ConstantMean(), estimation_window=(-130, -20),
        event_window=(-1, 1), car_windows=[(0, 0), (-1, 1)], statistics="cross_sectional_t",
        calendar="data", date_only="same", min_obs=30, draws=0, joint_weights="equal",
    )  # fmt: skip
    return replace(study, **settings).fit(
        Events.from_frame(table.assign(**(columns or {}))),
        PricePanel.from_frame(frame, content="returns"),
    )


def cars(frame, security, group, window, test="car"):
    row = frame[
        (frame["security"] == security)
        & (frame["group"] == group)
        & (frame["window_start"] == window[0])
        & (frame["window_end"] == window[1])
        & (frame["test"] == test)
    ]
    assert len(row) == 1
    return row.iloc[0]


# -- no overlap: the average of the pairs ---------------------------------------------------------


@pytest.mark.parametrize("window", [(0, 0), (-1, 1)])
def test_without_overlaps_a_constant_mean_gives_the_average_of_the_pairs(window):
    columns = {"category": ["deal", "talk", "deal", "deal"]}
    results = fit(panel(1, missing=GONE), DISPERSED, columns=columns)
    joint = results.joint_regression()
    pairs = results.car.merge(pd.DataFrame({"event_id": ["E0", "E1", "E2", "E3"], **columns}))
    pairs = pairs[(pairs["window_start"] == window[0]) & (pairs["window_end"] == window[1])]
    means = pairs.groupby(["security", "category"])["car"].mean()
    for (security, category), mean in means.items():
        row = cars(joint, security, f"category={category}", window)
        np.testing.assert_allclose(row["estimate"], mean, rtol=1e-11)
        assert row["n_events"] == (3 if category == "deal" else 1)
        assert (row["covariance"], row["note"]) == ("classical", "")


@pytest.mark.parametrize("model", [ConstantMean(), MarketModel("B")])
def test_without_overlaps_a_dummy_an_event_gives_every_pair_and_its_exact_test(model):
    results = fit(panel(2, missing=GONE), DISPERSED, model)
    joint = results.joint_regression("event_id")
    assert len(results.car) == 16
    for pair in results.car.itertuples():
        window = (pair.window_start, pair.window_end)
        row = cars(joint, pair.security, f"event_id={pair.event_id}", window)
        row_values = row[["estimate", "std_error", "statistic", "df", "pvalue"]].astype(float)
        expected = [pair.car, pair.std_error, pair.t, pair.df, pair.pvalue]
        np.testing.assert_allclose(row_values, expected, rtol=1e-9)


def test_market_adjusted_returns_have_no_coefficient():
    results = fit(panel(3, missing=GONE), DISPERSED, MarketAdjusted("B"))
    joint = results.joint_regression("event_id")
    for pair in results.car.itertuples():
        window = (pair.window_start, pair.window_end)
        row = cars(joint, pair.security, f"event_id={pair.event_id}", window)
        np.testing.assert_allclose(row["estimate"], pair.car, rtol=1e-11)
        assert row["df"] == 80


def test_a_widened_window_counts_for_its_share():
    """Sessions only some windows hold: still the average of the pairs."""
    columns = {"precision": ["day", "exact", "day", "exact"]}
    frame = panel(4, missing=GONE)
    results = fit(frame, [101, 106, 111, 116], columns=columns, ambiguous="widen", overlap="merge")
    assert (results.fitted.sample.extension > 0).any()
    joint = results.joint_regression("all")
    mean = results.car.groupby(["security", "window_start"])["car"].mean()
    for security in ("M0", "M1"):
        for start, end in ((0, 0), (-1, 1)):
            row = cars(joint, security, "all", (start, end))
            np.testing.assert_allclose(row["estimate"], mean[security, start], rtol=1e-11)


# -- overlap --------------------------------------------------------------------------------------

OVERLAPPING = [200, 201, 230, 232, 260]
KINDS = {"category": ["a", "b", "a", "b", "a"]}


def used_rows(days, estimation=(-130, -20), event=(-1, 1)):
    rows = set()
    for day in days:
        rows |= set(range(day + estimation[0], day + estimation[1] + 1))
        rows |= set(range(day + event[0], day + event[1] + 1))
    return sorted(rows)


def plain(frame, market, factors=None, days=None, rows=None):
    days = days or {"a": [200, 230, 260], "b": [201, 232]}
    rows = rows or used_rows(OVERLAPPING)
    rows = [row for row in rows if np.isfinite(frame[market].iloc[row])]
    return oracle_joint.joint_design(frame[market], factors, days, rows, (-1, 1))


def test_overlapping_windows_agree_with_plain_least_squares():
    frame = panel(5)
    frame.iloc[150, 0] = np.nan
    results = fit(frame, OVERLAPPING, MarketModel("B"), columns=KINDS, overlap="joint")
    for market in ("M0", "M1"):
        y, x, columns = plain(frame, market, frame[["B"]])
        beta, covariance, _ = oracle_joint.least_squares(y, x)
        df = len(y) - x.shape[1]
        both = []
        for kind in ("a", "b"):
            pick = np.zeros(x.shape[1])
            pick[[columns[kind, tau] for tau in (-1, 0, 1)]] = 1.0
            both.append(pick)
            row = cars(results.joint, market, f"category={kind}", (-1, 1))
            se = np.sqrt(pick @ covariance @ pick)
            p = 2 * stats.t.sf(abs(pick @ beta / se), df)
            row_values = row[["estimate", "std_error", "statistic", "df", "pvalue"]].astype(float)
            expected = [pick @ beta, se, pick @ beta / se, df, p]
            np.testing.assert_allclose(row_values, expected, rtol=1e-9)
            each = np.eye(x.shape[1])[[columns[kind, tau] for tau in (-1, 0, 1)]]
            of = f"category={kind}"
            assert_f(results.joint, market, of, "sessions", each, beta, covariance, df)
        every = np.array(both)
        assert_f(results.joint, market, "all groups", "groups", every, beta, covariance, df)


def assert_f(joint, security, group, test, rows, beta, covariance, df):
    value = rows @ beta
    f = value @ np.linalg.inv(rows @ covariance @ rows.T) @ value / len(rows)
    row = cars(joint, security, group, (-1, 1), test)
    row_values = row[["statistic", "df", "df_denominator", "pvalue"]].astype(float)
    np.testing.assert_allclose(
        row_values, [f, len(rows), df, stats.f.sf(f, len(rows), df)], rtol=1e-7
    )
    assert np.isnan(row["estimate"])
    assert row["note"].startswith("F test: ")


def test_all_markets_together_agree_with_plain_gls():
    """Day 0s differ between the markets, so that GLS is not least squares; common sessions only."""
    frame = panel(6)
    frame.iloc[[150, 231], 0] = np.nan
    columns = KINDS | {"markets": [None, None, None, None, "M1"]}
    results = fit(frame, OVERLAPPING, MarketModel("B"), columns=columns, overlap="joint")
    first = set(used_rows(OVERLAPPING[:4])) - {150, 231}
    rows = sorted(first & set(used_rows(OVERLAPPING)))
    days = [{"a": [200, 230], "b": [201, 232]}, {"a": [200, 230, 260], "b": [201, 232]}]
    built = [
        plain(frame, market, frame[["B"]], days=day, rows=rows)
        for market, day in zip(("M0", "M1"), days, strict=True)
    ]
    # What no common session holds is no column: tau = +1 of 230 in M0 is one with its tau = -1
    ys, xs = [b[0] for b in built], [b[1] for b in built]
    keep = [np.flatnonzero(x.any(axis=0)) for x in xs]
    beta, covariance = oracle_joint.seemingly_unrelated(
        ys, [x[:, k] for x, k in zip(xs, keep, strict=True)]
    )
    widths = [len(k) for k in keep]
    df = len(ys[0]) - max(widths)
    lines = {}
    for kind in ("a", "b"):
        lines[kind] = []
        for place, (_, _, where) in enumerate(built):
            pick = np.zeros(sum(widths))
            for tau in (-1, 0, 1):
                at = np.searchsorted(keep[place], where[kind, tau])
                pick[at + sum(widths[:place])] = 1.0
            lines[kind].append(pick)
        mean = np.mean(lines[kind], axis=0)
        se = np.sqrt(mean @ covariance @ mean)
        row = cars(results.joint, "all", f"category={kind}", (-1, 1))
        row_values = row[["estimate", "std_error", "df"]].astype(float)
        np.testing.assert_allclose(row_values, [mean @ beta, se, df], rtol=1e-7)
        assert "sessions all markets have" in row["note"]
        assert_f(
            results.joint, "all", f"category={kind}", "markets", np.array(lines[kind]), beta,
            covariance, df,
        )  # fmt: skip
    every = np.array(lines["a"] + lines["b"])
    assert_f(results.joint, "all", "all groups", "groups", every, beta, covariance, df)


def test_an_effect_is_given_to_its_own_kind():
    """`a` moves 5 % on its day, `b` not at all; averages of the pairs cannot tell."""
    frame = panel(7)
    frame.loc[DATES[[200, 230, 260]], ["M0", "M1"]] += 0.05
    results = fit(frame, [200, 201, 230, 231, 260, 280], columns={"category": list("ababab")})
    joint = results.joint_regression()
    means = results.car.assign(kind=results.car["event_id"].isin(["E0", "E2", "E4"]))
    naive = means[means["window_start"] == -1].groupby("kind")["car"].mean()
    assert abs(naive[False] - naive[True]) < 0.03
    a, b = (cars(joint, "all", f"category={kind}", (-1, 1))["estimate"] for kind in "ab")
    assert a > 0.035
    assert abs(b) < 0.02


# -- what cannot be told apart --------------------------------------------------------------------


@pytest.mark.slow
def test_kinds_that_always_come_together_are_dropped_and_named():
    columns = {"category": ["a", "b", "a", "b", "c"]}
    results = fit(panel(8), [200, 200, 230, 230, 260], columns=columns, overlap="joint")
    alone = fit(panel(8), [200, 230, 260], columns={"category": ["a", "a", "c"]})
    expected = alone.joint_regression()
    for security in ("M0", "M1", "all"):
        a = cars(results.joint, security, "category=a", (-1, 1))
        b = cars(results.joint, security, "category=b", (-1, 1))
        c = cars(results.joint, security, "category=c", (-1, 1))
        assert a["note"] == "holds category=b as well: their dummies are the same and were dropped"
        assert np.isnan(b["estimate"])
        assert b["note"] == ("not available: dummies dropped, not to be told apart from category=a")
        assert c["note"] == ""
        for row, name in ((a, "a"), (c, "c")):
            same = cars(expected, security, f"category={name}", (-1, 1))
            np.testing.assert_allclose(row["estimate"], same["estimate"], rtol=1e-10)
            np.testing.assert_allclose(row["std_error"], same["std_error"], rtol=1e-10)


def test_a_sum_of_other_dummies_leaves_none_of_them():
    """`c` comes whenever `a` or `b` does: any share of it could be theirs."""
    columns = {"category": ["a", "c", "b", "c", "d"]}
    results = fit(panel(9), [200, 200, 230, 230, 260], columns=columns)
    joint = results.joint_regression()
    for kind in "abc":
        row = cars(joint, "M0", f"category={kind}", (0, 0))
        assert np.isnan(row["estimate"])
        assert row["note"].startswith("not available: dummies dropped, not to be told apart from ")
    assert np.isfinite(cars(joint, "M0", "category=d", (0, 0))["estimate"])


def test_a_missing_return_is_said():
    frame = panel(10)
    frame.iloc[261, 0] = np.nan
    results = fit(frame, [200, 230, 260], columns={"category": ["a", "a", "b"]})
    row = cars(results.joint_regression(), "M0", "category=b", (-1, 1))
    assert row["note"] == "no return at session +1"
    together = cars(results.joint_regression(), "all", "category=b", (-1, 1))
    # Sessions all markets have: M1 has no +1 either.
    assert together["note"].startswith("no return at session +1; on the ")
    one = results.car.set_index(["event_id", "security", "window_start"]).loc[("E2", "M0", -1)]
    assert one["n_sessions"] == 2
    assert np.isfinite(row["estimate"])


def test_events_day_after_day_are_not_told_apart_but_together_they_are():
    results = fit(panel(11), list(range(150, 160)))
    row = cars(results.joint_regression("event_id"), "M0", "event_id=E4", (0, 0))
    assert np.isnan(row["estimate"])
    assert row["note"].startswith("not available: dummies dropped, not to be told apart from ")
    whole = cars(results.joint_regression("all"), "M0", "all", (0, 0))
    assert np.isfinite(whole["estimate"])


@pytest.mark.slow
def test_more_markets_than_degrees_of_freedom():
    few = fit(panel(12, 25), [260], markets=tuple(f"M{n}" for n in range(25)),
              estimation_window=(-32, -5), min_obs=20)  # fmt: skip
    together = cars(few.joint_regression("all"), "all", "all", (0, 0))
    assert np.isfinite(together["estimate"])
    crowded = fit(panel(12, 30), [260], markets=tuple(f"M{n}" for n in range(30)),
                  estimation_window=(-32, -5), min_obs=20)  # fmt: skip
    row = cars(crowded.joint_regression("all"), "all", "all", (0, 0))
    assert row["note"] == (
        "not available: 30 markets and only 27 degrees of freedom on the sessions all markets have"
    )


# -- covariance -----------------------------------------------------------------------------------


def test_hac_is_for_thirty_days_or_more_and_agrees_with_loops():
    rows = list(range(135, 135 + 31 * 4, 4))
    columns = {"category": ["a"] * 30 + ["b"]}
    frame = panel(13)
    results = fit(frame, rows, columns=columns, markets=("M0",))
    joint = results.joint_regression(covariance="hac")
    used = used_rows(rows)
    days = {"a": rows[:30], "b": rows[30:]}
    y, x, where = plain(frame, "M0", days=days, rows=used)
    beta, classical, residuals = oracle_joint.least_squares(y, x)
    lag = int(4 * (len(y) / 100) ** (2 / 9))
    robust = oracle_joint.newey_west(x, residuals, lag)
    for kind, covariance, name, note in (
        ("a", robust, f"HAC({lag})", ""),
        ("b", classical, "classical", "1 day 0s, fewer than 30: classical covariance"),
    ):
        pick = np.zeros(x.shape[1])
        pick[[where[kind, tau] for tau in (-1, 0, 1)]] = 1.0
        row = cars(joint, "M0", f"category={kind}", (-1, 1))
        np.testing.assert_allclose(row["estimate"], pick @ beta, rtol=1e-9)
        np.testing.assert_allclose(row["std_error"], np.sqrt(pick @ covariance @ pick), rtol=1e-8)
        assert (row["covariance"], row["note"]) == (name, note)
    assert set(results.joint_regression()["covariance"]) == {"classical"}
    with pytest.raises(SpecificationError, match="covariance"):
        results.joint_regression(covariance="hca")


# -- a study that asks for it ---------------------------------------------------------------------


@pytest.mark.slow
def test_the_policy_keeps_all_pairs_and_adds_the_frame(tmp_path):
    settings = {"columns": KINDS, "by": ("category*direction", "security", "category")}
    settings["columns"] = KINDS | {"direction": ["escalation"] * 5}
    keep = fit(panel(14), OVERLAPPING, **settings)
    joint = fit(panel(14), OVERLAPPING, overlap="joint", **settings)
    assert keep.joint.empty
    pd.testing.assert_frame_equal(keep.car, joint.car)
    pd.testing.assert_frame_equal(keep.statistics, joint.statistics)
    pd.testing.assert_frame_equal(keep.joint_regression(), joint.joint)
    assert set(joint.joint["group"]) == {"category=a", "category=b", "all groups"}
    assert set(joint.joint["security"]) == {"M0", "M1", "all"}
    folder = joint.save(tmp_path / "out", report=False)
    again = load_results(folder)
    columns = ["group", "security", "window_start", "estimate", "pvalue"]
    pd.testing.assert_frame_equal(
        again.joint[columns], joint.joint[columns], check_dtype=False, rtol=1e-9
    )
    assert not (keep.save(tmp_path / "keep", report=False) / "joint.csv").exists()
    with pytest.raises(NotApplicableError, match="read from a folder"):
        again.joint_regression()


def test_groups_are_those_of_the_study_then_categories_then_all():
    kinds = {"category": list("ababa"), "actor": list("xxyyy")}
    by_actor = fit(panel(15), OVERLAPPING, columns=kinds, overlap="joint", by=("security", "actor"))
    assert {group.split("=")[0] for group in by_actor.joint["group"]} == {"actor", "all groups"}
    plain_study = fit(panel(15), OVERLAPPING, columns=kinds, overlap="joint")
    assert {group.split("=")[0] for group in plain_study.joint["group"]} == {
        "category", "all groups",
    }  # fmt: skip
    assert set(fit(panel(15), OVERLAPPING, overlap="joint").joint["group"]) == {"all"}


def test_one_market_needs_no_linearmodels_and_several_say_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "linearmodels.system", None)
    one = fit(panel(16), OVERLAPPING, columns=KINDS, markets=("M0",), overlap="joint")
    assert set(one.joint["security"]) == {"M0"}
    with pytest.raises(NotApplicableError, match="needs linearmodels; pip install"):
        fit(panel(16), OVERLAPPING, columns=KINDS, overlap="joint")


def test_what_cannot_be_asked():
    results = fit(panel(17), OVERLAPPING, columns=KINDS)
    with pytest.raises(NotApplicableError, match="keeps markets apart"):
        results.joint_regression("category*security")
    with pytest.raises(NotApplicableError, match="not inside the event window"):
        results.joint_regression(windows=[(0, 5)])
    with pytest.raises(SpecificationError, match="no column 'categry'"):
        results.joint_regression("categry")


def test_masked_sessions_stay_out():
    """What estimation must not see is not in the regression either: an event that was lost."""
    rows = [75, 200, 230]  # the first has 56 estimation sessions, and the others see its window
    settings = {"min_obs": 60, "max_loss": 1.0}
    for mask, hidden in ((False, set()), (True, {74, 75, 76})):
        results = fit(panel(18), rows, mask_events=mask, **settings)
        assert set(results.models["event_id"]) == {"E1", "E2"}
        sample = results.fitted.data.joint_data(results.fitted.sample).sample
        for market in (0, 1):
            assert set(np.flatnonzero(sample[market])) == set(used_rows([200, 230])) - hidden
