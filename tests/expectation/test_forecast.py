"""A forecast: nothing later than the moment, every number derived again, what is said where not."""

import warnings
from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest
from desk_study import data, one_market, reactions, study
from scipy import stats

from eventstudy.events.table import Events
from eventstudy.expectation.forecast import absent, forecast, strength
from eventstudy.expectation.past_dates import past_dates
from eventstudy.expectation.pooling import History, pool
from eventstudy.expectation.reactions import past_reactions
from eventstudy.expectation.scoring import walk_forward
from eventstudy.inference.contrast import TwoGroups, contrast
from eventstudy.inference.permutations import permutations
from eventstudy.prices.panel import PricePanel

pytestmark = pytest.mark.fast_tests(2)

NOW = pd.Timestamp("2021-06-15T22:00Z")
LATER = np.datetime64("2010-01-01", "ns")


def asked(found, now=NOW, category="talks", direction="de-escalation", **options):
    return forecast(found, category=category, direction=direction, now=now, **options)


def changed_later(now, seed, window):
    """The small study with other prices and other news after a moment."""
    rng = np.random.default_rng(seed)
    events, prices = data()
    frame = prices.frame()
    is_later = frame.index > now.tz_localize(None).normalize()
    frame = frame * np.where(is_later[:, None], np.exp(0.02 * rng.standard_normal(frame.shape)), 1)
    frame = frame[~is_later | (rng.random(len(frame)) < 0.9)]
    if seed % 2:
        frame = frame[frame.index <= now.tz_localize(None).normalize() + pd.Timedelta(days=3)]
    table = events.frame.drop(columns=["date", "timezone"])
    is_new = table["published_at"] > now
    table = table.assign(
        category=np.where(is_new, rng.permutation(table["category"]), table["category"]),
        direction=np.where(is_new, rng.permutation(table["direction"]), table["direction"]),
    )
    table = table[~is_new | (rng.random(len(table)) < 0.7)]
    table = table.iloc[rng.permutation(len(table))] if seed == 2 else table
    with warnings.catch_warnings():  # gaps among the later sessions
        warnings.simplefilter("ignore")
        prices = PricePanel.from_frame(frame)
        return past_reactions(study(), Events.from_frame(table), prices, window=window)


@pytest.mark.fast_cases(2)
@pytest.mark.parametrize(
    ("seed", "window"), [(0, (0, 1)), (1, (0, 1)), (2, (0, 1)), (3, (0, 4)), (4, (1, 2))]
)
@pytest.mark.parametrize("now", [NOW, pd.Timestamp("2020-09-10T22:00Z")])
def test_what_comes_later_changes_no_digit(now, seed, window):
    """Prices, gaps, news, labels after the moment; in seed 2 the file in another order, too."""
    real = asked(reactions(window=window), now)
    other = asked(changed_later(now, seed, window), now)
    assert [each.security for each in real] == ["N225", "HSI"]
    for left, right in zip(real, other, strict=True):
        for field in fields(left):
            assert getattr(left, field.name) == getattr(right, field.name), field.name


def test_the_range_is_that_of_the_pool_at_today_s_volatility():
    found = reactions()
    moment = NOW.tz_localize(None).to_datetime64().astype("M8[ns]")
    history = History(found)
    pooled = pool(history, moment, [history.lead(n, moment) for n in range(2)])
    for n, each in enumerate(asked(found)):
        days = found.days[n]
        last = np.flatnonzero(days.closed <= moment)[-1]
        today = days.volatility[last + 1]
        sample = pooled.predict(n, "talks", "de-escalation").sample
        cut = np.sort(sample)
        at = 0.1 * (len(cut) + 1) - 1
        low = cut[int(at)] + (at - int(at)) * (cut[int(at) + 1] - cut[int(at)])
        assert each.low == pytest.approx(low * today, abs=1e-12)
        assert each.median == pytest.approx(np.median(sample) * today, abs=1e-12)
        assert each.daily_volatility == today
        assert each.prices_to == days.session[last]
        assert each.low < each.median < each.high
        assert each.ordinary_low < 0 < each.ordinary_high


def test_past_reactions_are_rescaled_to_today_s_volatility():
    found = reactions()
    for n, each in enumerate(asked(found)):
        rows = found.frame[found.frame["market"] == n].set_index("event_id")
        assert each.n_dates == len(each.past)
        assert each.n_up == sum(past.raw > 0 for past in each.past)
        assert each.n_same_kind == sum(past.is_same_kind for past in each.past)
        for past in each.past:
            row = rows.loc[past.event_ids[0]]
            ratio = each.daily_volatility / row["volatility"]
            assert past.raw == row["raw"]
            assert past.rescaled == pytest.approx(row["raw"] * ratio, abs=1e-12)
            if past.beyond is not None:
                assert past.beyond == pytest.approx(row["beyond"] * ratio, abs=1e-12)
            assert row["over_utc"] <= NOW.tz_localize(None)
            assert "de-escalation" in set(rows.loc[list(past.event_ids), "direction"])


