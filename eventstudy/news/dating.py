"""Which column of a raw item says when it was published, and what that column means."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from eventstudy.io.doors import NEWS
from eventstudy.io.packaged import packaged_tables
from eventstudy.io.timestamps import read_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from eventstudy.io.timestamps import Timestamp

_SEPARATORS: Final = re.compile(r"[ _\-.\t]")
_SAYS_WHEN: Final = re.compile(
    r"(date|time|utc|gmt|published|issued|[_.-](at|on)|[a-z](At|On))$|^date"
)
_SAYS_LATER: Final = re.compile(
    r"^(last)?(updat|modif|edit|accessed|retriev|fetch|scrap|date_?modif)"
)
_MOST_NOTED: Final = 3
_AN_HOUR: Final = dt.timedelta(hours=1)


def normalised(name: str) -> str:
    """Return a column's name in small letters, without spaces and ``_``, ``-``, ``.``.

    Examples
    --------
    >>> normalised("Published_At"), normalised("publishedAt")
    ('publishedat', 'publishedat')
    """
    return _SEPARATORS.sub("", name.casefold())


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeField:
    """A column of a public source that says when.

    Parameters
    ----------
    field
        Its name, normalised.
    meaning
        What it says, as a note puts it.
    precision
        How well that is the time of the news, as in an events file.
    timezone
        Zone of its times without an offset, where the source documents it.
    unstated
        Whether the source leaves that zone open.
    """

    field: str
    meaning: str
    precision: str | None = None
    timezone: str | None = None
    unstated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A public source of news, known by the names of its columns.

    Parameters
    ----------
    name
        What a note calls it.
    known_by
        Sets of normalised names; an item that has all of one set comes from it.
    times
        What says when, the first filled one counting.
    """

    name: str
    known_by: tuple[frozenset[str], ...]
    times: tuple[TimeField, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dating:
    """The column that dates an item.

    Parameters
    ----------
    column, raw
        Its name, and what is written there.
    provider, field
        Where the item comes from and what the column means there; None for an unknown source.
    """

    column: str
    raw: str
    provider: Provider | None = None
    field: TimeField | None = None

    @property
    def sentence(self) -> str:
        """What the item is dated by; empty where the column's name says it all."""
        if self.provider is not None and self.field is not None:
            return f"dated by {self.column}, {self.field.meaning} ({self.provider.name})"
        is_plain = "publish" in normalised(self.column) or normalised(self.column) in _PLAIN
        return "" if is_plain else f"dated by {self.column}"


_OWN_NAMES: Final = frozenset({"published", "published_at"})  # whoever writes these has decided
_PLAIN: Final = frozenset(
    {"date", "datetime", "pubdate", "publicationdate", "timestamp", "time", ""}
)


@cache
def providers() -> tuple[Provider, ...]:
    """Return the public sources that are known, in the order of the file."""
    return tuple(
        Provider(
            name=table["name"],
            known_by=tuple(frozenset(map(normalised, names)) for names in table["known_by"]),
            times=tuple(
                TimeField(**entry | {"field": normalised(entry["field"])})
                for entry in table["times"]
            ),
        )
        for table in packaged_tables("eventstudy.news", "providers.toml").values()
    )


@lru_cache(maxsize=4096)
def provider_of(columns: tuple[str, ...]) -> Provider | None:
    """Return the public source whose columns these are; None for an unknown one."""
    names = {normalised(column) for column in columns}
    for provider in providers():
        if any(known <= names for known in provider.known_by):
            return provider
    return None


def dating_by_provider(cells: Mapping[str, str]) -> Dating | None:
    """Return the column that dates an item of a known source; None for an unknown one."""
    provider = provider_of(tuple(cells))
    if provider is None or not _OWN_NAMES.isdisjoint(cells):
        return None
    filled = {normalised(name): name for name, cell in cells.items() if cell and not cell.isspace()}
    for field in provider.times:
        if (column := filled.get(field.field)) is not None:
            return Dating(column=column, raw=cells[column].strip(), provider=provider, field=field)
    return None


def other_dates(
    cells: Mapping[str, str], chosen: str, stamp: Timestamp
) -> Iterator[tuple[str, str]]:
    """Yield column and text of other dates of an item that are not those of its time.

    Times an hour apart and days that differ count; what says when the item was changed or fetched
    does not, nor does a text that is no date.
    """
    n_noted = 0
    for column, cell in cells.items():
        if column == chosen or not cell or len(cell) > 40 or not _is_date_column(column):
            continue
        try:
            other = read_time(cell.strip(), NEWS, zone="UTC")
        except ValueError:
            continue
        if stamp.instant is not None and other.instant is not None:
            is_other = abs(stamp.instant - other.instant) > _AN_HOUR
        else:
            is_other = stamp.date != other.date
        if is_other and n_noted < _MOST_NOTED:
            n_noted += 1
            yield column, cell.strip()


@lru_cache(maxsize=4096)
def _is_date_column(column: str) -> bool:
    return _SAYS_WHEN.search(column) is not None and _SAYS_LATER.match(column.casefold()) is None
