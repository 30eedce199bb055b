"""Models of donors beside derivations of their own, and what they take and refuse."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.optimize import minimize

import eventstudy as es
from eventstudy.models.controls import simplex_weights

DONORS = ("D1", "D2", "D3", "D4")
PLAIN = {
    "markets": ("A", "B"), "date_only": "same", "calendar": "data", "draws": 0,
    "estimation_window": (-80, -11), "event_window": (-2, 2), "car_windows": ((0, 0), (0, 1)),
    "min_obs": 40, "statistics": ("cross_sectional_t",),
}  # fmt: skip


@pytest.fixture(scope="module")
def returns():
    rng = np.random.default_rng(11)
    common = rng.normal(size=(140, 2)) * 0.01
    frame = pd.DataFrame(
        common @ rng.normal(1.0, 0.4, size=(2, 6)) + rng.normal(size=(140, 6)) * 0.006,
        index=pd.bdate_range("2024-01-01", periods=140), columns=["A", "B", *DONORS],
    )  # fmt: skip
    frame.iloc[50, 0] = np.nan  # one of each kind of missing return
    frame.iloc[60, 3] = np.nan
    return frame


@pytest.fixture(scope="module")
def events(returns):
    dates = [str(returns.index[at].date()) for at in (95, 120)]
    return es.Events.from_frame(pd.DataFrame({"event_id": ["e1", "e2"], "date": dates}))


def fit(model, events, returns, **settings):
    panel = es.PricePanel.from_frame(returns, content="returns")
    return es.EventStudy(model=model, **{**PLAIN, **settings}).fit(events, panel)


def sessions(returns, security, row):
    """Estimation returns of a pair and its donors' on their common sessions, and all returns."""
    joined = returns[[security, *DONORS]]
    return joined.iloc[row - 80 : row - 10].dropna(), joined, row


def pairs(results):
    for row in results.models.itertuples():
        yield row, {"e1": 95, "e2": 120}[row.event_id]


def abnormal(results, row):
    frame = results.abnormal_returns
    mine = (frame["event_id"] == row.event_id) & (frame["security"] == row.security)
    return frame[mine].set_index("tau")


def test_control_group_is_a_difference_in_differences(events, returns):
    results = fit(es.ControlGroup(DONORS), events, returns)
    for row, at in pairs(results):
        window, joined, day0 = sessions(returns, row.security, at)
        gap = window[row.security] - window[list(DONORS)].mean(axis=1)
        assert row.alpha == pytest.approx(gap.mean(), abs=1e-14)
        assert row.sigma == pytest.approx(gap.std(ddof=1), rel=1e-10)
        today = joined.iloc[day0]
        expected = today[row.security] - today[list(DONORS)].mean() - gap.mean()
        ar = abnormal(results, row)
        assert ar["abnormal_return"][0] == pytest.approx(expected, abs=1e-14)
        error = gap.std(ddof=1) * np.sqrt(1 + 1 / len(window))
        assert ar["std_error"][0] == pytest.approx(error, rel=1e-10)


def check_optimal(y, x, weights):
    """Karush, Kuhn and Tucker: equal slopes where a weight is, none smaller where there is none."""
    y, x = y - y.mean(), x - x.mean(axis=0)
    slope = -x.T @ (y - x @ weights) / (x**2).sum(axis=0).mean()
    used = weights > 0
    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert np.ptp(slope[used]) < 1e-10
    assert (slope[~used] >= slope[used].min() - 1e-10).all()


@pytest.mark.parametrize("seed", range(5))
def test_simplex_weights_solve_the_programme(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(90, 6)) @ rng.normal(size=(6, 6)) * 0.01
    y = x @ rng.normal(0.2, 0.5, size=6) + rng.normal(size=90) * 0.01
    weights = simplex_weights(y - y.mean(), x - x.mean(axis=0))
    check_optimal(y, x, weights)
    found = minimize(
        lambda w: 1e3 * ((y - y.mean() - (x - x.mean(axis=0)) @ w) ** 2).sum(), np.full(6, 1 / 6),
        method="SLSQP", bounds=[(0, 1)] * 6, options={"ftol": 1e-14},
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
    )  # fmt: skip
    assert weights == pytest.approx(found.x, abs=1e-3)


def test_synthetic_control_without_augmentation(events, returns):
    results = fit(es.SyntheticControl(DONORS, augment=False), events, returns)
    for row, at in pairs(results):
        window, _, _ = sessions(returns, row.security, at)
        y, x = window[row.security].to_numpy(), window[list(DONORS)].to_numpy()
        weights = np.array([getattr(row, f"weight_{donor}") for donor in DONORS])
        check_optimal(y, x, weights)
        residuals = y - row.alpha - x @ weights
        assert residuals.mean() == pytest.approx(0.0, abs=1e-15)
        df = len(y) - np.count_nonzero(weights)
        assert row.sigma == pytest.approx(np.sqrt((residuals**2).sum() / df), rel=1e-10)


