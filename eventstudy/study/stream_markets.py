"""The markets of a streamed study, joined in time: all at once, or some at a time."""

from __future__ import annotations

import hashlib
import warnings
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from eventstudy.events.identity import known_names, with_markets
from eventstudy.exceptions import EventStudyWarning, SpecificationError
from eventstudy.prices.blocks import CELLS
from eventstudy.prices.panel import columns_digest
from eventstudy.study.joining import say_leads
from eventstudy.study.preparation import align_events, join_markets, prepare, selected_events
from eventstudy.study.setting import locate_market, make_setting, resolve_markets, study_calendar
from eventstudy.study.study_markets import check_event_markets, study_markets, unpriced_pairs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pandas as pd

    from eventstudy._typing import BoolArray, IntArray
    from eventstudy.events.table import Events
    from eventstudy.markets.market import Market
    from eventstudy.prices.blocks import PriceBlocks
    from eventstudy.prices.panel import PricePanel
    from eventstudy.prices.securities import Securities
    from eventstudy.study.preparation import Prepared
    from eventstudy.study.specification import Specification

# Prices of markets that are kept, joined in time, for the next block of pairs.
_KEPT = 2 * CELLS


class StreamMarkets(Protocol):
    """The markets of a study.

    Attributes
    ----------
    names, markets : what the study calls them, and what they are, ``(N,)``
    events, selected : every event, with the study's markets; ``(E,)`` those the study asks for
    sha256 : hash of the prices, known once every market was seen
    unpriced : the pairs that `unpriced_pairs` finds
    is_said : whether the errors among the data checks were said
    """

    names: tuple[str, ...]
    markets: tuple[Market, ...]
    events: Events
    selected: BoolArray
    unpriced: pd.DataFrame

    is_said: bool

    @property
    def sha256(self) -> str:
        """The hash of the prices."""
        ...

    def portions(self) -> Iterator[tuple[int, Prepared]]:
        """Return every market once, some at a time, with the position of the first of them.

        No event is aligned with them yet.
        """
        ...

    def of(self, security: IntArray) -> Iterator[tuple[IntArray | slice, IntArray, Prepared]]:
        """Return the data of securities ``(P,)``: which of them, their rows in it, and the data."""
        ...


class HeldMarkets:
    """Markets whose prices are in memory."""

    is_said = True

    def __init__(
        self, study: Specification, events: Events, prices: PricePanel, *, strict: bool
    ) -> None:
        names = study_markets(study, events, prices)
        none = np.zeros(len(events), dtype=bool)
        self.sha256 = prices.sha256
        self._data = prepare(study, events, prices, strict=strict, among=none)
        self.names = tuple(names)
        self.markets = self._data.setting.markets
        known = known_names(self.markets, names, prices.names)
        self.events = with_markets(events, known, len(self.markets))
        self.selected = self.events.select(dict(study.select))
        self.unpriced = unpriced_pairs(study, self.events, prices)

    def portions(self) -> Iterator[tuple[int, Prepared]]:
        """Return all markets."""
        yield 0, self._data

    def of(self, security: IntArray) -> Iterator[tuple[IntArray | slice, IntArray, Prepared]]:
        """Return the data of all."""
        yield slice(None), security, self._data


