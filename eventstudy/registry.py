"""Named choices: one mechanism for models, statistics and every option."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from eventstudy.exceptions import SpecificationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")


def suggest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that `name` was probably meant to be, or None."""
    lowered = {option.lower(): option for option in sorted(known, reverse=True)}
    close = difflib.get_close_matches(str(name).lower(), list(lowered), n=1, cutoff=0.6)
    return lowered[close[0]] if close else None


def nearest(name: str, known: Iterable[str], otherwise: str | None = None) -> str:
    """Return ``"; did you mean 'x'?"``, else `otherwise`: by default the list of what is known."""
    options = sorted(known)
    if (suggestion := suggest(name, options)) is not None:
        return f"; did you mean {suggestion!r}?"
    if otherwise is None:
        otherwise = f"known: {', '.join(options)}" if options else ""
    return f"; {otherwise}" if otherwise else ""


def meant(name: str, columns: Iterable[str]) -> str:
    """Return ``"; is 'x' meant to be it?"`` for a column that is missing, or nothing."""
    suggestion = suggest(name, columns)
    return f"; is {suggestion!r} meant to be it?" if suggestion is not None else ""


def choose(value: object, options: Iterable[str], what: str) -> str:
    """Return `value` if it is one of `options`, else raise naming the nearest one."""
    known = list(options)
    if isinstance(value, str) and value in known:
        return value
    raise SpecificationError(
        f"unknown {what} {value!r}{nearest(str(value), known)}",
        suggestion=suggest(str(value), known),
    )


def _is_same(one: object, other: object) -> bool:
    names = [
        (getattr(value, "__module__", None), getattr(value, "__qualname__", None))
        for value in (one, other)
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

    what: str
    _entries: dict[str, Entry[T]] = field(default_factory=dict)

    def register(self, name: str, *, summary: str, source: str) -> Callable[[T], T]:
        """Return a decorator that files its object under `name`."""

        def file(value: T) -> T:
            held = self._entries.get(name)
            # A notebook defines its own anew whenever its cell is run.
            if held is not None and not _is_same(held.value, value):
                raise SpecificationError(f"{self.what} {name!r} is already registered")
            self._entries[name] = Entry(name=name, value=value, summary=summary, source=source)
            return value

        return file

    def remove(self, name: str) -> None:
        """Take a choice off again."""
        del self._entries[choose(name, self._entries, self.what)]

    def __getitem__(self, name: str) -> Entry[T]:
        return self._entries[choose(name, self._entries, self.what)]

    def __iter__(self) -> Iterator[Entry[T]]:
        return iter(self._entries.values())

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def names(self) -> tuple[str, ...]:
        """Return the names in the order they were filed."""
        return tuple(self._entries)
