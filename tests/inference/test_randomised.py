"""What a randomised test is given, and the effect on a group's own dates in the pool."""

from __future__ import annotations

import numpy as np
import pytest
from grouped_study import calibrated, grouped, row_of

from eventstudy import Window, load_results
from eventstudy.estimation.groups import make_groups
from eventstudy.inference.design import GroupCache, cumulate_both, gather_evidence
from eventstudy.inference.evaluate import evaluate
from eventstudy.inference.placebo import unit_share
from eventstudy.inference.randomised import _overlaps, effect_share

pytestmark = pytest.mark.fast_tests(1)


def test_the_share_of_an_effect_falls_with_the_distance_from_the_date():
    design = grouped().fitted.design
    group = make_groups(grouped().fitted.labels, ["category"])[1]
    totals = cumulate_both(design, Window(0, 1))
    gathered = gather_evidence(design, group.pairs, group.pairs[:0], totals, GroupCache())
    share = effect_share(design, gathered, totals)
    placebo, table = design.placebo.table, design.table
    pair = group.pairs[0]
    h = totals.real.volatility[pair]
    for step, part in ((-2, 0.0), (-1, 0.5), (0, 1.0), (1, 0.5), (2, 0.0)):
        (at,) = np.flatnonzero(
            (placebo.security == table.security[pair]) & (placebo.day0 == table.day0[pair] + step)
        )
        assert share[at] == pytest.approx(part * h / totals.placebo.volatility[at])
    # What each unit holds, as a mean over all placements.
    drawn = gathered.drawn
    held = np.where(np.isfinite(drawn.window.z), share, np.nan)
    plain = np.nan_to_num(drawn.unit_means(held, drawn.structure.unit))
    assert plain.any()
    assert unit_share(drawn, share) == pytest.approx(plain, rel=1e-12)


def test_a_test_alone_answers_as_it_does_among_others():
    together = grouped()
    for name in ("placebo", "moderated_placebo"):
        alone = grouped(names=(name,))
        for group in ("all", "category=k0", "category=k3"):
            a, b = row_of(together, name, group), row_of(alone, name, group)
            for field in ("statistic", "pvalue", "effect_low", "effect_high", "mde", "n_draws"):
                assert a[field] == pytest.approx(b[field], rel=1e-12, nan_ok=True), field


def test_asked_again_the_answer_is_the_same():
    results = grouped()
    again = results.test("moderated_placebo", (0, 1), "category")
    for group in ("category=k1", "category=k4"):
        row = again[again["group"] == group].iloc[0]
        assert row["pvalue"] == row_of(results, "moderated_placebo", group, (0, 1))["pvalue"]
        assert row["mde"] == row_of(results, "moderated_placebo", group, (0, 1))["mde"]


@pytest.mark.slow
def test_inside_a_calibration():
    """Size near 5 %, power that grows with the effect, and a reason where there is no answer."""
    names = ["placebo", "moderated_placebo", "mean_square"]
    frame = calibrated(names)
    is_shown = (frame["level"] == 0.05) & (frame["window_end"] == 0)
    at_5 = frame[is_shown].set_index(["group", "name", "scenario"]).sort_index()
    for name in names:
        rates = at_5.loc["category=k4", name]["rate"]
        assert rates["ordinary"] < 0.15
        assert rates["effect 3 s.d."] > max(0.8, rates["effect 1 s.d."])
    # More variance on all days alike leaves these two as they are, and is what the third finds.
    rough = at_5.xs("event variance x 2", level="scenario")["rate"]
    assert rough["category=k4", "placebo"] < 0.15
    assert rough["category=k4", "moderated_placebo"] < 0.15
    assert rough["category=k4", "mean_square"] > 0.15
    note = at_5.loc["all", "moderated_placebo"]["note"].iloc[0]
    assert note.startswith("not available: 0 independent dates of the study outside")


def test_saved_results_answer_the_same(tmp_path):
    results = grouped()
    results.save(tmp_path / "out")
    again = load_results(tmp_path / "out")
    rows = again.test("moderated_placebo", (0, 1), "category")
    for row in rows.itertuples():
        assert row.pvalue == pytest.approx(
            row_of(results, "moderated_placebo", row.group, (0, 1))["pvalue"], rel=1e-6
        )


def test_a_widened_window_spreads_its_effect_over_all_its_sessions():
    length = 3  # [0, 2]
    day0, extension = np.array([50, 90]), np.array([2, 0])
    for width in (0, 1, 2):
        held = np.zeros((2, 120))
        for column, common, which in _overlaps(day0, extension, width, length):
            held[which, column] = common / (length + extension[which])
        for pair in (0, 1):
            own = set(range(day0[pair] - extension[pair], day0[pair] + length))
            plain = [len(own & set(range(at - width, at + length))) / len(own) for at in range(120)]
            assert held[pair].tolist() == pytest.approx(plain, abs=1e-12)


def test_the_same_pairs_have_one_mde_whatever_they_are_grouped_by():
    results = grouped()
    fitted = results.fitted
    labels = fitted.labels.assign(twin=fitted.labels["category"].isin(["k0"]).map(str))
    groups = [g for g in make_groups(labels, ["category", "twin"]) if g.label != "all"]
    frame = evaluate(fitted.design, groups, [(Window(0, 1), "car")], ["placebo"])
    frame = frame.set_index("group")
    one, two = frame.loc["category=k0"], frame.loc["twin=True"]
    assert one["n_pairs"] == two["n_pairs"]
    assert one["mde"] == two["mde"]
