"""Events that news adds to a table behind its last one, in the table's own columns."""

from __future__ import annotations

from string import ascii_lowercase
from typing import TYPE_CHECKING, Final, NamedTuple

from eventstudy.text import is_missing, records

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventstudy.news.classification import EventBuild

UNSURE: Final = "unsure"
SURE: Final = 0.7
"""Confidence of a label from which an event is taken; each says its own in its notes."""

ADDED: Final = "added by data update"
"""How the notes of an added event begin."""

_LABELS: Final = ("category", "actor", "target", "direction", "expected_sign")
_CONFIDENCE_OF: Final = {"exact": "high", "minute_est": "high", "approx": "med", "session": "low"}


class Added(NamedTuple):
    """Events to be added, and how many were not.

    Attributes
    ----------
    rows : cells by column
    n_before : not later than the last event of the table
    n_known : with an address the table has
    n_unsure : whose label is unsure, or less sure than is taken
    """

    rows: list[dict[str, str]]
    n_before: int
    n_known: int
    n_unsure: int


def added_events(
    build: EventBuild, table: Sequence[Mapping[str, str]], columns: Sequence[str]
) -> Added:
    """Return the events of a build that go on with a table.

    Parameters
    ----------
    build
        Events made from news.
    table
        Rows of the table, text cells.
    columns
        Its columns; those that news cannot fill stay empty.
    """
    last = max((row["date"] for row in table), default="")
    taken = {row["event_id"] for row in table}
    addresses = {row.get("url", "") for row in table} - {""}
    rows: list[dict[str, str]] = []
    n_before = n_known = n_unsure = 0
    for event in records(build.events):
        day = (_text(event.date) or _text(event.published_at))[:10]
        if day <= last:
            n_before += 1
        elif _text(event.url) in addresses:
            n_known += 1
        elif event.category == UNSURE or float(event.confidence) < SURE:
            n_unsure += 1
        else:
            name = _free_name(day, taken)
            taken.add(name)
            precision = _text(event.precision) or "exact"
            time = _text(event.published_at)
            cells = {
                "event_id": name,
                "published_at": time,
                "date": day,
                "timezone": _text(event.timezone),
                "precision": precision,
                "headline": _text(event.headline),
                **{label: _text(getattr(event, label)) for label in _LABELS},
                "date_confidence": "high" if time else "med",
                "time_confidence": _CONFIDENCE_OF.get(precision, "low") if time else "low",
                "verified": "no",
                "source": _text(event.source),
                "url": _text(event.url),
                "notes": f"{ADDED}, labelled by rule ({event.rule}), confidence "
                f"{float(event.confidence):.2f}, nobody has looked at it",
                "period": day[:4],
            }
            rows.append({column: cells.get(column, "") for column in columns})
    return Added(rows, n_before, n_known, n_unsure)


def _free_name(day: str, taken: set[str]) -> str:
    stem = f"E{day.replace('-', '')}"
    names = (f"{stem}{first}{second}" for first in ("", *ascii_lowercase) for second in
             ascii_lowercase)  # fmt: skip
    return next(name for name in names if name not in taken)


def _text(cell: object) -> str:
    return "" if is_missing(cell) else " ".join(str(cell).split())
