"""The cross-sectional regression, against statsmodels by formula, linearmodels and loops."""

from __future__ import annotations

import math
import sys

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from linearmodels.iv import IV2SLS
from scipy import stats

from eventstudy import (
    ConstantMean,
    Events,
    EventStudy,
    PricePanel,
    Raw,
    load_results,
)
from eventstudy.analyses.requests import CrossSection
from eventstudy.exceptions import NotApplicableError, SpecificationError

pytestmark = pytest.mark.fast_tests(4)

MARKETS = ("A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K")
TIGHT = {"rel": 1e-8, "abs": 1e-14}


def data(seed=1, n_events=24, slope=0.0, **columns):
    """Events with a number and a kind, and markets that move by `slope` times the number."""
    rng = np.random.default_rng(seed)
    dates = pd.bdate_range("2021-01-01", periods=400)
    days = np.sort(rng.choice(np.arange(140, 390, 4), n_events, replace=False))
    common = rng.standard_normal((400, 1))
    returns = 0.01 * (0.6 * common + 0.8 * rng.standard_normal((400, len(MARKETS))))
    salience = rng.integers(1, 6, n_events)
    for day, size in zip(days, salience, strict=True):
        returns[day] += slope * size
    frame = pd.DataFrame(
        {
            "event_id": [f"E{d}" for d in days],
            "date": dates[days],
            "salience": salience.astype(str),
            "category": rng.choice(["deal", "threat", "talk"], n_events),
            "level": rng.choice(["1", "2", "3"], n_events),
        }
    )
    panel = PricePanel.from_frame(
        pd.DataFrame(returns, index=dates, columns=list(MARKETS)), content="returns",
        calendar="data",
    )  # fmt: skip
    return Events.from_frame(frame.assign(**columns)), panel


def study(**settings):
    given = {
        "markets": MARKETS, "model": ConstantMean(), "estimation_window": (-120, -11),
        "event_window": (-1, 2), "car_windows": [(0, 1)], "statistics": ("cross_sectional_t",),
        "draws": 0, "date_only": "same", "calendar": "data", "min_obs": 60,
    }  # fmt: skip
    return EventStudy(**(given | settings))


@pytest.fixture(scope="module")
def fitted():
    return study().fit(*data())


def table(results, window=(0, 1)):
    """CARs with the columns of their events."""
    car = results.car if window == (0, 1) else results.tidy()
    frame = car[(car["window_start"] == window[0]) & (car["window_end"] == window[1])]
    return frame.merge(results.events, on="event_id").sort_values(
        ["date", "security"], ignore_index=True
    )


def design(frame, *columns):
    """Constant, numbers as they are, categories without their first level."""
    parts = {"constant": np.ones(len(frame))}
    for column in columns:
        if column in ("category", "security", "level"):
            for value in sorted(frame[column].unique())[1:]:
                parts[f"{column}[{value}]"] = (frame[column] == value).astype(float)
        else:
            parts[column] = frame[column].astype(float)
    return pd.DataFrame(parts)


def same(got, params, errors, df):
    assert got["estimate"].to_numpy() == pytest.approx(np.asarray(params), **TIGHT)
    assert got["std_error"].to_numpy() == pytest.approx(np.asarray(errors), **TIGHT)
    t = np.asarray(params) / np.asarray(errors)
    assert got["statistic"].to_numpy() == pytest.approx(t, rel=1e-7)
    assert set(got["df"]) == {df}
    assert got["pvalue"].to_numpy() == pytest.approx(2 * stats.t.sf(np.abs(t), df), rel=1e-6)
    reach = stats.t.ppf(0.975, df) * np.asarray(errors)
    assert got["ci_high"].to_numpy() == pytest.approx(np.asarray(params) + reach, rel=1e-7)


