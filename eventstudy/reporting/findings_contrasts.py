"""Findings about two kinds of news against each other: what one did less what the other did.

The window is day 0 where the frame has it, fixed before looking; other windows, sub-periods and the
sessions before the news stand beside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventstudy.reporting import wording
from eventstudy.reporting.contrast_words import (
    by_second_model,
    capital,
    dates,
    difference,
    is_thin,
    over,
    points,
    sources,
    which_markets,
)
from eventstudy.reporting.contrasts import (
    BEFORE,
    DAY_0,
    SPANS,
    contrast_label,
    market_label,
    split_contrast,
    whole_contrast,
)
from eventstudy.reporting.finding import (
    Finding,
    Strength,
    as_float,
    holm,
    note_of,
)
from eventstudy.text import Record, counted, is_missing, listed, records

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from eventstudy.reporting.finding import Beside

_ALL = "all"
_APART = "Cannot be told apart"


def contrast_findings(
    contrasts: pd.DataFrame,
    *,
    beside: Beside | None = None,
    labels: Mapping[str, str] | None = None,
    level: float,
) -> list[Finding]:
    """Return the findings about the contrasts of a study, those of one contrast together.

    Parameters
    ----------
    contrasts
        contrast, window_start, window_end, security (or ``all``), estimate (decimal returns),
        pvalue, n_dates_a, n_dates_b; used where present: ci_low, ci_high, n_mixed, note,
        pvalue_holm.
    beside
        The same by the second model.
    labels
        Names of the markets.
    level
        Of significance.

    Returns
    -------
    list of Finding
        Of each contrast: all markets together, each market that differs, those that do not, what
        was there before the news and in each sub-period. Holm's adjustment runs over the markets
        and all of them together.
    """
    out: list[Finding] = []
    for name in dict.fromkeys(contrasts["contrast"].map(_whole)):
        rows = contrasts[contrasts["contrast"].map(_whole) == name]
        out += _of_one(str(name), rows, beside, labels or {}, level)
    return out


def contrast_tests(contrasts: pd.DataFrame) -> list[tuple[float, float]]:
    """Return the p-value of every contrast shown, and Holm's of it."""
    tests = []
    for name in dict.fromkeys(contrasts["contrast"].map(_whole)):
        rows = contrasts[contrasts["contrast"] == name]
        tested = _tested(_in_window(rows, _window(rows)))
        tests += [
            (float(row.pvalue), value) for row, value in zip(tested, _adjusted(tested), strict=True)
        ]
    return tests


def _whole(contrast: str) -> str:
    """Return a contrast without its sub-group: ``direction: a - b`` of ``... | period=x``."""
    return whole_contrast(contrast)


def _part(contrast: str) -> str:
    """Return the sub-group of a contrast, ``period=x``; empty for the whole."""
    return split_contrast(contrast)[3]


def _window(rows: pd.DataFrame) -> tuple[int, int]:
    pairs = rows[["window_start", "window_end"]]
    windows = list(dict.fromkeys((int(a), int(b)) for a, b in records(pairs)))
    return DAY_0 if DAY_0 in windows or not windows else windows[0]


def _in_window(rows: pd.DataFrame, window: tuple[int, int]) -> list[Record]:
    inside = (rows["window_start"] == window[0]) & (rows["window_end"] == window[1])
    return list(records(rows[inside]))


def _tested(rows: Sequence[Record]) -> list[Record]:
    return [row for row in rows if not is_missing(row.pvalue)]


def _adjusted(rows: Sequence[Record]) -> list[float]:
    given = [as_float(row, "pvalue_holm") for row in rows]
    if rows and all(value is not None for value in given):
        return [float(str(value)) for value in given]
    return holm([float(row.pvalue) for row in rows])


