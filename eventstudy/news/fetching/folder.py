"""The folder of fetched news: every item with the time it was first seen, and what changed since.

``manifest.json`` is the memory, written whole or not at all. What people and `read_news` open is
made from it: ``items.csv``, ``revisions.csv``, ``rejected.csv``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from eventstudy.io.folders import NEWS
from eventstudy.io.kept_folder import KeptFolder
from eventstudy.io.spreadsheets import csv_text
from eventstudy.io.writing import write_text
from eventstudy.text import is_missing, records

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from eventstudy.news.news import News

ITEMS, REVISIONS, REJECTED = "items.csv", "revisions.csv", "rejected.csv"
ITEM_COLUMNS: Final = (
    "item_id", "published_at", "date", "timezone", "precision", "headline", "text", "source",
    "url", "feed", "first_seen", "not_before", "revised_at", "note",
)  # fmt: skip
"""Columns of ``items.csv``; `not_before` is the look before, which did not find the item."""
REVISION_COLUMNS: Final = ("item_id", "feed", "seen", "field", "before", "after", "used")
REJECTED_COLUMNS: Final = (
    "item_id", "feed", "first_seen", "where", "published", "headline", "reason",
)  # fmt: skip

_COMPARED: Final = ("published_at", "date", "headline", "text", "url")

Cells = dict[str, str]


@dataclass(slots=True, kw_only=True)
class Kept:
    """What became of the items of one look.

    Attributes
    ----------
    new, revised, known, rejected, otherwise : how many were new; had another text or time than
        before; were as before; cannot be read; are dated otherwise by another feed of the family
    """

    new: int = 0
    revised: int = 0
    known: int = 0
    rejected: int = 0
    otherwise: int = 0


@dataclass(slots=True, kw_only=True)
class NewsFolder(KeptFolder):
    """The folder while it is open.

    Attributes
    ----------
    items : by id, in the order in which they were first seen
    revisions, rejected : a row each
    feeds : what is known of each feed, by its key
    """

    kind = NEWS
    busy = "another fetch writes into it now"
    form = 1

    items: dict[str, Cells] = field(default_factory=dict)
    revisions: list[Cells] = field(default_factory=list)
    rejected: dict[str, Cells] = field(default_factory=dict)
    feeds: dict[str, dict[str, Any]] = field(default_factory=dict)

    def keep(self, news: News, *, feed: str, family: str, now: str, not_before: str) -> Kept:
        """Take the items of one look, none of them lost: new, revised, known or rejected.

        Parameters
        ----------
        feed, family
            Whose items they are; feeds of one family share ids. The feed that had an item first
            says when it was published; what another one says stands in ``revisions.csv``.
        now, not_before
            When they were seen, and the look before; empty for the first one.
        """
        kept = Kept()
        for row in records(news.frame):
            cells = {
                "item_id": f"{family}:{row.item_id}",
                "published_at": "" if is_missing(row.published_at) else _text(row.published),
                "date": f"{row.date:%Y-%m-%d}" if is_missing(row.published_at) else "",
                **{name: _text(getattr(row, name)) for name in
                   ("timezone", "precision", "headline", "text", "source", "url", "note")},
                "feed": feed,
            }  # fmt: skip
            known = self.items.get(cells["item_id"])
            if known is None:
                seen = {"first_seen": now, "not_before": not_before, "revised_at": ""}
                self.items[cells["item_id"]] = cells | seen
                kept.new += 1
                continue
            changed = [name for name in _COMPARED if known[name] != cells[name]]
            is_own = known["feed"] == feed
            if not is_own:
                changed = [name for name in changed if name in ("published_at", "date")]
                changed = changed if self._is_said_first(known, feed, cells, changed) else []
            self.revisions += [
                {"item_id": known["item_id"], "feed": feed, "seen": now, "field": name,
                 "before": known[name], "after": cells[name], "used": "yes" if is_own else "no"}
                for name in changed
            ]  # fmt: skip
            if is_own and changed:
                first = {name: known[name] for name in ("first_seen", "not_before")}
                self.items[known["item_id"]] = cells | first | {"revised_at": now}
            kept.revised += bool(changed) and is_own
            kept.otherwise += bool(changed) and not is_own
            kept.known += not changed
        for row in records(news.rejected):
            kept.rejected += 1
            cells = {
                "item_id": f"{family}:{row.item_id}", "feed": feed, "first_seen": now,
                "where": _text(row.where), "published": _text(row.published),
                "headline": _text(row.headline), "reason": _text(row.reason),
            }  # fmt: skip
            self.rejected.setdefault(f"{cells['item_id']} {cells['reason']}", cells)
        return kept

    def _is_said_first(self, known: Cells, feed: str, cells: Cells, changed: list[str]) -> bool:
        """Whether what another feed says of a time is not in the revisions yet."""
        said = {
            (row["field"], row["after"])
            for row in self.revisions
            if row["item_id"] == known["item_id"] and row["feed"] == feed
        }
        return any((name, cells[name]) not in said for name in changed)

    def frame(self) -> pd.DataFrame:
        """Return the items as ``items.csv`` has them."""
        return _frame(self.items.values(), ITEM_COLUMNS)

    def save(self) -> None:
        """Write the memory, then the tables that are made from it.

        Raises
        ------
        SourceError
            Something cannot be written.
        """
        tables = (
            (ITEMS, self.items.values(), ITEM_COLUMNS),
            (REVISIONS, self.revisions, REVISION_COLUMNS),
            (REJECTED, self.rejected.values(), REJECTED_COLUMNS),
        )
        # First, as tables without it are nobody's: a fetch that was killed could not go on.
        self._remember(
            {
                "feeds": self.feeds,
                "items": list(self.items.values()),
                "revisions": self.revisions,
                "rejected": self.rejected,
            }
        )
        for name, rows, columns in tables:
            write_text(self.path / name, csv_text(_frame(rows, columns))[0])

    def _read(self, manifest: Mapping[str, Any]) -> None:
        self.items = {cells["item_id"]: dict(cells) for cells in manifest.get("items", ())}
        self.revisions = [dict(cells) for cells in manifest.get("revisions", ())]
        self.rejected = dict(manifest.get("rejected", {}))
        self.feeds = {key: dict(state) for key, state in manifest.get("feeds", {}).items()}


def _frame(rows: Iterable[Mapping[str, str]], columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame([[row.get(name, "") for name in columns] for row in rows], columns=columns)


def _text(cell: object) -> str:
    return "" if is_missing(cell) else str(cell)
