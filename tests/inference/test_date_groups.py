"""Sums of correlations over date groups, beside the loop over pairs of positions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.sparse import csr_array

from eventstudy.inference import date_groups
from eventstudy.inference.date_groups import DateGroups


class Panel:
    """Positions of many markets on a few dates, some with sessions of their own missing."""

    def __init__(self, seed: int, *, missing: float, markets: int = 9, dates: int = 5) -> None:
        rng = np.random.default_rng(seed)
        returns = rng.standard_normal((markets, 130)) + 0.7 * rng.standard_normal(130)
        returns[rng.random(returns.shape) < missing] = np.nan
        returns[0, :50] = 0.3  # constant on every session of some dates
        day0 = np.repeat(rng.choice(np.arange(50, 100), dates, replace=False), markets)
        security = np.tile(np.arange(markets), dates)
        self.extension = rng.integers(0, 2, len(day0)) * (rng.random() < 0.5)
        self.days = day0[:, None] + np.arange(-3, 4)
        event = returns[security[:, None], self.days]
        event[rng.random(event.shape) < missing] = np.nan
        self.present = np.isfinite(event)
        self.present[4] = False
        self.offset = day0 - 45
        self.series = returns[security[:, None], self.offset[:, None] + np.arange(38)]
        if missing:
            self.series[3, 15:] = np.nan  # too few sessions
        self.wide = np.full((len(day0), 130), np.nan)
        for row, begin in enumerate(self.offset):
            self.wide[row, begin : begin + 38] = self.series[row]

    def groups(self) -> DateGroups:
        return DateGroups(
            self.series, self.offset, np.arange(len(self.offset)), self.days, self.present,
            self.extension, min_common=20,
        )  # fmt: skip

    def by_pairs(self, first: int = 0, last: int = 6) -> tuple[np.ndarray, np.ndarray]:
        """``rho_ij`` of pairs ``i < j`` that meet, and ``n_ij / sqrt(L_i L_j)`` in a window."""
        n = len(self.offset)
        ever, days = self._held(0, 6), self._held(first, last)
        rho, part = np.zeros((n, n)), np.zeros((n, n))
        for i in range(n):
            for j in range(i + 1, n):
                both = np.isfinite(self.wide[i]) & np.isfinite(self.wide[j])
                x, y = self.wide[i, both], self.wide[j, both]
                if ever[i] & ever[j] and len(x) >= 20 and np.ptp(x) > 0 and np.ptp(y) > 0:
                    x, y = x - x.mean(), y - y.mean()
                    rho[i, j] = x @ y / math.sqrt((x @ x) * (y @ y))
                if days[i] & days[j]:
                    part[i, j] = len(days[i] & days[j]) / math.sqrt(len(days[i]) * len(days[j]))
        return rho, part

    def shared_part(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """``n_ij / sqrt(L_i L_j)`` in the window of the columns 2 to 4."""
        days = self._held(2, 4)
        return np.array(
            [
                len(days[i] & days[j]) / math.sqrt(len(days[i]) * len(days[j]))
                for i, j in zip(one, other, strict=True)
            ]
        )

    def _held(self, first: int, last: int) -> list[set[int]]:
        part = slice(first, last + 1)
        return [
            set(days[part][there[part]])
            for days, there in zip(self.days, self.present, strict=True)
        ]


def signed_lines(panel: Panel, rng: np.random.Generator, number: int) -> np.ndarray:
    """Lines of a few dates each with signs; parts of them recur with all signs changed."""
    n = len(panel.offset)
    lines = rng.choice([-1.0, 0.0, 1.0, 2.0], (number, n)) * (rng.random((number, n)) < 0.5)
    lines[:, ~panel.present[:, 2:5].any(axis=1)] = 0.0
    lines[1] = -lines[0]
    lines[2, : n // 2] = lines[0, : n // 2]
    lines[3] = panel.present[:, 2:5].any(axis=1)
    lines[4] = 0.0
    return lines


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("missing", [0.0, 0.02])
def test_sums_over_date_groups_are_those_over_pairs(monkeypatch, seed, missing):
    """By vectors, by matrix products and pair by pair: whatever is the quickest."""
    rng = np.random.default_rng(seed)
    panel = Panel(seed, missing=missing)
    lines = signed_lines(panel, rng, 8)
    rho, part = panel.by_pairs(2, 4)
    held, scaled = (np.einsum("mi,ij,mj->m", lines, pairs, lines) for pairs in (rho, rho * part))
    assert np.abs(held[3]) > 0
    for name, size in (("_BLOCK", 1), ("_MANY", 1), ("_AT_A_TIME", 5), ("_MOST_KEPT", 0)):
        groups = panel.groups()
        for part in (slice(0, 5), slice(2, 8)):  # some of what is asked is known already
            assert groups.pair_sums(csr_array(lines[part])) == pytest.approx(
                held[part], rel=1e-11, abs=1e-11
            )
            assert groups.pair_sums(csr_array(lines[part]), panel.shared_part) == pytest.approx(
                scaled[part], rel=1e-11, abs=1e-11
            )
        monkeypatch.setattr(date_groups, name, size)


@pytest.mark.parametrize("missing", [0.0, 0.02])
@pytest.mark.parametrize(("name", "value"), [("_BLOCK", 256), ("_BLOCK", 1), ("_AT_A_TIME", 5)])
def test_no_digit_depends_on_what_else_is_asked(monkeypatch, missing, name, value):
    monkeypatch.setattr(date_groups, name, value)
    panel = Panel(2, missing=missing, markets=14)
    lines = csr_array(signed_lines(panel, np.random.default_rng(2), 8))
    together = panel.groups().pair_sums(lines)
    alone = [panel.groups().pair_sums(lines[[number]])[0] for number in range(8)]
    assert alone == together.tolist()
    groups = panel.groups()
    backwards = [groups.pair_sums(lines[[number]])[0] for number in reversed(range(8))]
    assert backwards[::-1] == together.tolist()


def test_groups_of_one_mark_are_told_apart(monkeypatch):
    panel = Panel(3, missing=0.02)
    lines = csr_array(signed_lines(panel, np.random.default_rng(3), 8))
    expected = panel.groups().pair_sums(lines)
    monkeypatch.setattr(
        date_groups, "_mixed", lambda member, weight: (member % 3).astype(np.uint64)
    )
    assert panel.groups().pair_sums(lines) == pytest.approx(expected, rel=1e-12)


def test_lines_without_positions_have_sums_of_zero():
    panel = Panel(1, missing=0.0)
    empty = csr_array((3, len(panel.offset)))
    assert panel.groups().pair_sums(empty).tolist() == [0.0, 0.0, 0.0]


def test_the_same_days_at_other_event_times_are_other_groups():
    """A window holds one of them of the one position, and another of the other."""
    series = np.random.default_rng(5).standard_normal((2, 40))
    days = np.array([[10, 11, 12, 13], [11, 12, 13, 14]])
    present = np.array([[False, True, True, True], [True, True, True, False]])

    def shared_part(one, other):
        return np.array([float(days[i, 2] == days[j, 2]) for i, j in zip(one, other, strict=True)])

    groups = DateGroups(
        series, np.zeros(2, int), np.arange(2), days, present, np.zeros(2, int), min_common=20
    )
    lines = csr_array(np.ones((1, 2)))
    assert groups.pair_sums(lines) == pytest.approx(np.corrcoef(series)[0, 1])
    assert groups.pair_sums(lines, shared_part).tolist() == [0.0]
