"""The placebo test by brute force: p-value, interval, minimum detectable effect."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from inference_studies import answers, fit, panel, placements_of

from eventstudy import ConstantMean, Events, EventStudy, PricePanel, Window
from eventstudy.estimation.abnormal import cumulate


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


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("window", [Window(0, 0), Window(0, 1)])
def test_placebo_p_effect_and_mde_by_brute_force(rough, window):
    present, rows, structure = placements_of(rough, window)
    design = rough.fitted.design
    real = cumulate(design.table, window).z[present]
    z = cumulate(design.placebo.table, window).z

    def units(values):
        means = [np.nanmean(values[structure.counted & (structure.unit == u)]) for u in range(6)]
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
    share = shares(design, present, structure, window)
    shared = [units(share[line]) for line in rows]

    def pvalue(effect):
        """The test of `effect`, taken out of the events' own dates in the pool too."""
        others = [t_of(one - effect * part) for one, part in zip(drawn, shared, strict=True)]
        return (1 + (np.abs(others) >= abs(t_of(own - effect))).sum()) / 401

    assert pvalue(0.0) == row["pvalue"]
    for end, inwards in ((row["effect_low"], 1e-8), (row["effect_high"], -1e-8)):
        assert pvalue(end - inwards) <= 0.05 < pvalue(end + inwards)

    # Dates as rough as these: draws stretched to their spread.
    spreads = np.array([one.std(ddof=1) for one in drawn])
    stretch = own.std(ddof=1) / math.sqrt((spreads**2).mean())

    def power(effect):
        return np.mean([t_of(stretch * one + effect) >= critical for one in drawn])

    assert power(row["mde"] * 1.0001) >= 0.8 - 1 / 400
    assert power(row["mde"] * 0.99) <= 0.8
    h = np.median(cumulate(design.table, window).volatility[present])
    assert row["mde_return"] == pytest.approx(row["mde"] * h)


def shares(design, present, structure, window):
    """How much of one h of effect on the events' dates each placebo position holds."""
    table, placebo = design.table, design.placebo.table
    real, drawn = cumulate(table, window), cumulate(placebo, window)
    out = np.zeros(len(placebo.day0))
    for at in range(len(out)):
        nearest = window.length
        for pair in present[structure.counted]:
            apart = abs(int(placebo.day0[at] - table.day0[pair]))
            if placebo.security[at] == table.security[pair] and apart < nearest:
                nearest = apart
                part = (window.length - apart) / window.length
                out[at] = part * real.volatility[pair] / drawn.volatility[at]
    return out


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
