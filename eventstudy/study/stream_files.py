"""Files that grow block by block: parquet, a row group a block, and CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventstudy.exceptions import SourceError
from eventstudy.io.spreadsheets import each_text, guarded

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    import pandas as pd


class GrowingFrames:
    """Frames in a folder, each written as far as it is known.

    Parameters
    ----------
    folder
        Where they are written: ``NAME.parquet`` and ``NAME.csv``.

    Raises
    ------
    SourceError
        pyarrow is not there.
    """

    def __init__(self, folder: Path) -> None:
        try:
            import pyarrow.parquet
        except ImportError:
            raise SourceError(
                'streamed results are parquet, which needs pyarrow; pip install "market-reaction'
                '[parquet]"',
                file=str(folder),
            ) from None
        self._folder = folder
        self._writer = pyarrow.parquet.ParquetWriter
        self._table = pyarrow.Table
        self._open: dict[str, Any] = {}
        self._begun: set[str] = set()

    def add(self, name: str, frame: pd.DataFrame) -> None:
        """Append a frame to ``NAME.parquet`` as a row group of its own."""
        known = self._open.get(name)
        schema = None if known is None else known.schema
        table = self._table.from_pandas(frame, schema=schema, preserve_index=False)
        if known is None:
            path = self._folder / f"{name}.parquet"
            # Names repeat; numbers do not, and a dictionary of them is work for nothing. So is to
            # compress those of single pairs; what pairs share, as factors, becomes a tenth.
            kinds = {str(column): frame[column].dtype.kind for column in frame}
            texts = [column for column, kind in kinds.items() if kind not in "fiuM"]
            own = [name for name, kind in kinds.items() if kind == "f" and "factor" not in name]
            compression = {name: "none" if name in own else "snappy" for name in kinds}
            known = self._writer(path, table.schema, use_dictionary=texts, compression=compression)
            self._open[name] = known
        known.write_table(table, row_group_size=max(len(frame), 1))

    def add_rows(self, name: str, frame: pd.DataFrame) -> None:
        """Append a frame to ``NAME.csv``."""
        each_text(frame, guarded).to_csv(
            self._folder / f"{name}.csv",
            mode="a",
            header=name not in self._begun,
            index=False,
            lineterminator="\n",
            encoding="utf-8",
        )
        self._begun.add(name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Finish every file."""
        for writer in self._open.values():
            writer.close()
