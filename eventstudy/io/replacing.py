"""A folder in the place of another: whole at every moment, and tidied up after a kill.

The new folder is filled in a work folder beside its place. When it is complete, a plan is written
beside it: which folder it is, and which files of the earlier one may go. Then both are exchanged in
one step or, where the system has none, by two renames. Whoever comes next finds from the plan how
far it got: what was not put in place is removed, what was moved away is put back.
"""

from __future__ import annotations

import errno
import glob
import json
import os
import re
import shutil
import tempfile
import warnings
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from eventstudy.exceptions import EventStudyWarning, SourceError
from eventstudy.io.durable import exchange, put_file, sync_file, sync_names
from eventstudy.io.files import sha256_of
from eventstudy.io.locking import locked_now
from eventstudy.io.opening import read_text
from eventstudy.text import counted, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from filelock import BaseFileLock

_NEW, _WAS, _PLAN, _LOCK = "new", "was", "plan.json", "running"
"""In a work folder: what is filled, what stood there before, and the lock of the run."""

_MOST_NAMED = 5
_NOT_MOVED = (errno.EBUSY, errno.EXDEV)
"""What the system says of a mount point that is to be moved."""


@contextmanager
def new_folder(shown: Path, place: Path) -> Iterator[Path]:
    """Give an empty folder that `put_in_place` may put at `place`; it is gone afterwards.

    Parameters
    ----------
    shown
        The place as the user named it.

    Raises
    ------
    SourceError
        Something cannot be written.
    """
    work = lock = None
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        tidy_up(shown, place)
        work, lock = _work_folder(place)
        new = work / _NEW
        new.mkdir()
        yield new
    except OSError as error:
        if error.errno in _NOT_MOVED and place.is_dir():
            raise _mounted(shown) from error
        why = error.strerror or error  # what copies a folder has a list in place of a reason
        raise SourceError(f"cannot be written ({why})", file=str(shown)) from error
    finally:
        if work is not None:
            try:
                _settle(work, lock, shown, place)
            except (KeyboardInterrupt, SystemExit):  # goes on from there before the process ends
                _settle(work, lock, shown, place)
                raise


def check_no_mount(shown: Path, place: Path) -> None:
    """Refuse a place that no folder can take, as another disk or folder is mounted there.

    Raises
    ------
    SourceError
        It is one, and what would do is said.
    """
    if place.is_mount() or str(place) in _mounts():
        raise _mounted(shown)


def _mounted(shown: Path) -> SourceError:
    return SourceError(
        "is a mount point, which no folder of results can take the place of",
        file=str(shown),
        remedy=f"name a folder in it, such as {shown / 'results'}",
    )


def _mounts() -> set[str]:
    """Return where something is mounted, as Linux lists it: also folders of the same disk."""
    try:
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return set()
    octal = re.compile(r"\\([0-7]{3})")  # of a space and the like
    return {
        octal.sub(lambda found: chr(int(found[1], 8)), line.split(" ")[4])
        for line in lines.splitlines()
    }


@contextmanager
def links_leading_on(new: Path, place: Path) -> Iterator[None]:
    """Let relative links of `new`, a copy of the folder at `place`, lead out of it as there.

    Afterwards those that are there still are as they were.
    """
    ways: dict[Path, tuple[Path, Path]] = {}
    for path in new.rglob("*"):
        if not path.is_symlink() or path.readlink().is_absolute():
            continue
        way = place / path.relative_to(new).parent / path.readlink()
        if not Path(os.path.normpath(way)).is_relative_to(place):
            ways[path] = path.readlink(), way
            _lead(path, way)
    yield
    for path, (before, way) in ways.items():
        if path.is_symlink() and path.readlink() == way:
            _lead(path, before)


def _lead(link: Path, to: Path) -> None:
    link.unlink()
    link.symlink_to(to)


def _work_folder(place: Path) -> tuple[Path, BaseFileLock | None]:
    """Make a folder beside a place, with a lock that is this process's until it ends.

    Without one where the file system has no locks: nobody tidies up there then.
    """
    for _ in range(2):  # another run may take the first for one that was ended
        work = Path(tempfile.mkdtemp(prefix=_work_prefix(place), dir=place.parent))
        try:
            with suppress(FileNotFoundError):
                lock = locked_now(work / _LOCK)
                if lock is not None:
                    return work, lock
        except BaseException:
            shutil.rmtree(work, ignore_errors=True)
            raise
        shutil.rmtree(work, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=_work_prefix(place), dir=place.parent)), None


def put_in_place(new: Path, place: Path, replaced: Mapping[str, str]) -> None:
    """Put `new`, of `new_folder`, at `place`; what stood there is cleared when `new_folder` ends.

    Parameters
    ----------
    replaced
        Files of the folder at `place` that may go, each with its `marks_of`. One that was added or
        changed since is not lost: it goes on to the new folder or, where that has one of its name,
        is kept where a warning says.
    """
    work = new.parent
    for path in sorted(new.rglob("*")):
        if path.is_file() and not path.is_symlink() and os.access(path, os.W_OK):
            sync_file(path)
    plan = {"new": new.stat().st_ino, "replaced": dict(replaced)}
    part = work / f"{_PLAN}.part"
    part.write_text(json.dumps(plan), encoding="utf-8")
    put_file(part, work / _PLAN)
    if not os.path.lexists(place):
        new.rename(place)
    elif not exchange(new, place):
        place.rename(work / _WAS)
        new.rename(place)
    sync_names(place.parent)


