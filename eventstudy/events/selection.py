"""Which events a selection takes, and what to say of a value that no event has."""

from __future__ import annotations

import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np

from eventstudy.events.cells import is_typed, listed_names, texts_of
from eventstudy.exceptions import SpecificationError
from eventstudy.io.doors import EVENT_TIME, TimestampError
from eventstudy.io.timestamp_columns import instants_of
from eventstudy.io.timestamps import read_time
from eventstudy.markets.market import find_market
from eventstudy.registry import nearest
from eventstudy.text import listed

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

    import pandas as pd

    from eventstudy._typing import BoolArray

_MOST_KNOWN: Final = 8
_MOST_ALIKE: Final = 3


def canonical_markets(names: Iterable[str]) -> tuple[str, ...]:
    """Return names of markets, those of the built-in list and its aliases by their own name."""
    # A name the market list lacks may be a column of the price file, so it stays as written.
    canonical = (name if (market := find_market(name)) is None else market.name for name in names)
    return tuple(dict.fromkeys(canonical))


def matches(values: pd.Series, column: str, texts: set[str]) -> BoolArray:
    """Return which cells of a column are one of some texts, ``""`` being an empty one."""
    if column == "markets":
        canonical = {name for text in texts for name in canonical_markets(listed_names(text))}
        canonical |= texts
        return np.array([not cell or bool(canonical & set(cell)) for cell in values], dtype=bool)
    if column == "date":
        return np.isin(values.dt.strftime("%Y-%m-%d").to_numpy(dtype=object), list(texts))
    if column == "published_at":
        instants = instants_of(_instants_among(texts - {""}))
        is_match = values.isin(instants) | (values.isna() & ("" in texts))
        return np.asarray(is_match, dtype=bool)
    if is_typed(values):
        # true, True and 1.0 of a study file are those of the table, however either is written
        wanted = {_number_text(text) for text in texts}
        return np.array([_number_text(cell) in wanted for cell in texts_of(values)], dtype=bool)
    return np.array([("" if cell is None else cell) in texts for cell in values], dtype=bool)


def _number_text(text: str) -> str:
    try:
        return f"{float(text):.15g}"
    except ValueError:
        return text.casefold()


def _shown(values: pd.Series, column: str) -> list[str]:
    """Return the cells of a column as a selection names them."""
    if column == "markets":
        return [name for cell in values for name in cell]
    if values.dtype.kind == "M":
        stamps = values.dt.strftime("%Y-%m-%dT%H:%MZ" if column == "published_at" else "%Y-%m-%d")
        return list(stamps.dropna())
    return texts_of(values)


def _instants_among(texts: set[str]) -> Iterator[dt.datetime | None]:
    """Yield the times among texts, for a selection by time.

    A text that is no time matches no event; a time without an offset is an error.
    """
    for text in texts:
        try:
            yield read_time(text, EVENT_TIME).instant
        except TimestampError as error:
            if error.kind == "no offset":
                raise SpecificationError(str(error)).at(key="events.select") from None


def no_match(values: pd.Series, column: str, text: str) -> str:
    """Return a sentence where no cell of a column is `text`, with the nearest one; else nothing."""
    if not text or matches(values, column, {text}).any():
        return ""
    options = {other for other in _shown(values, column) if other}
    known = f"known: {', '.join(sorted(options)[:_MOST_KNOWN])}"
    known += ", ..." if len(options) > _MOST_KNOWN else ""
    return f"no event has {column} {text!r}{nearest(text, options, known if options else '')}"


def written_alike(values: pd.Series, column: str) -> str:
    """Return a sentence on texts that only case, spaces or the form of letters tell apart.

    Nothing where there are none; numbers, truth values and times are not looked at.
    """
    if values.dtype.kind == "M" or is_typed(values):
        return ""
    counts = Counter(text for text in texts_of(values) if text)
    alike: dict[str, list[str]] = {}
    for text in counts:
        plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
        alike.setdefault(plain, []).append(text)
    several = [sorted(texts) for texts in alike.values() if len(texts) > 1]
    if not several:
        return ""
    shown = "; ".join(
        listed([f"{text!r} ({counts[text]})" for text in texts]) for texts in several[:_MOST_ALIKE]
    )
    more = f" and {len(several) - _MOST_ALIKE} more such" if len(several) > _MOST_ALIKE else ""
    return (
        f"column {column!r} has {shown}{more}, alike but for case, spaces or the form of letters, "
        "and each counts by itself; write alike what is one"
    )
