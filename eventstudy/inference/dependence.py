"""How estimation residuals move together: their variances, correlations and portfolios."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np

from eventstudy.inference.correlation import (
    CorrelatedPairs,
    correlated_pairs,
    forms,
    line_sum,
    n_meetings,
    shared_window_correlations,
)
from eventstudy.inference.date_groups import DateGroups
from eventstudy.inference.line_memory import LineMemory, marks_in_order, marks_of_held
from eventstudy.inference.once import mark_of
from eventstudy.inference.residual_sums import ResidualSums

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scipy.sparse import csr_array

    from eventstudy._typing import BoolArray, DateArray, FloatArray, IntArray
    from eventstudy.estimation.abnormal import AbnormalReturns, CumulativeReturns
    from eventstudy.windows import Window

T = TypeVar("T")

MIN_COMMON = 20
"""Series that share fewer sessions than this have no correlation worth the name."""
# Weights of pairs of positions kept between questions, 12 bytes each.
_MOST_KEPT = 20_000_000
_ROWS = 512
# Tables of deviations of which portfolios' variances are kept, those asked for last.
_MOST_ANSWERS = 4
# Pairs of positions that meet up to which all of them are correlated, whatever is asked.
_FEW = 2_000_000
# Pairs of positions up to which all of them are gone through for a single line.
_FEW_MEET = 100_000


# What `ResidualDependence.once` keeps under these names does not depend on the abnormal returns,
# or says itself which values it is made of.
_OF_RESIDUALS = (
    "alike",
    "covariance of CARs",
    "date groups",
    "distinct",
    "last parts",
    "ordered residuals",
    "other sessions ",
    "powers of kinds ",
    "residual portfolios",
    "residual sums",
    "residual_variance",
    "rho ",
    "shares of signs",
)


class ResidualDependence:
    """How the estimation residuals of a table of positions move together, each number made once.

    Parameters
    ----------
    dates
        ``(U, L)`` labels of the estimation sessions; NaT outside the rows.
    residuals
        ``(U, L)``; NaN where not used.

    Notes
    -----
    Residuals are paired by calendar, never by event time (Kolari, Pape and Pynnonen 2018): on 20
    common sessions or more, else their correlation is 0. The memory of what was computed is an
    economy, not a state: the same question always has the same answer.
    """

    __slots__ = (
        "_made", "_of_residuals", "_offset", "_overlap", "_portfolio", "_series", "_variances",
    )  # fmt: skip

    def __init__(self, dates: DateArray, residuals: FloatArray) -> None:
        has_residual = np.isfinite(residuals) & ~np.isnat(dates)
        number = has_residual.sum(axis=1)
        day = dates.astype("datetime64[D]", copy=False)[has_residual].astype(np.int64)
        day -= day.min(initial=np.iinfo(np.int64).max)
        # Calendar columns are the days on which anybody has a residual.
        is_column = np.zeros(int(day.max(initial=0)) + 1, dtype=bool)
        is_column[day] = True
        column = (np.cumsum(is_column) - 1)[day]
        offset = np.zeros(len(dates), dtype=np.int64)
        begin = (np.cumsum(number) - number)[number > 0]
        if begin.size:
            offset[number > 0] = np.minimum.reduceat(column, begin)
        column -= np.repeat(offset, number)
        width = int(column.max(initial=0)) + 1
        column += np.repeat(np.arange(len(dates)) * width, number)
        series = np.full(len(dates) * width, np.nan)
        series[column] = residuals[has_residual]
        self._begin(series.reshape(len(dates), width), offset)

    def _begin(self, series: FloatArray, offset: IntArray) -> None:
        self._series: FloatArray = series
        self._offset: IntArray = offset
        self._overlap: dict[Window, csr_array] = {}
        self._portfolio: dict[int, LineMemory] = {}
        self._variances: dict[str, LineMemory] = {}
        self._of_residuals: dict[str, object] = {}
        self._made: dict[str, object] = {}

    def __reduce__(self) -> tuple[object, ...]:
        # What was computed is not carried along: whoever asks again has the same answer.
        return _restored, (self._series, self._offset)

    def once(self, name: str, make: Callable[[], T]) -> T:
        """Return what `make` derives from the table, made the first time `name` is asked for."""
        made = self._of_residuals if name.startswith(_OF_RESIDUALS) else self._made
        if name not in made:
            made[name] = make()
        return cast("T", made[name])

    def beside(self, times: int = 1) -> ResidualDependence:
        """Return the dependence of the same residuals beside other abnormal returns.

        What derives from residuals and dates alone is shared, whichever of the two is asked for it
        first; `times` over where every position stands so many times in the other table.
        """
        copied = object.__new__(type(self))
        for name in self.__slots__:
            setattr(copied, name, getattr(self, name))
        if times > 1:
            copied._series = np.tile(self._series, (times, 1))
            copied._offset = np.tile(self._offset, times)
            copied._overlap, copied._variances, copied._of_residuals = {}, {}, {}
        copied._made = {}
        return copied

    def residual_variance(self, table: AbnormalReturns) -> FloatArray:
        """Variance (M - 1) of the estimation residuals about their mean, ``(U,)``."""

        def make() -> FloatArray:
            variance = np.empty(len(table.residuals))
            for begin in range(0, len(variance), _ROWS):
                part = slice(begin, begin + _ROWS)
                residuals = table.residuals[part]
                has_residual = np.isfinite(residuals)
                number = has_residual.sum(axis=1)
                is_whole = has_residual.all()
                filled = residuals if is_whole else np.where(has_residual, residuals, 0.0)
                deviation = filled - (filled.sum(axis=1) / np.maximum(number, 1))[:, None]
                if not is_whole:
                    deviation[~has_residual] = 0.0
                deviation *= deviation
                with np.errstate(divide="ignore", invalid="ignore"):
                    variance[part] = deviation.sum(axis=1) / (number - 1.0)
            return variance

        return self.once("residual_variance", make)

    def overlap(self, table: AbnormalReturns, window: CumulativeReturns) -> csr_array:
        """``rho_ij n_ij / sqrt(L_i L_j)`` of all rows, ``(U, U)`` sparse, 1 on the diagonal.

        ``n_ij`` counts the calendar sessions on which both have an abnormal return in the window.
        For the sum of these alone `overlap_sum` needs less memory.
        """
        from scipy.sparse import csr_array, diags_array

        same, chosen = self._distinct(table)
        n = len(same)
        upper = self._upper(table, window, chosen)
        spread = csr_array((np.ones(n), same, np.arange(n + 1)), shape=(n, len(chosen)))
        diagonal = diags_array(self._alike(chosen))
        correlations = csr_array(spread @ csr_array(upper + upper.T + diagonal) @ spread.T)
        has_return = (window.n_sessions > 0).astype(np.float64)
        return csr_array(
            diags_array(has_return) @ (correlations + diags_array(1.0 - correlations.diagonal()))
        )

    def overlap_sum(
        self, table: AbnormalReturns, window: CumulativeReturns, lines: csr_array
    ) -> FloatArray:
        """Sum of ``s_i s_j rho_ij n_ij / sqrt(L_i L_j)`` over the pairs ``i < j`` of every line.

        ``s`` are the signs. Pairs of one position (many news items of one market and day) are
        taken once and counted as often as they occur.

        Parameters
        ----------
        lines : ``(M, U)`` signs of the positions of each placement; an entry may repeat

        Returns
        -------
        ``(M,)``, one value a placement.
        """
        same, chosen = self._distinct(table)
        if lines.shape[0] == 1 and self._are_few(table, chosen):
            upper = self._upper(table, window, chosen)
            if upper.nnz <= _FEW_MEET:
                return line_sum(upper, self._alike(chosen), same[lines.indices], lines.data)
        signed, own = self._signed(table, lines)
        if self._are_few(table, chosen):
            return np.asarray(0.5 * own + forms(signed, self._upper(table, window, chosen)))

        def scale(one: IntArray, other: IntArray) -> FloatArray:
            return self._shared_part(table, window, one, other)

        def make() -> FloatArray:
            return np.asarray(0.5 * own + self._date_groups(table).pair_sums(signed, scale))

        # Several statistics ask for the same.
        asked = blake2b(digest_size=16)
        for part in (signed.indptr, signed.indices, signed.data, own):
            asked.update(part.tobytes())
        return self.once(f"pair sums {window.window} {asked.hexdigest()}", make)

    def meeting(
        self, table: AbnormalReturns
    ) -> tuple[CorrelatedPairs, IntArray, IntArray, FloatArray, IntArray, IntArray] | None:
        """Pairs of distinct positions that meet, as `moved_pairs.MovedPairs` takes them.

        None where they are not few.
        """
        same, chosen = self._distinct(table)
        pairs = self._pairs(table, chosen) if self._are_few(table, chosen) else None
        if pairs is None:
            return None
        days, present = _window_days(table, chosen)
        last = np.where(present, days, np.iinfo(np.int64).min).max(axis=1)
        return pairs, same, chosen, self._alike(chosen), _first_days(table, chosen), last

    def portfolio_variance(self, table: AbnormalReturns, holds: csr_array) -> FloatArray:
        """``sum_ij s_i s_j rho_ij sigma_i sigma_j`` over the rows that each line holds.

        Parameters
        ----------
        holds : ``(cells, U)`` signs ``s`` of rows whose windows share a day; an entry may repeat

        Returns
        -------
        ``(cells,)`` variance of the sum of one session's abnormal returns.
        """
        # Abnormal returns do not count: the same sessions are asked for with other ones.
        key = mark_of(np.ascontiguousarray(table.fit.sigma))
        memory = self._variances.pop(key, None) or LineMemory(1)
        while len(self._variances) >= _MOST_ANSWERS:
            del self._variances[next(iter(self._variances))]
        self._variances[key] = memory

        def make(lines: IntArray) -> FloatArray:
            return self._portfolio_variance(table, holds[lines])[None]

        variance: FloatArray = memory.of(marks_of_held(holds), make)[0]
        return variance

    def _portfolio_variance(self, table: AbnormalReturns, holds: csr_array) -> FloatArray:
        """`portfolio_variance`, computed."""
        from scipy.sparse import csr_array

        data = holds.data * table.fit.sigma[holds.indices]
        form = (data, holds.indices, holds.indptr)
        signed, own = self._signed(table, csr_array(form, shape=holds.shape))
        line = np.repeat(np.arange(holds.shape[0]), np.diff(holds.indptr))
        own_variance = np.bincount(line, weights=data**2, minlength=holds.shape[0])
        _, chosen = self._distinct(table)
        pairs = self._pairs(table, chosen) if self._are_few(table, chosen) else None
        if pairs is not None:
            between = forms(signed, pairs.near(signed, _first_days(table, chosen)))
        else:
            between = self._date_groups(table).pair_sums(signed)
        return np.asarray(own_variance + own + 2.0 * between)

    def _signed(self, table: AbnormalReturns, lines: csr_array) -> tuple[csr_array, FloatArray]:
        """Weights of the distinct positions, and what several pairs of one position add to a line.

        That is ``(sum s)^2 - sum s^2`` of each position, twice the products of its pairs.
        """
        from scipy.sparse import csr_array

        same, chosen = self._distinct(table)
        shape = (lines.shape[0], len(chosen))
        # Adding up repeated entries changes the arrays in place.
        signed, squares = (
            csr_array((data, same[lines.indices], lines.indptr.copy()), shape=shape)
            for data in (lines.data.copy(), lines.data**2)
        )
        signed.sum_duplicates()
        squares.sum_duplicates()
        return signed, (signed.multiply(signed) - squares) @ self._alike(chosen)

    def _date_groups(self, table: AbnormalReturns) -> DateGroups:
        """Groups of the distinct positions by their days."""
        _, chosen = self._distinct(table)

        def make() -> DateGroups:
            return DateGroups(
                self._series,
                self._offset,
                chosen,
                *_window_days(table, chosen),
                table.extension[chosen],
                min_common=MIN_COMMON,
            )

        return self.once("date groups", make)

    def _are_few(self, table: AbnormalReturns, chosen: IntArray) -> bool:
        """Whether so few of the `chosen` positions meet that all of them are correlated at once."""

        def make() -> bool:
            return n_meetings(*_window_days(table, chosen)) <= _FEW

        return self.once("rho of few", make)

    def _shared_part(
        self, table: AbnormalReturns, window: CumulativeReturns, one: IntArray, other: IntArray
    ) -> FloatArray:
        """``n_ij / sqrt(L_i L_j)`` of two distinct positions, ``(K,)``."""
        from scipy.sparse import csr_array

        _, chosen = self._distinct(table)
        used, at = np.unique(np.concatenate([one, other]), return_inverse=True)
        rows = chosen[used]
        row, column = np.nonzero(window.present[rows] > 0)
        days = table.dates[rows[row], column].astype("datetime64[D]").astype(np.int64)
        number, day = np.unique(days, return_inverse=True)
        holds = csr_array(
            (np.ones(len(day)), (row, day.reshape(-1))), shape=(len(rows), len(number))
        )
        holds.data[:] = 1.0  # two sessions of one day are one day
        left, right = np.split(at.reshape(-1), 2)
        shared: FloatArray = np.asarray(holds[left].multiply(holds[right]).sum(axis=1)).ravel()
        length = window.n_sessions[rows]
        return np.asarray(shared / np.sqrt(length[left] * length[right]))

    def _distinct(self, table: AbnormalReturns) -> tuple[IntArray, IntArray]:
        """Number of each row's position (security, day 0, extension); a row of each position."""

        def make() -> tuple[IntArray, IntArray]:
            key = np.column_stack([table.security, table.day0, table.extension])
            _, chosen, same = np.unique(key, axis=0, return_index=True, return_inverse=True)
            return same.reshape(-1), chosen

        return self.once("distinct", make)

    def _upper(
        self, table: AbnormalReturns, window: CumulativeReturns, chosen: IntArray
    ) -> csr_array:
        """Weights of the distinct positions, each pair once, ``(D, D)``."""
        from scipy.sparse import csr_array

        if window.window not in self._overlap:
            pairs = self._pairs(table, chosen)
            if pairs is not None:
                upper = pairs.upper(window, chosen)
            else:
                empty = np.empty(0, dtype=np.int64)
                parts = [(empty, empty, np.empty(0)), *self._weights(table, window, chosen)]
                left, right, weight = (np.concatenate(part) for part in zip(*parts, strict=True))
                shape = (len(chosen), len(chosen))
                upper = csr_array((weight, (left, right)), shape=shape)
            self._overlap[window.window] = upper
        return self._overlap[window.window]

    def _pairs(self, table: AbnormalReturns, chosen: IntArray) -> CorrelatedPairs | None:
        """Correlations of the distinct positions whose event windows meet: of every window.

        None where they are too many to be kept.
        """

        def make() -> CorrelatedPairs | None:
            days, present = _window_days(table, chosen)
            if n_meetings(days, present) > _MOST_KEPT:
                return None
            found = shared_window_correlations(
                self._series[chosen], self._offset[chosen], days, present, min_common=MIN_COMMON
            )
            return correlated_pairs(found, days, present)

        return self.once("rho of pairs", make)

    def _weights(
        self, table: AbnormalReturns, window: CumulativeReturns, chosen: IntArray
    ) -> Iterator[tuple[IntArray, IntArray, FloatArray]]:
        """``rho n / sqrt(L L)`` of the `chosen` positions whose windows meet, by their places."""
        length = window.n_sessions[chosen]
        for left, right, rho, shared in self._meeting(table, window, chosen):
            yield left, right, rho * shared / np.sqrt(length[left] * length[right])

    def _meeting(
        self, table: AbnormalReturns, window: CumulativeReturns, chosen: IntArray
    ) -> Iterator[tuple[IntArray, IntArray, FloatArray, FloatArray]]:
        """Of the `chosen` positions those whose windows meet, their correlation and shared days."""
        days = table.dates[chosen].astype("datetime64[D]").astype(np.int64)
        present = window.present[chosen] > 0
        return shared_window_correlations(
            self._series[chosen], self._offset[chosen], days, present, min_common=MIN_COMMON
        )

    def _alike(self, chosen: IntArray) -> FloatArray:
        """Correlation of each distinct position with itself: 1, or 0 where too little is known."""

        def make() -> FloatArray:
            series = self._series[chosen]
            has_value = np.isfinite(series)
            low = np.where(has_value, series, np.inf).min(axis=1, initial=np.inf)
            high = np.where(has_value, series, -np.inf).max(axis=1, initial=-np.inf)
            usable = (has_value.sum(axis=1) >= MIN_COMMON) & (high > low)
            return np.asarray(usable, dtype=np.float64)

        return self.once("alike", make)

    def _sums(self) -> ResidualSums:
        return self.once("residual sums", lambda: ResidualSums(self._series, self._offset))

    def held_residuals(
        self, rows: IntArray, sign: IntArray, begin: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """`portfolio_residuals` of lines asked for once; see `ResidualSums.of_held`."""
        return self._sums().of_held(rows, sign, begin)

    def portfolio_residuals(self, lines: IntArray) -> tuple[FloatArray, FloatArray]:
        """Sum of squares and number of the mean residuals of a portfolio, by calendar date.

        A date counts when at least half of the portfolio's pairs have a residual on it. Moved to
        one date, the same markets are the same positions, whatever the event, group and window:
        each line of positions is averaged once.

        Parameters
        ----------
        lines : ``(M, n)`` positions of each placement, numbered from 1 on, negative where their
            sign is; 0 where a pair is not counted

        Returns
        -------
        ``(M,)`` each.
        """
        memory = self._portfolio.setdefault(lines.shape[1], LineMemory(2))
        squares, number = memory.of(
            marks_in_order(lines), lambda some: np.stack(self._sums().averages(lines[some]))
        )
        return squares, number


def _window_days(table: AbnormalReturns, rows: IntArray) -> tuple[IntArray, BoolArray]:
    """Calendar day of each session of some positions' widest windows, and whether it counts."""
    days = table.dates[rows].astype("datetime64[D]").astype(np.int64)
    return days, np.isfinite(table.abnormal[rows])


def _first_days(table: AbnormalReturns, rows: IntArray) -> IntArray:
    """Calendar day of the first session of some positions' widest windows that counts."""
    days, present = _window_days(table, rows)
    return np.asarray(np.where(present, days, np.iinfo(np.int64).max).min(axis=1))


def _restored(series: FloatArray, offset: IntArray) -> ResidualDependence:
    restored = object.__new__(ResidualDependence)
    restored._begin(series, offset)
    return restored
