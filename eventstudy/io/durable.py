"""What a kill or a power cut leaves whole: bytes that are on the disk, two paths exchanged at once.

The exchange is a call of the system: ``renameat2`` of Linux (man 2 rename), ``renamex_np`` of macOS
(man 2 renamex_np). Windows has none, nor have some file systems.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_RENAME_SWAP = 2
_NOT_THERE = frozenset(
    {errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EXDEV, errno.EPERM}
)


def exchange(first: Path, second: Path) -> bool:
    """Exchange two paths of one file system in one step; return whether the system can.

    Raises
    ------
    OSError
        One of them is not there, or may not be moved.
    """
    library: Any = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None
    ends = os.fsencode(first), os.fsencode(second)
    if sys.platform.startswith("linux") and hasattr(library, "renameat2"):
        failed = library.renameat2(_AT_FDCWD, ends[0], _AT_FDCWD, ends[1], _RENAME_EXCHANGE)
    elif sys.platform == "darwin" and hasattr(library, "renamex_np"):
        failed = library.renamex_np(*ends, _RENAME_SWAP)
    else:
        return False
    if not failed:
        return True
    number = ctypes.get_errno()
    if number in _NOT_THERE:
        return False
    raise OSError(number, os.strerror(number), str(first), None, str(second))


def sync_file(path: Path) -> None:
    """Wait until what was written to a file is on the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def put_file(made: Path, path: Path) -> None:
    """Put a file that is complete in its place, or in that of another, and wait for the disk."""
    sync_file(made)
    made.replace(path)
    sync_names(path.parent)


def sync_names(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where the system can say so."""
    if os.name != "posix":
        return
    with suppress(OSError):  # some file systems refuse it; the files themselves are there
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
