"""Registries of named choices, and messages that name the nearest one."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from eventstudy.exceptions import SpecificationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")
Value = TypeVar("Value")

_MOST_LOOKED_AT = 5
_SHORT = 4


def suggest(name: str, options: Iterable[str]) -> str | None:
    """Return the one of `options` that `name` was probably meant to be, or None.

    The nearest of those that a slip of the hand turns into `name`: few letters differ for their
    length, or one is the beginning or the end of the other.

    Examples
    --------
    >>> suggest("garhc", ["egarch", "garch"]), suggest("SPY", ["USDJPY"])
    ('garch', None)
    """
    written = str(name).lower()
    lowered = {option.lower(): option for option in sorted(options, reverse=True)}
    close = difflib.get_close_matches(written, list(lowered), n=_MOST_LOOKED_AT, cutoff=0.6)
    return next((lowered[one] for one in close if _is_slip(written, one)), None)


def _is_slip(written: str, meant: str) -> bool:
    from rapidfuzz.distance import OSA

    shorter, longer = sorted((written, meant), key=len)
    if 2 * len(shorter) >= len(longer) and (longer.startswith(shorter) or longer.endswith(shorter)):
        return True
    if len(longer) <= _SHORT and written[:1] != meant[:1]:  # of a ticker every letter counts
        return False
    return OSA.distance(written, meant) <= max(1, 2 * len(longer) // 5)


def nearest(name: str, options: Iterable[str], otherwise: str | None = None) -> str:
    """Return ``"; did you mean 'x'?"``, else `otherwise`: by default the list of the options."""
    options = sorted(options)
    if (suggestion := suggest(name, options)) is not None:
        return f"; did you mean {suggestion!r}?"
    if otherwise is None:
        otherwise = f"known: {', '.join(options)}" if options else ""
    return f"; {otherwise}" if otherwise else ""


def meant(name: str, columns: Iterable[str]) -> str:
    """Return ``"; is 'x' meant to be it?"`` for a missing column; empty if no column is near."""
    suggestion = suggest(name, columns)
    return f"; is {suggestion!r} meant to be it?" if suggestion is not None else ""


def unknown(
    sentence: str,
    name: object,
    options: Iterable[str],
    *,
    key: str = "",
    otherwise: str | None = None,
) -> SpecificationError:
    """Return the error that says `sentence` and names the one of `options` nearest to `name`.

    `key` is the key of the study file at fault, whether or not the sentence names it; `otherwise`
    as for `nearest`.
    """
    names = list(options)
    error = SpecificationError(f"{sentence}{nearest(str(name), names, otherwise)}")
    return error.at(key=key, suggestion=suggest(str(name), names))


def choose(value: object, options: Iterable[str], noun: str, *, key: str = "") -> str:
    """Return `value` if it is one of `options`, else raise naming the nearest one.

    The error calls it an unknown `noun`, which may be the `key` of the study file itself, such as
    ``"statistics.sign"``.
    """
    names = list(options)
    if isinstance(value, str) and value in names:
        return value
    key = key or (noun if "." in noun else "")
    raise unknown(f"unknown {noun} {value!r}", value, names, key=key)


def _have_same_name(first: object, second: object) -> bool:
    names = [
        (getattr(value, "__module__", None), getattr(value, "__qualname__", None))
        for value in (first, second)
    ]
    return names[0] == names[1] and None not in names[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Generic[T]):
    """One named choice: what it is, in a line, and the paper it comes from."""

    name: str
    value: T
    summary: str
    source: str


@dataclass(frozen=True, slots=True)
class Registry(Generic[T]):
    """Choices of one kind, found by name; an unknown name raises with the nearest one."""

    noun: str
    _entries: dict[str, Entry[T]] = field(default_factory=dict)

    def register(self, name: str, *, summary: str, source: str) -> Callable[[Value], Value]:
        """Return a decorator that registers its object under `name` and leaves it what it is."""

        def add(value: Value) -> Value:
            registered = self._entries.get(name)
            # In a notebook a cell that is run again defines the same class once more.
            if registered is not None and not _have_same_name(registered.value, value):
                raise SpecificationError(f"{self.noun} {name!r} is already registered")
            held = cast("T", value)
            self._entries[name] = Entry(name=name, value=held, summary=summary, source=source)
            return value

        return add

    def remove(self, name: str) -> None:
        """Remove a choice."""
        del self._entries[choose(name, self._entries, self.noun)]

    def __getitem__(self, name: str) -> Entry[T]:
        return self._entries[choose(name, self._entries, self.noun)]

    def __iter__(self) -> Iterator[Entry[T]]:
        return iter(self._entries.values())

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def names(self) -> tuple[str, ...]:
        """Return the names in the order of registration."""
        return tuple(self._entries)
