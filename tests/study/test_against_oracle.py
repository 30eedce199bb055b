"""Every number of random studies, by the public door, against an independent derivation."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import oracle
import oracle_cases
import oracle_placebo
import oracle_statistics
import oracle_units
import pandas as pd
import pytest
import studies
from scipy import stats

from eventstudy import ConstantMean, Events, EventStudy, Market

pytestmark = pytest.mark.fast_tests(2)

RELATIVE, ABSOLUTE = 1e-10, 1e-13
WINDOWS = [(-1, -1), (0, 0), (-1, 1), (-3, 5)]
ROUNDS = {  # what is awkward about each random study beside its dates
    0: {"empty_window": (0, 0), "mask": True},
    1: {"beyond_end": True, "holidays": 0.1},
    2: {"holidays": 0.0, "missing": 0.1, "empty_window": (-1, 1)},
}


def assert_close(got, expected, what, *, floor=ABSOLUTE):
    assert got == pytest.approx(expected, rel=RELATIVE, abs=floor, nan_ok=True), what


def rows_of(frame, window, group="all"):
    chosen = frame[
        (frame["group"] == group)
        & (frame["window_start"] == window[0])
        & (frame["window_end"] == window[1])
    ]
    return {(row["measure"], row["name"]): row for _, row in chosen.iterrows()}


def assert_same_pairs(case, results):
    kept = oracle.kept(case)
    keys = [case.pairs[i][:2] for i in kept]
    models = results.models
    assert list(zip(models["event_id"], models["security"], strict=True)) == keys
    lost = {case.pairs[i][:2] for i in range(len(case.pairs)) if i not in kept}
    dropped = results.dropped[results.dropped["stage"] != "market"]
    assert set(zip(dropped["event_id"], dropped["security"], strict=True)) == lost
    return kept


def assert_same_models(case, kept, results):
    for i, row in zip(kept, results.models.to_dict("records"), strict=True):
        fit = oracle.fit_pair(case, i)
        assert row["n_obs"] == fit.n_obs
        assert_close(row["sigma"], fit.sigma, "sigma")
        assert_close(row["r_squared"], fit.r_squared, "r_squared", floor=1e-12)
        names = [name for name in row if name in ("alpha", "beta") or name.startswith("beta_")]
        assert len(names) == len(fit.params)
        for name, value in zip(names, fit.params.values(), strict=True):
            assert_close(row[name], value, name, floor=1e-12)


def assert_same_abnormal_returns(case, kept, results):
    frames = results.abnormal_returns.groupby(["event_id", "security"], sort=False)
    for i, (key, frame) in zip(kept, frames, strict=True):
        assert key == case.pairs[i][:2]
        expected = oracle.abnormal(case, i)
        assert list(frame["tau"]) == list(expected["tau"])
        assert frame["session"].tolist() == expected["session"].tolist()
        for column in ("return", "normal_return", "abnormal_return", "std_error"):
            assert_close(frame[column].to_numpy(), expected[column].to_numpy(), (key, column))
        for column in ("standardized",):
            got, want = frame[column].to_numpy(), expected[column].to_numpy()
            assert_close(got, want, (key, column), floor=1e-11)


def assert_same_cars(case, kept, results, windows):
    table = results.car.set_index(["window_start", "window_end", "event_id", "security"])
    for window in windows:
        for i in kept:
            row = table.loc[(*window, *case.pairs[i][:2])]
            expected = oracle.car(case, i, window)
            assert row["n_sessions"] == expected["L"]
            for column in ("car", "std_error", "bhar"):
                assert_close(row[column], expected[column], (window, i, column))
            for column in ("t", "pvalue"):
                assert_close(row[column], expected[column], (window, i, column), floor=1e-11)
            assert_close(row["df"], expected["df"] if expected["L"] else math.nan, "df")


def assert_same_statistics(case, results, windows, group="all"):
    for window in windows:
        rows = rows_of(results.statistics, window, group)
        answers = {
            name: oracle_statistics.statistic(case, window, name)
            for name in oracle_statistics.STATISTICS
        }
        for (_, name), row in rows.items():
            if name == "placebo":
                continue
            expected = answers[name]
            where = (group, window, name)
            assert_close(row["estimate"], expected["estimate"], where)
            assert_close(row["statistic"], expected["statistic"], where, floor=1e-11)
            assert_close(row["pvalue"], expected["pvalue"], where, floor=1e-11)
            if not math.isnan(expected["statistic"]):
                assert_close(row["df"], expected["df"], where)
            else:
                assert row["note"].startswith(("not available", "no abnormal return")), where
            assert row["n_pairs"] == len(oracle.counted(case, window))


@pytest.mark.fast_cases(2)
@pytest.mark.parametrize("dates", oracle_cases.DATES)
@pytest.mark.parametrize("model", oracle.MODELS)
@pytest.mark.parametrize("seed", range(2))
def test_every_number_of_a_random_study(seed, model, dates):
    place = oracle.MODELS.index(model) + oracle_cases.DATES.index(dates)
    settings = {"holidays": 0.05} | ROUNDS[(place + seed) % 3]
    case, daily = studies.random_study(
        1000 * seed + place,
        model=model,
        dates=dates,
        n_events=5,
        n_securities=3,
        n_weekdays=240,
        estimation=(-90, -11),
        n_factors=2 if model == "factor" else None,
        **settings,
    )
    results = studies.fitted(case, daily)
    kept = assert_same_pairs(case, results)
    assert len(kept) >= 3
    assert_same_models(case, kept, results)
    assert_same_abnormal_returns(case, kept, results)
    assert_same_cars(case, kept, results, [(0, 0), (-1, 1), case.event])
    assert_same_statistics(case, results, WINDOWS)
    single, car = rows_of(results.statistics, (0, 0)), None
    for measure, name in single:  # a session is a window of one session
        if measure == "car":
            car = single[measure, name].drop("measure")
            pd.testing.assert_series_equal(
                car, single["ar", name].drop("measure"), check_names=False
            )
    assert car is not None


@pytest.mark.slow
@pytest.mark.parametrize("model", oracle.MODELS)
def test_groups_are_studies_of_their_pairs(model):
    case, daily = studies.random_study(7, model=model, n_events=8, empty_window=(0, 0))
    results = studies.fitted(case, daily, by=("security",))
    for security in case.returns:
        pairs = [pair for pair in case.pairs if pair[1] == security]
        part = replace(case, pairs=pairs)
        assert_same_statistics(part, results, [(0, 0), (-1, 1)], f"security={security}")


@pytest.mark.slow
def test_expected_signs_are_those_of_the_returns():
    """Under a constant mean, a pair of sign -1 is the pair of the mirrored series."""
    case, daily = studies.random_study(11, model="constant_mean", n_events=8, missing=0.06)
    mirrored = replace(
        case, returns={n: -r if n in ("S1", "S3") else r for n, r in case.returns.items()}
    )
    # one event a security: "E00/S0" and so on, so that a market has one sign
    pairs = [(f"{event}{security}", security, day0) for event, security, day0 in case.pairs]
    case, mirrored = replace(case, pairs=pairs), replace(mirrored, pairs=pairs)
    plus = {event: "-" if security in ("S1", "S3") else "+" for event, security, _ in pairs}
    events = studies.events_of(case)
    table = events.frame.assign(expected_sign=[plus[e] for e in events.frame["event_id"]])
    study = studies.study_of(case, daily, sign="expected")
    results = study.fit(Events.from_frame(table), studies.panel_of(case, daily))
    assert_same_statistics(mirrored, results, [(0, 0), (-1, 1)])


@pytest.mark.slow
def test_markets_with_clocks_react_to_one_news_time_on_different_sessions():
    """Day 0 of a timed event is each market's first session to close after it."""
    case, daily = studies.random_study(5, model="market_model", n_events=9, holidays=0.05)
    clocks = {
        "S0": ("Asia/Tokyo", "15:00"),
        "S1": ("Asia/Hong_Kong", "16:00"),
        "S2": ("America/New_York", "16:00"),
        "S3": ("Europe/London", "16:30"),
    }
    declared = [
        Market(name=name, label=name, calendar="data", series=name, timezone=zone, close=close)
        for name, (zone, close) in clocks.items()
    ]
    pairs, rows = [], []
    first = {event: day0 for event, _, day0 in reversed(case.pairs)}
    for at, (event, day) in enumerate(sorted(first.items(), key=lambda item: item[1])):
        moment = day.tz_localize("UTC") + pd.Timedelta(hours=5 * at % 24, minutes=13)
        rows.append({"event_id": event, "published_at": moment.isoformat()})
        for name, (zone, close) in clocks.items():
            sessions = case.returns[name].index
            after = [
                date
                for date in sessions
                if pd.Timestamp(f"{date:%Y-%m-%d} {close}").tz_localize(zone) > moment
            ]
            pairs.append((event, name, after[0]))
    case = replace(case, pairs=pairs)
    study = studies.study_of(case, daily, declared=declared, calendar=None, date_only=None)
    study = replace(study, model=type(study.model)(benchmark="beta", sync="same_date"))
    results = study.fit(Events.from_frame(pd.DataFrame(rows)), studies.panel_of(case, daily))
    kept = assert_same_pairs(case, results)
    assert len({case.pairs[i][2] for i in kept}) > len(first)
    assert_same_cars(case, kept, results, [(0, 0), (-1, 1)])
    assert_same_statistics(case, results, [(0, 0), (-1, 1), (-3, 5)])


