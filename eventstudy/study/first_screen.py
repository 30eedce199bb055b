"""What is read first of a study, in lines for a terminal: its answers, then what bounds them."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eventstudy._typing import LEVEL
from eventstudy.markets.market import find_market
from eventstudy.reporting import wording
from eventstudy.reporting.answer_text import answers_text
from eventstudy.reporting.check_listing import stop_light
from eventstudy.reporting.contrast_words import when
from eventstudy.reporting.findings_answers import market_answers, sessions
from eventstudy.reporting.findings_contrasts import contrast_findings
from eventstudy.reporting.record import StudyRecord
from eventstudy.study.caveats import MOST_FIRST, caveats
from eventstudy.study.data_age import data_age
from eventstudy.study.report_content import beside_of, study_findings
from eventstudy.text import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.reporting.finding import Benchmark, Finding
    from eventstudy.reporting.findings_answers import Answer

_WITHOUT_ANSWERS = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class StudyAnswers(StudyRecord):
    """A study whose questions are answered, before its groups are tested.

    The frames of tests, CAAR paths and heatmaps are empty, and contrasts hold what is told of them;
    all others are those of the results.
    """

    def answers(self, *, width: int = 80, is_full: bool = False) -> str:
        """Return the answers as text, those of `EventStudyResults.answers` to the letter."""
        return "\n".join(first_screen(self, width=width, is_full=is_full))

    @property
    def is_answered(self) -> bool:
        """Whether there are answers that no test of a group is needed for."""
        return bool(_of_markets(self) or _compared(self))


def first_screen(results: StudyRecord, *, width: int = 80, is_full: bool = False) -> list[str]:
    """Return the lines of a terminal that answer what a study asked.

    Parameters
    ----------
    results
        Of a finished study.
    width
        No line is longer.
    is_full
        Show ordinary days and the benchmark beside each kind of news.
    """
    answers, compared = _of_markets(results), _compared(results)
    told = [finding.headline for finding in compared]
    if not told and not answers:
        found = study_findings(results)
        told = [f.headline for f in found if f.window is not None][:_WITHOUT_ANSWERS]
    table = answers_text(
        answers,
        results.ranges,
        level=LEVEL,
        alternative=results.alternative,
        sign=results.sign,
        benchmark=_by_name(results.benchmark),
        width=width,
        is_full=is_full,
    )
    lines = [*_head(results, width), ""]
    age = data_age(results)
    if age:
        lines += [*textwrap.wrap(age, width, initial_indent="! ", subsequent_indent="  "), ""]
    for sentence in told:
        lines += textwrap.wrap(sentence, width)
    if any("(p " in sentence for sentence in told):
        lines.append(f"({wording.P_IN_WORDS}.)")
    if table:
        bridge = _bridge(compared, answers) if told else ""
        lines += [*([""] if told else []), *textwrap.wrap(bridge, width), *table.splitlines()]
    lines.append("")
    for caveat in caveats(results)[:MOST_FIRST]:
        lines += textwrap.wrap(caveat, width, initial_indent="! ", subsequent_indent="  ")
    return lines


def _by_name(benchmark: Benchmark | None) -> Benchmark | None:
    """Return a benchmark called as sentences call its market, S&P 500 in place of SPX."""
    market = None if benchmark is None else find_market(benchmark.name)
    if benchmark is None or market is None:
        return benchmark
    tested = benchmark.tested.replace(benchmark.name, market.label)
    return replace(benchmark, name=market.label, tested=tested)


def _of_markets(results: StudyRecord) -> list[Answer]:
    """Return the answers market by market."""
    return market_answers(
        results.ranges,
        results.contrasts,
        window=results.headline_window,
        labels=results.labels,
        level=LEVEL,
        sign=results.sign,
    )


def _bridge(compared: Sequence[Finding], answers: Sequence[Answer]) -> str:
    """Say in what the numbers of the table differ from those of the sentences above it."""
    window = compared[0].window if compared else None
    if window is None or not answers:
        return ""
    row = answers[0].row
    own = (int(row.window_start), int(row.window_end))
    what = "the mean" if own == window else f"the mean {when(window)}"
    return (
        f"Market by market, {sessions(own)} moves in total: the middle one of each, where the "
        f"sentences above have {what}."
    )


def _compared(results: StudyRecord) -> list[Finding]:
    """Return the findings on kinds of news compared."""
    if results.contrasts.empty:
        return []
    found = contrast_findings(
        results.contrasts, beside=beside_of(results), labels=results.labels, level=LEVEL
    )
    return [finding for finding in found if finding.is_answer]


def _head(results: StudyRecord, width: int) -> list[str]:
    """Return title, stop light and what was studied."""
    pairs, dates = results.models, results.event_sessions
    lines = textwrap.wrap(str(results.spec["title"]), width)
    if results.errors:
        lines += textwrap.wrap(stop_light(results.errors), width)
    events, markets = pairs["event_id"].nunique(), pairs["security"].nunique()
    return [
        *lines,
        f"{counted(events, 'event')} in {counted(markets, 'market')}, "
        f"{dates.min():%Y-%m-%d} to {dates.max():%Y-%m-%d}",
    ]
