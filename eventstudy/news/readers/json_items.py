"""News in JSON: an array of any size item by item, and one object a line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, TextIO

from eventstudy.exceptions import SchemaError
from eventstudy.news.columns import role_of
from eventstudy.news.readers.decoding import open_text
from eventstudy.text import excerpt

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from eventstudy.news.intake import Intake
    from eventstudy.news.readers.decoding import Input

_USUAL_NAMES: Final = frozenset({
    "items", "articles", "entries", "data", "results", "news", "stories", "headlines", "docs",
    "documents", "records", "rows", "hits", "posts", "feed", "value",
})  # fmt: skip
_DEEPEST: Final = 6
_MOST_VALUES: Final = 10_000
_MOST_KEYS: Final = 3
_OPENING: Final = {"start_map", "start_array"}
_CLOSING: Final = {"end_map", "end_array"}

Event = tuple[str, Any]
_Container = dict[str, Any] | list[Any]


def read_json(source: Input, intake: Intake) -> None:
    """Read an array of objects, an object that holds one, or an object that is itself an item.

    Raises
    ------
    SchemaError
        There is no such array, or several and none of them is named as one of news.
    SourceError
        It cannot be read.
    """
    path = _array_of(source)
    stream, notes = open_text(source)
    with stream:
        events = _events(stream)
        n_items = 0
        try:
            for value, remarks in _items(events, path):
                n_items += 1
                _add_item(value, f"{source.name} item {n_items}", (*notes, *remarks), intake)
        except _errors() as error:
            intake.reject(
                f"{source.name} after item {n_items}",
                f"the file is no JSON from here on, and what follows is lost ({_cause(error)})",
            )


def read_lines(source: Input, intake: Intake) -> None:
    """Read one JSON object a line; a line that is none is rejected.

    Raises
    ------
    SourceError
        It cannot be read.
    """
    stream, notes = open_text(source)
    with stream:
        for number, line in enumerate(stream, start=1):
            where = f"{source.name} line {number}"
            text = line.strip("\ufeff \t\r\n\x1e")
            if not text:
                continue
            try:
                value = json.loads(text, parse_constant=lambda _: None)
            except RecursionError:
                intake.reject(where, "nested too deeply to be read", headline=text[:300])
            except ValueError as error:
                intake.reject(where, f"not JSON ({_cause(error)})", headline=text[:300])
            else:
                _add_item(value, where, notes, intake)


def is_lines(head: str) -> bool:
    """Return whether text that begins with ``{`` is one object a line rather than one object."""
    lines = [line.strip() for line in head.splitlines() if line.strip()]
    if len(lines) < 2 or not lines[1].startswith("{"):
        return False
    try:
        return isinstance(json.loads(lines[0]), dict)
    except (ValueError, RecursionError):
        return False


def _add_item(value: object, where: str, notes: Sequence[str], intake: Intake) -> None:
    """Add one value to an intake, or reject what is no object."""
    if not isinstance(value, dict):
        intake.reject(where, f"not an object but {_kind(value)}", headline=_text(value)[:300])
        return
    try:
        cells = _cells(value)
    except RecursionError:
        intake.reject(where, "nested too deeply to be read")
        return
    intake.add(cells, where, notes=notes)


def _cells(value: Mapping[str, object], above: str = "") -> dict[str, str]:
    """Return the cells of an item; an object inside is one column for each of its keys."""
    cells: dict[str, str] = {}
    for key, cell in value.items():
        name = f"{above}{key}"
        if isinstance(cell, dict) and not above:
            cells |= _cells(cell, f"{name}.")
        elif cell is not None:
            cells[name] = _text(cell)
    return cells


def _text(cell: object) -> str:  # noqa: PLR0911 - one line a kind
    """Return a value as the text of a cell."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, list) and not any(isinstance(item, dict | list) for item in cell):
        return "; ".join(_text(item) for item in cell if item is not None)
    if isinstance(cell, dict | list):
        try:
            return json.dumps(cell, ensure_ascii=False, default=str)
        except RecursionError:
            return "(nested too deeply to be shown)"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell)


def _kind(value: object) -> str:
    """Return what a value is, as a message says it."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return "a text"
    return "an array" if isinstance(value, list) else "a number or a truth value"


class _Utf8:
    """Bytes of a text stream, as the JSON parser wants them."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        return self._stream.read(size).encode("utf-8", "replace")


def _events(stream: TextIO) -> Iterator[Event]:
    import ijson

    events: Iterator[Event] = ijson.basic_parse(_Utf8(stream), buf_size=1 << 16)
    return events


def _errors() -> tuple[type[Exception], ...]:
    import ijson

    return (ijson.JSONError, ValueError, ArithmeticError)


