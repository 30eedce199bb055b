"""The contrast of two groups: whether one kind of event moved markets more than another."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy._typing import LEVEL
from eventstudy.analyses.requests import contrast_text
from eventstudy.estimation.abnormal import cumulate
from eventstudy.estimation.clusters import renumbered, weekday_number
from eventstudy.estimation.groups import EMPTY, MIXED, Group, make_groups
from eventstudy.exceptions import SpecificationError
from eventstudy.inference.contrast import (
    MIN_PERMUTATIONS,
    TwoGroups,
    contrast,
    differences,
)
from eventstudy.inference.design import pair_structure
from eventstudy.inference.evaluate import NO_MOMENTS
from eventstudy.inference.location import rank_sum_pvalue
from eventstudy.registry import nearest
from eventstudy.text import counted, group_name, listed, unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventstudy._typing import BoolArray, DateArray, FloatArray, IntArray
    from eventstudy.estimation.abnormal import CumulativeReturns
    from eventstudy.inference.design import Design
    from eventstudy.windows import Window

COLUMNS = (
    "contrast", "window_start", "window_end", "security", "estimate", "std_error", "statistic",
    "pvalue", "ci_low", "ci_high", "n_dates_a", "n_dates_b", "n_mixed", "note", "pvalue_greater",
    "pvalue_less", "effect", "effect_low", "effect_high", "mean_a", "mean_b", "within",
    "n_blocks", "n_permutations", "permutations", "column", "value_a", "value_b", "part",
    "estimate_clear", "pvalue_clear", "pvalue_rank_sum",
)  # fmt: skip
ALL = "all"
"""Security of the row that pools the markets."""
BLOCK_WEEKDAYS = 10
"""A cluster is cut into blocks of so many weekdays, or of two windows if these are longer."""
FEW_BLOCKS = 4
"""With fewer blocks of more dates on a side a note says that the test rejects too often."""
TWO_SIDED = "this p-value is two-sided; pvalue_greater and pvalue_less are those of one side"
"""Note of a contrast in a study that asks about one side."""

_AGAIN = ("estimate", "pvalue")
_FIRST, _SECOND, _MIXED, _OTHER = 1, -1, 0, 2  # the group of a pair


def contrasts(
    design: Design,
    labels: pd.DataFrame,
    asked: Sequence[tuple[str, str, str]],
    windows: Sequence[Window],
    markets: Sequence[str],
    *,
    by: Sequence[str] = (),
    without: Sequence[tuple[str, str]] = (),
    within: str | None = None,
    ambiguous: BoolArray | None = None,
    wanted: Callable[[Window, str, str], bool] | None = None,
) -> pd.DataFrame:
    """Test the difference between two groups of events, market by market and pooled.

    Parameters
    ----------
    design
        The pairs. Their returns are taken as they are, whatever sign a study gives them.
    labels
        ``(P,)`` rows of the columns pairs can be grouped by.
    asked
        Column, first and second value of each contrast: ``("direction", "deal", "threat")``; the
        frame is empty without any.
    windows
        Windows inside the event window.
    markets
        Names of the securities, in the order of their numbers.
    by
        Columns in each of whose values every contrast is made once more.
    without
        Spans of dates, first and last day 0, without which every contrast is made once more.
    within
        ``"month"`` compares and permutes dates of one calendar month only.
    ambiguous
        ``(P,)`` whether day 0 of each pair is uncertain; windows that end before day 0 are tested
        without these too.
    wanted
        Which of these rows to make, by window, part and security; None for all.

    Returns
    -------
    One row a contrast, window and security; ``all`` pools the markets with equal weights: contrast
    (``direction: deal - threat``, ``direction: deal - threat | period=2025``, ``direction: deal -
    threat | dates=without 2025-04-02 to 2025-04-14``), window_start, window_end, security,
    estimate (difference of mean CARs, first less second, decimal return),
    std_error, statistic, pvalue (two-sided), ci_low, ci_high (95 %), n_dates_a, n_dates_b (units of
    each group), n_mixed (units of both, left out), note, pvalue_greater, pvalue_less, effect,
    effect_low, effect_high (difference in daily volatilities, h), mean_a, mean_b (decimal return),
    within (``all`` or ``month``), n_blocks,
    n_permutations, permutations (``all``, ``random`` or ``none``), and what its name is made of:
    column, value_a, value_b, part (``period=2025``, empty for all events). Before day 0 the same of
    the pairs whose day 0 is certain, where others are not: estimate_clear, pvalue_clear.
    pvalue_rank_sum: of the Wilcoxon rank-sum test of the dates' mean CARs, taken for independent;
    not within months. What is not available is NaN, with its reason in the note.

    Raises
    ------
    SpecificationError
        A column the events do not have.

    See Also
    --------
    eventstudy.inference.contrast.contrast : the test.

    Notes
    -----
    A row of one market has the units of that market's pairs; ``all`` has those of all pairs, and
    its mean runs over the differences of the markets, so that a unit without a pair in a market
    tilts nothing. Markets with fewer than 2 blocks on a side are left out of it. A unit with events
    of both groups, or a pair merged from events that differ, is left out and counted.

    Before day 0, pairs whose windows start earlier (``widen``, ``merge``) are left out and counted:
    what they hold there may be the news itself.

    Blocks, whose labels move together, are the clusters of units (docs/methods.md, section 6), cut
    where they last longer than `BLOCK_WEEKDAYS`; within months, units whose windows share sessions.
    """
    if not asked:
        return pd.DataFrame()
    unsigned = replace(design, sign=np.ones(len(design.sign)))
    totals = [cumulate(unsigned.table, window, simple=unsigned.simple) for window in windows]
    rows: list[dict[str, Any]] = []
    everywhere = make_groups(labels, ())
    parts = [group for name in by for group in _groups(labels, name, "contrast_by")]
    parts += [_left(unsigned, first, last) for first, last in without]
    for column, first, second in asked:
        groups = _groups(labels, column, "contrast")
        missing = _missing(column, (first, second), groups)
        if not missing and not unsigned.table.fit.n_obs.any():
            missing = unavailable(NO_MOMENTS)
        side = np.full(len(labels), _OTHER)
        number_of = {first: _FIRST, second: _SECOND}
        for group in groups:
            number = number_of.get("*".join(group.values), _OTHER)
            side[group.pairs] = _MIXED if MIXED in group.values else number
        for part in [*everywhere, *parts]:
            of_part = "" if part.label == ALL else part.label
            text = contrast_text(column, first, second, of_part)
            for total in totals:
                names = [
                    name
                    for name in dict.fromkeys((ALL, *markets))
                    if wanted is None or wanted(total.window, of_part, name)
                ]
                if not names:
                    continue
                head = {
                    "contrast": text,
                    "window_start": total.window.start,
                    "window_end": total.window.end,
                    "within": within or "all",
                    "n_permutations": 0,
                    "permutations": "none",
                    "column": column,
                    "value_a": first,
                    "value_b": second,
                    "part": of_part,
                }
                if missing:
                    rows.append(head | {"security": ALL, "note": missing})
                    continue
                pairs = part.pairs[side[part.pairs] != _OTHER]
                pairs = pairs[np.isfinite(total.car[pairs])]
                has_z = np.isfinite(total.z[pairs])
                if pairs.size and not has_z.any():
                    rows.append(head | {"security": ALL, "note": unavailable(NO_MOMENTS)})
                    continue
                pairs = pairs[has_z]
                # What starts earlier holds an earlier event or candidate among these sessions.
                is_known = (total.window.end >= 0) | (unsigned.table.extension[pairs] == 0)
                early, pairs = pairs[~is_known], pairs[is_known]
                own = unsigned.table.security[pairs]
                of_market = {ALL: pairs} | {m: pairs[own == n] for n, m in enumerate(markets)}
                lost = {ALL: len(early)} | {
                    m: int((unsigned.table.security[early] == n).sum())
                    for n, m in enumerate(markets)
                }
                for name in names:
                    chosen = of_market[name]
                    units = _units(unsigned, side, chosen, total, markets, within)
                    found = _row(units, unsigned, (first, second), within)
                    found["note"] = _noted(found, lost[name], design.alternative)
                    clear = _clear(ambiguous, chosen, total)
                    if clear is not None:
                        units = _units(unsigned, side, clear, total, markets, within)
                        again = _row(units, unsigned, (first, second), within)
                        found |= {f"{key}_clear": again.get(key, np.nan) for key in _AGAIN}
                    rows.append(head | {"security": name} | found)
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"note": "str"})


def _left(design: Design, first: str, last: str) -> Group:
    """Return the pairs whose day 0 lies outside a span of dates."""
    date = design.date.astype("datetime64[D]")
    is_inside = (date >= np.datetime64(first)) & (date <= np.datetime64(last))
    value = f"without {first} to {last}"
    return Group(
        label=group_name(("dates",), (value,)),
        by=("dates",),
        values=(value,),
        pairs=np.flatnonzero(~is_inside),
    )


def _clear(
    ambiguous: BoolArray | None, pairs: IntArray, total: CumulativeReturns
) -> IntArray | None:
    """Return the pairs whose day 0 is certain, before day 0 and where others are not."""
    if ambiguous is None or total.window.end >= 0 or not ambiguous[pairs].any():
        return None
    return pairs[~ambiguous[pairs]]


def _noted(found: dict[str, Any], n_lost: int, alternative: str) -> str:
    """Return the note of a row, with the pairs left out and the side of its p-value."""
    left = f"{counted(n_lost, 'pair')} left out, whose windows start earlier" if n_lost else ""
    is_tested = np.isfinite(found.get("pvalue", np.nan))
    side = TWO_SIDED if is_tested and alternative != "two-sided" else ""
    return "; ".join(filter(None, [left, found["note"], side]))


def _missing(column: str, values: Sequence[str], groups: Sequence[Group]) -> str:
    """Return the note of a contrast of which a value never occurs; empty where both do."""
    has_mixed = any(MIXED in group.values for group in groups)
    options = ["*".join(group.values) for group in groups if not {EMPTY, MIXED} & set(group.values)]
    alone = ", or was merged with events of another" if has_mixed else ""
    reasons = [
        f"no event studied has {column} {value!r}{alone}{nearest(value, options)}"
        for value in values
        if value not in options
    ]
    return unavailable(" and ".join(reasons)) if reasons else ""


def _groups(labels: pd.DataFrame, column: str, key: str) -> list[Group]:
    """Return the groups of a column or crossed columns of the events."""
    path = f"statistics.{key}"
    if "security" in [name.strip() for name in column.split("*")]:
        raise SpecificationError(
            f"{path} names security; every market has a row of its own as it is", key=path
        )
    return make_groups(labels, [column], key=path)[1:]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Units:
    """Units of two groups, and what was left out of them.

    Attributes
    ----------
    groups : the units
    n_mixed : units of both groups
    left_out : markets left out for want of dates
    n_alone : units in months of one group alone
    """

    groups: TwoGroups
    n_mixed: int
    left_out: tuple[str, ...]
    n_alone: int


def _units(
    design: Design,
    side: IntArray,
    pairs: IntArray,
    total: CumulativeReturns,
    markets: Sequence[str],
    within: str | None,
) -> _Units:
    """Return the units of `pairs`, the group of each in `side` ``(P,)``."""
    # Where events of both groups share market and day 0, neither counts there.
    signed = replace(design, sign=side.astype(np.float64))
    found = pair_structure(signed, pairs, total.window)
    n_units = int(found.unit.max(initial=-1)) + 1
    has = [
        np.bincount(found.unit, weights=side[pairs] == value, minlength=n_units) > 0
        for value in (_FIRST, _SECOND, _MIXED)
    ]
    is_mixed = (has[0] & has[1]) | has[2]
    counts = found.counted & ~is_mixed[found.unit]
    security, market = np.unique(design.table.security[pairs], return_inverse=True)
    shape = (len(security), n_units)
    cell = market.reshape(-1) * n_units + found.unit
    number = np.bincount(cell[counts], minlength=shape[0] * n_units)
    values = [total.car, total.z, 1.0 / total.volatility]
    with np.errstate(invalid="ignore"):
        car, z, per_return = (
            np.bincount(cell[counts], value[pairs][counts], len(number)).reshape(shape)
            / np.where(number, number, np.nan).reshape(shape)
            for value in values
        )
    date = np.full(n_units, np.datetime64("2262-01-01", "D"))
    np.minimum.at(date, found.unit, design.date[pairs].astype("datetime64[D]"))
    together, stratum = np.zeros(n_units, np.int64), np.zeros(n_units, np.int64)
    if within == "month":
        stratum = date.astype("datetime64[M]").astype(np.int64)
        together[found.unit] = found.portfolio
        block = renumbered((stratum - stratum.min(initial=0)) * n_units + together)
    else:
        together[found.unit] = found.cluster
        most = max(BLOCK_WEEKDAYS, 2 * total.window.length)
        block = _cut(together, weekday_number(date), most)
    groups = TwoGroups(
        car=car, z=z, per_return=per_return, first=has[0], block=block, stratum=stratum
    )
    return _kept(groups, date, int(is_mixed.sum()), [markets[number] for number in security])


def _cut(cluster: IntArray, day: IntArray, most: int) -> IntArray:
    """Cut the clusters of units into blocks that begin within `most` weekdays of their first."""
    block = np.zeros(len(cluster), dtype=np.int64)
    number, at, begin = -1, -1, 0
    for unit in np.lexsort((day, cluster)):
        if cluster[unit] != at or day[unit] - begin >= most:
            number, at, begin = number + 1, cluster[unit], day[unit]
        block[unit] = number
    return block


def _kept(groups: TwoGroups, date: DateArray, n_mixed: int, names: Sequence[str]) -> _Units:
    """Leave out markets that cannot be compared, and units that compare with nothing."""
    left_out: list[str] = []
    if len(names) > 1:
        is_finite: BoolArray = np.isfinite(groups.z)
        enough = np.array([_has_blocks(groups, line) for line in is_finite])
        if enough.any():
            left_out = [name for name, has in zip(names, enough, strict=True) if not has]
            groups = replace(
                groups,
                car=groups.car[enough],
                z=groups.z[enough],
                per_return=groups.per_return[enough],
            )
    is_there = np.asarray(np.isfinite(groups.z).any(axis=0), dtype=np.bool_)
    tells = is_there & _in_both(groups, is_there)
    n_alone = 0
    if len(np.unique(groups.stratum)) > 1:
        n_alone = int((is_there & ~tells).sum())
        is_there = tells
    kept = groups.taken(np.flatnonzero(is_there))
    kept = replace(kept, block=renumbered(kept.block))
    ordered = kept.in_order(date[is_there].astype("datetime64[D]").astype(np.int64))
    return _Units(groups=ordered, n_mixed=n_mixed, left_out=tuple(left_out), n_alone=n_alone)


def _in_both(groups: TwoGroups, is_there: BoolArray) -> BoolArray:
    """Whether the stratum of each unit holds units of both groups, among those there."""
    of_first, of_second = (groups.stratum[is_there & is_side] for is_side in _sides(groups))
    return np.isin(groups.stratum, of_first) & np.isin(groups.stratum, of_second)


def _has_blocks(groups: TwoGroups, is_there: BoolArray) -> bool:
    """Whether both groups have units in two blocks or more, among those that compare."""
    tells: BoolArray = is_there & _in_both(groups, is_there)
    return all(len(np.unique(groups.block[tells & is_side])) > 1 for is_side in _sides(groups))


def _sides(groups: TwoGroups) -> tuple[BoolArray, BoolArray]:
    return groups.first, ~groups.first


def _row(
    units: _Units,
    design: Design,
    values: tuple[str, str],
    within: str | None,
) -> dict[str, Any]:
    """Return the numbers and the note of one contrast in one window and security."""
    groups = units.groups
    n_dates = [int(is_side.sum()) for is_side in _sides(groups)]
    notes = []
    if units.left_out:
        notes.append(f"without {listed(units.left_out)}: too few dates on a side")
    if units.n_alone:
        notes.append(f"{counted(units.n_alone, 'date')} in months of one kind alone left out")
    row: dict[str, Any] = {
        "n_dates_a": n_dates[0],
        "n_dates_b": n_dates[1],
        "n_mixed": units.n_mixed,
        "n_blocks": len(np.unique(groups.block)),
    }
    means = [_mean(groups.car[:, is_side]) for is_side in _sides(groups)]
    row |= {"mean_a": means[0], "mean_b": means[1]}
    if within != "month":
        of_dates = np.nanmean(groups.car, axis=0)
        row["pvalue_rank_sum"] = rank_sum_pvalue(*(of_dates[side] for side in _sides(groups)))
    reason = _too_few(groups, n_dates, values, within)
    if reason and units.n_mixed:
        reason += f"; {counted(units.n_mixed, 'date')} of both kinds left out"
    if not reason:
        chosen = design.memory.permutations(
            groups.first, groups.block, groups.stratum, design.draws, design.seed
        )
        row |= {
            "n_permutations": len(chosen.first),
            "permutations": "all" if chosen.is_all else "random",
        }
        if not chosen.is_all and len(chosen.first) < MIN_PERMUTATIONS:
            reason = (
                f"statistics.draws is {design.draws}, and the labels have too many orders to list "
                "them all"
            )
        elif chosen.n_ways < MIN_PERMUTATIONS:
            reason = (
                f"the labels can change places in {counted(chosen.n_ways, 'way')} only, "
                f"{MIN_PERMUTATIONS} are needed"
            )
        else:
            result = contrast(groups, chosen)
            if result is not None:
                if result.least_pvalue > LEVEL:
                    notes.append(
                        f"no two-sided p-value below {result.least_pvalue:.2f} is possible here"
                    )
                notes += _few_blocks(groups, n_dates, values)
                return row | asdict(result) | {"note": "; ".join(notes)}
            reason = "the dates of a group moved all alike"
    if n_dates[0] and n_dates[1]:
        own = groups.first[None, :]
        plain, variance = differences(groups.car[None], groups, own)
        effect, _ = differences(groups.z[None], groups, own)
        row |= {
            "estimate": plain[0, 0] if np.isfinite(plain[0, 0]) else _apart(groups),
            "std_error": np.sqrt(variance[0, 0, 0]),
            "effect": effect[0, 0],
        }
    return row | {"note": "; ".join([*notes, unavailable(reason)])}


def _few_blocks(groups: TwoGroups, n_dates: Sequence[int], values: Sequence[str]) -> list[str]:
    """Say which group's dates lie in so few blocks that the spread between these is hardly known.

    The rates are those of the roughest months and sharpest rises of docs/size.md.
    """
    return [
        f"the {number} dates of {value} lie in {blocks} blocks of close dates: such contrasts "
        "rejected up to 21 % where 5 % was meant"
        for is_side, number, value in zip(_sides(groups), n_dates, values, strict=True)
        if (blocks := len(np.unique(groups.block[is_side]))) < min(FEW_BLOCKS, number)
    ]


def _too_few(
    groups: TwoGroups, n_dates: Sequence[int], values: tuple[str, str], within: str | None
) -> str:
    """Return why there is no test for want of dates; empty where there is one."""
    of_months = " in months that hold both" if within == "month" else ""
    for number, value in zip(n_dates, values, strict=True):
        if number < 2:
            dates = counted(number, "independent date") if number else "no date"
            return f"{dates} of {value}{of_months}, 2 are needed"
    for is_side, value in zip(_sides(groups), values, strict=True):
        if len(np.unique(groups.block[is_side])) < 2:
            return f"all dates of {value}{of_months} lie so close together that they count as one"
    if not any(_has_blocks(groups, line) for line in np.isfinite(groups.z)):
        return f"no market has 2 dates apart of both {listed(values, 'and')}{of_months}"
    return ""


def _apart(groups: TwoGroups) -> float:
    """Mean over markets with both groups of their difference in CAR; NaN where there is none."""
    has_both = np.ones(len(groups.car), dtype=np.bool_)
    for is_side in _sides(groups):
        has_both &= np.isfinite(groups.car[:, is_side]).any(axis=1)
    first, second = (_mean(groups.car[has_both][:, is_side]) for is_side in _sides(groups))
    return first - second


def _mean(car: FloatArray) -> float:
    """Mean over markets of the means over units; NaN where there is none."""
    has_any = np.isfinite(car).any(axis=1)
    return float(np.nanmean(car[has_any], axis=1).mean()) if has_any.any() else float("nan")
