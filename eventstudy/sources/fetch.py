"""Prices of markets: from the local store, and from Yahoo what the store lacks."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, get_args

import numpy as np
import pandas as pd

from eventstudy._fxlabels import fx_convention, redate_closes
from eventstudy._registry import choose
from eventstudy._typing import FxClose
from eventstudy.exceptions import SourceError, SpecificationError
from eventstudy.markets import Market, get_market
from eventstudy.prices import Check, PricePanel
from eventstudy.sources._coverage import request_for, settled_by
from eventstudy.sources.store import Store, Written, open_store
from eventstudy.sources.yahoo import DEADLINE, as_date, collect, reasons_of

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from eventstudy.sources._cleaning import Request
    from eventstudy.sources._crew import Arrival
    from eventstudy.sources.store import Span

    Progress = Callable[[str, int, int], None]

_FX_MARK = "=X"
_AHEAD = dt.timedelta(days=7)
"""A currency's last session needs the row after it, which may lie behind holidays."""

_BEFORE = dt.timedelta(days=120)
"""Rows before the first one asked for, to tell a currency's convention by."""

_OVERLAP = dt.timedelta(days=7)
"""Stored rows read again with new ones, so that a revision is noticed."""

_WORDS = {
    "fx_label_shift": "closes moved",
    "fx_label_kept": "closes as written",
    "fx_label_unclear": "closes as written",
    "not_in_store": "incomplete",
    "unfinished_session": "today left out",
}
_MOST_BETWEEN = np.timedelta64(5, "D")
_NO_DATE = np.datetime64("NaT", "D")


class Series(NamedTuple):
    """A price column and where it comes from."""

    name: str
    symbol: str
    market: Market

    @property
    def is_fx(self) -> bool:
        """Whether its closes are those of Yahoo's currency rows."""
        return self.symbol.endswith(_FX_MARK)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PriceUpdate:
    """Prices and how they came.

    Parameters
    ----------
    panel : PricePanel
        A column a series that has rows.
    table : DataFrame
        A row a series asked for: market, symbol, rows, first, last (ISO dates), new (rows stored
        now), revised (closes changed now), remark.
    failures : dict of str to str
        By series: why it is missing, or not up to date.
    store : Path
        The file of the store.
    """

    panel: PricePanel
    table: pd.DataFrame
    failures: dict[str, str]
    store: Path


def fetch_prices(
    markets: Iterable[str | Market],
    start: str | dt.date,
    end: str | dt.date,
    *,
    refresh: bool = False,
    offline: bool = False,
    store: Store | str | os.PathLike[str] | None = None,
    fx_close: FxClose = "detect",
    progress: Progress | None = None,
) -> PricePanel:
    """Return daily closes of markets from Yahoo, kept in the local store.

    Only what the store lacks is fetched, and each symbol is stored as soon as it has come. Where
    everything is there, nothing is sent over the network.

    Parameters
    ----------
    markets
        Names, aliases, or markets of a study.
    start, end
        ISO dates, both included. A session that has not ended is left out.
    refresh
        Read everything again; a close that Yahoo has changed is recorded and reported.
    offline
        Never use the network.
    store
        A folder or a store; see ``open_store`` for the usual one.
    fx_close
        Yahoo's daily close of a currency (symbols that end in ``=X``) is a price of the start of
        its day, so a session's close stands in the next row. ``"detect"`` finds out from the bars
        themselves, ``"next_row"`` moves it without asking, ``"written"`` leaves it.
    progress
        Called with a text, how many symbols are done, and of how many.

    Returns
    -------
    PricePanel
        A column a series (``Market.series``: USDCNH for CNH), open, high, low and volume in
        ``fields``. ``remarks`` tell what was done: ``fx_label_shift`` (or ``fx_label_kept``,
        ``fx_label_unclear``), ``revised_close``, ``symbol_failed``, ``not_in_store``, rows left
        out. A market that failed has no column, or
        only what was stored before.

    Raises
    ------
    SpecificationError
        An unknown market, one without a symbol, dates that make no sense.
    SourceError
        There is nothing at all: Yahoo cannot be reached or knows none of the symbols; or the store
        cannot be used.
    """
    return update_prices(
        markets,
        start,
        end,
        refresh=refresh,
        offline=offline,
        store=store,
        fx_close=fx_close,
        progress=progress,
    ).panel


