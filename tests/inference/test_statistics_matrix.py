"""Every registered statistic in every acceptance case, against an independent derivation."""

from __future__ import annotations

import functools
import importlib
import math
from pathlib import Path

import cases
import oracle
import oracle_units
import pytest
import studies

from eventstudy.inference import STATISTICS

pytestmark = pytest.mark.fast_tests(5)

TESTS = Path(__file__).parents[1]
DERIVATIONS = (
    "oracle_statistics", "oracle_parametric", "oracle_ranks", "oracle_joint", "oracle_classical",
)  # fmt: skip
# Compared elsewhere: what needs placebo draws, and buy-and-hold returns.
ELSEWHERE = {
    "placebo": "study/test_against_oracle.py",
    "moderated_placebo": "inference/test_moderated.py",
    "mean_square": "inference/test_mean_square.py",
    "bhar_t": "inference/test_buy_and_hold.py",
    "bhar_skewness_adjusted_t": "inference/test_buy_and_hold.py",
    "bhar_portfolio_t": "inference/test_buy_and_hold.py",
}
# Their p-values are draws of their own, which a derivation does not repeat.
BOOTSTRAPS = ("skewness_adjusted_bootstrap", "wild_bootstrap")
HERE = [name for name in STATISTICS.names() if name not in ELSEWHERE]
TOLERANCE = 1e-8


@functools.cache
def derivation(name):
    """The function that derives `name`, or None."""
    for module in DERIVATIONS:
        try:
            found = importlib.import_module(module)
        except ModuleNotFoundError:
            continue
        lists = (getattr(found, label, ()) for label in ("STATISTICS", "NAMES", "BOOTSTRAPS"))
        if any(name in names for names in lists):
            return found.statistic
        if name in getattr(found, "CONTRASTS", ()):
            return functools.partial(of_markets, found.across_markets)
    return None


def of_markets(derive, case, window, name):
    """The answer of a test across markets, in the form of the others."""
    return dict(zip(("statistic", "df", "pvalue"), derive(case, window, name), strict=True))


@functools.cache
def study(label):
    case, daily = cases.CASES[label]()
    return case, studies.fitted(case, daily, statistics=["cross_sectional_t"])


@functools.cache
def answers(label, name):
    """Our row of each window."""
    _, results = study(label)
    rows = results.tidy("all", windows=list(cases.WINDOWS), names=[name])
    return {(row["window_start"], row["window_end"]): row for row in rows.to_dict("records")}


def agrees(got, expected):
    return got == pytest.approx(expected, rel=TOLERANCE, abs=TOLERANCE, nan_ok=True)


@pytest.mark.fast_cases(5)
@pytest.mark.parametrize("label", cases.CASES)
def test_cases_are_studied_as_they_stand(label):
    case, results = study(label)
    assert oracle.kept(case) == list(range(len(case.pairs)))
    models = results.models
    assert list(zip(models["event_id"], models["security"], strict=True)) == [
        pair[:2] for pair in case.pairs
    ]


@pytest.mark.fast_cases(30)
@pytest.mark.parametrize("label", cases.CASES)
@pytest.mark.parametrize("name", HERE)
def test_statistic_is_that_of_its_derivation(name, label):
    derive = derivation(name)
    assert derive is not None, f"no derivation of {name} among {', '.join(DERIVATIONS)}"
    case, _ = study(label)
    for window in cases.WINDOWS:
        row = answers(label, name)[window]
        expected = derive(case, window, name)
        where = (name, label, window)
        for key in ("estimate", "statistic", "pvalue"):
            is_drawn = key == "pvalue" and name in BOOTSTRAPS and math.isnan(expected["pvalue"])
            if key in expected and not is_drawn:
                assert agrees(row[key], expected[key]), (where, key, row[key], expected[key])
        if math.isnan(expected["statistic"]):
            assert row["note"].startswith("not available: "), where
            assert len(row["note"]) > len("not available: "), where
        elif "df" in expected:
            assert agrees(row["df"], expected["df"]), (where, row["df"], expected["df"])


@pytest.mark.slow
@pytest.mark.parametrize("name", HERE)
def test_every_statistic_is_available_somewhere(name):
    """A statistic that is NaN in every case would agree with any derivation."""
    enough = any if name == "dutta_t" else all  # of two sessions or more, over two months
    found = {
        label: enough(math.isfinite(row["statistic"]) for row in answers(label, name).values())
        for label in cases.CASES
    }
    assert sum(found.values()) >= (1 if name == "sq" else 3), found


@pytest.mark.parametrize("name", [name for name in ELSEWHERE if name in STATISTICS])
def test_what_is_compared_elsewhere_is(name):
    path = TESTS / ELSEWHERE[name]
    assert path.is_file(), f"{name}: {ELSEWHERE[name]} is missing"
    assert name in path.read_text(encoding="utf-8"), f"{name} is not in {ELSEWHERE[name]}"


@pytest.mark.slow
def test_cases_are_what_their_names_say():
    """Ties tie, gaps are gaps, overlaps overlap: else the matrix would test less than it says."""
    case, _ = cases.ties()
    cars = [oracle.car(case, i, (0, 0))["car"] for i in oracle.kept(case)]
    assert len(set(map(abs, cars))) < len(cars)
    residuals = oracle.fit_pair(case, 0).residuals
    assert residuals.duplicated().any()
    assert (residuals == 0).any()
    case, _ = cases.missing_returns()
    assert 0 < len(oracle.counted(case, (0, 0))) < len(case.pairs)
    assert len({oracle.car(case, i, (-1, 1))["L"] for i in oracle.counted(case, (-1, 1))}) > 1
    case, _ = cases.unequal_lengths()
    assert len({oracle.fit_pair(case, i).n_obs for i in range(len(case.pairs))}) >= 4
    case, _ = cases.partial_overlap()
    assert len(oracle_units.portfolios(case, (0, 0))) > len(oracle_units.portfolios(case, (-3, 5)))
    assert oracle.rbar(case, (-1, 1)) not in (0.0, oracle.rbar(case, (-3, 5)))
