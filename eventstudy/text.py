"""Words and numbers as text: counts, lists, widths on a terminal, notes and names of groups.

No formats of results.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, namedtuple
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

F_TEST = "F test: "
"""What the note of an F test begins with; what it tests follows."""
_UNAVAILABLE = "not available: "

Record = Any
"""A row of a frame as a named tuple: cells of any type, columns by attribute."""


def records(frame: pd.DataFrame) -> Iterable[Record]:
    """Return the rows of a frame as named tuples, their cells of any type."""
    if frame.columns.empty:
        return cast("Iterable[Record]", frame.itertuples(index=False))
    # As `itertuples`, which looks every column up anew and takes ten times as long on short frames.
    cells = (column.tolist() for _, column in frame.items())
    return map(_row_type(tuple(map(str, frame.columns)))._make, zip(*cells, strict=True))


@lru_cache(maxsize=256)
def _row_type(columns: tuple[str, ...]) -> Any:  # noqa: ANN401 - a type made for these columns
    return namedtuple("Pandas", columns, rename=True)  # noqa: PYI024 - names are those of a frame


def is_missing(value: object) -> bool:
    """Whether a cell is None, NaN, NaT or NA."""
    import pandas as pd  # which the command line must not wait for

    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(cast("Any", value))))


def plain(text: object) -> str:
    """Return a text on one line, without control or invisible formatting characters.

    Terminals and typesetters act on such characters, and a news headline may hold them.
    """
    if is_missing(text):
        return ""
    spaced = " ".join(str(text).split())
    if spaced.isascii() and spaced.isprintable():
        return spaced
    return "".join(c for c in spaced if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co"})


def display_width(text: str) -> int:
    """Return the columns a text takes on a terminal: wide characters two, combining ones none."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def some(names: Sequence[str], most: int = 3) -> str:
    """Return ``a, b, c and 4 more``."""
    more = len(names) - most
    return listed(names) if more <= 0 else f"{', '.join(names[:most])} and {more:,} more"


def shorten(text: str, width: int) -> str:
    """Cut a text to `width` characters at a word where possible, with an ellipsis."""
    if len(text) <= width:
        return text
    cut = text[: width - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > width * 0.6 else cut).rstrip(" ,;:") + "…"


def one_line(text: str) -> str:
    r"""Return a name as it is, or `plain` where it would break a line or hide something.

    Bytes of a name that are no UTF-8 are shown by their numbers.

    Examples
    --------
    >>> one_line("a  b.csv"), one_line("a\n\x1bb.csv"), one_line("\udcff.csv") == "\\udcff.csv"
    ('a  b.csv', 'a b.csv', True)
    """
    if text.isprintable():
        return text
    return plain(text.encode("utf-8", "backslashreplace").decode())


def excerpt(text: object, width: int = 80) -> str:
    r"""Return a text out of somebody's file as a message quotes it: on one line, cut to `width`.

    Examples
    --------
    >>> excerpt("tariffs\x1e\u2028on steel", 12)
    'tariffs on…'
    """
    return shorten(plain(text), width)


def repeated(names: Iterable[str]) -> dict[str, int]:
    """Return the names that are there more than once, in their order, and how often.

    Examples
    --------
    >>> repeated(["a", "b", "a", "c"])
    {'a': 2}
    """
    return {name: count for name, count in Counter(names).items() if count > 1}


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """Return ``1 event``, ``12 events``."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def listed(words: Sequence[str], last: str = "and") -> str:
    """Return ``a, b and c``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def unavailable(reason: str) -> str:
    """Return the note of a row without a number, or its last part: ``not available: reason``."""
    return f"{_UNAVAILABLE}{reason}"


def reason_in(note: str) -> str:
    """Return the reason alone of a note by `unavailable`; any other note as it is.

    Examples
    --------
    >>> reason_in("not available: fewer than two dates"), reason_in("one date")
    ('fewer than two dates', 'one date')
    """
    return note.removeprefix(_UNAVAILABLE)


def group_name(columns: Sequence[str], values: Sequence[str]) -> str:
    """Return the name of the group that has these values in these columns.

    Examples
    --------
    >>> group_name(["category", "direction"], ["deal", "escalation"])
    'category*direction=deal*escalation'
    """
    return f"{'*'.join(columns)}={'*'.join(values)}"


def grouping_of(group: str) -> str:
    """Return the grouping a group is one of: ``a*b`` of ``a*b=x*y``, ``all`` of ``all``."""
    return group.partition("=")[0]


def split_group(group: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the columns and the values of a group name; ``all`` has neither.

    Examples
    --------
    >>> split_group("category*direction=deal*escalation")
    (('category', 'direction'), ('deal', 'escalation'))
    """
    by = grouping_of(group)
    if by == group:
        return (), ()
    columns = tuple(by.split("*"))
    return columns, tuple(group[len(by) + 1 :].split("*", len(columns) - 1))
