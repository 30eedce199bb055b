"""Correlations of the units whose windows share sessions, beside numpy's on common columns."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from eventstudy.inference import correlation
from eventstudy.inference.correlation import (
    correlated_pairs,
    n_meetings,
    shared_window_correlations,
)


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


def test_pairs_kept_once_have_the_weights_of_every_window(rng):
    """rho_ij n_ij / sqrt(L_i L_j) by sets of days and numpy's correlation, window by window."""
    n, length = 50, 9
    series = rng.standard_normal((n, 60)) + 0.5 * rng.standard_normal(60)
    series[rng.random(series.shape) < 0.1] = np.nan
    offset = np.zeros(n, dtype=np.int64)
    days = rng.integers(0, 60, n)[:, None] + np.cumsum(rng.integers(1, 5, (n, length)), axis=1)
    there = rng.random((n, length)) < 0.8
    there[7] = False
    found = shared_window_correlations(series, offset, days, there)
    pairs = correlated_pairs(found, days, there)
    for first, last in [(0, 8), (4, 4), (3, 5), (0, 1)]:
        inside = (np.arange(length) >= first) & (np.arange(length) <= last)
        present = there & inside
        window = SimpleNamespace(present=present.astype(float), n_sessions=present.sum(axis=1))
        weights = pairs.upper(window, np.arange(n)).toarray()
        weights = weights + weights.T  # each pair stands once, on either side of the diagonal
        for a in range(n):
            for b in range(a + 1, n):
                shared = len(set(days[a][present[a]]) & set(days[b][present[b]]))
                plain = 0.0
                if shared:
                    keep = np.isfinite(series[a]) & np.isfinite(series[b])
                    rho = np.corrcoef(series[a, keep], series[b, keep])[0, 1]
                    plain = rho * shared / np.sqrt(present[a].sum() * present[b].sum())
                assert weights[a, b] == pytest.approx(plain, rel=1e-11, abs=1e-13)
    assert n_meetings(days, there) >= len(pairs.rho) > 300


def test_windows_of_more_days_than_a_number_has_bits_are_not_kept(rng):
    series, offset = rng.standard_normal((4, 30)), np.zeros(4, dtype=np.int64)
    present = np.ones((4, 2), dtype=bool)
    for last, is_kept in ((63, True), (64, False)):
        days = np.tile([0, last], (4, 1))
        found = shared_window_correlations(series, offset, days, present)
        kept = correlated_pairs(found, days, present)
        assert (kept is not None) == is_kept
