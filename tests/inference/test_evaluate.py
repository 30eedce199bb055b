"""Refusals of every statistic, signs, placements, and what is measured over them."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from eventstudy import (
    ConstantMean,
    Events,
    EventStudy,
    Market,
    MarketModel,
    PricePanel,
    Window,
)
from eventstudy.estimation.abnormal import cumulate
from eventstudy.inference import STATISTICS
from eventstudy.inference.design import MIN_GAP, pair_structure
from eventstudy.inference.evaluate import wilson
from eventstudy.inference.placements import (
    _enumerate,
    _sample,
    choose_moves,
    draw_placements,
    draw_seed,
)

ALL = tuple(STATISTICS.names())
DATES = pd.bdate_range("2021-01-04", periods=420)


def panel(*columns: str, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    common = rng.normal(0, 0.008, (len(DATES), 1))
    own = rng.normal(0, 0.01, (len(DATES), len(columns)))
    return pd.DataFrame(common + own, index=DATES, columns=list(columns))


def fit(frame, rows, *, signs=None, markets=None, **settings):
    """Fit a study of events on `rows` of the panel, in `markets` where not all."""
    table = pd.DataFrame({"event_id": [f"E{i}" for i in range(len(rows))], "date": DATES[rows]})
    if signs is not None:
        table["expected_sign"] = signs
    if markets is not None:
        table["markets"] = markets
    given = {
        "markets": tuple(c for c in frame.columns if c != "M"),
        "model": ConstantMean(),
        "estimation_window": (-100, -11),
        "event_window": (-2, 2),
        "car_windows": [(0, 0), (0, 1)],
        "statistics": ALL,
        "calendar": "data",
        "date_only": "same",
        "min_obs": 60,
        "draws": 200,
    }
    study = EventStudy(**(given | settings))
    return study.fit(Events.from_frame(table), PricePanel.from_frame(frame, content="returns"))


def answers(results, window=(0, 0), group="all"):
    rows = results.statistics
    rows = rows[
        (rows["group"] == group)
        & (rows["window_start"] == window[0])
        & (rows["window_end"] == window[1])
        & (rows["measure"] == "car")
    ]
    return rows.set_index("name")


# ---------------------------------------------------------------- refusals


@pytest.mark.slow
def test_one_pair_alone():
    rows = answers(fit(panel("A"), [250]))
    refused = {"cross_sectional_t", "bmp", "kolari_pynnonen", "portfolio_t"}
    refused |= {"joint_f_sum", "joint_f_equal", "grank_t", "grank_z"}
    refused |= {"skewness_adjusted_t", "johnson_t", "skewness_adjusted_bootstrap"}
    refused |= {"calendar_time", "calendar_time_standardised", "calendar_time_hac"}
    refused |= {"two_way_t", "wild_bootstrap"}
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
def test_one_unit_takes_its_own_z_and_says_what_that_means():
    results = fit(panel("A", "B", "C"), [250], draws=500)
    rows = answers(results, (0, 1))
    row = rows.loc["placebo"]
    z = cumulate(results.fitted.design.table, Window(0, 1)).z
    assert row["statistic"] == pytest.approx(z.mean(), rel=1e-12)
    assert row["note"].startswith("one date: event-induced variance cannot be told")
    assert "all" in row["note"]  # every placement of one date can be listed
    assert "fewer than two dates" in rows.loc["portfolio_t", "note"]
    assert row["effect"] == pytest.approx(row["statistic"])


@pytest.mark.slow
def test_fewer_than_twenty_placements():
    frame = panel("A").iloc[: 71 + 18]  # day 0 may be on rows 71 to 88
    results = fit(frame, [80], car_windows=[(0, 0)], event_window=(0, 0))
    row = answers(results).loc["placebo"]
    assert math.isnan(row["pvalue"])
    assert math.isfinite(row["statistic"])
    assert "only 19 placements" in row["note"] or "only 18 placements" in row["note"]
    more = fit(panel("A").iloc[: 71 + 21], [80], car_windows=[(0, 0)], event_window=(0, 0))
    assert 0 < answers(more).loc["placebo", "pvalue"] <= 1


@pytest.mark.slow
def test_no_draws_asked_for_and_too_few_draws():
    rows = answers(fit(panel("A"), [200, 300], draws=0))
    assert "statistics.draws = 0" in rows.loc["placebo", "note"]
    assert rows["size"].isna().all()
    # few draws are the user's choice; few placements are not
    rows = answers(fit(panel("A"), [200, 300], draws=10))
    assert rows.loc["placebo", "pvalue"] * 11 == pytest.approx(
        round(rows.loc["placebo", "pvalue"] * 11)
    )


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
def test_placebo_sessions_without_a_return_are_no_draws():
    """A single pair at placebo dates whose return is missing has no statistic there."""
    frame = panel("A")
    gaps = np.r_[150:160, 220:240]
    frame.iloc[gaps, 0] = np.nan
    rows = answers(fit(frame, [300], draws=1000))
    assert rows.loc["placebo", "pvalue"] > 0
    whole = answers(fit(panel("A"), [300], draws=1000))
    assert rows.loc["placebo", "n_draws"] == whole.loc["placebo", "n_draws"] - len(gaps)
    for name in ("patell", "corrado_rank", "sign", "generalized_sign", "wilcoxon"):
        assert rows.loc[name, "n_draws"] == rows.loc["placebo", "n_draws"], name


# ---------------------------------------------------------------- signs


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
        assert minus.loc[name, "statistic"] == pytest.approx(expected), name
    signed = ["pvalue", "std_error", "df"]
    pd.testing.assert_frame_equal(minus[signed], plain[signed])
    total = 8 * 9 / 2
    assert minus.loc["wilcoxon", "statistic"] == total - plain.loc["wilcoxon", "statistic"]


def test_events_without_a_direction_are_left_out_of_pooling_only():
    frame, rows = panel("A", "B", seed=3), [150, 200, 250, 300]
    signs = ["+", "0", "mixed", None]
    results = fit(frame, rows, sign="expected", signs=signs, draws=0)
    assert (answers(results)["n_events"] == 1).all()
    assert len(results.car) == 4 * 2 * 2


@pytest.mark.slow
def test_opposed_signs_on_one_market_day_do_not_count():
    """Two events that should push one market both ways on one day say nothing of it."""
    frame = panel("A", "B", seed=4)
    rows, signs = [150, 200, 250, 250], ["+", "+", "+", "-"]
    both = fit(frame, rows, sign="expected", signs=signs, draws=300)
    none = fit(frame, rows[:2], sign="expected", signs=signs[:2], draws=300)
    a, b = answers(both).loc["placebo"], answers(none).loc["placebo"]
    assert (a["n_units"], b["n_units"]) == (2, 2)
    assert a["statistic"] == pytest.approx(b["statistic"], rel=1e-12)
    assert answers(both).loc["portfolio_t", "statistic"] == pytest.approx(
        answers(none).loc["portfolio_t", "statistic"], rel=1e-12
    )
    same = fit(frame, rows, sign="expected", signs=["+"] * 4, draws=0)
    assert answers(same).loc["placebo", "n_units"] == 3


def test_only_opposed_events_leave_nothing_to_rank():
    rows = answers(fit(panel("A"), [250, 250], sign="expected", signs=["+", "-"], draws=50))
    assert rows.loc["placebo", "n_units"] == 0
    assert rows.loc["placebo", "note"].startswith("not available")
    assert rows.loc["portfolio_t", "note"].startswith("not available")


@pytest.mark.slow
def test_events_of_one_day_count_once():
    frame = panel("A", "B", seed=5)
    once = answers(fit(frame, [150, 200, 250], draws=300))
    twice = answers(fit(frame, [150, 200, 250, 250], draws=300))
    assert twice.loc["placebo", "n_units"] == 3
    for name in ("placebo", "portfolio_t"):
        assert twice.loc[name, "statistic"] == pytest.approx(once.loc[name, "statistic"])
    assert twice.loc["placebo", "pvalue"] == once.loc["placebo", "pvalue"]


# ---------------------------------------------------------------- measured over the draws


@pytest.fixture(scope="module")
def rough():
    frame = panel("A", "B", "C", seed=6)
    frame.iloc[200:230] *= 2.5
    frame = frame.mask(np.random.default_rng(0).random(frame.shape) < 0.02)
    return fit(frame, [140, 190, 220, 223, 260, 330], draws=400, statistics=ALL)


def placements_of(results, window):
    """Pairs in the window (N,), their positions in every draw (B, N), and their units."""
    design = results.fitted.design
    held = np.flatnonzero(cumulate(design.table, window).n_sessions)
    built = pair_structure(design, held, window, None)
    gap = max(window.length, MIN_GAP)
    placed = draw_placements(
        design.placebo,
        built,
        security=design.table.security[held],
        day0=design.table.day0[held],
        date=design.date[held],
        extension=design.table.extension[held],
        start=window.start,
        end=max(window.end, 0),
        gap=gap,
        draws=design.draws,
        seed=draw_seed(design.seed, gap, max(window.end, 0)),
    )
    rows = np.empty((design.draws, len(held)), dtype=np.int64)
    for block in placed.blocks:
        rows[:, block.columns] = block.rows[block.pick]
    return held, rows, built


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("window", [Window(0, 0), Window(0, 1)])
def test_placebo_p_effect_and_mde_by_brute_force(rough, window):
    held, rows, built = placements_of(rough, window)
    design = rough.fitted.design
    real = cumulate(design.table, window).z[held]
    z = cumulate(design.placebo.table, window).z

    def units(values):
        means = [np.nanmean(values[built.counted & (built.unit == u)]) for u in range(6)]
        return np.array([m for m in means if not math.isnan(m)])

    def t_of(means):
        return math.sqrt(len(means)) * means.mean() / means.std(ddof=1)

    own = units(real)
    drawn = [units(z[line]) for line in rows]
    t, draws = t_of(own), np.array([t_of(one) for one in drawn])
    row = answers(rough, (window.start, window.end)).loc["placebo"]
    assert row["statistic"] == pytest.approx(t, rel=1e-12)
    assert row["pvalue"] == (1 + (np.abs(draws) >= abs(t)).sum()) / 401
    assert row["effect"] == pytest.approx(own.mean())
    # the smallest effect whose draws reach the critical value in four of five cases
    critical = np.sort(np.abs(draws))[-20]  # p of a T beyond it: (1 + 19)/401 < 5 %
    spread = own.std(ddof=1) / math.sqrt(len(own))
    assert row["effect_high"] == pytest.approx(own.mean() + critical * spread)
    assert row["effect_low"] == pytest.approx(own.mean() - critical * spread)

    def power(effect):
        return np.mean([t_of(one + effect) >= critical for one in drawn])

    assert power(row["mde"] * 1.0001) >= 0.8 - 1 / 400
    assert power(row["mde"] * 0.99) <= 0.8
    h = np.median(cumulate(design.table, window).volatility[held])
    assert row["mde_return"] == pytest.approx(row["mde"] * h)


@pytest.mark.slow
def test_measured_sizes_by_brute_force(rough):
    window = Window(0, 1)
    _, rows, _ = placements_of(rough, window)
    design = rough.fitted.design
    total = cumulate(design.placebo.table, window)
    found = answers(rough, (0, 1))

    def check(name, pvalues):
        pvalues = np.asarray(pvalues)
        pvalues = pvalues[np.isfinite(pvalues)]
        rejected = int((pvalues <= 0.05).sum())
        assert found.loc[name, "size"] == rejected / len(pvalues), name
        assert found.loc[name, "n_draws"] == len(pvalues)
        low, high = wilson(rejected, len(pvalues))
        assert (found.loc[name, "size_low"], found.loc[name, "size_high"]) == (low, high)
        marked = "over-rejects" if low > 0.05 else "under-rejects" if high < 0.05 else ""
        note = found.loc[name, "note"]
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


def test_wilson_interval_is_scipys():
    for hits, trials in ((0, 20), (7, 100), (100, 2000), (50, 50)):
        expected = stats.binomtest(hits, trials).proportion_ci(method="wilson")
        assert wilson(hits, trials) == pytest.approx((expected.low, expected.high), abs=1e-12)


@pytest.mark.slow
def test_p_and_interval_agree():
    """The interval of effects leaves 0 out just when p is 5 % or less."""
    outside = 0
    for seed in range(12):
        frame = panel("A", seed=40 + seed)
        frame.iloc[[150, 250]] += 0.06 * (seed % 4)
        for name, row in answers(fit(frame, [150, 250], draws=99), (0, 1)).iterrows():
            if name == "placebo":
                excludes = row["effect_low"] > 0 or row["effect_high"] < 0
                assert excludes == (row["pvalue"] <= 0.05)
                outside += excludes
    assert 0 < outside < 12


# ---------------------------------------------------------------- placements


SPANS = np.array([[100, 103], [120, 120], [140, 149]])
MOVES = [np.arange(-30, 31), np.arange(-50, 20), np.arange(-60, 12)]


def order_of(spans):
    return np.lexsort((spans[:, 0], spans[:, 0] - spans[:, 1]))


def apart(spans, moves, picks, gap):
    placed = [(spans[c, 0] + moves[c][p], spans[c, 1] + moves[c][p]) for c, p in enumerate(picks)]
    return all(
        p[0] - q[1] >= gap or q[0] - p[1] >= gap for p, q in itertools.combinations(placed, 2)
    )


@pytest.mark.parametrize("gap", [5, 11])
def test_enumerated_placements_are_the_brute_force_product(gap):
    spans = np.array([[10, 14], [30, 30], [44, 45]])
    moves = [np.arange(-10, 12), np.arange(-28, 18, 2), np.array([-40, -20, 0, 3, 4])]
    expected = {
        picks
        for picks in itertools.product(*(range(len(m)) for m in moves))
        if apart(spans, moves, picks, gap)
    }
    found = _enumerate(spans, moves, gap, 5000, order_of(spans))
    assert len(found) == len(expected)
    assert {tuple(int(p) for p in line) for line in found} == expected
    assert _enumerate(spans, moves, gap, len(expected) - 1, order_of(spans)) is None
    exact = _enumerate(spans, moves, gap, len(expected), order_of(spans))
    assert len(exact) == len(expected)


def test_a_bound_on_their_number_never_hides_placements_that_could_be_listed():
    rng = np.random.default_rng(2)
    for _ in range(60):
        clusters = int(rng.integers(1, 4))
        low = np.cumsum(rng.integers(3, 9, clusters))
        spans = np.column_stack([low, low + rng.integers(0, 3, clusters)])
        moves = [np.sort(rng.choice(np.arange(-15, 16), 12, replace=False)) for _ in low]
        expected = sum(
            apart(spans, moves, picks, 5) for picks in itertools.product(*(range(12) for _ in low))
        )
        found = _enumerate(spans, moves, 5, max(expected, 1), order_of(spans))
        assert found is not None
        assert len(found) == expected


def test_drawn_placements_keep_their_distance_and_follow_the_seed():
    rng = np.random.default_rng(8)
    chosen = _sample(SPANS, MOVES, 5, 500, order_of(SPANS), rng)
    assert chosen.shape == (500, 3)
    assert all(apart(SPANS, MOVES, line, 5) for line in chosen)
    again = _sample(SPANS, MOVES, 5, 500, order_of(SPANS), np.random.default_rng(8))
    np.testing.assert_array_equal(chosen, again)
    one, listed = choose_moves(SPANS, MOVES, 5, 300, (1, 2))
    two, _ = choose_moves(SPANS, MOVES, 5, 300, (1, 2))
    other, _ = choose_moves(SPANS, MOVES, 5, 300, (1, 3))
    assert not listed
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()


def test_the_longest_cluster_is_uniform_and_the_next_uniform_over_what_is_left():
    spans = np.array([[10, 10], [20, 26]])
    moves = [np.arange(-10, 20), np.arange(-20, 4)]
    drawn = _sample(spans, moves, 5, 24_000, order_of(spans), np.random.default_rng(1))
    first = np.bincount(drawn[:, 1], minlength=24)
    assert stats.chisquare(first).pvalue > 1e-3
    at = drawn[drawn[:, 1] == 10, 0]
    free = [p for p in range(30) if apart(spans, moves, (p, 10), 5)]
    assert set(at) == set(free)
    assert len(free) < 30
    assert stats.chisquare(np.bincount(at, minlength=30)[free]).pvalue > 1e-3


def test_no_room_for_the_clusters():
    spans = np.array([[10, 10], [20, 20]])
    moves = [np.arange(-2, 3), np.arange(-12, -7)]  # both within five weekdays, whatever is drawn
    chosen, _ = choose_moves(spans, moves, 12, 100, (1,))
    assert chosen is None


@pytest.mark.slow
def test_a_placebo_of_a_widened_pair_has_the_longer_window_and_others_have_not():
    """Policy widen: each pair's placebo windows are as long as its own."""
    frame = panel("A", "B", seed=12)
    declared = [
        Market(name=n, label=n, calendar="data", series=n, timezone="Asia/Tokyo", close="15:00")
        for n in ("A", "B")
    ]
    table = pd.DataFrame(
        {
            "event_id": ["sure", "vague"],
            "published_at": [
                f"{DATES[200]:%Y-%m-%d}T10:00+09:00",
                f"{DATES[300]:%Y-%m-%d}T14:50+09:00",
            ],
            "precision": ["exact", "session"],
        }
    )  # fmt: skip
    study = EventStudy(
        markets=("A", "B"), model=ConstantMean(), estimation_window=(-100, -11),
        event_window=(-2, 2), car_windows=[(0, 0)], statistics=ALL, declared=declared, min_obs=60,
        draws=400, ambiguous="widen", by=("event_id",),
    )  # fmt: skip
    events = Events.from_frame(table)
    results = study.fit(events, PricePanel.from_frame(frame, content="returns"))
    design = results.fitted.design
    assert design.table.extension.tolist() == [0, 0, 1, 1]
    assert design.table.day0.tolist() == [200, 200, 301, 301]
    _, rows, _ = placements_of(results, Window(0, 0))
    placebo = design.placebo.table
    assert (placebo.extension[rows] == [0, 0, 1, 1]).all()
    lengths = cumulate(placebo, Window(0, 0)).n_sessions[rows]
    assert (lengths == [1, 1, 2, 2]).all()
    # what is not widened is as if nothing were
    plain = replace(study, ambiguous="keep").fit(
        events, PricePanel.from_frame(frame, content="returns")
    )
    a = answers(results, (0, 0), "event_id=sure").drop(columns="note")
    b = answers(plain, (0, 0), "event_id=sure").drop(columns="note")
    pd.testing.assert_frame_equal(a, b)
    vague = results.car[results.car["event_id"] == "vague"]
    frame0 = results.abnormal_returns
    for _, row in vague.iterrows():
        part = frame0[
            (frame0["event_id"] == "vague") & (frame0["security"] == row["security"])
        ].set_index("tau")
        assert part.index.min() == -3
        assert row["car"] == pytest.approx(part.loc[[-1, 0], "abnormal_return"].sum())


