"""A JSON text of any size cut into the items of one of its arrays, without parsing it.

Every item is then parsed on its own, so that a broken one loses nothing but itself: NaN, half of a
character or a stray quotation mark in one item leaves the others whole.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TextIO

from eventstudy.exceptions import SchemaError

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK: Final = 1 << 16
_HEAD: Final = 1_000
_LONGEST_ITEM: Final = 64_000_000
_MOST_KEYS: Final = 3
_MOST_PATHS: Final = 2_000
_TOKEN: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["{}\[\],:]', re.DOTALL)
_FIRST_KEY: Final = re.compile(r'\s*\{\s*("[^"\\]*+(?:\\.[^"\\]*+)*+")\s*:', re.DOTALL)
_PAIRS: Final = {"}": "{", "]": "["}


class Piece(NamedTuple):
    """A part of the text."""

    text: str
    kind: Literal["item", "torn", "after"]
    """An item; one inside which the text ends; what stands behind the items and should not."""


@dataclass(slots=True)
class Layout:
    """What a JSON text holds, as far as its brackets tell."""

    head: str = ""
    """How it begins, without white space in front."""
    keys: set[str] = field(default_factory=set)
    """Of the object it is."""
    arrays: dict[tuple[str, ...], int] = field(default_factory=dict)
    """Keys that lead to an array -> objects in it."""
    is_torn: bool = False
    """Whether it ends before its last bracket."""


class _Tokens:
    """Strings, brackets, commas and colons of a text with their places, read as it is needed."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._text = stream.read(_CHUNK).lstrip("\ufeff \t\r\n")
        self._start = 0
        self.mark = 0
        """The text from here on is kept."""

    def __iter__(self) -> Iterator[tuple[str, int, int]]:
        position = 0
        while True:
            match = _TOKEN.search(self._text, position)
            if match is not None and match[0] != '"':
                position = match.end()
                yield match[0], self._start + match.start(), self._start + position
                continue
            position = len(self._text) if match is None else match.start()
            n_gone = min(position, max(self.mark - self._start, 0))
            pending = self._text[n_gone:]
            if len(pending) > _LONGEST_ITEM:
                raise SchemaError(
                    [f"an item has more than {_LONGEST_ITEM:,} characters, or a quotation never ends"]
                )
            chunk = self._stream.read(max(_CHUNK, len(pending)))
            if not chunk:
                return
            self._text = pending + chunk
            self._start += n_gone
            position -= n_gone

    def between(self, start: int, end: int | None = None) -> str:
        """Return a part of the text that is kept, as far as it was read where `end` is None."""
        last = None if end is None else end - self._start
        return self._text[start - self._start : last]

    def head(self) -> str:
        """Return how the text begins, before any token is taken."""
        return self._text[:_HEAD]


class _Nesting:
    """Which brackets are open, and the keys that lead to the place."""

    def __init__(self) -> None:
        self.open: list[str] = []
        self._keys: list[str] = []
        self._string = ""
        self._n_arrays = 0

    def take(self, token: str, floor: int = 0) -> None:
        """Take a token; a closing bracket that matches none above `floor` is passed over."""
        if token[0] == '"':
            self._string = token
        elif token == ":":
            if not self._n_arrays and 0 < len(self.open) <= _MOST_KEYS:
                self._keys[len(self.open) - 1 :] = [_as_text(self._string)]
        elif token in "{[":
            self.open.append(token)
            self._n_arrays += token == "["
        elif token in "}]" and _PAIRS[token] in self.open[floor:]:
            opening = ""
            while opening != _PAIRS[token]:
                opening = self.open.pop()
                self._n_arrays -= opening == "["

    @property
    def path(self) -> tuple[str, ...] | None:
        """The keys that lead here; None inside arrays, and deeper than is looked."""
        n_open = len(self.open)
        is_near = not self._n_arrays and n_open <= _MOST_KEYS
        return tuple(self._keys[:n_open]) if is_near else None

    @property
    def key(self) -> str | None:
        """The key just read, of the outermost object; None elsewhere."""
        return self._keys[0] if self.open == ["{"] and self._keys else None

    @property
    def is_in_outer_array(self) -> bool:
        """Whether this is inside an array, and no object or array of it."""
        return self._n_arrays == 1 and self.open[-1] == "["


