"""Official fixings as sources of a study: FRED, the ECB's rates, the central parity, the TWSE."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - keys take what they say
from dataclasses import dataclass, replace
from pathlib import Path  # noqa: TC003 - keys take what they say
from typing import TYPE_CHECKING, Any, ClassVar

from eventstudy.exceptions import SourceError, SpecificationError
from eventstudy.io.addresses import shown_address
from eventstudy.studyfile.price_choices import check_fetch, refuse_failed
from eventstudy.studyfile.price_source import (
    SOURCES,
    PriceRequest,
    PriceSource,
    Server,
    check_span,
    dates_wanted,
    read_fields,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventstudy._typing import Progress
    from eventstudy.markets.market import Market
    from eventstudy.prices.panel import PricePanel


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixings(PriceSource):
    """Prices of an official source, through the local store, each of the moment it is of.

    Parameters
    ----------
    start, end
        First and last date; by default as for Yahoo, around the events.
    refresh
        Fetch again what the store has.
    offline
        Read the store alone, without the network.
    address
        A mirror of the source, in its form.
    """

    refresh: bool = False
    offline: bool = False
    start: dt.date | None = None
    end: dt.date | None = None
    address: str | None = None

    official: ClassVar[str] = ""
    """Name of the source in ``fixings.toml``."""

    @classmethod
    def parse(cls, table: Mapping[str, Any], folder: Path) -> PriceSource:
        """Return what is to be fetched."""
        check_fetch(table)
        given = read_fields(cls, table, folder)
        check_span(given)
        return cls(**given)

    def chosen_server(self) -> Server | None:
        """Return the host of the mirror that is asked."""
        if self.address is None or self.offline:
            return None
        return Server("prices.address", shown_address(self.address))

    @property
    def is_inside(self) -> bool:
        """Where the store alone is read."""
        return self.offline

    def read(self, request: PriceRequest, progress: Progress | None = None) -> PricePanel:
        """Fetch what the store lacks, and read it; every market closes when its price is of."""
        from eventstudy.prices.fixings import fetch_fixings

        start, end = dates_wanted(self.start, self.end, request)
        markets = self.markets(request)
        try:
            panel = fetch_fixings(
                self.official,
                markets,
                start,
                end,
                refresh=self.refresh,
                offline=self.offline,
                address=self.address,
                progress=progress,
            )
        except SourceError as error:
            raise error.under("prices.source") from error
        refuse_failed(panel, offline=self.offline)
        return replace(panel, kind=request.kind)

    def markets(self, request: PriceRequest) -> tuple[Market, ...]:
        """Return the markets, with the moment of the source's prices as their close.

        Raises
        ------
        SpecificationError
            One that the source does not have; the message names the key.
        """
        from eventstudy.prices.fixings import fixing_sources, market_of

        source = fixing_sources()[self.official]
        declared = {market.name: market for market in request.declared}
        markets = {}
        for key, name in request.names:
            try:
                market = market_of(name, source, declared)
            except SpecificationError as error:
                raise (error if error.key else error.under(key)) from None
            markets[market.name] = market
        return tuple(markets.values())


@SOURCES.register(
    "fred",
    summary="noon rates of currencies in New York (H.10), without a key; needs the network once",
    source="fredgraph.csv of fred.stlouisfed.org; see docs/prices.md",
)
@dataclass(frozen=True, slots=True, kw_only=True)
class Fred(Fixings):
    """The noon buying rates of the Federal Reserve's H.10."""

    official: ClassVar[str] = "fred"


@SOURCES.register(
    "frankfurter",
    summary="reference rates of the ECB, 14:15 in Frankfurt; needs the network once",
    source="frankfurter.dev; see docs/prices.md",
)
@dataclass(frozen=True, slots=True, kw_only=True)
class Frankfurter(Fixings):
    """The reference rates of the European Central Bank."""

    official: ClassVar[str] = "frankfurter"


@SOURCES.register(
    "cfets",
    summary="central parity of the renminbi, 09:15 in Shanghai; needs the network once",
    source="chinamoney.com.cn; see docs/prices.md",
)
@dataclass(frozen=True, slots=True, kw_only=True)
class Cfets(Fixings):
    """The central parity of the renminbi."""

    official: ClassVar[str] = "cfets"


@SOURCES.register(
    "twse",
    summary="the TAIEX by the exchange itself, month by month; needs the network once",
    source="twse.com.tw, MI_5MINS_HIST; see docs/prices.md",
)
@dataclass(frozen=True, slots=True, kw_only=True)
class Twse(Fixings):
    """The history of the TAIEX by the Taiwan Stock Exchange."""

    official: ClassVar[str] = "twse"
