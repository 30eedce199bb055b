"""Abnormal returns of a block of pairs, whichever portions of the markets they are estimated on."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.study.estimation_sessions import estimation_dates
from eventstudy.study.treated import treated_reasons

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from eventstudy._typing import BoolArray, DateArray, FloatArray, IntArray
    from eventstudy.estimation.abnormal import AbnormalReturns
    from eventstudy.models.base import ModelFit
    from eventstudy.study.preparation import Prepared
    from eventstudy.study.stream_markets import StreamMarkets


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BlockTable:
    """What is estimated of a block of ``P`` pairs.

    Attributes
    ----------
    table : abnormal returns of the ``Q`` pairs that can be estimated, their securities positions
        among all markets
    kept : ``(P,)`` which these are
    dates : ``(Q, L)`` sessions of their estimation windows, where they are asked for
    reasons : why a row of `table` could not be treated as it was meant to
    """

    table: AbnormalReturns
    kept: BoolArray
    dates: DateArray | None
    reasons: Mapping[int, list[str]]


def estimated(
    markets: StreamMarkets,
    security: IntArray,
    day0: IntArray,
    *,
    with_residuals: bool = True,
    with_dates: bool = False,
) -> BlockTable:
    """Estimate pairs ``(P,)``; without residuals as `Prepared.abnormal_at` does."""
    kept = np.zeros(len(security), dtype=bool)
    tables: list[AbnormalReturns] = []
    dates: list[DateArray] = []
    reasons: list[dict[int, list[str]]] = []
    rows: list[IntArray] = []
    every = np.arange(len(security), dtype=np.int64)
    for part, local, data in markets.of(security):
        table = _at(data, local, day0[part], with_residuals=with_residuals)
        is_kept = ~table.fit.failed
        if not is_kept.all():
            failure, own = table.fit.failure, day0[part][is_kept]
            table = _at(data, local[is_kept], own, with_residuals=with_residuals)
            table = replace(table, fit=replace(table.fit, failure=failure))
        kept[part] = is_kept
        if with_dates:
            dates.append(estimation_dates(data.study, data.returns, table))
        reasons.append(treated_reasons(data, table))
        rows.append(every[part][is_kept])
        tables.append(replace(table, security=security[part][is_kept]))
    if len(tables) == 1:
        return BlockTable(
            table=tables[0], kept=kept, dates=dates[0] if dates else None, reasons=reasons[0]
        )
    order = np.argsort(np.concatenate(rows), kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    before = np.cumsum([0, *map(len, rows)])
    return BlockTable(
        table=taken(stacked(tables), order),
        kept=kept,
        dates=np.concatenate(dates)[order] if dates else None,
        reasons={
            int(place[begin + row]): why
            for begin, of_table in zip(before, reasons, strict=False)
            for row, why in of_table.items()
        },
    )


def _at(
    data: Prepared, security: IntArray, day0: IntArray, *, with_residuals: bool
) -> AbnormalReturns:
    none = np.zeros(len(security), dtype=np.int64)
    return data.abnormal_at(security, day0, none, with_residuals=with_residuals)


def joined(earlier: AbnormalReturns, later: AbnormalReturns, which: BoolArray) -> AbnormalReturns:
    """Return the pairs of `earlier` that are to be kept, ``(P,)``, followed by those of `later`."""
    return stacked([taken(earlier, which), later])


def taken(table: AbnormalReturns, rows: IntArray | BoolArray) -> AbnormalReturns:
    """Return some pairs of a table; of the models that which `stacked` keeps."""
    fit = _each(table.fit, lambda values: values[rows]) | {"variance": None}
    own = _each(table, lambda values: _as_it_lay(values, values[rows]))
    return replace(table, **own, fit=replace(table.fit, **fit))


def stacked(tables: Sequence[AbnormalReturns]) -> AbnormalReturns:
    """Return the pairs of several tables, one after the other.

    Of the models that is kept which tests of sums look at: a variance that moves is not.
    """
    last = tables[-1]
    fits = [table.fit for table in tables]
    fallback = [
        np.zeros(len(fit.sigma), dtype=bool) if fit.fallback is None else fit.fallback
        for fit in fits
    ]
    fit = _joined_fields(fits) | {"variance": None, "fallback": np.concatenate(fallback)}
    own = _joined_fields(tables)
    return replace(last, **own, fit=replace(last.fit, **fit))


def _joined_fields(parts: Sequence[AbnormalReturns] | Sequence[ModelFit]) -> dict[str, Any]:
    arrays = {
        each.name: [getattr(part, each.name) for part in parts]
        for each in fields(parts[0])
        if each.name != "taus"
    }
    return {
        name: np.concatenate(values)
        for name, values in arrays.items()
        if all(isinstance(value, np.ndarray) for value in values)
    }


def _each(
    part: AbnormalReturns | ModelFit, change: Callable[[FloatArray], FloatArray]
) -> dict[str, Any]:
    """Return what is changed of every array of a row a pair."""
    arrays = {each.name: getattr(part, each.name) for each in fields(part) if each.name != "taus"}
    return {
        name: change(values) for name, values in arrays.items() if isinstance(values, np.ndarray)
    }


def _as_it_lay(whole: FloatArray, part: FloatArray) -> FloatArray:
    """Return a part of an array in the order of memory of the whole: sums depend on it."""
    by_column = whole.ndim > 1 and whole.flags.f_contiguous and not whole.flags.c_contiguous
    return np.asfortranarray(part) if by_column else part
