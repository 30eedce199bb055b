"""How groups, windows and numbers are written, once for tables, figures, findings and report."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Literal

from eventstudy._typing import LEVEL
from eventstudy.text import Record, counted, is_missing, split_group

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import pandas as pd

    from eventstudy._typing import Alternative, SignPolicy


Stars = tuple[tuple[float, str], ...]
STARS: Stars = ((0.01, "***"), (0.05, "**"), (0.10, "*"))
"""Levels and marks as finance prints them, strictest first."""

StarSource = Literal["corrected", "own"]
STAR_SOURCES = ("corrected", "own")
"""Which p-value stars stand for: see `star_pvalue`."""

MIN_DATES = 8
"""Independent dates below which there is no range, and a group gets no stars; see `mark_of`."""
THIN = f"fewer than {MIN_DATES} dates: a day that was rough anyway cannot be told from an effect"
THIN_MARK = "†"

P_IN_WORDS = "p: how often chance alone would show as much"
"""What a p-value is, said once where answers are read."""

_CHOSEN_STAGES = {
    "select": "left out by events.select",
    "market": "not of the event's markets",
    "sign": "without an expected sign",
}
_OFF_AT = re.compile(r"([\d.]+) % \(([\d.]+) %\)")
_FEW = 20  # a percent of fewer says more than is known
_UPPER = {"us", "eu", "uk", "fx", "usd", "cnh"}


def window_label(start: int, end: int) -> str:
    """Return ``[-1,+1]`` for a window in sessions relative to day 0.

    Examples
    --------
    >>> window_label(-1, 1), window_label(0, 0)
    ('[-1,+1]', '[0,0]')
    """
    return "[" + ",".join(f"{side:+d}" if side else "0" for side in (start, end)) + "]"


def value_label(value: str, labels: Mapping[str, str] | None = None) -> str:
    """Return one value of a grouping as a reader would write it."""
    if labels and value in labels:
        return labels[value]
    if value != value.lower():  # names such as N225 keep their letters
        return value
    words = value.replace("_", " ").split(" ")
    return " ".join(word.upper() if word in _UPPER else word for word in words)


def group_label(group: str, labels: Mapping[str, str] | None = None) -> str:
    """Return a group as a reader would write it.

    Examples
    --------
    >>> group_label("category*security=talk_signal*N225"), group_label("all")
    ('talk signal × N225', 'All events')
    """
    if labels and group in labels:
        return labels[group]
    columns, values = split_group(group)
    if not columns:
        return "All events" if group == "all" else group
    return " × ".join(value_label(value, labels) for value in values)


def grouping_label(group: str) -> str:
    """Return what a group is one of: ``By category × direction``; empty for ``all``."""
    columns, _ = split_group(group)
    return "By " + " × ".join(value_label(column) for column in columns) if columns else ""


def number(value: object, digits: int = 2, *, sign: bool = False) -> str:
    """Return a number with fixed decimals, never ``-0.00``; missing is empty."""
    if is_missing(value):
        return ""
    number_ = float(str(value))
    if math.isinf(number_):
        return "inf" if number_ > 0 else "-inf"
    text = f"{number_:+.{digits}f}" if sign else f"{number_:.{digits}f}"
    if float(text) == 0:
        return text.lstrip("+-")
    return text


def percent(value: object, digits: int = 2, *, sign: bool = True) -> str:
    """Return a decimal return as percent, ``+0.62 %``; missing is empty.

    Examples
    --------
    >>> percent(0.00624), percent(float("nan"))
    ('+0.62 %', '')
    """
    if is_missing(value):
        return ""
    return number(float(str(value)) * 100, digits, sign=sign) + " %"


def share(value: object, number: int, total: int | None = None) -> str:
    """Return a share of `number` things as percent; of fewer than 20 in `total`, their count, too.

    Examples
    --------
    >>> share(0.625, 8), share(0.625, 40), share(float("nan"), 8)
    ('5 of 8 (62 %)', '62 %', '')
    """
    if is_missing(value):
        return ""
    part = float(str(value))
    text = f"{100 * part:.0f} %"
    return f"{round(part * number)} of {number} ({text})" if (total or number) < _FEW else text


def p_value(value: object) -> str:
    """Return a p-value with three decimals; smaller ones as ``<0.001``.

    Examples
    --------
    >>> p_value(0.0314), p_value(0.0002)
    ('0.031', '<0.001')
    """
    if is_missing(value):
        return ""
    return "<0.001" if float(str(value)) < 0.001 else f"{float(str(value)):.3f}"


def p_equals(value: object) -> str:
    """Return ``p = 0.031`` or ``p < 0.001``."""
    text = p_value(value)
    return f"p {text[0]} {text[1:]}" if text.startswith("<") else f"p = {text}"


def stars_for(value: object, stars: Stars = STARS) -> str:
    """Return the mark of the strictest level that a p-value is below."""
    if is_missing(value):
        return ""
    for level, mark in sorted(stars):
        if float(str(value)) < level:
            return mark
    return ""


def stars_legend(stars: Stars = STARS) -> str:
    """Return ``*** 1 %, ** 5 %, * 10 %``."""
    return ", ".join(f"{mark} {level * 100:g} %" for level, mark in sorted(stars))


def sided(alternative: Alternative) -> str:
    """Return ``two-sided`` or ``one-sided (greater)``."""
    return alternative if alternative == "two-sided" else f"one-sided ({alternative})"


def in_direction(sign: SignPolicy) -> str:
    """Return what every pooled return must be said to be where pairs are multiplied by a sign.

    Examples
    --------
    >>> "abnormal return" + in_direction("expected"), in_direction("none")
    ('abnormal return in the expected direction', '')
    """
    return " in the expected direction" if sign == "expected" else ""


def influence(row: Record) -> str:
    """Return ``without 2024-04-22: -0.20 %``, the mean less the date that moves it most.

    Empty where there is one date only, or no such column.
    """
    date, rest = getattr(row, "influential_date", None), getattr(row, "estimate_without", None)
    if is_missing(date) or not date or is_missing(rest):
        return ""
    return f"without {date}: {percent(rest)}"


def rests_on_one_date(row: Record) -> bool:
    """Whether without one date the mean turns round or loses more than half of its size."""
    rest = getattr(row, "estimate_without", None)
    if is_missing(rest) or is_missing(row.estimate) or not influence(row):
        return False
    mean = float(row.estimate)
    return float(str(rest)) * mean < 0.5 * mean**2


def independent_dates(row: Record) -> int:
    """Return how many independent dates stand behind a row: its `n_units`, else its events."""
    units = getattr(row, "n_units", None)
    return int(float(str(row.n_events if is_missing(units) else units)))


def behind(row: Record) -> str:
    """Return ``9 events on 7 independent dates``; without `n_units`, the events alone."""
    events = counted(int(row.n_events), "event")
    if is_missing(getattr(row, "n_units", None)):
        return events
    return f"{events} on {counted(independent_dates(row), 'independent date')}"


def is_thin(row: Record, min_dates: int = MIN_DATES) -> bool:
    """Whether too few independent dates stand behind a row for its p-value to carry stars.

    Fewer than `MIN_DATES` are too few whatever is asked.
    """
    return independent_dates(row) < max(min_dates, MIN_DATES)


def is_size_off(row: Record, stars: Stars = STARS) -> bool:
    """Whether the measured size of a row's test is off at 5 %, or at a level of the stars.

    Its interval leaves the level out. At 1 and 10 % `sizes_off` says so; other levels are not
    measured.
    """
    return _is_off_at_5(row) or bool(_off_beside(row, stars))


def _is_off_at_5(row: Record) -> bool:
    low, high = getattr(row, "size_low", None), getattr(row, "size_high", None)
    if is_missing(low) or is_missing(high):
        return False
    return not float(str(low)) <= LEVEL <= float(str(high))


def _off_beside(row: Record, stars: Stars) -> list[str]:
    """Return the sizes that are off at levels of stars beside 5 %: ``4.5 % in place of 1 %``."""
    said = getattr(row, "sizes_off", None)
    levels = {f"{100 * level:g}" for level, _ in stars}
    found = _OFF_AT.findall("" if is_missing(said) else str(said))
    return [f"{size} % in place of {level} %" for level, size in found if level in levels]


def star_pvalue(row: Record, source: StarSource = "corrected", stars: Stars = STARS) -> object:
    """Return the p-value that the stars of a row stand for: size-corrected where the size is off.

    A row without `size_low` and `size_high` has its own. Where the size is off and the row has no
    `pvalue_corrected`, as in folders written by earlier versions, there is none.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"pvalue": 0.001, "size_low": [0.04, 0.5], "size_high": [0.06, 0.7],
    ...                       "pvalue_corrected": [0.002, 0.3]})
    >>> [star_pvalue(row) for row in frame.itertuples(index=False)]
    [0.001, 0.3]
    """
    if source == "corrected" and is_size_off(row, stars):
        return getattr(row, "pvalue_corrected", None)
    pvalue: object = row.pvalue
    return pvalue


def mark_of(
    row: Record,
    stars: Stars = STARS,
    min_dates: int = MIN_DATES,
    *,
    source: StarSource = "corrected",
) -> str:
    """Return the stars of a row, the one rule for tables, report and figures; thin ones have none.

    They stand for `star_pvalue`.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"pvalue": [0.001, 0.001], "n_events": [9, 9], "n_units": [9, 2]})
    >>> [mark_of(row) for row in frame.itertuples(index=False)]
    ['***', '']
    """
    return "" if is_thin(row, min_dates) else stars_for(star_pvalue(row, source, stars), stars)


def correction_note(
    rows: Iterable[Record], labels: Mapping[str, str] | None = None, stars: Stars = STARS
) -> str:
    """Return which tests have stars by size-corrected p-values, and why; empty where none has.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"name": ["bmp"], "size": [0.6], "size_low": 0.5, "size_high": 0.7})
    >>> correction_note(frame.itertuples(index=False))[58:104]
    'Where it does not (bmp: 60 % in place of 5 %),'
    """
    sizes: dict[str, list[float]] = {}
    beside: dict[str, list[str]] = {}
    drawn: list[object] = []
    for row in rows:
        if is_missing(getattr(row, "size", None)) or not is_size_off(row, stars):
            continue
        if _is_off_at_5(row):
            sizes.setdefault(str(row.name), []).append(100 * float(row.size))
        else:
            beside.setdefault(str(row.name), []).extend(_off_beside(row, stars))
        drawn.append(getattr(row, "n_draws", None))
    if not drawn:
        return ""
    said = {name: [f"{_size_text(found)} % in place of 5 %"] for name, found in sizes.items()}
    for name, found in beside.items():
        said[name] = [*said.get(name, []), *dict.fromkeys(found)]
    named = [f"{(labels or {}).get(name, name)}: {', '.join(each)}" for name, each in said.items()]
    draws = {int(float(str(n))) for n in drawn if not is_missing(n)}
    among = f" ({range_text(sorted(draws))} draws)" if draws else ""
    return (
        "At placebo dates a test is to reject as often as it says. Where it does not "
        f"({'; '.join(named)}), its stars stand for the rank of its p-value among those of the "
        f"same test there{among}."
    )


def _size_text(sizes: Sequence[float]) -> str:
    """Return sizes in percent, to a tenth where whole ones would look like the 5 % they are not."""
    digits = 1 if any(round(size) == 5 for size in (min(sizes), max(sizes))) else 0
    low, high = number(min(sizes), digits), number(max(sizes), digits)
    return low if low == high else f"{low} to {high}"


def range_text(values: Sequence[float]) -> str:
    """Return ``46 to 61``, the lowest and the highest number as whole ones, or ``46`` alone.

    Examples
    --------
    >>> range_text([4.6, 61.2]), range_text([5.1, 4.9])
    ('5 to 61', '5')
    """
    low, high = number(min(values), 0), number(max(values), 0)
    return low if low == high else f"{low} to {high}"


def uncertain_day0(row: Record) -> str:
    """Return what is left of a move before day 0 where day 0 is certain, to end a sentence.

    `row` is one of the record's `anticipation`; empty where the day 0 of every pair is certain.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"ambiguous": [0.25, 0.0], "n_pairs_clear": 3,
    ...                       "estimate_clear": 0.002, "pvalue_clear": 0.4})
    >>> [uncertain_day0(row) for row in frame.itertuples(index=False)]
    ['day 0 of 25 % of the pairs is uncertain, without them +0.20 % (p = 0.400)', '']
    """
    ambiguous = getattr(row, "ambiguous", None)
    if is_missing(ambiguous) or not float(str(ambiguous)):
        return ""
    said = f"day 0 of {float(row.ambiguous):.0%}".replace("%", " %") + " of the pairs is uncertain"
    if is_missing(row.estimate_clear):
        return f"{said}, and none is left without them"
    p_text = "p not available" if is_missing(row.pvalue_clear) else p_equals(row.pvalue_clear)
    return f"{said}, without them {percent(row.estimate_clear)} ({p_text})"


def losses(
    dropped: pd.DataFrame, by_choice: Collection[str]
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return the pairs that were lost, and how many the study left out, by the words for why.

    Parameters
    ----------
    dropped
        event_id, security, stage, reason; one row a pair.
    by_choice
        Stages that are choices of the study, not losses.
    """
    if dropped.empty:
        return dropped, {}
    chosen = dropped["stage"].isin(list(by_choice))
    counts = dropped.loc[chosen, "stage"].value_counts(sort=False)
    left_out = {
        _CHOSEN_STAGES.get(str(stage), f"left out at {stage}"): int(n)
        for stage, n in counts.items()
    }
    return dropped[~chosen], left_out


def group_order(groups: Sequence[str]) -> list[str]:
    """Return groups with ``all`` first, then each grouping together, in order of appearance."""
    unique = list(dict.fromkeys(groups))
    kinds = list(dict.fromkeys(split_group(group)[0] for group in unique))
    kinds.sort(key=len)  # stable: () is 'all', crossed groupings come last
    return [group for kind in kinds for group in unique if split_group(group)[0] == kind]
