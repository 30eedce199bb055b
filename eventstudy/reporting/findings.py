"""Sentences from numbers: what the study found, how sure it is, and what it could not have seen.

The window is fixed before looking: `findings` never picks the one with the smallest p-value. No
sentence says that news caused a move; it says what returns were around it, how often chance alone
does as much, and how many tests are shown beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from eventstudy._typing import LEVEL
from eventstudy.exceptions import SpecificationError
from eventstudy.registry import choose
from eventstudy.reporting import wording
from eventstudy.reporting.pair_sentences import lost_pairs, uncertain_sessions
from eventstudy.reporting.record import usual_window
from eventstudy.text import Record, counted, is_missing, listed, plain, records, split_group

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from eventstudy._typing import Alternative, SignPolicy

Strength = Literal["strong", "suggestive", "none", "context"]
_FEW_UNITS = 5
_BESIDE = ("kolari_pynnonen", "portfolio_t")
_MOST_NAMED = 8
_LIBERAL = 0.075  # Bradley (1978): a 5 % test is robust while it rejects 2.5 to 7.5 %
_VERDICTS: dict[Strength, str] = {
    "strong": "Holds after adjustment for the number of tests",
    "suggestive": "Suggestive: not after adjustment for the number of tests",
    "none": "Not distinguishable from ordinary days",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding in words.

    Parameters
    ----------
    headline
        One sentence with the number, its p-value and how many events stand behind it.
    detail
        What bounds it: interval, adjustment, other statistics, what could not have been seen.
    group
        The group of the tidy frame it speaks of; None for the study as a whole.
    window
        ``(start, end)`` in sessions relative to day 0; None for the study as a whole.
    strength
        ``strong`` (significant after Holm's adjustment), ``suggestive`` (before it only, or on one
        or two dates), ``none`` (not significant), ``context`` (how to read the others).
    is_thin
        Whether it rests on one or two dates only: a number without weight.
    """

    headline: str
    detail: str
    group: str | None
    window: tuple[int, int] | None
    strength: Strength
    is_thin: bool = False

    @property
    def verdict(self) -> str:
        """How much weight it has, in words; empty for context."""
        if self.is_thin:
            return "No inference: one or two dates only"
        return _VERDICTS.get(self.strength, "")


def findings(
    statistics: pd.DataFrame,
    *,
    family: pd.DataFrame | None = None,
    alignment: pd.DataFrame | None = None,
    dropped: pd.DataFrame | None = None,
    by_labels: Mapping[str, str] | None = None,
    name: str = "placebo",
    window: tuple[int, int] | None = None,
    level: float = LEVEL,
    most: int = 6,
    alternative: Alternative = "two-sided",
    sign: SignPolicy = "none",
) -> list[Finding]:
    """Return the findings of a study, the strongest first, each bounded by its uncertainty.

    Parameters
    ----------
    statistics
        The tidy frame: group, window_start, window_end, measure, name, estimate (decimal returns),
        pvalue, n_pairs, n_events. Used where present: effect, effect_low, effect_high, mde (daily
        volatilities), mde_return (decimal), n_dates, n_units, pvalue_holm, size, size_low, note,
        influential_date, estimate_without.
    family
        p-values adjusted over windows, markets and groups together: group, window_start,
        window_end, security, group_pvalue, group_pvalue_holm, n_groups. Mentioned beside Holm's.
    alignment, dropped
        The pairs with their ``ambiguous``, ``catch_up`` and ``benchmark_reacts_later`` marks, and
        those left out or lost; each adds a sentence of context. Pairs in `dropped` are not counted
        among those whose session is known.
    by_labels
        Names to show for groups or values, ``{"N225": "Nikkei 225"}``.
    name
        The statistic that decides.
    window
        The window the findings speak of, fixed beforehand: default ``(0, 1)`` if the frame has it,
        else its first one.
    level
        Of significance.
    most
        At most this many findings about single groups; what is left out is counted.
    alternative
        Which deviations from the null the p-values count; said where it is one side only.
    sign
        ``"expected"`` where each return was multiplied by the expected sign of its event: every
        sentence with a mean then says that it is in the expected direction.

    Returns
    -------
    list of Finding
        One a significant group, then one for all others together, then context. Holm's adjustment
        runs over the groups shown (``pvalue_holm`` of the frame wins where it is given).

    Raises
    ------
    SpecificationError
        A statistic or window that the frame lacks.
    """
    if statistics.empty:
        return [_context("There is nothing to report: no statistic could be computed.", "")]
    choose(name, statistics["name"].unique(), "statistic")
    cars = statistics[statistics["measure"] == "car"]
    shown = cars[cars["name"] == name]
    chosen = _window(shown, window)
    inside = (shown["window_start"] == chosen[0]) & (shown["window_end"] == chosen[1])
    rows: list[Record] = list(records(shown[inside]))
    tested = [row for row in rows if not is_missing(row.pvalue)]
    adjusted = _adjust(tested)
    significant = sorted(
        (row for row in tested if row.pvalue < level),
        key=lambda row: (wording.is_thin(row), adjusted[row.group], row.pvalue),
    )
    out = []
    for row in significant[:most]:
        thin = wording.is_thin(row)
        strong = adjusted[row.group] < level and not thin
        out.append(
            Finding(
                headline=_headline(row, by_labels, sign),
                detail=_detail(row, cars, adjusted, len(tested), level, family)
                + _one_sided(alternative),
                group=str(row.group),
                window=chosen,
                strength="strong" if strong else "suggestive",
                is_thin=thin,
            )
        )
    if len(significant) > most:
        further = [wording.group_label(row.group, by_labels) for row in significant[most:]]
        out.append(
            Finding(
                headline=f"{counted(len(further), 'further group')} below {level * 100:g} % "
                "before adjustment are in the tables.",
                detail=f"{listed(further)}.", group=None, window=chosen, strength="suggestive",
            )
        )  # fmt: skip
    quiet = [row for row in tested if row.pvalue >= level]
    if quiet:
        out.append(
            _not_significant(
                quiet, chosen, by_labels, is_none_significant=not significant, sign=sign
            )
        )
    untested = [row for row in rows if is_missing(row.pvalue)]
    if untested:
        out.append(_untested(untested, chosen, by_labels))
    if tested:
        out.append(_luck(tested, adjusted, significant, level, chosen, alternative))
    out += _oversized(cars[cars["group"] == "all"], name)
    if alignment is not None and len(alignment):
        out += [_context(*sentence) for sentence in uncertain_sessions(alignment, dropped)]
    if dropped is not None and len(dropped):
        out.append(_context(*lost_pairs(dropped)))
    return out


