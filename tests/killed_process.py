"""A program to which something happens at the n-th step it takes in a folder; see `killed`.

It does what it is given up to its first step in the folder. There it waits for lines such as
``SIGKILL 3``: for each a copy of the process goes on, and that signal comes before that step, or
never if the number is -1. ``full 3`` is a disk without room from that step on, ``denied 3`` one
that may not be written. A step makes, opens for writing, renames, exchanges, syncs or removes.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
import signal
import sys
from pathlib import Path

MAKES = os.O_CREAT | os.O_WRONLY | os.O_RDWR
FAULTS = {"full": (errno.ENOSPC, True), "denied": (errno.EACCES, False)}


class Steps:
    """How many steps were taken since the process was copied, and which is the last."""

    taken = 0
    last: int | None = None
    what = ""
    log = -1
    answers = -1
    root = Path()
    heard = ""


def is_here(path):
    if isinstance(path, int):  # an open file, or a name in an open folder
        return Steps.last is not None
    try:
        text = os.fsdecode(path)
    except TypeError:
        return False
    if not Path(text).is_absolute() and Steps.last is not None:
        return True
    return Path(os.path.abspath(text)).is_relative_to(Steps.root)  # noqa: PTH100 - links stay


def step(name, *paths, takes_room=False):
    if not any(map(is_here, paths)):
        return
    if Steps.last is None:
        wait_for_lines()
    taken, Steps.taken = Steps.taken, Steps.taken + 1  # first, as a signal comes but once
    if Steps.what in FAULTS:
        number, needs_room = FAULTS[Steps.what]
        if 0 <= Steps.last <= taken and (takes_room or not needs_room):
            raise OSError(number, os.strerror(number))
    elif taken == Steps.last:
        os.kill(os.getpid(), signal.Signals[Steps.what])
    os.write(Steps.log, f"{name}\n".encode())


def wait_for_lines():
    for line in sys.stdin:
        what, number = line.split()
        child = os.fork()
        if child == 0:
            Steps.what, Steps.last = what, int(number)
            for stream, name in ((1, "out"), (2, "err")):
                heard = plain_os_open(
                    f"{Steps.heard}/{name}", os.O_CREAT | os.O_TRUNC | os.O_WRONLY
                )
                os.dup2(heard, stream)
            steps = f"{Steps.heard}/steps"
            Steps.log = plain_os_open(steps, os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
            return
        _, status = os.waitpid(child, 0)
        os.write(Steps.answers, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def before(module, name, n_paths=1, *, takes_room=False):
    """Count a step before each call of a function that works on paths."""
    plain = getattr(module, name)

    def counted(*args, **options):
        step(name, *args[:n_paths], takes_room=takes_room)
        return plain(*args, **options)

    setattr(module, name, counted)


plain_os_open, plain_open = os.open, builtins.open


def os_open(path, flags, *args, **options):
    if flags & MAKES:
        step("open", path, takes_room=True)
    return plain_os_open(path, flags, *args, **options)


def opened(file, mode="r", *args, **options):
    result = plain_open(file, mode, *args, **options)
    if set(mode) & set("wax+"):
        try:
            step("open", file, takes_room=True)  # behind it: there is an empty file
        except OSError:
            result.close()
            raise
    return result


def main(root: Path, code: str, heard: str, way: str) -> None:
    """Carry out `code`, every step of which below `root` counts."""
    Steps.root, Steps.heard = root, heard
    Steps.answers = os.dup(1)  # what is printed before the first step is no answer
    os.dup2(plain_os_open(os.devnull, os.O_WRONLY), 1)
    for name in ("unlink", "remove", "rmdir"):
        before(os, name)
    for name in ("mkdir", "fsync"):
        before(os, name, takes_room=True)
    for name in ("rename", "replace", "link", "symlink"):
        before(os, name, 2)
    os.open, builtins.open, io.open = os_open, opened, opened

    from eventstudy.io import replacing  # what it imports must see the steps

    if way == "two renames":
        replacing.exchange = lambda first, second: False
    else:
        before(replacing, "exchange", 2)
    sys.argv[1:] = []
    exec(compile(code, "code", "exec"), {"ROOT": str(root), "__name__": "__main__"})  # noqa: S102


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4])
