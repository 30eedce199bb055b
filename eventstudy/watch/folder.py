"""The folder of watched news: what is known, kept so that a restart or a kill loses nothing.

``manifest.json`` is the memory. It is written whole or not at all, after each forecast; what people
open (``index.html``, ``track_record.csv``, ``items.csv``) is made from it and made again at the
next poll. A page is written once, before the memory knows its item.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from eventstudy.exceptions import SourceError
from eventstudy.io.files import sha256_of
from eventstudy.io.folders import WATCH
from eventstudy.io.kept_folder import KeptFolder, writable
from eventstudy.io.writing import write_text
from eventstudy.watch.items import Item, time_of
from eventstudy.watch.sources import Feed

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

PAGES: Final = "pages"
INDEX, TRACK_RECORD, ITEMS = "index.html", "track_record.csv", "items.csv"

_FEED_TIMES: Final = ("read_at", "failing_since", "tried_at")
_KEPT_DAYS: Final = 60
_PASSING: Final = frozenset({"rejected", "unreadable", "old", "no_time", "merged", "unsure"})


@dataclass(slots=True, kw_only=True)
class WatchFolder(KeptFolder):
    """The folder of one watch while it is open.

    Attributes
    ----------
    items : what was seen, by id
    feeds : how each source did, by origin
    written : names of what was written from the memory, each with the last two hashes
    """

    kind = WATCH
    busy = "another watch writes into it now"
    form = 1
    is_saved_at_once = True

    items: dict[str, Item] = field(default_factory=dict)
    feeds: dict[str, Feed] = field(default_factory=dict)
    written: dict[str, list[str]] = field(default_factory=dict)

    def keep(self, *items: Item) -> None:
        """Remember items, in place of those of the same id."""
        self.items.update({item.item_id: item for item in items})

    def forget(self, now: dt.datetime) -> None:
        """Forget what led to no forecast and was first seen long ago."""
        for item in list(self.items.values()):
            if item.fate in _PASSING and (now - item.first_seen).days > _KEPT_DAYS:
                del self.items[item.item_id]

    def save(self) -> None:
        """Write the memory.

        Raises
        ------
        SourceError
            It cannot be written.
        """
        self._remember(
            {
                "written": self.written,
                "feeds": {origin: _feed_cells(feed) for origin, feed in self.feeds.items()},
                "items": [item.to_dict() for item in self.items.values()],
            }
        )

    def write_page(self, name: str, html: str) -> None:
        """Write the page of an item.

        Raises
        ------
        SourceError
            It cannot be written.
        """
        folder = self.path / PAGES
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise SourceError(f"cannot be written ({error.strerror})", file=str(folder)) from error
        write_text(folder / name, writable(html))

    def write_views(self, views: Mapping[str, str]) -> list[str]:
        """Write what is made from the memory, and the memory; return what is to be said.

        A file that somebody changed since is not lost: it is kept beside under another name.

        Raises
        ------
        SourceError
            Something cannot be written.
        """
        texts = {name: writable(text) for name, text in views.items()}
        moved = {name: self._kept_aside(name) for name in texts}
        for name, text in texts.items():
            digest = hashlib.sha256(text.encode()).hexdigest()
            # Known before it is written: a kill in between leaves the one or the other.
            self.written[name] = [*self.written.get(name, [])[-1:], digest]
        self.save()
        for name, text in texts.items():
            write_text(self.path / name, text)
        return [
            f"{self.path / name} was changed by somebody; that file is now {kept}"
            for name, kept in moved.items()
            if kept
        ]

    def _kept_aside(self, name: str) -> str:
        """Move a file that was changed since it was written; return its new name, else ``""``."""
        path = self.path / name
        if not path.exists() or sha256_of(path) in self.written.get(name, ()):
            return ""
        n = 1
        while (other := path.with_name(f"{path.stem}.changed-{n}{path.suffix}")).exists():
            n += 1
        try:
            path.rename(other)
        except OSError as error:
            raise SourceError(f"cannot be moved ({error.strerror})", file=str(path)) from error
        return other.name

    def _read(self, manifest: Mapping[str, Any]) -> None:
        """Take what a manifest remembers."""
        items = [Item.from_dict(cells) for cells in manifest.get("items", ())]
        self.items = {item.item_id: item for item in items}
        self.feeds = {origin: _feed(cells) for origin, cells in manifest.get("feeds", {}).items()}
        self.written = {name: list(hashes) for name, hashes in manifest["written"].items()}


def _feed_cells(feed: Feed) -> dict[str, Any]:
    cells = asdict(feed)
    for name in _FEED_TIMES:
        time = cells[name]
        cells[name] = None if time is None else time.isoformat()
    return {name: cell for name, cell in cells.items() if cell not in (None, "")}


def _feed(cells: Mapping[str, Any]) -> Feed:
    values = dict(cells)
    for name in _FEED_TIMES:
        if name in values:
            values[name] = time_of(values[name])
    return Feed(**values)
