"""News in JSON: an array of any size item by item, and one object a line."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Final

from eventstudy.exceptions import SchemaError
from eventstudy.news.columns import role_of
from eventstudy.news.readers.decoding import open_text
from eventstudy.news.readers.json_pieces import Piece, layout_of, pieces_of, split_again
from eventstudy.text import counted, excerpt, repeated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from eventstudy.news.intake import Intake
    from eventstudy.news.readers.decoding import Input

_USUAL_NAMES: Final = frozenset({
    "items", "articles", "entries", "data", "results", "news", "stories", "headlines", "docs",
    "documents", "records", "rows", "hits", "posts", "feed", "value", "children", "edges",
    "statuses", "tweets",
})  # fmt: skip
# An item may lie one level deeper, in the object its programme wraps it in.
_WRAPPERS: Final = ("data", "content", "attributes", "node", "_source", "tweet", "article")
_DEEPEST: Final = 6
_MOST_VALUES: Final = 10_000


def read_json(source: Input, intake: Intake) -> None:
    """Read an array of objects, an object that holds one, or an object that is itself an item.

    Raises
    ------
    SchemaError
        There is no such array, or several and none of them is named as one of news.
    SourceError
        It cannot be read.
    """
    path, others = _array_of(source)
    stream, notes = open_text(source)
    n_items, n_before = 0, intake.n_items
    with stream:
        try:
            for piece in pieces_of(stream, path):
                n_items = _take(piece, source.name, n_items, notes, intake)
        except SchemaError as error:
            raise error.under(file=source.name) from None
    intake.check_conserved(source.name, n_items, n_before)
    intake.assumed += [f"{source.name}: {sentence}" for sentence in others]


def read_lines(source: Input, intake: Intake) -> None:
    """Read one JSON object a line; a line that is none is rejected.

    Raises
    ------
    SourceError
        It cannot be read.
    """
    stream, notes = open_text(source)
    n_items, n_before = 0, intake.n_items
    with stream:
        for number, line in enumerate(stream, start=1):
            text = line.strip("\ufeff \t\r\n\x1e")
            if text:
                n_items += 1
                _add(_read(text), text, f"{source.name} line {number}", notes, intake)
    intake.check_conserved(source.name, n_items, n_before)


def is_lines(head: str) -> bool:
    """Return whether text that begins with ``{`` is one object a line rather than one object."""
    lines = [line.strip() for line in head.splitlines() if line.strip()]
    if len(lines) < 2 or not lines[1].startswith("{"):
        return False
    try:
        return isinstance(json.loads(lines[0]), dict)
    except (ValueError, RecursionError):
        return False


def _take(piece: Piece, name: str, n_items: int, notes: Sequence[str], intake: Intake) -> int:
    """Add what is in a piece of the file to an intake; return how many items there are now."""
    if piece.kind == "after" and "{" in piece.text:
        raise SchemaError(
            [f"more stands behind the {n_items:,} items of its array, as if a bracket were wrong"]
        )
    if piece.kind == "after":
        intake.reject(
            f"{name} after item {n_items}",
            "what stands behind the items is not read, or the file lacks its end",
            headline=excerpt(piece.text, 300),
        )
        return n_items + 1
    texts = [piece.text]
    result = _read(piece.text)
    if isinstance(result, str):
        texts = split_again(piece.text)
    for text in texts:
        n_items += 1
        where = f"{name} item {n_items}"
        if piece.kind == "torn" and text is texts[-1]:
            whole = _without_brackets_behind(text)
            torn = "the file ends inside this item, and may lack more"
            if not text.strip():
                torn = "the file ends before its last bracket, and may lack items"
            result = torn if whole is None else _read(whole)
        elif len(texts) > 1:
            result = _read(text)
        _add(result, text, where, notes, intake)
    return n_items


def _without_brackets_behind(text: str) -> str | None:
    """Return the value at the beginning of a text; None where anything but brackets follows."""
    stripped = text.strip()
    try:
        _, end = json.JSONDecoder(strict=False).raw_decode(stripped)
    except (ValueError, RecursionError):
        return None
    return None if stripped[end:].strip("]} \t\r\n") else stripped[:end]


def _read(text: str) -> tuple[Any, list[str]] | str:
    """Return one JSON value and what was done to it, or why it is none."""
    try:
        return _parsed(text)
    except RecursionError:
        return "nested too deeply to be read"
    except ValueError as error:
        return f"not JSON ({excerpt(error, 200) or type(error).__name__})"


def _add(
    result: tuple[Any, list[str]] | str,
    text: str,
    where: str,
    notes: Sequence[str],
    intake: Intake,
) -> None:
    """Add what was read of one item to an intake, or reject what is none."""
    if isinstance(result, str):
        intake.reject(where, result, headline=excerpt(text[:300], 300))
        return
    value, remarks = result
    if not isinstance(value, dict):
        intake.reject(where, f"not an object but {_kind(value)}", headline=_text(value)[:300])
        return
    intake.add(_cells(_unwrapped(value)), where, notes=(*notes, *remarks))


def add_value(value: object, where: str, intake: Intake) -> None:
    """Add an item to an intake that Python has as a value, or reject what is no object."""
    remarks: dict[str, None] = {}
    pruned = _pruned(value, _DEEPEST, [_MOST_VALUES], remarks)
    _add((pruned, list(remarks)), "", where, (), intake)


def _parsed(text: str) -> tuple[object, list[str]]:
    """Return one JSON value, pruned, and what was done to it.

    NaN and Infinity, which JSON lacks and Python writes, are missing values.
    """
    remarks: dict[str, None] = {}

    def missing(_: str) -> None:
        remarks["NaN or Infinity read as a missing value"] = None

    def single(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) < len(pairs):
            twice = next(iter(repeated(key for key, _ in pairs)))
            remarks[f"key {excerpt(twice, 60)!r} is there twice; the last counts"] = None
        return value

    decoder = json.JSONDecoder(parse_constant=missing, object_pairs_hook=single, strict=False)
    value = decoder.decode(text.strip("\ufeff \t\r\n\x1e"))
    budget = [_MOST_VALUES]
    pruned = _pruned(value, _DEEPEST, budget, remarks)
    return pruned, list(remarks)


def _pruned(value: Any, depth: int, budget: list[int], remarks: dict[str, None]) -> Any:  # noqa: ANN401
    """Return a value without what is nested too deep or too much."""
    budget[0] -= 1
    if not isinstance(value, dict | list):
        return value
    if not depth:
        remarks[f"what is nested deeper than {_DEEPEST} left out"] = None
        return None
    out: dict[Any, Any] = {}
    pairs: Iterable[tuple[Any, Any]] = enumerate(value)
    if isinstance(value, dict):
        pairs = value.items()
    for key, cell in pairs:
        if budget[0] <= 0:
            remarks[f"values beyond the first {_MOST_VALUES:,} left out"] = None
            break
        out[key] = _pruned(cell, depth - 1, budget, remarks)
    return out if isinstance(value, dict) else list(out.values())


def _unwrapped(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an item taken out of the object that wraps it, with what lies beside it."""
    own_roles = {role_of(key) for key, cell in value.items() if not isinstance(cell, dict)}
    if "headline" in own_roles or own_roles & {"published", "date"}:
        return value
    for wrapper in _WRAPPERS:
        inner = value.get(wrapper)
        if not isinstance(inner, dict):
            continue
        roles = {role_of(key) for key in inner}
        if roles & {"headline", "text"} and roles & {"published", "date"}:
            beside = {key: cell for key, cell in value.items() if key != wrapper}
            return beside | inner
    return value


def _cells(value: Mapping[str, object], above: str = "") -> dict[str, str]:
    """Return the cells of an item; an object inside is one column for each of its keys."""
    cells: dict[str, str] = {}
    for key, cell in value.items():
        name = f"{above}{key}"
        if isinstance(cell, dict) and not above:
            cells |= _cells(cell, f"{name}.")
        else:
            cells[name] = "" if cell is None else _text(cell)
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
    if isinstance(cell, float) and not math.isfinite(cell):  # written as 1e999
        return ""
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


def _array_of(source: Input) -> tuple[tuple[str, ...] | None, list[str]]:
    """Return the keys that lead to the array of items, and a sentence for each array left out.

    The keys are None for an object that is an item itself.
    """
    stream, _ = open_text(source)
    with stream:
        layout = layout_of(stream)
    if layout.head.startswith("["):
        return (), []
    if not layout.head.startswith("{"):
        result = _read(layout.head)
        fault = f"it is no JSON; {result}" if isinstance(result, str) else ""
        reason = fault or "it holds one value and no items"
        raise SchemaError([reason], file=source.name)
    roles = {role_of(key) for key in layout.keys}
    problem = "the file ends before its last bracket" if layout.is_torn else ""
    is_item = roles & {"headline", "text"} and roles & {"published", "date"}
    holds_items = any(
        count and path[-1].casefold() in _USUAL_NAMES for path, count in layout.arrays.items()
    )
    if is_item and not holds_items:
        return None, []
    chosen = _choose_array(source.name, layout.arrays, problem)
    left_out = [
        f"items are those of {excerpt('.'.join(chosen))}; {counted(count, 'object')} of "
        f"{excerpt('.'.join(path))} not read"
        for path, count in layout.arrays.items()
        if count and path != chosen
    ]
    return chosen, left_out


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
