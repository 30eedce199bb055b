"""Draws in rough times: as many clusters, as far apart, where volatility beforehand is high."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from grouped_study import made
from scipy import stats
from small_calibration import evidence_of_draws, frame_of, rate, study_on

from eventstudy import Window
from eventstudy.calibration import calibrate
from eventstudy.calibration.rejection_rates import Scenario
from eventstudy.calibration.result import ORDINARY, ROUGH_TIMES
from eventstudy.estimation.clusters import weekday_number
from eventstudy.estimation.groups import make_groups
from eventstudy.inference import rough_times
from eventstudy.inference.design import GroupCache, gather_evidence
from eventstudy.inference.joint_draws import StudyDraws
from eventstudy.inference.randomised import GroupDraws
from eventstudy.inference.rough_times import _Offers, relative_variance, rough_blocks
from eventstudy.inference.statistic import STATISTICS


def two_regimes(seed):
    """Volatility that doubles and halves every 40 sessions."""
    frame = frame_of(seed)
    frame.iloc[(np.arange(len(frame)) // 40) % 2 == 1] *= 3.0
    return frame


def test_clusters_go_where_variance_is_known_to_be_high_and_stay_apart():
    study, events, prices = study_on(two_regimes(1))
    scenario, gathered = evidence_of_draws(study.fit(events, prices), (0, 0))
    drawn, design = gathered.drawn, scenario.design
    blocks = rough_blocks(design, drawn, scenario.session)
    variance = relative_variance(design, scenario.session)
    plain, rough = (
        np.mean([variance[block.rows[block.pick]].mean() for block in of])
        for of in (drawn.blocks, blocks)
    )
    # In proportion to v the mean of v is E v^2 / E v.
    expected = np.mean(
        [
            (variance[block.rows].mean(axis=1) ** 2).mean() / variance[block.rows].mean()
            for block in blocks
        ]
    )
    assert plain < 1.15
    assert abs(rough / expected - 1.0) < 0.1
    days = np.column_stack(
        [
            weekday_number(design.date[drawn.origin[block.columns]]).min() + block.moves[block.pick]
            for block in blocks
        ]
    )
    assert np.diff(np.sort(days, axis=1), axis=1).min() >= 5
    for one, two in zip(drawn.blocks, blocks, strict=True):
        assert one.rows is two.rows
        assert len(one.pick) == len(two.pick)


def plain(design, drawn, session):
    """`rough_blocks`, a draw after the other."""
    variance = relative_variance(design, session)
    gap = max(session.window.length, 5)
    rng = np.random.default_rng((*drawn.seed, 10))
    spans, shares, picks = [], [], [block.pick.copy() for block in drawn.blocks]
    for block in drawn.blocks:
        own = drawn.origin[block.columns]
        first = weekday_number(design.begin[own]).min()
        spans.append((first + block.moves, weekday_number(design.date[own]).max() - first))
        share = np.cumsum(variance[block.rows].mean(axis=1))
        shares.append(share / share[-1] if share[-1] > 0 else None)
    for _ in range(5):
        for c, share in enumerate(shares):
            if share is None:
                continue
            offers = np.searchsorted(share, rng.random(drawn.n_draws), side="right")
            for draw, offer in enumerate(offers):
                low, high = spans[c][0][offer], spans[c][0][offer] + spans[c][1]
                others = [
                    (begins[pick[draw]] - gap, begins[pick[draw]] + length + gap)
                    for other, ((begins, length), pick) in enumerate(zip(spans, picks, strict=True))
                    if other != c
                ]
                if all(end <= low or begin >= high for begin, end in others):
                    picks[c][draw] = offer
    return picks


@pytest.mark.parametrize(("small", "most"), [(1 << 15, 1 << 21), (0, 0)])
def test_every_draw_takes_the_places_that_a_loop_over_draws_gives_it(small, most, monkeypatch):
    monkeypatch.setattr(rough_times, "_SMALL", small)
    monkeypatch.setattr(rough_times, "_MOST_CHANCES", most)
    study, events, prices = made(length=600)
    fitted = replace(study, draws=40).fit(events, prices).fitted
    scenario = Scenario(fitted.design, Window(-1, 1))
    for group in make_groups(fitted.labels, ("category",)):
        gathered = gather_evidence(
            fitted.design, group.pairs, group.pairs[:0], scenario.session, GroupCache()
        )
        drawn = gathered.drawn
        found = rough_blocks(fitted.design, drawn, scenario.session)
        for block, pick in zip(found, plain(fitted.design, drawn, scenario.session), strict=True):
            np.testing.assert_array_equal(block.pick, pick)


@pytest.mark.parametrize("n_places", [1, 2, 7, 2000])
def test_an_offer_is_the_first_place_whose_share_is_above_the_chance(n_places):
    rng = np.random.default_rng(n_places)
    weight = rng.exponential(size=n_places) ** 8 * (rng.random(n_places) < 0.7)
    weight[-1] += 1e-300 if weight.any() else 1.0
    share = np.cumsum(weight)
    share /= share[-1]
    chance = np.concatenate([rng.random(3000), share[:-1], np.arange(64) / 64])
    expected = np.searchsorted(share, chance[chance < 1], side="right")
    np.testing.assert_array_equal(_Offers(share).at(chance[chance < 1]), expected)


def test_dates_outside_a_group_go_there_with_it():
    study, events, prices = made(length=600)
    fitted = study.fit(events, prices).fitted
    groups = make_groups(fitted.labels, ("category",))
    scenario = Scenario(fitted.design, Window(0, 0))
    together = StudyDraws(fitted.design, groups)
    for group in groups[1:]:
        gathered = gather_evidence(
            fitted.design, group.pairs, group.pairs[:0], scenario.session, GroupCache()
        )
        draws = GroupDraws(fitted.design, together, group, gathered, scenario.session)
        drawn = draws.of(STATISTICS["moderated_placebo"].value).drawn
        rough = scenario.in_rough_times(drawn)
        before, after = drawn.others.study.evidence, rough.others.study.evidence
        same = [(a.pick == b.pick).mean() for a, b in zip(before.blocks, after.blocks, strict=True)]
        assert np.mean(same) < 0.1
        at = after.gather(np.arange(len(after.table.day0)), signed=False)
        own = np.flatnonzero(np.isin(after.origin, rough.origin))
        moved = rough.gather(np.arange(len(rough.table.day0)), signed=False)
        assert (at[:, own] == moved[:, np.argsort(rough.origin)]).all()


def test_a_test_that_takes_all_days_for_alike_rejects_too_often_then():
    """`no_dependence_t` divides by the estimation window's s; `placebo` by what was known."""
    names = ("placebo", "no_dependence_t")
    calibration = calibrate(*study_on(two_regimes(2)), statistics=names, draws=4000)
    rates = {
        name: [rate(calibration, name, scenario).rate for scenario in (ORDINARY, ROUGH_TIMES)]
        for name in names
    }
    assert rates["no_dependence_t"][1] > rates["no_dependence_t"][0] + 0.02
    assert rates["placebo"][1] < 0.075


