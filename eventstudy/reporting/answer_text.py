"""The answers of a study as a terminal shows them, first of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventstudy.reporting import tables, wording
from eventstudy.reporting.findings_answers import (
    ALL,
    answer_table,
    mean_tested,
    names_of_codes,
    percent,
    sessions,
    short_name,
)
from eventstudy.reporting.text_table import wrap
from eventstudy.text import Record, display_width, is_missing, records

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from eventstudy._typing import Alternative, SignPolicy
    from eventstudy.reporting.finding import Benchmark
    from eventstudy.reporting.findings_answers import Answer

_GAPS = (2, 1, 1, 2, 1, 1, 2)  # after each column but the last


def answers_text(
    answers: Sequence[Answer],
    ranges: pd.DataFrame,
    *,
    level: float,
    alternative: Alternative = "two-sided",
    sign: SignPolicy = "none",
    benchmark: Benchmark | None = None,
    width: int = 80,
    is_full: bool = False,
) -> str:
    """Return the answers as a table for a terminal; empty without any.

    Two kinds of news stand side by side, a line a market, where that fits; any other number, and
    all with `is_full`, below each other as `answer_table` has them.

    Parameters
    ----------
    answers
        Of one window.
    ranges
        The frame they are from, for what was ordinary on all dates.
    level, alternative, sign, benchmark
        See `eventstudy.reporting.findings_answers.answer_findings`.
    width
        Columns of the terminal.
    is_full
        Show ordinary days and the benchmark beside each kind of news.
    """
    if not answers:
        return ""
    kinds = list(dict.fromkeys(answer.kind for answer in answers))
    if len(kinds) == 2 and sign == "none" and not is_full:
        lines = _side_by_side(answers, kinds, ranges)
        if max(map(display_width, lines)) <= width:
            note = _note(answers, level, alternative, benchmark)
            return "\n".join([*lines, *wrap(note, width)])
    table = answer_table(
        answers, level=level, alternative=alternative, sign=sign, benchmark=benchmark
    )
    return tables.to_text(table, width)


def _side_by_side(
    answers: Sequence[Answer], kinds: Sequence[str], ranges: pd.DataFrame
) -> list[str]:
    """Return a line a market, what it did after one kind of news and after the other."""
    by_market: dict[str, dict[str, Answer]] = {}
    for answer in answers:
        by_market.setdefault(str(answer.row.security), {})[answer.kind] = answer
    ordinary = _ordinary(answers[0].row, ranges)
    rows = [["", *["up", "mid", "8 in 10"] * 2, "ordinary"]]
    for security, of_kind in by_market.items():
        cells = [short_name(next(iter(of_kind.values())))]
        for kind in kinds:
            cells += _cells(of_kind.get(kind))
        rows.append([*cells, ordinary.get(security, "")])
    widths = [max(display_width(row[at]) for row in rows) for at in range(len(rows[0]))]
    for at, kind in ((1, kinds[0]), (4, kinds[1])):  # a block is as wide as its head
        room = sum(widths[at : at + 3]) + sum(_GAPS[at : at + 2])
        widths[at + 2] += max(0, display_width(f"after {kind}") - room)
    starts = [sum(widths[:at]) + sum(_GAPS[:at]) for at in range(len(widths))]
    lines = [(" " * starts[1] + f"after {kinds[0]}").ljust(starts[4] - 1) + f" after {kinds[1]}"]
    for row in rows:
        padded = (_pad(cell, size) for cell, size in zip(row, widths, strict=True))
        line = "".join(text + " " * gap for text, gap in zip(padded, (*_GAPS, 0), strict=True))
        lines.append(line.rstrip())
    lines.insert(2, "-" * max(map(display_width, lines)))
    return lines


def _pad(text: str, width: int) -> str:
    return text + " " * (width - display_width(text))


def _cells(answer: Answer | None) -> list[str]:
    if answer is None:
        return ["", "", ""]
    row = answer.row
    star = "*" if answer.strength == "strong" else ""
    return [
        f"{int(row.n_up)}/{int(row.n_dates)}",
        percent(row.median).rjust(4) + star,
        _span(row.low, row.high),
    ]


def _span(low: object, high: object) -> str:
    return "" if is_missing(low) else f"{percent(low)} to {percent(high)}"


def _ordinary(row: Record, ranges: pd.DataFrame) -> dict[str, str]:
    """Return the range of ordinary days of each security, as volatile as all dates of the news."""
    same = ranges[
        (ranges["group"] == ALL)
        & (ranges["window_start"] == row.window_start)
        & (ranges["window_end"] == row.window_end)
    ]
    return {str(r.security): _span(r.ordinary_low, r.ordinary_high) for r in records(same)}


def _note(
    answers: Sequence[Answer],
    level: float,
    alternative: Alternative,
    benchmark: Benchmark | None,
) -> str:
    row = answers[0].row
    moves = sessions((int(row.window_start), int(row.window_end)))
    number = sum(answer.adjusted is not None for answer in answers)
    mean = mean_tested(benchmark)
    side = "" if alternative == "two-sided" else f" ({wording.sided(alternative)})"
    has_star = any(answer.strength == "strong" for answer in answers)
    star = f"*: {mean} differs" if has_star else f"Nowhere does {mean} differ"
    counted_all = f", all {number} tests of the table counted" if number > 1 else ""
    told = (
        f" {star} from ordinary days by more than chance{side} "
        f"({level * 100:g} % level{counted_all})."
    )
    few = any(answer.is_thin for answer in answers)
    thin = f" Under {wording.MIN_DATES} dates there is no range and no test." if few else ""
    return (
        f"{moves[:1].upper()}{moves[1:]} moves in %. up: dates it rose, of all; mid: the middle "
        f"move; 8 in 10: where 8 of 10 moves lay; ordinary: the same of ordinary days as volatile."
        f"{told if number else ''}{thin}{names_of_codes(answers)}"
    )
