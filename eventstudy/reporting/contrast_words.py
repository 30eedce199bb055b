"""Sentences about a difference between two kinds of news, and the rows their numbers stand in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventstudy.reporting import wording
from eventstudy.reporting.contrasts import DAY_0, market_label, split_contrast
from eventstudy.reporting.finding import Finding, RowReference, reference
from eventstudy.text import Record, counted, is_missing, listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventstudy.reporting.finding import Beside

_ALL = "all"


def difference(
    row: Record,
    beside: Beside | None,
    by_second: Record | None,
    labels: Mapping[str, str] | None,
    level: float,
) -> str:
    """Return one contrast as a sentence without a word of the field.

    Parameters
    ----------
    row
        Of ``contrasts``.
    beside, by_second
        What the models are called, and the row of the second one.
    labels
        Names of the markets.
    level
        Of significance.
    """
    _, first_kind, second_kind, _ = split_contrast(str(row.contrast))
    first, other = (f"{wording.value_label(kind)} news" for kind in (first_kind, second_kind))
    market = market_label(str(row.security), labels)
    total = "" if beside is None else f" {beside.first}"
    numbers = (
        f"{total} {when((int(row.window_start), int(row.window_end)))} "
        f"({wording.p_equals(row.pvalue)}; {int(row.n_dates_a)} against "
        f"{counted(int(row.n_dates_b), 'date')}){by_second_model(beside, by_second)}."
    )
    if float(row.pvalue) >= level:
        return (
            f"Whether {market} did better after {first} than after {other} cannot be told: "
            f"{wording.number(100 * float(row.estimate), sign=True)} percentage points{numbers}"
        )
    size = wording.number(abs(100 * float(row.estimate)))
    better = "better" if float(row.estimate) > 0 else "worse"
    return (
        f"After {first} {market} did {better} than after {other}, by {size} percentage points"
        f"{numbers}"
    )


def when(window: tuple[int, int]) -> str:
    """Return when a window is, in words.

    Examples
    --------
    >>> when((0, 0)), when((0, 1)), when((-1, 1))
    ('on the first session', 'over two sessions', 'over [-1,+1]')
    """
    if window == DAY_0:
        return "on the first session"
    return "over two sessions" if window == (0, 1) else over(window)


def which_markets(
    rows: Sequence[Record],
    adjusted: Mapping[str, float],
    window: tuple[int, int],
    labels: Mapping[str, str],
    level: float,
) -> list[Finding]:
    """Return in which markets the difference holds with all of them counted, as one finding."""
    markets = [row for row in rows if row.security != _ALL]
    if len(markets) < 2 or len(rows) == len(markets):
        return []
    holds = [row for row in markets if adjusted[str(row.security)] < level and not is_thin(row)]
    thin = [row for row in markets if is_thin(row)]
    others = [row for row in markets if all(row is not one for one in (*holds, *thin))]

    def named(chosen: Sequence[Record]) -> str:
        return listed([market_label(str(row.security), labels) for row in chosen])

    head = (
        f"Market by market, all {len(rows)} comparisons counted ({len(markets)} markets and all "
        "together), it holds "
    )
    text = f"for {named(holds)}" if holds else "for none"
    if holds and others:
        text += f", not for {named(others)}"
    if len(thin) == len(markets):
        head, text = "Market by market it cannot be told: ", "the dates are too few"
    elif thin:
        text += f"; for {named(thin)} the dates are too few to tell"
    if thin:
        text += f" (fewer than {wording.MIN_DATES} of a kind)"
    numbers = [
        f"{market_label(str(row.security), labels)} {points(row.estimate)} "
        f"({wording.p_equals(adjusted[str(row.security)])})"
        for row in markets
    ]
    return [
        Finding(
            headline=f"{head}{text}.",
            detail=f"{capital(when(window))}, adjusted (Holm): {'; '.join(numbers)}.",
            group=None,
            window=window,
            strength="further",
            source=sources(markets),
            is_answer=True,
        )
    ]


def sources(
    rows: Sequence[Record | None], beside: Sequence[Record | None] = ()
) -> tuple[RowReference, ...]:
    """Return the rows of contrasts, and those by the second model."""
    return tuple(
        reference(file, row, "contrast", "security", "window_start", "window_end")
        for file, chosen in (("contrasts.csv", rows), ("contrasts_beside.csv", beside))
        for row in chosen
        if row is not None
    )


def capital(text: str) -> str:
    """Return a text that begins a sentence."""
    return text[:1].upper() + text[1:]


def over(window: tuple[int, int]) -> str:
    """Return when a window is, as tables write it."""
    return "on day 0" if window == DAY_0 else f"over {wording.window_label(*window)}"


def points(value: object) -> str:
    """Return a decimal return as percentage points."""
    return f"{wording.number(100 * float(str(value)), sign=True)} points"


def dates(row: Record) -> str:
    """Return how many dates of either kind stand behind a row."""
    return f"{int(row.n_dates_a)} and {counted(int(row.n_dates_b), 'date')}"


def is_thin(row: Record) -> bool:
    """Whether one of the two kinds has too few dates."""
    return min(int(row.n_dates_a), int(row.n_dates_b)) < wording.MIN_DATES


def by_second_model(beside: Beside | None, row: Record | None) -> str:
    """Return ``; beyond S&P 500 +0.67 points (p < 0.001)``, or nothing."""
    if beside is None or row is None or is_missing(row.estimate):
        return ""
    value = "" if is_missing(row.pvalue) else f" ({wording.p_equals(row.pvalue)})"
    return f"; {beside.second} {points(row.estimate)}{value}"