def holm(pvalues: Sequence[float]) -> list[float]:
    """Return Holm's step-down adjusted p-values (Holm 1979), in the order given.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    from statsmodels.stats.multitest import multipletests

    if not len(pvalues):
        return []
    adjusted: list[float] = multipletests(pvalues, method="holm")[1].tolist()
    return adjusted


def _window(shown: pd.DataFrame, window: tuple[int, int] | None) -> tuple[int, int]:
    """Return the window given, else the usual one; `SpecificationError` where rows lack it."""
    pairs = shown[["window_start", "window_end"]]
    windows = list(dict.fromkeys((int(a), int(b)) for a, b in records(pairs)))
    if window is not None:
        start, end = (int(side) for side in window)
        if (start, end) not in windows:
            labels = ", ".join(wording.window_label(*pair) for pair in windows)
            raise SpecificationError(
                f"findings: no window {wording.window_label(start, end)} in the frame; "
                f"it has {labels}"
            )
        return start, end
    return usual_window(windows)


def _adjust(tested: Sequence[Record]) -> dict[str, float]:
    """Return Holm-adjusted p-values by group: the frame's own, else over the groups shown."""
    if tested and all(not is_missing(getattr(row, "pvalue_holm", None)) for row in tested):
        return {str(row.group): float(row.pvalue_holm) for row in tested}
    values = holm([float(row.pvalue) for row in tested])
    return {str(row.group): value for row, value in zip(tested, values, strict=True)}


def _subject(group: str, labels: Mapping[str, str] | None) -> str:
    """Return what a group is, to begin a sentence."""
    columns, values = split_group(group)
    if labels and group in labels:
        return labels[group]
    if not columns:
        return "All news together" if group == "all" else group
    parts = dict(zip(columns, (wording.value_label(v, labels) for v in values), strict=False))
    market = parts.pop("security", None)
    kind = " × ".join(parts.values())
    text = f"{kind} news" if kind else "All news"
    text = text[0].upper() + text[1:]
    return f"{text} in {market}" if market else text


def _one_sided(alternative: Alternative) -> str:
    if alternative == "two-sided":
        return ""
    return f" The p-values are {wording.sided(alternative)}."


