"""Cuts an article into pieces: headings, claims (sentences or clauses) and marks between them.

Every letter of the text that is not blank lies in exactly one piece, so that nothing can get lost
without being listed.

Sentences end where `sentence_ends` says, corrected by what stands on both sides: a clock time
before a place or weekday ("4 p.m. Tokyo time"), "approx." before a number, a reply after a question
("Is it? he asked"), and a Chinese or Japanese quotation before its verb.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Literal

from eventstudy.news.articles.clauses import clauses
from eventstudy.news.articles.sentence_ends import sentence_ends
from eventstudy.news.articles.vocabulary import (
    AMBIGUOUS_ZONES,
    MONTHS,
    WEEKDAYS,
    alternatives,
    tables,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Kind = Literal["claim", "heading", "mark", "front_matter"]

_ENDERS = ".!?…。！？｡"
_CLOSERS = "\"'”’»)]）」』】*_ \t"
_BULLET = re.compile(r"\s{0,12}(?:[-*+•‣▪–—]\s+|\(?\d{1,3}[.)]\s+)")
_QUOTE = re.compile(r"\s{0,12}(?:>\s?)+")
_ATX = re.compile(r"\s{0,3}#{1,6}(?=\s|$)\s*")
_RULE = re.compile(r"\s*(?:[-_*=]\s*){3,}$")
_BOLD = re.compile(r"\s*(\*\*|__)(?=\S)[^*_]{1,200}\1:?\s*$")
_FRONT = re.compile(r"\s*(?:[A-Za-z_][\w .-]{0,40}:.*|-\s.*|#.*)?$")
_FRONT_LINES = 60
_HEADING_WORDS, _HEADING_LETTERS = 16, 120
_WRAP_AT = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of the text.

    Parameters
    ----------
    kind
        ``"claim"``; ``"heading"``; ``"mark"`` (bullets, rules, quotation marks of Markdown,
        datelines, the "and" between two claims, anything without a letter); ``"front_matter"``.
    start, end
        Letters of the text, ``text[start:end]``.
    paragraph
        Number from 1; headings have one of their own. 0 for front matter.
    sentence
        Number from 1 in the whole text; two claims of one sentence share it. 0 for the rest.
    clause
        Number from 1 in the sentence where it holds several claims, else 0.
    heading
        The heading above, as written, or None.
    """

    kind: Kind
    start: int
    end: int
    paragraph: int = 0
    sentence: int = 0
    clause: int = 0
    heading: str | None = None


@dataclass(slots=True)
class _Line:
    start: int
    end: int
    kind: Literal["blank", "text", "bullet", "heading", "rule", "front"]
    body: int  # where its words begin, behind bullets and other marks


def read_pieces(text: str) -> tuple[Piece, ...]:
    r"""Return the pieces of an article in their order.

    A line that stands alone, has at most 16 words and ends without a stop is a heading, as are
    the headings of Markdown; the lines of a text broken at some column are joined again; else a
    line is a paragraph. A text that is one line, or nothing but such lines, has no headings but
    those Markdown marks.

    Examples
    --------
    >>> for piece in read_pieces("Talks resume\nThe yuan rose 0.3%. Mr. Li left."):
    ...     print(piece.kind, piece.start, piece.end)
    heading 0 12
    claim 13 32
    claim 33 45
    """
    pieces = list(_pieces(text, headings=True))
    if not any(piece.kind == "claim" for piece in pieces):
        pieces = list(_pieces(text, headings=False))
    return tuple(pieces)


def _pieces(text: str, *, headings: bool) -> Iterator[Piece]:
    lines = _lines(text)
    paragraph = sentence = 0
    heading: str | None = None
    for group in _paragraphs(text, lines, headings=headings):
        first = group[0]
        start, end = first.start, group[-1].end
        if first.kind in ("front", "rule"):
            kind: Kind = "front_matter" if first.kind == "front" else "mark"
            yield from _trimmed(text, kind, start, end)
            continue
        paragraph += 1
        if first.body > start:
            yield from _trimmed(text, "mark", start, first.body, paragraph)
        if first.kind == "heading":
            for piece in _trimmed(text, "heading", first.body, end, paragraph):
                heading = " ".join(text[piece.start : piece.end].split())
                yield piece
            continue
        body = _after_dateline(text, first.body, end)
        yield from _trimmed(text, "mark", first.body, body, paragraph)
        for stretch in _sentences(text, body, end):
            if not _has_letter(text, *stretch):
                yield from _trimmed(text, "mark", *stretch, paragraph)
                continue
            sentence += 1
            parts = clauses(text[slice(*stretch)])
            has_several_claims = sum(part.is_claim for part in parts) > 1
            number = 0
            for part in parts:
                number += part.is_claim
                yield from _trimmed(
                    text,
                    "claim" if part.is_claim else "mark",
                    stretch[0] + part.start,
                    stretch[0] + part.end,
                    paragraph,
                    sentence,
                    number if has_several_claims and part.is_claim else 0,
                    heading,
                )


