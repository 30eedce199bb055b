"""Normal returns from the bars before the window on the same day, for days that stand alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.exceptions import Refusal
from eventstudy.intraday.estimation import WindowSum, recent_level
from eventstudy.text import counted

if TYPE_CHECKING:
    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.intraday.grid import Grid
    from eventstudy.intraday.placement import Pair
    from eventstudy.intraday.specification import IntradaySpecification

MOST_EARLIER = 100
"""Earlier windows of one day that are kept, the latest ones."""
# Below this share of the mean square a variance is rounding.
_EXACT = 1e-20
_NO_WINDOWS = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BarEstimate:
    """What bars say is normal: a constant mean, or a market model.

    Attributes
    ----------
    n, n_parameters : bars, and coefficients estimated from them
    y_mean, x_mean : means of the returns and of the benchmark's; 0 without one
    slope, spread : on the benchmark, and its sum of squares about its mean; 0 and infinite without
    variance : of the residuals, over ``n - n_parameters``
    """

    n: int
    n_parameters: int
    y_mean: float
    x_mean: float
    slope: float
    spread: float
    variance: float

    def normal(self, x: FloatArray) -> FloatArray:
        """Return the normal return of bars whose benchmark returns are `x`."""
        return self.y_mean + self.slope * (x - self.x_mean)

    def sum_variance(self, x: FloatArray) -> float:
        """Return the variance of the forecast error of the sum over some bars.

        ``s^2 (n + n^2/M + (sum (x - mean x))^2 / S_xx)``: their own errors, and that of the
        coefficients, which all of them share.
        """
        n = len(x)
        shared = n**2 / self.n + float((x - self.x_mean).sum()) ** 2 / self.spread
        return self.variance * (n + shared)


def estimate_bars(y: FloatArray, x: FloatArray | None) -> BarEstimate | None:
    """Estimate from bars ``(M,)``; None where they are too few, or nothing in them varies."""
    n, n_parameters = len(y), 1 if x is None else 2
    if n <= n_parameters:
        return None
    y_mean = float(y.mean())
    e = y - y_mean
    x_mean, slope, spread = 0.0, 0.0, np.inf
    if x is not None:
        x_mean = float(x.mean())
        u = x - x_mean
        spread = float(u @ u)
        if not spread > _EXACT * float(x @ x):
            return None
        slope = float(u @ e) / spread
        e = e - slope * u
    sum_of_squares = float(e @ e)
    if not sum_of_squares > _EXACT * float(y @ y):
        return None
    return BarEstimate(
        n=n, n_parameters=n_parameters, y_mean=y_mean, x_mean=x_mean, slope=slope, spread=spread,
        variance=sum_of_squares / (n - n_parameters),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DayPosition:
    """One pair, estimated on the bars of its day before the window; ``W`` bars, ``M`` before.

    Attributes
    ----------
    days : ``(1,)`` the session
    normal, abnormal, variance : ``(W,)`` normal and abnormal return and its forecast variance
    n : ``(W,)`` days each bar is estimated on, 1
    x : ``(W,)`` the benchmark's returns; 0 without one
    estimate : what the bars before say
    before, factor : ``(M,)`` their returns, and the benchmark's; None without one
    place : ``(M,)`` how many bars before the end of the stretch each of them lies, from 1 on
    recent : abnormal returns of all bars of the day before the end of the window, oldest first,
        NaN where missing
    begin : how many of `recent` lie before the window
    session_bars : clock times of a session
    span : places of the first and last bar that is estimated on
    """

    days: IntArray
    normal: FloatArray
    abnormal: FloatArray
    variance: FloatArray
    n: IntArray
    x: FloatArray
    estimate: BarEstimate
    before: FloatArray
    factor: FloatArray | None
    place: IntArray
    recent: FloatArray
    begin: int
    session_bars: int
    span: tuple[int, int]

    @property
    def beta(self) -> float:
        """Slope on the benchmark; NaN without one."""
        return np.nan if self.factor is None else self.estimate.slope

    @property
    def n_returns(self) -> int:
        """Returns the normal return is estimated from."""
        return self.estimate.n

    @property
    def residuals(self) -> FloatArray:
        """Residuals of the bars before, ``(M,)``."""
        return _residuals(self.estimate, self.before, self.factor)

    def total(self, bars: slice) -> WindowSum | None:
        """Cumulate over some of the bars; None where none has an abnormal return."""
        present = self._present(bars)
        return self._own(present, _NO_WINDOWS) if present.size else None

    def windows(self, bars: slice) -> tuple[WindowSum | None, list[tuple[int, WindowSum]]]:
        """Return the sum over some bars, and those over the earlier windows of the day.

        Earlier windows are as many bars long, lie before the estimation ends, back to back from
        there, and count where they hold no fewer returns than the window itself. Each is forecast
        from the bars before the news outside it. Every one has a number, 1 for the latest.
        """
        present = self._present(bars)
        if not present.size:
            return None, []
        found: list[tuple[int, IntArray, BoolArray, BarEstimate]] = []
        for number, held in _earlier(self.place, len(self.abnormal[bars])):
            if len(held) < len(present) or len(found) == MOST_EARLIER:
                continue
            rest = np.ones(len(self.before), dtype=bool)
            rest[held] = False
            factor = None if self.factor is None else self.factor[rest]
            estimate = estimate_bars(self.before[rest], factor)
            if estimate is not None:
                found.append((number, held, rest, estimate))
        label = np.zeros(len(self.before), dtype=np.int64)
        for number, held, _, _ in found:
            label[held] = number
        numbers = np.array([number for number, _, _, _ in found], dtype=np.int64)
        earlier = []
        for number, held, rest, estimate in found:
            x = np.zeros(len(held)) if self.factor is None else self.factor[held]
            others = numbers[numbers != number], label
            earlier.append((number, self._sum(self.before[held], x, estimate, rest, others)))
        return self._own(present, (numbers, label)), earlier

    def _present(self, bars: slice) -> IntArray:
        return np.flatnonzero(np.isfinite(self.abnormal[bars])) + (bars.start or 0)

    def _own(self, present: IntArray, windows: tuple[IntArray, IntArray]) -> WindowSum:
        y = self.normal[present] + self.abnormal[present]
        used = np.ones(len(self.before), dtype=bool)
        return self._sum(y, self.x[present], self.estimate, used, windows)

    def level(self, bars: slice) -> float:
        """Volatility of the latest bars before a window, over that of all estimation bars."""
        square = self.recent[: self.begin + (bars.start or 0)] ** 2 / self.estimate.variance
        return recent_level(square, self.session_bars)

    def _sum(
        self,
        y: FloatArray,
        x: FloatArray,
        estimate: BarEstimate,
        used: BoolArray,
        windows: tuple[IntArray, IntArray],
    ) -> WindowSum:
        """Cumulate bars `y` forecast by an estimate on the bars before that are `used`.

        `windows` are the numbers of earlier windows, and of that each bar before lies in, ``(M,)``.
        """
        n, residuals = len(y), _residuals(estimate, self.before, self.factor)
        normal = float(estimate.normal(x).sum())
        numbers, label = windows
        sums: FloatArray = np.empty(0)
        if numbers.size:
            total = np.bincount(label, weights=residuals)[numbers]
            sums = np.asarray(total * np.sqrt(n / np.bincount(label)[numbers]), dtype=np.float64)
        return WindowSum(
            returns=float(y.sum()),
            normal=normal,
            car=float(y.sum()) - normal,
            std_error=float(np.sqrt(estimate.sum_variance(x))),
            df=float(estimate.n - estimate.n_parameters),
            n_days=len(numbers),
            residuals=sums,
            sigma=float(np.sqrt(estimate.variance * n)),
            numbers=numbers,
            bar_residuals=residuals[used] * np.sqrt(n),
            bar_places=self.place[used],
        )


def position_of_day(
    study: IntradaySpecification,
    grid: Grid,
    pair: Pair,
    *,
    begin: int,
    claimed: BoolArray | None,
    factor: FloatArray | None,
) -> DayPosition | Refusal:
    """Estimate a pair on the bars of its own day before its window and before the news.

    Parameters
    ----------
    begin
        First bar of the window, counted from bar 0.
    claimed
        Bars inside the window of an event, ``(S, C)``, which say nothing about what is normal;
        None where they may.
    factor
        The benchmark's return of every bar, ``(S, C)``; None without one.
    """
    of_day = np.flatnonzero(grid.slot_session == pair.session)
    first = int(of_day[0])
    end = max(pair.slot + min(begin, 0) - -(-study.gap // grid.minutes), first)
    slots = np.arange(first, pair.slot + begin + len(pair.offset))
    slots = slots[(slots < len(grid.slot_session)) & (slots <= of_day[-1])]
    at = grid.slot_session[slots], grid.slot_clock[slots]
    returns = grid.returns[at].copy()
    # A return over a night or a lunch is no return of a bar of the day.
    returns[grid.after_break[at] & ~grid.from_open[at] & (slots < end)] = np.nan
    x = np.zeros(len(slots)) if factor is None else factor[at]
    returns[~np.isfinite(x)] = np.nan
    is_before = (slots < end) & np.isfinite(returns)
    if claimed is not None:
        is_before &= ~claimed[at]
    n = int(is_before.sum())
    if n < study.min_bars:
        gap = f" and its gap of {study.gap} minutes" if study.gap else ""
        reason = (
            f"{counted(n, 'bar')} of the day before the window{gap}, "
            f"fewer than min_bars = {study.min_bars}"
        )
        return Refusal(stage="min_bars", reason=reason)
    y, own_factor = returns[is_before], None if factor is None else x[is_before]
    estimate = estimate_bars(y, own_factor)
    if estimate is None:
        what = "no bar" if factor is None else "no bar, or no return of the benchmark,"
        return Refusal(stage="model", reason=f"{what} of the day before the window varies")
    width = len(pair.offset)
    window_returns, window_x = np.full(width, np.nan), np.full(width, np.nan)
    inside = slots >= pair.slot + begin
    where = slots[inside] - (pair.slot + begin)
    window_returns[where], window_x[where] = returns[inside], x[inside]
    abnormal = window_returns - estimate.normal(window_x)
    if not np.isfinite(abnormal).any():
        return Refusal(stage="model", reason="no bar of the window has a return")
    has_return = np.isfinite(abnormal)
    variance = np.full(width, np.nan)
    variance[has_return] = [
        estimate.sum_variance(window_x[[k]]) for k in np.flatnonzero(has_return)
    ]
    return DayPosition(
        days=np.array([pair.session]),
        normal=np.where(has_return, estimate.normal(window_x), np.nan),
        abnormal=abnormal,
        variance=variance,
        n=np.ones(width, dtype=np.int64),
        x=window_x,
        estimate=estimate,
        before=y,
        factor=own_factor,
        place=end - slots[is_before],
        recent=returns - estimate.normal(x),
        begin=int(pair.slot + begin - first),
        session_bars=len(grid.clocks),
        span=(int(slots[is_before][0]), int(slots[is_before][-1])),
    )


def _residuals(estimate: BarEstimate, y: FloatArray, x: FloatArray | None) -> FloatArray:
    return y - estimate.normal(np.zeros(len(y)) if x is None else x)


def _earlier(place: IntArray, length: int) -> list[tuple[int, IntArray]]:
    """Cut the bars before into windows of `length`, back to back from the end, the latest first.

    A number from 1 on, and which of the bars ``(M,)`` it holds, oldest first; whole windows alone.
    """
    number = (place - 1) // length + 1
    whole = int(place.max(initial=0)) // length
    return [(k, np.flatnonzero(number == k)) for k in range(1, whole + 1)]
