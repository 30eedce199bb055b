"""The folder of watched news: what is known, kept so that a restart or a kill loses nothing.

``manifest.json`` is the memory. It is written whole or not at all, after each forecast; what people
open (``index.html``, ``track_record.csv``, ``items.csv``) is made from it and made again at the
next poll. A page is written once, before the memory knows its item.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import filelock

from eventstudy.exceptions import SourceError
from eventstudy.io.files import sha256_of
from eventstudy.io.folders import MANIFEST, OF_THE_SYSTEM, WATCH, manifest_of_kind
from eventstudy.io.writing import write_text
from eventstudy.watch.items import Item, time_of
from eventstudy.watch.sources import Feed

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from typing import Self

PAGES: Final = "pages"
INDEX, TRACK_RECORD, ITEMS = "index.html", "track_record.csv", "items.csv"

_LOCK: Final = ".lock"
_FEED_TIMES: Final = ("read_at", "failing_since", "tried_at")
_FORM: Final = 1
_KEPT_DAYS: Final = 60
_PASSING: Final = frozenset({"rejected", "unreadable", "old", "no_time", "merged", "unsure"})


@dataclass(slots=True, kw_only=True)
class WatchFolder:
    """The folder of one watch while it is open.

    Attributes
    ----------
    path : where it is
    items : what was seen, by id
    feeds : how each source did, by origin
    written : names of what was written from the memory, each with the last two hashes
    """

    path: Path
    items: dict[str, Item] = field(default_factory=dict)
    feeds: dict[str, Feed] = field(default_factory=dict)
    written: dict[str, list[str]] = field(default_factory=dict)
    _lock: filelock.BaseFileLock | None = field(default=None, repr=False)

    @classmethod
    def open(cls, target: str | os.PathLike[str]) -> Self:
        """Open a folder, made where there is none; nobody else watches into it meanwhile.

        Raises
        ------
        SourceError
            It holds something else, is watched already, or cannot be read or written.
        """
        shown = Path(target)
        place = Path(os.path.realpath(target))
        _manifest(shown, place)
        lock = filelock.FileLock(place / _LOCK)
        try:
            place.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=0)
        except filelock.Timeout:
            raise SourceError("another watch writes into it now", file=str(shown)) from None
        except OSError as error:
            raise SourceError(f"cannot be written ({error.strerror})", file=str(shown)) from error
        folder = cls(path=shown, _lock=lock)
        try:
            folder._read(_manifest(shown, place) or {})
            folder.save()
        except BaseException:
            folder.close()
            raise
        return folder

    def close(self) -> None:
        """Let others watch into the folder."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

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
        from importlib.metadata import version

        content = {
            "tool": "eventstudy",
            "kind": WATCH,
            "version": version("market-reaction"),
            "form": _FORM,
            "written": self.written,
            "feeds": {origin: _feed_cells(feed) for origin, feed in self.feeds.items()},
            "items": [item.to_dict() for item in self.items.values()],
        }
        text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
        write_text(self.path / MANIFEST, _writable(text) + "\n")

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
        write_text(folder / name, _writable(html))

    def write_views(self, views: Mapping[str, str]) -> list[str]:
        """Write what is made from the memory, and the memory; return what is to be said.

        A file that somebody changed since is not lost: it is kept beside under another name.

        Raises
        ------
        SourceError
            Something cannot be written.
        """
        texts = {name: _writable(text) for name, text in views.items()}
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
        if manifest.get("form", _FORM) != _FORM:
            raise SourceError(
                "was written by a later version of eventstudy; update it, or name another folder",
                file=str(self.path),
            )
        try:
            items = [Item.from_dict(cells) for cells in manifest.get("items", ())]
            self.items = {item.item_id: item for item in items}
            self.feeds = {
                origin: _feed(cells) for origin, cells in manifest.get("feeds", {}).items()
            }
            self.written = {name: list(hashes) for name, hashes in manifest["written"].items()}
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            if not manifest:
                return
            raise SourceError(
                f"its {MANIFEST} is damaged ({type(error).__name__}: {error}); name another folder",
                file=str(self.path),
            ) from None


def _manifest(shown: Path, place: Path) -> dict[str, Any] | None:
    """Return the manifest of a watched folder; None where there is nothing yet.

    Raises
    ------
    SourceError
        It holds something else.
    """
    if not os.path.lexists(place) and not shown.is_symlink():
        return None
    if not place.is_dir():
        raise SourceError("is a file; name a folder for the pages", file=str(shown))
    passing = {*OF_THE_SYSTEM, _LOCK, f".{MANIFEST}.part"}
    try:
        entries = sorted(path for path in place.iterdir() if path.name not in passing)
    except OSError as error:
        raise SourceError(f"cannot be read ({error.strerror})", file=str(shown)) from error
    return manifest_of_kind(shown, entries, WATCH) if entries else None


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


def _writable(text: str) -> str:
    """Return a text without halves of characters, which no file in UTF-8 can hold."""
    return text.encode("utf-8", "replace").decode()
