"""Values of single pairs on disk, where a test needs all of them and memory is not to grow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

import numpy as np

from eventstudy._typing import FloatArray
from eventstudy.inference.sums import Values
from eventstudy.io.unnamed_file import UnnamedFile

if TYPE_CHECKING:
    from collections.abc import Hashable
    from pathlib import Path

_BYTES = 8


class ValueFile(UnnamedFile):
    """Values by key, one a pair, added block by block and read back one key at a time.

    Parameters
    ----------
    folder
        Where the file lies, which has no name and is gone when it is closed.
    """

    __slots__ = ("_end", "_places")

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._end = 0
        self._places: dict[Hashable, list[tuple[int, tuple[int, ...]]]] = {}

    def __contains__(self, key: Hashable) -> bool:
        return key in self._places

    def add(self, key: Hashable, values: Values) -> None:
        """Write values behind those known of the key."""
        for part in values.parts:
            self._file.write(np.ascontiguousarray(part, dtype=np.float64).data)
            self._places.setdefault(key, []).append((self._end, part.shape))
            self._end += _BYTES * part.size

    def values(self, key: Hashable) -> Values:
        """Return all values of a key, in the order they came, each part read when it is used."""
        return Values(parts=_Parts(self, self._places[key]))

    def part(self, place: int, shape: tuple[int, ...]) -> FloatArray:
        """Return the values of a shape that lie at a place of the file."""
        self._file.seek(place)
        read = self._file.read(_BYTES * int(np.prod(shape)))
        self._file.seek(self._end)
        return np.frombuffer(read, dtype=np.float64).reshape(shape)


class _Parts(Sequence[FloatArray]):
    """Parts of the values of a key, read from a file each time they are asked for."""

    def __init__(self, file: ValueFile, places: list[tuple[int, tuple[int, ...]]]) -> None:
        self._file, self._places = file, places

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, at: int) -> FloatArray: ...

    @overload
    def __getitem__(self, at: slice) -> list[FloatArray]: ...

    def __getitem__(self, at: int | slice) -> FloatArray | list[FloatArray]:
        if isinstance(at, slice):
            return [self._file.part(*place) for place in self._places[at]]
        return self._file.part(*self._places[at])