def _of_one(
    name: str,
    rows: pd.DataFrame,
    beside: Beside | None,
    labels: Mapping[str, str],
    level: float,
) -> list[Finding]:
    whole = rows[rows["contrast"] == name]
    window = _window(whole)
    shown = _in_window(whole, window)
    tested = _tested(shown)
    adjusted = {
        str(row.security): value for row, value in zip(tested, _adjusted(tested), strict=True)
    }
    kinds = contrast_label(name)
    second = _rows_beside(beside, name, window)
    out: list[Finding] = []
    ordered = sorted(tested, key=lambda row: (row.security != _ALL, float(row.pvalue)))
    has_pooled = bool(ordered) and ordered[0].security == _ALL
    quiet = [row for row in ordered if row.security != _ALL and float(row.pvalue) >= level]
    for row in ordered:
        security = str(row.security)
        is_quiet = float(row.pvalue) >= level
        if is_quiet and security != _ALL:
            continue
        out.append(
            Finding(
                headline=difference(row, beside, second.get(security), labels, level),
                detail=" ".join(
                    [
                        *_details(row, rows, adjusted, level),
                        *_other_windows_beside(row, _all_beside(beside, name)),
                    ]
                ),
                group=None,
                window=window,
                strength=_strength(row, adjusted[security], level),
                is_thin=is_thin(row),
                says=_APART if is_quiet else "",
                source=sources([row], [second.get(security)]),
                is_answer=security == _ALL or not has_pooled,
            )
        )
    # What bounds the whole comes before its parts.
    bounds = which_markets(ordered, adjusted, window, labels, level)
    bounds += _by_part(rows, window, _all_beside(beside, name))
    bounds += _before(kinds, whole, shown, labels, level)
    out[has_pooled:has_pooled] = bounds
    if quiet:
        out.append(_apart(kinds, quiet, window, beside, second, labels))
    untested = [row for row in shown if is_missing(row.pvalue)]
    if untested:
        named = [f"{market_label(str(row.security), labels)}" for row in untested]
        notes = list(dict.fromkeys(sentence for row in untested for sentence in note_of(row)))
        out.append(
            Finding(
                headline=f"{capital(kinds)} could not be tested {over(window)} for "
                f"{listed(named)}.",
                detail=" ".join(notes), group=None, window=window, strength="none",
                says="Not tested",
            )
        )  # fmt: skip
    return out


def _strength(row: Record, adjusted: float, level: float) -> Strength:
    if float(row.pvalue) >= level:
        return "none"
    return "strong" if adjusted < level and not is_thin(row) else "suggestive"


def _rows_beside(beside: Beside | None, name: str, window: tuple[int, int]) -> dict[str, Record]:
    if beside is None or beside.contrasts.empty:
        return {}
    rows = beside.contrasts[beside.contrasts["contrast"] == name]
    return {str(row.security): row for row in _in_window(rows, window)}


def _all_beside(beside: Beside | None, name: str) -> tuple[str, pd.DataFrame] | None:
    """Return what results of the second model are called, and its contrast in every sub-group."""
    if beside is None or beside.contrasts.empty:
        return None
    frame = beside.contrasts
    return beside.second, frame[frame["contrast"].map(_whole) == name]


def _details(
    row: Record, rows: pd.DataFrame, adjusted: Mapping[str, float], level: float
) -> list[str]:
    security = str(row.security)
    parts = []
    low, high = as_float(row, "ci_low"), as_float(row, "ci_high")
    if low is not None and high is not None:
        low_text = wording.number(100 * low, sign=True)
        parts.append(f"95 % interval {low_text} to {points(high)}.")
    if len(adjusted) > 1:
        value = adjusted[security]
        verdict = "holds" if value < level else "does not hold"
        parts.append(
            f"Adjusted for the {len(adjusted)} comparisons shown (Holm) "
            f"{wording.p_equals(value)}: it {verdict} at {level * 100:g} %."
        )
    mine = rows[rows["security"] == security]
    whole = mine[mine["contrast"].map(_part) == ""]
    here = (int(row.window_start), int(row.window_end))
    if security != _ALL:
        parts += _part_sentence(mine, here)
        parts += [
            _before_sentence(other, level, float(row.estimate))
            for other in _tested(_in_window(whole, BEFORE))
        ]
    others = [
        f"{wording.window_label(int(other.window_start), int(other.window_end))} "
        f"{points(other.estimate)} ({wording.p_equals(other.pvalue)})"
        for other in _tested(list(records(whole)))
        if (other.window_start, other.window_end) not in (here, BEFORE)
    ]
    if others:
        parts.append(f"Other windows: {listed(others)}.")
    mixed = as_float(row, "n_mixed")
    if mixed:
        parts.append(f"{counted(int(mixed), 'date')} with news of both kinds left out.")
    return parts + note_of(row)