_DATELINE = re.compile(
    r"\s*[A-Z][A-Z.,'’/ -]{2,40}(?:,?\s[A-Z][a-z]{2,8}\.?\s\d{1,2})?\s\([A-Z][\w. ]{1,30}\)"
    r"\s?[-–—]{1,2}\s"
)


def _after_dateline(text: str, start: int, end: int) -> int:
    """Return where a paragraph goes on behind "LONDON, 1 May (Wire) -", which is no claim."""
    match = _DATELINE.match(text[start : min(end, start + 120)])
    return start if match is None else start + match.end()


def _trimmed(
    text: str,
    kind: Kind,
    start: int,
    end: int,
    paragraph: int = 0,
    sentence: int = 0,
    clause: int = 0,
    heading: str | None = None,
) -> Iterator[Piece]:
    """Yield the stretch without blanks at its ends; nothing if it is blank."""
    part = text[start:end]
    left = len(part) - len(part.lstrip())
    if left < len(part):
        yield Piece(
            kind=kind,
            start=start + left,
            end=start + len(part.rstrip()),
            paragraph=paragraph,
            sentence=sentence,
            clause=clause,
            heading=heading,
        )


def _has_letter(text: str, start: int, end: int) -> bool:
    return any(letter.isalpha() for letter in text[start:end])


# ---- lines ------------------------------------------------------------------------------------


def _lines(text: str) -> list[_Line]:
    """Return every line with its kind; the lines join without gaps."""
    lines: list[_Line] = []
    position = 0
    for raw in text.splitlines(keepends=True):
        start, position = position, position + len(raw)
        lines.append(_line(raw, start))
    for count in range(_front_matter(text, lines)):
        lines[count].kind = "front"
    for above, below in pairwise(lines):
        # A line of signs under a line of words is Markdown's other heading.
        signs = text[below.start : below.end].strip()
        is_underline = len(signs) >= 3 and set(signs) in ({"="}, {"-"})
        if is_underline and above.kind == "text" and _is_short(text[above.body : above.end]):
            above.kind = "heading"
    return lines


def _line(raw: str, start: int) -> _Line:
    end = start + len(raw)
    if not raw.strip():
        return _Line(start, end, "blank", start)
    if len(raw) < 2000 and _RULE.match(raw.rstrip()):
        return _Line(start, end, "rule", start)
    quoted = _QUOTE.match(raw)
    skip = quoted.end() if quoted else 0
    if marked := _ATX.match(raw, skip):
        return _Line(start, end, "heading", start + marked.end())
    if len(raw) < 300 and _BOLD.match(raw, skip):
        return _Line(start, end, "heading", start + skip)
    if bullet := _BULLET.match(raw, skip):
        return _Line(start, end, "bullet", start + bullet.end())
    return _Line(start, end, "text", start + skip)


def _front_matter(text: str, lines: Sequence[_Line]) -> int:
    """Return the number of lines of a block of keys between two ``---`` at the beginning."""
    if not lines or text[: lines[0].end].strip() != "---":
        return 0
    for count, line in enumerate(lines[1:_FRONT_LINES], start=2):
        raw = text[line.start : line.end].rstrip()
        if raw == "---":
            return count
        if len(raw) > 2000 or not _FRONT.match(raw):
            return 0
    return 0


# ---- paragraphs -------------------------------------------------------------------------------


def _paragraphs(text: str, lines: Sequence[_Line], *, headings: bool) -> Iterator[list[_Line]]:
    """Group the lines: one group a paragraph, a heading, a rule or the front matter."""
    block: list[_Line] = []
    for line in [*lines, _Line(len(text), len(text), "blank", len(text))]:
        is_joined = line.kind == "text" or (line.kind == "front" and block)
        if block and (not is_joined or line.kind != _kind_of(block)):
            yield from _block(text, block, headings=headings)
            block = []
        if line.kind in ("text", "front", "bullet"):
            block.append(line)
        elif line.kind != "blank":
            yield [line]


def _kind_of(block: Sequence[_Line]) -> str:
    return "front" if block[0].kind == "front" else "text"


