"""What is read first of a study, in lines for a terminal: its answers, then what bounds them."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from eventstudy._typing import LEVEL
from eventstudy.reporting import wording
from eventstudy.reporting.answer_text import answers_text
from eventstudy.reporting.check_listing import stop_light
from eventstudy.reporting.findings_answers import market_answers
from eventstudy.study.caveats import MOST_FIRST, caveats
from eventstudy.study.report_content import study_findings
from eventstudy.text import counted

if TYPE_CHECKING:
    from eventstudy.reporting.record import StudyRecord

_WITHOUT_ANSWERS = 3


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
    answers = market_answers(
        results.ranges,
        results.contrasts,
        window=results.headline_window,
        labels=results.labels,
        level=LEVEL,
        sign=results.sign,
    )
    found = study_findings(results)
    told = [f.headline for f in found if f.is_answer and f.group is None]
    if not told and not answers:
        told = [f.headline for f in found if f.window is not None][:_WITHOUT_ANSWERS]
    table = answers_text(
        answers,
        results.ranges,
        level=LEVEL,
        alternative=results.alternative,
        sign=results.sign,
        benchmark=results.benchmark,
        width=width,
        is_full=is_full,
    )
    lines = [*_head(results, width), ""]
    for sentence in told:
        lines += textwrap.wrap(sentence, width)
    if any("(p " in sentence for sentence in told):
        lines.append(f"({wording.P_IN_WORDS}.)")
    if table:
        lines += [*([""] if told else []), *table.splitlines()]
    lines.append("")
    for caveat in caveats(results)[:MOST_FIRST]:
        lines += textwrap.wrap(caveat, width, initial_indent="! ", subsequent_indent="  ")
    return lines


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
