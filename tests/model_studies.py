"""Random studies of any model, and their numbers beside a derivation of one's own."""

from __future__ import annotations

import math
import warnings

import pytest
import studies
from oracle import Case, Window

from eventstudy import EventStudyWarning

BEFORE: Window = (-90, -11)
TWO_SIDED = [(-60, -11), (11, 50)]
CARS: list[Window] = [(0, 0), (-1, 1), (-3, 5)]
ROUNDS = [{}, {"mask": True}, {"missing": 0.08, "beyond_end": True}]


def random_study(seed: int, *, model="market_model", estimation: Window = BEFORE, **settings):
    shape = {"n_events": 5, "n_securities": 3, "n_weekdays": 260, "holidays": 0.05}
    return studies.random_study(seed, model=model, estimation=estimation, **(shape | settings))


def fitted(case: Case, daily, **settings):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*not known yet at the close", EventStudyWarning)
        return studies.fitted(case, daily, statistics=("cross_sectional_t",), **settings)


def compare(case: Case, results, derive, *, tolerance: float = 1e-8) -> int:
    """Set every number of every pair beside that of `derive(i)`; returns how many pairs."""
    rows = {(event, security): i for i, (event, security, _) in enumerate(case.pairs)}
    n = 0
    by = ["event_id", "security"]
    ars = {key: part.set_index("tau") for key, part in results.abnormal_returns.groupby(by)}
    cars = results.car.set_index([*by, "window_start", "window_end"])
    for model in results.models.to_dict("records"):
        key = model["event_id"], model["security"]
        found = derive(rows[key])
        n += 1
        assert model["n_obs"] == found.n_obs, key
        assert model["sigma"] == pytest.approx(found.sigma, rel=tolerance), key
        for name, value in found.params.items():
            assert model[name] == pytest.approx(value, rel=tolerance, abs=tolerance * 1e-2), name
        for tau, value in found.ar.items():
            shown = ars[key].loc[tau]
            assert shown["abnormal_return"] == pytest.approx(
                value, rel=tolerance, nan_ok=True, abs=tolerance * 1e-2
            ), (key, tau)
            if not math.isnan(value):
                se = math.sqrt(found.covariance[tau, tau])
                assert shown["std_error"] == pytest.approx(se, rel=tolerance), (key, tau)
        for window in CARS:
            total, se, count = found.car(window)
            shown = cars.loc[(*key, *window)]
            assert shown["n_sessions"] == count
            assert shown["df"] == (found.df if count else pytest.approx(math.nan, nan_ok=True))
            if count:
                assert shown["car"] == pytest.approx(total, rel=tolerance, abs=tolerance * 1e-2)
                assert shown["std_error"] == pytest.approx(se, rel=tolerance), (key, window)
    return n
