"""Which column of a table is what, and in which layout its prices stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from eventstudy.exceptions import SchemaError, SpecificationError
from eventstudy.io.stamps import read_stamps
from eventstudy.prices.files.dialects.catalogue import GENERIC, heading
from eventstudy.registry import nearest, suggest

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from eventstudy._typing import Content
    from eventstudy.prices.files.dialects.catalogue import Dialect

Layout = Literal["wide", "long", "bars"]
VALUES = ("close", "return", "adj_close", "open", "high", "low", "volume", "adj_open", "adj_high",
          "adj_low")  # fmt: skip
ROLES = ("date", "time", "security", *VALUES)
"""What a column may be said to be."""
RANGE = ("open", "high", "low")
_PLAIN_BARS = {"open", "high", "low", "close", "adj close", "adj. close", "adjclose", "volume"}
NEVER_SECURITIES = {
    "volume", "vol", "vol.", "turnover", "dividends", "dividend", "stock splits", "capital gains",
    "splits", "divcash", "splitfactor", "change %", "change%", "% change", "chg%", "%chg",
    "openint", "open interest", "trading volume", "成交量", "成交额", "出来高",
}  # fmt: skip
"""Columns of a wide file that are no prices of anything, in lower case."""


class Roles(NamedTuple):
    """Layout of a table, and by role or security the names of its columns."""

    layout: Layout
    date: str
    columns: Mapping[str, str]
    """By role; of a wide table by security."""
    unused: tuple[str, ...]
    time: str | None = None
    period: str | None = None


def roles_of(  # noqa: PLR0911 - one return a layout
    frame: pd.DataFrame, dialect: Dialect, given: Mapping[str, str], content: Content, file: str
) -> Roles | None:
    """Return what each column is; None where the table stays as it is, to be read or refused.

    Raises
    ------
    SchemaError
        A column that is named and not there; open, high, low and no close.
    """
    titles = [str(column) for column in frame.columns]
    by_heading = {heading(title): title for title in reversed(titles)}
    by_hand = {role: _named(title, titles, by_heading, role, file) for role, title in given.items()}

    def find(role: str) -> str | None:
        if role in by_hand:
            return by_hand[role]
        taken = set(by_hand.values())
        names = (by_heading.get(name) for name in dialect.fields.get(role, (role,)))
        return next((title for title in names if title is not None and title not in taken), None)

    is_generic = dialect.name == GENERIC
    found = {role: title for role in VALUES if (title := find(role)) is not None}
    date = find("date")
    if is_generic and "date" not in by_hand and (date is None or heading(date) != "date"):
        holds_dates = read_stamps(frame.iloc[:, 0], order="dmy") is not None
        date = titles[0] if holds_dates or date is None else date
        if not holds_dates and date == titles[0] and heading(date) not in dialect.fields["date"]:
            return None
    if date is None:
        return None
    time = find("time")
    time = None if time == date else time
    period = find("period")
    security = _security(find("security"), found, content, is_generic=is_generic and not by_hand)
    others = [name for name in by_hand if name not in ROLES]
    wide_names = list(others)
    if wide_names:
        if security is not None and "security" in by_hand:
            raise SpecificationError(
                f"unknown column {wide_names[0]!r}{nearest(wide_names[0], ROLES)}",
                key="prices.columns",
                suggestion=suggest(wide_names[0], ROLES),
            )
        return Roles("wide", date, {name: by_hand[name] for name in wide_names}, ())
    layout = _layout(by_heading, found, date, security, by_hand, content, is_generic=is_generic)
    extras = {date, time, period}
    if layout == "wide":
        if is_generic and date != titles[0] and "date" not in by_hand:
            return None
        _refuse_range_without_close(found, titles, file)
        rest = [title for title in titles if title not in extras]
        kept = [title for title in rest if heading(title) not in NEVER_SECURITIES]
        unused = tuple(title for title in rest if heading(title) in NEVER_SECURITIES)
        if not kept:
            return None
        return Roles("wide", date, {title.strip(): title for title in kept}, unused)
    columns = dict(found)
    if layout == "long" and security is not None:
        columns["security"] = security
    used = {*columns.values(), *extras}
    unused = tuple(title for title in titles if title not in used)
    return Roles(layout, date, columns, unused, time, period)


def _named(
    written: str, titles: list[str], by_heading: Mapping[str, str], role: str, file: str
) -> str:
    matched = written if written in titles else by_heading.get(heading(written))
    if matched is None:
        raise SchemaError(
            [f"{file} has no column {written!r}{nearest(written, titles)}; "
             f"prices.columns says it is {role}"],
            file=file,
            suggestion=suggest(written, titles),
        )  # fmt: skip
    return matched


def _security(
    security: str | None, found: Mapping[str, str], content: Content, *, is_generic: bool
) -> str | None:
    """Return the column of names; one that is only called like it needs a close beside it."""
    if security is None or not is_generic or heading(security) == "security":
        return security
    has_value = "close" in found or (content == "returns" and "return" in found)
    return security if has_value else None


def _layout(
    by_heading: Mapping[str, str],
    found: Mapping[str, str],
    date: str,
    security: str | None,
    by_hand: Mapping[str, str],
    content: Content,
    *,
    is_generic: bool,
) -> Layout:
    if security is not None:
        return "long"
    n_range = sum(role in found for role in RANGE)
    if "close" in by_hand or (content == "returns" and "return" in by_hand):
        return "bars"
    if not is_generic:
        return "bars" if "close" in found or n_range >= 2 else "wide"
    if "close" not in found:
        return "wide"
    others = set(by_heading) - {heading(date)}
    if heading(found["close"]) == "close" and others <= _PLAIN_BARS:
        return "bars"
    is_alone = others - NEVER_SECURITIES == {heading(found["close"])}
    return "bars" if n_range >= 2 or is_alone else "wide"


def _refuse_range_without_close(found: Mapping[str, str], titles: list[str], file: str) -> None:
    """Refuse open, high and low without a close: they are no three securities.

    Two of them may be securities that are called so, where others stand beside them.
    """
    n_range = sum(role in found for role in RANGE)
    is_nothing_else = len(titles) - 1 <= len(found)
    if "close" in found or n_range < 2 or (n_range < len(RANGE) and not is_nothing_else):
        return
    listed = ", ".join(found.values())
    raise SchemaError(
        [f"{file} has the columns {listed} and none that is known to be the close; say which is "
         'with columns = { close = "..." }'],
        file=file,
        row=1,
    )  # fmt: skip
