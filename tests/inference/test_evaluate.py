"""Groups x windows x statistics: refusals, signs, and the measured size of every test."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from grouped_study import NAMES, grouped
from inference_studies import ALL, DATES, answers, fit, panel, placements_of
from same_results import assert_same, studied
from scipy import stats
from workers_apart import work_apart

from eventstudy import Window
from eventstudy.estimation.abnormal import cumulate
from eventstudy.estimation.groups import make_groups
from eventstudy.inference import STATISTICS
from eventstudy.inference.evaluate import evaluate
from eventstudy.inference.measured_size import wilson


@pytest.mark.slow
def test_one_pair_alone():
    rows = answers(fit(panel("A"), [250]))
    refused = {"cross_sectional_t", "bmp", "kolari_pynnonen", "portfolio_t"}
    refused |= {"joint_f_sum", "joint_f_equal", "grank_t", "grank_z"}
    refused |= {"skewness_adjusted_t", "johnson_t", "skewness_adjusted_bootstrap"}
    refused |= {"calendar_time", "calendar_time_standardised", "calendar_time_hac"}
    refused |= {"two_way_t", "wild_bootstrap", "moderated_placebo", "dutta_t"}
    refused |= {"bhar_t", "bhar_skewness_adjusted_t", "bhar_portfolio_t"}
    for name in refused:
        assert math.isnan(rows.loc[name, "statistic"]), name
        assert math.isnan(rows.loc[name, "pvalue"]), name
        assert rows.loc[name, "note"].startswith("not available: "), name
        assert math.isnan(rows.loc[name, "std_error"]), name
    for name in set(ALL) - refused:
        assert math.isfinite(rows.loc[name, "statistic"]), name
        assert 0 <= rows.loc[name, "pvalue"] <= 1, name
    # no other pair to be correlated with
    assert rows.loc["adjusted_patell", "statistic"] == rows.loc["patell", "statistic"]


@pytest.mark.slow
def test_two_pairs_have_one_degree_of_freedom():
    rows = answers(fit(panel("A"), [200, 300]))
    for name in ("cross_sectional_t", "bmp", "kolari_pynnonen", "portfolio_t"):
        assert rows.loc[name, "df"] == 1
        t = rows.loc[name, "statistic"]
        assert rows.loc[name, "pvalue"] == pytest.approx(2 * stats.t.sf(abs(t), 1))
    assert rows.loc["wilcoxon", "pvalue"] in (0.5, 1.0)


@pytest.mark.slow
def test_equal_cars_leave_no_spread():
    frame = panel("A", "B")
    frame["B"] = frame["A"]
    rows = answers(fit(frame, [250]))
    for name, why in {
        "cross_sectional_t": "equal CARs",
        "bmp": "equal SCARs",
        "kolari_pynnonen": "equal SCARs",
        "adjusted_patell": "mean residual correlation",
        "portfolio_t": "fewer than two dates",
    }.items():
        assert math.isnan(rows.loc[name, "statistic"]), name
        assert why in rows.loc[name, "note"], name
    assert rows.loc["placebo", "n_units"] == 1
    assert math.isfinite(rows.loc["placebo", "statistic"])


@pytest.mark.slow
def test_a_group_without_an_abnormal_return_in_the_window():
    frame = panel("A", "B")
    frame.loc[DATES[[200, 300]], "A"] = np.nan
    results = fit(frame, [200, 300], by=("security",))
    rows = answers(results, (0, 0), "security=A")
    assert (rows["n_pairs"] == 0).all()
    assert (rows["note"] == "no abnormal return in this window").all()
    assert rows[["statistic", "pvalue", "estimate"]].isna().all(axis=None)
    assert (answers(results, (0, 1), "security=A")["n_pairs"] == 2).all()
    assert (answers(results)["n_pairs"] == 2).all()


@pytest.mark.slow
def test_expected_signs_turn_every_signed_statistic():
    frame, rows = panel("A", "B", seed=3), [150, 200, 250, 300]
    plus = answers(fit(frame, rows, sign="expected", signs=["+"] * 4, draws=0))
    minus = answers(fit(frame, rows, sign="expected", signs=["-"] * 4, draws=0))
    plain = answers(fit(frame, rows, draws=0))
    pd.testing.assert_frame_equal(plus, plain)
    for name in set(ALL) - {"wilcoxon", "sq"}:
        turned = -1.0 if STATISTICS[name].value.directed else 1.0
        expected = turned * plain.loc[name, "statistic"]
        assert minus.loc[name, "statistic"] == pytest.approx(expected, nan_ok=True), name
    signed = ["pvalue", "std_error", "df"]
    pd.testing.assert_frame_equal(minus[signed], plain[signed])
    total = 8 * 9 / 2
    assert minus.loc["wilcoxon", "statistic"] == total - plain.loc["wilcoxon", "statistic"]


def test_events_without_a_direction_are_left_out_and_listed():
    frame, rows = panel("A", "B", seed=3), [150, 200, 250, 300]
    signs = ["+", "0", "mixed", None]
    results = fit(frame, rows, sign="expected", signs=signs, draws=0)
    assert (answers(results)["n_events"] == 1).all()
    assert set(results.car["event_id"]) == {"E0"}
    assert len(results.dropped) == 3 * 2
    assert set(results.dropped["stage"]) == {"sign"}


@pytest.mark.slow
def test_measured_sizes_by_brute_force(rough):
    window = Window(0, 1)
    _, rows, _ = placements_of(rough, window)
    design = rough.fitted.design
    total = cumulate(design.placebo.table, window)
    measured = answers(rough, (0, 1))

    def check(name, pvalues):
        pvalues = np.asarray(pvalues)
        pvalues = pvalues[np.isfinite(pvalues)]
        rejected = int((pvalues <= 0.05).sum())
        assert measured.loc[name, "size"] == rejected / len(pvalues), name
        assert measured.loc[name, "n_draws"] == len(pvalues)
        low, high = wilson(rejected, len(pvalues))
        assert (measured.loc[name, "size_low"], measured.loc[name, "size_high"]) == (low, high)
        marked = "over-rejects" if low > 0.05 else "under-rejects" if high < 0.05 else ""
        corrected = measured.loc[name, "pvalue_corrected"]
        # the test's own p-value of the data is a draw, too
        p = measured.loc[name, "pvalue"]
        at_most = int((pvalues <= p * (1 + 1e-9)).sum())
        assert corrected == pytest.approx((1 + at_most) / (1 + len(pvalues)), rel=1e-12)
        note = measured.loc[name, "note"]
        assert ("" if pd.isna(note) else note).startswith(marked)

    def drop(values):
        return values[np.isfinite(values)]

    check("cross_sectional_t", [stats.ttest_1samp(drop(total.car[r]), 0).pvalue for r in rows])
    check("bmp", [stats.ttest_1samp(drop(total.scar[r]), 0).pvalue for r in rows])
    df = design.placebo.table.fit.df
    scaled = total.csar / np.sqrt(np.maximum(total.n_sessions, 1))
    patell = []
    for r in rows:
        there = r[total.n_sessions[r] > 0]
        z = scaled[there].sum() / math.sqrt((df[there] / (df[there] - 2)).sum())
        patell.append(2 * stats.norm.sf(abs(z)))
    check("patell", patell)
    n = np.isfinite(total.car[rows]).sum(axis=1)
    z = ((total.car[rows] > 0).sum(axis=1) - n / 2) / np.sqrt(n / 4)
    check("sign", 2 * stats.norm.sf(np.abs(z)))
    check("wilcoxon", [stats.wilcoxon(drop(total.car[r]), method="exact").pvalue for r in rows])


@pytest.mark.slow
def test_groups_of_the_same_pairs_have_the_digits_of_each_alone(monkeypatch):
    """In another grouping the same pairs borrow from other groups."""
    results = grouped(names=(*NAMES, "portfolio_t", "patell"))
    design, labels = results.fitted.design, results.fitted.labels
    labels = labels.assign(
        coarse=labels["category"].replace({"k0": "k1", "k2": "k3"}), one="x",
    )  # fmt: skip
    groups = make_groups(labels, ["category", "coarse", "one"])
    windows = [(Window(0, 0), "ar"), (Window(0, 1), "car")]
    names = ["patell", *NAMES, "portfolio_t"]
    together = evaluate(design, groups, windows, names)
    monkeypatch.setattr(
        "eventstudy.inference.evaluate.of_same_pairs",
        lambda design, groups, numbers: [[number] for number in numbers],
    )
    pd.testing.assert_frame_equal(together, evaluate(design, groups, windows, names))
    fine = together[together["group"] == "category=k4"].set_index("name")["pvalue"]
    coarse = together[together["group"] == "coarse=k4"].set_index("name")["pvalue"]
    assert (fine["placebo"] == coarse["placebo"]).all()
    assert (fine["moderated_placebo"].to_numpy() != coarse["moderated_placebo"].to_numpy()).any()


def test_groups_tested_apart_have_the_same_digits(monkeypatch):
    asked = {
        "statistics": ("placebo", "portfolio_t"), "by": ("category",), "draws": 20,
        "event_window": (0, 0), "car_windows": [(0, 0)],
    }  # fmt: skip
    expected = studied(**asked)
    apart = work_apart(monkeypatch)
    assert_same(expected, studied(**asked))
    # The groups, then what is asked beside the tests.
    # Kinds compared and ranges, then the groups, then what else is asked beside the tests.
    assert apart.n_chunks[1] == 3


@pytest.mark.slow
def test_every_statistic_has_the_same_digits_apart(monkeypatch):
    expected = studied()
    work_apart(monkeypatch)
    assert_same(expected, studied())