class ReadMarkets:
    """Markets whose prices are read some at a time, the model's factors with each of them."""

    is_said = False

    def __init__(self, study: Specification, events: Events, prices: PriceBlocks) -> None:
        head = prices.head
        names = study_markets(study, events, head)
        self._study, self._prices = study, prices
        self._common = study_calendar(study, head)
        located = resolve_markets(names, study.declared, head, self._common)
        self._columns = [head.names[column] for _, column, _ in located]
        self.names = tuple(names)
        self.markets = tuple(market for market, _, _ in located)
        known = known_names(self.markets, names, head.names)
        self.events = with_markets(events, known, len(self.markets))
        self.selected = selected_events(study, self.events)
        check_event_markets(study, self.events, head, self.selected)
        self.unpriced = unpriced_pairs(study, self.events, head)
        say_leads(study.model)
        self._own = {market.name: market for market in study.declared}
        self._factors = self._columns_of(study.model.factors)
        self._rows = _rows_of_markets(head.securities, self.markets, names)
        self._hashed: set[str] = set()
        self._digest = hashlib.sha256()
        self._span = self._whole_span()
        self._kept: OrderedDict[bytes, tuple[IntArray, Prepared]] = OrderedDict()

    def portions(self) -> Iterator[tuple[int, Prepared]]:
        """Return as many markets at a time as `PriceBlocks.columns_at_once`, checked."""
        for begin in range(0, len(self.names), self._prices.columns_at_once):
            stop = min(begin + self._prices.columns_at_once, len(self.names))
            chosen = np.arange(begin, stop, dtype=np.int64)
            data = self._joined(chosen, is_checked=True)
            self._keep(chosen, data)
            yield begin, data

    def of(self, security: IntArray) -> Iterator[tuple[IntArray | slice, IntArray, Prepared]]:
        """Return the data of some securities, those read last without reading them again."""
        every = np.unique(security)
        most = self._prices.columns_at_once
        for begin in range(0, len(every), most):
            chosen = every[begin : begin + most]
            held, data = self._found(chosen)
            rows = np.flatnonzero((security >= chosen[0]) & (security <= chosen[-1]))
            yield rows, np.searchsorted(held, security[rows]), data

    def _found(self, chosen: IntArray) -> tuple[IntArray, Prepared]:
        for key, (held, data) in reversed(self._kept.items()):
            if len(held) >= len(chosen) and np.isin(chosen, held, assume_unique=True).all():
                self._kept.move_to_end(key)
                return held, data
        with warnings.catch_warnings():  # said when they were read for the first time
            warnings.simplefilter("ignore", EventStudyWarning)
            data = self._joined(chosen, is_checked=False)
        self._keep(chosen, data)
        return chosen, data

    def _keep(self, chosen: IntArray, data: Prepared) -> None:
        self._kept[chosen.tobytes()] = chosen, data
        while len(self._kept) > 1 and sum(map(_cells, self._kept.values())) > _KEPT:
            self._kept.popitem(last=False)

    def _joined(self, chosen: IntArray, *, is_checked: bool) -> Prepared:
        """Read some markets, and what they are compared with, and join them in time."""
        study, head = self._study, self._prices.head
        securities = self._securities_of(chosen)
        own = [] if securities is None else list(securities.benchmarks.values())
        columns = [self._columns[at] for at in chosen.tolist()]
        wanted = dict.fromkeys([*columns, *self._factors, *self._columns_of(own, is_sure=False)])
        # In the order of the whole, in which a market looks for its column.
        panel = self._prices.read(sorted(wanted, key=head.positions.__getitem__))
        panel = replace(panel, securities=securities)
        if is_checked and not head.sha256:
            self._add_to_hash(panel)
        names = [self.names[at] for at in chosen.tolist()]
        setting = make_setting(study, self.events, panel, names, span=self._span)
        none = np.zeros(len(self.events), dtype=bool)
        events, selected = self.events.take(none), self.selected[none]
        return join_markets(
            study,
            events,
            panel,
            setting,
            selected=selected,
            aligned=align_events(study, events, setting, selected=selected, only_named=True),
            is_checked=is_checked,
        )

    def _columns_of(self, names: Iterable[str], *, is_sure: bool = True) -> list[str]:
        """Return the columns of benchmarks or factors; without those missing unless `is_sure`."""
        head = self._prices.head
        columns = []
        for name in dict.fromkeys(names):
            try:
                _, column, _ = locate_market(name, self._own, head, self._common)
            except SpecificationError:
                if is_sure:
                    raise
                continue  # said with the row that names it
            columns.append(head.names[column])
        return columns

    def _add_to_hash(self, panel: PricePanel) -> None:
        """Add columns to the hash of all that is read, each once."""
        for name, dates, values in zip(panel.names, panel.dates, panel.values, strict=True):
            if name not in self._hashed:
                self._hashed.add(name)
                self._digest.update(columns_digest([name], [dates], [values]).encode())

    @property
    def sha256(self) -> str:
        """The hash of the prices; of those that were read where the source itself has none."""
        return self._prices.head.sha256 or self._digest.hexdigest()

    def _securities_of(self, chosen: IntArray) -> Securities | None:
        """Return what is known of some markets; of no market with the first of all."""
        known = self._prices.head.securities
        if known is None:
            return None
        is_own = np.isin(self._rows, chosen)
        if chosen[0] == 0:
            is_own |= self._rows < 0
        rows = np.flatnonzero(is_own).tolist()
        return replace(
            known,
            names=tuple(known.names[row] for row in rows),
            frame=known.frame.iloc[rows].reset_index(drop=True),
            rows=tuple(known.rows[row] for row in rows),
        )

    def _whole_span(self) -> tuple[np.datetime64, np.datetime64]:
        """Return the first and last date of all prices, where a calendar has to reach over them.

        The sessions of a market must be the same whichever others it is read with.
        """
        day = np.datetime64("2000-01-01", "D")
        factors = [
            locate_market(name, self._own, self._prices.head, self._common)[0]
            for name in self._study.model.factors
        ]
        known = self._prices.head.securities
        has_own = known is not None and known.benchmarks
        if not has_own and all(m.calendar == "data" for m in (*self.markets, *factors)):
            return day, day
        first, last = [], []
        names = self._prices.names
        for begin in range(0, len(names), self._prices.columns_at_once):
            panel = self._prices.read(names[begin : begin + self._prices.columns_at_once])
            if any(len(dates) for dates in panel.dates):
                begins, ends = panel.span()
                first.append(begins)
                last.append(ends)
        if not first:
            self._prices.head.span()  # raises, as there is no row
        return min(first), max(last)


def _cells(kept: tuple[IntArray, Prepared]) -> int:
    return kept[1].returns.returns.size


def _rows_of_markets(
    known: Securities | None, markets: Sequence[Market], names: Sequence[str]
) -> IntArray:
    """Return of each row of what is known of securities the position of its market, or -1."""
    if known is None:
        return np.empty(0, dtype=np.int64)
    of_name = known_names(markets, names)
    position = {market.name: at for at, market in enumerate(markets)}
    found = [of_name.get(name.casefold()) for name in known.names]
    return np.array([-1 if name is None else position[name] for name in found], dtype=np.int64)
