"""Files written whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import time
import uuid
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from eventstudy.exceptions import SourceError
from eventstudy.io.durable import sync_file, sync_names

if TYPE_CHECKING:
    from collections.abc import Iterator

_ENDING: Final = ".part"
_LONGEST: Final = 40  # characters of a name, as what is added must find room, too
_LEFT_OVER: Final = 24 * 3600.0  # seconds after which nobody writes any more
# A new file, or none: what lies there under the name, and what a link leads to, is not touched.
_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Give the path of a file to write beside `target`, which takes its place at the end.

    It is a new file that only this writer has, with the rights of `target` where that is there, and
    else those that the process gives what it makes. Where anything is raised meanwhile, that file
    is removed and `target` is as it was.
    """
    part = _new_part(target)
    try:
        yield part
        sync_file(part)  # before it has the rights of `target`, which may allow no writing
        with suppress(OSError):
            if stat.S_ISREG(target.lstat().st_mode):
                shutil.copymode(target, part)
        part.replace(target)
        sync_names(target.parent)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def is_part(name: str, target: str) -> bool:
    """Whether a file of this name is one that `whole_file` writes, or left, for a `target`."""
    return name.startswith(f".{target[:_LONGEST]}.") and name.endswith(_ENDING)


def _new_part(target: Path) -> Path:
    begins = f".{target.name[:_LONGEST]}"
    usual = target.with_name(begins + _ENDING)
    part = usual
    try:
        made = os.open(part, _FLAGS, 0o666)  # less what the umask takes
    except FileExistsError:  # somebody writes it now, or was killed
        _remove_left_over(target)
        part = target.with_name(f"{begins}.{uuid.uuid4().hex[:12]}{_ENDING}")
        made = os.open(part, _FLAGS, 0o666)
    os.close(made)
    with suppress(OSError):
        there = target.lstat().st_mode
        if stat.S_ISREG(there):
            part.chmod(stat.S_IMODE(there) | stat.S_IWUSR)
    return part


def _remove_left_over(target: Path) -> None:
    """Remove what writers of a target that were killed left a day ago or longer."""
    with suppress(OSError):
        for part in target.parent.iterdir():
            if is_part(part.name, target.name):
                with suppress(OSError):
                    found = part.lstat()
                    if stat.S_ISREG(found.st_mode) and time.time() - found.st_mtime > _LEFT_OVER:
                        part.unlink()


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write a text file in UTF-8, whole or not at all.

    Raises
    ------
    SourceError
        It cannot be written; what was there stays.
    """
    target = Path(path)
    try:
        if target.exists() and not target.is_file():  # a folder, or a device such as /dev/stdout
            _write_through(target, text.encode())
            return
        with whole_file(target) as part:
            part.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise SourceError(f"cannot be written ({error.strerror})", file=str(target)) from error


def write_bytes(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file of bytes, whole or not at all.

    Raises
    ------
    SourceError
        It cannot be written; what was there stays.
    """
    target = Path(path)
    try:
        if target.exists() and not target.is_file():  # a folder, or a device such as /dev/stdout
            _write_through(target, content)
            return
        with whole_file(target) as part:
            part.write_bytes(content)
    except OSError as error:
        raise SourceError(f"cannot be written ({error.strerror})", file=str(target)) from error


def _write_through(target: Path, content: bytes) -> None:
    """Write into what is no file: a device, or a pipe that somebody reads."""
    if not target.is_fifo():
        target.write_bytes(content)
        return
    try:
        number = os.open(target, os.O_WRONLY | os.O_NONBLOCK)  # does not wait for a reader
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
        raise SourceError(
            "is a pipe that nobody reads; begin to read it first, or name a file", file=str(target)
        ) from None
    os.set_blocking(number, True)
    with os.fdopen(number, "wb") as pipe:
        pipe.write(content)
