"""The ladder against a plain derivation: loops over dates, labels and markets."""

from dataclasses import replace

import numpy as np
import pytest
from desk_study import one_market, reactions
from scipy import stats

from eventstudy.expectation.past_dates import past_dates
from eventstudy.expectation.pooling import (
    PRIOR_DATES,
    USUAL,
    History,
    Method,
    pool,
    range_of,
    shrinkage,
)
from eventstudy.expectation.reactions import past_reactions
from eventstudy.reporting.wording import MIN_DATES

pytestmark = pytest.mark.fast_tests(2)

MOMENT = np.datetime64("2021-06-15T22:00", "ns")
OPPOSITE = {"escalation": "de-escalation", "de-escalation": "escalation"}


def plain_base(found, market, moment, lead):
    """Expected return, deviations, ordinary returns, and past dates beyond: from the frames."""
    days = found.days[market]
    rows = [
        t
        for t in range(len(days.raw))
        if days.over[t] <= moment and np.isfinite(days.raw[t] / days.volatility[t])
    ]
    ordinary = [t for t in rows if days.is_ordinary[t]]
    z = {t: days.raw[t] / days.volatility[t] for t in rows}
    x = {t: days.lead[t] / days.volatility[t] for t in rows}
    news = sorted(set(found.frame.query("market == @market and over_utc <= @moment")["day0"]))
    plain = np.array([z[t] for t in ordinary])
    if np.isnan(lead):
        return plain.mean(), plain - plain.mean(), plain, {t: z[t] - plain.mean() for t in news}
    used = [t for t in ordinary if np.isfinite(x[t])]
    fit = stats.linregress([x[t] for t in used], [z[t] for t in used])
    expected = {t: fit.intercept + fit.slope * np.nan_to_num(x[t]) for t in rows}
    return (
        fit.intercept + fit.slope * lead,
        np.array([z[t] - expected[t] for t in used]),
        plain,
        {t: z[t] - expected[t] for t in news},
    )


def plain_effect(found, leads, market, category, direction):
    """What the news adds, from the weights of all markets together."""
    labels, bases = [], []
    for n, lead in enumerate(leads):
        bases.append(plain_base(found, n, MOMENT, lead))
        own = found.frame[found.frame["market"] == n]
        at = {}
        for t in bases[n][3]:
            items = own[own["day0"] == t]
            at[t] = list(zip(items["category"], items["direction"], strict=True))
        labels.append(at)

    def clean(n, direction, category=None):
        return [
            t
            for t, items in labels[n].items()
            if any(d == direction and category in (None, c) for c, d in items)
            and not any(d == OPPOSITE.get(direction) for _, d in items)
        ]

    def gap(n, direction):
        residual = bases[n][3]
        own = [residual[t] for t in clean(n, direction)]
        other = [residual[t] for t in clean(n, OPPOSITE.get(direction))]
        if direction == "neutral" or not other:
            return np.mean(own), len(own)
        return (np.mean(own) - np.mean(other)) / 2, 4 / (1 / len(own) + 1 / len(other))

    square = freedom = 0.0
    gaps, kinds = [], []
    for n in range(len(leads)):
        for each in ("escalation", "de-escalation", "neutral"):
            own = [bases[n][3][t] for t in clean(n, each)]
            if len(own) < 2:
                continue
            square += np.var(own) * len(own)
            freedom += len(own) - 1
            gaps.append(gap(n, each))
            for kind in sorted(set(found.frame["category"])):
                values = [bases[n][3][t] for t in clean(n, each, kind)]
                if values:
                    kinds.append((np.mean(values) - gaps[-1][0], len(values)))
    within = square / freedom

    def variance(cells):
        total = sum(n for _, n in cells)
        excess = sum(n * g**2 for g, n in cells) / within - len(cells)
        return max(0.0, excess / total) * within

    def weight(tau2, n):
        return tau2 / (tau2 + within / n) if tau2 else 0.0

    value, size = gap(market, direction)
    effect = weight(variance(gaps), size) * value
    of_kind = [bases[market][3][t] for t in clean(market, direction, category)]
    to_kind = weight(variance(kinds), len(of_kind)) if of_kind else 0.0
    effect += to_kind * (np.mean(of_kind) - effect) if of_kind else 0.0
    is_kind = to_kind > 0 and len(of_kind) >= MIN_DATES
    chosen = clean(market, direction, category) if is_kind else clean(market, direction)
    return bases[market], effect, np.array([bases[market][3][t] for t in chosen])


@pytest.mark.parametrize("lead", [np.nan, 1.3])
@pytest.mark.parametrize("direction", ["escalation", "de-escalation"])
@pytest.mark.parametrize("market", [0, 1])
def test_the_ladder_is_what_plain_loops_give(market, direction, lead):
    found = reactions()
    leads = [lead, lead]
    pooled = pool(History(found), MOMENT, leads)
    predicted = pooled.predict(market, "talks", direction)
    (centre, sample, _, _), effect, dates = plain_effect(found, leads, market, "talks", direction)
    assert predicted.effect == pytest.approx(effect, abs=1e-10)
    ratio = ((dates - effect) ** 2).sum() / (sample**2).mean()
    stretch = np.sqrt((ratio + PRIOR_DATES) / (len(dates) + PRIOR_DATES))
    np.testing.assert_allclose(predicted.sample, centre + effect + stretch * sample, atol=1e-10)


