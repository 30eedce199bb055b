"""Findings about groups without a common move, whether or not they moved all the same.

A group is not distinguishable from ordinary days only where neither its mean nor its squares speak;
where squares were not asked, only its mean is spoken of. A group that pools escalation and
de-escalation has no mean worth a sentence, as opposite moves cancel in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventstudy.reporting import wording
from eventstudy.reporting.finding import Finding, as_float
from eventstudy.reporting.findings_choice import MODERATED
from eventstudy.reporting.findings_groups import second_mean
from eventstudy.text import Record, counted, listed, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventstudy._typing import SignPolicy
    from eventstudy.reporting.finding import Beside
    from eventstudy.reporting.findings_choice import ChosenGroups

_MOST_NAMED = 8
_NO_DIRECTION = "moved, but in no common direction"
_FEW_DATES = (
    f"of fewer than {wording.MIN_DATES} dates moved more than usual, too few to call it an effect"
)
_MORE = "moved more than on ordinary days"


def quiet_findings(
    found: ChosenGroups,
    *,
    labels: Mapping[str, str] | None,
    sign: SignPolicy,
    beside: Beside | None,
    is_first: bool,
) -> list[Finding]:
    """Return the findings about the groups whose mean is not significant.

    Parameters
    ----------
    found
        All groups findings speak of.
    labels, sign, beside
        See `eventstudy.reporting.findings.findings`.
    is_first
        Whether nothing was found before.
    """
    silent = [row for row in found.tested if row.pvalue >= found.level]
    by_other = [row for row in silent if str(row.group) in found.moderated]
    out = _spoken_by(MODERATED, by_other, found, labels)
    silent = [row for row in silent if str(row.group) not in found.moderated]

    def moved(row: Record) -> bool:
        square = found.squares.get(str(row.group))
        return square is not None and float(square.pvalue) < found.level

    loud = [row for row in silent if moved(row)]
    out += _moved([row for row in loud if not wording.is_thin(row)], found, labels, _NO_DIRECTION)
    out += _moved([row for row in loud if wording.is_thin(row)], found, labels, _FEW_DATES)
    out += _moved([row for row in found.pooled if moved(row)], found, labels, _MORE)
    silent = [row for row in silent if not moved(row)]
    for has_squares in (True, False):
        part = [row for row in silent if (str(row.group) in found.squares) == has_squares]
        if part:
            out.append(
                _not_significant(
                    part, found.window, labels, has_squares=has_squares, sign=sign, beside=beside,
                    is_none_significant=is_first and not out and len(part) == len(found.tested),
                )
            )  # fmt: skip
    if found.pooled:
        out.append(_no_headline_mean(found, labels))
    if found.untested:
        out.append(_untested(found.untested, found.window, labels))
    return out


def _moved(
    rows: Sequence[Record],
    found: ChosenGroups,
    labels: Mapping[str, str] | None,
    what: str,
) -> list[Finding]:
    """Return the finding about groups whose squares speak and whose mean does not; or none.

    `what` they did, one of `_NO_DIRECTION`, `_FEW_DATES` and `_MORE`.
    """
    if not rows:
        return []
    squares, adjusted = found.squares, found.adjusted_squares
    span = wording.window_label(*found.window)
    ordered = sorted(rows, key=lambda row: float(squares[str(row.group)].pvalue))
    named = []
    for row in ordered[:_MOST_NAMED]:
        square = squares[str(row.group)]
        ratio = as_float(square, "statistic")
        times = "" if ratio is None else f"{wording.number(ratio, 1)} times the usual square, "
        mean = "" if what == _MORE else f", mean {wording.percent(row.estimate)}"
        named.append(
            f"{wording.group_label(str(row.group), labels)} ({times}"
            f"{wording.p_equals(square.pvalue)}{mean})"
        )
    more = len(rows) - _MOST_NAMED
    tail = f"; and {more} more in the tables" if more > 0 else ""
    strong = [row for row in rows if adjusted[str(row.group)] < found.level]
    solid = [row for row in strong if not wording.is_thin(row)]
    groups = counted(len(rows), "group")
    holding = listed([wording.group_label(str(row.group), labels) for row in solid])
    says = f"Suggestive: not after adjustment, or on fewer than {wording.MIN_DATES} dates"
    if solid:
        says = "" if len(solid) == len(rows) else f"Holds after adjustment: {holding}"
    return [
        Finding(
            headline=f"{groups} {what}, over {span}: {'; '.join(named)}{tail}.",
            detail=f"{len(strong)} of {len(rows)} after adjustment for the number of groups (Holm)."
            " A square counts a fall as it counts a rise.",
            group=None,
            window=found.window,
            strength="strong" if solid else "suggestive",
            is_thin=all(wording.is_thin(row) for row in rows),
            says=says,
        )
    ]


def _no_headline_mean(found: ChosenGroups, labels: Mapping[str, str] | None) -> Finding:
    """Return the finding that says why groups of opposite directions get no mean."""
    groups = [str(row.group) for row in found.pooled]
    named = [wording.group_label(group, labels) for group in groups[:_MOST_NAMED]]
    more = len(groups) - _MOST_NAMED
    if more > 0:
        named.append(f"{more} more")
    holds = "it holds" if len(groups) == 1 else "they hold"
    return Finding(
        headline=f"No mean is given for {listed(named)}: {holds} news of opposite directions, "
        "whose moves cancel in a mean.",
        detail="Their means are in the tables.",
        group=None,
        window=found.window,
        strength="further",
    )


def _spoken_by(
    name: str, rows: Sequence[Record], found: ChosenGroups, labels: Mapping[str, str] | None
) -> list[Finding]:
    """Return the finding about groups that another test of the mean, `name`, alone finds."""
    if not rows:
        return []
    ordered = sorted(
        (found.moderated[str(row.group)] for row in rows), key=lambda row: float(row.pvalue)
    )
    named = [
        f"{wording.group_label(str(row.group), labels)} {wording.percent(row.estimate)} "
        f"({wording.p_equals(row.pvalue)}, {wording.behind(row)})"
        for row in ordered[:_MOST_NAMED]
    ]
    more = len(rows) - _MOST_NAMED
    tail = f"; and {more} more in the tables" if more > 0 else ""
    return [
        Finding(
            headline=f"By {name} alone, {counted(len(rows), 'further group')} moved over "
            f"{wording.window_label(*found.window)}: {'; '.join(named)}{tail}.",
            detail="Before adjustment for the number of tests.",
            group=None,
            window=found.window,
            strength="suggestive",
            is_thin=all(wording.is_thin(row) for row in rows),
            says="Suggestive: by one of two tests of the mean",
        )
    ]


def _not_significant(
    rows: Sequence[Record],
    window: tuple[int, int],
    labels: Mapping[str, str] | None,
    *,
    is_none_significant: bool,
    has_squares: bool,
    sign: SignPolicy,
    beside: Beside | None = None,
) -> Finding:
    """Return the finding about the groups that are silent: of the mean alone without squares."""
    span = wording.window_label(*window)
    count = len(rows)
    if has_squares:
        told = f"not distinguishable from ordinary days over {span}."
        other = f"{counted(count, 'other group')} {'was' if count == 1 else 'were'} {told}"
        none = f"No kind of news moved these markets measurably over {span}: "
        none += f"none of {counted(count, 'group')} can be told from ordinary days."
    else:
        shows = "shows" if count == 1 else "show"
        other = f"{counted(count, 'other group')} {shows} no common move over {span}."
        none = f"No kind of news moved these markets in a common direction over {span}: "
        none += f"none of {counted(count, 'group')} shows a common move."
    headline = none if is_none_significant else other
    ordered = sorted(rows, key=lambda row: float(row.pvalue))
    named = [
        f"{wording.group_label(str(row.group), labels)} {wording.percent(row.estimate)} "
        f"({wording.p_equals(row.pvalue)}{_mde(row)})" + second_mean(row, beside).replace(";", ",")
        for row in ordered[:_MOST_NAMED]
    ]
    detail = "; ".join(named)
    if sign == "expected":
        detail = f"Means{wording.in_direction(sign)}: {detail}"
    if len(rows) > _MOST_NAMED:
        detail += f"; and {len(rows) - _MOST_NAMED} more in the tables"
    detail += f". Absence of evidence is not evidence of absence{_not_visible(rows)}"
    if not has_squares:
        detail += ". Whether they moved in different directions is not known (mean_square)"
    return Finding(
        headline=headline,
        detail=detail + ".",
        group=None,
        window=window,
        strength="none",
        says="" if has_squares else "No common move",
    )


def _not_visible(rows: Sequence[Record]) -> str:
    """Return what the tests could not have seen, in daily volatilities and as a return."""
    sizes = [size for row in rows if (size := as_float(row, "mde")) is not None]
    if not sizes:
        return ""
    text = f": an effect under {_range(sizes, 1)} daily volatilities"
    returns = [100 * size for row in rows if (size := as_float(row, "mde_return")) is not None]
    if returns:
        text += f" ({_range(returns, 2)} %)"
    return text + " would have been missed more than one time in five"


def _mde(row: Record) -> str:
    size, as_return = as_float(row, "mde"), as_float(row, "mde_return")
    if as_return is not None:
        return f", mde {wording.percent(as_return, sign=False)}"
    return "" if size is None else f", mde {size:.1f}"


def _range(values: Sequence[float], digits: int) -> str:
    low, high = (wording.number(value, digits) for value in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"


def _untested(
    rows: Sequence[Record], window: tuple[int, int], labels: Mapping[str, str] | None
) -> Finding:
    """Return the finding about groups without a p-value, with the reason of each."""
    named = []
    for row in rows[:_MOST_NAMED]:
        note = plain(getattr(row, "note", "")).rstrip(".")
        label = wording.group_label(str(row.group), labels)
        named.append(f"{label} ({wording.behind(row)}{': ' + note if note else ''})")
    tail = f"; and {len(rows) - _MOST_NAMED} more" if len(rows) > _MOST_NAMED else ""
    return Finding(
        headline=f"{counted(len(rows), 'group')} could not be tested over "
        f"{wording.window_label(*window)}.",
        detail="; ".join(named) + tail + ".", group=None, window=window, strength="none",
        says="Not tested",
    )  # fmt: skip