# ---------------------------------------------------------------- placebo


def assert_same_placebo(case, results, window, *, most):
    row = rows_of(results.statistics, window)["car", "placebo"]
    whole = oracle_placebo.placebo(case, window)
    assert row["n_units"] == len(oracle_units.units(case, window))
    assert_close(row["statistic"], oracle_placebo.placebo_T(case, window), "T", floor=1e-11)
    if math.isnan(whole.pvalue):
        assert math.isnan(row["pvalue"])
        assert row["note"].startswith("not available: only")
        return None
    assert whole.n <= most
    assert row["n_draws"] == whole.n
    assert f"all {whole.n} placements used" in row["note"]
    assert_close(row["pvalue"], whole.pvalue, "p")
    return row


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("dates", oracle_cases.DATES)
def test_placebo_statistic_on_the_real_dates(dates, seed):
    model = oracle.MODELS[(seed + oracle_cases.DATES.index(dates)) % 4]
    case, daily = studies.random_study(
        300 + seed, model=model, dates=dates, n_events=7, holidays=0.08, empty_window=(0, 0)
    )
    results = studies.fitted(case, daily, statistics="placebo")
    for window in [(0, 0), (-1, 1), (-3, 5)]:
        row = rows_of(results.statistics, window)["car", "placebo"]
        assert row["n_units"] == len(oracle_units.units(case, window))
        assert_close(row["statistic"], oracle_placebo.placebo_T(case, window), window, floor=1e-11)
        assert math.isnan(row["pvalue"])
        assert "statistics.draws = 0" in row["note"]


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("dates", ["common", "partial"])
def test_one_cluster_is_ranked_among_all_its_moves(dates, seed):
    model = oracle.MODELS[seed]
    case, daily = studies.random_study(
        400 + seed,
        model=model,
        dates=dates,
        n_events=3,
        n_securities=3,
        n_weekdays=140,
        estimation=(-50, -11),
        event=(-1, 1),
        min_obs=30,
        holidays=0.06,
    )
    results = studies.fitted(case, daily, statistics="placebo", draws=400)
    for window in [(0, 0), (-1, 1)]:
        assert len(oracle_placebo.clusters(case, window)) == 1
        assert assert_same_placebo(case, results, window, most=400) is not None


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_two_clusters_are_ranked_among_all_placements(seed):
    case, daily = studies.random_study(
        500 + seed,
        model=("constant_mean", "market_model", "factor")[seed],
        dates="two_clusters",
        n_events=4,
        n_securities=3,
        n_weekdays=90,
        estimation=(-50, -6),
        event=(-2, 2),
        min_obs=20,
        holidays=0.04,
    )
    results = studies.fitted(
        case, daily, statistics="placebo", draws=4000, car_windows=[(0, 0), (-1, 1)]
    )
    for window in [(0, 0), (-1, 1)]:
        assert len(oracle_placebo.clusters(case, window)) == 2
        assert assert_same_placebo(case, results, window, most=4000) is not None