def _other_windows_beside(row: Record, second: tuple[str, pd.DataFrame] | None) -> list[str]:
    """Return the second model's numbers over the other windows, as the only sentence of a list."""
    if second is None:
        return []
    name, frame = second
    mine = frame[(frame["contrast"] == row.contrast) & (frame["security"] == row.security)]
    here = (int(row.window_start), int(row.window_end))
    texts = [
        f"{wording.window_label(int(other.window_start), int(other.window_end))} "
        f"{points(other.estimate)} ({wording.p_equals(other.pvalue)})"
        for other in _tested(list(records(mine)))
        if (other.window_start, other.window_end) != here
    ]
    return [f"{capital(name)}: {listed(texts)}."] if texts else []


def _part_sentence(rows: pd.DataFrame, window: tuple[int, int]) -> list[str]:
    """Return the same contrast in each sub-group, as the only sentence of a list."""
    parts = [row for row in _in_window(rows, window) if _part(str(row.contrast))]
    if not parts:
        return []
    columns = list(dict.fromkeys(_part(str(row.contrast)).partition("=")[0] for row in parts))
    texts = [
        f"{wording.value_label(_part(str(row.contrast)).partition('=')[2])} "
        + (
            f"{points(row.estimate)} ({wording.p_equals(row.pvalue)}; {dates(row)})"
            if not is_missing(row.pvalue)
            else "not tested"
        )
        for row in parts
    ]
    named = [wording.value_label(column) for column in columns if column != SPANS]
    head = f"By {listed(named)}" if named else "Dates left out"
    return [f"{head}: {'; '.join(texts)}."]


def _by_part(
    rows: pd.DataFrame,
    window: tuple[int, int],
    second: tuple[str, pd.DataFrame] | None,
) -> list[Finding]:
    """Return the contrast of all markets in each sub-group, by both models, as one finding."""
    pooled = rows[rows["security"] == _ALL]
    parts = [row for row in _in_window(pooled, window) if _part(str(row.contrast))]
    more = _part_sentence(pooled, window)
    if second is not None:
        name, beside = second
        again = _part_sentence(beside[beside["security"] == _ALL], window)
        more += [f"{capital(name)}: {text.partition(': ')[2]}" for text in again]
    if not parts:
        return []
    columns: dict[str, list[Record]] = {}
    for row in parts:
        columns.setdefault(_part(str(row.contrast)).partition("=")[0], []).append(row)
    detail = " ".join([*more, "Whether these differ from each other was not tested."])
    return [
        Finding(
            headline=f"{_by_column(column, own)}.", detail="" if column == SPANS else detail,
            group=None, window=window, strength="further", source=sources(own), is_answer=True,
        )
        for column, own in columns.items()
    ]  # fmt: skip


def _by_column(column: str, rows: Sequence[Record]) -> str:
    """Return the difference in each value of a column, or without each span of dates."""
    told = []
    for row in rows:
        place = wording.value_label(_part(str(row.contrast)).partition("=")[2])
        if is_missing(row.pvalue):
            told.append(f"not tested {'' if column == SPANS else 'in '}{place}")
        elif column == SPANS:
            span = place.replace("without ", "without the dates ", 1)
            told.append(f"{span}: {points(row.estimate)} ({wording.p_equals(row.pvalue)})")
        else:
            told.append(f"{points(row.estimate)} in {place} ({wording.p_equals(row.pvalue)})")
    text = listed(told)
    return capital(text) if column == SPANS else f"By {wording.value_label(column)}: {text}"


