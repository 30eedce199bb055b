"""Files written whole or not at all."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from eventstudy.exceptions import SourceError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Give the path of a file to write beside `target`, which takes its place at the end.

    Where anything is raised meanwhile, that file is removed and `target` is as it was.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        part.unlink(missing_ok=True)
        yield part
        part.replace(target)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


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
            target.write_text(text, encoding="utf-8", newline="")
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
            target.write_bytes(content)
            return
        with whole_file(target) as part:
            part.write_bytes(content)
    except OSError as error:
        raise SourceError(f"cannot be written ({error.strerror})", file=str(target)) from error
