"""`ReportContent`, all a report page is made from: the record of a study and its texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventstudy.reporting.finding import Finding
    from eventstudy.reporting.record import StudyRecord


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReportContent:
    """Everything a report shows.

    Parameters
    ----------
    record
        The frames, and what is read off them: names of markets, windows, the headline statistic.
    title, subtitle
        Plain text; an empty subtitle is left out.
    summary
        Sentences at the top.
    methods
        (name, definition, source) of what was used.
    provenance
        Versions, hashes, seed; may be nested.
    caveats
        What a reader must know before quoting a number.
    findings
        Shown as the headline findings, with their strength; may be empty.
    """

    record: StudyRecord
    title: str
    subtitle: str
    summary: Sequence[str]
    methods: Sequence[tuple[str, str, str]]
    provenance: Mapping[str, Any]
    caveats: Sequence[str]
    findings: Sequence[Finding] = ()
