"""The markets of a joint regression: their sessions, the weights of these, their equations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.analyses.event_dummies import Equation, Pairs, car_of, make_equation
from eventstudy.analyses.joint_placebo import Shiftable
from eventstudy.kernels import ewma_variance

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from eventstudy._typing import BoolArray, DateArray, FloatArray, IntArray
    from eventstudy.windows import Window


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JointData:
    """What the regression is run on: ``N`` markets of ``T`` sessions, ``P`` pairs.

    Attributes
    ----------
    names : the markets
    returns, dates : ``(N, T)``
    regressors : ``(N, T, K)`` of the normal-return model
    intercept : whether it has a constant
    sample : ``(N, T)`` sessions that an estimation or event window of a pair holds
    event, security, day0, extension : ``(P,)`` positions of the pairs
    event_window : dummies run from its start to its end
    """

    names: tuple[str, ...]
    returns: FloatArray
    dates: DateArray
    regressors: FloatArray
    intercept: bool
    sample: BoolArray
    event: IntArray
    security: IntArray
    day0: IntArray
    extension: IntArray
    event_window: Window


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Market:
    """One market: its pairs, and the equation of the sessions used.

    Attributes
    ----------
    name, row : of the market, and its row in the data
    pairs : that have dummies
    columns : ``(n,)`` the sessions used
    volatility : ``(T,)`` of all sessions, what each is divided by; ones where all count alike
    equation : of the sessions used
    """

    name: str
    row: int
    pairs: Pairs
    columns: IntArray
    volatility: FloatArray
    equation: Equation


def known_volatility(data: JointData) -> FloatArray:
    """Volatility of every market known before each session, ``(N, T)``.

    Exponentially weighted (0.94, as in the placebo test) over the residuals of the market's
    returns on its constant and regressors, least squares over the sessions used without dummies;
    it starts at their variance. Ones for a market whose residuals do not vary.
    """
    known = np.ones_like(data.returns)
    for row, (y, x) in enumerate(zip(data.returns, data.regressors, strict=True)):
        is_complete = np.isfinite(y) & np.isfinite(x).all(axis=1)
        used = data.sample[row] & is_complete
        base = [np.ones((len(y), 1))] if data.intercept else []
        design = np.concatenate([*base, x], axis=1)
        n, k = int(used.sum()), design.shape[1]
        if n <= k:
            continue
        beta = np.linalg.lstsq(design[used], y[used], rcond=None)[0]
        residuals = np.where(
            is_complete, y - np.where(is_complete[:, None], design, 0.0) @ beta, np.nan
        )
        variance = float((residuals[used] ** 2).sum()) / (n - k)
        if variance > (1e-12 * float(np.abs(y[used]).max())) ** 2:
            path = ewma_variance(residuals[None, :], np.array([variance]))[0, :-1]
            known[row] = np.sqrt(path)
    return known


def shiftable(data: JointData, market: Market, windows: Sequence[Window]) -> Shiftable:
    """Return what of one market is ranked among shifts: CARs, and the F tests of its own."""
    equation, pairs = market.equation, market.pairs
    cars = {}
    restrictions: dict[Hashable, FloatArray] = {}
    for window in windows:
        weights = []
        for group in np.unique(pairs.group):
            car = car_of(equation, pairs, int(group), window)
            if not car.is_known:
                continue
            cars[int(group), window] = car.weights
            weights.append(car.weights)
            dummies = np.flatnonzero((car.weights != 0) & equation.kept)
            if len(dummies) > 1:
                restrictions["sessions", int(group), window] = np.eye(len(car.weights))[dummies]
        if len(weights) > 1:
            restrictions["groups", window] = np.array(weights)
    return Shiftable(
        equation=equation,
        dates=data.dates[market.row, market.columns],
        columns=market.columns,
        volatility=market.volatility[market.columns],
        pairs=pairs,
        cars=cars,
        restrictions=restrictions,
        event_start=data.event_window.start,
    )


def make_market(data: JointData, number: IntArray, row: int, volatility: FloatArray) -> Market:
    """Return one market, with the dummies of its pairs in a group (`number` not -1)."""
    at = np.flatnonzero((data.security == row) & (number >= 0))
    pairs = Pairs(
        day0=data.day0[at], extension=data.extension[at], event=data.event[at], group=number[at]
    )
    is_complete = np.isfinite(data.returns[row]) & np.isfinite(data.regressors[row]).all(axis=1)
    columns = np.flatnonzero(data.sample[row] & is_complete)
    return Market(
        name=data.names[row],
        row=row,
        pairs=pairs,
        columns=columns,
        volatility=volatility,
        equation=equation_of(data, row, columns, pairs, volatility),
    )


def equation_of(
    data: JointData, row: int, columns: IntArray, pairs: Pairs, volatility: FloatArray
) -> Equation:
    """Return the equation of one market on some of its sessions."""
    return make_equation(
        data.returns[row],
        data.regressors[row],
        columns,
        pairs,
        data.event_window,
        intercept=data.intercept,
        volatility=volatility,
    )
