"""Events files as events: csv and xlsx, understood as frames of events are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from eventstudy.events.recognition import recognised
from eventstudy.events.table import Events, parsed_events
from eventstudy.exceptions import SchemaError, SourceError, SpecificationError
from eventstudy.io.files import read_table
from eventstudy.io.workbooks import WORKBOOKS, read_text_sheet
from eventstudy.log import logged

if TYPE_CHECKING:
    import os

UNREAD: Final = {
    ".xls": "this format of 1997 is not read; save it as xlsx or csv",
    ".ods": "OpenDocument sheets are not read; save it as xlsx or csv",
    ".parquet": "events are read from csv or xlsx; save it as one of them",
    ".json": "events are read from csv or xlsx; eventstudy events build makes them of news",
}
"""Endings of files that are no events, and what to do instead."""


@logged("read")
def read_events(
    path: str | os.PathLike[str],
    *,
    sheet: str | None = None,
    encoding: str | None = None,
    id: str | None = None,  # noqa: A002 - what a column of identifiers is called in the field
    time: str | None = None,
    tz: str | None = None,
    date_format: str | None = None,
) -> Events:
    """Read an events file: csv (comma, semicolon or tab) or xlsx.

    Parameters
    ----------
    path
        The end of its name tells the kind; anything but xlsx is read as csv.
    sheet
        Sheet of an xlsx file; its only or first one by default.
    encoding
        What a csv file is in, such as ``"cp949"``; by default told from its bytes.
    id, time, tz, date_format
        As for `Events.from_frame`, where the file does not show it.

    Raises
    ------
    SchemaError
        With every problem found, one line each.
    SourceError
        The file cannot be read.
    SpecificationError
        Something has two meanings, such as 03/04/2025; the message names the argument that
        settles it.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"event_id": ["A1"], "published_at": ["2025-05-02T09:00+08:00"]})
    >>> frame.to_csv("events.csv", index=False)
    >>> str(read_events("events.csv").frame["published_at"].iloc[0])
    '2025-05-02 01:00:00+00:00'
    """
    suffix = Path(path).suffix.lower()
    if suffix in WORKBOOKS:
        table = read_text_sheet(path, sheet, key="events.sheet")
    elif sheet is not None:
        raise SpecificationError(
            f"events.sheet is for xlsx files, and {Path(path).name} is none; leave it out",
            key="events.sheet",
        )
    elif suffix in UNREAD:
        raise SourceError(UNREAD[suffix], file=Path(path).name)
    else:
        table = read_table(path, encoding=encoding)
    name = table.path.name
    frame, said = recognised(
        table.frame,
        name=name,
        id=id,
        time=time,
        tz=tz,
        date_format=date_format,
        rows=table.rows,
    )
    return parsed_events(
        frame,
        table.rows,
        name,
        table.sha256,
        assumed=(*table.assumed, *said),
        delimiter=table.delimiter,
    )


def check_events(
    path: str | os.PathLike[str], *, sheet: str | None = None, encoding: str | None = None
) -> list[str]:
    """Return the problems of an events file, one line each; empty if it can be used.

    Raises
    ------
    SourceError
        The file cannot be read at all.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"event_id": ["A1", "A1"], "date": ["2025-05-02", "2025-05-06"]})
    >>> frame.to_csv("events.csv", index=False)
    >>> for problem in check_events("events.csv"):
    ...     print(problem)
    events.csv row 3: event_id 'A1' is also that of row 2; ids must be unique
    """
    try:
        read_events(path, sheet=sheet, encoding=encoding)
    except SchemaError as error:
        return list(error.problems)
    except SpecificationError as error:
        name = Path(path).name
        return [str(error) if error.file else f"{name}: {error}"]
    return []
