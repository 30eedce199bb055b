"""The bootstrap of the skewness-adjusted t against a full enumeration."""

from __future__ import annotations

import itertools
import math

import numpy as np
import oracle
import oracle_parametric
import pytest
import studies
from inference_studies import SMALL, WINDOWS, by_side

from eventstudy.inference import skewness
from eventstudy.inference.skewness import hall_of_resamples, resamples


@pytest.mark.parametrize("n", [2, 3, 4])
def test_resamples_are_those_of_a_full_enumeration(n):
    rng = np.random.default_rng(n)
    values = rng.exponential(1.0, n)
    picks = list(itertools.product(range(n), repeat=n))
    expected = [oracle_parametric.resampled_hall(values, pick) for pick in picks]
    counts = np.array([np.bincount(pick, minlength=n) for pick in picks], dtype=float)
    got = hall_of_resamples(values[None, :], counts)[0]
    for one, other in zip(got, expected, strict=True):
        assert one == other if math.isinf(other) else one == pytest.approx(other, abs=1e-8)


def test_resamples_of_many_pairs_are_not_kept(monkeypatch):
    kept = resamples(6, (1, 2))
    assert resamples(6, (1, 2)) is kept
    assert not kept.flags.writeable
    monkeypatch.setattr(skewness, "_MOST_KEPT", 5)
    again = resamples(6, (1, 2))
    assert again is not kept
    np.testing.assert_array_equal(again, kept)
    assert (kept.sum(axis=1) == 6).all()


def test_the_resampled_p_value_is_near_the_exact_one():
    """999 resamples of four pairs against all 256."""
    case, daily = studies.random_study(
        66, **(SMALL | {"n_events": 4, "n_securities": 1}), model="constant_mean", missing=0.0
    )
    frames = by_side(case, daily)
    for window in WINDOWS:
        cars = [oracle.car(case, i, window)["car"] for i in oracle.counted(case, window)]
        assert len(cars) == 4
        own = oracle_parametric.hall(cars)
        drawn = [
            oracle_parametric.resampled_hall(cars, pick)
            for pick in itertools.product(range(4), repeat=4)
        ]
        for side, exact in (
            ("greater", np.mean([t >= own - 1e-9 for t in drawn])),
            ("less", np.mean([t <= own + 1e-9 for t in drawn])),
        ):
            p = frames[side].loc[(*window, "skewness_adjusted_bootstrap"), "pvalue"]
            band = 4 * math.sqrt(exact * (1 - exact) / 999) + 2 / 1000
            assert abs(p - exact) <= band, (window, side)
