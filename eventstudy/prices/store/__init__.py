"""The local store: bars as their vendor labels them, their revisions, the dates covered."""

from __future__ import annotations

from eventstudy.prices.store.store import Store, Written, open_store

__all__ = [
    "Store",
    "Written",
    "open_store",
]
