"""Which column of a result is which of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from eventstudy.exceptions import SchemaError, SpecificationError
from eventstudy.io.doors import STUDY_DATE, TimestampError
from eventstudy.io.timestamps import read_day
from eventstudy.prices.files.cells import BAR_FIELDS
from eventstudy.registry import nearest

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence

    from eventstudy._typing import Content


class Layout(NamedTuple):
    """Names a result has for our columns."""

    date: str
    security: str | None
    numbers: tuple[str, ...]
    theirs: tuple[str, ...]

    @property
    def is_long(self) -> bool:
        """Whether a row is one security of a date."""
        return self.security is not None


def find_layout(
    name: str,
    keys: tuple[str, ...],
    columns: Mapping[str, str],
    content: Content,
    wanted: tuple[str, ...] | None,
) -> Layout:
    """Find our columns among theirs."""
    twice = [key for key in dict.fromkeys(keys) if keys.count(key) > 1]
    if twice:
        raise SchemaError([f"{name}: column {twice[0]!r} is there twice; name each once"])
    lowered = {key.lower(): key for key in reversed(keys)}

    def find(role: str) -> str | None:
        written = columns.get(role, role)
        found = written if written in keys else lowered.get(written.lower())
        if found is None and role in columns:
            raise SchemaError([f"{name} has no column {written!r}{nearest(written, keys)}"])
        return found

    date = find("date")
    if date is None:
        raise SchemaError(
            [f"{name} has no column 'date'{nearest('date', keys)}; say which it is with "
             'prices.columns = { date = "..." }']
        )  # fmt: skip
    security = find("security")
    if security is None:
        return _wide_layout(name, keys, columns, date, find, wanted)
    value = "return" if content == "returns" and find("return") is not None else "close"
    if find(value) is None:
        raise SchemaError(
            [f"{name} has no column {value!r}{nearest(value, keys)}; say which it is with "
             f'prices.columns = {{ {value} = "..." }}']
        )  # fmt: skip
    unknown = [role for role in columns if role not in ("date", "security", value, *BAR_FIELDS)]
    if unknown:
        roles = ("date", "security", value, *BAR_FIELDS)
        raise SpecificationError(
            f"prices.columns: unknown column {unknown[0]!r}{nearest(unknown[0], roles)}"
        )
    found = {role: find(role) for role in (value, *BAR_FIELDS)}
    held = {role: theirs for role, theirs in found.items() if theirs is not None}
    return Layout(date, security, tuple(held), tuple(held.values()))


def _wide_layout(
    name: str,
    keys: tuple[str, ...],
    columns: Mapping[str, str],
    date: str,
    find: Callable[[str], str | None],
    wanted: tuple[str, ...] | None,
) -> Layout:
    own = [role for role in columns if role != "date"]
    pairs = {role: str(find(role)) for role in own} or {key: key for key in keys if key != date}
    if wanted is not None:
        low = {one.lower() for one in wanted}
        pairs = {role: key for role, key in pairs.items() if role.lower() in low} or pairs
    if not pairs:
        raise SchemaError([f"{name} has no column besides the date; there must be one a security"])
    return Layout(date, None, tuple(pairs), tuple(pairs.values()))


def nothing_found(
    name: str, wanted: Sequence[str] | None, span: tuple[dt.date | None, dt.date | None]
) -> str:
    """Return the sentence for a result without rows."""
    who = "" if wanted is None else f" of {', '.join(wanted[:5])}{' ...' if wanted[5:] else ''}"
    since = "" if span[0] is None else f" from {span[0]}"
    until = "" if span[1] is None else f" to {span[1]}"
    return f"{name} has no rows{who}{since}{until}"


def read_bound(value: dt.date | str | None, key: str) -> dt.date | None:
    """Return a date given as such or as ISO text; an error names `key`."""
    try:
        return None if value is None else read_day(value, STUDY_DATE, f"prices.{key}")
    except TimestampError as error:
        raise SpecificationError(str(error)) from None