@pytest.mark.slow
def test_units_closer_in_sessions_than_in_weekdays_move_on_their_own():
    """Across a long closure two windows overlap, yet the dates lie far enough apart to move."""
    dates = pd.bdate_range("2022-01-03", periods=88)
    rng = np.random.default_rng(3)
    returns = pd.Series(rng.normal(0, 0.01, 88), index=dates).drop(dates[70:78])
    case = oracle.Case(
        returns={"A": returns},
        factors=None,
        pairs=[("e", "A", dates[69]), ("f", "A", dates[78])],
        model="constant_mean",
        estimation=(-45, -6),
        event=(-2, 2),
        min_obs=20,
    )
    results = studies.fitted(
        case, {}, statistics=["placebo", "portfolio_t"], draws=4000, car_windows=[(0, 1)]
    )
    assert len(oracle_placebo.clusters(case, (0, 1))) == 2
    assert len(oracle_units.portfolio_units(case, (0, 1))) == 1
    assert assert_same_placebo(case, results, (0, 1), most=4000) is not None
    assert math.isnan(rows_of(results.statistics, (0, 1))["car", "portfolio_t"]["statistic"])


def test_portfolios_of_strangers_overlap_by_the_window_asked():
    """Two units without a common market are one portfolio only in windows whose dates meet."""
    dates = pd.bdate_range("2022-01-03", periods=140)
    rng = np.random.default_rng(4)
    wide = pd.DataFrame(rng.normal(0, 0.01, (140, 2)), index=dates, columns=["A", "B"])
    # B was closed between its session -2 and day 0's session -1: at tau = -2 the dates coincide
    case = oracle.Case(
        returns={"A": wide["A"], "B": wide["B"].drop(dates[100:103])},
        factors=None,
        pairs=[
            ("e", "A", dates[101]),
            ("f", "B", dates[104]),
            ("g", "A", dates[120]),
            ("g", "B", dates[120]),
        ],
        model="constant_mean",
        estimation=(-60, -11),
        event=(-2, 2),
        min_obs=20,
    )
    results = studies.fitted(case, {}, statistics=["portfolio_t"], car_windows=[(-2, -2), (0, 0)])
    assert len(oracle_units.portfolio_units(case, (-2, -2))) == 2
    assert len(oracle_units.portfolio_units(case, (0, 0))) == 3
    assert_same_statistics(case, results, [(-2, -2), (0, 0)])