def test_augmentation_is_the_ridge_that_cross_validation_prefers(events, returns):
    plain = fit(es.SyntheticControl(DONORS, augment=False), events, returns)
    augmented = fit(es.SyntheticControl(DONORS), events, returns)
    changed = 0
    for (row, at), more in zip(pairs(plain), augmented.models.itertuples(), strict=True):
        window, _, _ = sessions(returns, row.security, at)
        y, x = (part - part.mean(axis=0) for part in (
            window[row.security].to_numpy(), window[list(DONORS)].to_numpy()
        ))  # fmt: skip
        before = np.array([getattr(row, f"weight_{donor}") for donor in DONORS])
        rest, cross = y - x @ before, x.T @ x
        best = ((rest**2).sum() / (len(y) - 1) ** 2, np.zeros(4), 0.0)
        for penalty in 10.0 ** np.linspace(-3, 5, 33) * np.trace(cross) / 4:
            hat = x @ np.linalg.solve(cross + penalty * np.eye(4), x.T)
            left = rest - hat @ rest
            score = (left**2).sum() / (len(y) - 1 - np.trace(hat)) ** 2
            if score < best[0]:
                change = np.linalg.solve(cross + penalty * np.eye(4), x.T @ rest)
                best = score, change, float(np.trace(hat))
        after = np.array([getattr(more, f"weight_{donor}") for donor in DONORS])
        assert after == pytest.approx(before + best[1], abs=1e-10)
        k = min(np.count_nonzero(before) + best[2], 5.0)
        left = y - x @ after
        assert more.sigma == pytest.approx(np.sqrt((left**2).sum() / (len(y) - k)), rel=1e-10)
        changed += best[2] > 0
    assert changed


@pytest.mark.parametrize("number", [1, 2])
def test_factor_adjusted_is_least_squares_on_components(events, returns, number):
    results = fit(es.FactorAdjusted(DONORS, n_factors=number), events, returns)
    for row, at in pairs(results):
        window, joined, day0 = sessions(returns, row.security, at)
        x = window[list(DONORS)]
        _, vectors = np.linalg.eigh(np.corrcoef(x.to_numpy(), rowvar=False))
        first = vectors[:, ::-1][:, :number]
        unit = x.std(ddof=0)
        scores = ((x - x.mean()) / unit).to_numpy() @ first
        ols = sm.OLS(window[row.security].to_numpy(), sm.add_constant(scores)).fit()
        today = joined.iloc[day0]
        now = ((today[list(DONORS)] - x.mean()) / unit).to_numpy() @ first
        line = np.r_[1.0, now]
        ar = abnormal(results, row)
        assert ar["normal_return"][0] == pytest.approx(line @ ols.params, abs=1e-12)
        error = np.sqrt(ols.mse_resid * (1 + line @ ols.normalized_cov_params @ line))
        assert ar["std_error"][0] == pytest.approx(error, rel=1e-9)
        assert row.r_squared == pytest.approx(ols.rsquared, rel=1e-9)


def test_an_effect_the_donors_do_not_have_is_found_whole(events, returns):
    moved = returns.copy()
    moved.iloc[95, 0] += 0.05
    for model in (
        es.ControlGroup(DONORS), es.SyntheticControl(DONORS), es.FactorAdjusted(DONORS),
    ):  # fmt: skip
        before, after = (fit(model, events, frame, markets=("A",)) for frame in (returns, moved))
        first = [frame.car.query("window_end == 0")["car"].iloc[0] for frame in (before, after)]
        assert first[1] - first[0] == pytest.approx(0.05, abs=1e-12)


def test_the_placebo_test_ranks_them_too(events, returns):
    results = fit(es.SyntheticControl(DONORS), events, returns, draws=99, statistics=("placebo",))
    assert results.statistics["pvalue"].notna().any()


def test_what_is_wrong_with_donors_is_said():
    with pytest.raises(es.SpecificationError, match="list of names"):
        es.ControlGroup("D1")
    with pytest.raises(es.SpecificationError, match="names 'D1' twice"):
        es.SyntheticControl(("D1", "D1"))
    with pytest.raises(es.SpecificationError, match=r"needs at least 2 names in model\.donors"):
        es.SyntheticControl(("D1",))
    with pytest.raises(es.SpecificationError, match="1 to 3"):
        es.FactorAdjusted(DONORS, n_factors=4)


def test_a_donor_cannot_be_studied_itself(events, returns):
    with pytest.raises(es.SpecificationError, match="A is both a market of the study") as caught:
        fit(es.ControlGroup(("A", "D1")), events, returns)
    assert caught.value.key == "model.donors"


@pytest.mark.parametrize(
    "model", [es.ControlGroup(DONORS), es.SyntheticControl(DONORS), es.FactorAdjusted(DONORS)]
)
def test_donors_that_never_move_are_said_and_not_taken_for_a_mean(model, events, returns):
    still = returns.copy()
    still.iloc[:86, 2:] = 0.0  # the estimation window of the first event
    still.iloc[50, 0], still.iloc[60, 3] = 0.001, 0.0
    results = fit(model, events, still, max_loss=1.0)
    assert set(results.dropped["event_id"]) == {"e1"}
    assert results.dropped["reason"].str.startswith("no donor moved in the estimation").all()
    assert set(results.models["event_id"]) == {"e2"}
