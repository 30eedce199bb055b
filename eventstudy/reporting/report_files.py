"""The files of a folder of results, as the report lists them: what stands in each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventstudy.reporting.columns import described_files, held
from eventstudy.reporting.record import FRAMES, OPTIONAL

if TYPE_CHECKING:
    from eventstudy.reporting.record import StudyRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file of a folder of results.

    Attributes
    ----------
    name : of the file
    rows : how many it has, as text
    held : what stands in it
    """

    name: str
    rows: str
    held: str


def files(record: StudyRecord) -> list[File]:
    """Return the files a folder of these results has, in the order of their use."""
    order = [name for name in described_files() if name in {*FRAMES, *OPTIONAL}]
    out = []
    for name in order:
        frame = getattr(record, name)
        if name in OPTIONAL and frame.empty:
            continue
        out.append(File(name=f"{name}.csv", rows=f"{len(frame):,}", held=held(name)))
    return out
