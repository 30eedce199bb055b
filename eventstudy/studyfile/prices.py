"""Where the prices of a study come from: one frozen value for each ``prices.source``.

A study file's table ``[prices]`` becomes a `PriceSource` by `price_source`; `PriceSource.load`
reads the panel a `PriceRequest` needs; `PriceSource.to_dict` writes the table again.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from eventstudy.exceptions import EventStudyWarning, SpecificationError
from eventstudy.markets.market import OWN_CALENDARS, calendar_problem
from eventstudy.studyfile.allowances import DATA_ALONE, Allowances
from eventstudy.studyfile.fixing_choices import Cfets, Fixings, Frankfurter, Fred, Twse
from eventstudy.studyfile.price_choices import Bundled, Database, Files, Yahoo
from eventstudy.studyfile.price_source import SOURCES, PriceRequest, PriceSource, written_path
from eventstudy.studyfile.python_prices import PythonFunction

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = [
    "OWN_CALENDARS",
    "SOURCES",
    "Bundled",
    "Cfets",
    "Database",
    "Files",
    "Fixings",
    "Frankfurter",
    "Fred",
    "PriceRequest",
    "PriceSource",
    "PythonFunction",
    "Twse",
    "Yahoo",
    "chosen_source",
    "price_source",
    "written_path",
]

_COMMON = ("source", "kind", "content")


def chosen_source(table: Mapping[str, Any]) -> str:
    """Return the name of the source a table ``[prices]`` chooses."""
    return str(table.get("source", "files" if "file" in table else "bundled"))


def price_source(
    table: Mapping[str, Any], name: str, folder: Path, allowed: Allowances = DATA_ALONE
) -> tuple[PriceSource, str | None]:
    """Return the source a table ``[prices]`` describes, and the calendar of its columns.

    Parameters
    ----------
    table
        Its keys, of the right types.
    name
        What warnings call the study.
    folder
        Where relative paths start.
    allowed
        What the table may name beyond data.

    Raises
    ------
    SpecificationError
        Code or a server that is not allowed, a key of another source, a contradiction.
    """
    if table.get("calendar", OWN_CALENDARS) != OWN_CALENDARS:
        problem = calendar_problem(table["calendar"])
        if problem is not None:
            raise problem.under("prices.calendar")
    entry = SOURCES[chosen_source(table)]
    chosen, keys = entry.value, entry.value.own_keys()
    if "content" not in keys and table.get("content", "prices") != "prices":
        phrases: dict[type[PriceSource], str] = {
            Bundled: "the bundled closes",
            Yahoo: "what Yahoo has",
        }
        closes = phrases.get(chosen, f'what source "{entry.name}" has')
        raise SpecificationError(
            f'prices.content is "returns", but {closes} are prices; '
            'name your own with source = "files" and file', key="prices.content"
        )  # fmt: skip
    allowed.check_code(chosen, entry.name)
    unused = [key for key in table if key not in (*_COMMON, *keys)]
    if chosen is Bundled and unused and set(unused) <= {"file", "calendar"}:
        # The template of a study file names both whatever the source: only a warning.
        warnings.warn(
            f"{name}: {' and '.join(f'prices.{key}' for key in unused)} not used, as prices.source "
            'is "bundled"; write source = "files" for a file of your own',
            EventStudyWarning,
            stacklevel=2,
        )
    elif unused:
        owners = [other.name for other in SOURCES if unused[0] in other.value.own_keys()]
        raise SpecificationError(
            f'prices.{unused[0]} is not a key of source "{entry.name}"; it belongs to '
            f"{', '.join(owners)}",
            key=f"prices.{unused[0]}",
        )
    calendar = table.get("calendar", OWN_CALENDARS) if "calendar" in keys else None
    source = chosen.parse(table, folder)
    allowed.check_source(source)
    return source, None if calendar == OWN_CALENDARS else calendar
