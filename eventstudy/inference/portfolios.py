"""Date portfolios: pairs whose windows overlap, averaged before testing, and standardised."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.moved_sums import MovedSums, WholeSums, parts_of, sums_over_pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from eventstudy._typing import FloatArray, IntArray
    from eventstudy.inference.evidence import Block, Evidence, Places
    from eventstudy.inference.moved_sums import Kind

# Values of lines averaged at a time, so that they stay in the processor's own memory.
_VALUES = 1 << 18


def portfolio_z(evidence: Evidence) -> FloatArray:
    """Standardised CAR of every date portfolio and draw, ``(B, E)``."""
    if evidence.n_draws == 1 and len(evidence.blocks) == 1:
        return _single_z(evidence)
    # Where windows start alike, portfolios of one kind are one on the same weekday.
    if evidence.places is None or evidence.table.extension.any():
        return _gathered_z(evidence)
    return _moved_z(evidence, evidence.places)


def _moved_z(evidence: Evidence, places: Places) -> FloatArray:
    """As `_gathered_z`, each kind of portfolio computed once for every weekday."""
    structure, window, dependence = evidence.structure, evidence.window, evidence.dependence
    parts = parts_of(evidence, np.where(structure.counted, structure.portfolio, -1))
    kinds = [part.kind for part in parts]
    residuals = dependence.once("residual portfolios", lambda: MovedSums(places, 2))
    series = dependence.once(f"moved portfolios {window.window}", lambda: MovedSums(places, 1))

    def averages(asked: Sequence[tuple[Kind, IntArray]]) -> FloatArray:
        found = []
        for kind, days in asked:
            rows = kind.rows(places, days)
            begin = np.arange(len(rows) + 1) * rows.shape[1]
            sign = np.broadcast_to(kind.sign, rows.shape).ravel()
            found.append(np.stack(dependence.held_residuals(rows.ravel(), sign, begin)))
        return np.concatenate(found, axis=1)

    def standardised(asked: Sequence[tuple[Kind, IntArray]]) -> FloatArray:
        values, taus = dependence.once(f"sessions {evidence.presence}", lambda: _sessions(evidence))
        asked_kinds = [kind for kind, _ in asked]

        def held(kinds: Sequence[Kind]) -> FloatArray:
            is_held = (window.n_sessions > 0).astype(np.float64)
            numbers = np.concatenate([is_held[None], values.imag.T])
            return sums_over_pairs(kinds, places, numbers, [False] * (1 + taus))

        # Other abnormal returns are there on the same sessions.
        counts = dependence.once(
            f"residual portfolios {evidence.presence}", lambda: WholeSums(places, 1 + taus)
        ).of(asked_kinds, held)
        sums = sums_over_pairs(asked_kinds, places, values.real.T, [True] * taus)
        z = []
        for (kind, days), known, count, of_kind in zip(
            asked, residuals.of(asked, averages), counts, sums, strict=True
        ):
            own, number = of_kind[:, days], count[days].T
            squares, n_dates = known[:, days]
            partly = np.flatnonzero(number[0] < len(kind.sign))
            if partly.size:
                rows = kind.rows(places, days[partly])
                lines = np.where(window.n_sessions[rows] > 0, (rows + 1) * kind.sign, 0)
                squares[partly], n_dates[partly] = dependence.portfolio_residuals(lines)
            total, length = _window_totals(own, number[1:])
            z.append(_standardised(evidence, total, length, squares, n_dates))
        return np.concatenate(z)[None]

    asked = [
        (kind, part.first + evidence.blocks[part.block].moves)
        for kind, part in zip(kinds, parts, strict=True)
    ]
    moves = [block.moves[block.pick] for block in evidence.blocks]
    z = np.empty((len(parts), evidence.n_draws))
    for number, (part, values) in enumerate(
        zip(parts, series.of(asked, standardised), strict=True)
    ):
        values[0].take(part.first + moves[part.block], out=z[number])
    return z.T


def _single_z(evidence: Evidence) -> FloatArray:
    """As `_gathered_z`, of one draw that is one block: each pair is looked at once."""
    (block,) = evidence.blocks
    counted, label = evidence.structure.counted, evidence.structure.portfolio
    columns = block.columns[counted[block.columns]]
    if not columns.size:
        return np.empty((1, 0))
    rows = block.rows[block.pick[0]][counted[block.columns]]
    order = np.argsort(label[columns], kind="stable")
    rows, columns = rows[order], columns[order]
    portfolio = np.cumsum(np.diff(label[columns], prepend=label[columns[0]]) != 0)
    n_portfolios = int(portfolio[-1]) + 1
    is_held = evidence.window.n_sessions[rows] > 0
    rows, portfolio = rows[is_held], portfolio[is_held]
    sign = evidence.sign[columns[is_held]]
    values, taus = _sessions(evidence, rows)
    totals, counts = np.zeros((2, taus, n_portfolios))
    for tau in range(taus):
        weights = values[:, tau].real * sign
        totals[tau] = np.bincount(portfolio, weights=weights, minlength=n_portfolios)
        weights = values[:, tau].imag
        counts[tau] = np.bincount(portfolio, weights=weights, minlength=n_portfolios)
    begin = np.searchsorted(portfolio, np.arange(n_portfolios + 1))
    squares, n_dates = evidence.dependence.held_residuals(rows, sign.astype(np.int64), begin)
    total, length = _window_totals(totals, counts)
    return _standardised(evidence, total, length, squares, n_dates)[None]


def _gathered_z(evidence: Evidence) -> FloatArray:
    """As `portfolio_z`, from the lines of positions that the draws hold."""
    counted = evidence.structure.counted
    # Portfolios of the same size go through the formula together, whatever the block.
    alike: dict[int, list[tuple[IntArray, IntArray, IntArray]]] = {}
    n_portfolios = 0
    for block in evidence.blocks:
        columns = np.flatnonzero(counted[block.columns])
        label = evidence.structure.portfolio[block.columns[columns]]
        columns = columns[np.argsort(label, kind="stable")]
        size = np.unique(label, return_counts=True)[1]
        numbers = numbered_lines(evidence, block)[:, columns]
        begin = np.cumsum(size) - size
        for n in np.unique(size):
            chosen = np.flatnonzero(size == n)
            lines = numbers[:, begin[chosen][:, None] + np.arange(n)]
            alike.setdefault(int(n), []).append((lines, n_portfolios + chosen, block.pick))
        n_portfolios += len(size)
    z = np.empty((evidence.n_draws, n_portfolios))
    for n, members in alike.items():
        values = _z_of_lines(
            evidence, np.concatenate([part.reshape(-1, n) for part, _, _ in members])
        )
        begin = np.cumsum([0] + [part.shape[0] * part.shape[1] for part, _, _ in members])
        for at, (lines, chosen, pick) in zip(begin, members, strict=False):
            moved = values[at : at + lines.shape[0] * lines.shape[1]]
            z[:, chosen] = moved.reshape(lines.shape[:2])[pick]
    return z


def _z_of_lines(evidence: Evidence, lines: IntArray) -> FloatArray:
    """Standardised CAR ``(M,)`` of each line of positions ``(M, n)``.

    Positions are numbered from 1 on, negative where their sign is, 0 where not held.
    """
    # A line and the same with every sign changed are one.
    first = np.take_along_axis(lines, (lines != 0).argmax(axis=1)[:, None], axis=1)[:, 0]
    side = np.sign(first)
    lines, again = distinct_lines(lines * side[:, None])
    squares, n_dates = evidence.dependence.portfolio_residuals(lines)
    rows = np.maximum(np.abs(lines) - 1, 0)
    values, taus = _sessions(evidence)
    total, length = np.empty(len(rows)), np.empty(len(rows))
    at_a_time = max(1, _VALUES // (rows.shape[1] * max(1, taus)))
    for begin in range(0, len(rows), at_a_time):
        part = slice(begin, begin + at_a_time)
        side_of = np.sign(lines[part])[:, :, None]
        held = values[rows[part]]
        total[part], length[part] = _window_totals(
            (held.real * side_of).sum(axis=1).T, (held.imag * np.abs(side_of)).sum(axis=1).T
        )
    z = _standardised(evidence, total, length, squares, n_dates)
    return np.asarray(z[again] * side)


def _sessions(
    evidence: Evidence, rows: IntArray | None = None
) -> tuple[npt.NDArray[np.complex128], int]:
    """Abnormal returns of positions on the sessions of the window, 1j where there is one.

    ``(U, taus)`` of all positions or of some rows, and the number of sessions that some row has.
    """
    window, abnormal = evidence.window, evidence.table.abnormal
    taus = np.flatnonzero((window.present > 0).any(axis=0))
    some = np.arange(len(abnormal)) if rows is None else rows
    values = abnormal[some[:, None], taus]
    there = (window.present[some[:, None], taus] > 0) & np.isfinite(values)
    return np.where(there, values, 0.0) + 1j * there, len(taus)


def _window_totals(totals: FloatArray, counts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """CAR of the mean pair and its sessions, ``(M,)``, from sums and numbers ``(taus, M)``."""
    mean = totals / np.maximum(counts, 1.0)
    return mean.sum(axis=0), (counts > 0).sum(axis=0).astype(np.float64)


def _standardised(
    evidence: Evidence,
    total: FloatArray,
    length: FloatArray,
    squares: FloatArray,
    n_dates: FloatArray,
) -> FloatArray:
    """Return CARs of portfolios over their spread, from `squares` and `n_dates` of residuals."""
    parameters = evidence.table.fit.n_parameters
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = squares / (n_dates - parameters) * (length + length**2 / n_dates)
        z = total / np.sqrt(scale)
    usable = (length > 0) & (n_dates > parameters) & (scale > 0)
    return np.where(usable, z, np.nan)


def distinct_lines(lines: IntArray) -> tuple[IntArray, IntArray]:
    """Return the distinct lines of ``(M, n)`` and which of them each line is."""
    # A line is nearly always known by one sum; where it is not, whole lines are compared.
    mark = lines @ np.random.default_rng(0).integers(1 << 62, size=lines.shape[1])
    _, first, again = np.unique(mark, return_index=True, return_inverse=True)
    if (lines[first[again]] != lines).any():
        _, first, again = np.unique(lines, axis=0, return_index=True, return_inverse=True)
    return lines[first], again.reshape(-1)


def numbered_lines(evidence: Evidence, block: Block) -> IntArray:
    """Positions of each placement that have an abnormal return in the window, ``(M, n)``.

    Numbered from 1 on, negative where their sign is; 0 where there is none.
    """
    is_held = evidence.window.n_sessions > 0
    sign = evidence.sign[block.columns].astype(np.int64)
    return np.where(is_held[block.rows], (block.rows + 1) * sign, 0)
