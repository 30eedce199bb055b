"""A value that many processes read: pickled once, its arrays mapped from one file by all."""

from __future__ import annotations

import mmap
import pickle
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from eventstudy.exceptions import ExecutionError

if TYPE_CHECKING:
    from pathlib import Path

_ALIGNED = 64  # bytes, so that arrays begin where processors like them to


def write_shared(value: object, folder: Path) -> Path:
    """Write a value to a file of `folder` for `read_shared`, functions of a notebook included.

    Arrays are written as they are, so that whoever reads them maps the file and copies nothing.
    `ExecutionError` where something of the value cannot be pickled.
    """
    import cloudpickle

    buffers: list[pickle.PickleBuffer] = []
    try:
        head = cloudpickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    except (pickle.PicklingError, AttributeError, RecursionError, TypeError, ValueError) as error:
        raise ExecutionError(
            f"what processes share cannot be sent to another one: {error}",
            key="execution.jobs",
            remedy="use one process (jobs = 1)",
        ) from error
    spans = []
    path = folder / "shared"
    with path.open("wb") as file:
        for buffer in buffers:
            raw = buffer.raw()
            file.seek(-(-file.tell() // _ALIGNED) * _ALIGNED)
            spans.append((file.tell(), raw.nbytes))
            file.write(raw)
        at = file.tell()
        file.write(pickle.dumps((head, spans)))
        file.write(at.to_bytes(8, "little"))
    return path


@lru_cache(maxsize=1)
def read_shared(path: Path) -> Any:  # noqa: ANN401 - whatever was written
    """Return what `write_shared` wrote, the same value for the same file; arrays are read only."""
    with path.open("rb") as file:
        mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    at = int.from_bytes(mapped[-8:], "little")
    head, spans = pickle.loads(mapped[at:-8])  # noqa: S301 - written by the process that asks
    parts = [mapped[begin : begin + length] for begin, length in spans]
    return pickle.loads(head, buffers=parts)  # noqa: S301 - as above