@pytest.mark.slow
def test_draws_are_those_of_the_group_and_window_alone():
    frame = panel("A", "B", seed=14)
    rows = [150, 190, 230, 270, 310]
    whole = fit(frame, rows, by=("security",), car_windows=[(0, 0), (0, 1), (-1, 1)])
    alone = fit(frame, rows, statistics="placebo", car_windows=[(0, 1)], event_window=(0, 1))
    columns = ["statistic", "pvalue", "mde", "effect_low", "n_draws"]
    got = answers(whole, (0, 1)).loc["placebo", columns].astype(float)
    expected = answers(alone, (0, 1)).loc["placebo", columns].astype(float)
    pd.testing.assert_series_equal(got, expected)
    other = fit(frame, rows, statistics="placebo", seed=1)
    assert answers(other, (0, 1)).loc["placebo", "mde"] != got["mde"]
    assert answers(other, (0, 1)).loc["placebo", "statistic"] == pytest.approx(got["statistic"])


def test_patell_leaves_out_pairs_whose_t_has_no_variance():
    frame = panel("A", "B", "M", seed=15)
    frame.iloc[200:296, 1] = np.nan  # B keeps four estimation sessions: two degrees of freedom
    results = fit(
        frame, [306], model=MarketModel(benchmark="M"), estimation_window=(-16, -7), min_obs=4,
        draws=0, markets=["A;B"],
    )  # fmt: skip
    assert results.models["n_obs"].tolist() == [10, 4]
    sar = results.abnormal_returns.query("tau == 0").set_index("security")["standardized"]
    expected = sar["A"] / math.sqrt(8 / 6)
    assert answers(results).loc["patell", "statistic"] == pytest.approx(expected)