def update_prices(
    markets: Iterable[str | Market],
    start: str | dt.date,
    end: str | dt.date,
    *,
    refresh: bool = False,
    offline: bool = False,
    store: Store | str | os.PathLike[str] | None = None,
    fx_close: FxClose = "detect",
    progress: Progress | None = None,
    deadline: float = DEADLINE,
    pause: float = 1.0,
    now: dt.datetime | None = None,
) -> PriceUpdate:
    """Fetch as `fetch_prices` does, and tell how it went.

    Parameters
    ----------
    markets, start, end, refresh, offline, store, fx_close, progress
        As there.
    deadline, pause, now
        As in ``fetch_bars``.
    """
    choose(fx_close, get_args(FxClose), "fx_close")
    if refresh and offline:
        raise SpecificationError("refresh and offline exclude each other; choose one")
    first, last = as_date(start, "start"), as_date(end, "end")
    moment = (now or dt.datetime.now(dt.UTC)).astimezone(dt.UTC)
    if first > last:
        raise SpecificationError(f"start {first} lies after end {last}; exchange them")
    if first > moment.date():
        raise SpecificationError(f"start {first} lies in the future; today is {moment.date()}")
    wanted = series_of(markets)
    kept = open_store(store)
    told = _Told()
    requests = _requests(wanted, first, last, kept, moment, told, refresh=refresh, offline=offline)
    if requests:
        _fetch(requests, kept, moment, told, progress=progress, deadline=deadline, pause=pause)
    columns: dict[str, pd.DataFrame] = {}
    stored = kept.read_all([(one.symbol, *_span(one, first, last)) for one in wanted])
    revisions = kept.revisions()
    for series, raw in zip(wanted, stored, strict=True):
        bars, checks = _bars_of(series, raw, first, last, fx_close)
        checks = _revisions(series, first, last, revisions) + checks
        before = [
            check
            for check in told.remarks.get(series.symbol, [])
            # rows behind the end were only asked for to date the ones before
            if not (check.check == "unfinished_session" and check.date > np.datetime64(last, "D"))
        ]
        told.remarks[series.symbol] = before + checks
        if len(bars):
            columns[series.name] = bars
        elif series.symbol not in told.failures:
            lacking = [c.detail for c in told.remarks[series.symbol] if c.check == "not_in_store"]
            why = lacking[0] if lacking else f"there is no row from {first} to {last}"
            told.failures[series.symbol] = why
    if not columns:
        raise SourceError(_nothing(told.failures, {one.symbol: one.name for one in wanted}))
    return PriceUpdate(
        panel=_panel(columns, wanted, told),
        table=_table(columns, wanted, told),
        failures={s.name: told.failures[s.symbol] for s in wanted if s.symbol in told.failures},
        store=kept.path,
    )


def series_of(markets: Iterable[str | Market]) -> list[Series]:
    """Return the price columns that markets need, each once, with their symbols at Yahoo.

    Raises
    ------
    SpecificationError
        An unknown market; one without a symbol; two that want one column from two symbols.
    """
    found: dict[str, Series] = {}
    for one in markets:
        market = one if isinstance(one, Market) else get_market(str(one).strip())
        name = market.series or market.name
        if market.yahoo is None:
            raise SpecificationError(
                f"market {market.name} has no symbol at Yahoo; give it one in the study file: "
                f'[market.{market.name}] yahoo = "..."'
            )
        before = found.setdefault(name, Series(name, market.yahoo, market))
        if before.symbol != market.yahoo:
            raise SpecificationError(
                f"column {name} would come from {before.symbol} ({before.market.name}) and from "
                f"{market.yahoo} ({market.name}); give one of them another series"
            )
    if not found:
        raise SpecificationError("no market to fetch; name at least one")
    return list(found.values())


