"""The header of an events table: names in another case, columns missing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from eventstudy.registry import suggest

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

_SIGNS: Final = re.compile(r"[\s_.-]+")
_LIKE_A_DATE: Final = re.compile(r"(?<!up)date|time|day|publish|when|datum", re.IGNORECASE)


def with_names_in_lower_case(text: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return a table whose columns Event_ID, Date, Published_At have their own names, and why.

    Only a name that the table lacks; a date is not looked for beside published_at.
    """
    columns = [str(column) for column in text.columns]
    renamed: dict[str, str] = {}
    for wanted in ("event_id", "published_at", "date"):
        if wanted in columns or (wanted == "date" and "published_at" in renamed.values()):
            continue
        found = [column for column in columns if column.strip().lower() == wanted]
        if len(found) == 1 and not (wanted == "date" and "published_at" in columns):
            renamed[found[0]] = wanted
    said = [f"column {old!r} read as {new}" for old, new in renamed.items()]
    return (text.rename(columns=renamed) if renamed else text), said


def date_columns(columns: Sequence[str]) -> list[str]:
    """Return the columns that are called like dates or times."""
    return [column for column in columns if _LIKE_A_DATE.search(column)]


def _like_an_id(columns: Sequence[str]) -> str | None:
    """Return the column that was probably meant to be event_id: one called id, or nearly so."""
    plain = (column for column in columns if column.strip().lower() == "id")
    return suggest("event_id", columns) or next(plain, None)


def own_id_column(columns: Sequence[str]) -> str | None:
    """Return the column that holds names of events under a title such as id or Event ID."""
    return next((one for one in columns if _SIGNS.sub("", one).lower() in ("id", "eventid")), None)


def id_hint(columns: Sequence[str]) -> str:
    """Return ``(is 'evnt_id' meant?)`` where a column was probably meant to be event_id."""
    near = _like_an_id([name for name in columns if name not in date_columns(columns)])
    return f" (is {near!r} meant?)" if near is not None else ""


def missing_columns(text: pd.DataFrame, own: Sequence[str]) -> str:
    """Return one sentence that names all columns missing; empty where none is.

    `own` are the columns that no events file has of itself.
    """
    columns = [str(column) for column in text.columns]
    dated = date_columns(own)
    lacks_id = "event_id" not in columns
    lacks_date = "published_at" not in columns and "date" not in columns
    lacking = ["no column event_id"] * lacks_id
    lacking += ["neither a column published_at nor date"] * lacks_date
    hints = []
    if lacks_id and (named := _like_an_id([name for name in own if name not in dated])):
        hints.append(f"is {named!r} meant to be event_id?")
    if lacks_date and dated:
        near = suggest("published_at", own) or suggest("date", dated) or dated[0]
        is_time = near == suggest("published_at", own) or "time" in near.lower()
        hints.append(f"is {near!r} meant to be {'published_at' if is_time else 'date'}?")
    return "; ".join(filter(None, (" and ".join(lacking), " ".join(hints))))
