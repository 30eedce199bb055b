"""What workers of other processes are given to do, in a module that they find."""

from __future__ import annotations

import os
import signal
import time
import warnings
from pathlib import Path

from eventstudy.exceptions import EventStudyWarning, SpecificationError


def scaled(shared, chunk):
    """Return the sum of the shared array times the chunk, and the process that found it."""
    if chunk == 3:
        warnings.warn("three is odd", EventStudyWarning, stacklevel=1)
    return float(shared.sum()) * chunk, os.getpid(), shared.flags.writeable


def refusing(shared, chunk):
    """Refuse the chunk that is shared."""
    if chunk == shared:
        raise SpecificationError("no such thing", key="statistics.names")
    return chunk


def threads(_, __):
    """Return how many threads numerical libraries are told to take."""
    return os.environ.get("OPENBLAS_NUM_THREADS"), os.environ.get("OMP_NUM_THREADS")


def dying(shared, chunk):
    """Kill this process at chunk 2: once, so that a file says it was done, or every time."""
    folder, how_often = shared
    marker = Path(folder) / "died"
    if chunk == 2 and (how_often == "always" or not marker.exists()):
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return chunk * 10


def growing(_, chunk, held={}):  # noqa: B006 - what a process remembers
    """Remember 180 MB more, take a second, and return which process it is."""
    held[chunk] = b"x" * 180_000_000
    time.sleep(1.1)
    return os.getpid()


def slow(shared, chunk):
    """Say which process is at work, and take a while."""
    (Path(shared) / f"{os.getpid()}").touch()
    time.sleep(0.3)
    return chunk * 10