class _Told:
    """What one update has found out so far, by symbol."""

    def __init__(self) -> None:
        self.failures: dict[str, str] = {}
        self.written: dict[str, Written] = {}
        self.remarks: dict[str, list[Check]] = {}


def _span(series: Series, start: dt.date, end: dt.date) -> Span:
    """Return the dates of rows that a series needs for its sessions."""
    return (start - _BEFORE, end + _AHEAD) if series.is_fx else (start, end)


def _requests(
    wanted: Iterable[Series],
    start: dt.date,
    end: dt.date,
    store: Store,
    now: dt.datetime,
    told: _Told,
    *,
    refresh: bool,
    offline: bool,
) -> list[Request]:
    requests = []
    each = list({one.symbol: one for one in wanted}.values())
    spans = [(one.symbol, *_span(one, start, end)) for one in each]
    lacking = [[(a, b)] for _, a, b in spans] if refresh else store.missing_all(spans)
    for series, (symbol, first, _), missing in zip(each, spans, lacking, strict=True):
        request = request_for(symbol, series.market, missing, "1d", now)
        if request is None:
            continue
        if offline:
            said = f"the store lacks {request.start} to {request.end}; fetch without --offline"
            check = Check(symbol, _NO_DATE, "not_in_store", "warning", said)
            told.remarks.setdefault(symbol, []).append(check)
            continue
        if request.start > first:
            request = request._replace(start=max(first, request.start - _OVERLAP))
        requests.append(request)
    return requests


def _fetch(
    requests: list[Request],
    store: Store,
    now: dt.datetime,
    told: _Told,
    *,
    progress: Progress | None,
    deadline: float,
    pause: float,
) -> None:
    not_kept: list[SourceError] = []

    def keep(arrival: Arrival) -> None:
        symbol = arrival.request.symbol
        covered = settled_by(arrival.request, arrival.bars, "1d", now)
        try:
            told.written[symbol] = store.write(
                symbol, arrival.bars, covered=covered, meta=arrival.meta, now=now
            )
        except SourceError as error:
            not_kept.append(error)
            raise

    try:
        fetched = collect(
            requests, deadline=deadline, pause=pause, now=now, progress=progress, arrived=keep
        )
    except SourceError as error:
        if not_kept:  # the store failed, not Yahoo
            raise
        told.failures.update({request.symbol: str(error) for request in requests})
        return
    told.failures.update(fetched.errors)
    for note in fetched.notes:
        told.remarks.setdefault(note.security, []).append(note)
    for symbol, written in told.written.items():
        told.remarks.setdefault(symbol, []).extend(
            Check(
                symbol,
                np.datetime64(label, "D"),
                "row_not_sent_again",
                "info",
                "stored before, not in Yahoo's answer any more; the stored row is used",
            )
            for label in written.gone
        )


def _bars_of(
    series: Series, bars: pd.DataFrame, start: dt.date, end: dt.date, fx_close: FxClose
) -> tuple[pd.DataFrame, list[Check]]:
    checks = []
    if series.is_fx and len(bars):
        bars, check = _dated(series, bars, fx_close)
        checks.append(check)
    bars = bars.loc[pd.Timestamp(start) : pd.Timestamp(end)]
    bars = bars[bars["close"].notna()]
    if not (bars["volume"] > 0).any():
        bars = bars.drop(columns="volume")  # Yahoo writes 0 where it has none
    return bars, checks


def _revisions(
    series: Series, start: dt.date, end: dt.date, revisions: pd.DataFrame
) -> list[Check]:
    found = revisions[(revisions["symbol"] == series.symbol) & (revisions["field"] == "close")]
    labels = pd.to_datetime(found["label"])
    found = found[(labels >= pd.Timestamp(start)) & (labels <= pd.Timestamp(end))]
    columns = (found[name] for name in ("label", "old", "new", "seen"))
    return [
        Check(
            series.symbol,
            np.datetime64(label, "D"),
            "revised_close",
            "warning",
            f"Yahoo's close was {old:.10g} and is {new:.10g} as of {seen:%Y-%m-%d}; "
            "the newer is used",
        )
        for label, old, new, seen in zip(*columns, strict=True)
    ]


