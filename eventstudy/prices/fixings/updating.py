"""Prices of official sources: from the local store, and from the source what the store lacks."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

import numpy as np
import pandas as pd

from eventstudy.exceptions import DataError, SourceError, SpecificationError
from eventstudy.io.addresses import RestError, check_address, fetch_address
from eventstudy.io.progress import no_progress, shows_progress
from eventstudy.prices.fetch.fetching import PriceUpdate
from eventstudy.prices.fixings.answers import BAR, Question, address_of, read_answer
from eventstudy.prices.fixings.known import fixing_source, market_of, questions
from eventstudy.prices.panel import NO_DATE, Check, PricePanel, columns_digest
from eventstudy.prices.store.store import open_store
from eventstudy.prices.yahoo.cleaning import FIELDS
from eventstudy.prices.yahoo.client import as_date

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from eventstudy._typing import Progress
    from eventstudy.markets.market import Market
    from eventstudy.prices.fixings.known import FixingSource
    from eventstudy.prices.store.store import Store, Written

_DAY: Final = dt.timedelta(days=1)
_OVERLAP: Final = dt.timedelta(days=14)
"""Stored rows asked for again with new ones, so that a revision is noticed."""
_LATE: Final = dt.timedelta(days=30)
"""How long a row that is missing at the end may still come."""
_MOST_PAGES: Final = 50


class _Series(NamedTuple):
    """A price column and what the source calls it."""

    name: str
    symbol: str


class _Outcome(NamedTuple):
    """What became of one series: why it failed, what was written, remarks on it."""

    failure: str
    written: Written | None
    remarks: list[Check]


def fetch_fixings(
    source: str,
    markets: Iterable[str | Market],
    start: str | dt.date,
    end: str | dt.date,
    *,
    refresh: bool = False,
    offline: bool = False,
    store: Store | str | os.PathLike[str] | None = None,
    address: str | None = None,
    progress: Progress | None = None,
) -> PricePanel:
    """Return daily prices of an official source, kept in the local store.

    The markets of the panel (``declared``) close at the moment the prices are of: the noon of New
    York for FRED, 14:15 in Frankfurt for the ECB's rates, 09:15 in Shanghai for the central parity.
    A study on the panel aligns news by that.

    Parameters
    ----------
    source
        ``"fred"``, ``"frankfurter"``, ``"cfets"`` or ``"twse"``.
    markets
        Names, pairs of currencies, or markets of a study.
    start, end
        ISO dates, both included.
    refresh
        Read everything again; a price that was changed is recorded and reported.
    offline
        Never use the network.
    store
        A folder or a store; see ``open_store`` for the usual one.
    address
        A mirror of the source, in its form.
    progress
        Called with a text, how many series are done, and of how many.

    Raises
    ------
    SpecificationError
        An unknown source, a market it does not have, dates that make no sense.
    SourceError
        There is nothing at all, or the store cannot be used.
    """
    return update_fixings(
        source, markets, start, end, refresh=refresh, offline=offline, store=store,
        address=address, progress=progress,
    ).panel  # fmt: skip


@shows_progress
def update_fixings(
    source: str,
    markets: Iterable[str | Market],
    start: str | dt.date,
    end: str | dt.date,
    *,
    refresh: bool = False,
    offline: bool = False,
    store: Store | str | os.PathLike[str] | None = None,
    address: str | None = None,
    now: dt.datetime | None = None,
    progress: Progress | None = None,
) -> PriceUpdate:
    """Fetch as `fetch_fixings` does, and return how it went beside the panel.

    Parameters
    ----------
    source, markets, start, end, refresh, offline, store, address, progress
        As there.
    now
        The present, aware.
    """
    chosen = fixing_source(source)
    if address is not None:
        chosen = replace(chosen, address=check_address(address).rstrip("/"))
    first, last = as_date(start, "start"), as_date(end, "end")
    if first > last:
        raise SpecificationError(f"start {first} lies after end {last}; exchange them", key="start")
    if refresh and offline:
        raise SpecificationError("refresh and offline exclude each other; choose one")
    present = (now or dt.datetime.now(dt.UTC)).astimezone(dt.UTC)
    known = _markets_of(markets, chosen)
    wanted = _series_of(known, chosen)
    kept = open_store(store)
    fetch = _Fetch(chosen, kept, first, min(last, present.date()), present)
    step = progress or no_progress
    outcomes: dict[str, _Outcome] = {}
    for n_done, series in enumerate(wanted):
        step(f"fetching from {chosen.name}", n_done, len(wanted))
        outcomes[series.name] = fetch.update(series, refresh=refresh, offline=offline)
    columns: dict[str, pd.DataFrame] = {}
    for series in wanted:
        bars = kept.read(series.symbol, first, last, source=chosen.name)
        bars = bars[bars["close"].notna()]
        outcomes[series.name].remarks.extend(fetch.revisions(series))
        if len(bars):
            columns[series.name] = bars.dropna(axis=1, how="all")
    failures = {
        series.name: outcomes[series.name].failure
        or f"{chosen.title} has no row from {first} to {last}"
        for series in wanted
        if outcomes[series.name].failure or series.name not in columns
    }
    if not columns:
        reasons = "; ".join(f"{name}: {why}" for name, why in failures.items())
        raise SourceError(f"no prices came. {reasons}")
    remarks = [
        *(Check(name, NO_DATE, "symbol_failed", "error", why) for name, why in failures.items()),
        *(check for outcome in outcomes.values() for check in outcome.remarks),
    ]
    return PriceUpdate(
        panel=_panel(columns, known, chosen, tuple(remarks)),
        table=_table(columns, wanted, outcomes),
        failures=failures,
        remarks=tuple(remarks),
        store=kept.path,
    )


def _markets_of(markets: Iterable[str | Market], source: FixingSource) -> list[Market]:
    found = [
        market_of(each.strip(), source)
        if isinstance(each, str)
        else market_of(each.name, source, {each.name: each})
        for each in markets
    ]
    if not found:
        raise SpecificationError("no market to fetch; name at least one")
    return list({market.name: market for market in found}.values())


def _series_of(markets: Iterable[Market], source: FixingSource) -> list[_Series]:
    """Return the columns of markets, each once; `market_of` refuses what the source has not."""
    symbols = {market.series: source.symbol(market.series) for market in markets}
    return [_Series(name, symbol) for name, symbol in symbols.items() if symbol is not None]


class _Fetch(NamedTuple):
    """One fetch: the source, the store, the dates."""

    source: FixingSource
    store: Store
    first: dt.date
    last: dt.date
    now: dt.datetime

    def update(self, series: _Series, *, refresh: bool, offline: bool) -> _Outcome:
        """Bring what the store lacks of a series; what goes wrong is its failure."""
        source, store = self.source, self.store
        if self.first > self.last:
            return _Outcome(f"{self.first} lies in the future", None, [])
        missing = store.missing(series.symbol, self.first, self.last, source=source.name)
        if offline:
            remarks = [
                Check(series.name, NO_DATE, "not_in_store", "warning",
                      f"the store lacks {begin} to {end}; run once without offline")
                for begin, end in missing
            ]  # fmt: skip
            return _Outcome("", None, remarks)
        if refresh:
            missing = [(self.first, self.last)]
        if not missing:
            return _Outcome("", None, [])
        for host, until in store.rests(source.name):
            if self.now < until and host == urlsplit(source.address).hostname:
                when = f"{until:%Y-%m-%d %H:%M} UTC"
                why = f"{source.title} asked to be left alone until {when} and is not asked before"
                return _Outcome(why, None, [])
        begin = max(missing[0][0] - _OVERLAP, self.first)
        rows: dict[dt.date, dict[str, float]] = {}
        failure, n_empty, answered = "", 0, None
        for n_asked, (start, end) in enumerate(questions(source, begin, missing[-1][1])):
            if n_asked and urlsplit(source.address).hostname != "127.0.0.1":
                time.sleep(source.pause)
            try:
                n_empty += self._ask(series, start, end, rows)
            except RestError as error:
                host = urlsplit(source.address).hostname or ""
                until = self.now + dt.timedelta(seconds=error.seconds)
                store.write_rest(host, until, source.name)
                failure = str(error)
                break
            except (SourceError, DataError) as error:
                failure = f"{start} to {end}: {_without_address(error)}"
                break
            answered = end
        written = None
        if answered is not None:
            written = self._write(series, rows, begin, answered)
        return _Outcome(failure, written, self._remarks(series, written))

    def _ask(
        self, series: _Series, start: dt.date, end: dt.date, rows: dict[dt.date, dict[str, float]]
    ) -> int:
        """Ask one span, page by page, into `rows`; return how many days have no number."""
        n_empty = 0
        for page in range(1, _MOST_PAGES + 1):
            question = Question(series.symbol, start, end, page)
            fetched = fetch_address(address_of(self.source, question))
            if fetched.body is None:
                raise SourceError("it answered that nothing had changed, and was not asked that")
            answer = read_answer(self.source, fetched.body, question)
            rows.update(answer.rows)
            n_empty += answer.n_empty
            if not answer.has_more:
                return n_empty
        raise DataError(f"more than {_MOST_PAGES} pages")

    def _write(
        self,
        series: _Series,
        rows: dict[dt.date, dict[str, float]],
        begin: dt.date,
        answered: dt.date,
    ) -> Written:
        """Store the rows of a series; days behind the last one may still get theirs."""
        days = sorted(rows)
        bars = pd.DataFrame(
            {name: [rows[day].get(name, np.nan) for day in days] for name in FIELDS},
            index=pd.DatetimeIndex([pd.Timestamp(day) for day in days], name="date").as_unit("ns"),
            dtype=float,
        )
        settled = max([self.now.date() - _LATE, *days[-1:]])
        end = min(answered, settled)
        covered = [(begin, end)] if begin <= end else []
        return self.store.write(
            series.symbol, bars, covered=covered, source=self.source.name, now=self.now,
            meta={"timezone": self.source.timezone},
        )  # fmt: skip

    def _remarks(self, series: _Series, written: Written | None) -> list[Check]:
        gone = [] if written is None else written.gone
        return [
            Check(series.name, np.datetime64(label, "D"), "row_not_sent_again", "info",
                  f"stored before, not in the answer of {self.source.title} any more; the stored "
                  "row is used")
            for label in gone
        ]  # fmt: skip

    def revisions(self, series: _Series) -> list[Check]:
        """Return a remark for each price of these dates that the source has changed."""
        table = self.store.revisions(series.symbol)
        own = table[(table["source"] == self.source.name) & (table["field"] == "close")]
        labels = pd.to_datetime(own["label"])
        last = pd.Timestamp(self.last)
        own = own[(labels >= pd.Timestamp(self.first)) & (labels <= last)]
        columns = (own[name] for name in ("label", "old", "new", "seen"))
        return [
            Check(series.name, np.datetime64(label, "D"), "revised_close", "warning",
                  f"{self.source.title} had {old:.10g} and has {new:.10g} as of {seen:%Y-%m-%d}; "
                  "the newer is used")
            for label, old, new, seen in zip(*columns, strict=True)
        ]  # fmt: skip


def _without_address(error: Exception) -> str:
    reason = getattr(error, "reason", "")
    return str(reason or error)


def _panel(
    columns: dict[str, pd.DataFrame],
    markets: list[Market],
    source: FixingSource,
    remarks: tuple[Check, ...],
) -> PricePanel:
    closes = pd.concat({name: bars["close"] for name, bars in columns.items()}, axis=1)
    panel = PricePanel.from_frame(closes.sort_index().rename_axis("date"), name=source.name)
    bars = {
        name: frame[[field for field in BAR[:-1] if field in frame]]
        for name, frame in columns.items()
        if set(BAR) <= set(frame)
    }
    # the column by its own name, too: USDCNY where CNY was asked for
    every = (*markets, *(market_of(market.series, source) for market in markets))
    own = tuple({m.name: m for m in every if m.series in columns}.values())
    symbols = {market.series: source.symbol(market.series) for market in own}
    inputs = tuple(
        (f"{source.name} {symbols[name]}", columns_digest([name], [dates], [values]))
        for name, dates, values in zip(panel.names, panel.dates, panel.values, strict=True)
    )
    clock = f"prices of {source.title} are of {source.clock}"
    said = (f"{clock}: their markets close then",) if source.close else ()
    return replace(panel, fields=bars, remarks=remarks, declared=own, assumed=said, inputs=inputs)


def _table(
    columns: dict[str, pd.DataFrame], wanted: list[_Series], outcomes: dict[str, _Outcome]
) -> pd.DataFrame:
    rows = []
    for series in wanted:
        bars = columns.get(series.name)
        failure, written, _ = outcomes[series.name]
        rows.append(
            {
                "market": series.name,
                "symbol": series.symbol,
                "rows": 0 if bars is None else len(bars),
                "first": None if bars is None else f"{bars.index[0]:%Y-%m-%d}",
                "last": None if bars is None else f"{bars.index[-1]:%Y-%m-%d}",
                "new": 0 if written is None else written.new,
                "revised": 0
                if written is None
                else int((written.revised["field"] == "close").sum()),
                "remark": "failed" if failure else "",
            }
        )
    return pd.DataFrame(rows)