def test_beyond_is_the_range_of_what_the_benchmark_does_not_explain():
    for each in asked(reactions()):
        values = np.sort([past.beyond for past in each.past if past.beyond is not None])
        at = 0.9 * (len(values) + 1) - 1
        high = values[int(at)] + (at - int(at)) * (values[int(at) + 1] - values[int(at)])
        assert each.beyond_high == pytest.approx(high, abs=1e-12)
        assert each.beyond_median == pytest.approx(np.median(values), abs=1e-12)


def test_the_contrast_is_a_difference_of_means_and_its_labels_are_permuted():
    found = reactions()
    moment = NOW.tz_localize(None).to_datetime64()
    for n, each in enumerate(asked(found)):
        dates = past_dates(found, n)
        count = dates.known(moment)
        own, other = (dates.having((None, name), count) for name in ("de-escalation", "escalation"))
        assert each.n_mixed == (own & other).sum()
        own, other = own & ~other, other & ~own
        z = dates.z[:count]
        expected = (z[own].mean() - z[other].mean()) * each.daily_volatility
        assert each.contrast == pytest.approx(expected, abs=1e-12)
        assert (each.contrast_n_own, each.contrast_n) == (own.sum(), other.sum())
        used = np.flatnonzero(own | other)
        block = np.cumsum(np.r_[0, np.diff(dates.day0[used]) >= 2])  # no run lasts 10 weekdays
        groups = TwoGroups(
            car=z[None, used],
            z=z[None, used],
            per_return=np.ones((1, len(used))),
            first=own[used],
            block=block,
            stratum=np.zeros(len(used), int),
        )
        drawn = permutations(groups.first, block, groups.stratum, draws=1999, seed=[20250502])
        assert each.contrast_p == contrast(groups, drawn).pvalue


def test_what_the_benchmark_did_since_the_close_moves_the_range():
    before, after = asked(reactions(), NOW - pd.Timedelta(hours=12)), asked(reactions())
    for early, late in zip(before, after, strict=True):
        assert early.lead is None
        _, prices = data()
        at = prices.names.index("SPX")
        moved = prices.values[at][prices.dates[at] <= np.datetime64("2021-06-15")]
        assert late.lead == pytest.approx(moved[-1] / moved[-2] - 1, abs=1e-12)
        assert late.median != early.median
        assert any("S&P 500" in note for note in late.notes)


@pytest.mark.slow
def test_where_prices_end_early_no_move_of_the_benchmark_is_taken_into_account():
    """New York closed at 20:00; Tokyo's last price is one session old, or two, or a year."""
    for days, has_lead in ((0, True), (1, False), (365, False)):
        events, prices = data()
        frame = prices.frame()
        frame.loc[frame.index > (NOW - pd.Timedelta(days=days)).tz_localize(None), "N225"] = np.nan
        found = past_reactions(study(), events, PricePanel.from_frame(frame))
        tokyo, hong_kong = asked(found)
        assert (tokyo.lead is not None) == has_lead
        assert any("S&P 500 moved" in note for note in tokyo.notes) == has_lead
        assert hong_kong.lead is not None


def test_a_market_whose_first_session_is_over_has_the_forecast_of_the_news():
    """Tokyo closed after the news and before the question; so did Hong Kong, an hour later."""
    found = reactions()
    news = pd.Timestamp("2021-06-15T02:00Z")
    then = asked(found, news)
    for hour, over in (
        ("05:59", (False, False)),
        ("06:30", (True, False)),
        ("09:00", (True, True)),
    ):
        now = pd.Timestamp(f"2021-06-15T{hour}Z")
        late = asked(found, now, published=news)
        for n, each in enumerate(late):
            expected = then[n] if over[n] else asked(found, now)[n]
            assert replace(each, notes=()) == replace(expected, notes=())
            assert any("session after the news is over" in s for s in each.notes) == over[n]


def test_firm_needs_a_record_that_beats_ordinary_days():
    first, second = asked(reactions())
    sure = [replace(first, contrast_p=0.001, contrast_n_own=30, contrast_n=30), second]
    _, record = walk_forward(reactions())
    record = replace(record, crps_ratio=0.9, ratio_low=0.8)
    assert strength(sure, replace(record, ratio_high=0.99))[0] == "firm"
    word, sentence = strength(sure, replace(record, ratio_high=1.01))
    assert word == "some"
    assert "were not clearly better than the range of ordinary days" in sentence


def few(n_own, n_other, *, direction="de-escalation", opposite="escalation"):
    """A market with so many dates of two directions."""
    z = np.random.default_rng(0).standard_normal(600)
    rows = np.arange(100, 100 + 10 * (n_own + n_other), 10)
    return past_reactions(*one_market(z, rows, [direction] * n_own + [opposite] * n_other))


