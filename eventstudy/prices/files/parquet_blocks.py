"""Parquet files read some securities at a time: columns of a wide file, rows of a long one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from eventstudy.exceptions import SchemaError, SourceError, SpecificationError
from eventstudy.io.files import sha256_of
from eventstudy.prices.blocks import PriceBlocks
from eventstudy.prices.files.cells import no_pyarrow, parquet_cells, unreadable_parquet
from eventstudy.prices.files.dialects.catalogue import GENERIC, dialects, get_dialect, recognised
from eventstudy.prices.files.dialects.choices import ReadingChoices
from eventstudy.prices.files.dialects.opening import Opened
from eventstudy.prices.files.dialects.roles import roles_of
from eventstudy.prices.files.reading import date_bound, panel_of_cells

if TYPE_CHECKING:
    import datetime as dt
    import os
    from collections.abc import Mapping

    from eventstudy._typing import CloseField, Content, EmptyCells, ReturnKind
    from eventstudy.prices.files.cells import Cells
    from eventstudy.prices.files.dialects.catalogue import Dialect
    from eventstudy.prices.panel import PricePanel

_ENDINGS = (".parquet", ".pq")
_LOOKED_AT = 50
_UNNAMED_INDEX = "__index_level_"


def is_parquet(path: str | os.PathLike[str]) -> bool:
    """Whether a file is one of parquet, by the end of its name."""
    return Path(path).suffix.lower() in _ENDINGS


def parquet_blocks(
    path: str | os.PathLike[str],
    *,
    content: Content = "prices",
    kind: ReturnKind = "simple",
    calendar: str | None = None,
    columns: Mapping[str, str] | None = None,
    date_format: str | None = None,
    dialect: str | None = None,
    field: CloseField = "close",
    start: dt.date | str | None = None,
    end: dt.date | str | None = None,
    empty: EmptyCells = "missing",
) -> PriceBlocks:
    """Return the prices of a parquet file, to be read some securities at a time.

    For studies of more prices than memory holds: `EventStudy.stream` takes them in place of a
    panel. Of a wide file single columns are read; of a long one the rows of some securities, for
    which each time the whole file is gone through, save for groups of rows that hold none of them.

    Parameters
    ----------
    path
        Wide (dates and a column a security) or long (``date, security, close``).
    content, kind, calendar, columns, date_format, dialect, field, start, end, empty
        As for `eventstudy.read_prices`.

    Raises
    ------
    SourceError
        The file cannot be read, or pyarrow is not there.
    SchemaError
        It has no columns of prices.
    SpecificationError
        It holds the bars of one security, or columns of a wide file are renamed.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "prices.parquet"
    >>> days = pd.to_datetime(["2025-05-01", "2025-05-02"])
    >>> frame = pd.DataFrame({"AAA": [10.0, 11.0], "BBB": [5.0, 5.1]}, index=days)
    >>> frame.rename_axis("date").to_parquet(path)
    >>> blocks = parquet_blocks(path)
    >>> blocks.read(["BBB"])
    PricePanel prices.parquet: prices of 1 columns, 2025-05-01 to 2025-05-02
    """
    choices = ReadingChoices(
        columns=columns or {}, date_format=date_format, dialect=dialect, field=field,
        start=date_bound(start, "start"), end=date_bound(end, "end"), empty=empty,
    )  # fmt: skip
    reader = _ParquetReader.of(Path(path), content, kind, calendar, choices)
    names, n_rows = reader.names()
    return PriceBlocks.of_names(
        tuple(names), reader, n_rows=n_rows, content=content, kind=kind,
        name=reader.path.name, sha256=reader.sha256, calendar=calendar,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _ParquetReader:
    """What reads some securities of a parquet file.

    Attributes
    ----------
    state : of the file when its hash was taken, which it must still have at every later read
    is_index : whether the dates of a wide file are the index of the frame it was written from
    security : column that names the securities of a long file; None of a wide one
    titles : of a wide file, by security the column
    raw : of a long file, by security its cell
    """

    path: Path
    state: tuple[int, ...]
    sha256: str
    content: Content
    kind: ReturnKind
    calendar: str | None
    choices: ReadingChoices
    dialect: Dialect
    date: str
    is_index: bool
    security: str | None
    titles: Mapping[str, str]
    raw: dict[str, list[Any]]

    @classmethod
    def of(
        cls,
        path: Path,
        content: Content,
        kind: ReturnKind,
        calendar: str | None,
        choices: ReadingChoices,
    ) -> _ParquetReader:
        state = _state(path)
        sha256 = sha256_of(path)
        looked_at, stored = _first_rows(path)
        titles = [str(title) for title in looked_at.columns]
        named = None if choices.dialect is None else get_dialect(choices.dialect)
        dialect = named or recognised([titles]) or dialects()[GENERIC]
        roles = roles_of(looked_at, dialect, choices.columns, content, path.name)
        by_lower = {title.strip().lower(): title for title in reversed(titles)}
        if roles is None:  # read as it stands, or refused there
            date, security = titles[0], by_lower.get("security")
            columns: Mapping[str, str] = {title.strip(): title for title in titles[1:]}
        else:
            date, columns = roles.date, roles.columns
            security = columns["security"] if roles.layout == "long" else None
        if roles is not None and roles.layout == "bars":
            raise SpecificationError(
                f"{path.name} holds the bars of one security, so there is nothing to read by "
                "blocks; read it whole",
                key="prices.file",
            )
        if security is None and set(choices.columns) - {"date"}:
            raise SpecificationError(
                f"{path.name} has a column a security and prices.columns renames some, which is "
                "not done by blocks; rename them in the file, or read it whole",
                key="prices.columns",
            )
        return cls(
            path=path, state=state, sha256=sha256, content=content, kind=kind, calendar=calendar,
            choices=choices, dialect=dialect, date=date, is_index=date not in stored,
            security=security, titles=columns, raw={},
        )  # fmt: skip

    def names(self) -> tuple[list[str], int]:
        """Return every security, in the order of the file, and the rows of the longest."""
        import pyarrow.parquet

        file = pyarrow.parquet.ParquetFile(self.path)
        if self.security is None:
            return list(self.titles), int(file.metadata.num_rows)
        rows: dict[Any, int] = {}
        for batch in file.iter_batches(columns=self._dated_columns(file.schema_arrow)):
            counted = _within(batch, self.choices).column(self.security).value_counts()
            for cell, number in zip(*(part.to_pylist() for part in counted.flatten()), strict=True):
                rows[cell] = rows.get(cell, 0) + number
        if None in rows:
            raise SchemaError(["the security is empty in some rows"], file=self.path.name)
        if not rows:
            start, end = (bound or "any date" for bound in (self.choices.start, self.choices.end))
            raise SchemaError([f"no rows from {start} to {end}"], file=self.path.name)
        for cell in rows:
            self.raw.setdefault(str(cell).strip(), []).append(cell)
        return list(self.raw), max(rows.values(), default=0)

    def _dated_columns(self, schema: Any) -> list[str]:  # noqa: ANN401 - of pyarrow
        """Return the securities, with the dates where those outside a span are left out."""
        import pyarrow as pa

        named = [str(self.security)]
        if (self.choices.start, self.choices.end) == (None, None) or self.date not in schema.names:
            return named
        kind = schema.field(self.date).type
        is_date = pa.types.is_date(kind) or (pa.types.is_timestamp(kind) and kind.tz is None)
        return [*named, self.date] if is_date else named

    def __call__(self, names: tuple[str, ...]) -> PricePanel:
        """Read some of them."""
        if self.security is None:
            columns = [self.titles[name] for name in names]
            if not self.is_index:  # which comes along without being asked for
                columns = [self.date, *columns]
            read = parquet_cells(self.path, self.path, self.sha256, columns=columns)
            read = _dated_first(read, self.date)
        else:
            cells = [cell for name in names for cell in self.raw[name]]
            own = [(self.security, "in", cells)]
            read = parquet_cells(self.path, self.path, self.sha256, filters=own)
        if _state(self.path) != self.state:
            raise SourceError(
                "was changed by somebody while it was read; start again", file=str(self.path)
            )
        return panel_of_cells(
            Opened(read, self.dialect), self.content, self.kind, self.calendar, self.choices
        )


def _state(path: Path) -> tuple[int, ...]:
    """Return what tells whether a file is the one it was."""
    try:
        found = path.stat()
    except OSError:  # whoever reads it says so
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns


def _within(batch: Any, choices: ReadingChoices) -> Any:  # noqa: ANN401 - of pyarrow
    """Return the rows of a batch of securities, and dates if it has any, that lie in a span."""
    if batch.num_columns == 1:
        return batch
    import pyarrow as pa
    import pyarrow.compute as pc

    dates = batch.column(1)
    if not pa.types.is_date(dates.type):
        dates = pc.floor_temporal(dates, unit="day")
    dates = pc.cast(dates, pa.date32())
    inside = pc.is_valid(dates)
    if choices.start is not None:
        inside = pc.and_(inside, pc.greater_equal(dates, pa.scalar(choices.start, pa.date32())))
    if choices.end is not None:
        inside = pc.and_(inside, pc.less_equal(dates, pa.scalar(choices.end, pa.date32())))
    return batch.filter(inside)


def _first_rows(path: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return every column with a few rows, NaN in all but the first ones, and which are stored."""
    try:
        import pyarrow.parquet
    except ImportError:
        raise no_pyarrow(path) from None
    try:
        file = pyarrow.parquet.ParquetFile(path)
        stored = tuple(file.schema_arrow.names)
        titles = list(_as_frame(file.schema_arrow.empty_table()).columns)
        looked_at = [name for name in stored if name in titles[:_LOOKED_AT]]
        looked_at += [name for name in stored if name.startswith(_UNNAMED_INDEX)]
        batch = next(file.iter_batches(batch_size=_LOOKED_AT, columns=looked_at), None)
    except Exception as error:  # noqa: BLE001 - of a damaged file pyarrow may say anything
        raise unreadable_parquet(path, error) from None
    if batch is None:
        raise SchemaError([f"{path.name} has no rows"], file=path.name)
    return _as_frame(pyarrow.Table.from_batches([batch])).reindex(columns=titles), stored


def _as_frame(table: Any) -> pd.DataFrame:  # noqa: ANN401 - of pyarrow
    frame: pd.DataFrame = table.to_pandas()
    if not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index()
    return frame.set_axis([str(title) for title in frame.columns], axis="columns")


def _dated_first(cells: Cells, date: str) -> Cells:
    titles = list(cells.frame.columns)
    return cells._replace(frame=cells.frame[[date, *(t for t in titles if t != date)]])
