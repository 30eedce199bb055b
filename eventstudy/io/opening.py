"""The one door through which files are read: a pipe, a device or a folder is none.

A pipe keeps whoever opens it waiting, and ``/dev/zero`` never ends. Either may lie in a folder of
news, or be what a link leads to.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from eventstudy.exceptions import SourceError
from eventstudy.text import excerpt, one_line

if TYPE_CHECKING:
    from io import BufferedReader

_OTHERS: Final = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}
# Without waiting, for what is looked at may be another thing when it is opened.
_FLAGS: Final = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)


def open_file(path: str | os.PathLike[str]) -> BufferedReader:
    """Open a file for reading its bytes.

    Raises
    ------
    SourceError
        Missing, a folder, a pipe, a device, a socket, or unreadable; one line that names it.

    Examples
    --------
    >>> _ = Path("events.csv").write_text("event_id,date")
    >>> with open_file("events.csv") as file:
    ...     file.read(8)
    b'event_id'
    """
    file = check_file(path)
    try:
        opened = open(file, "rb", opener=_opener)  # noqa: SIM115 - the one that takes an opener
    except (OSError, ValueError) as error:
        raise _unreadable(file, error) from None
    try:
        _check(file, os.fstat(opened.fileno()).st_mode)
    except BaseException:
        opened.close()
        raise
    return opened


def check_file(path: str | os.PathLike[str]) -> Path:
    """Return the path of a file, for a library that opens files itself.

    Raises
    ------
    SourceError
        As for `open_file`, but for a file that may not be read.
    """
    file = Path(path)
    try:
        mode = file.stat().st_mode
    except (OSError, ValueError) as error:
        raise _unreadable(file, error) from None
    _check(file, mode)
    return file


def is_endless(path: str | os.PathLike[str]) -> bool:
    """Whether a path is a pipe, a device or a socket, which may never end or never begin."""
    try:
        kind = stat.S_IFMT(os.stat(path).st_mode)  # noqa: PTH116 - of what may be no path
    except (OSError, ValueError):
        return False
    return kind in _OTHERS and kind != stat.S_IFDIR


def read_text(path: str | os.PathLike[str]) -> str:
    """Return the text of a file that the package wrote, in UTF-8.

    Raises
    ------
    SourceError
        As for `open_file`.
    ValueError
        It is not UTF-8.
    """
    with open_file(path) as opened:
        return opened.read().decode("utf-8")


def _opener(name: str, flags: int) -> int:
    return os.open(name, flags | _FLAGS)


def _check(file: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        what = _OTHERS.get(stat.S_IFMT(mode), "no file")
        shown = one_line(str(file))
        raise SourceError(f"{shown} is {what}; a file is needed", file=shown)


def _unreadable(file: Path, error: OSError | ValueError) -> SourceError:
    shown = one_line(str(file))
    if "\0" in str(file):
        return SourceError("no such file; its name holds a NUL", file=excerpt(file))
    if isinstance(error, FileNotFoundError):
        return SourceError("no such file", file=shown)
    reason = getattr(error, "strerror", None) or type(error).__name__
    return SourceError(f"cannot be read ({reason})", file=shown)
