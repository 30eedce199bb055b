"""Sentences from numbers: what the study found, how sure it is, and what it could not have seen.

The window is fixed before looking: `findings` never picks the one with the smallest p-value. No
sentence says that news caused a move; it says what returns were around it, how often chance alone
does as much, and how many tests are shown beside it. Each kind of finding has a file of its own:
`findings_contrasts`, `findings_groups`, `findings_quiet`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventstudy._typing import LEVEL
from eventstudy.reporting import wording
from eventstudy.reporting.finding import Finding, as_float, context
from eventstudy.reporting.findings_answers import answer_findings, market_answers
from eventstudy.reporting.findings_choice import chosen_groups, once_each
from eventstudy.reporting.findings_contrasts import contrast_findings, contrast_tests
from eventstudy.reporting.findings_groups import group_finding, one_sided
from eventstudy.reporting.findings_quiet import quiet_findings
from eventstudy.reporting.pair_sentences import lost_pairs, uncertain_sessions
from eventstudy.text import Record, counted, listed, records

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from eventstudy._typing import Alternative, SignPolicy
    from eventstudy.reporting.finding import Benchmark, Beside
    from eventstudy.reporting.findings_choice import GroupEvents

_LIBERAL = 0.075  # Bradley (1978): a 5 % test is robust while it rejects 2.5 to 7.5 %


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
    contrasts: pd.DataFrame | None = None,
    anticipation: pd.DataFrame | None = None,
    beside: Beside | None = None,
    events: GroupEvents | None = None,
    ranges: pd.DataFrame | None = None,
    benchmark: Benchmark | None = None,
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
    contrasts
        Of two kinds of news; see `eventstudy.reporting.findings_contrasts.contrast_findings`.
    anticipation
        Tests of the sessions before the news, with the columns of `statistics`.
    beside
        What the second model found, which stands beside the first in every sentence.
    events
        The events behind the groups. A group that pools opposite directions gets no mean, unless
        `sign` turned them; a group of news known beforehand is left out, and said.
    ranges, benchmark
        What each kind of news did in each market, and what the benchmark in it is called; see
        `eventstudy.reporting.findings_answers.market_answers`.

    Returns
    -------
    list of Finding
        Contrasts first, then the answers market by market; one a significant group, those that
        moved in no common direction, one for all others together, then context. Groups of the very
        same pairs count once. Holm's adjustment runs over the groups shown (``pvalue_holm`` of the
        frame wins where it is given).

    Raises
    ------
    SpecificationError
        A statistic or window that the frame lacks.
    """
    if statistics.empty:
        return [context("There is nothing to report: no statistic could be computed.", "")]
    found = chosen_groups(
        statistics, name=name, window=window, level=level, events=events, sign=sign
    )
    tests = found.tests
    out: list[Finding] = []
    if contrasts is not None and len(contrasts):
        out += contrast_findings(contrasts, beside=beside, labels=by_labels, level=level)
        tests += contrast_tests(contrasts)
    if ranges is not None:
        answers = market_answers(
            ranges, contrasts, window=found.window, labels=by_labels, level=level, sign=sign
        )
        told = answer_findings(
            answers, level=level, alternative=alternative, sign=sign, benchmark=benchmark
        )
        first = [finding for finding in out if finding.is_answer]
        out = [*first, *told, *(finding for finding in out if not finding.is_answer)]
        tests += [
            (float(each.row.pvalue), each.adjusted) for each in answers if each.adjusted is not None
        ]
    for row in found.significant[:most]:
        out.append(
            group_finding(
                row, found, labels=by_labels, alternative=alternative, sign=sign, family=family,
                anticipation=anticipation, beside=beside,
                known=0 if events is None else events.n_known(str(row.group)),
            )
        )  # fmt: skip
    if len(found.significant) > most:
        further = [wording.group_label(row.group, by_labels) for row in found.significant[most:]]
        out.append(
            Finding(
                headline=f"{counted(len(further), 'further group')} below {level * 100:g} % "
                "before adjustment are in the tables.",
                detail=f"{listed(further)}.", group=None, window=found.window,
                strength="suggestive",
            )
        )  # fmt: skip
    has_any = any(finding.strength in ("strong", "suggestive") for finding in out)
    out += quiet_findings(found, labels=by_labels, sign=sign, beside=beside, is_first=not has_any)
    if found.known:
        out.append(_known_beforehand(found.known, by_labels))
    if tests:
        out.append(_luck(tests, level, found.window, alternative))
    out += _oversized(found.cars[found.cars["group"] == "all"], name)
    if alignment is not None and len(alignment):
        out += [context(*sentence) for sentence in uncertain_sessions(alignment, dropped)]
    if dropped is not None and len(dropped):
        out.append(context(*lost_pairs(dropped)))
    return out


def _known_beforehand(rows: Sequence[Record], labels: Mapping[str, str] | None) -> Finding:
    """Return the finding that names the groups left out as their news was no surprise."""
    named = [
        f"{wording.group_label(str(row.group), labels)} ({counted(int(row.n_events), 'event')})"
        for row in once_each(rows)[0]
    ]
    was = "was" if len(named) == 1 else "were"
    return context(
        f"No finding is made of news that was known beforehand: {listed(named)} {was} no surprise.",
        "The numbers are in the tables. Contrasts leave such news out; a group that holds it "
        "beside other news counts it.",
    )


def _luck(
    tests: Sequence[tuple[float, float]],
    level: float,
    window: tuple[int, int],
    alternative: Alternative,
) -> Finding:
    """Return what luck alone would make of these tests, each its p-value and the adjusted one."""
    count = len(tests)
    below = sum(value < level for value, _ in tests)
    holds = sum(adjusted < level for _, adjusted in tests)
    falls = "falls" if below == 1 else "fall"
    detail = (
        f"{below} {falls} below {level * 100:g} % before, and {holds} after Holm's "
        "adjustment. Groupings overlap, so the tests are not independent of one another. The "
        f"window {wording.window_label(*window)} was not chosen by its p-values."
    ) + one_sided(alternative)
    by_luck = wording.number(count * level, 1 if count * level >= 0.1 else 2)
    shown = counted(count, "test")
    verb = "is" if count == 1 else "are"
    return Finding(
        headline=f"{shown} {verb} shown; were no news to move anything, luck alone would make "
        f"about {by_luck} significant at {level * 100:g} %.",
        detail=detail, group=None, window=window, strength="context",
    )  # fmt: skip


def _oversized(rows: pd.DataFrame, name: str) -> list[Finding]:
    """Return a warning about statistics whose measured size on this data is off."""
    if "size_low" not in rows.columns or "size" not in rows.columns:
        return []
    worst: dict[str, float] = {}
    for row in records(rows):
        low = as_float(row, "size_low")
        if row.name != name and low is not None and low > LEVEL:
            worst[row.name] = max(worst.get(row.name, 0.0), float(row.size))
    worst = {key: size for key, size in worst.items() if size > _LIBERAL}
    if not worst:
        return []
    named = [
        f"{key} ({size * 100:.0f} %)" for key, size in sorted(worst.items(), key=lambda i: -i[1])
    ]
    return [
        context(
            f"{listed(named)} {'rejects' if len(named) == 1 else 'reject'} too often on "
            "these markets when nothing happened.",
            "Share of placebo dates rejected at 5 %. Their p-values are shown for comparison and "
            "should not be quoted.",
        )
    ]
