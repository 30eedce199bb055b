"""The equation of one market in a joint regression: event dummies, and which CARs they identify."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.windows import Window

COLLINEAR = 1e-9
"""A column as close to the span of those before it, as a share of its own length, lies in it."""
# A coefficient or weight below this is rounding.
_ROUNDING = 1e-8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairs:
    """The ``n`` pairs of one market.

    Attributes
    ----------
    day0, extension : ``(n,)`` column of day 0, and sessions by which the window starts earlier
    event : ``(n,)`` numbers of the events
    group : ``(n,)`` numbers of the groups
    """

    day0: IntArray
    extension: IntArray
    event: IntArray
    group: IntArray

    def days(self, group: int) -> int:
        """Return the distinct day 0s of a group: the observations behind each of its dummies."""
        return len(np.unique(self.day0[self.group == group]))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Equation:
    """Returns of one market on its regressors and on a dummy a group and event time.

    Attributes
    ----------
    y : ``(T,)`` returns, over the volatility of their session where rows are weighted
    design : ``(T, K)``: constant, regressors, dummies, divided alike
    group, tau : ``(K,)`` of each dummy; group -1 for what is none
    kept : ``(K,)`` False where a column is a sum of columns before it
    null : ``(R, K)`` combinations of columns that are zero on every session, one a column dropped
    """

    y: FloatArray
    design: FloatArray
    group: IntArray
    tau: IntArray
    kept: BoolArray
    null: FloatArray

    @property
    def df(self) -> int:
        """Sessions less independent columns."""
        return len(self.y) - int(self.kept.sum())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Functional:
    """The CAR of a group as a weighted sum of coefficients.

    Attributes
    ----------
    weights : ``(K,)``
    is_known : False where the data do not determine it; one of two groups that always come
        together is known, and holds both
    mixed : groups whose effect cannot be told from it
    missing : event times no session of which is in the sample
    """

    weights: FloatArray
    is_known: bool
    mixed: tuple[int, ...]
    missing: tuple[int, ...]


def make_equation(
    returns: FloatArray,
    regressors: FloatArray,
    columns: IntArray,
    pairs: Pairs,
    window: Window,
    *,
    intercept: bool,
    volatility: FloatArray | None = None,
) -> Equation:
    """Build the equation of one market.

    Parameters
    ----------
    returns, regressors
        ``(T,)`` and ``(T, K)`` of all sessions of the market.
    columns
        The sessions used; nothing may be missing on them.
    window
        The event window; the dummies of a pair run from its start, earlier by its extension.
    volatility
        ``(T,)`` of all sessions: what each row is divided by, for weighted least squares.

    Notes
    -----
    A dummy is 1 on a session that is `tau` sessions from the day 0 of an event of the group: two
    events of one group and day are one.
    """
    n_groups = int(pairs.group.max(initial=-1)) + 1
    low = window.start - int(pairs.extension.max(initial=0))
    taus = np.arange(low, window.end + 1)
    row_of = np.full(len(returns), -1, dtype=np.int64)
    row_of[columns] = np.arange(len(columns))
    dummies = np.zeros((len(columns), n_groups, len(taus)))
    at = pairs.day0[:, None] + taus
    holds = taus >= window.start - pairs.extension[:, None]
    holds &= (at >= 0) & (at < len(returns))
    pair, tau_index = np.nonzero(holds)
    row = row_of[at[pair, tau_index]]
    is_used = row >= 0
    dummies[row[is_used], pairs.group[pair[is_used]], tau_index[is_used]] = 1.0
    flat = dummies.reshape(len(columns), -1)
    occurs = flat.any(axis=0)
    base = [np.ones((len(columns), 1))] if intercept else []
    base.append(regressors[columns])
    design = np.concatenate([*base, flat[:, occurs]], axis=1)
    n_base = design.shape[1] - int(occurs.sum())
    none = np.full(n_base, -1, dtype=np.int64)
    y = returns[columns]
    if volatility is not None:
        y, design = y / volatility[columns], design / volatility[columns, None]
    is_independent, null = _independent(design)
    return Equation(
        y=y,
        design=design,
        group=np.concatenate([none, np.repeat(np.arange(n_groups), len(taus))[occurs]]),
        tau=np.concatenate([none, np.tile(taus, n_groups)[occurs]]),
        kept=is_independent,
        null=null,
    )


def _independent(design: FloatArray) -> tuple[BoolArray, FloatArray]:
    """Which columns are no sum of those before them ``(K,)``, and the sums of the others."""
    from scipy.linalg import solve_triangular

    n, k = design.shape
    length = np.sqrt((design**2).sum(axis=0))
    length[length == 0] = 1.0
    basis, upper = np.empty((n, min(n, k))), np.zeros((min(n, k), k))
    rank = 0
    is_independent = np.zeros(k, dtype=bool)
    for column in range(k):
        left = design[:, column] / length[column]
        for _ in range(2):  # a second time against rounding
            part = basis[:, :rank].T @ left
            left = left - basis[:, :rank] @ part
            upper[:rank, column] += part
        size = float(np.sqrt(left @ left))
        if rank < n and size > COLLINEAR:
            basis[:, rank] = left / size
            upper[rank, column] = size
            rank += 1
            is_independent[column] = True
    null = np.zeros((int((~is_independent).sum()), k))
    solved = solve_triangular(upper[:rank, is_independent], upper[:rank, ~is_independent]).T
    solved = solved * length[~is_independent, None] / length[is_independent]
    null[:, is_independent] = -np.where(np.abs(solved) > _ROUNDING, solved, 0.0)
    null[np.arange(len(null)), np.flatnonzero(~is_independent)] = 1.0
    return is_independent, null


def car_of(equation: Equation, pairs: Pairs, group: int, window: Window) -> Functional:
    """Return the CAR of a group over a window: the sum of its coefficients.

    A session that only some windows hold, as they start earlier, counts for their share of the
    pairs, so that the sum stays the average of the pairs.
    """
    extension = pairs.extension[pairs.group == group]
    taus = np.arange(window.start - int(extension.max(initial=0)), window.end + 1)
    share = (taus >= window.start - extension[:, None]).mean(axis=0)
    weights = np.zeros(len(equation.kept))
    of_group = equation.group == group
    missing = []
    for tau, part in zip(taus, share, strict=True):
        at = np.flatnonzero(of_group & (equation.tau == tau))
        weights[at] = part
        if not at.size:
            missing.append(int(tau))
    drops = (np.abs(weights[~equation.kept]) > _ROUNDING).any()
    # What a combination that is zero on every session changes, the data do not determine.
    confused = equation.null[np.abs(equation.null @ weights) > _ROUNDING]
    involved = np.abs(confused) > _ROUNDING
    others = np.unique(equation.group[involved.any(axis=0) & ~of_group])
    # One dummy that is another one stands for both; of a longer sum each term could be anything.
    are_twins = (involved.sum(axis=1) == 2).all()
    return Functional(
        weights=weights,
        is_known=bool(weights.any() and not drops and are_twins),
        mixed=tuple(int(other) for other in others),
        missing=tuple(missing),
    )
