"""Where the sentences of a paragraph end: behind its stops, but for those of abbreviations.

A stop inside quotation marks or brackets ends nothing, one behind an abbreviation or an initial
only where the next word is one that sentences begin with ("It fell in the U.S. The yuan rose").
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache
from typing import TYPE_CHECKING

from eventstudy.news.articles.vocabulary import tables

if TYPE_CHECKING:
    from collections.abc import Iterator

_STOPS = re.compile(r"[.!?…。！？｡．]+(?:\[\d{1,3}\])?[\"'”’»)\]*_]*\s*")
_WORD = re.compile(r"[^\s\"'“”‘’«»()\[\]]*$")
_NEXT = re.compile(r"[\"“‘'(\[«]*([^\W\d_]*)")
_DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]$")
_NO_BLANK_NEEDED = frozenset("。！？｡．")
_LONGEST_WORD = 30

_PAIRS = {"”": "“", "»": "«", ")": "(", "]": "[", "」": "「", "』": "『", "）": "（"}
_MARKS = re.compile("[" + re.escape("".join([*_PAIRS, *_PAIRS.values()])) + "]")
_STRAIGHT = re.compile(r"\"[^\"]{1,2000}\"|(?<!\w)'(?=\w)[^\"\n]{1,300}?(?<=[\w.,!?…])'(?!\w)")
_LONGEST_PAIR = 2000
"""Letters between two brackets or quotation marks; farther apart they are no pair."""


@cache
def _words(kind: str) -> frozenset[str]:
    return frozenset(tables()["sentences"][kind])


def sentence_ends(text: str) -> Iterator[int]:
    """Yield the place behind each sentence, the blanks after it included; the last is the length.

    Examples
    --------
    >>> text = "Mr. Li left the U.S. on 2 May. The yuan rose 0.3%."
    >>> [text[:end] for end in sentence_ends(text)][0]
    'Mr. Li left the U.S. on 2 May. '
    """
    opened = _enclosed(text)
    starts = [start for start, _ in opened]
    done = 0
    for match in _STOPS.finditer(text):
        end = match.end()
        if end >= len(text):
            break
        if _is_end(text, done, match) and not _is_inside(opened, starts, match.start(), end):
            yield end
            done = end
    if text:
        yield len(text)


def _is_end(text: str, done: int, match: re.Match[str]) -> bool:
    stop, end = match.start(), match.end()
    mark = match[0].rstrip()
    if mark[0] in _NO_BLANK_NEEDED:
        return True
    word = _WORD.search(text, max(done, stop - _LONGEST_WORD), stop)
    before = "" if word is None else word[0]
    following = _NEXT.match(text, end)
    after = "" if following is None else following[1]
    if end == match.start() + len(mark):  # no blank: "fell.It", but not "3.5", "a.com", "U.S."
        is_glued = mark in {".", "?", "!", "…"} and after[:1].isupper() and not after[1:].isupper()
        return is_glued and before.islower() and before.isalpha() and len(before) > 1
    if mark[0] in "!?":
        return True
    if after[:1].islower():
        return False
    if mark.rstrip("\"'”’»)]*_") == "." and _is_abbreviation(before):
        return after.lower() in _words("openers") and after[:1].isupper()
    return True


def _is_abbreviation(word: str) -> bool:
    is_initial = len(word) == 1 and word.isupper()
    return (
        is_initial
        or word.lower() in _words("abbreviations")
        or word in _words("abbreviations_as_written")
        or _DOTTED.fullmatch(word) is not None
    )


def _enclosed(text: str) -> list[tuple[int, int]]:
    """Return begin and end of what stands in quotation marks or brackets, outermost, in order."""
    found = [match.span() for match in _STRAIGHT.finditer(text)]
    opened: dict[str, list[int]] = {mark: [] for mark in _PAIRS.values()}
    for match in _MARKS.finditer(text):
        mark = match[0]
        if mark in opened:
            opened[mark].append(match.start())
        elif opened[_PAIRS[mark]]:
            start = opened[_PAIRS[mark]].pop()
            if match.end() - start <= _LONGEST_PAIR:
                found.append((start, match.end()))
    outermost: list[tuple[int, int]] = []
    for start, end in sorted(found, key=lambda span: (span[0], -span[1])):
        if not outermost or start >= outermost[-1][1]:
            outermost.append((start, end))
    return outermost


def _is_inside(opened: list[tuple[int, int]], starts: list[int], stop: int, end: int) -> bool:
    """Whether a stop stands in quotation marks or brackets that do not close right behind it."""
    number = bisect_right(starts, stop) - 1
    return number >= 0 and end < opened[number][1]
