"""What value a key of a TOML file takes, by the type of its dataclass field or by its metadata."""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import dataclass, field, fields
from functools import cache
from inspect import get_annotations
from math import isfinite
from pathlib import Path
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    TypeGuard,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from eventstudy.exceptions import SpecificationError
from eventstudy.io.doors import STUDY_DATE, TimestampError
from eventstudy.io.timestamps import read_time
from eventstudy.text import excerpt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Key:
    """What a key takes: a description, a test of the value, and the allowed values if limited."""

    kind: str
    is_right: Callable[[Any], bool]
    options: tuple[str, ...] | Callable[[], tuple[str, ...]] = ()
    """Values; a function of them where users add their own."""
    noun: str = "value"
    is_quiet: bool = False
    """Whether a wrong value is never repeated, as it may hold a password."""
    shape: Mapping[str, object] = field(default_factory=dict, compare=False)
    """The value as a JSON Schema, choices left out; empty allows any value."""

    @property
    def choices(self) -> tuple[str, ...]:
        """The values the key is limited to as they stand now; none where it is not limited."""
        return self.options() if callable(self.options) else self.options


LARGEST_WHOLE = 10**18
"""Whole numbers beyond it are none that anybody means, and fit into no column of numbers."""
_LONGEST_SHOWN = 200  # characters of a wrong value that a message repeats
_TEXT_SHAPE: Mapping[str, object] = {"type": "string", "minLength": 1}
_WINDOW_SHAPE: Mapping[str, object] = {
    "type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2,
}  # fmt: skip


def _list_of(shape: Mapping[str, object], least: int = 0) -> dict[str, object]:
    """Return the shape of a list."""
    return {"type": "array", "items": shape} | ({"minItems": least} if least else {})


def is_text(value: object) -> bool:
    """Whether a value is a text that is not blank."""
    return isinstance(value, str) and bool(value.strip())


def are_texts(value: object) -> bool:
    """Whether a value is a list of texts that are not blank; it may be empty."""
    return isinstance(value, list) and all(map(is_text, value))


def is_whole(value: object) -> TypeGuard[int]:
    """Whether a value is a whole number, and not true or false."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value is a finite number, and not true or false."""
    if isinstance(value, float):
        return isfinite(value)
    return is_whole(value) and abs(value) <= LARGEST_WHOLE


def _is_day(value: object) -> bool:
    if isinstance(value, str):
        try:
            read_time(value, STUDY_DATE)
        except TimestampError:
            return False
        return True
    return isinstance(value, dt.date) and not isinstance(value, dt.datetime)


def _is_text_or_texts(value: object) -> bool:
    return is_text(value) or (are_texts(value) and bool(value))


def is_text_table(value: object) -> bool:
    """Whether a value is a table of texts with at least one key."""
    return isinstance(value, dict) and bool(value) and all(map(is_text, value.values()))


def _is_window(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(is_whole, value))


def _are_windows(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_window, value))


def _is_estimation(value: object) -> bool:
    return _is_window(value) or _are_windows(value)


def one_of(*options: str, noun: str = "value") -> Key:
    """A key that takes one of `options`, or any text where there are none."""
    return Key("a text in quotes", is_text, options, noun, shape=_TEXT_SHAPE)


def some_of(*options: str, noun: str = "value") -> Key:
    """A key that takes a list of `options`, or of any texts where there are none."""
    return Key(
        'a list of texts such as ["a", "b"]', are_texts, options, noun, shape=_list_of(_TEXT_SHAPE)
    )