@pytest.mark.fast_cases(2)
@pytest.mark.parametrize(
    ("apart_by", "window", "clusters"),
    [(4, Window(0, 0), 1), (5, Window(0, 0), 2), (6, Window(-2, 4), 1), (7, Window(-2, 4), 2)],
)
def test_units_fewer_than_five_weekdays_or_a_window_apart_move_together(apart_by, window, clusters):
    results = fit(panel("A", "B"), [200, 200 + apart_by], draws=0, event_window=(-2, 4))
    built = pair_structure(results.fitted.design, np.arange(4), window, None)
    assert len(np.unique(built.cluster)) == clusters
    assert len(np.unique(built.unit)) == 2


def test_the_interval_of_a_share_is_that_of_statsmodels_and_stays_in_its_bounds():
    from statsmodels.stats.proportion import proportion_confint

    for hits, trials in ((1, 20), (100, 2000), (1999, 2000)):
        expected = proportion_confint(hits, trials, method="wilson")
        assert wilson(hits, trials) == pytest.approx(expected, rel=1e-12)
    assert wilson(0, 2000)[0] == 0.0
    assert wilson(2000, 2000)[1] == 1.0


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize(("draws", "can_reject"), [(5, False), (18, False), (19, True)])
def test_too_few_draws_for_5_percent_have_no_interval_and_no_mde(draws, can_reject):
    """With 18 draws p is 1/19 at the least: nothing is rejected, so nothing is detected."""
    rng = np.random.default_rng(11)
    dates = pd.bdate_range("2020-01-01", periods=400)
    frame = pd.DataFrame(rng.normal(0, 0.01, (400, 2)), index=dates, columns=["A", "B"])
    events = Events.from_frame(
        pd.DataFrame({"event_id": ["a", "b", "c"], "date": dates[[200, 260, 320]]})
    )
    study = EventStudy(
        markets=("A", "B"), model=ConstantMean(), estimation_window=(-120, -11),
        event_window=(-3, 3), car_windows=[(0, 1)], statistics="placebo", calendar="data",
        date_only="same", draws=draws, min_obs=50,
    )  # fmt: skip
    results = study.fit(events, PricePanel.from_frame(frame, content="returns"))
    row = results.tidy("all", windows=[(0, 1)]).iloc[0]
    assert row["pvalue"] >= 1 / (draws + 1)
    assert np.isfinite(row[["effect_low", "effect_high", "mde"]].astype(float)).tolist() == (
        [can_reject] * 3
    )