def test_a_method_says_how_much_of_a_step_counts():
    found, moment = reactions(), MOMENT
    effects = {}
    for pooling in ("full", "half", "eb"):
        history = History(found, Method(pooling=pooling, kinds=False))
        effects[pooling] = pool(history, moment, [np.nan] * 2).predict(0, None, "escalation").effect
    assert effects["half"] == pytest.approx(effects["full"] / 2)
    assert abs(effects["eb"]) < abs(effects["full"])
    none = pool(History(found, Method(centre="none", kinds=False)), moment, [np.nan] * 2)
    assert none.predict(0, None, "escalation").effect == 0.0


def test_past_values_as_they_are_can_be_had_too():
    found = reactions()
    method = Method(centre="mean", pooling="full", spread="step", lead=False, kinds=False)
    history = History(found, method)
    predicted = pool(history, MOMENT, [np.nan] * 2).predict(0, None, "escalation")
    dates = past_dates(found, 0)
    count = dates.known(MOMENT)
    own = dates.having((None, "escalation"), count, clean=True)
    np.testing.assert_allclose(predicted.sample, dates.z[:count][own], atol=1e-12)


def test_the_t_spread_is_that_of_the_step_s_dates():
    found = reactions()
    predicted = pool(History(found, replace(USUAL, spread="t")), MOMENT, [np.nan] * 2).predict(
        0, None, "escalation"
    )
    low, middle, high = predicted.quantiles()
    base = plain_base(found, 0, MOMENT, np.nan)
    n = int(predicted.chosen.sum())
    sd = np.std(np.array(list(base[3].values()))[predicted.chosen], ddof=1)
    reach = stats.t.ppf(0.9, n - 1) * sd * np.sqrt(1 + 1 / n)
    assert (high - low) / 2 == pytest.approx(reach, rel=0.02)
    assert middle == pytest.approx(base[0] + predicted.effect, abs=1e-8)


def test_under_eight_dates_there_is_no_range():
    z = np.random.default_rng(0).standard_normal(400)
    found = past_reactions(*one_market(z, np.arange(100, 170, 10), ["escalation"] * 7))
    pooled = pool(History(found), np.datetime64("2010-01-01", "ns"), [np.nan])
    predicted = pooled.predict(0, None, "escalation")
    assert (predicted.level, int(predicted.chosen.sum()), len(predicted.sample)) == ("all", 7, 0)


def test_without_days_there_is_no_base():
    found = reactions()
    assert History(found).base(0, np.datetime64("2019-01-20", "ns"), np.nan) is None
    pooled = pool(History(found), np.datetime64("2019-01-20", "ns"), [np.nan] * 2)
    with pytest.raises(ValueError, match="no base"):
        pooled.predict(0, None, None)


def test_all_days_stand_in_where_too_few_are_without_news():
    z = np.random.default_rng(0).standard_normal(200)
    found = past_reactions(*one_market(z, np.arange(60, 190, 3), ["neutral"] * 44))
    base = History(found).base(0, np.datetime64("2010-01-01", "ns"), np.nan)
    assert not base.is_ordinary
    assert len(base.plain) == np.isfinite(found.days[0].raw / found.days[0].volatility[:-1]).sum()


def test_the_lead_is_known_only_once_the_benchmark_has_closed_again():
    found = reactions()
    history, days = History(found), found.days[0]
    t = 500
    closes = found.levels.closed
    first = closes[closes > days.closed[t]][0]
    assert np.isnan(history.lead(0, first - np.timedelta64(1, "m")))
    assert history.lead(0, days.opened[t + 1]) == pytest.approx(
        days.lead[t + 1] / days.volatility[t + 1], abs=1e-12
    )
    late = days.opened[t + 1] + np.timedelta64(60, "m")  # the market trades: nothing is added
    assert history.lead(0, late) == history.lead(0, days.opened[t + 1])
    assert np.isnan(History(found, Method(lead=False)).lead(0, days.opened[t + 1]))


@pytest.mark.parametrize(
    ("number", "gap", "expected"), [([4.0, 4.0], [0.1, -0.1], 0.0), ([], [], 0.0)]
)
def test_gaps_that_chance_explains_get_no_weight(number, gap, expected):
    assert shrinkage(np.array(number), np.array(gap), 1.0) == expected


def test_the_variance_of_gaps_is_found_again():
    rng = np.random.default_rng(5)
    number = rng.integers(5, 40, 40_000).astype(float)
    gap = rng.normal(0, 0.5, 40_000) + rng.standard_normal(40_000) / np.sqrt(number)
    assert shrinkage(number, gap, 1.0) == pytest.approx(0.25, rel=0.04)


def test_the_range_of_few_values_holds_the_next_one_in_four_of_five_cases():
    draws = np.random.default_rng(1).standard_normal((4000, 20))
    inside = []
    for row in draws:
        low, _, high = range_of(row[:19])
        inside.append(low <= row[19] <= high)
    assert np.mean(inside) == pytest.approx(0.8, abs=0.02)
