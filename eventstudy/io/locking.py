"""Locks of files that one process holds at a time, which the system opens when it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventstudy.exceptions import SourceError

if TYPE_CHECKING:
    from pathlib import Path

    from filelock import BaseFileLock

LOCK = ".lock"
"""File of a folder that is written into for long, which `lock_folder` locks."""


def locked_now(path: Path) -> BaseFileLock | None:
    """Return the lock of a file, made where there is none; None where it is another process's.

    None, too, where the file system has no locks: nobody can tell whose it is then.

    Raises
    ------
    OSError
        The file cannot be made or opened.
    """
    import filelock

    try:
        return _lock_of(path)
    except (filelock.Timeout, NotImplementedError):
        return None


def _lock_of(path: Path) -> BaseFileLock:
    import filelock

    lock = filelock.FileLock(path)
    lock.acquire(timeout=0)
    return lock


def lock_folder(shown: Path, place: Path, busy: str) -> BaseFileLock:
    """Return the lock of a folder, made where there is none, that one process holds at a time.

    Raises
    ------
    SourceError
        Another one holds it, as `busy` says; or the folder cannot be written, or its file system
        has no locks.
    """
    import filelock

    try:
        place.mkdir(parents=True, exist_ok=True)
        return _lock_of(place / LOCK)
    except filelock.Timeout:
        raise SourceError(busy, file=str(shown)) from None
    except NotImplementedError:
        raise SourceError(
            "is on a disk without locks, where two programs at once would lose what it holds; "
            "name a folder elsewhere",
            file=str(shown),
        ) from None
    except OSError as error:
        raise SourceError(f"cannot be written ({error.strerror})", file=str(shown)) from error