ANYTHING = Key("a value", lambda value: value is not None)
TEXT, TEXTS = one_of(), some_of()
SECRET = Key("a text in quotes", is_text, is_quiet=True, shape=_TEXT_SHAPE)
FLAG = Key("true or false", lambda value: isinstance(value, bool), shape={"type": "boolean"})
FLAGS = Key(
    "a list such as [false, true]",
    lambda value: isinstance(value, list) and all(isinstance(item, bool) for item in value),
    shape=_list_of({"type": "boolean"}),
)
WHOLE = Key("a whole number", is_whole, shape={"type": "integer"})
NUMBER = Key("a number", is_number, shape={"type": "number"})
DAY = Key("a date such as 2025-05-02", _is_day, shape={"type": "string", "format": "date"})
FILES = Key(
    'a file, or a list of files such as ["a.csv", "b.csv"]',
    _is_text_or_texts,
    shape={"anyOf": [_TEXT_SHAPE, _list_of(_TEXT_SHAPE, 1)]},
)
WINDOW = Key("two whole numbers such as [-5, 5]", _is_window, shape=_WINDOW_SHAPE)
WINDOWS = Key(
    "a list of windows such as [[0, 0], [0, 1]]", _are_windows, shape=_list_of(_WINDOW_SHAPE, 1)
)
_ESTIMATION_SHAPE = {"anyOf": [_WINDOW_SHAPE, _list_of(_WINDOW_SHAPE, 1)]}
TABLE_OF_TEXTS: Mapping[str, object] = {
    "type": "object", "additionalProperties": _TEXT_SHAPE, "minProperties": 1,
}  # fmt: skip
ESTIMATION = Key(
    "a window such as [-250, -21] or two of them, [[-250, -21], [21, 250]]",
    _is_estimation,
    shape=_ESTIMATION_SHAPE,
)
ESTIMATIONS = Key(
    "a list of windows such as [[-250, -21], [-130, -21]]",
    lambda value: isinstance(value, list) and all(map(_is_estimation, value)),
    shape=_list_of(_ESTIMATION_SHAPE),
)
_OF_TYPE: dict[object, Key] = {
    str: TEXT,
    bool: FLAG,
    int: WHOLE,
    int | Literal["auto"]: Key(
        'a whole number or "auto"',
        lambda value: is_whole(value) or value == "auto",
        shape={"anyOf": [{"type": "integer"}, {"const": "auto"}]},
    ),
    float: NUMBER,
    dt.date: DAY,
    Path: TEXT,
    tuple[str, ...]: TEXTS,
    tuple[Path, ...]: FILES,
    tuple[tuple[str, str], ...]: Key(
        'a table such as { a = "b" }', is_text_table, shape=TABLE_OF_TEXTS
    ),
}

NO_KEY = {"is_key": False}
"""Metadata of a field that no key sets."""


def takes(key: Key) -> dict[str, Key]:
    """Return the metadata of a field whose key takes something else than its type says."""
    return {"takes": key}


def without_none(kind: object) -> object:
    """Return the type beside None of ``X | None``, any other type as it is."""
    if get_origin(kind) in (Union, UnionType):
        others = [member for member in get_args(kind) if member is not NoneType]
        return others[0] if len(others) == 1 else kind
    return kind


def key_of(kind: object) -> Key:
    """Return what a key of a type takes: `ANYTHING` for a type without a rule."""
    kind = without_none(kind)
    if get_origin(kind) is Literal:
        return one_of(*get_args(kind))
    return _OF_TYPE.get(kind, ANYTHING)


@cache
def field_types(cls: type) -> dict[str, Any]:
    """Return the type of each field of a dataclass that a key sets, in order.

    ``Any`` where a name in an annotation means nothing in the module of its class.
    """
    types: dict[str, Any] = {}
    for one in fields(cast("Any", cls)):
        if not one.metadata.get("is_key", True):
            continue
        home = next(base for base in cls.__mro__ if one.name in get_annotations(base))
        space = vars(sys.modules[home.__module__])
        alone = type("Alone", (), {"__annotations__": {one.name: one.type}})
        try:
            types[one.name] = get_type_hints(alone, space)[one.name]
        except NameError:
            types[one.name] = Any
    return types


def keys_of(cls: type) -> dict[str, Key]:
    """Return the keys of a table that becomes a dataclass, and what each takes."""
    types = field_types(cls)
    return {
        one.name: one.metadata.get("takes") or key_of(types[one.name])
        for one in fields(cast("Any", cls))
        if one.name in types
    }


def check_numbers(tables: Mapping[str, Any]) -> None:
    """Refuse tables that hold a whole number beyond `LARGEST_WHOLE`, however deep.

    Raises
    ------
    SpecificationError
        Naming the key, such as ``windows.event``.
    """
    waiting: list[tuple[str, object]] = [(str(key), value) for key, value in tables.items()]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [(f"{path}.{key}", item) for key, item in value.items()]
        elif isinstance(value, list | tuple):
            waiting += [(path, item) for item in value]
        elif isinstance(value, int) and abs(value) > LARGEST_WHOLE:
            path = excerpt(path)
            raise SpecificationError(f"{path} holds a whole number beyond 10**18", key=path)


def shown_value(value: object) -> str:
    r"""Return a value as a message repeats it: as TOML would write it, on one line, cut.

    Examples
    --------
    >>> shown_value("a\x00b"), len(shown_value("a" * 5_000))
    ('"ab"', 200)
    """
    return excerpt(toml_text(value), _LONGEST_SHOWN)


def toml_text(value: object) -> str:
    """Return a value as a TOML file would write it, on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + " ".join(escaped.split()) + '"'
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return f"[{', '.join(map(toml_text, value))}]"
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)
