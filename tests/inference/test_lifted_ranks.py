"""What windows add to the ranks of sessions, beside a loop over draws, pairs and sessions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eventstudy import Window
from eventstudy.inference import lifted_ranks, moved_counts, pair_sums
from eventstudy.inference.dependence import ResidualDependence
from eventstudy.inference.lifted_ranks import lifts
from eventstudy.inference.moments import scar_moments
from eventstudy.inference.session_order import ordered_residuals

pytestmark = pytest.mark.fast_tests(5)


def plainly(evidence, scale):
    """Sum of each session's step, and of the windows' own centred ranks, by counting."""
    table, scar = evidence.table, evidence.window.scar
    total = np.zeros((evidence.n_draws, table.residuals.shape[1]))
    event = np.zeros(evidence.n_draws)
    for draw in range(evidence.n_draws):
        for block in evidence.blocks:
            for row, column in zip(block.rows[block.pick[draw]], block.columns, strict=True):
                value = scar[row] / scale[draw]
                residuals = table.residuals[row] / table.fit.sigma[row]
                known = residuals[np.isfinite(residuals)]
                if not np.isfinite(value):
                    continue
                weight = evidence.sign[column] / (len(known) + 2)
                step = np.where(residuals > value, 1.0, np.where(residuals == value, 0.5, 0.0))
                total[draw] += weight * step
                below = (known < value).sum() + 0.5 * (known == value).sum()
                event[draw] += weight * (below - len(known) / 2)
    return total, event


def tied(evidence, digits):
    """The same with residuals of few sizes, and windows that have some of these themselves."""
    table = evidence.table
    residuals = table.residuals.round(digits)
    window = evidence.window
    scar = np.where(np.arange(len(window.scar)) % 3 == 0, residuals[:, 5], window.scar)
    fit = replace(table.fit, sigma=np.ones_like(table.fit.sigma))
    return replace(
        evidence,
        table=replace(table, residuals=residuals, fit=fit),
        window=replace(window, scar=scar),
        dependence=ResidualDependence(table.dates[:, :1], residuals[:, :1]),
    )


@pytest.mark.parametrize(
    ("sparse", "rows", "looked_up"),
    [(0, 1, 0), (0, 100, 0), (1_000_000, 100, 1e9), (1_000_000, 100, 0)],
)  # pair by pair, as one product of positions, or of days
@pytest.mark.parametrize("is_tied", [False, True])
@pytest.mark.parametrize("is_turned", [False, True])
def test_sums_are_those_of_a_loop(monkeypatch, drawn, is_turned, is_tied, sparse, rows, looked_up):
    monkeypatch.setattr(lifted_ranks, "_SPARSE", sparse)
    monkeypatch.setattr(moved_counts, "_LOOKED_UP", looked_up)
    monkeypatch.setattr(lifted_ranks, "_ROWS", rows)
    evidence = drawn[Window(-1, 1)].thinned(12)
    monkeypatch.setattr(lifted_ranks, "_STEP", 4 * evidence.n_pairs)  # some draws at a time
    if is_turned:
        sign = np.where(np.arange(evidence.n_pairs) % 3 == 1, -1.0, 1.0)
        evidence = replace(evidence, sign=sign)
    scale = scar_moments(evidence).sd
    if is_tied:
        evidence = tied(evidence, 3)
        scale = np.where(np.arange(12) % 2 == 0, 1.0, scale)
    scale[3] = np.nan
    total, event = lifts(evidence, ordered_residuals(evidence), scale)
    every, own = plainly(evidence, scale)
    assert total == pytest.approx(every, rel=1e-12, abs=1e-12)
    assert event == pytest.approx(own, rel=1e-12, abs=1e-12)
    assert np.abs(total).max() > 0


@pytest.mark.parametrize("looked_up", [0, 1e9])
def test_more_steps_than_single_precision_tells_apart(monkeypatch, drawn, looked_up):
    monkeypatch.setattr(lifted_ranks, "_SPARSE", 1_000_000)
    monkeypatch.setattr(moved_counts, "_LOOKED_UP", looked_up)
    monkeypatch.setattr(pair_sums, "_HALVES", 0)
    monkeypatch.setattr(moved_counts.MovedCounts, "sums", None)  # it is in single precision
    kinds = []
    plain_counts = lifted_ranks.counts

    def counts(held, sign, n_positions, kind=np.float64):
        kinds.append(kind)
        return plain_counts(held, sign, n_positions, kind)

    monkeypatch.setattr(lifted_ranks, "counts", counts)
    evidence = drawn[Window(-1, 1)].thinned(12)
    scale = scar_moments(evidence).sd
    total, _ = lifts(evidence, ordered_residuals(evidence), scale)
    assert total == pytest.approx(plainly(evidence, scale)[0], rel=1e-12, abs=1e-12)
    assert set(kinds) == {np.float64}


def test_one_draw_is_a_line_of_many(drawn):
    evidence = drawn[Window(0, 0)]
    ordered, scale = ordered_residuals(evidence), scar_moments(evidence).sd
    total, event = lifts(evidence, ordered, scale)
    one, own = lifts(evidence.thinned(1), ordered, scale[:1])
    assert one == pytest.approx(total[:1], rel=1e-12, abs=1e-12)
    assert own == pytest.approx(event[:1], rel=1e-12, abs=1e-12)