@pytest.mark.slow
def test_a_day_zero_two_units_share_belongs_to_the_earlier_event():
    dates = pd.bdate_range("2022-01-03", periods=140)
    rng = np.random.default_rng(5)
    names = ["A", "B", "C"]
    wide = pd.DataFrame(rng.normal(0, 0.01, (140, 3)), index=dates, columns=names)
    returns = {name: wide[name] for name in names}
    returns["A"] = returns["A"].drop(dates[100])  # A hears of both on row 101
    case = oracle.Case(
        returns=returns,
        factors=None,
        pairs=[
            ("e", "A", dates[101]),
            ("e", "B", dates[100]),
            ("e", "C", dates[100]),
            *[("f", name, dates[101]) for name in names],
        ],
        model="constant_mean",
        estimation=(-60, -11),
        event=(-2, 2),
        min_obs=20,
    )
    results = studies.fitted(
        case, {}, statistics=["placebo", "portfolio_t"], draws=300, car_windows=[(0, 0)]
    )
    assert [len(unit) for unit in oracle_units.units(case, (0, 0))] == [3, 2]
    assert assert_same_placebo(case, results, (0, 0), most=300) is not None
    assert_same_statistics(case, results, [(0, 0)])


def test_generalized_sign_shares_count_pairs_absent_in_the_window():
    """p runs over all pairs of the group, also those absent in W (docs/methods.md, section 5)."""
    case, daily = studies.random_study(
        23, model="constant_mean", n_events=5, empty_window=(0, 0), missing=0.0
    )
    shares = [(oracle.fit_pair(case, i).residuals > 0).mean() for i in oracle.kept(case)]
    counted = oracle.counted(case, (0, 0))
    assert len(counted) < len(shares)
    p, n = np.mean(shares), len(counted)
    w = sum(oracle.car(case, i, (0, 0))["car"] > 0 for i in counted)
    z = (w - n * p) / math.sqrt(n * p * (1 - p))
    row = rows_of(studies.fitted(case, daily).statistics, (0, 0))["car", "generalized_sign"]
    assert_close(row["statistic"], z, "z")
    assert_close(row["pvalue"], 2 * stats.norm.sf(abs(z)), "p")


def test_log_returns_have_no_bhar_and_sum_to_the_log_price_change():
    dates = pd.bdate_range("2022-01-03", periods=90)
    rng = np.random.default_rng(9)
    prices = pd.DataFrame({"A": 100 * np.exp(np.cumsum(rng.normal(0, 0.01, 90)))}, index=dates)
    study = EventStudy(
        markets=("A",), model=ConstantMean(), estimation_window=(-60, -6), event_window=(-2, 2),
        car_windows=[(-2, 2)], kind="log", calendar="data", date_only="same", min_obs=20, draws=0,
    )  # fmt: skip
    from eventstudy import PricePanel

    events = Events.from_frame(pd.DataFrame({"event_id": ["e"], "date": [dates[70]]}))
    results = study.fit(events, PricePanel.from_frame(prices))
    row = results.car.iloc[0]
    alpha = results.models["alpha"].iloc[0]
    change = math.log(prices["A"].iloc[72] / prices["A"].iloc[67])
    assert_close(row["car"], change - 5 * alpha, "car")
    assert math.isnan(row["bhar"])
