"""Numbers of event-study-toolkit, on made-up files of its form and formulas written out here."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata, ttest_1samp

from eventstudy.replication.event_study_toolkit import FILES, compare, told

DAYS, EVENT, FIRMS = 90, 70, 12
MARKET, FACTORS = ["vwretd"], ["mktrf_h15", "smb", "hml"]


def made_up():
    """Returns by firm, factors and groups, of which all that follows is computed."""
    rng = np.random.default_rng(3)
    days = pd.bdate_range("2020-01-01", periods=DAYS)
    factors = pd.DataFrame(rng.normal(0, 0.02, (DAYS, 4)), index=days, columns=MARKET + FACTORS)
    own = rng.normal(0, 0.15, (DAYS, FIRMS)) + factors[["vwretd"]].to_numpy()
    returns = pd.DataFrame(own, index=days, columns=range(1, FIRMS + 1))
    return returns, factors, pd.Series([1, 0, 0] * 4, index=returns.columns)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("toolkit")
    returns, factors, group = made_up()
    long = returns.rename_axis("date").melt(
        ignore_index=False, var_name="subject_id", value_name="ret_dlst_adj"
    )
    long.join(factors.rename_axis("date")).reset_index().to_csv(folder / FILES[0], index=False)
    events = pd.DataFrame({"subject_id": group.index, "CCAR": group.to_numpy()})
    events["EVT_DATE"] = f"{returns.index[EVENT]:%m/%d/%Y}"
    events.to_csv(folder / FILES[1], index=False)
    return {name: folder / name for name in FILES}


def regression(y, x):
    design = np.column_stack([np.ones(len(x)), x])
    slopes = np.linalg.lstsq(design, y, rcond=None)[0]
    return slopes, y - design @ slopes


def as_printed():
    """What the toolkit would print of these files: its formulas, line by line."""
    returns, factors, group = made_up()
    then, window = slice(EVENT - 60, EVENT - 10), slice(EVENT, EVENT + 2)
    text, cars, sigmas, errors = {}, {}, {}, {}
    for firm, own in returns.items():
        y = own.to_numpy()
        for model, names in (("market", MARKET), ("three factors", FACTORS)):
            x = factors[names].to_numpy()
            slopes, residuals = regression(y[then], x[then])
            for name, slope in zip(["Intercept", *names], slopes, strict=True):
                text[f"{model} {name} {firm}"] = f"{slope:.6f}"
            if model == "market":
                cars[firm] = (y[window] - slopes[0] - x[window] @ slopes[1:]).sum()
                sigmas[firm] = np.sqrt((residuals**2).sum() / (50 - 2))
                errors[firm] = residuals
    car, sigma = pd.Series(cars), pd.Series(sigmas)
    share = pd.Series({firm: (e > 0).mean() for firm, e in errors.items()})
    scar = np.sqrt(1 / 2) * car / sigma
    rescaled = (car / sigma) / scar.std()
    u = pd.Series(
        {
            firm: rankdata(np.r_[e / sigma[firm], rescaled[firm]])[-1] / 52 - 0.5
            for firm, e in errors.items()
        }
    )
    columns = {
        "car": car, "sigma": sigma, "e_est_pos": share, "scar": scar, "scar_bmp": rescaled,
        "poscar": 1.0 * (car > 0),
    }  # fmt: skip
    text |= {f"{k} {firm}": f"{v[firm]:.6f}" for k, v in columns.items() for firm in car.index}
    for label, firms in (("all", car.index), ("CCAR=0", group.index[group == 0])):
        n, positive = len(firms), int((car[firms] > 0).sum())
        p = share[firms].mean()
        values = {
            "car_mean": car[firms].mean(), "car_median": car[firms].median(),
            "scar_mean": scar[firms].mean(), "scar_median": scar[firms].median(),
            "poscar_mean": positive / n, "poscar_cnt": positive, "evt_count": n, "e_est_pos": p,
            "car_t": ttest_1samp(car[firms], 0).statistic,
            "scar_t": ttest_1samp(scar[firms], 0).statistic,
            "tsign": (positive / n - 0.5) / np.sqrt(0.25 / n),
            "tpatell": scar[firms].mean() * np.sqrt(n),
            "gen_z": (positive - n * p) / np.sqrt(n * p * (1 - p)),
            "GRANK_Z": u[firms].mean() / np.sqrt(n * 50 / 52 / (12 * n**2)),
        }  # fmt: skip
        text |= {f"{name} {label}": f"{value:.6f}" for name, value in values.items()}
    return text


@pytest.fixture(scope="module")
def found(files):
    return {one.quantity: one for one in compare(files, as_printed())}


def test_what_the_toolkit_computes_is_equal_or_explained(found):
    assert len(found) == FIRMS * 12 + 28
    assert {one.status for one in found.values()} == {"equal", "explained"}
    assert {found[f"{name} all"].status for name in ("car_t", "tsign", "gen_z", "car_mean")} == {
        "equal"
    }


def test_each_convention_is_named_where_the_number_needs_it(found):
    assert found["scar 1"].explanation.endswith("L, not the exact one of the forecast")
    # All have one date and one index: the term of the forecast is the same factor of every SCAR.
    assert found["scar_t all"].status == "equal"
    assert "not of standardised sessions" in found["tpatell all"].explanation
    assert "1, not d/(d-2)" in found["tpatell all"].explanation
    assert "not over sqrt L" in found["scar_bmp 1"].explanation
    assert {found[f"{name} 1"].explanation for name in ("car", "sigma", "poscar")} == {""}


@pytest.mark.slow
def test_another_number_is_unexplained(files):
    (one,) = compare(files, {"scar 1": "9.123456"})
    assert one.status == "unexplained"
    (other,) = compare(files, {"car_t all": "9.123456"})
    assert other.status == "unexplained"


def test_the_tutorial_prints_these_numbers():
    numbers = told()
    assert len(numbers) == 159
    assert numbers["gen_z CCAR=1"] == "-0.609478"
    assert numbers["three factors hml 98"] == "2.145032"