def _block(text: str, block: list[_Line], *, headings: bool) -> Iterator[list[_Line]]:
    if block[0].kind == "front":
        yield block
        return
    wrapped = _is_wrapped(text, block)
    if headings and block[0].kind == "text" and _is_heading(text, block, wrapped=wrapped):
        block[0].kind = "heading"
        yield [block[0]]
        block = block[1:]
        wrapped = _is_wrapped(text, block)
    group: list[_Line] = []
    for line in block:
        if group and not (wrapped or _runs_on(text, group[-1], line)):
            yield from _paragraph(text, group, headings=headings)
            group = []
        group.append(line)
    if group:
        yield from _paragraph(text, group, headings=headings)


def _paragraph(text: str, group: list[_Line], *, headings: bool) -> Iterator[list[_Line]]:
    line = group[0]
    if headings and len(group) == 1 and line.kind == "text" and _is_title(text, line):
        line.kind = "heading"
    yield group


def _is_wrapped(text: str, block: Sequence[_Line]) -> bool:
    """Whether the lines were broken at a column rather than at ends of paragraphs."""
    upper = block[:-1]
    if not upper:
        return False
    lengths = [line.end - line.start for line in upper]
    open_ends = sum(not _is_ended(text, line) for line in upper)
    return (
        min(lengths[1:] or lengths) >= 30
        and max(lengths) <= _WRAP_AT
        and (2 * open_ends >= len(upper))
    )


def _is_heading(text: str, block: Sequence[_Line], *, wrapped: bool) -> bool:
    """Whether the first line of several is a heading above the rest."""
    if len(block) < 2 or not _is_title(text, block[0]) or _runs_on(text, block[0], block[1]):
        return False
    if not wrapped:
        return True
    lengths_below = [line.end - line.start for line in block[1:]]
    return block[0].end - block[0].start < 0.75 * median(lengths_below[:-1] or lengths_below)


def _runs_on(text: str, above: _Line, below: _Line) -> bool:
    """Whether a sentence of one line runs on into the next."""
    if below.kind == "bullet" or _is_ended(text, above):
        return False
    first = text[below.body : below.body + 1]
    return first.islower() or text[above.start : above.end].rstrip().endswith((",", "，", "、"))


def _is_title(text: str, line: _Line) -> bool:
    return _is_short(text[line.body : line.end]) and not _is_ended(text, line)


def _is_short(raw: str) -> bool:
    return len(raw) <= _HEADING_LETTERS and len(raw.split()) <= _HEADING_WORDS


def _is_ended(text: str, line: _Line) -> bool:
    tail = text[max(line.body, line.end - 40) : line.end].rstrip().rstrip(_CLOSERS)
    return tail.endswith(tuple(_ENDERS))


# ---- sentences --------------------------------------------------------------------------------


@cache
def _clock_patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    zones = (*tables()["zones"], *AMBIGUOUS_ZONES)
    places = alternatives([*tables()["places"], *zones, *WEEKDAYS, *MONTHS])
    clock = re.compile(r"\d\s?[ap]\.m\.\s*$")
    after = re.compile(rf"\s*(?:{places})(?!\w)")
    return clock, after


_APPROX = re.compile(r"(?:^|\W)(?:approx|est|ca|circa|no|nos|pct)\.\s*$", re.IGNORECASE)
_VERSUS = re.compile(r"\Wvs?\.\s*$")
_CJK_CLOSED = re.compile(r"[。！？!?.][」』”’）]$")


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches of the sentences from `start` to `end`; they join without gaps."""
    pending: tuple[int, int] | None = None
    for stretch in _segments(text, start, end):
        if pending is None:
            pending = stretch
        elif _is_same_sentence(text, pending, stretch):
            pending = (pending[0], stretch[1])
        else:
            yield pending
            pending = stretch
    if pending is not None:
        yield pending


def _segments(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    begin = start
    for length in sentence_ends(text[start:end]):
        yield begin, start + length
        begin = start + length


def _is_same_sentence(text: str, left: tuple[int, int], right: tuple[int, int]) -> bool:
    """Whether a sentence was cut in two between `left` and `right`."""
    before = text[max(left[0], left[1] - 40) : left[1]]
    after = text[right[0] : min(right[1], right[0] + 40)]
    first = after.lstrip()[:1]
    before_clock, after_clock = _clock_patterns()
    if before_clock.search(before):
        return bool(after_clock.match(after)) or first.islower() or first == "("
    if _VERSUS.search(before):
        return True
    if first.isdigit() or first == "$":
        return bool(_APPROX.search(before))
    if first.islower():
        return True
    is_glued = bool(first) and before == before.rstrip() and after[:1] == first
    return is_glued and ord(first) > 0x2E7F and bool(_CJK_CLOSED.search(before))