def marks_of(folder: Path) -> dict[str, str]:
    """Return what tells whether an entry below a folder was changed, by its path in it.

    The hash of a file and where a link leads; folders have none. Empty where there is no folder.
    """
    marks = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or path.is_file():
            marks[path.relative_to(folder).as_posix()] = _mark(path)
    return marks


def _mark(path: Path) -> str:
    """Return the mark of a file or link; empty for anything else."""
    if path.is_symlink():
        return f"link to {path.readlink()}"
    return sha256_of(path) if path.is_file() else ""


def tidy_up(shown: Path, place: Path) -> None:
    """Undo or finish what runs that were ended left beside `place`, and say so in a warning.

    A run is known to have ended by its lock, which the system opens then.
    """
    for work in sorted(place.parent.glob(f"{glob.escape(_work_prefix(place))}*")):
        if work.is_symlink():
            continue
        if not (work / _LOCK).is_file():
            with suppress(OSError):  # ended before it had a lock; anybody's own is not empty
                work.rmdir()
            continue
        with suppress(OSError):
            lock = locked_now(work / _LOCK)
            if lock is not None:
                done = _settle(work, lock, shown, place)
                message = f"{shown}: an earlier run was ended before it was done; {done}"
                warnings.warn(message, EventStudyWarning, stacklevel=2)


def _settle(work: Path, lock: BaseFileLock | None, shown: Path, place: Path) -> str:
    """Remove a work folder after the last step of its run, whichever that was; say what was done.

    What was not put in place is dropped, what was moved away is put back, what was replaced goes.
    """
    plan = _plan_of(work)
    new, was = work / _NEW, work / _WAS
    done = "what it left unfinished was removed"
    if plan is not None:
        if was.exists() and not os.path.lexists(place):
            with suppress(OSError):
                was.rename(place)
                done = "the results from before it are back"
        is_placed = _inode(place) == plan[0]
        if new.exists() and _inode(new) != plan[0]:  # exchanged: the earlier folder by now
            is_placed = True
            with suppress(OSError):
                new.rename(was)
        if is_placed:
            done = "its results were in place, and what they replaced was removed"
        if is_placed and was.exists():
            _clear(was, place, plan[1])
    if lock is not None:
        lock.release()
    if was.exists():
        return _keep(work, shown, place)
    shutil.rmtree(work / _NEW, ignore_errors=True)
    with suppress(OSError):
        for path in work.iterdir():
            if path.name != _LOCK:
                path.unlink()
    shutil.rmtree(work, ignore_errors=True)  # the lock last: by it the next run knows the rest
    return done


def _keep(work: Path, shown: Path, place: Path) -> str:
    """Give what is left of an earlier folder a name that no run tidies up, and say so."""
    kept = work.with_name(f".{place.name}-old-{work.name.rpartition('-')[2]}")
    with suppress(OSError):
        work.rename(kept)
        for name in (_PLAN, _LOCK):
            (kept / name).unlink(missing_ok=True)
        shutil.rmtree(kept / _NEW, ignore_errors=True)
    was = (kept if kept.exists() else work) / _WAS
    names = first_names(sorted(path.name for path in was.iterdir()))
    message = f"{shown}: what stood there before is kept in {was}: {names}"
    warnings.warn(message, EventStudyWarning, stacklevel=2)
    return f"what stood there before is kept in {was}"


def _plan_of(work: Path) -> tuple[int, dict[str, str]] | None:
    """Return which folder a run was to put in place, and what it was to remove."""
    try:
        plan = json.loads(read_text(work / _PLAN))
        return int(plan["new"]), dict(plan["replaced"])
    except (SourceError, ValueError, TypeError, KeyError):
        return None


def _inode(path: Path) -> int | None:
    with suppress(OSError):
        return path.stat(follow_symlinks=False).st_ino
    return None


def _clear(was: Path, place: Path, replaced: Mapping[str, str], within: str = "") -> None:
    """Remove what is replaced from `was`, move what came later to `place`, then remove `was`."""
    for path in sorted(was.iterdir()):
        name = f"{within}{path.name}"
        with suppress(OSError, SourceError):
            if name in replaced and _mark(path) == replaced[name]:
                path.unlink()
            elif not os.path.lexists(place / path.name):
                path.rename(place / path.name)
            elif path.is_dir() and not path.is_symlink():
                _clear(path, place / path.name, replaced, f"{name}/")
    with suppress(OSError):
        was.rmdir()


def first_names(names: Sequence[str]) -> str:
    """Return the first of some names as text, and how many others there are."""
    more = len(names) - _MOST_NAMED
    return listed([*names[:_MOST_NAMED], counted(more, "other")] if more > 1 else names)


def _work_prefix(place: Path) -> str:
    return f".{place.name}-run-"