def _headline(row: Record, labels: Mapping[str, str] | None, sign: SignPolicy) -> str:
    window = wording.window_label(int(row.window_start), int(row.window_end))
    return (
        f"{_subject(str(row.group), labels)}: {wording.percent(row.estimate)} abnormal return"
        f"{wording.in_direction(sign)} on "
        f"average over {window} ({wording.p_equals(row.pvalue)}, {wording.behind(row)})"
        + (f"; {wording.influence(row)}." if wording.rests_on_one_date(row) else ".")
    )


def _detail(
    row: Record,
    cars: pd.DataFrame,
    adjusted: Mapping[str, float],
    tests: int,
    level: float,
    family: pd.DataFrame | None = None,
) -> str:
    parts = []
    effect, low, high = (_float(row, c) for c in ("effect", "effect_low", "effect_high"))
    if effect is not None and low is not None and high is not None:
        parts.append(
            f"In units of daily volatility {wording.number(effect, sign=True)}, 95 % interval "
            f"{wording.number(low, sign=True)} to {wording.number(high, sign=True)}."
        )
        if effect * float(row.estimate) < 0:
            parts.append(
                "The mean return has the other sign: volatile markets dominate it, and the p-value "
                "speaks of the effect in units of volatility."
            )
    value = adjusted[str(row.group)]
    verdict = "which holds" if value < level else "so this is suggestive only"
    if tests > 1:
        parts.append(
            f"Adjusted for the {tests} groups tested (Holm) {wording.p_equals(value)}, "
            f"{verdict} at {level * 100:g} %."
        )
    parts += _family_sentence(str(row.group), family)
    same = cars[
        (cars["group"] == row.group)
        & (cars["window_start"] == row.window_start)
        & (cars["window_end"] == row.window_end)
        & cars["name"].isin(_BESIDE)
    ]
    other_tests = [
        f"{other.name} {wording.p_equals(other.pvalue)}"
        for other in records(same)
        if not is_missing(other.pvalue) and other.name != row.name
    ]
    if other_tests:
        parts.append(f"Beside it: {listed(other_tests)}.")
    other_windows = cars[(cars["group"] == row.group) & (cars["name"] == row.name)]
    window_texts = [
        f"{wording.window_label(int(o.window_start), int(o.window_end))} "
        f"{wording.percent(o.estimate)} ({wording.p_equals(o.pvalue)})"
        for o in records(other_windows)
        if (o.window_start, o.window_end) != (row.window_start, row.window_end)
        and not is_missing(o.pvalue)
    ]
    if window_texts:
        parts.append(f"Other windows: {listed(window_texts)}.")
    if influence := wording.influence(row):
        parts.append(f"The date that moves the mean most: {influence}.")
    units = _float(row, "n_units")
    if units == 1:
        parts.append(
            "It rests on a single date: a day that was rough for any reason looks the same as an "
            "effect."
        )
    elif units is not None and units < wording.MIN_DATES:
        parts.append(
            f"It rests on {int(units)} independent dates only: event-induced variance cannot be "
            "told from an effect."
        )
    elif units is not None and units < _FEW_UNITS:
        parts.append(f"It rests on {int(units)} independent dates only.")
    parts += _note(row)
    return " ".join(parts)


def _family_sentence(group: str, family: pd.DataFrame | None) -> list[str]:
    """Return a sentence on a group's p-value with all its windows and markets counted as tests."""
    if family is None or family.empty:
        return []
    members = family[(family["group"] == group) & family["group_pvalue"].notna()]
    if members.empty:
        return []
    windows = len(members[["window_start", "window_end"]].drop_duplicates())
    first = next(iter(records(members)))
    markets = counted(members["security"].nunique(), "market")
    text = (
        f"Counting {counted(windows, 'window')} in {markets} as tests of their own, the "
        f"smallest of the group has {wording.p_equals(first.group_pvalue)} (step-down)"
    )
    if not is_missing(first.group_pvalue_holm) and int(first.n_groups) > 1:
        value = wording.p_equals(first.group_pvalue_holm)
        text += f", and {value} over {int(first.n_groups)} groups (Holm)"
    return [text + "."]


def _note(row: Record) -> list[str]:
    note = plain(getattr(row, "note", ""))
    if not note:
        return []
    return [f"Note: {note}" + ("" if note.endswith(".") else ".")]