def test_under_eight_dates_there_are_dots_and_no_range():
    (each,) = asked(few(4, 3), LATER)
    assert (each.low, each.median, each.high) == (None, None, None)
    assert (each.level, each.n_dates, len(each.past)) == ("all", 7, 7)
    assert "7 past dates" in each.notes[0]


def test_where_a_direction_has_too_few_dates_the_range_is_of_all_news():
    (each,) = asked(few(3, 9), LATER)
    assert (each.level, each.n_dates) == ("all", 12)
    assert each.low is not None
    assert "of all news" in each.notes[0]


def test_a_kind_with_dates_of_its_own_that_differs_is_a_step():
    rng = np.random.default_rng(0)
    rows, kinds = np.arange(100, 900, 10), np.array(["deal", "rumour"] * 40)
    z = rng.standard_normal(1000)
    z[rows] += np.where(kinds == "deal", 3.0, 0.0)
    specification, events, prices = one_market(z, rows, ["de-escalation"] * 80)
    table = events.frame.assign(category=kinds).drop(columns=["published_at", "timezone"])
    found = past_reactions(specification, Events.from_frame(table), prices)
    deal, rumour = (asked(found, LATER, category=kind)[0] for kind in ("deal", "rumour"))
    assert (deal.level, deal.n_dates, deal.n_same_kind) == ("category", 40, 40)
    # the weight of 40 dates is almost one, so that the centre is that of the kind
    past = np.mean([each.rescaled for each in deal.past])
    assert deal.median == pytest.approx(past, abs=0.2 * deal.daily_volatility)
    assert rumour.median < deal.median


@pytest.mark.parametrize(
    ("direction", "why"),
    [(None, "direction is not known"), ("neutral", "neutral news has no opposite")],
)
def test_without_an_opposite_nothing_is_compared(direction, why):
    (each,) = asked(few(9, 9), LATER, direction=direction)
    assert (each.contrast, each.contrast_p, each.contrast_n) == (None, None, 0)
    assert any(why in note for note in each.notes)


def test_one_date_of_the_opposite_gives_a_difference_and_no_p():
    (each,) = asked(few(9, 1), LATER)
    assert each.contrast is not None
    assert each.contrast_p is None
    assert any("p-value" in note for note in each.notes)


def test_a_market_without_a_forecast_has_a_reason():
    found = reactions()
    assert absent(found, NOW) == {}
    assert "60 windows" in absent(found, "2019-02-20T00:00Z")["N225"]
    assert absent(found, "2018-02-20T00:00Z")["HSI"] == "it has no price by then"
    z = np.random.default_rng(0).standard_normal(200)
    late = past_reactions(*one_market(z, np.array([190]), ["neutral"]))
    assert absent(late, "2000-09-01T00:00Z")["A"] == "no past news of the study was over by then"
    assert asked(late, "2000-09-01T00:00Z") == ()


@pytest.mark.parametrize(
    ("pvalue", "n_own", "n_other", "word"),
    [
        (0.004, 25, 25, "firm"),
        (0.006, 25, 25, "some"),
        (0.004, 19, 25, "some"),
        (0.004, 25, 7, "little"),
        (0.06, 25, 25, "little"),
        (None, 25, 0, "little"),
    ],
)
def test_how_sure_it_is_follows_the_stated_rule(pvalue, n_own, n_other, word):
    first, second = asked(reactions())
    first = replace(first, contrast_p=pvalue, contrast_n_own=n_own, contrast_n=n_other)
    second = replace(second, contrast_p=None if pvalue is None else 0.9)
    found, sentence = strength([first, second])
    assert found == word
    assert ("2 markets" in sentence) == (pvalue is not None)
    assert sentence.startswith("1 of 2 markets moved differently after such") == (word != "little")
    assert ("cannot be told; the dates are few" in sentence) == (n_other == 7)
    assert ("cannot be told; it may be chance" in sentence) == (pvalue == 0.06)


@pytest.mark.slow
def test_the_range_holds_what_it_should_where_the_truth_is_known():
    """A direction that moves the market by a daily volatility: its middle is found again."""
    rng = np.random.default_rng(4)
    rows = np.arange(100, 3900, 8)
    sign = rng.choice([-1.0, 1.0], len(rows))
    z = rng.standard_normal(4000)
    z[rows] += sign
    names = np.where(sign > 0, "de-escalation", "escalation").tolist()
    found = past_reactions(*one_market(z, rows, names), volatility="sd250")
    (each,) = asked(found, np.datetime64("2030-01-01"), category=None)
    scale = each.daily_volatility
    assert each.median / scale == pytest.approx(1, abs=0.15)
    reach = stats.norm.ppf(0.9) * np.sqrt(2)
    assert (each.high - each.low) / scale == pytest.approx(2 * reach, rel=0.06)
    assert each.contrast / scale == pytest.approx(2, abs=0.35)
    assert each.contrast_p < 0.001