@pytest.mark.parametrize("weights", ["equal", "precision"])
@pytest.mark.parametrize("covariance", ["classical", "robust", "event", "market"])
def test_one_way_errors_are_those_of_statsmodels(fitted, covariance, weights):
    frame = table(fitted)
    x = design(frame, "category", "salience")
    weight = 1.0 if weights == "equal" else frame["std_error"] ** -2
    fit = {
        "classical": {"cov_type": "nonrobust"},
        "robust": {"cov_type": "HC1"},
        "event": {"cov_type": "cluster", "cov_kwds": {"groups": frame["event_id"].factorize()[0]}},
        "market": {"cov_type": "cluster", "cov_kwds": {"groups": frame["security"].factorize()[0]}},
    }[covariance]
    ols = sm.WLS(frame["car"], x, weights=weight).fit(use_t=True, **fit)
    df = {"event": 23, "market": 10}.get(covariance, len(frame) - 4)
    got = fitted.regress_cars(["category", "salience"], covariance=covariance, weights=weights)
    assert list(got["term"]) == list(x.columns)
    same(got, ols.params, ols.bse, df)
    assert got["r_squared"].iloc[0] == pytest.approx(ols.rsquared, rel=1e-10)
    assert set(got["n_pairs"]) == {264}
    assert set(got["n_events"]) == {24}


@pytest.mark.parametrize("weights", ["equal", "precision"])
def test_two_way_errors_are_those_of_a_loop_and_of_linearmodels(fitted, weights):
    frame = table(fitted)
    x = design(frame, "category", "salience")
    w = np.ones(len(frame)) if weights == "equal" else frame["std_error"].to_numpy() ** -2
    root = np.sqrt(w)[:, None]
    xs, ys = x.to_numpy() * root, frame["car"].to_numpy() * root[:, 0]
    beta = np.linalg.lstsq(xs, ys, rcond=None)[0]
    u = ys - xs @ beta
    n, k = xs.shape
    bread = np.linalg.inv(xs.T @ xs)
    total = np.zeros((k, k))
    for sign, keys in (
        (1, frame["event_id"]),
        (1, frame["security"]),
        (-1, frame["event_id"] + frame["security"]),
    ):
        groups = keys.unique()
        meat = np.zeros((k, k))
        for group in groups:
            rows = (keys == group).to_numpy()
            score = xs[rows].T @ u[rows]
            meat += np.outer(score, score)
        g = len(groups)
        total += sign * g / (g - 1) * (n - 1) / (n - k) * bread @ meat @ bread
    got = fitted.regress_cars("car ~ category + salience", covariance="two_way", weights=weights)
    same(got, beta, np.sqrt(np.diag(total)), 10)
    clusters = np.column_stack([frame["event_id"].factorize()[0], frame["security"].factorize()[0]])
    model = IV2SLS(frame["car"], x, None, None, weights=pd.Series(w))
    other = model.fit(cov_type="clustered", clusters=clusters, debiased=True)
    assert got["std_error"].to_numpy() == pytest.approx(other.std_errors.to_numpy(), **TIGHT)


def bell_mccaffrey(x, y, w, groups):
    """CR2 errors and degrees of freedom, every matrix written out."""
    root = np.sqrt(w)[:, None]
    x, y = x * root, y * root[:, 0]
    bread = np.linalg.inv(x.T @ x)
    u = y - x @ (bread @ x.T @ y)
    annihilator = np.eye(len(y)) - x @ bread @ x.T
    errors, degrees = [], []
    for j in range(x.shape[1]):
        total, columns = 0.0, []
        for group in np.unique(groups):
            rows = np.flatnonzero(groups == group)
            size, axes = np.linalg.eigh(annihilator[np.ix_(rows, rows)])
            a = (axes / np.sqrt(size)) @ axes.T @ x[rows] @ bread[:, j]
            total += (a @ u[rows]) ** 2
            columns.append(annihilator[:, rows] @ a)
        g = np.column_stack(columns)
        size = np.linalg.eigvalsh(g.T @ g)
        errors.append(np.sqrt(total))
        degrees.append(size.sum() ** 2 / (size**2).sum())
    return np.array(errors), np.array(degrees)