def layout_of(stream: TextIO) -> Layout:
    """Return what a JSON text holds: its keys, and its arrays outside of arrays."""
    tokens, nesting, layout = _Tokens(stream), _Nesting(), Layout()
    layout.head = tokens.head()
    if not layout.head.startswith("{"):
        return layout
    path: tuple[str, ...] | None = None
    for token, _, end in tokens:
        tokens.mark = end
        if token == "{" and nesting.is_in_outer_array and path is not None:
            layout.arrays[path] += 1
        elif token == "[" and (here := nesting.path) is not None:
            path = here if len(layout.arrays) < _MOST_PATHS else None
            if path is not None:
                layout.arrays.setdefault(path, 0)
        nesting.take(token)
        if token == ":" and nesting.key is not None:
            layout.keys.add(nesting.key)
        if not nesting.open and token == "}":
            return layout
    layout.is_torn = True
    return layout


def pieces_of(stream: TextIO, path: tuple[str, ...] | None) -> Iterator[Piece]:
    """Yield the items of the array to which `path` leads; None for a text that is one item.

    Raises
    ------
    SchemaError
        An item is longer than any item is.
    """
    tokens, nesting = _Tokens(stream), _Nesting()
    walk = iter(tokens)
    if path is not None:
        for token, _, end in walk:
            tokens.mark = end
            is_here = token == "[" and nesting.path == path
            nesting.take(token)
            if is_here:
                break
    floor = len(nesting.open)
    is_over = False
    for token, start, end in walk:
        if len(nesting.open) == floor and (token == "," or (token == "]" and floor)):
            if tokens.between(tokens.mark, start).strip():
                yield Piece(tokens.between(tokens.mark, start), "item")
            tokens.mark = end
            if token == "]":
                nesting.take(token)
                if (is_over := bool(nesting.open)) or not _has_another(walk, tokens, nesting):
                    break
            continue
        was_inside = len(nesting.open) > floor
        nesting.take(token, floor)
        if was_inside and len(nesting.open) == floor:
            yield Piece(tokens.between(tokens.mark, end), "item")
            tokens.mark = end
    if is_over:
        for token, _, end in walk:
            nesting.take(token)
            tokens.mark = end
            if not nesting.open:
                break
    rest = tokens.between(tokens.mark)
    if len(nesting.open) >= max(floor, 1) and not is_over:
        yield Piece(rest, "torn")
    elif nesting.open or rest.strip():
        yield Piece(rest, "after")


def _has_another(walk: Iterator[tuple[str, int, int]], tokens: _Tokens, nesting: _Nesting) -> bool:
    """Go into the array behind one that is the whole text, as pages put together have it."""
    for token, start, end in walk:
        is_array = token == "[" and not tokens.between(tokens.mark, start).strip()
        if is_array:
            nesting.take(token)
            tokens.mark = end
        return is_array
    return False


def split_again(text: str) -> list[str]:
    """Return the items in a text that was cut as one, because a quotation or bracket misled.

    They begin with the key the first one begins with.
    """
    match = _FIRST_KEY.match(text)
    if match is None:
        return [text]
    boundary = re.compile(rf"\}}?\s*,(?=\s*\{{\s*{re.escape(match[1])}\s*:)")
    ends = [found.end() - 1 for found in boundary.finditer(text)]
    return [
        text[start:end] for start, end in zip([0, *(end + 1 for end in ends)], [*ends, len(text)], strict=True)
    ]


def _as_text(token: str) -> str:
    try:
        return str(json.loads(token, strict=False))
    except ValueError:
        return token.strip('"')
