"""A format of news: files whose names end in ``.wire``, a line an item."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def read_wire(path: Path) -> Iterator[dict[str, str]]:
    """Yield the items of a file, with the columns that `eventstudy.read_news` knows."""
    for line in path.read_text(encoding="utf-8").splitlines():
        time, _, headline = line.partition(" | ")
        yield {"published_at": time, "headline": headline}