def _not_significant(
    rows: Sequence[Record],
    window: tuple[int, int],
    labels: Mapping[str, str] | None,
    *,
    is_none_significant: bool,
    sign: SignPolicy,
) -> Finding:
    """Return the finding about the groups that are not significant."""
    span = wording.window_label(*window)
    if is_none_significant:
        headline = f"No kind of news moved these markets measurably over {span}: "
        headline += f"none of {counted(len(rows), 'group')} can be told from ordinary days."
    else:
        verb = "was" if len(rows) == 1 else "were"
        headline = f"{counted(len(rows), 'other group')} {verb} not distinguishable from "
        headline += f"ordinary days over {span}."
    ordered = sorted(rows, key=lambda row: float(row.pvalue))
    named = [
        f"{wording.group_label(str(row.group), labels)} {wording.percent(row.estimate)} "
        f"({wording.p_equals(row.pvalue)}{_mde(row)})"
        for row in ordered[:_MOST_NAMED]
    ]
    detail = "; ".join(named)
    if sign == "expected":
        detail = f"Means{wording.in_direction(sign)}: {detail}"
    if len(rows) > _MOST_NAMED:
        detail += f"; and {len(rows) - _MOST_NAMED} more in the tables"
    detail += f". Absence of evidence is not evidence of absence{_not_visible(rows)}"
    return Finding(
        headline=headline, detail=detail + ".", group=None, window=window, strength="none"
    )


def _not_visible(rows: Sequence[Record]) -> str:
    """Return what the tests could not have seen, in daily volatilities and as a return."""
    sizes = [size for row in rows if (size := _float(row, "mde")) is not None]
    if not sizes:
        return ""
    text = f": an effect under {_range(sizes, 1)} daily volatilities"
    returns = [100 * size for row in rows if (size := _float(row, "mde_return")) is not None]
    if returns:
        text += f" ({_range(returns, 2)} %)"
    return text + " would have been missed more than one time in five"


def _mde(row: Record) -> str:
    size, as_return = _float(row, "mde"), _float(row, "mde_return")
    if as_return is not None:
        return f", mde {wording.percent(as_return, sign=False)}"
    return "" if size is None else f", mde {size:.1f}"


def _range(values: Sequence[float], digits: int) -> str:
    low, high = (wording.number(value, digits) for value in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"


def _untested(
    rows: Sequence[Record], window: tuple[int, int], labels: Mapping[str, str] | None
) -> Finding:
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
    )  # fmt: skip


def _luck(
    tested: Sequence[Record],
    adjusted: Mapping[str, float],
    significant: Sequence[Record],
    level: float,
    window: tuple[int, int],
    alternative: Alternative,
) -> Finding:
    count = len(tested)
    holds = sum(value < level for value in adjusted.values())
    falls = "falls" if len(significant) == 1 else "fall"
    detail = (
        f"{len(significant)} {falls} below {level * 100:g} % before, and {holds} after Holm's "
        "adjustment. Groupings overlap, so the tests are not independent of one another. The "
        f"window {wording.window_label(*window)} was not chosen by its p-values."
    ) + _one_sided(alternative)
    by_luck = wording.number(count * level, 1 if count * level >= 0.1 else 2)
    tests = counted(count, "test")
    verb = "is" if count == 1 else "are"
    return Finding(
        headline=f"{tests} {verb} shown; were no news to move anything, luck alone would make "
        f"about {by_luck} significant at {level * 100:g} %.",
        detail=detail, group=None, window=window, strength="context",
    )  # fmt: skip


def _oversized(rows: pd.DataFrame, name: str) -> list[Finding]:
    """Return a warning about statistics whose measured size on this data is off."""
    if "size_low" not in rows.columns or "size" not in rows.columns:
        return []
    worst: dict[str, float] = {}
    for row in records(rows):
        low = _float(row, "size_low")
        if row.name != name and low is not None and low > LEVEL:
            worst[row.name] = max(worst.get(row.name, 0.0), float(row.size))
    worst = {key: size for key, size in worst.items() if size > _LIBERAL}
    if not worst:
        return []
    named = [
        f"{key} ({size * 100:.0f} %)" for key, size in sorted(worst.items(), key=lambda i: -i[1])
    ]
    return [
        _context(
            f"{listed(named)} {'rejects' if len(named) == 1 else 'reject'} too often on "
            "these markets when nothing happened.",
            "Share of placebo dates rejected at 5 %. Their p-values are shown for comparison and "
            "should not be quoted.",
        )
    ]


def _context(headline: str, detail: str) -> Finding:
    return Finding(headline=headline, detail=detail, group=None, window=None, strength="context")


def _float(row: Record, column: str) -> float | None:
    value = getattr(row, column, None)
    return None if is_missing(value) else float(str(value))
