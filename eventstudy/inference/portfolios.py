"""Date portfolios: pairs whose windows overlap, averaged before testing, and standardised."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.moved_sums import MovedSums, parts_of
from eventstudy.inference.residual_sums import Moved

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy._typing import FloatArray, IntArray
    from eventstudy.inference.evidence import Block, Evidence, Places
    from eventstudy.inference.moved_sums import Kind

# Values of lines averaged at a time, so that they stay in the processor's own memory.
_VALUES = 1 << 18


def portfolio_z(evidence: Evidence) -> FloatArray:
    """Standardised CAR of every date portfolio and draw, ``(B, E)``."""
    # Where windows start alike, portfolios of one kind are one on the same weekday.
    if evidence.places is None or evidence.table.extension.any():
        return _gathered_z(evidence)
    return _moved_z(evidence, evidence.places)


def _moved_z(evidence: Evidence, places: Places) -> FloatArray:
    """As `_gathered_z`, each kind of portfolio computed once for every weekday."""
    structure, window = evidence.structure, evidence.window
    parts = parts_of(evidence, np.where(structure.counted, structure.portfolio, -1))
    once = evidence.dependence.once
    residuals = once("residual portfolios", lambda: MovedSums(places, 2))
    series = once(f"moved portfolios {window.window}", lambda: MovedSums(places, 1))
    sessions = _Sessions(evidence)

    position = places.on_weekday.reshape(-1, places.n_days)

    def averages(asked: Sequence[tuple[Kind, IntArray]]) -> FloatArray:
        found: list[FloatArray] = [np.empty(0)] * len(asked)
        regular = [number for number, (kind, _) in enumerate(asked) if kind.first < 0]
        portfolios = [_moved(asked[number], places) for number in regular]
        if portfolios:
            together = np.stack(evidence.dependence.moved_residuals(position, portfolios))
            ends = np.cumsum([len(each.weekday) for each in portfolios])
            for number, part in zip(regular, np.split(together, ends[:-1], axis=1), strict=True):
                found[number] = part
        for number, (kind, days) in enumerate(asked):
            if kind.first >= 0:
                lines = (kind.rows(places, days) + 1) * kind.sign
                found[number] = np.stack(evidence.dependence.portfolio_residuals(lines))
        return np.concatenate(found, axis=1)

    def standardised(asked: Sequence[tuple[Kind, IntArray]]) -> FloatArray:
        z = []
        for (kind, days), known in zip(asked, residuals.of(asked, averages), strict=True):
            rows = kind.rows(places, days)
            is_held = window.n_sessions[rows] > 0
            squares, n_dates = known[:, days]
            partly = np.flatnonzero(~is_held.all(axis=1))
            if partly.size:
                lines = np.where(is_held, (rows + 1) * kind.sign, 0)[partly]
                squares[partly], n_dates[partly] = evidence.dependence.portfolio_residuals(lines)
            z.append(sessions.z(rows, kind.sign, squares, n_dates))
        return np.concatenate(z)[None]

    asked = [(part.kind, part.first + evidence.blocks[part.block].moves) for part in parts]
    moves = [block.moves[block.pick] for block in evidence.blocks]
    z = np.empty((len(parts), evidence.n_draws))
    for number, (part, values) in enumerate(
        zip(parts, series.of(asked, standardised), strict=True)
    ):
        values[0].take(part.first + moves[part.block], out=z[number])
    return z.T


def _moved(asked: tuple[Kind, IntArray], places: Places) -> Moved:
    """Return a kind on some weekdays with its markets numbered as in `Places.on_weekday`."""
    kind, days = asked
    series = kind.width * places.on_weekday.shape[1] + kind.security
    return Moved(series=series, later=kind.later, sign=kind.sign, weekday=days)


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
    z = _Sessions(evidence).z(rows, np.sign(lines), squares, n_dates)
    return np.asarray(z[again] * side)


class _Sessions:
    """Abnormal returns of every position on the sessions of one window, 1j where there is one."""

    def __init__(self, evidence: Evidence) -> None:
        window, abnormal = evidence.window, evidence.table.abnormal
        taus = np.flatnonzero((window.present > 0).any(axis=0))
        there = (window.present[:, taus] > 0) & np.isfinite(abnormal[:, taus])
        self._values = np.where(there, abnormal[:, taus], 0.0) + 1j * there
        self._parameters = evidence.table.fit.n_parameters

    def z(
        self, rows: IntArray, sign: IntArray, squares: FloatArray, n_dates: FloatArray
    ) -> FloatArray:
        """Standardised CAR of portfolios, ``(M,)``.

        Parameters
        ----------
        rows, sign : ``(M, n)`` positions of each, and their signs, 0 where not held; signs of all
            may be one line
        squares, n_dates : ``(M,)`` of their mean residuals
        """
        total, length = np.empty(len(rows)), np.empty(len(rows))
        sign = np.broadcast_to(sign, rows.shape)
        at_a_time = max(1, _VALUES // (rows.shape[1] * max(1, self._values.shape[1])))
        for begin in range(0, len(rows), at_a_time):
            part = slice(begin, begin + at_a_time)
            values = self._values[rows[part]]
            side = sign[part, :, None]
            number = (values.imag * np.abs(side)).sum(axis=1)
            mean = (values.real * side).sum(axis=1) / np.maximum(number, 1.0)
            total[part], length[part] = mean.sum(axis=1), (number > 0).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = squares / (n_dates - self._parameters) * (length + length**2 / n_dates)
            z = total / np.sqrt(scale)
        usable = (length > 0) & (n_dates > self._parameters) & (scale > 0)
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