def _dated(series: Series, bars: pd.DataFrame, fx_close: FxClose) -> tuple[pd.DataFrame, Check]:
    """Move a currency's closes to the session they belong to, if they have to be moved."""
    convention = fx_convention(bars)
    told = convention.label
    is_next = fx_close == "next_row" or (fx_close == "detect" and told == "start_of_day")
    said = {
        "start_of_day": "they are prices of the start of the day",
        "end_of_day": "they are prices of the end of the day",
        "unclear": "that does not tell which end of the day they belong to",
    }[told]
    done = "each is moved to the row before and the last row is left out"
    done = done if is_next else "they are taken as written"
    check = "fx_label_shift" if is_next else "fx_label_kept"
    if fx_close != "detect":
        done += f', as fx_close = "{fx_close}" asks'
    elif told == "unclear":
        check = "fx_label_unclear"
        done += '; fx_close = "next_row" moves them'
    is_doubtful = told != ("start_of_day" if is_next else "end_of_day")
    if is_next:
        between = np.diff(bars.index.to_numpy())
        bars = redate_closes(bars)
        # behind a hole the next row is not the end of this session
        bars = bars.assign(close=bars["close"].where(between <= _MOST_BETWEEN))
    severity = "warning" if is_doubtful else "info"
    detail = f"{convention}; {said}; {done}"
    return bars, Check(series.symbol, _NO_DATE, check, severity, detail)


def _panel(
    columns: Mapping[str, pd.DataFrame], wanted: Iterable[Series], told: _Told
) -> PricePanel:
    closes = pd.concat({name: bars["close"] for name, bars in columns.items()}, axis=1)
    panel = PricePanel.from_frame(closes.sort_index().rename_axis("date"), name="yahoo")
    remarks: list[Check] = []
    for series in wanted:
        if series.symbol in told.failures:
            why = told.failures[series.symbol]
            remarks.append(Check(series.name, _NO_DATE, "symbol_failed", "error", why))
        remarks += [c._replace(security=series.name) for c in told.remarks.get(series.symbol, [])]
    return replace(
        panel,
        fields={name: bars.drop(columns="close") for name, bars in columns.items()},
        remarks=tuple(remarks),
    )


def _table(
    columns: Mapping[str, pd.DataFrame], wanted: Iterable[Series], told: _Told
) -> pd.DataFrame:
    rows = []
    for series in wanted:
        bars = columns.get(series.name)
        written = told.written.get(series.symbol)
        changed = 0 if written is None else int((written.revised["field"] == "close").sum())
        rows.append(
            {
                "market": series.name,
                "symbol": series.symbol,
                "rows": 0 if bars is None else len(bars),
                "first": None if bars is None else f"{bars.index[0]:%Y-%m-%d}",
                "last": None if bars is None else f"{bars.index[-1]:%Y-%m-%d}",
                "new": 0 if written is None else written.new,
                "revised": changed,
                "remark": _remark(series, told),
            }
        )
    return pd.DataFrame(rows)


def _remark(series: Series, told: _Told) -> str:
    checks = told.remarks.get(series.symbol, [])
    said = ["failed"] if series.symbol in told.failures else []
    said += [_WORDS[check.check] for check in checks if check.check in _WORDS]
    left = sum(c.check in ("row_without_close", "impossible_price", "repeated_row") for c in checks)
    said += [f"{left} rows left out"] if left else []
    return ", ".join(dict.fromkeys(said))


def _nothing(failures: Mapping[str, str], names: Mapping[str, str]) -> str:
    if len(set(failures.values())) == 1:
        why = next(iter(failures.values()))
        return why if why.startswith("Yahoo cannot") else f"{', '.join(names.values())}: {why}"
    return "no prices came. " + reasons_of({names[one]: why for one, why in failures.items()})
