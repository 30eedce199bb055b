"""Values of single pairs on disk, where a test needs all of them and memory is not to grow."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.sums import Values

if TYPE_CHECKING:
    from collections.abc import Hashable
    from pathlib import Path
    from types import TracebackType
    from typing import Self

_BYTES = 8


class ValueFile:
    """Values by key, one a pair, added block by block and read back one key at a time.

    Parameters
    ----------
    folder
        Where the file lies, which has no name and is gone when it is closed.
    """

    __slots__ = ("_end", "_file", "_places")

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed with this
        self._end = 0
        self._places: dict[Hashable, list[tuple[int, tuple[int, ...]]]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def __contains__(self, key: Hashable) -> bool:
        return key in self._places

    def add(self, key: Hashable, values: Values) -> None:
        """Write values behind those known of the key."""
        for part in values.parts:
            self._file.write(np.ascontiguousarray(part, dtype=np.float64).data)
            self._places.setdefault(key, []).append((self._end, part.shape))
            self._end += _BYTES * part.size

    def values(self, key: Hashable) -> Values:
        """Return all values of a key, in the order they came."""
        parts = []
        for place, shape in self._places[key]:
            self._file.seek(place)
            read = self._file.read(_BYTES * int(np.prod(shape)))
            parts.append(np.frombuffer(read, dtype=np.float64).reshape(shape))
        self._file.seek(self._end)
        return Values(parts=tuple(parts))
