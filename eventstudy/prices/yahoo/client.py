"""Bars from Yahoo, through yfinance: the only door to the network.

Four habits of yfinance are worked around. It hides failures, so it is made to raise them; it
caches a bad answer, so its cache is emptied after every failure; its timeout does not bound the
whole, so downloads run in threads that are left behind when time is up; told that it asks too
often it asks more, so its requests are watched.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import queue
import socket
import threading
import time
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar, cast
from urllib.parse import urlsplit

import pandas as pd

from eventstudy.exceptions import SourceError, SpecificationError
from eventstudy.io.doors import OPTION_DATE, TimestampError
from eventstudy.io.progress import no_progress, shows_progress
from eventstudy.io.timestamps import read_day
from eventstudy.prices.panel import Check
from eventstudy.prices.yahoo.answers import Failure, FetchLogFilter, YahooLog, failure_of
from eventstudy.prices.yahoo.cleaning import Request, clean_bars, no_bars
from eventstudy.prices.yahoo.downloads import PREFIX, Downloaded, DownloadPool, Failed
from eventstudy.prices.yahoo.requests import RequestWatch, Rest, watch_session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from eventstudy._typing import Progress
    from eventstudy.markets.market import Market

_T = TypeVar("_T")

INTERVALS = ("1m", "2m", "5m", "15m", "30m", "60m", "90m", "1h", "1d", "5d", "1wk", "1mo", "3mo")
DEADLINE = 120.0
_HOST = "https://query2.finance.yahoo.com"
_ALTERNATIVES = (
    "take what the local store holds (prices fetch: --offline; a study file: prices.offline = "
    "true), a file, or the bundled study"
)
_PROGRESS_TEXT = "fetching from Yahoo"
# yfinance is configured for a whole process, so one fetch at a time changes its switches.
_FETCH_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fetched:
    """Bars that were downloaded, and why others were not.

    Parameters
    ----------
    bars : dict of str to DataFrame
        By symbol: open, high, low, close, volume as floats, NaN where Yahoo has none. Daily and
        longer: dates of the exchange without a zone. Intraday: UTC. Ascending, unique; no rows
        where Yahoo knows the symbol but has none for these dates.
    errors : dict of str to str
        By symbol: why there are no bars. A symbol is in `bars` or here.
    meta : dict of str to dict
        By symbol: currency, timezone, instrument, interval, start, end.
    notes : tuple of Check
        Rows that were left out, with the reason; security is the symbol.
    rest : Rest or None
        Until when Yahoo wants to be left alone, where it said "too many requests".
    """

    bars: dict[str, pd.DataFrame] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    meta: dict[str, dict[str, str | None]] = field(default_factory=dict)
    notes: tuple[Check, ...] = ()
    rest: Rest | None = None


def fetch_bars(
    symbols: Iterable[str],
    start: str | dt.date,
    end: str | dt.date,
    *,
    interval: str = "1d",
    markets: Mapping[str, Market] | None = None,
    deadline: float = DEADLINE,
    attempts: int = 4,
    in_flight: int = 2,
    pause: float = 1.0,
    knock: float = 3.0,
    now: dt.datetime | None = None,
    clock: Callable[[], float] = time.monotonic,
    progress: Progress | None = None,
) -> Fetched:
    """Fetch bars of symbols from Yahoo, unadjusted.

    Parameters
    ----------
    symbols
        As Yahoo writes them, such as ``"^N225"`` or ``"CNH=X"``.
    start, end
        ISO dates, both included, in each exchange's own time.
    interval
        One of `INTERVALS`. Yahoo keeps minutes for some days or weeks only, hours for two years.
    markets
        By symbol, for the closing time that decides whether today's bar is complete. Without:
        a row of today is left out.
    deadline
        Seconds for everything together; what has not come by then is an error of its symbol.
    attempts
        How often a symbol is asked for. One that Yahoo does not know is asked for once; so are
        all others once a symbol has failed in all its attempts and none has come since.
    in_flight
        Symbols asked for at the same time.
    pause
        Seconds: a wait is drawn evenly from 0 to pause, 2 pause, 4 pause ..., 30 at most. After
        "too many requests" it is what Yahoo asks for, or three pauses, and 0 for a pause of 0;
        said again after that, it ends the fetch.
    knock
        Seconds to find out whether Yahoo can be reached at all.
    now
        Aware time at which bars are complete or not; the present by default.
    clock
        Tells the seconds that `deadline` counts.
    progress
        Called with a text, how many symbols are done, and of how many.

    Returns
    -------
    Fetched

    Raises
    ------
    SourceError
        Yahoo cannot be reached, or no symbol came; the message has the reasons.
    SpecificationError
        Dates, interval or numbers that make no sense.
    """
    first, last = as_date(start, "start"), as_date(end, "end")
    names = [str(symbol).strip() for symbol in symbols]
    markets_by_symbol = markets or {}
    requests = [
        Request(name, first, last, markets_by_symbol.get(name)) for name in dict.fromkeys(names)
    ]
    fetched = collect(
        requests,
        interval=interval,
        deadline=deadline,
        attempts=attempts,
        in_flight=in_flight,
        pause=pause,
        knock=knock,
        now=now,
        clock=clock,
        progress=progress,
    )
    if fetched.errors and not fetched.bars:
        raise SourceError(f"Yahoo gave nothing. {reasons_of(fetched.errors)}")
    return fetched


@shows_progress
def collect(
    requests: Sequence[Request],
    *,
    interval: str = "1d",
    deadline: float = DEADLINE,
    attempts: int = 4,
    in_flight: int = 2,
    pause: float = 1.0,
    knock: float = 3.0,
    now: dt.datetime | None = None,
    clock: Callable[[], float] = time.monotonic,
    progress: Progress | None = None,
    arrived: Callable[[Downloaded], None] | None = None,
) -> Fetched:
    """Fetch requests, each with its own dates; as `fetch_bars`, but all may fail.

    ``arrived`` is called here, in the caller's thread, with each symbol as soon as it has come, so
    that it can be kept whatever happens to the others.
    """
    _check_options(requests, interval, deadline, attempts, in_flight)
    begin = clock()
    if not _FETCH_LOCK.acquire(timeout=deadline):
        raise SourceError(f"another fetch of this process has not ended within {deadline:g} s")
    fetched = Fetched()
    notes: list[Check] = []
    limited: list[str] = []
    report_progress = progress or no_progress
    try:
        _check_reachable(min(knock, deadline))
        logs: dict[int, YahooLog] = {}
        pool = DownloadPool(
            lambda request: _download(request, interval, logs, now), attempts, pause
        )
        watch = RequestWatch(pool.name, pool.rest, 3 * pause)
        with _yfinance_that_raises(pool, logs, watch):
            report_progress(_PROGRESS_TEXT, 0, len(requests))
            # closed at once, whatever happens here, so that no thread goes on asking
            downloads = pool.run(requests, in_flight, begin, deadline, clock)
            with contextlib.closing(downloads) as results:
                for count, result in enumerate(results, start=1):
                    symbol = result.request.symbol
                    if isinstance(result, Failed):
                        fetched.errors[symbol] = result.why
                        limited += [symbol] if result.is_limited else []
                    else:
                        fetched.bars[symbol], fetched.meta[symbol] = result.bars, result.meta
                        notes += result.notes
                        if arrived is not None:
                            arrived(result)
                    report_progress(_PROGRESS_TEXT, count, len(requests))
    finally:
        _FETCH_LOCK.release()
    rest = None
    if watch.limit is not None:
        instant = now or dt.datetime.now(dt.UTC)
        rest = Rest(watch.limit.host, instant + dt.timedelta(seconds=watch.limit.seconds))
        fetched.errors.update(dict.fromkeys(limited, rest.sentence(instant)))
    order = {request.symbol: at for at, request in enumerate(requests)}
    return Fetched(
        bars=_in_request_order(fetched.bars, order),
        errors=_in_request_order(fetched.errors, order),
        meta=_in_request_order(fetched.meta, order),
        notes=tuple(sorted(notes, key=lambda note: order[note.security])),
        rest=rest,
    )


def _in_request_order(by_symbol: dict[str, _T], order: Mapping[str, int]) -> dict[str, _T]:
    """Return the same in the order of the requests."""
    return dict(sorted(by_symbol.items(), key=lambda item: order[item[0]]))


def reasons_of(errors: Mapping[str, str], most: int = 3) -> str:
    """Return why symbols failed as a sentence; symbols that share a reason stand together."""
    shared: dict[str, list[str]] = {}
    for symbol, why in errors.items():
        shared.setdefault(why, []).append(symbol)
    shown = [f"{', '.join(symbols)}: {why}" for why, symbols in list(shared.items())[:most]]
    n_further = len(shared) - len(shown)
    return "; ".join(shown) + (f" (and {n_further} more reasons)" if n_further else "")


def as_date(value: str | dt.date, option: str) -> dt.date:
    """Read an ISO date; an error names the `option` it was given for."""
    try:
        return read_day(value, OPTION_DATE, f"{option}:")
    except TimestampError as error:
        raise SpecificationError(str(error)).at(key=option) from None


def _check_options(
    requests: Sequence[Request], interval: str, deadline: float, attempts: int, in_flight: int
) -> None:
    from eventstudy.registry import choose

    choose(interval, INTERVALS, "interval")
    if not requests:
        raise SpecificationError("no symbol to fetch; name at least one")
    for request in requests:
        if not request.symbol:
            raise SpecificationError("a symbol is empty; write it as Yahoo does, such as ^N225")
        if request.start > request.end:
            raise SpecificationError(
                f"start {request.start} lies after end {request.end}; exchange them", key="start"
            )
    for name, value in (("deadline", deadline), ("attempts", attempts), ("in_flight", in_flight)):
        if value <= 0:
            raise SpecificationError(f"{value:g} is not positive", key=name)


def _download(
    request: Request, interval: str, logs: dict[int, YahooLog], now: dt.datetime | None
) -> Downloaded:
    """Download one request once.

    Raises
    ------
    Failure
        No bars; its sentence is the reason. An answer without rows is no failure.
    """
    import yfinance
    from yfinance.data import YfData

    log = logs[threading.get_ident()] = YahooLog()
    ticker = yfinance.Ticker(request.symbol)
    try:
        raw = ticker.history(
            start=request.start.isoformat(),
            end=(request.end + dt.timedelta(days=1)).isoformat(),  # yfinance leaves it out
            interval=interval,
            auto_adjust=False,
            back_adjust=False,
            repair=False,
            actions=False,
            keepna=True,
        )
        bars, notes = no_bars(interval), list[Check]()
        if not raw.empty:
            instant = pd.Timestamp(now or dt.datetime.now(dt.UTC))
            bars, notes = clean_bars(raw, request, interval, instant)
    except Failure:
        YfData.cache_get.cache_clear()
        raise
    except Exception as error:
        YfData.cache_get.cache_clear()
        failure = failure_of(error, request.symbol, log.status, log.lines, yfinance.__version__)
        if failure.kind != "empty":
            raise failure from error
        bars, notes = no_bars(interval), []
    return Downloaded(request, bars, _meta(ticker.get_history_metadata(), request, interval), notes)


def _meta(
    metadata: Mapping[str, str | None], request: Request, interval: str
) -> dict[str, str | None]:
    return {
        "currency": metadata.get("currency"),
        "timezone": metadata.get("exchangeTimezoneName"),
        "instrument": metadata.get("instrumentType"),
        "interval": interval,
        "start": request.start.isoformat(),
        "end": request.end.isoformat(),
    }


# ---- yfinance and the way to Yahoo --------------------------------------------------------------


@contextlib.contextmanager
def _yfinance_that_raises(
    pool: DownloadPool, logs: dict[int, YahooLog], watch: RequestWatch
) -> Iterator[None]:
    """Make yfinance raise its failures, log to `logs` alone and send what the `watch` lets pass.

    Afterwards its settings are restored.
    """
    with warnings.catch_warnings():
        try:
            import yfinance
        except ImportError as error:
            raise SourceError(
                f"prices from Yahoo need yfinance ({error}); pip install market-reaction"
            ) from None
        from yfinance.data import YfData

        YfData.cache_get.cache_clear()  # what it remembers may have been revised since
        debug = yfinance.config.debug
        # after the import, which puts a filter of its own in front
        warnings.filterwarnings(
            "ignore",
            category=getattr(pd.errors, "PandasChangeWarning", DeprecationWarning),
            module=r"yfinance(\.|$)",
        )
        logger = logging.getLogger("yfinance")
        level, was_hidden = logger.level, debug.hide_exceptions
        log_filter = FetchLogFilter(pool.name, PREFIX, logger.getEffectiveLevel(), logs)
        logger.addFilter(log_filter)
        logger.setLevel(logging.DEBUG)
        debug.hide_exceptions = False
        end_watch = watch_session(YfData()._session, watch)  # noqa: SLF001 - no other way to it
        try:
            yield
        finally:
            watch.is_ended = True
            debug.hide_exceptions = was_hidden
            logger.setLevel(level)
            # a thread that is late may still log and ask; then filter and watch stay
            if not pool.is_busy:
                logger.removeFilter(log_filter)
                end_watch()


def _check_reachable(seconds: float) -> None:
    """Raise unless Yahoo, or the proxy on the way there, accepts a connection within `seconds`."""
    host, port = _address_of_yahoo()
    outcome: queue.SimpleQueue[str] = queue.SimpleQueue()

    def connect() -> None:
        try:
            socket.create_connection((host, port), timeout=seconds).close()
        except socket.gaierror:
            outcome.put("its name cannot be resolved")
        except TimeoutError:
            outcome.put(f"no answer within {seconds:g} s")
        except OSError as error:
            outcome.put(error.strerror or type(error).__name__)
        else:
            outcome.put("")

    # a thread, because looking a name up knows no timeout
    threading.Thread(target=connect, name="eventstudy-connect", daemon=True).start()
    try:
        problem = outcome.get(timeout=seconds + 0.2)
    except queue.Empty:
        problem = f"no answer within {seconds:g} s"
    if problem:
        raise SourceError(
            f"Yahoo cannot be reached ({host}: {problem}); {_ALTERNATIVES}", stage="connection"
        )


def _address_of_yahoo() -> tuple[str, int]:
    from urllib.request import getproxies, proxy_bypass

    try:
        import yfinance
        from yfinance.const import _BASE_URL_

        address, configured = urlsplit(_BASE_URL_), yfinance.config.network.proxy
    except ImportError:  # names of its own, which may change
        address, configured = urlsplit(_HOST), None
    host = cast("str", address.hostname)
    if isinstance(configured, dict):
        configured = configured.get(address.scheme)
    proxies = getproxies()
    proxy = configured or ("" if proxy_bypass(host) else proxies.get(address.scheme))
    if proxy:
        address = urlsplit(proxy if "//" in proxy else f"//{proxy}", scheme="http")
        host = address.hostname or host
    return host, address.port or {"http": 80, "socks5": 1080}.get(address.scheme, 443)