@pytest.mark.parametrize("weights", ["equal", "precision"])
def test_errors_by_date_are_those_of_bell_and_mccaffrey(fitted, weights):
    frame = table(fitted)
    x = design(frame, "category", "salience")
    w = np.ones(len(frame)) if weights == "equal" else frame["std_error"].to_numpy() ** -2
    errors, df = bell_mccaffrey(x.to_numpy(), frame["car"].to_numpy(), w, frame["date"].to_numpy())
    got = fitted.regress_cars(["category", "salience"], weights=weights)
    ols = sm.WLS(frame["car"], x, weights=w).fit()
    assert set(got["covariance"]) == {"date"}
    assert set(got["n_clusters"]) == set(got["n_dates"]) == {24}
    assert got["estimate"].to_numpy() == pytest.approx(ols.params.to_numpy(), **TIGHT)
    assert got["std_error"].to_numpy() == pytest.approx(errors, **TIGHT)
    assert got["df"].to_numpy() == pytest.approx(df, rel=1e-8)
    t = ols.params.to_numpy() / errors
    assert got["pvalue"].to_numpy() == pytest.approx(2 * stats.t.sf(np.abs(t), df), rel=1e-6)
    reach = stats.t.ppf(0.975, df) * errors
    assert got["ci_low"].to_numpy() == pytest.approx(ols.params.to_numpy() - reach, rel=1e-7)


def test_dates_whose_windows_overlap_are_one_cluster():
    events, panel = data()
    frame = events.frame[["event_id", "date", "salience"]].copy()
    frame.loc[1, "date"] = frame.loc[0, "date"] + pd.offsets.BDay(1)
    results = study().fit(Events.from_frame(frame), panel)
    table_ = table(results)
    groups = table_["date"].replace({frame.loc[1, "date"]: frame.loc[0, "date"]}).factorize()[0]
    x = design(table_, "salience").to_numpy()
    errors, df = bell_mccaffrey(x, table_["car"].to_numpy(), np.ones(len(x)), groups)
    got = results.regress_cars(["salience"])
    assert got["std_error"].to_numpy() == pytest.approx(errors, **TIGHT)
    assert got["df"].to_numpy() == pytest.approx(df, rel=1e-8)
    assert (set(got["n_dates"]), set(got["n_clusters"])) == ({24}, {23})


def test_rows_one_a_firm_of_the_same_news_are_one_cluster():
    """Each market has a row of its own: `event` and `two_way` take the rows of a date as one."""
    events, panel = data()
    rows = [
        {"event_id": f"{row.event_id}-{market}", "date": row.date, "markets": market,
         "salience": row.salience}
        for row in events.frame.itertuples() for market in MARKETS
    ]  # fmt: skip
    firms = study().fit(Events.from_frame(pd.DataFrame(rows)), panel)
    together = study().fit(events, panel)
    for covariance in ("event", "two_way", "date"):
        one = firms.regress_cars(["salience"], covariance=covariance)
        other = together.regress_cars(["salience"], covariance=covariance)
        assert set(one["n_events"]) == {264}
        assert set(one["n_dates"]) == {24}
        for column in ("estimate", "std_error", "df", "pvalue"):
            assert one[column].to_numpy() == pytest.approx(other[column].to_numpy(), rel=1e-9)


def test_market_fixed_effects_are_dummies(fitted):
    frame = table(fitted)
    x = design(frame, "salience", "security")
    ols = sm.OLS(frame["car"], x).fit(cov_type="HC1", use_t=True)
    got = fitted.regress_cars(["salience", "security"], covariance="robust")
    assert list(got["term"]) == list(x.columns)
    assert "base level security[A]" in got["note"].iloc[0]
    same(got, ols.params, ols.bse, len(frame) - 12)


def test_a_number_whose_name_resembles_a_level_is_no_level():
    sizes = {"category[size]": [str(size % 5) for size in range(24)]}
    got = study().fit(*data(**sizes)).regress_cars(["category[size]", "category"])
    assert list(got["term"]) == ["constant", "category[size]", "category[talk]", "category[threat]"]


