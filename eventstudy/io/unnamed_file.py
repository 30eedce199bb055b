"""Files without a name, for what memory is not to hold: gone when they are closed, or by a kill."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Any, Self


class UnnamedFile:
    """What lies in a file without a name.

    Parameters
    ----------
    folder
        On whose disk it lies.
    """

    __slots__ = ("_file", "_folder")

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = self._opened()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def _opened(self) -> Any:  # noqa: ANN401 - a file, as tempfile types it
        return tempfile.TemporaryFile(dir=self._folder)
