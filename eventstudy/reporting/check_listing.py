"""Findings of the price checks as text: those of one kind in one line, worst first."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pandas as pd

from eventstudy.text import Record, counted, is_missing, records

if TYPE_CHECKING:
    from collections.abc import Sequence

SEVERITIES = ("error", "warning", "info")
_NOUNS = {"error": "error", "warning": "warning", "info": "note"}
_COLUMNS = ["security", "check", "severity", "count", "first", "last", "detail"]


def group_checks(checks: pd.DataFrame) -> pd.DataFrame:
    """Return findings of one kind at one security as one row, worst first.

    Parameters
    ----------
    checks
        security, date, check, severity, detail, a finding a row.

    Returns
    -------
    DataFrame
        security, check, severity, count, first, last (dates, NaT where none), detail: that of the
        first finding. Severities unknown here come last.
    """
    if checks.empty:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in _COLUMNS})
    rank = {severity: position for position, severity in enumerate(SEVERITIES)}
    frame = checks.assign(
        place=checks["severity"].map(lambda severity: rank.get(severity, len(rank)))
    )
    keys = ["place", "severity", "security", "check"]
    dates = pd.to_datetime(frame["date"])
    rows = frame.assign(when=dates).groupby(keys, sort=False, dropna=False)
    table = rows.agg(
        count=("detail", "size"), first=("when", "min"), last=("when", "max"),
        detail=("detail", "first"),
    ).reset_index()  # fmt: skip
    return table.sort_values("place", kind="stable")[_COLUMNS].reset_index(drop=True)


def counts_of(severities: Sequence[str]) -> str:
    """Return ``1 error, 2 warnings``; ``nothing found`` of none.

    Examples
    --------
    >>> counts_of(["warning", "error", "warning", "info"])
    '1 error, 2 warnings, 1 note'
    """
    parts = []
    for severity in SEVERITIES:
        count = sum(other == severity for other in severities)
        if count:
            parts.append(counted(count, _NOUNS[severity]))
    return ", ".join(parts) or "nothing found"


def error_sentences(checks: pd.DataFrame) -> list[str]:
    """Return a sentence for each column and kind of error found: where, when, what to do.

    Examples
    --------
    >>> checks = pd.DataFrame(
    ...     {"security": ["NVDA"], "date": [pd.Timestamp("2024-06-10")], "check": ["unit_break"],
    ...      "severity": ["error"], "detail": ["the level falls by a factor of about 10"]}
    ... )
    >>> error_sentences(checks)
    ['NVDA 2024-06-10: the level falls by a factor of about 10 (unit_break)']
    """
    grouped = group_checks(checks)
    sentences = []
    for row in records(grouped[grouped["severity"] == "error"]):
        where, detail = row.security or "prices", row.detail
        if row.count == 1:
            day = "" if is_missing(row.first) else f" {row.first:%Y-%m-%d}"
            sentences.append(f"{where}{day}: {detail} ({row.check})")
        else:
            found = when_of(row.count, row.first, row.last)
            sentences.append(f"{where}: {detail} (first of {found}; {row.check})")
    return sentences


def stop_light(errors: Sequence[str]) -> str:
    """Return the line that heads results whose data checks found `errors`."""
    number = counted(len(errors), "error")
    return f"STOP: the data checks found {number}; quote no number before it is settled:"


def when_of(count: int, first: object, last: object) -> str:
    """Return the date of one finding, of several how many they are and between which dates."""
    days = [None if pd.isna(day) else f"{day:%Y-%m-%d}" for day in (first, last)]  # type: ignore[call-overload]
    if count == 1:
        return days[0] or "all of it"
    if days[0] is None:
        return f"{count:,} findings"
    span = days[0] if days[0] == days[1] else f"{days[0]} to {days[1]}"
    return f"{count:,} findings, {span}"


def list_checks(checks: pd.DataFrame, *, everything: bool = False, width: int = 80) -> str:
    """Return findings as text, by security, each security's worst first.

    Parameters
    ----------
    checks
        A finding a row.
    everything
        Every finding by itself, instead of the first of each kind.
    width
        Columns of the text.
    """
    found: dict[tuple[object, object, object], list[Record]] = {}
    for finding in records(checks):
        found.setdefault((finding.security, finding.check, finding.severity), []).append(finding)
    kinds_of: dict[str, list[Record]] = {}
    for kind in records(group_checks(checks)):
        kinds_of.setdefault(kind.security, []).append(kind)
    lines: list[str] = []
    for security, kinds in kinds_of.items():
        severities = [str(kind.severity) for kind in kinds for _ in range(int(kind.count))]
        lines += ["", f"{security or 'the whole file'}: {counts_of(severities)}"]
        for kind in kinds:
            count = int(kind.count)
            if everything or count == 1:
                for each in found[kind.security, kind.check, kind.severity]:
                    lines += _entry(kind, when_of(1, each.date, each.date), str(each.detail), width)
            else:
                when = when_of(count, kind.first, kind.last)
                lines += _entry(kind, when, f"first: {kind.detail}", width)
    return "\n".join(lines).lstrip("\n")


def _entry(row: object, when: str, detail: str, width: int) -> list[str]:
    """Return the lines of one finding: what it is, and below it the detail, wrapped."""
    severity, check = getattr(row, "severity", ""), getattr(row, "check", "")
    head = f"  {severity:<8} {check}, {when}"
    body = textwrap.wrap(
        detail,
        width=max(width, 40),
        initial_indent=" " * 11,
        subsequent_indent=" " * 11,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [head, *body]
