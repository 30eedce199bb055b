"""The base of all sources of a study's prices, and the request that says what a study needs."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from dataclasses import MISSING, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from eventstudy.exceptions import SourceError, SpecificationError
from eventstudy.io.doors import STUDY_DATE
from eventstudy.io.timestamps import read_day
from eventstudy.io.toml_keys import (
    TEXT,
    Key,
    field_types,
    keys_of,
    without_none,
)
from eventstudy.markets.market import (
    Market,
    column_names,
    find_market,
    get_market,
    named_like_a_ticker,
)
from eventstudy.prices.joined import join_panels
from eventstudy.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventstudy._typing import Content, Progress, ReturnKind
    from eventstudy.prices.panel import PricePanel


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRequest:
    """What a study needs of its prices.

    Parameters
    ----------
    names
        Keys of the study file and the names below them: markets, benchmark or factors.
    declared
        Markets of the user's own.
    kind
        Of the returns.
    calendar
        Of every market the study does not declare; None for each its own.
    first, last
        Dates of the first and the last event; None without events.
    until
        Date to which prices are wanted, if after the last event's.
    sessions
        How many sessions before an event the study looks at.
    """

    names: tuple[tuple[str, str], ...]
    declared: tuple[Market, ...]
    kind: ReturnKind
    calendar: str | None
    first: dt.date | None = None
    last: dt.date | None = None
    until: dt.date | None = None
    sessions: int = 0

    def without(self, columns: Sequence[str]) -> PriceRequest:
        """Return what is needed besides columns that are there already."""
        declared = {market.name: market for market in self.declared}
        missing = []
        for key, name in self.names:
            market = find_market(name, declared)
            if not {name, *(() if market is None else (market.name, market.series))} & set(columns):
                missing.append((key, name))
        return replace(self, names=tuple(missing))

    def spellings(self) -> tuple[str, ...]:
        """Return every name a table may have for one of the markets."""
        declared = {market.name: market for market in self.declared}
        spellings: dict[str, None] = {}
        for _, name in self.names:
            market = find_market(name, declared) or named_like_a_ticker(name)
            own_names = {name: None}
            if market is not None:
                own_names |= dict.fromkeys(spelling for spelling, _ in column_names(market))
            for spelling in own_names:
                spellings |= dict.fromkeys((spelling, spelling.upper(), spelling.lower()))
        return tuple(spellings)

    def markets(self) -> tuple[Market, ...]:
        """Return the markets, one for each price series.

        Raises
        ------
        SpecificationError
            A name no market has; the message names the key.
        """
        declared = {market.name: market for market in self.declared}
        markets: dict[str, Market] = {}
        for key, name in self.names:
            try:
                market = get_market(name, declared)
            except SpecificationError as error:
                raise error.under(key) from None
            markets.setdefault(market.series, market)
        return tuple(markets.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSource(ABC):
    """A source of prices, as a study file describes it: its fields are its keys in ``[prices]``.

    One of your own is a frozen dataclass below this one, with `read`, registered by
    ``@SOURCES.register("name", summary=..., source=...)``. The type of a field tells what its key
    takes: ``str``, ``bool``, ``int``, ``float``, ``date``, ``Path`` (from the folder of the study
    file), ``Literal["a", "b"]``, tuples of texts or of paths.

    Parameters
    ----------
    factors
        Files of daily factors that join the panel, as Kenneth French publishes them.
    """

    factors: tuple[Path, ...] = ()

    takes_calendar: ClassVar[bool] = False
    """Whether ``prices.calendar`` says on whose sessions its columns are."""
    always_written: ClassVar[tuple[str, ...]] = ()
    """Keys that are written even where they hold their default."""

    @property
    def source(self) -> str:
        """The name it is registered under."""
        return name_of(type(self))

    @classmethod
    def own_keys(cls) -> dict[str, Key]:
        """Return the keys of ``[prices]`` that belong to this source, with what each takes."""
        return keys_of(cls) | ({"calendar": TEXT} if cls.takes_calendar else {})

    @property
    def input_files(self) -> tuple[Path, ...]:
        """The files and folders that are read: every path among the fields."""
        values = [getattr(self, name) for name in field_types(type(self))]
        listed = [value if isinstance(value, tuple) else (value,) for value in values]
        return tuple(path for value in listed for path in value if isinstance(path, Path))

    @classmethod
    def parse(cls, table: Mapping[str, Any], folder: Path) -> PriceSource:
        """Return the source a table ``[prices]`` describes; relative paths start at `folder`.

        Raises
        ------
        SpecificationError
            A key without a default is missing.
        """
        return cls(**read_fields(cls, table, folder))

    @abstractmethod
    def read(self, request: PriceRequest, progress: Progress | None = None) -> PricePanel:
        """Read the panel, without the factors."""

    def written(self, folder: Path) -> dict[str, Any]:
        """Return the keys of this source alone, those that hold their default left out."""
        return {
            field.name: written_value(getattr(self, field.name), folder)
            for field in fields(self)
            if field.name in field_types(type(self))
            and field.name != "factors"
            and (field.name in self.always_written or getattr(self, field.name) != field.default)
        }

    def load(self, request: PriceRequest, *, progress: Progress | None = None) -> PricePanel:
        """Read the panel and join the factors to it.

        Raises
        ------
        SourceError, SchemaError
            What cannot be read or used; a market that could not be fetched.
        SpecificationError
            A market the source does not know.
        """
        if not self.factors:
            return self.read(request, progress)
        from eventstudy.prices.files.french import read_factors

        content: Content = getattr(self, "content", "prices")
        try:
            factors = read_factors(*self.factors, content=content, kind=request.kind)
        except SourceError as error:
            raise error.under("prices.factors") from error
        panel = self.read(request.without(factors.names), progress)
        return join_panels([panel, factors])

    def to_dict(self, folder: Path) -> dict[str, Any]:
        """Return the table ``[prices]`` that says the same, without kind and calendar.

        Parameters
        ----------
        folder
            Where relative paths start: files inside it are written without it.
        """
        factors = [written_path(path, folder) for path in self.factors]
        return {
            "source": self.source,
            **self.written(folder),
            **({"factors": factors} if factors else {}),
        }


SOURCES: Registry[type[PriceSource]] = Registry("price source")


def name_of(source: type[PriceSource]) -> str:
    """Return the name a source is registered under."""
    names = [entry.name for entry in SOURCES if entry.value is source]
    return names[0] if names else source.__name__


def read_fields(
    source: type[PriceSource], table: Mapping[str, Any], folder: Path
) -> dict[str, Any]:
    """Return the fields of a source that a table ``[prices]`` gives, as the source holds them.

    Raises
    ------
    SpecificationError
        A key without a default is missing.
    """
    types = field_types(source)
    given: dict[str, Any] = {}
    for field in fields(source):
        if field.name in types and field.name in table:
            given[field.name] = _read_value(
                field.name, types[field.name], table[field.name], folder
            )
        elif field.name in types and isinstance(field.default, Path):
            given[field.name] = folder / field.default
        elif field.default is MISSING and field.default_factory is MISSING:
            raise SpecificationError(
                f'prices.{field.name} is missing; source "{name_of(source)}" needs it',
                key=f"prices.{field.name}",
            )
    return given


def _read_value(name: str, kind: object, value: Any, folder: Path) -> object:  # noqa: ANN401 - of TOML
    """Return the value of the key `name` as a field of type `kind` holds it."""
    kind = without_none(kind)
    if kind is Path:
        return folder / Path(value).expanduser()
    if kind == tuple[Path, ...]:
        return tuple(
            folder / Path(path).expanduser()
            for path in ([value] if isinstance(value, str) else value)
        )
    if kind is dt.date:
        return read_day(value, STUDY_DATE, f"prices.{name}")
    if isinstance(value, dict):
        return tuple(value.items())
    return tuple(value) if isinstance(value, list) else value


def written_value(value: object, folder: Path) -> object:
    """Return the value of a field as its key holds it: pairs as a table, paths from `folder`."""
    if isinstance(value, Path):
        return written_path(value, folder)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, tuple):
        if value and all(isinstance(item, tuple) for item in value):
            return dict(value)
        return [written_value(item, folder) for item in value]
    return value


def written_path(path: Path, folder: Path) -> str:
    """Return a path as the study file has it, so that results do not tell where they ran."""
    inside = path.is_relative_to(folder)
    return (path.relative_to(folder) if inside else path).as_posix()
