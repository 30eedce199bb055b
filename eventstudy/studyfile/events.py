"""The events of a study file: where they are read, and which keys say what their file does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from eventstudy.exceptions import SchemaError, SourceError, SpecificationError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from eventstudy.events.table import Events

EVENT_COLUMNS: Final = ("id", "time", "tz", "date_format")
"""Keys of the table ``[events]`` that are arguments of `read_events` of the same name."""


def study_events(
    file: Path | None,
    name: str,
    *,
    sheet: str | None,
    encoding: str | None,
    columns: Mapping[str, str],
) -> Events:
    """Return the events of a study file, the bundled ones where it names none.

    Parameters
    ----------
    file
        As the study file names it.
    name
        Of the study file, for errors.
    sheet, encoding
        Of the events file.
    columns
        Values of the keys `EVENT_COLUMNS`, of those that are given.
    """
    from eventstudy.datasets.bundled import load_events
    from eventstudy.events.reading import read_events

    if file is None:
        return load_events()
    try:
        return read_events(file, sheet=sheet, encoding=encoding, **columns)
    except SourceError as error:
        raise error.under("events.file").under(file=name) from error
    except SchemaError as error:
        raise error if error.key == "" else error.at(key=f"events.{error.key}") from error
    except SpecificationError as error:
        raise _of_key(error).under(file=name) from error


def _of_key(error: SpecificationError) -> SpecificationError:
    """Return an error about an argument of `read_events` as one about the key of its name."""
    if error.key not in EVENT_COLUMNS:
        return error
    key = f"events.{error.key}"
    return error.reworded(f"{key}: {str(error).removeprefix(f'{error.key}: ')}", key=key)