def test_numbers_are_numbers_unless_said_to_be_categories(fitted):
    assert list(fitted.regress_cars(["level"])["term"]) == ["constant", "level"]
    forced = fitted.regress_cars("car ~ C(level)")
    assert list(forced["term"]) == ["constant", "level[2]", "level[3]"]
    assert forced["note"].iloc[0].startswith("base level level[1]")
    frame = table(fitted)
    ols = sm.OLS(frame["car"], design(frame, "level")).fit()
    assert forced["estimate"].to_numpy() == pytest.approx(ols.params.to_numpy(), **TIGHT)


def test_a_formula_is_the_regression_its_columns_written_out_say():
    after = ["yes", "no"] * 12
    surprise = [f"{value:.3f}" for value in np.random.default_rng(3).standard_normal(24)]
    results = study().fit(*data(after=after, surprise=surprise))
    frame = table(results)
    u, d = frame["surprise"].astype(float), (frame["after"] == "yes").astype(float)
    terms = {
        "surprise": u, "after[yes]": d, "I(surprise ** 2)": u**2, "surprise:after[yes]": u * d,
    }  # fmt: skip
    effects = {m: (frame["security"] == m).astype(float) for m in MARKETS[1:]}
    x = pd.DataFrame({"constant": 1.0, **effects, **terms})
    got = results.regress_cars("car ~ surprise*after + I(surprise**2) | security")
    errors, df = bell_mccaffrey(x.to_numpy(), frame["car"].to_numpy(), np.ones(264), frame["date"])
    ols = sm.OLS(frame["car"], x).fit()
    assert list(got["term"]) == list(terms)
    assert got["estimate"].to_numpy() == pytest.approx(ols.params[list(terms)], **TIGHT)
    assert got["std_error"].to_numpy() == pytest.approx(errors[-4:], **TIGHT)
    assert got["df"].to_numpy() == pytest.approx(df[-4:], rel=1e-8)
    assert got["r_squared"].iloc[0] == pytest.approx(ols.rsquared, rel=1e-10)
    assert "fixed effects of security (11 levels)" in got["note"].iloc[0]
    event = results.regress_cars(
        "car ~ surprise*after + I(surprise**2) + security", covariance="event"
    ).set_index("term")
    clustered = sm.OLS(frame["car"], x).fit(
        cov_type="cluster", cov_kwds={"groups": frame["date"].factorize()[0]}, use_t=True
    )
    assert event["std_error"][list(terms)].to_numpy() == pytest.approx(
        clustered.bse[list(terms)].to_numpy(), **TIGHT
    )


def test_rows_without_a_finite_value_of_a_term_are_left_out_and_counted(fitted):
    got = fitted.regress_cars("car ~ log(salience - 1) + center(salience)")
    frame = table(fitted)
    frame = frame[frame["salience"] != "1"]
    number = frame["salience"].astype(float)
    x = np.column_stack([np.ones(len(frame)), np.log(number - 1), number - number.mean()])
    ols = sm.OLS(frame["car"].to_numpy(), x).fit()
    assert got["estimate"].to_numpy() == pytest.approx(ols.params, **TIGHT)
    lost = 264 - len(frame)
    assert f"{lost} pairs left out: no finite value of log(salience - 1)" in got["note"].iloc[0]
    assert set(got["n_pairs"]) == {len(frame)}


def test_names_of_a_formula_are_those_of_the_columns(fitted):
    got = fitted.regress_cars("car ~ C(category, contr.treatment('talk')) + C(level):salience")
    assert list(got["term"]) == [
        "constant", "category[deal]", "category[threat]", "level[1]:salience",
        "level[2]:salience", "level[3]:salience",
    ]  # fmt: skip
    assert "base level category[talk]" in got["note"].iloc[0]
    assert list(fitted.regress_cars("car ~ 0 + salience")["term"]) == ["salience"]


