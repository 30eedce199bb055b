"""The words that articles are read by: the tables of ``vocabulary.toml`` and patterns of them."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from eventstudy.io.packaged import packaged_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
NUMBERS = {
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
}
AMBIGUOUS_ZONES = ("CST", "CDT", "IST", "MST", "MDT")
"""Letters behind a clock time that stand for several zones: such a time is not read."""


def alternatives(words: Iterable[str]) -> str:
    """Return the words as alternatives of a pattern, the longest first; ``*`` is some letters."""
    ordered = sorted(set(words), key=lambda word: (-len(word), word))
    signs = (("'", "['’]"), (r"\ ", r"\s"), (r"\*", r"\w{1,20}"))
    expressions = []
    for word in ordered:
        expression = "(?-i:may)" if word == "may" else re.escape(word)  # May is a month
        for sign, replacement in signs:
            expression = expression.replace(sign, replacement)
        expressions.append(expression)
    return "|".join(expressions)


def pattern(words: Iterable[str], *, any_case: bool = True) -> re.Pattern[str]:
    """Return the pattern of any of `words`, as whole words."""
    flags = re.IGNORECASE if any_case else 0
    return re.compile(rf"(?<!\w)(?:{alternatives(words)})(?!\w)", flags)


@cache
def tables() -> dict[str, Any]:
    """Return the tables of ``vocabulary.toml``."""
    return packaged_tables("eventstudy.news.articles", "vocabulary.toml")


@cache
def word_list(name: str) -> re.Pattern[str]:
    """Return the pattern of the word list called `name`."""
    words: Sequence[str] = tables()["words"][name]
    return pattern(words)


@cache
def _entries(table: str) -> tuple[re.Pattern[str], dict[str, str]]:
    entries = {word.casefold(): name for name, words in tables()[table].items() for word in words}
    words = [word for words in tables()[table].values() for word in words]
    # Companies are looked up as written: "target" and "meta" are none.
    return pattern(words, any_case=table == "markets"), entries


def entries_named(table: str, text: str) -> list[tuple[int, str]]:
    """Return where `text` names an entry of a table, and which, in the order of the text.

    Parameters
    ----------
    table
        ``"exchanges"`` or ``"markets"``.
    """
    any_word, entries = _entries(table)
    return [
        (match.start(), entries[re.sub(r"\s", " ", match[0]).replace("’", "'").casefold()])
        for match in any_word.finditer(text)
    ]
