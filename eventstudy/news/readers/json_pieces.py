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
# The next bracket behind any number of strings; a quotation mark for a string without an end.
_BRACKET: Final = re.compile(
    r'(?:[^"{}\[\]]*+"[^"\\]*+(?:\\.[^"\\]*+)*+")*+[^"{}\[\]]*+(["{}\[\]])', re.DOTALL
)
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
        self.is_inside = False
        """Whether only brackets are wanted, as inside an item."""

    def __iter__(self) -> Iterator[tuple[str, int, int]]:
        position = 0
        while True:
            if self.is_inside:
                match, group = _BRACKET.match(self._text, position), 1
            else:
                match, group = _TOKEN.search(self._text, position), 0
            if match is not None and match[group] != '"':
                position = match.end()
                yield match[group], self._start + match.start(group), self._start + position
                continue
            if not self.is_inside:
                position = len(self._text) if match is None else match.start()
            n_gone = min(position, max(self.mark - self._start, 0))
            pending = self._text[n_gone:]
            if len(pending) > _LONGEST_ITEM:
                raise SchemaError(
                    [f"an item exceeds {_LONGEST_ITEM:,} characters, or a quotation never ends"]
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
        """Return how the text begins, before any sign is taken."""
        return self._text[:_HEAD]


class _Nesting:
    """Which brackets are open, and the keys that lead to the place."""

    def __init__(self) -> None:
        self.open: list[str] = []
        self._keys: list[str] = []
        self._string = ""
        self._n_arrays = 0

    def take(self, sign: str, floor: int = 0) -> None:
        """Take a sign; a closing bracket that matches none above `floor` is passed over."""
        if sign[0] == '"':
            self._string = sign
        elif sign == ":":
            if not self._n_arrays and 0 < len(self.open) <= _MOST_KEYS:
                self._keys[len(self.open) - 1 :] = [_as_text(self._string)]
        elif sign in "{[":
            self.open.append(sign)
            self._n_arrays += sign == "["
        elif sign in "}]" and self._n_open(_PAIRS[sign]) > self.open[:floor].count(_PAIRS[sign]):
            opening = ""
            while opening != _PAIRS[sign]:
                opening = self.open.pop()
                self._n_arrays -= opening == "["

    def _n_open(self, opening: str) -> int:
        return self._n_arrays if opening == "[" else len(self.open) - self._n_arrays

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
    def is_in_array(self) -> bool:
        """Whether this is inside an array, at any depth."""
        return self._n_arrays > 0

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
    for sign, _, end in tokens:
        tokens.mark = end
        if sign == "{" and nesting.is_in_outer_array and path is not None:
            layout.arrays[path] += 1
        elif sign == "[" and not nesting.is_in_array:
            path = nesting.path if len(layout.arrays) < _MOST_PATHS else None
            if path:  # one that no key leads to is no JSON
                layout.arrays.setdefault(path, 0)
            else:
                path = None
        nesting.take(sign)
        if sign == ":" and nesting.key is not None:
            layout.keys.add(nesting.key)
        if not nesting.open and sign == "}":
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
    cutter = _Cutter(stream)
    if path is not None:
        cutter.enter(path)
    yield from cutter.items()
    yield from cutter.remainder()


class _Cutter:
    """Goes through a text and cuts it at the borders of its items."""

    def __init__(self, stream: TextIO) -> None:
        self._tokens = _Tokens(stream)
        self._signs = iter(self._tokens)
        self._nesting = _Nesting()
        self._floor = 0
        """Brackets that are open between two items."""
        self._is_over = False
        """Whether the end of the array was found."""

    def enter(self, path: tuple[str, ...]) -> None:
        """Go to the first item of an array."""
        for sign, _, end in self._signs:
            self._tokens.mark = end
            is_here = sign == "[" and self._nesting.path == path
            self._nesting.take(sign)
            if is_here:
                break
        self._floor = len(self._nesting.open)

    def items(self) -> Iterator[Piece]:
        """Yield the items whose end is found."""
        for sign, start, end in self._signs:
            is_between = len(self._nesting.open) == self._floor
            if is_between and (sign == "," or (sign == "]" and self._floor)):
                if (text := self._tokens.between(self._tokens.mark, start)).strip():
                    yield Piece(text, "item")
                self._tokens.mark = end
                if sign == "]" and not self._goes_on():
                    return
                continue
            self._nesting.take(sign, self._floor)
            self._tokens.is_inside = len(self._nesting.open) > self._floor
            if not is_between and not self._tokens.is_inside:
                yield Piece(self._tokens.between(self._tokens.mark, end), "item")
                self._tokens.mark = end

    def _goes_on(self) -> bool:
        """Leave the array; go into the one behind it, as pages put together have one."""
        self._nesting.take("]")
        self._is_over = True
        if self._nesting.open:
            return False
        for sign, start, end in self._signs:
            if sign != "[" or self._tokens.between(self._tokens.mark, start).strip():
                return False
            self._nesting.take(sign)
            self._tokens.mark = end
            self._is_over = False
            return True
        return False

    def remainder(self) -> Iterator[Piece]:
        """Yield what is left: an item without an end, or what should not be there."""
        if self._is_over and self._nesting.open:
            for sign, _, end in self._signs:
                self._nesting.take(sign)
                self._tokens.mark = end
                if not self._nesting.open:
                    break
        rest = self._tokens.between(self._tokens.mark)
        if self._nesting.open and not self._is_over:
            yield Piece(rest, "torn")
        elif self._nesting.open or rest.strip():
            yield Piece(rest, "after")


def split_again(text: str) -> list[str]:
    """Return the items in a text that was cut as one, because a quotation or bracket misled.

    They begin with the key the first one begins with.
    """
    match = _FIRST_KEY.match(text)
    if match is None:
        return [text]
    boundary = re.compile(rf",(?=\s*\{{\s*{re.escape(match[1])}\s*:)")
    ends = [found.end() - 1 for found in boundary.finditer(text)]
    return [
        text[start:end]
        for start, end in zip([0, *(end + 1 for end in ends)], [*ends, len(text)], strict=True)
    ]


def _as_text(sign: str) -> str:
    try:
        return str(json.loads(sign, strict=False))
    except ValueError:
        return sign.strip('"')
