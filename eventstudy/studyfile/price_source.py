"""The base of all sources of a study's prices, and the request that says what a study needs."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from dataclasses import MISSING, dataclass, fields, replace
from inspect import isabstract
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from eventstudy.exceptions import SourceError, SpecificationError
from eventstudy.io.doors import STUDY_DATE, TimestampError
from eventstudy.io.files import keyed_path
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
from eventstudy.plugins import named_faults
from eventstudy.prices.inputs import held_whole
from eventstudy.prices.joined import join_panels
from eventstudy.prices.panel import PricePanel
from eventstudy.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventstudy._typing import Content, Progress, ReturnKind
    from eventstudy.prices.blocks import PriceBlocks
    from eventstudy.prices.securities import Securities

_DAYS_BEFORE, _DAYS_AFTER = 450, 30
_DAYS_A_SESSION = 1.6
"""Calendar days a session takes, holidays and the longest closures included."""


class Server(NamedTuple):
    """A server that a study file chooses.

    Attributes
    ----------
    key : which names it
    host : as messages call it, without a password
    """

    key: str
    host: str


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

    Examples
    --------
    Every market at one level, which a key of the study file sets:

    >>> import eventstudy as es
    >>> import pandas as pd
    >>> @dataclass(frozen=True, slots=True, kw_only=True)
    ... class Flat(PriceSource):
    ...     level: float = 1.0
    ...
    ...     def read(self, request, progress=None):
    ...         days = pd.bdate_range("2025-05-01", periods=3)
    ...         closes = {market.series: self.level for market in request.markets()}
    ...         return es.PricePanel.from_frame(pd.DataFrame(closes, index=days))
    >>> request = PriceRequest(
    ...     names=(("markets", "N225"),), declared=(), kind="simple", calendar=None
    ... )
    >>> Flat(level=100.0).read(request)
    PricePanel prices: prices of 1 columns, 2025-05-01 to 2025-05-05
    """

    factors: tuple[Path, ...] = ()

    takes_calendar: ClassVar[bool] = False
    """Whether ``prices.calendar`` says on whose sessions its columns are."""
    runs_code: ClassVar[bool] = False
    """Whether it runs code the study file chooses, which a reader of the file must allow."""
    always_written: ClassVar[tuple[str, ...]] = ()
    """Keys that are written even where they hold their default."""

    @property
    def source(self) -> str:
        """The name it is registered under.

        Examples
        --------
        >>> es.bundled_study().prices.source
        'bundled'
        """
        return name_of(type(self))

    @classmethod
    def own_keys(cls) -> dict[str, Key]:
        """Return the keys of ``[prices]`` that belong to this source, with what each takes.

        Examples
        --------
        >>> sorted(Flat.own_keys())
        ['factors', 'level']
        """
        return keys_of(cls) | ({"calendar": TEXT} if cls.takes_calendar else {})

    def chosen_server(self) -> Server | None:
        """Return the server of the study file's choosing that it asks, None without one.

        Those that the package or the user's own settings name are of nobody else's choosing.

        Examples
        --------
        >>> import eventstudy as es
        >>> es.bundled_study().prices.chosen_server() is None
        True
        """
        return None

    @property
    def is_inside(self) -> bool:
        """Whether nothing but its `input_files` and the package is read, and nothing fetched.

        Examples
        --------
        >>> import eventstudy as es
        >>> es.bundled_study().prices.is_inside
        True
        """
        return False

    @property
    def input_files(self) -> tuple[Path, ...]:
        """The files and folders that are read: every path among the fields.

        Examples
        --------
        >>> Flat().input_files  # it reads none
        ()
        >>> files = es.SOURCES["files"].value.parse({"file": "prices.csv"}, Path("data"))
        >>> [path.as_posix() for path in files.input_files]
        ['data/prices.csv']
        """
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

        Examples
        --------
        >>> Flat.parse({"source": "flat", "level": 5.0}, Path()).level
        5.0
        """
        return cls(**read_fields(cls, table, folder))

    @abstractmethod
    def read(self, request: PriceRequest, progress: Progress | None = None) -> PricePanel:
        """Read the panel, without the factors.

        Examples
        --------
        Of `PriceSource`, whose example makes ``request``.

        >>> Flat(level=100.0).read(request).frame()["N225"].tolist()
        [100.0, 100.0, 100.0]
        """

    def written(self, folder: Path) -> dict[str, Any]:
        """Return the keys of this source alone, those that hold their default left out.

        Examples
        --------
        >>> Flat(level=100.0).written(Path()), Flat().written(Path())
        ({'level': 100.0}, {})
        """
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

        Examples
        --------
        >>> Flat(level=100.0).load(request).names  # request: help(es.PriceSource)
        ('N225',)
        """
        if not self.factors:
            return self._read(request, progress)
        from eventstudy.prices.files.french import read_factors

        content: Content = getattr(self, "content", "prices")
        try:
            factors = read_factors(*self.factors, content=content, kind=request.kind)
        except SourceError as error:
            raise error.under("prices.factors") from error
        panel = self._read(request.without(factors.names), progress)
        return join_panels([panel, factors])

    def _read(self, request: PriceRequest, progress: Progress | None) -> PricePanel:
        """Read the panel; a fault of another distribution's source names that distribution."""
        what = f"price source {self.source!r}"
        with named_faults(type(self), what, SourceError, key="prices.source"):
            panel: object = self.read(request, progress)
            if not isinstance(panel, PricePanel):
                raise TypeError(f"read returned {type(panel).__name__}, no PricePanel")
        return panel

    def blocks(self, request: PriceRequest) -> PriceBlocks | str:
        """Return the prices to be read some securities at a time, or say why they cannot be.

        Examples
        --------
        >>> Flat().blocks(request)  # request: help(es.PriceSource)
        "source 'Flat' is not read some securities at a time"
        """
        del request
        return f"source {self.source!r} is not read some securities at a time"

    def load_blocks(
        self,
        request: PriceRequest,
        known: Securities | None = None,
        *,
        progress: Progress | None = None,
    ) -> PriceBlocks | PricePanel:
        """Return what `blocks` does, with what is `known` of the securities.

        Where prices cannot be read so, `load` reads all of them, and `assumed` says why.

        Examples
        --------
        >>> Flat().load_blocks(request).assumed[0]  # request: help(es.PriceSource)
        "prices: all prices are held in memory: source 'Flat' is not read some securities at a time"
        """
        found: PriceBlocks | str = "prices.factors join them"
        if not self.factors:
            found = self.blocks(request)
        if not isinstance(found, str):
            return found.with_securities(known)
        panel = self.load(request, progress=progress)
        said = (*panel.assumed, held_whole(panel.name, found))
        return replace(panel, securities=known, assumed=said)

    def to_dict(self, folder: Path) -> dict[str, Any]:
        """Return the table ``[prices]`` that says the same, without kind and calendar.

        Parameters
        ----------
        folder
            Where relative paths start: files inside it are written without it.

        Examples
        --------
        >>> Flat(level=100.0).to_dict(Path())
        {'source': 'Flat', 'level': 100.0}
        """
        factors = [written_path(path, folder) for path in self.factors]
        return {
            "source": self.source,
            **self.written(folder),
            **({"factors": factors} if factors else {}),
        }


