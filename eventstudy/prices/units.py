"""Whether numbers are what they are said to be: decimals, prices, and no codes for missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from eventstudy.prices.plausibility import MIN_ROWS, daily_sizes, spacing_factor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy._typing import BoolArray, Content, DateArray, FloatArray, ReturnKind

LARGEST_LOG = 5.0
"""A log return beyond this, a factor of 148, is none of any market."""

_CODES = (
    -66.0, -77.0, -88.0, -99.0, -99.9, -99.99, -999.0, -999.9, -999.99, -9999.0, -99999.0,
    99.0, 99.99, 999.0, 999.99, 9999.0, 9999.99, 99999.0, 999999.0, 9999999.0,
)  # fmt: skip
_CODES_IN_PERCENT = (-0.99, -0.999, -0.9999, 9.99, 9.999, 99.99)
_NO_CODE = 0.98  # returns within are no codes, in whatever unit, and none is impossible
_OFF_LEVEL = np.log(1.5)  # a price that is a code and its neighbours
_REMEDY = "returns are decimals, 0.01 for one percent"
_LEAST_PRICE = 0.03
_NEAR_ONE, _GROSS_ROWS = (0.9, 1.1), 60
_COLUMNS = 64  # looked at at a time


class UnitProblem(NamedTuple):
    """One thing wrong with a column: its row (None: all of it), and the sentence."""

    row: int | None
    reason: str


def unit_problems(
    column: str, dates: DateArray, values: FloatArray, content: Content, kind: ReturnKind
) -> tuple[list[UnitProblem], BoolArray]:
    """Return what shows that a column is not what it is said to be.

    Parameters
    ----------
    column
        Its name; that of a known market brings the limits of its class.
    dates, values
        ``(T,)`` each; NaN is missing. Infinite values are passed over.
    content, kind
        What the values are said to be.

    Returns
    -------
    problems
        Codes for missing; then at most one about the whole column.
    is_explained : ``(T,)``
        Cells the problems speak about, so that nothing else need be said of them.
    """
    finite = np.isfinite(values)
    problems, is_code = _missing_codes(values, finite, content)
    is_used = finite & ~is_code
    numbers, days = values[is_used], dates[is_used]
    if content == "prices":
        sentence = _gross_returns(numbers) if _is_gross(numbers) else None
    else:
        sentence = _not_decimal(column, days, numbers)
    if sentence is not None:
        return [*problems, UnitProblem(None, sentence)], np.ones(len(values), dtype=bool)
    if content == "returns":
        is_impossible = np.zeros(len(values), dtype=bool)
        logs = np.zeros(len(values))
        if kind == "log":
            logs[is_used] = np.abs(values[is_used])
        else:
            is_return = is_used & (values > -1)
            logs[is_return] = np.abs(np.log1p(values[is_return]))
            is_impossible = is_used & (values <= -1)
        beyond = is_used & (logs > LARGEST_LOG)
        problems += [
            UnitProblem(row, f"{values[row]:g} cannot be a simple return, which is above -1; "
                        f"{_REMEDY}")
            for row in np.flatnonzero(is_impossible).tolist()
        ]  # fmt: skip
        problems += [
            UnitProblem(row, f"{values[row]:g} cannot be a return of one session (a factor of "
                        f"{_factor(logs[row])}); {_REMEDY}")
            for row in np.flatnonzero(beyond & ~is_impossible).tolist()
        ]  # fmt: skip
        is_code = is_code | is_impossible | beyond
    return problems, is_code


def surely_clean(columns: Sequence[str], values: FloatArray, content: Content) -> BoolArray:
    """Return the columns ``(N,)`` in which nothing is infinite, no price, or a `unit_problems`.

    A quick look at all of ``(N, T)`` at once. Of a column it is not sure of, it says nothing: that
    one is to be looked at by itself.
    """
    if values.size == 0:
        return np.zeros(len(values), dtype=bool)
    # As many columns at a time as stay in the processor's own memory.
    portions = [slice(begin, begin + _COLUMNS) for begin in range(0, len(values), _COLUMNS)]
    parts = [_surely_clean(columns[part], values[part], content) for part in portions]
    return np.concatenate(parts)


def _surely_clean(columns: Sequence[str], values: FloatArray, content: Content) -> BoolArray:
    """`surely_clean` of some columns."""
    is_there = ~np.isnan(values)
    smallest = np.where(is_there, values, np.inf).min(axis=1)
    largest = np.where(is_there, values, -np.inf).max(axis=1)
    if content == "prices":
        # not about one, as gross returns are
        is_below = (smallest > 0) & (largest < _NEAR_ONE[0])
        is_sure: BoolArray = ((smallest > _NEAR_ONE[1]) & (largest < np.inf)) | is_below
        codes = np.sort(_CODES)
        for row in np.flatnonzero(is_sure):
            rounded = np.round(values[row], 4)
            at = np.minimum(np.searchsorted(codes, rounded), len(codes) - 1)
            is_sure[row] = not (codes[at] == rounded).any()
        return is_sure
    # no code, no impossible return; some are not above 0, so these are no prices; the median is
    # small where more than half are
    typical = np.array([daily_sizes(column).typical for column in columns])
    n_small = (np.abs(values) <= typical[:, None]).sum(axis=1)
    is_small = 2 * n_small > is_there.sum(axis=1)
    sure: BoolArray = (smallest > -_NO_CODE) & (largest < _NO_CODE) & (smallest <= 0) & is_small
    return sure


def _factor(size: float) -> str:
    return f"{np.exp(size):,.0f}" if size < 20 else f"e^{size:.0f}"


def _missing_codes(
    values: FloatArray, finite: BoolArray, content: Content
) -> tuple[list[UnitProblem], BoolArray]:
    """Return a problem for each code for missing that a column repeats, and where they are."""
    is_any = np.zeros(len(values), dtype=bool)
    problems = []
    codes = _CODES if content == "prices" else _CODES + _CODES_IN_PERCENT
    candidates = np.isin(np.round(values, 4), codes) & finite
    if not candidates.any():
        return [], is_any
    for code in np.unique(np.round(values[candidates], 4)).tolist():
        is_code = candidates & (np.round(values, 4) == code)
        # one alone is judged as the number it is: too low, too high, or a price
        if is_code.sum() < 2 or (
            content == "prices" and code > 0 and not _is_off_level(values, finite, is_code)
        ):
            continue
        is_any |= is_code
        rows = np.flatnonzero(is_code)
        empty = (
            "leave the cell empty where there was no session"
            if content == "prices"
            else "leave the cell empty where a return is missing"
        )
        sentence = f"{code:g} stands {len(rows)} times: a code for missing? {empty}"
        problems.append(UnitProblem(int(rows[0]), sentence))
    return problems, is_any


def _is_off_level(values: FloatArray, finite: BoolArray, is_code: BoolArray) -> bool:
    """Whether the nearest other prices are all far from a code."""
    others = np.flatnonzero(finite & ~is_code & (values > 0))
    if len(others) == 0:
        return False
    rows = np.flatnonzero(is_code)
    after = np.searchsorted(others, rows)
    code = values[rows]
    before = values[others[np.maximum(after - 1, 0)]]
    following = values[others[np.minimum(after, len(others) - 1)]]
    nearest = np.minimum(np.abs(np.log(code / before)), np.abs(np.log(code / following)))
    return bool((nearest > _OFF_LEVEL).all())


def _not_decimal(column: str, dates: DateArray, numbers: FloatArray) -> str | None:
    """Say what returns are that are no decimals: prices, gross returns, percent, basis points."""
    if len(numbers) == 0:
        return None
    size = float(np.median(np.abs(numbers)))
    is_enough = len(numbers) >= MIN_ROWS
    if is_enough and bool((numbers > 0).all()):
        if _is_gross(numbers):
            return "looks like gross returns (one plus the return); take one off"
        is_smooth = float(np.median(np.abs(np.diff(numbers)))) < 0.2 * size
        # the rate of a riskless asset is smooth, too, and small
        if is_smooth and (size > _LEAST_PRICE or daily_sizes(column).is_known):
            return (
                f'looks like prices (all above 0, median {size:.4g}); set content = "prices", or '
                "give returns"
            )
    limit = daily_sizes(column).typical * spacing_factor(dates) if is_enough else 1.0
    moves = np.abs(numbers[numbers != 0])
    if size <= min(limit, 1.0) and len(moves) >= MIN_ROWS:
        # where most returns are 0, the others tell; those of a share of few cents may be large
        moved = float(np.median(moves))
        size = moved if moved > 1.0 else size
    if size <= min(limit, 1.0):
        return None
    is_percent = size / 100.0 <= limit
    unit, divisor = ("percent", "100") if is_percent else ("basis points", "10,000")
    return f"looks like {unit} (median size {size:.3g}); {_REMEDY}: divide by {divisor}"


def _is_gross(numbers: FloatArray) -> bool:
    """Whether all lies about one and no value says anything of the next, as prices do."""
    if len(numbers) < _GROSS_ROWS or not (numbers > 0).all():
        return False
    if not _NEAR_ONE[0] <= float(np.median(numbers)) <= _NEAR_ONE[1]:
        return False
    logs = np.log(numbers)
    spread = logs - logs.mean()
    variance = float(spread @ spread)
    if variance <= len(numbers) * 0.001**2:  # a peg at one, not returns of a market
        return False
    return float(spread[1:] @ spread[:-1]) / variance < 0.3


def _gross_returns(numbers: FloatArray) -> str:
    return (
        f"looks like gross returns (one plus the return: {len(numbers):,} values about one, none "
        'of which tells the next); take one off, and set content = "returns"'
    )