def test_missing_values_are_left_out_and_counted():
    salience = [str(1 + i % 4) for i in range(24)]
    salience[3] = salience[7] = ""
    results = study().fit(*data(salience=salience))
    got = results.regress_cars(["salience"], covariance="event")
    assert set(got["n_pairs"]) == {242}
    assert set(got["n_events"]) == {22}
    lost = "22 pairs left out: no value in one of the columns (empty: salience 22)"
    assert lost in got["note"].iloc[0]
    frame = table(results)
    frame = frame[frame["salience"].notna() & (frame["salience"] != "")]
    ols = sm.OLS(frame["car"], design(frame, "salience")).fit()
    assert got["estimate"].to_numpy() == pytest.approx(ols.params.to_numpy(), **TIGHT)


def test_signs_of_the_study_turn_the_cars_and_leave_out_pairs_without():
    signs = ["+", "-", "0"] * 8
    results = study(sign="expected").fit(*data(expected_sign=signs))
    got = results.regress_cars(["salience"], covariance="classical")
    frame = table(results)
    frame = frame[frame["expected_sign"] != "0"]
    turned = frame["car"] * frame["expected_sign"].map({"+": 1.0, "-": -1.0})
    ols = sm.OLS(turned, design(frame, "salience")).fit()
    assert got["estimate"].to_numpy() == pytest.approx(ols.params.to_numpy(), **TIGHT)
    assert (results.dropped["stage"] == "sign").sum() == 88


def test_events_of_one_market_and_day_are_pointed_out():
    events, panel = data()
    frame = events.frame[["event_id", "date", "salience"]].copy()
    frame.loc[1, "date"] = frame.loc[0, "date"]
    results = study().fit(Events.from_frame(frame), panel)
    note = results.regress_cars(["salience"], covariance="market")["note"].iloc[0]
    assert "11 pairs share market and day 0 with another" in note
    assert 'covariance = "date" takes them together' in note
    got = results.regress_cars(["salience"], covariance="event")
    table_ = table(results)
    groups = table_["date"].factorize()[0]
    x = design(table_, "salience")
    fit = sm.OLS(table_["car"], x).fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    same(got, fit.params, fit.bse, 22)


def test_few_clusters_are_pointed_out(fitted):
    few = study(markets=MARKETS[:4]).fit(*data())

    def note(results, covariance):
        return results.regress_cars(["salience"], covariance=covariance)["note"].iloc[0]

    assert "few clusters (4 markets): two-way tests with so few are too cautious" in note(
        few, "two_way"
    )
    assert "few clusters (4 markets): standard errors tend to be too small" in note(few, "market")
    assert "few clusters" not in note(few, "date")
    assert "few clusters" not in note(fitted, "two_way")


def test_a_coefficient_of_one_date_has_no_test_and_one_of_few_is_pointed_out():
    kinds = ["deal"] * 22 + ["threat", "talk"]
    results = study().fit(*data(category=kinds))
    got = results.regress_cars(["category"])
    assert got["pvalue"].isna().tolist() == [False, True, True]
    assert "no test of category[talk] and category[threat]: one date alone bears" in got["note"][0]
    assert "names another base level" in got["note"][0]
    few = study().fit(*data(category=["deal"] * 21 + ["talk"] * 3)).regress_cars(["category"])
    assert few["df"].iloc[1] < 4
    assert "few dates bear on category[talk], whose t law has fewer than 4" in few["note"][0]


