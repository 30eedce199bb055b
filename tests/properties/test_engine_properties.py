"""What must hold for any study, on small random panels."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from eventstudy import (
    ConstantMean,
    Events,
    EventStudy,
    FactorModel,
    MarketAdjusted,
    MarketModel,
    PricePanel,
)
from eventstudy.inference import STATISTICS

pytestmark = pytest.mark.fast_tests(2)

ALL = tuple(STATISTICS.names())
UNSIGNED = {"wilcoxon"}
SQUARED = {"joint_f", "joint_f_sum", "joint_f_equal", "mean_square"}
OF_THE_STUDY = {"moderated_placebo", "mean_square"}  # they look at its other dates, too
# Compounding makes of a multiple, a negative or a shift of every return something else.
COMPOUNDED = {name for name in ALL if STATISTICS[name].value.quantity == "bhar"}
DATES = pd.bdate_range("2022-01-03", periods=150)
MODELS = {
    "constant_mean": ConstantMean(),
    "market_adjusted": MarketAdjusted(benchmark="M"),
    "market_model": MarketModel(benchmark="M"),
    "factor": FactorModel(factors=("M", "F")),
}
few = settings(
    max_examples=settings.default.max_examples * 6 // 100,
    phases=[Phase.explicit, Phase.generate],  # the studies are small already
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@dataclass(frozen=True, eq=False)
class Small:
    """A small study: returns of A, B, C and two factors, and a table of events."""

    frame: pd.DataFrame
    events: pd.DataFrame
    model: str

    def study(self, **changes):
        given = {
            "markets": ("A", "B", "C"),
            "model": MODELS[self.model],
            "estimation_window": (-45, -6),
            "event_window": (-2, 2),
            "car_windows": [(0, 0), (-1, 1)],
            "statistics": ALL,
            "by": ("category",),
            "calendar": "data",
            "date_only": "same",
            "min_obs": 25,
            "max_loss": 1.0,
            "draws": 40,
        }
        return EventStudy(**(given | changes))

    def fit(self, **changes):
        prices = PricePanel.from_frame(self.frame, content="returns")
        return self.study(**changes).fit(Events.from_frame(self.events), prices)


@st.composite
def studies(draw, models=tuple(MODELS)):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(3, 6))
    market = rng.normal(0, 0.01, 150)
    frame = pd.DataFrame(
        0.7 * market[:, None] + rng.standard_t(4, (150, 5)) * 0.008,
        index=DATES,
        columns=["A", "B", "C", "M", "F"],
    )
    frame["M"] = market
    missing = draw(st.sampled_from([0.0, 0.03]))
    frame = frame.mask(rng.random(frame.shape) < missing)
    rows = sorted(draw(st.lists(st.integers(52, 145), min_size=n, max_size=n)))
    where = [draw(st.sampled_from(["", "A", "A;B", "B;C"])) for _ in rows]
    events = pd.DataFrame(
        {
            "event_id": [f"E{i}" for i in range(n)],
            "date": DATES[rows],
            "category": [draw(st.sampled_from(["talk", "deal"])) for _ in rows],
            "markets": where,
        }
    )
    return Small(frame=frame, events=events, model=draw(st.sampled_from(models)))


def statistics(results, columns=("statistic", "pvalue", "n_pairs")):
    keys = ["group", "window_start", "window_end", "measure", "name"]
    return results.statistics.set_index(keys)[list(columns)].astype(float)


def without(rows, names):
    return rows[~rows.index.get_level_values("name").isin(names)]


def of_pairs(frame, extra=()):
    """Rows in one order, whatever the order of the study."""
    keys = ["event_id", "security", *extra]
    return frame.sort_values(keys, kind="stable").reset_index(drop=True)


def assert_same(a, b, *, rtol=1e-9, atol=1e-12):
    pd.testing.assert_frame_equal(a, b, check_exact=False, rtol=rtol, atol=atol, check_dtype=False)


@pytest.mark.slow
@few
@given(case=studies(), seed=st.integers(0, 99))
def test_the_order_of_events_and_markets_decides_nothing(case, seed):
    results = case.fit()
    rng = np.random.default_rng(seed)
    shuffled = replace(
        case,
        events=case.events.iloc[rng.permutation(len(case.events))].reset_index(drop=True),
        frame=case.frame[list(rng.permutation(case.frame.columns))],
    )
    other = shuffled.fit(markets=tuple(rng.permutation(["A", "B", "C"])))
    assert_same(of_pairs(results.models), of_pairs(other.models))
    windows = ["window_start", "window_end"]
    assert_same(of_pairs(results.car, windows), of_pairs(other.car, windows))
    assert_same(of_pairs(results.dropped), of_pairs(other.dropped))
    columns = ("estimate", "statistic", "pvalue", "n_pairs", "n_units", "mde", "size")
    mine, theirs = statistics(results, columns), statistics(other, columns)
    assert_same(mine, theirs.loc[mine.index])


@pytest.mark.slow
@few
@given(case=studies(models=("constant_mean",)), factor=st.sampled_from([1e-3, 0.25, 7.0]))
def test_scaling_all_returns_changes_no_test(case, factor):
    scaled = replace(case, frame=case.frame * factor)
    assume(scaled.frame.min().min() > -1)
    a, b = case.fit(), scaled.fit()
    mine, theirs = (without(statistics(study), COMPOUNDED) for study in (a, b))
    assert_same(mine[["pvalue"]], theirs[["pvalue"]])
    # The statistic of sq is the CAR itself.
    assert_same(without(mine, {"sq"}), without(theirs, {"sq"}))
    assert_same(a.car[["t", "pvalue"]], b.car[["t", "pvalue"]])
    assert_same(a.car[["car", "std_error"]] * factor, b.car[["car", "std_error"]])


@pytest.mark.slow
@few
@given(case=studies(models=("constant_mean", "market_model", "market_adjusted", "factor")))
def test_turning_all_returns_round_turns_the_signs(case):
    a, b = case.fit(), replace(case, frame=-case.frame).fit()
    mine, theirs = (without(statistics(study), COMPOUNDED) for study in (a, b))
    same = ["pvalue", "n_pairs"]
    assert_same(mine[same], theirs[same])
    names = mine.index.get_level_values("name")
    assert_same(mine[names.isin(SQUARED)], theirs[names.isin(SQUARED)])
    signed = ~names.isin(UNSIGNED | SQUARED)
    turned = theirs.assign(statistic=-theirs["statistic"])
    assert_same(mine[signed], turned[signed])
    ranked = names.isin(UNSIGNED)
    n = mine["n_pairs"].where(mine["n_pairs"] > 0)
    whole = n * (n + 1) / 2
    plus = mine.loc[ranked, "statistic"] + theirs.loc[ranked, "statistic"]
    assert_same(plus.to_frame(), whole[ranked].rename("statistic").to_frame())
    assert_same(a.car[["car", "t"]], -b.car[["car", "t"]])
    assert_same(a.car[["std_error", "pvalue"]], b.car[["std_error", "pvalue"]])


@pytest.mark.slow
@few
@given(case=studies(models=("market_model", "factor")), shift=st.sampled_from([-0.02, 0.003]))
def test_a_constant_added_to_all_returns_leaves_abnormal_returns(case, shift):
    a, b = case.fit(draws=0), replace(case, frame=case.frame + shift).fit(draws=0)
    columns = ["abnormal_return", "std_error", "standardized"]
    assert_same(a.abnormal_returns[columns], b.abnormal_returns[columns])
    assert_same(*(without(statistics(study), COMPOUNDED) for study in (a, b)))
    slopes = [name for name in a.models if str(name).startswith("beta")]
    assert_same(a.models[[*slopes, "sigma"]], b.models[[*slopes, "sigma"]])


@pytest.mark.slow
@few
@given(case=studies())
def test_a_study_split_in_two_gives_the_same_pairs_and_groups(case):
    assume(case.events["category"].nunique() == 2)
    whole = case.fit()
    for category, part in case.events.groupby("category"):
        events = part.reset_index(drop=True)
        half = replace(case, events=events).fit()
        inside = set(events["event_id"])
        for name in ("models", "abnormal_returns", "car", "dropped"):
            frame = getattr(whole, name)
            mine = frame[frame["event_id"].isin(inside)].reset_index(drop=True)
            if name == "car":
                windows = ["window_start", "window_end"]
                assert_same(of_pairs(mine, windows), of_pairs(half.car, windows))
            else:
                assert_same(mine, getattr(half, name))
        group = f"category={category}"
        columns = ("estimate", "statistic", "pvalue", "n_pairs", "mde", "size")
        a = without(statistics(whole, columns), OF_THE_STUDY).loc[group]
        b = without(statistics(half, columns), OF_THE_STUDY).loc[group]
        assert_same(a, b)


@pytest.mark.slow
@few
@given(case=studies())
def test_securities_outside_the_study_do_not_matter(case):
    a = case.fit(markets=("A", "B"))
    rng = np.random.default_rng(0)
    frame = case.frame.assign(C=rng.normal(0, 0.05, 150), X=0.01, Y=np.nan)
    prices = PricePanel.from_frame(frame, content="returns")
    b = case.study(markets=("A", "B")).fit(Events.from_frame(case.events), prices)
    for name in ("statistics", "abnormal_returns", "car", "models", "dropped", "caar"):
        pd.testing.assert_frame_equal(getattr(a, name), getattr(b, name))


@few
@given(case=studies())
def test_no_input_is_changed(case):
    events, prices = (
        Events.from_frame(case.events),
        PricePanel.from_frame(case.frame, content="returns"),
    )

    def marks():
        frames = (case.frame, case.events, events.frame.astype(str), prices.frame())
        return [int(pd.util.hash_pandas_object(frame).sum()) for frame in frames]

    before = marks()
    study = case.study()
    again = hash(study)
    results = study.fit(events, prices)
    results.test("bmp", (-2, 2))
    results.summary()
    assert marks() == before
    assert hash(study) == again


@pytest.mark.slow
@few
@given(case=studies())
def test_draws_do_not_depend_on_what_else_is_asked(case):
    whole = case.fit(by=("category", "security"), car_windows=[(0, 0), (-1, 1), (0, 2)])
    alone = case.fit(by=(), car_windows=[(-1, 1)], statistics="placebo", event_window=(-1, 1))
    columns = ("statistic", "pvalue", "mde", "effect_low", "n_draws")
    key = ("all", -1, 1, "car", "placebo")
    a, b = statistics(whole, columns).loc[[key]], statistics(alone, columns).loc[[key]]
    assert_same(a, b)
    other = case.fit(by=("security",), statistics=("placebo", "bmp"))
    rows = statistics(other, columns)
    for group in rows.index.get_level_values("group").unique():
        key = (group, 0, 0, "car", "placebo")
        assert_same(statistics(whole, columns).loc[[key]], rows.loc[[key]])


@few
@given(case=studies())
def test_every_number_is_possible(case):
    results = case.fit()
    rows = results.statistics
    there = rows["statistic"].notna()
    known = rows["pvalue"].dropna()
    assert known.between(0, 1).all()
    assert rows["size"].dropna().between(0, 1).all()
    assert (rows.loc[~there, "pvalue"].isna()).all()
    assert rows.loc[~there, "note"].ne("").all()
    assert rows["mde"].dropna().ge(0).all()
    inside = rows["effect_low"].dropna().index
    effects = rows.loc[inside]
    assert (effects["effect_low"] <= effects["effect"]).all()
    assert (effects["effect"] <= effects["effect_high"]).all()
    # the interval of effects leaves 0 out just when the test rejects
    excludes = (effects["effect_low"] > 0) | (effects["effect_high"] < 0)
    assert (excludes == (effects["pvalue"] <= 0.05)).all()


@pytest.mark.slow
@pytest.mark.parametrize("draws", [25, 400])
def test_the_seed_decides_the_draws(draws):
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(rng.normal(0, 0.01, (150, 3)), index=DATES, columns=["A", "B", "C"])
    events = pd.DataFrame({"event_id": ["a", "b", "c"], "date": DATES[[60, 90, 130]]})
    case = Small(frame=frame, events=events.assign(category="x"), model="constant_mean")
    one, two, other = (case.fit(draws=draws, seed=seed) for seed in (7, 7, 8))
    pd.testing.assert_frame_equal(one.statistics, two.statistics)
    mde = [
        results.statistics.query("name == 'placebo' and measure == 'car'")["mde"].tolist()
        for results in (one, other)
    ]
    assert mde[0] != mde[1]
    assert all(math.isfinite(value) for value in mde[0])
