"""Which column of a query's result is the date, the security, a price or a field of the bars."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from eventstudy.exceptions import SchemaError, SpecificationError
from eventstudy.io.doors import STUDY_DATE, TimestampError
from eventstudy.io.timestamps import read_day
from eventstudy.prices.files.cells import BAR_FIELDS
from eventstudy.registry import nearest, suggest
from eventstudy.text import repeated

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence

    from eventstudy._typing import Content

_RENAMED = re.compile(r"(.+)[:_]\d+")


class Layout(NamedTuple):
    """Columns of a result by their role.

    Attributes
    ----------
    date : name of the column of dates
    security : name of the column of securities; None of a wide result
    numbers : what each column of numbers is called here: a role such as ``close``, or a security
    number_columns : names of those columns in the result
    """

    date: str
    security: str | None
    numbers: tuple[str, ...]
    number_columns: tuple[str, ...]

    @property
    def is_long(self) -> bool:
        """Whether a row is one security of a date."""
        return self.security is not None


def find_layout(
    name: str,
    keys: tuple[str, ...],
    columns: Mapping[str, str],
    content: Content,
    securities: tuple[str, ...] | None,
) -> Layout:
    """Return which column of a result holds what.

    Parameters
    ----------
    name
        What messages call the result.
    keys
        Columns of the result.
    columns
        By role, the names the user gave.
    content
        Prices need a close; returns a return or a close.
    securities
        Columns kept of a wide result; all if None, or if none of them is there.

    Raises
    ------
    SchemaError
        A column that is missing or there twice.
    SpecificationError
        An unknown role in `columns`.
    """
    if twice := next(iter(repeated(keys)), ""):
        raise SchemaError([f"column {twice!r} is there twice; name each once"], file=name)
    lowered = {key.lower(): key for key in reversed(keys)}

    def find(role: str) -> str | None:
        written = columns.get(role, role)
        matched = written if written in keys else lowered.get(written.lower())
        if matched is None and role in columns:
            raise SchemaError(
                [f"{name} has no column {written!r}{nearest(written, keys)}"],
                file=name,
                suggestion=suggest(written, keys),
            )
        return matched

    date = find("date")
    if date is None:
        raise SchemaError(
            [f"{name} has no column 'date'{nearest('date', keys)}; say which it is with "
             'prices.columns = { date = "..." }'], file=name
        )  # fmt: skip
    security = find("security")
    if security is None:
        return _wide_layout(name, keys, columns, date, find, securities)
    value = "return" if content == "returns" and find("return") is not None else "close"
    if find(value) is None:
        raise SchemaError(
            [f"{name} has no column {value!r}{nearest(value, keys)}; say which it is with "
             f'prices.columns = {{ {value} = "..." }}'], file=name
        )  # fmt: skip
    unknown = [role for role in columns if role not in ("date", "security", value, *BAR_FIELDS)]
    if unknown:
        roles = ("date", "security", value, *BAR_FIELDS)
        raise SpecificationError(
            f"unknown column {unknown[0]!r}{nearest(unknown[0], roles)}",
            key="prices.columns",
            suggestion=suggest(unknown[0], roles),
        )
    names = {role: find(role) for role in (value, *BAR_FIELDS)}
    present = {role: written for role, written in names.items() if written is not None}
    return Layout(date, security, tuple(present), tuple(present.values()))


def may_be_renamed(keys: Sequence[str]) -> bool:
    """Whether a column may have got its name from the engine: ``A:1`` or ``A_1`` beside ``A``."""
    lowered = {key.lower() for key in keys}
    return any(
        (match := _RENAMED.fullmatch(key.lower())) is not None and match[1] in lowered
        for key in keys
    )


def check_renamed(name: str, keys: Sequence[str], written: Sequence[str]) -> None:
    """Raise where the engine has renamed a column because the query names it twice.

    Parameters
    ----------
    name
        What messages call the result.
    keys, written
        Columns of the query as a subquery, and by itself.

    Raises
    ------
    SchemaError
        A column is there twice.
    """
    renamed = [old for key, old in zip(keys, written, strict=True) if key != old]
    if renamed:
        raise SchemaError(
            [f"column {renamed[0]!r} is there twice; name each once, with AS"], file=name
        )


def _wide_layout(
    name: str,
    keys: tuple[str, ...],
    columns: Mapping[str, str],
    date: str,
    find: Callable[[str], str | None],
    securities: tuple[str, ...] | None,
) -> Layout:
    roles = [role for role in columns if role != "date"]
    pairs = {role: str(find(role)) for role in roles} or {key: key for key in keys if key != date}
    if securities is not None:
        lowered = {security.lower() for security in securities}
        pairs = {role: key for role, key in pairs.items() if role.lower() in lowered} or pairs
    if not pairs:
        raise SchemaError(
            [f"{name} has no column besides the date; there must be one a security"], file=name
        )
    return Layout(date, None, tuple(pairs), tuple(pairs.values()))


def no_rows_message(
    name: str, securities: Sequence[str] | None, span: tuple[dt.date | None, dt.date | None]
) -> str:
    """Return the sentence for a result without rows."""
    of_securities = (
        ""
        if securities is None
        else f" of {', '.join(securities[:5])}{' ...' if securities[5:] else ''}"
    )
    since = "" if span[0] is None else f" from {span[0]}"
    until = "" if span[1] is None else f" to {span[1]}"
    return f"{name} has no rows{of_securities}{since}{until}"


def read_bound(value: dt.date | str | None, key: str) -> dt.date | None:
    """Return a date given as such or as ISO text; an error names `key`."""
    try:
        return None if value is None else read_day(value, STUDY_DATE, f"prices.{key}")
    except TimestampError as error:
        raise SpecificationError(str(error)).at(key=f"prices.{key}") from None