def _check_source(source: object) -> None:
    """Raise what is wrong with a class that was registered as a source."""
    if not (isinstance(source, type) and issubclass(source, PriceSource)):
        raise SpecificationError(f"{source!r} is no subclass of PriceSource")
    if isabstract(source):
        raise SpecificationError(f"{source.__name__} has no method read")
    source.own_keys()


SOURCES: Registry[type[PriceSource]] = Registry("price source", "eventstudy.prices", _check_source)


def dates_wanted(
    start: dt.date | None, end: dt.date | None, request: PriceRequest
) -> tuple[dt.date, dt.date]:
    """Return the first and the last date to fetch, where none is given those the events need.

    Raises
    ------
    SpecificationError
        No date and no event to take one from; a range that is empty.
    """
    days = max(_DAYS_BEFORE, round(request.sessions * _DAYS_A_SESSION))
    if start is None and request.first is not None:
        start = request.first - dt.timedelta(days=days)
    if end is None and request.last is not None:
        end = request.last + dt.timedelta(days=_DAYS_AFTER)
        end = end if request.until is None else max(end, request.until)
    if start is None or end is None:
        raise SpecificationError(
            "prices.start and prices.end are needed: there is no event", key="prices.start"
        )
    check_span({"start": start, "end": end})
    return start, end


def check_span(given: Mapping[str, Any]) -> None:
    """Raise `SpecificationError` where a start lies after its end."""
    start, end = given.get("start"), given.get("end")
    if start is not None and end is not None and start > end:
        raise SpecificationError(
            f"prices.start {start} lies after prices.end {end}", key="prices.start"
        )


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
        return keyed_path(f"prices.{name}", folder, value)
    if kind == tuple[Path, ...]:
        paths = [value] if isinstance(value, str) else value
        return tuple(keyed_path(f"prices.{name}", folder, path) for path in paths)
    if kind is dt.date:
        try:
            return read_day(value, STUDY_DATE, f"prices.{name}")
        except TimestampError as error:
            raise SpecificationError(str(error), key=f"prices.{name}") from None
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