def _array_of(source: Input) -> tuple[str, ...] | None:
    """Return the keys that lead to the array of items; None for an object that is one."""
    stream, _ = open_text(source)
    n_objects: dict[tuple[str, ...], int] = {}
    roles: set[str | None] = set()
    first = problem = ""
    with stream:
        try:
            for event, path, key in _keys_and_arrays(_events(stream)):
                first = first or event
                if first == "start_array":
                    return ()
                if event == "map_key" and len(path) == 1:
                    roles.add(role_of(key))
                elif event == "start_array":
                    n_objects.setdefault(path, 0)
                elif event == "object":
                    n_objects[path] += 1
        except _errors() as error:
            problem = _cause(error)
    if first != "start_map":
        reason = f"it is no JSON ({problem})" if problem else "it holds one value and no items"
        raise SchemaError([reason], file=source.name)
    if roles & {"headline", "text"} and roles & {"published", "date"}:
        return None
    return _choose_array(source.name, n_objects, problem)


def _choose_array(
    name: str, n_objects: Mapping[tuple[str, ...], int], problem: str
) -> tuple[str, ...]:
    """Return the path of the array of items; raise where none or several may be it."""
    arrays = [path for path, count in n_objects.items() if count] or list(n_objects)
    if not arrays:
        reason = f"it is no JSON ({problem})" if problem else "no array of objects is in it"
        raise SchemaError([reason], file=name)
    named = [path for path in arrays if path[-1].casefold() in _USUAL_NAMES]
    chosen = arrays if len(arrays) == 1 else named
    if len(chosen) == 1:
        return chosen[0]
    names = ", ".join(excerpt(".".join(path)) for path in (chosen or arrays)[:200])
    raise SchemaError(
        [f"several arrays ({excerpt(names, 300)}); keep the one of news, named items"], file=name
    )


def _keys_and_arrays(events: Iterator[Event]) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Return keys and arrays with their path, and each object of an array with the array's.

    What lies inside the items of an array, or under more than `_MOST_KEYS` keys, is passed over.
    """
    keys: list[str] = []  # of the objects around, then nothing more inside an array
    depth = 0
    array_at: int | None = None  # depth of the array that holds this place
    for event, value in events:
        if event == "map_key":
            if array_at is None and depth <= _MOST_KEYS:
                keys[depth - 1 :] = [value]
                yield event, tuple(keys), value
        elif event in _OPENING:
            if array_at is None and depth <= _MOST_KEYS:
                yield event, tuple(keys[:depth]), ""
                if event == "start_array":
                    array_at = depth
            elif array_at == depth - 1 and event == "start_map":
                yield "object", tuple(keys[:array_at]), ""
            depth += 1
        elif event in _CLOSING:
            depth -= 1
            if array_at == depth:
                array_at = None


def _items(
    events: Iterator[Event], path: tuple[str, ...] | None
) -> Iterator[tuple[object, list[str]]]:
    """Return every item of the array, with what was left out of it."""
    if path is None:
        yield _value_of(events, next(events))
        return
    for event, keys, _ in _keys_and_arrays(events):
        if event == "start_array" and keys == path:
            break
    for first in events:
        if first[0] == "end_array":
            for _ in events:  # what follows must be JSON, too
                pass
            return
        yield _value_of(events, first)


def _value_of(events: Iterator[Event], first: Event) -> tuple[object, list[str]]:
    """Return the value that begins with `first`, and what of it was left out."""
    if first[0] not in _OPENING:
        return first[1], []
    building = _ValueBuilder(first[0])
    while not building.is_done:
        building.take(*next(events))
    return building.root, list(building.remarks)


class _ValueBuilder:
    """Builds one value from events; what is nested too deep or too much is left out."""

    def __init__(self, event: str) -> None:
        self.root: _Container = {} if event == "start_map" else []
        self.remarks: dict[str, None] = {}
        self.is_done = False
        self._stack: list[_Container] = [self.root]
        self._keys = [""]
        self._n_values = self._too_deep = 0

    def take(self, event: str, value: object) -> None:
        if event in _OPENING:
            self._open(event)
        elif event in _CLOSING:
            self._close()
        elif not self._too_deep:
            if event == "map_key":
                self._keys[-1] = str(value)
            else:
                self._put(value)

    def _open(self, event: str) -> None:
        if self._too_deep or len(self._stack) >= _DEEPEST:
            self._too_deep += 1
            self.remarks[f"what is nested deeper than {_DEEPEST} left out"] = None
            return
        inner: _Container = {} if event == "start_map" else []
        self._put(inner)
        self._stack.append(inner)
        self._keys.append("")

    def _close(self) -> None:
        if self._too_deep:
            self._too_deep -= 1
            return
        self._stack.pop()
        self._keys.pop()
        self.is_done = not self._stack

    def _put(self, cell: object) -> None:
        self._n_values += 1
        top = self._stack[-1]
        if self._n_values > _MOST_VALUES:
            self.remarks[f"values beyond the first {_MOST_VALUES:,} left out"] = None
        elif isinstance(top, list):
            top.append(cell)
        else:
            key = self._keys[-1]
            if key in top and len(self._stack) == 1:
                self.remarks[f"key {key[:60]!r} is there twice; the last counts"] = None
            top[key] = cell


def _cause(error: Exception) -> str:
    """Return what the parser says is wrong; it quotes the file."""
    return excerpt(error, 200) or type(error).__name__