@pytest.mark.fast_cases(3)
@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (["salence"], "the events have no column 'salence'; did you mean 'salience'?"),
        (["salience", "twin"], "twin is collinear with salience; leave one of them out"),
        (["salience", "shifted"], "shifted is collinear with salience"),
        (["category", "copy"], r"copy\[talk\] is collinear with category\[talk\]"),
        (["one"], r"every pair has one\[x\], so 'one' explains nothing"),
        (["seven"], "'seven' has one value only, so it explains nothing"),
        (["blank"], "'blank' is empty for every pair"),
        ("car ~ salience*twin", "is collinear with"),
        ("car ~ salience + one | category", r"every pair has one\[x\], so 'one' explains nothing"),
        ("car ~ salience | event_id", "salience is collinear with the fixed effects"),
        ("car ~ salence**2", "the events have no column 'salence'; did you mean 'salience'?"),
        ("car ~ log(category)", "category holds texts, which are categories"),
        ("car ~ log(seven - 7)", r"'log\(seven - 7\)' has no finite value for any pair"),
        ("bhar ~ category", "starts with 'car ~', not 'bhar'"),
        (["category", "C(category)"], "names 'category' twice"),
        ([], "columns is empty"),
    ],
)
def test_columns_that_cannot_be_used_are_named(columns, message):
    events, panel = data()
    frame = events.frame.drop(columns=["markets"])
    number = frame["salience"].astype(int)
    frame = frame.assign(
        twin=(2 * number).astype(str), shifted=(number + 3).astype(str), copy=frame["category"],
        one="x", seven="7", blank="",
    )  # fmt: skip
    columns_of = frame[[c for c in frame.columns if c != "published_at"]]
    results = study().fit(Events.from_frame(columns_of), panel)
    with pytest.raises(SpecificationError, match=message):
        results.regress_cars(columns)


def test_too_few_pairs_and_too_few_clusters_are_refused():
    results = study(markets=("A",)).fit(*data(n_events=4))
    with pytest.raises(NotApplicableError, match="4 pairs cannot tell 5 coefficients apart"):
        results.regress_cars("car ~ C(salience) + level", covariance="robust")
    with pytest.raises(NotApplicableError, match="needs two markets or more"):
        results.regress_cars(["salience"], covariance="two_way")
    with pytest.raises(NotApplicableError, match="not inside the event window"):
        results.regress_cars(["salience"], (0, 9))


def test_weights_that_nothing_was_estimated_for_are_refused():
    results = study(model=Raw(), min_obs=0, statistics=("cross_sectional_t",)).fit(*data())
    with pytest.raises(NotApplicableError, match="forecast variance of the CARs, and none is"):
        results.regress_cars(["salience"], weights="precision")


def test_two_way_without_linearmodels_says_what_to_install(fitted, monkeypatch):
    monkeypatch.setitem(sys.modules, "linearmodels.iv", None)
    with pytest.raises(NotApplicableError, match=r'pip install "market-reaction\[panel\]"'):
        fitted.regress_cars(["salience"], covariance="two_way")
    assert len(fitted.regress_cars(["salience"])) == 2


@pytest.mark.slow
def test_a_slope_that_is_there_is_found_and_one_that_is_not_is_mostly_not():
    rng = np.random.default_rng(4)
    results = study().fit(*data(seed=9, slope=0.004))
    row = results.regress_cars(["salience"], (0, 0)).iloc[1]
    assert row["estimate"] == pytest.approx(0.004, abs=3 * row["std_error"])
    assert row["pvalue"] < 0.01
    rejected = 0
    for seed in rng.integers(0, 10_000, 80):
        null = study(markets=MARKETS[:6]).fit(*data(seed=seed))
        p = null.regress_cars(["salience"], (0, 0))["pvalue"].iloc[1]
        rejected += p <= 0.05
    assert rejected <= 11  # 13.75 %, 3.6 standard errors above 5 %


@pytest.mark.slow
def test_frame_survives_save_and_load(tmp_path):
    asked = CrossSection(columns=("category", "salience"), window=(0, 1))
    results = study(cross_section=asked).fit(*data())
    assert not results.cross_section.empty
    direct = results.regress_cars(["category", "salience"])
    pd.testing.assert_frame_equal(results.cross_section, direct.frame)
    results.save(tmp_path / "out", report=False)
    back = load_results(tmp_path / "out")
    pd.testing.assert_frame_equal(
        back.cross_section, results.cross_section, check_exact=False, rtol=1e-10, check_dtype=False
    )
    with pytest.raises(NotApplicableError, match="read from a folder"):
        back.regress_cars(["salience"])


def test_folder_holds_no_file_without_a_regression(fitted, tmp_path):
    assert fitted.cross_section.empty
    fitted.save(tmp_path / "out", report=False)
    assert not (tmp_path / "out" / "cross_section.csv").exists()
    assert math.isfinite(fitted.statistics["estimate"].iloc[0])
