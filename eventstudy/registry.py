"""Registries of named choices, and messages that name the nearest one."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from eventstudy import plugins
from eventstudy.exceptions import SpecificationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from importlib.metadata import EntryPoint

T = TypeVar("T")
Value = TypeVar("Value")

_MOST_LOOKED_AT = 5
_SHORT = 4
_LONGEST = 200


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
    if len(written) > _LONGEST:  # no slip of a hand, and dear to compare
        return None
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
    from eventstudy.text import excerpt  # imports pandas, which the command starts without

    key = key or (noun if "." in noun else "")
    raise unknown(f"unknown {noun} {excerpt(repr(value))}", value, names, key=key)


def _top_module(value: object) -> str:
    """Return the package a class comes from, or the formula of a statistic."""
    return str(getattr(getattr(value, "compute", value), "__module__", "")).partition(".")[0]


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
    """Choices of one kind, found by name; an unknown name raises with the nearest one.

    Parameters
    ----------
    noun
        What messages call one of them.
    group
        Entry points by which other distributions bring some; they are loaded when a choice is
        looked for the first time.
    check
        Raises where what a plug-in registered cannot be used.

    Examples
    --------
    >>> import eventstudy as es
    >>> es.MODELS["dimson"].summary
    "OLS on the benchmark's own session, its lags and its leads; beta is their sum"
    >>> [name for name in es.STATISTICS.names() if name.startswith("joint")]
    ['joint_f', 'joint_f_sum', 'joint_f_equal']
    >>> "bmp" in es.STATISTICS
    True
    """

    noun: str
    group: str = ""
    check: Callable[[T], object] = repr
    _entries: dict[str, Entry[T]] = field(default_factory=dict)
    _plugins: dict[str, plugins.Plugin] = field(default_factory=dict)
    _asked: list[str] = field(default_factory=list)

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

    def brought(self) -> tuple[plugins.Plugin, ...]:
        """Return what other distributions bring, faulty ones included."""
        if self.group and not self._asked:
            self._asked.append(self.group)  # first, as a plug-in may look for a choice itself
            for point in plugins.declared(self.group):
                self._plugins[point.name] = self._adopted(point)
        return tuple(self._plugins.values())

    def _adopted(self, point: EntryPoint) -> plugins.Plugin:
        """Load a plug-in; whatever it registered goes again where it is faulty."""
        before = dict(self._entries)
        plugin = plugins.load(point)
        fault = "" if plugin.fault else self._fault(point, before)
        if fault:
            plugin = plugins.faulty(plugin, fault)
        if plugin.fault:
            self._entries.clear()
            self._entries.update(before)
        for name in self._entries.keys() - before.keys():
            entry = self._entries[name]
            self._entries[name] = replace(entry, source=entry.source or plugin.distribution)
        return plugin

    def _fault(self, point: EntryPoint, before: Mapping[str, Entry[T]]) -> str:
        """Return what is wrong with what a plug-in registered; empty where nothing is."""
        if point.name not in self._entries:
            return f"{point.module} registers no {self.noun} {point.name!r}"
        value = self._entries[point.name].value
        if point.name in before and _top_module(value) != point.module.partition(".")[0]:
            return f"{self.noun} {point.name!r} is already registered"
        try:
            for name in {point.name, *(self._entries.keys() - before.keys())}:
                self.check(self._entries[name].value)
        except Exception as error:  # noqa: BLE001 - whatever it is, the others must not suffer
            return str(error) or type(error).__name__
        return ""

    def _all(self) -> dict[str, Entry[T]]:
        self.brought()
        return self._entries

    def __getitem__(self, name: str) -> Entry[T]:
        entries = self._all()
        if name not in entries and name in self._plugins:
            raise SpecificationError(self._plugins[name].fault)
        return entries[choose(name, entries, self.noun)]

    def __iter__(self) -> Iterator[Entry[T]]:
        return iter(self._all().values())

    def __contains__(self, name: object) -> bool:
        return name in self._all()

    def names(self) -> tuple[str, ...]:
        """Return the names in the order of registration."""
        return tuple(self._all())