def test_the_size_in_rough_times_is_the_rate_over_draws_there():
    names = ("placebo", "cross_sectional_t")
    study, events, prices = study_on(two_regimes(2), statistics=names, draws=2000)
    results = study.fit(events, prices)
    rows = results.statistics.query("measure == 'car' and group == 'all' and window_start == 0")
    rows = rows.set_index("name")
    scenario, gathered = evidence_of_draws(results, (0, 0))
    drawn = gathered.drawn
    lines = np.unique(np.linspace(0, drawn.n_draws - 1, 500).astype(int))
    some = tuple(replace(block, pick=block.pick[lines]) for block in drawn.blocks)
    moved = rough_blocks(scenario.design, replace(drawn, blocks=some), scenario.session)
    at = np.concatenate([block.rows[block.pick] for block in moved], axis=1)
    pvalues = stats.ttest_1samp(scenario.session.placebo.car[at], 0, axis=1).pvalue
    rejected = int((pvalues <= 0.05).sum())
    own = rows.loc["cross_sectional_t"]
    assert own["size_rough"] == rejected / 500
    # Wilson (1927), written out.
    z, n, share = stats.norm.isf(0.025), 500, rejected / 500
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    found = (own["size_rough_low"], own["size_rough_high"])
    assert found == pytest.approx((centre - reach, centre + reach), abs=1e-8)
    # What is ranked among these draws has no size of its own.
    assert rows.loc["placebo", ["size", "size_rough"]].isna().all()


def test_there_is_none_where_the_draws_are_as_rough_as_the_dates():
    study, events, prices = study_on(two_regimes(2), draws_from="volatility_matched")
    frame = study.fit(events, prices).statistics
    assert frame["size"].notna().any()
    assert frame["size_rough"].isna().all()
