"""The answers of a study, one a market and kind of news: what markets did, as a range and a count.

The window and the kinds of news are fixed before looking: the two sides of a contrast, else the two
directions, else the columns the study groups by, else all events.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from eventstudy.reporting import wording
from eventstudy.reporting.contrasts import market_label, split_contrast
from eventstudy.reporting.finding import Finding, Strength, as_float, holm, reference
from eventstudy.text import Record, counted, is_missing, records, split_group

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventstudy._typing import Alternative, SignPolicy
    from eventstudy.reporting.finding import Benchmark

ALL = "all"
_MOST_MARKETS = 8
_MOST_KINDS = 3
_KEY = ("group", "security", "window_start", "window_end")
_DIRECTIONS = ("direction=de-escalation", "direction=escalation")
_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_WIDE = 14  # a longer name of a market is its code where columns are narrow


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """What one market did after one kind of news.

    Attributes
    ----------
    row : of ``ranges``
    kind : the news in words, ``de-escalation news``
    market : its name
    adjusted : Holm's p-value over all answers shown; None where it was not tested
    strength : as that of a finding
    """

    row: Record
    kind: str
    market: str
    adjusted: float | None
    strength: Strength

    @property
    def is_thin(self) -> bool:
        """Whether there are too few dates for a range."""
        return int(self.row.n_dates) < wording.MIN_DATES


def market_answers(
    ranges: pd.DataFrame,
    contrasts: pd.DataFrame | None = None,
    *,
    window: tuple[int, int],
    labels: Mapping[str, str] | None,
    level: float,
    sign: SignPolicy = "none",
) -> list[Answer]:
    """Return the answers of a study, kind by kind, its markets in the order of the study.

    Parameters
    ----------
    ranges
        The frame of that name; none without one.
    contrasts
        The contrasts of the study, whose kinds of news are those answered for.
    window, labels, level, sign
        See `eventstudy.reporting.findings.findings`.

    Returns
    -------
    list of Answer
        All securities together where there are many, or where each has few dates.
    """
    if ranges.empty:
        return []
    inside = (ranges["window_start"] == window[0]) & (ranges["window_end"] == window[1])
    frame = ranges[inside]
    if frame.empty:
        return []
    groups = _groups(frame, contrasts, sign)
    frame = frame[frame["group"].isin(groups) & (frame["n_dates"] > 0)]
    each = frame[frame["security"] != ALL]
    pooled = frame[frame["security"] == ALL]
    is_many = each["security"].nunique() > _MOST_MARKETS
    is_thin = each.empty or each["n_dates"].max() < wording.MIN_DATES
    shown = pooled if len(pooled) and (is_many or is_thin) else each
    rows = [row for group in groups for row in records(shown[shown["group"] == group])]
    tested = [row for row in rows if _is_tested(row)]
    values = holm([float(row.pvalue) for row in tested])
    adjusted = {id(row): value for row, value in zip(tested, values, strict=True)}
    return [
        Answer(
            row=row,
            kind=kind_of(str(row.group)),
            market=market_label(str(row.security), labels),
            adjusted=adjusted.get(id(row)),
            strength=_strength(row, adjusted.get(id(row)), level),
        )
        for row in rows
    ]


def _groups(frame: pd.DataFrame, contrasts: pd.DataFrame | None, sign: SignPolicy) -> list[str]:
    """Return the groups answered for."""
    held = list(dict.fromkeys(frame["group"]))
    if sign == "expected":
        return [ALL]
    asked: list[str] = []
    if contrasts is not None and len(contrasts):
        column, first, second, _ = split_contrast(str(contrasts["contrast"].iloc[0]))
        asked = [f"{column}={first}", f"{column}={second}"]
    for sides in (asked, list(_DIRECTIONS)):
        if any(side in held for side in sides):
            return [side for side in sides if side in held]
    sizes = frame.groupby("group")["n_dates"].max()
    single = [group for group in held if group != ALL and len(split_group(group)[0]) == 1]
    columns = list(dict.fromkeys(split_group(group)[0] for group in single))
    if not columns:
        return [ALL]
    own = [group for group in single if split_group(group)[0] == columns[0]]
    most = sorted(own, key=lambda group: -int(sizes[group]))[:_MOST_KINDS]
    return [group for group in own if group in most]


def _is_tested(row: Record) -> bool:
    return not is_missing(getattr(row, "pvalue", None)) and row.n_dates >= wording.MIN_DATES


def _strength(row: Record, adjusted: float | None, level: float) -> Strength:
    if adjusted is None or float(row.pvalue) >= level:
        return "none"
    return "strong" if adjusted < level else "suggestive"


def kind_of(group: str) -> str:
    """Return a group of news as a sentence has it.

    Examples
    --------
    >>> kind_of("direction=de-escalation"), kind_of("side=u"), kind_of("all")
    ('de-escalation news', 'news of side u', 'the news')
    """
    columns, values = split_group(group)
    if not columns:
        return "the news"
    words = " ".join(wording.value_label(value) for value in values)
    if set(columns) <= {"direction", "category"}:
        return f"{words} news"
    return f"news of {wording.value_label(columns[0])} {words}"


def sessions(window: tuple[int, int]) -> str:
    """Return the length of a window in words, with its place where it does not start on day 0.

    Examples
    --------
    >>> sessions((0, 0)), sessions((0, 1)), sessions((-1, 1))
    ('one-session', 'two-session', 'three-session [-1,+1]')
    """
    number = window[1] - window[0] + 1
    word = _COUNTS[number] if number < len(_COUNTS) else str(number)
    place = "" if window[0] == 0 else f" {wording.window_label(*window)}"
    return f"{word}-session{place}"


def answer_findings(
    answers: Sequence[Answer],
    *,
    level: float,
    alternative: Alternative = "two-sided",
    sign: SignPolicy = "none",
    benchmark: Benchmark | None = None,
) -> list[Finding]:
    """Return the answers as sentences, each with its row."""
    number = sum(answer.adjusted is not None for answer in answers)
    return [
        Finding(
            headline=_headline(answer, sign, benchmark, alternative),
            detail=_detail(answer, number, level),
            group=str(answer.row.group),
            window=(int(answer.row.window_start), int(answer.row.window_end)),
            strength=answer.strength,
            says=_verdict(answer),
            source=(reference("ranges.csv", answer.row, *_KEY),),
            is_answer=True,
        )
        for answer in answers
    ]


def _verdict(answer: Answer) -> str:
    if answer.is_thin:
        return f"Too few dates to tell: a range needs {wording.MIN_DATES}"
    if answer.adjusted is None:
        return "Not tested against ordinary days"
    return "Not told apart from ordinary days" if answer.strength == "none" else ""


def percent(value: object) -> str:
    """Return a decimal return in percent, to one decimal, without the sign of percent."""
    return wording.number(100 * float(str(value)), 1, sign=True)


def _headline(
    answer: Answer, sign: SignPolicy, benchmark: Benchmark | None, alternative: Alternative
) -> str:
    row = answer.row
    up, down, dates = int(row.n_up), int(row.n_down), int(row.n_dates)
    if sign == "expected":
        did, number = "moved in the expected direction", up
    else:
        did, number = ("rose", up) if up >= down else ("fell", down)
    name = answer.market[:1].upper() + answer.market[1:]
    text = f"{name}: after {answer.kind} it {did} on {number} of {counted(dates, 'date')}"
    if name == "All markets together":
        text = text.replace(" it ", " they ", 1)
    moves = sessions((int(row.window_start), int(row.window_end)))
    toward = wording.in_direction(sign)
    low, high = as_float(row, "low"), as_float(row, "high")
    if low is not None and high is not None:
        text += f"; 8 in 10 {moves} moves{toward} lay between {percent(low)} and {percent(high)} %"
        if not is_missing(row.ordinary_low):
            text += f" (ordinary days: {percent(row.ordinary_low)} to {percent(row.ordinary_high)})"
        text += f", the middle one at {percent(row.median)} %."
    else:
        text += f"; the middle {moves} move{toward} was {percent(row.median)} %."
    text += _beside(row, benchmark, sign)
    if not is_missing(getattr(row, "pvalue", None)):
        side = "" if alternative == "two-sided" else f", {wording.sided(alternative)}"
        mean = mean_tested(benchmark)
        text += f" {mean[:1].upper()}{mean[1:]} against ordinary days: "
        text += f"{wording.p_equals(row.pvalue)}{side}."
    return text


def mean_tested(benchmark: Benchmark | None) -> str:
    """Return what the p-value of an answer is of.

    Examples
    --------
    >>> from eventstudy.reporting.finding import Benchmark
    >>> mean_tested(None)
    'the mean'
    >>> mean_tested(Benchmark(name="SPX", is_last_close=True, tested="beyond SPX"))
    'the mean beyond SPX'
    """
    return (
        "the mean"
        if benchmark is None or not benchmark.tested
        else (f"the mean {benchmark.tested}")
    )


def _beside(row: Record, benchmark: Benchmark | None, sign: SignPolicy) -> str:
    """Return the sentence on the benchmark, after a blank; nothing without one."""
    if benchmark is None or is_missing(row.benchmark_median):
        return ""
    when = "By then" if benchmark.is_last_close else "Meanwhile"
    moved = f" {when} {benchmark.name} had moved {percent(row.benchmark_median)} %"
    moved += wording.in_direction(sign)
    if not benchmark.is_last_close:
        moved = moved.replace(" had moved", " moved")
    if is_missing(row.beyond_median):
        return moved + "."
    return f"{moved}; beyond it {percent(row.beyond_median)} %."


def _detail(answer: Answer, number: int, level: float) -> str:
    parts = []
    if answer.adjusted is not None and number > 1:
        verdict = "it holds" if answer.adjusted < level else "it does not hold"
        parts.append(
            f"Adjusted for the {number} answers tested {wording.p_equals(answer.adjusted)}: "
            f"{verdict} at {level * 100:g} %."
        )
    mixed = int(answer.row.n_mixed)
    if mixed:
        parts.append(f"{counted(mixed, 'date')} with the opposite news, too, left out.")
    return " ".join(parts)


def answer_table(
    answers: Sequence[Answer],
    *,
    level: float,
    alternative: Alternative = "two-sided",
    sign: SignPolicy = "none",
    benchmark: Benchmark | None = None,
) -> pd.DataFrame:
    """Return the answers as a table of texts that fits a terminal; notes say what they mean.

    Parameters
    ----------
    answers
        Of one window.
    level, alternative, sign, benchmark
        See `answer_findings`.
    """
    if not answers:
        return pd.DataFrame()
    row = answers[0].row
    window = (int(row.window_start), int(row.window_end))
    toward = "as exp." if sign == "expected" else "up"
    has_benchmark = benchmark is not None and any(
        not is_missing(answer.row.benchmark_median) for answer in answers
    )
    name = benchmark.name.removeprefix("the ") if benchmark is not None else ""
    heads = ["", toward, "mid", "8 in 10", "ordinary"]
    heads += [name, "beyond"] if has_benchmark else []
    lines: list[list[str]] = []
    for kind in dict.fromkeys(answer.kind for answer in answers):
        lines.append([f"After {kind}", *[""] * len(heads)])
        lines += [_cells(answer, has_benchmark) for answer in answers if answer.kind == kind]
    frame = pd.DataFrame(lines, columns=[*heads, "p"])
    frame.attrs["notes"] = _notes(
        answers, window, level, alternative, sign, benchmark, has_benchmark=has_benchmark
    )
    return frame


def short_name(answer: Answer) -> str:
    """Return the name of the market for a narrow column: its code where the name is long."""
    code = str(answer.row.security)
    if code == ALL:
        return "All together"
    return code if len(answer.market) > _WIDE else answer.market[:1].upper() + answer.market[1:]


def names_of_codes(answers: Sequence[Answer]) -> str:
    """Return ``HSCE: Hang Seng China Enterprises.``: the names that codes of `short_name` have.

    A blank stands before; empty where every name is short.
    """
    named = {
        short_name(answer): answer.market for answer in answers
        if short_name(answer) == str(answer.row.security) != answer.market
    }  # fmt: skip
    said = "; ".join(f"{code}: {name}" for code, name in named.items())
    return f" {said}." if said else ""


def _cells(answer: Answer, has_benchmark: bool) -> list[str]:
    row = answer.row
    cells = [short_name(answer), f"{int(row.n_up)}/{int(row.n_dates)}", percent(row.median)]
    for low, high in (("low", "high"), ("ordinary_low", "ordinary_high")):
        ends = as_float(row, low), as_float(row, high)
        cells.append("" if None in ends else f"{percent(ends[0])} to {percent(ends[1])}")
    if has_benchmark:
        for column in ("benchmark_median", "beyond_median"):
            value = getattr(row, column)
            cells.append("" if is_missing(value) else percent(value))
    star = "*" if answer.strength == "strong" else ""
    cells.append(wording.p_value(getattr(row, "pvalue", None)) + star)
    return cells


def _notes(
    answers: Sequence[Answer],
    window: tuple[int, int],
    level: float,
    alternative: Alternative,
    sign: SignPolicy,
    benchmark: Benchmark | None,
    *,
    has_benchmark: bool,
) -> str:
    moves = sessions(window)
    texts = [
        f"{moves[:1].upper()}{moves[1:]} moves{wording.in_direction(sign)}, in %: dates "
        + ("as expected" if sign == "expected" else "up")
        + " of all, the middle move, the range of 8 in 10, that of ordinary days as volatile"
        + (
            f", the middle of {benchmark.name} by the same close and of what is beyond it."
            if has_benchmark and benchmark is not None
            else "."
        )
    ]
    number = sum(answer.adjusted is not None for answer in answers)
    if number:
        side = "" if alternative == "two-sided" else f" ({wording.sided(alternative)})"
        below = f"below {level * 100:g} %"
        below += f" after adjustment for the {number} shown" if number > 1 else ""
        has_star = any(answer.strength == "strong" for answer in answers)
        texts.append(f"p of {mean_tested(benchmark)}{side}: how often ordinary days show as much.")
        texts.append(f"* {below}." if has_star else f"None is {below}.")
    if any(answer.is_thin for answer in answers):
        texts.append(f"Under {wording.MIN_DATES} dates there is no range and no test.")
    return " ".join(texts) + names_of_codes(answers)