def _before_sentence(row: Record, level: float, estimate: float) -> str:
    """Return a sentence on the sessions before the news; `estimate` is that of the news itself."""
    numbers = f"{points(row.estimate)} ({wording.p_equals(row.pvalue)})"
    clear = as_float(row, "pvalue_clear")
    if clear is not None:  # day 0 of the others may lie a session earlier
        numbers += (
            f"; without dates whose day 0 is uncertain {points(row.estimate_clear)} "
            f"({wording.p_equals(clear)})"
        )
    span = f"Over {wording.window_label(*BEFORE)}, before the news"
    if float(row.pvalue) >= level:
        return f"{span}: {numbers}."
    if float(row.estimate) * estimate <= 0:
        return f"{span}, they differed the other way round: {numbers}."
    return (
        f"{span}, they differed already: {numbers}, so that some of it was expected, or known "
        "before its time, or news follows news of its kind."
    )


def _before(
    kinds: str,
    whole: pd.DataFrame,
    shown: Sequence[Record],
    labels: Mapping[str, str],
    level: float,
) -> list[Finding]:
    """Return the finding about the sessions before the news; none where they are no window.

    `shown` are the rows of the news itself: what went the other way before was not expected.
    """
    rows = _tested(_in_window(whole, BEFORE))
    if not rows:
        return []
    adjusted = _adjusted(rows)
    estimates = {str(row.security): as_float(row, "estimate") or 0.0 for row in shown}
    speaking = [
        row
        for row, value in zip(rows, adjusted, strict=True)
        if value < level and float(row.estimate) * estimates.get(str(row.security), 0.0) > 0
    ]
    ordered = sorted(speaking or rows, key=lambda row: (row.security != _ALL, float(row.pvalue)))
    named = [
        f"{market_label(str(row.security), labels)} {points(row.estimate)} "
        f"({wording.p_equals(row.pvalue)})"
        for row in ordered
    ]
    span = f"Before the news, over {wording.window_label(*BEFORE)}"
    if speaking:
        headline = f"{span}, {kinds} was there already: {listed(named)}."
        detail = (
            f"Each holds after adjustment for the {len(rows)} comparisons there (Holm). "
            "A part of the news was expected, or known before the time it is dated by, or news "
            "of one kind follows news of its kind; the difference on day 0 is then less than what "
            "the news was worth, or not its alone."
        )
    else:
        headline = f"{span}, no such difference that holds: {listed(named)}."
        detail = "There is no sign that it was expected, which is not to say that it was not."
    return [
        Finding(
            headline=headline, detail=detail, group=None, window=BEFORE, strength="further",
            source=sources(ordered),
        )
    ]  # fmt: skip


def _apart(
    kinds: str,
    rows: Sequence[Record],
    window: tuple[int, int],
    beside: Beside | None,
    second: Mapping[str, Record],
    labels: Mapping[str, str],
) -> Finding:
    named = [
        f"{market_label(str(row.security), labels)} {points(row.estimate)} "
        f"({wording.p_equals(row.pvalue)}; {dates(row)})"
        + by_second_model(beside, second.get(str(row.security))).replace("; ", ", ", 1)
        for row in rows
    ]
    return Finding(
        headline=f"{capital(kinds)}: cannot be told apart {over(window)}: "
        f"{'; '.join(named)}.",
        detail="Absence of evidence is not evidence of absence.",
        group=None, window=window, strength="none", says=_APART,
        source=sources(rows, [second.get(str(row.security)) for row in rows]),
    )  # fmt: skip
