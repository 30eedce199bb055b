"""How estimation residuals move together: their variances, correlations and portfolios."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np

from eventstudy.inference.correlation import (
    CorrelatedPairs,
    correlated_pairs,
    n_meetings,
    shared_window_correlations,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt
    from scipy.sparse import csr_array

    from eventstudy._typing import BoolArray, DateArray, FloatArray, IntArray
    from eventstudy.estimation.abnormal import AbnormalReturns, CumulativeReturns
    from eventstudy.windows import Window

    # Marks of lines of positions in order, their second marks, sums of squares and numbers.
    _Mark = npt.NDArray[np.uint64]
    _Portfolios = tuple[_Mark, _Mark, FloatArray, FloatArray]

T = TypeVar("T")

# Series that share fewer sessions than this have no correlation worth the name.
_MIN_COMMON = 20
# Weights of pairs of positions kept between questions, 12 bytes each.
_MOST_KEPT = 20_000_000
# Lines of positions averaged at a time, so that they stay in the processor's own memory.
_LINES = 128
# Odd numbers whose products mark lines of positions, by two marks each.
_FACTORS = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F


# What `ResidualDependence.once` keeps under these names does not depend on the abnormal returns.
_OF_RESIDUALS = ("alike", "covariance of CARs", "distinct", "residual_variance", "rho ")


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
        "_block", "_made", "_offset", "_overlap", "_padded", "_portfolio", "_series",
    )  # fmt: skip

    def __init__(self, dates: DateArray, residuals: FloatArray) -> None:
        days = dates.astype("datetime64[D]").astype(np.int64)
        has_residual = np.isfinite(residuals) & ~np.isnat(dates)
        calendar = np.unique(days[has_residual])
        column = np.searchsorted(
            calendar, np.where(has_residual, days, calendar[0] if calendar.size else 0)
        )
        last = np.iinfo(np.int64).max
        offset = np.where(has_residual, column, last).min(axis=1, initial=last)
        offset = np.where(offset == last, 0, offset)
        position = np.where(has_residual, column - offset[:, None], 0)
        series = np.full((len(days), int(position.max(initial=0)) + 1), np.nan)
        rows = np.broadcast_to(np.arange(len(days))[:, None], days.shape)
        series[rows[has_residual], position[has_residual]] = residuals[has_residual]
        self._begin(series, offset)

    def _begin(self, series: FloatArray, offset: IntArray) -> None:
        self._series: FloatArray = series
        self._padded: dict[int, npt.NDArray[np.complex128]] = {}
        self._offset: IntArray = offset
        self._overlap: dict[Window, csr_array] = {}
        self._block: dict[bytes, tuple[FloatArray, FloatArray]] = {}
        self._portfolio: dict[bytes, _Portfolios] = {}
        self._made: dict[str, object] = {}

    def __reduce__(self) -> tuple[object, ...]:
        # What was computed is not carried along: whoever asks again has the same answer.
        return _restored, (self._series, self._offset)

    def once(self, name: str, make: Callable[[], T]) -> T:
        """Return what `make` derives from the table, made the first time `name` is asked for."""
        if name not in self._made:
            self._made[name] = make()
        return cast("T", self._made[name])

    def beside(self, times: int = 1) -> ResidualDependence:
        """Return the dependence of the same residuals beside other abnormal returns.

        What derives from residuals and dates alone is shared; `times` over where every position
        stands so many times in the other table.
        """
        copied = object.__new__(type(self))
        for name in self.__slots__:
            setattr(copied, name, getattr(self, name))
        if times > 1:
            copied._series = np.tile(self._series, (times, 1))
            copied._offset = np.tile(self._offset, times)
            copied._padded, copied._overlap = {}, {}
        shared = self._made.items() if times == 1 else ()
        copied._made = {name: value for name, value in shared if name.startswith(_OF_RESIDUALS)}
        return copied

    def residual_variance(self, table: AbnormalReturns) -> FloatArray:
        """Variance (M - 1) of the estimation residuals about their mean, ``(U,)``."""

        def make() -> FloatArray:
            has_residual = np.isfinite(table.residuals)
            number = has_residual.sum(axis=1)
            mean = np.where(has_residual, table.residuals, 0.0).sum(axis=1) / np.maximum(number, 1)
            deviation = np.where(has_residual, table.residuals - mean[:, None], 0.0)
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.asarray((deviation**2).sum(axis=1) / (number - 1.0))

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
        self,
        table: AbnormalReturns,
        window: CumulativeReturns,
        lines: csr_array,
        number: csr_array,
    ) -> FloatArray:
        """Sum of ``s_i s_j rho_ij n_ij / sqrt(L_i L_j)`` over the pairs ``i < j`` of every line.

        ``s`` are the signs. Pairs of one position (many news items of one market and day) are
        taken once and counted as often as they occur.

        Parameters
        ----------
        lines, number : ``(sum M, U)`` signs of the positions of each placement, and how often each
            position stands in it; an entry may repeat

        Returns
        -------
        ``(sum M,)``, one value a placement.
        """
        from scipy.sparse import csr_array

        same, chosen = self._distinct(table)
        shape = (lines.shape[0], len(chosen))
        signed = csr_array((lines.data, same[lines.indices], lines.indptr), shape=shape)
        counts = csr_array((number.data, same[number.indices], number.indptr), shape=shape)
        signed.sum_duplicates()
        counts.sum_duplicates()
        total = 0.5 * ((signed.multiply(signed) - counts) @ self._alike(chosen))
        if self._pairs(table, chosen) is not None or self._is_kept(table, window, chosen):
            total = total + _form(signed, self._upper(table, window, chosen))
            return np.asarray(total, dtype=np.float64)
        used = np.flatnonzero(counts.sum(axis=0))
        signed_used = signed[:, used]
        for left, right, weight in self._weights(table, window, chosen[used]):
            part = csr_array((weight, (left, right)), shape=(len(used), len(used)))
            total = total + _form(signed_used, part)
        return np.asarray(total, dtype=np.float64)

    def portfolio_variance(
        self, table: AbnormalReturns, window: CumulativeReturns, holds: csr_array
    ) -> FloatArray:
        """``sum_ij s_i s_j rho_ij sigma_i sigma_j`` over the rows that each line holds.

        Parameters
        ----------
        holds : ``(cells, U)`` signs ``s`` of rows whose windows share a day; an entry may repeat

        Returns
        -------
        ``(cells,)`` variance of the sum of one session's abnormal returns.
        """
        from scipy.sparse import csr_array

        same, chosen = self._distinct(table)
        shape = (holds.shape[0], len(chosen))
        sigma = table.fit.sigma[chosen]
        position = same[holds.indices]
        # Adding up repeated entries changes the arrays in place.
        begin = holds.indptr
        signed = csr_array(
            (holds.data * sigma[position], position.copy(), begin.copy()), shape=shape
        )
        counts = csr_array((sigma[position] ** 2, position.copy(), begin.copy()), shape=shape)
        own_variance = np.asarray(counts.sum(axis=1), dtype=np.float64).ravel()
        signed.sum_duplicates()
        counts.sum_duplicates()
        total = own_variance + (signed.multiply(signed) - counts) @ self._alike(chosen)
        pairs = self._pairs(table, chosen)
        if pairs is not None:
            return np.asarray(total + 2.0 * _form(signed, pairs.matrix(pairs.rho)))
        used = np.flatnonzero(counts.sum(axis=0))
        signed_used = signed[:, used]
        for left, right, rho, _ in self._meeting(table, window, chosen[used]):
            part = csr_array((rho, (left, right)), shape=(len(used), len(used)))
            total = total + 2.0 * _form(signed_used, part)
        return np.asarray(total, dtype=np.float64)

    def _distinct(self, table: AbnormalReturns) -> tuple[IntArray, IntArray]:
        """Number of each row's position (security, day 0, extension); a row of each position."""

        def make() -> tuple[IntArray, IntArray]:
            key = np.column_stack([table.security, table.day0, table.extension])
            _, chosen, same = np.unique(key, axis=0, return_index=True, return_inverse=True)
            return same.reshape(-1), chosen

        return self.once("distinct", make)

    def _is_kept(self, table: AbnormalReturns, window: CumulativeReturns, chosen: IntArray) -> bool:
        """Whether the weights of all positions are few enough to be kept between questions."""
        name = f"kept {window.window}"

        def make() -> bool:
            days = table.dates[chosen].astype("datetime64[D]").astype(np.int64)
            return n_meetings(days, window.present[chosen] > 0) <= _MOST_KEPT

        return self.once(name, make)

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
            days = table.dates[chosen].astype("datetime64[D]").astype(np.int64)
            present = np.isfinite(table.abnormal[chosen])
            if n_meetings(days, present) > _MOST_KEPT:
                return None
            found = shared_window_correlations(
                self._series[chosen], self._offset[chosen], days, present, min_common=_MIN_COMMON
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
            self._series[chosen], self._offset[chosen], days, present, min_common=_MIN_COMMON
        )

    def _alike(self, chosen: IntArray) -> FloatArray:
        """Correlation of each distinct position with itself: 1, or 0 where too little is known."""

        def make() -> FloatArray:
            series = self._series[chosen]
            has_value = np.isfinite(series)
            low = np.where(has_value, series, np.inf).min(axis=1, initial=np.inf)
            high = np.where(has_value, series, -np.inf).max(axis=1, initial=-np.inf)
            usable = (has_value.sum(axis=1) >= _MIN_COMMON) & (high > low)
            return np.asarray(usable, dtype=np.float64)

        return self.once("alike", make)

    def portfolio_residuals(
        self,
        rows: IntArray,
        label: IntArray,
        sign: FloatArray,
        origin: IntArray,
        moves: IntArray,
    ) -> tuple[FloatArray, FloatArray]:
        """Sum of squares and number of the mean residuals of portfolios, by calendar date.

        A date counts when at least half of the portfolio's pairs have a residual on it.

        Parameters
        ----------
        rows : ``(M, n)`` positions; negative where a pair is not counted
        label, sign, origin : ``(n,)`` portfolio and sign of each pair, and the pair itself
        moves : ``(M,)`` how far each line lies from the real dates

        Returns
        -------
        ``(M, portfolios)`` each, portfolios in the order of their labels.
        """
        is_complete = bool((rows >= 0).all())
        marks = (origin, label, moves, sign.astype(np.int64))
        key = b"|".join(mark.tobytes() for mark in marks)
        if is_complete and key in self._block:
            return self._block[key]
        squares, number = [], []
        for portfolio in np.unique(label):
            columns = np.flatnonzero(label == portfolio)
            square, count = self._portfolio_of(rows[:, columns], sign[columns])
            squares.append(square)
            number.append(count)
        answer = np.column_stack(squares), np.column_stack(number)
        if is_complete:
            self._block[key] = answer
        return answer

    def _portfolio_of(self, rows: IntArray, sign: FloatArray) -> tuple[FloatArray, FloatArray]:
        """`_average` of one portfolio, each line of positions averaged once.

        Moved to one date, the same markets are the same positions, whatever the event and group.
        """
        key = (sign * sign[0]).astype(np.int64).tobytes()  # squares do not tell which side is up
        mark, second = _marks(rows, _FACTORS[0]), _marks(rows, _FACTORS[1])
        nothing = mark[:0], second[:0], np.empty(0), np.empty(0)
        known, checks, sums, counts = self._portfolio.get(key, nothing)
        fresh, first = np.unique(mark, return_index=True)
        first = first[~np.isin(fresh, known, assume_unique=True)]
        if first.size:
            new_sums, new_counts = self._average(rows[first], sign)
            known = np.concatenate([known, mark[first]])
            order = np.argsort(known)
            known = known[order]
            checks = np.concatenate([checks, second[first]])[order]
            sums = np.concatenate([sums, new_sums])[order]
            counts = np.concatenate([counts, new_counts])[order]
            self._portfolio[key] = known, checks, sums, counts
        at = np.searchsorted(known, mark)
        squares, number = sums[at], counts[at]
        other = checks[at] != second  # two lines of one mark
        if other.any():
            squares[other], number[other] = self._average(rows[other], sign)
        return squares, number

    def _average(self, rows: IntArray, sign: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Sum of squares and number of the mean residuals of the positions of each line."""
        used = rows >= 0
        safe = np.where(used, rows, 0)
        offset = np.where(used, self._offset[safe], np.iinfo(np.int64).max)
        shift = np.where(used, offset - offset.min(axis=1)[:, None], 0)
        if len(rows) == 1:
            return self._average_one(safe[0, used[0]], shift[0, used[0]], sign[used[0]])
        windows, pad = self._shifted(int(shift.max(initial=0)))
        squares, number = np.empty(len(rows)), np.empty(len(rows))
        for begin in range(0, len(rows), _LINES):
            part = slice(begin, begin + _LINES)
            # The sum and, as imaginary part, the number of what was summed: one pass for both.
            total = np.zeros((len(rows[part]), windows.shape[2]), dtype=np.complex128)
            for pair in range(rows.shape[1]):
                pair_values = windows[safe[part, pair], pad - shift[part, pair]]
                if sign[pair] < 0:
                    pair_values = -pair_values.conj()
                is_used = used[part, pair]
                if not is_used.all():
                    pair_values[~is_used] = 0.0
                total += pair_values
            count = total.imag
            counts = _has_enough(count, used[part].sum(axis=1)[:, None])
            mean = np.where(counts, total.real / np.maximum(count, 1.0), 0.0)
            squares[part] = np.einsum("ms,ms->m", mean, mean)
            number[part] = counts.sum(axis=1)
        return squares, number

    def _average_one(
        self, rows: IntArray, shift: IntArray, sign: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """As `_average` for one line of counted pairs, however far apart they lie."""
        span = self._series.shape[1]
        total = np.zeros(span + int(shift.max(initial=0)))
        count = np.zeros_like(total)
        for row, step, pair_sign in zip(rows, shift, sign, strict=True):
            has_residual = np.isfinite(self._series[row])
            total[step : step + span][has_residual] += pair_sign * self._series[row, has_residual]
            count[step : step + span] += has_residual
        counts = _has_enough(count, len(rows))
        mean = total[counts] / count[counts]
        return np.array([mean @ mean]), np.array([float(len(mean))])

    def _shifted(self, most: int) -> tuple[npt.NDArray[np.complex128], int]:
        """Every series shifted by up to `most` columns: a view ``(U, pad+1, S+pad)``, and pad.

        ``view[u, pad - k]`` is series `u` moved `k` columns to the right, with 1j where it has a
        value.
        """
        pad = max(8, 1 << most.bit_length())
        if pad not in self._padded:
            series = np.isfinite(self._series)
            padded = np.zeros((len(series), series.shape[1] + 2 * pad), dtype=np.complex128)
            inner = padded[:, pad:-pad]
            inner.real[series] = self._series[series]
            inner.imag[series] = 1.0
            self._padded[pad] = padded
        width = self._series.shape[1] + pad
        return np.lib.stride_tricks.sliding_window_view(self._padded[pad], width, axis=1), pad


def _restored(series: FloatArray, offset: IntArray) -> ResidualDependence:
    restored = object.__new__(ResidualDependence)
    restored._begin(series, offset)
    return restored


def _has_enough(count: FloatArray, pairs: IntArray | int) -> BoolArray:
    """Whether a date counts in a portfolio: at least half of its pairs have a residual on it."""
    return (count > 0) & (2 * count >= pairs)


def _marks(rows: IntArray, factor: int) -> npt.NDArray[np.uint64]:
    """One number a line, the same where positions are the same, ``(M,)``."""
    mark = np.zeros(len(rows), dtype=np.uint64)
    for column in rows.T:
        mark = (mark ^ (column + 2).astype(np.uint64)) * np.uint64(factor)
        mark ^= mark >> np.uint64(29)
    return mark


def _form(lines: csr_array, matrix: csr_array) -> FloatArray:
    """``x'Ax`` of every line ``x``."""
    total = (lines @ matrix).multiply(lines).sum(axis=1)
    return np.asarray(total, dtype=np.float64).ravel()
