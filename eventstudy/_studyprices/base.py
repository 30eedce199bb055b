"""What every source of a study's prices is, and what it is told the study needs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from eventstudy._registry import Registry
from eventstudy.exceptions import SourceError, SpecificationError
from eventstudy.markets import Market, find_market, get_market
from eventstudy.prices import PricePanel, join_panels

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from eventstudy._typing import Content, ReturnKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
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
    sessions
        How many sessions before an event the study looks at.
    """

    names: tuple[tuple[str, str], ...]
    declared: tuple[Market, ...]
    kind: ReturnKind
    calendar: str | None
    first: dt.date | None = None
    last: dt.date | None = None
    sessions: int = 0

    def without(self, columns: Sequence[str]) -> Wanted:
        """Return what is needed besides columns that are there already."""
        own = {market.name: market for market in self.declared}
        rest = []
        for key, name in self.names:
            known = find_market(name, own)
            if not {name, *(() if known is None else (known.name, known.series))} & set(columns):
                rest.append((key, name))
        return replace(self, names=tuple(rest))

    def spellings(self) -> tuple[str, ...]:
        """Every name a table may have for one of the markets."""
        own = {market.name: market for market in self.declared}
        found: dict[str, None] = {}
        for _, name in self.names:
            known = find_market(name, own)
            names = {name: None}
            if known is not None:
                names |= dict.fromkeys((known.series, known.name, *known.aliases))
            for one in names:
                found |= dict.fromkeys((one, one.upper(), one.lower()))
        return tuple(found)

    def markets(self) -> tuple[Market, ...]:
        """Return the markets, one for each price series.

        Raises
        ------
        SpecificationError
            A name no market has; the message names the key.
        """
        own = {market.name: market for market in self.declared}
        found: dict[str, Market] = {}
        for key, name in self.names:
            try:
                market = get_market(name, own)
            except SpecificationError as error:
                raise error.under(key) from None
            found.setdefault(market.series, market)
        return tuple(found.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSource(ABC):
    """A source of prices, as a study file describes it.

    Parameters
    ----------
    factors
        Files of daily factors that join the panel, as Kenneth French publishes them.
    """

    factors: tuple[Path, ...] = ()

    source: ClassVar[str]
    keys: ClassVar[tuple[str, ...]] = ()
    """Keys of ``[prices]`` that belong to this source, besides those of every source."""

    @property
    def held(self) -> Content:
        """What the source holds, prices or returns."""
        return "prices"

    @property
    def input_files(self) -> tuple[Path, ...]:
        """The files that are read."""
        return self.factors

    @classmethod
    @abstractmethod
    def parse(cls, table: Mapping[str, Any], folder: Path) -> PriceSource:
        """Return the source a table ``[prices]`` describes."""

    @abstractmethod
    def read(
        self, wanted: Wanted, progress: Callable[[str, int, int], None] | None = None
    ) -> PricePanel:
        """Read the panel, without the factors."""

    @abstractmethod
    def written(self, folder: Path) -> dict[str, Any]:
        """Return the keys of this source alone."""

    def load(
        self, wanted: Wanted, *, progress: Callable[[str, int, int], None] | None = None
    ) -> PricePanel:
        """Read the panel and join the factors to it.

        Raises
        ------
        SourceError, SchemaError
            What cannot be read or used; a market that could not be fetched.
        SpecificationError
            A market the source does not know.
        """
        if not self.factors:
            return self.read(wanted, progress)
        from eventstudy.sources.french import read_factors

        try:
            factors = read_factors(*self.factors, content=self.held, kind=wanted.kind)
        except SourceError as error:
            raise error.under("prices.factors") from error
        panel = self.read(wanted.without(factors.names), progress)
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


def written_path(path: Path, folder: Path) -> str:
    """Return a path as the study file has it, so that results do not tell where they ran."""
    inside = path.is_relative_to(folder)
    return (path.relative_to(folder) if inside else path).as_posix()
