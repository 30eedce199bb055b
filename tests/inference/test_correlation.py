"""Correlations of the units whose windows share sessions, beside numpy's on common columns."""

from __future__ import annotations

import numpy as np
import pytest

from eventstudy.inference import correlation
from eventstudy.inference.correlation import shared_window_correlations


@pytest.fixture
def rng():
    return np.random.default_rng(17)


def correlations_by_pair(series, offset, days, present):
    """Return correlation and shared days by pair of rows."""
    found = {}
    for left, right, rho, shared in shared_window_correlations(series, offset, days, present):
        for a, b, value, number in zip(left, right, rho, shared, strict=True):
            assert tuple(sorted((a, b))) not in found  # every pair once
            found[tuple(sorted((int(a), int(b))))] = (value, number)
    return found


def test_shared_window_correlations_are_numpys_on_common_columns(rng):
    n = 60
    series = rng.standard_normal((n, 50)) + 0.5 * rng.standard_normal(50)
    series[rng.random(series.shape) < 0.1] = np.nan
    series[3] = 1.0
    offset = rng.integers(0, 40, n)
    days = rng.integers(0, 300, n)[:, None] + np.cumsum(rng.integers(1, 4, (n, 5)), axis=1)
    present = rng.random((n, 5)) < 0.8
    present[7] = False
    found = correlations_by_pair(series, offset, days, present)
    wide = np.full((n, 90), np.nan)
    for u in range(n):
        wide[u, offset[u] : offset[u] + 50] = series[u]
    meetings = 0
    for a in range(n):
        for b in range(a + 1, n):
            shared = len(set(days[a][present[a]]) & set(days[b][present[b]]))
            if not shared:
                assert (a, b) not in found
                continue
            meetings += 1
            keep = np.isfinite(wide[a]) & np.isfinite(wide[b])
            rho = 0.0  # of a constant series, and of fewer than 20 common columns
            if 3 not in (a, b) and keep.sum() >= 20:
                rho = np.corrcoef(wide[a, keep], wide[b, keep])[0, 1]
            value, number = found[a, b]
            assert number == shared
            assert value == pytest.approx(rho, rel=1e-11, abs=1e-13)
    assert len(found) == meetings > 30


def test_shared_window_correlations_do_not_depend_on_the_blocks(rng, monkeypatch):
    series = rng.standard_normal((80, 30))
    offset = rng.integers(0, 20, 80)
    days = rng.integers(0, 40, 80)[:, None] + np.arange(4)
    present = np.ones((80, 4), dtype=bool)
    whole = correlations_by_pair(series, offset, days, present)
    for name, size in {"_BAND_DAYS": 2, "_BAND_ROWS": 7, "_BAND_COLUMNS": 11}.items():
        monkeypatch.setattr(correlation, name, size)
    parts = correlations_by_pair(series, offset, days, present)
    assert parts.keys() == whole.keys()
    for pair, answer in whole.items():
        assert parts[pair] == pytest.approx(answer, abs=1e-12)
