"""What every column of a folder of results holds, its type and its unit."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from eventstudy.io.databases import Described
from eventstudy.io.packaged import packaged_tables
from eventstudy.io.spreadsheets import guarded
from eventstudy.text import is_missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import pandas as pd

PACKAGE_FILE = "datapackage.json"
"""Name of the description of a folder, as Frictionless tools look for it."""

_PROFILE = "tabular-data-resource"
# A number with zeros before it, such as 007, is a name.
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?", re.IGNORECASE)
_OF_FILES = frozenset({"held", "needed", "key", "counts", "prefixes", "others"})
"""What is said of a file and is none of its columns."""
_DATE = re.compile(r"\d{4}-\d\d-\d\d( 00:00:00)?")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file of results.

    Attributes
    ----------
    name : of the column
    type : string, integer, number, boolean, date or datetime, as Frictionless tables have them;
        empty where the cells of the column decide
    unit : such as decimal return, sessions, UTC; empty where it has none
    held : what it holds, in a phrase; empty where nobody has said so
    """

    name: str
    type: str
    unit: str
    held: str


@cache
def _tables() -> dict[str, Any]:
    return packaged_tables("eventstudy.reporting", "columns.toml")


def held(file: str) -> str:
    """Return what stands in a file, by its name without ending; empty of an unknown one.

    Examples
    --------
    >>> held("dropped")
    'pairs that were not studied, and why'
    """
    return str(_tables()["files"].get(file, {}).get("held", ""))


def needed(file: str) -> tuple[str, ...]:
    """Return the columns without which a file is not read again, by its name without ending.

    Examples
    --------
    >>> needed("dropped")
    ('event_id', 'security', 'stage', 'reason')
    """
    return tuple(str(_tables()["files"].get(file, {}).get("needed", "")).split())


def key_of(file: str) -> list[str]:
    """Return the columns that tell the rows of a file apart; none where nothing is said of it.

    Examples
    --------
    >>> key_of("caar")
    ['group', 'tau']
    """
    return str(_tables()["files"].get(file, {}).get("key", "")).split()


def filled_of(file: str) -> list[str]:
    """Return the whole numbers of a file that no row lacks: those of its key, and its counts.

    Examples
    --------
    >>> filled_of("ranges")
    ['n_dates', 'n_events', 'n_mixed', 'n_up', 'n_down']
    """
    return [*key_of(file), *str(_tables()["files"].get(file, {}).get("counts", "")).split()]


def described_files() -> tuple[str, ...]:
    """Return the names, without ending, of the files whose columns are described."""
    return tuple(_tables()["files"])


def describe(file: str, names: Iterable[str]) -> list[Column]:
    """Return what the columns of a file are, in the order of `names`.

    Parameters
    ----------
    file
        Its name without ending, such as ``"statistics"``.

    Examples
    --------
    >>> describe("car", ["tau", "bhar"])[0].unit
    'sessions'
    """
    tables = _tables()
    own = tables["files"].get(file, {})
    # A column of the user's naming is not what our columns of that name are.
    further = {} if "others" in own else tables["columns"]
    columns = []
    for name in names:
        found = {} if name in _OF_FILES else own.get(name, {})
        found = found or further.get(name) or _of_prefix(own, name) or own.get("others", {})
        kind, unit, what = (str(found.get(part, "")) for part in ("type", "unit", "held"))
        columns.append(Column(name, kind, unit, what))
    return columns


def all_columns() -> list[tuple[str, Column]]:
    """Return every column that is described, with its file; "" where that is any file.

    Examples
    --------
    >>> [column.unit for _, column in all_columns() if column.name == "bhar"]
    ['decimal return']
    """
    tables = _tables()
    places = [("", tables["columns"]), *tables["files"].items()]
    return [
        (file, Column(name, *(str(said.get(part, "")) for part in ("type", "unit", "held"))))
        for file, columns in places
        for name, said in columns.items()
        if name not in _OF_FILES
    ]


