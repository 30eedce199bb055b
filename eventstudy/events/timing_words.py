"""Columns that say in words whether news came before, during or after trading."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from eventstudy.text import counted, listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SIGNS: Final = re.compile(r"[\s_./-]+")
_AFTER: Final = frozenset({
    "amc", "aft mkt", "after market", "aftermarket", "after market close", "after the market close",
    "after close", "after the close", "after hours", "afterhours", "time after hours",
    "post market", "postmarket", "after the bell", "after market hours",
})  # fmt: skip
_OTHER: Final = frozenset({
    "bmo", "bef mkt", "before market", "beforemarket", "before market open",
    "before the market open", "before open", "before the open", "pre market", "premarket",
    "time pre market", "before the bell", "before market hours", "dmh", "dmt",
    "during market", "during market hours", "intraday", "during trading", "tas", "tns", "unknown",
    "unspecified", "not supplied", "time not supplied", "time not available", "tbd", "n a", "na",
    "",
})  # fmt: skip
_WORDS: Final = _AFTER | _OTHER


def timing_sentences(
    cells: Mapping[str, Sequence[str]], names: Sequence[str], is_date_alone: Sequence[bool]
) -> list[str]:
    """Say of each column of such words that it is not read, and which dates it says come later.

    Earnings calendars give a date and ``amc`` or ``bmo``; of the former the date's own session
    closed before the news.

    Parameters
    ----------
    cells
        Column -> text of its cells, empty where missing.
    names
        The columns looked at.
    is_date_alone
        ``(E,)`` whether an event has a date without a time.
    """
    sentences = []
    for name in names:
        if not all(_plain(cell) in _WORDS for cell in cells[name]):
            continue
        after = [
            at
            for at, cell in enumerate(cells[name])
            if is_date_alone[at] and _plain(cell) in _AFTER
        ]
        if not after:
            continue
        written = Counter(cells[name][at] for at in after)
        shown = listed([repr(word) for word, _ in written.most_common(3)])
        sentences.append(
            f"column {name!r} says that {counted(len(after), 'date')} without a time "
            f"{'is' if len(after) == 1 else 'are'} of news after the close ({shown}), which is not "
            "read: date_only decides for all alike; write published_at with the hour, or the next "
            "session's date for these"
        )
    return sentences


def _plain(cell: str) -> str:
    return _SIGNS.sub(" ", cell.casefold()).strip(" ()")
