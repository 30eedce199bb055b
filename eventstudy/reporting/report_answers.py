"""The findings of a report by where they stand: answers first, and the rows of their numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from eventstudy.reporting.finding import Finding

MOST_LEADING = 4
"""Findings that lead where none is marked as an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A finding, and where its numbers stand.

    Attributes
    ----------
    finding : the finding
    rows : file, the row in words, and its place in the report or an empty text
    """

    finding: Finding
    rows: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Findings by where they stand.

    Attributes
    ----------
    lead : what is read first
    each : answers of one market or one kind of news, which the range table shows, too
    others : all other findings
    reading : how far the numbers carry
    """

    lead: tuple[Said, ...]
    each: tuple[Said, ...]
    others: tuple[Said, ...]
    reading: tuple[Said, ...]


def answers(findings: Sequence[Finding], places: Collection[str] = ()) -> Answers:
    """Return findings by where they stand in the report.

    Parameters
    ----------
    findings
        In order of weight.
    places
        Names of the rows that have a place in the report, so that a link can lead there.
    """
    reading = [finding for finding in findings if finding.strength == "context"]
    told = [finding for finding in findings if finding.strength != "context"]
    lead = [finding for finding in told if finding.is_answer and finding.group is None]
    each = [finding for finding in told if finding.is_answer and finding.group is not None]
    others = [finding for finding in told if not finding.is_answer]
    if not lead:
        source = each or others
        lead = source[:MOST_LEADING]
        del source[:MOST_LEADING]

    def said(part: Sequence[Finding]) -> tuple[Said, ...]:
        return tuple(
            Said(
                finding=finding,
                rows=tuple(
                    (row.file, _row(row.key), row.anchor if row.anchor in places else "")
                    for row in finding.source
                ),
            )
            for finding in part
        )

    return Answers(lead=said(lead), each=said(each), others=said(others), reading=said(reading))


def _row(key: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{column} {value}" for column, value in key)