def _of_prefix(own: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return what is said of the columns of a file whose names begin as this one does."""
    prefixes: Mapping[str, Any] = own.get("prefixes", {})
    return next((said for start, said in prefixes.items() if name.startswith(start)), {})


def data_package(name: str, frames: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Return the description of a folder of csv files, as a Frictionless data package.

    Parameters
    ----------
    name
        Title of the folder.
    frames
        What was written, by the name of its file without ending.
    """
    return {
        "profile": "tabular-data-package",
        "name": "eventstudy-results",
        "title": name,
        "resources": [_resource(file, frame) for file, frame in frames.items()],
    }


def described_tables(frames: Mapping[str, pd.DataFrame]) -> dict[str, Described]:
    """Return frames with what they hold, as `eventstudy.io.databases` writes them."""
    tables = {}
    for file, frame in frames.items():
        columns = _columns_of(file, frame)
        texts = {
            at: [_as_text(value) for value in frame.iloc[:, at]]
            for at, column in enumerate(columns)
            if column.type == "string"
        }
        tables[file] = Described(
            frame=_with_texts(frame, texts),
            held=held(file),
            columns=[(c.name, c.type, c.held) for c in columns],
        )
    return tables


def _with_texts(frame: pd.DataFrame, texts: Mapping[int, list[str | None]]) -> pd.DataFrame:
    """Return a frame with these columns, by position, in place of its own."""
    import pandas as pd

    cells = {
        at: pd.Series(texts[at], dtype=object, index=frame.index)
        if at in texts
        else frame.iloc[:, at]
        for at in range(len(frame.columns))
    }
    return pd.DataFrame(cells, index=frame.index)


def _as_text(value: object) -> str | None:
    """Return a cell as its csv file has it; names in a list stand with semicolons."""
    if isinstance(value, tuple | list):
        return ";".join(map(str, value)) or None
    return None if is_missing(value) or value == "" else str(value)


def write_package(folder: Path, title: str, frames: Mapping[str, pd.DataFrame]) -> None:
    """Write the description of a folder beside the csv files of these frames."""
    text = json.dumps(data_package(title, frames), indent=2, ensure_ascii=False)
    (folder / PACKAGE_FILE).write_text(text + "\n", encoding="utf-8")


def _resource(file: str, frame: pd.DataFrame) -> dict[str, Any]:
    """Return the description of one csv file; a column of the user's own has the type it shows."""
    fields = [
        {"name": guarded(column.name), "type": column.type}
        | ({"unit": column.unit} if column.unit else {})
        | ({"description": column.held} if column.held else {})
        for column in _columns_of(file, frame)
    ]
    return {
        "name": file.replace("_", "-"),
        "path": f"{file}.csv",
        "profile": _PROFILE,
        "description": held(file),
        "encoding": "utf-8",
        "format": "csv",
        "mediatype": "text/csv",
        "schema": {"fields": fields, "missingValues": [""]},
    }


def _columns_of(file: str, frame: pd.DataFrame) -> list[Column]:
    """Return what the columns of a frame are; one whose type nobody said has the one it shows."""
    return [
        column if column.type else replace(column, type=_shown_type(frame.iloc[:, at]))
        for at, column in enumerate(describe(file, map(str, frame.columns)))
    ]


def _shown_type(values: pd.Series) -> str:
    """Return the type that the cells of a user's column have as texts, as a csv file holds them."""
    texts = {text for value in values if (text := _as_text(value)) is not None}
    if texts and texts <= {"True", "False"}:
        return "boolean"
    for kind, form in (("number", _NUMBER), ("date", _DATE)):
        if texts and all(map(form.fullmatch, texts)):
            return kind
    return "string"


def columns_page() -> str:
    """Return the page of the documentation that says what every column is, in Markdown."""
    tables = _tables()
    lines = [
        "# Every file of results, column by column",
        "",
        "A folder of results holds `manifest.json`, and `datapackage.json`, which says what",
        "follows of the files that are in it, for tools that read",
        "[Frictionless](https://specs.frictionlessdata.io) packages.",
        "Returns are decimal: 0.01 is one percent. An empty cell is a missing value. A text",
        "that a spreadsheet would run as a formula, such as a category `=1+1`, has an apostrophe",
        "before it, which `load_results` takes away again.",
        "`results.to_duckdb(path)` and `results.to_parquet(folder)` write the same tables with",
        "these types.",
        "",
        "## Columns that mean the same wherever they stand",
        "",
        *_rows_of(tables["columns"]),
    ]
    for file, said in tables["files"].items():
        own = {name: of for name, of in said.items() if name not in _OF_FILES}
        own |= {f"{start}...": of for start, of in said.get("prefixes", {}).items()}
        own |= {"any other": said["others"]} if "others" in said else {}
        lines += ["", f"## {file}.csv", "", f"{said['held'][0].upper()}{said['held'][1:]}."]
        lines += ["", *_rows_of(own)] if own else []
    return "\n".join(lines) + "\n"


def _rows_of(columns: Mapping[str, Mapping[str, str]]) -> list[str]:
    rows = []
    for name, of in columns.items():
        shown = name if " " in name else f"`{name}`"
        kind = of.get("type", "as its cells show")
        rows.append(f"| {shown} | {kind} | {of.get('unit', '')} | {of['held']} |")
    return ["| column | type | unit | what it holds |", "|---|---|---|---|", *rows]
