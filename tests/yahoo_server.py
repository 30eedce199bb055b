"""A small Yahoo on 127.0.0.1: chart JSON, cookie and crumb, and everything that goes wrong there.

The real yfinance client talks to it over real HTTP. What is redirected are the addresses, in the
client's session and in its constants; no line of the product knows about it.

``server.serve("^N225", dates, closes)`` lists a symbol. ``server.script("^N225", 429, 429, "ok")``
says how its next chart requests are answered; the last answer goes on for ever. Answers: ``"ok"``,
a status (404, 429, 500 ...), ``"truncated"``, ``"slow"``, ``"html"``, ``"schema"``, ``"empty"``,
``"no_currency"``.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import deque
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

HTML = "<!DOCTYPE html><html><head><title>Yahoo</title></head><body>Please sign in</body></html>"
_REASONS = {
    400: ("Bad Request", "Invalid input"),
    401: ("Unauthorized", "Invalid Crumb"),
    404: ("Not Found", "No data found, symbol may be delisted"),
    429: ("Too Many Requests", "Too Many Requests"),
    500: ("Internal Server Error", "Internal Server Error"),
}


class Listed:
    """One symbol: its bars and what Yahoo says about it."""

    def __init__(self, bars, zone, currency, kind):
        self.bars = bars  # of (seconds since 1970, open, high, low, close, volume)
        self.zone = zone
        self.currency = currency
        self.kind = kind

    def meta(self, symbol, interval):
        offset = int(datetime.now(ZoneInfo(self.zone)).utcoffset().total_seconds())
        period = {"timezone": "X", "start": 0, "end": 0, "gmtoffset": offset}
        meta = {
            "currency": self.currency,
            "symbol": symbol,
            "exchangeName": "TEST",
            "instrumentType": self.kind,
            "firstTradeDate": self.bars[0][0] if self.bars else 0,
            "regularMarketTime": self.bars[-1][0] if self.bars else 0,
            "gmtoffset": offset,
            "timezone": "X",
            "exchangeTimezoneName": self.zone,
            "regularMarketPrice": self.bars[-1][4] if self.bars else 0,
            "priceHint": 2,
            "currentTradingPeriod": {"pre": period, "regular": period, "post": period},
            "dataGranularity": interval,
            "range": "",
            "validRanges": ["1d", "5d", "1mo", "max"],
        }
        if interval[-1] in "mh":
            days = sorted(
                {datetime.fromtimestamp(b[0], ZoneInfo(self.zone)).date() for b in self.bars}
            )
            meta["tradingPeriods"] = [
                [
                    {
                        "timezone": "X",
                        "start": _seconds(day, self.zone, 0),
                        "end": _seconds(day, self.zone, 24),
                        "gmtoffset": offset,
                    }
                ]
                for day in days
            ]
        return meta


class YahooServer:
    """Serves until it is closed; use it as a context manager."""

    def __init__(self):
        self.listed = {}
        self.scripts = {}
        self.crumb = "ok"
        self.retry_after = "1"  # of every 429; None says nothing
        self.requests = []
        self.slow_begun = threading.Semaphore(0)  # one for each slow body that has begun
        self.slow_ends = threading.Event()
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self.port = self._http.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.slow_ends.set()
        self._http.shutdown()
        self._http.server_close()

    # -- what is on offer ----------------------------------------------------------------------

    def serve(
        self, symbol, dates, closes, *, zone="Asia/Tokyo", currency="JPY", kind="INDEX",
        opens=None, hour=9, volume=1000,
    ):  # fmt: skip
        """List daily bars; the opens are the closes unless given."""
        opens = closes if opens is None else opens
        bars = []
        for day, first, last in zip(dates, opens, closes, strict=True):
            known = [value for value in (first, last) if value is not None]
            high, low = (max(known) * 1.001, min(known) * 0.999) if known else (None, None)
            bars.append((_seconds(day, zone, hour), first, high, low, last, volume))
        self.listed[symbol] = Listed(bars, zone, currency, kind)

    def script(self, symbol, *answers):
        """Answer the next chart requests for a symbol like this; the last goes on."""
        with self._lock:
            self.scripts[symbol] = deque(answers)

    def chart_requests(self, symbol=None):
        """Chart requests so far."""
        with self._lock:
            return [
                (name, query)
                for path, query in self.requests
                for name in [path.rpartition("/chart/")[2]]
                if "/chart/" in path and symbol in (None, name)
            ]

    # -- answers -------------------------------------------------------------------------------

    def _handler(self):
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # or each answer waits 40 ms

            def log_message(self, *_):
                """Say nothing."""

            def do_GET(self):
                with server._lock:
                    server._at_once += 1
                    server.most_at_once = max(server.most_at_once, server._at_once)
                try:
                    server._answer(self)
                except (BrokenPipeError, ConnectionResetError):
                    pass  # whoever asked has gone
                finally:
                    with server._lock:
                        server._at_once -= 1

            def do_POST(self):
                self.do_GET()

        return Handler

    def _answer(self, handler):
        asked = urlsplit(handler.path)
        path = unquote(asked.path)
        query = {key: value[0] for key, value in parse_qs(asked.query).items()}
        with self._lock:
            self.requests.append((path, query))
        if path.endswith("/getcrumb"):
            self._answer_crumb(handler)
        elif "/v8/finance/chart/" in path:
            self._answer_chart(handler, path.rpartition("/chart/")[2], query)
        elif path.startswith("/fc.yahoo.com"):
            _send(handler, 404, HTML, "text/html", {"Set-Cookie": "A3=biscuit; Path=/"})
        elif path.startswith("/query"):
            _send_json(handler, 404, {"quoteSummary": {"result": None, "error": _error(404)}})
        else:
            _send(handler, 200, HTML, "text/html")

    def _answer_crumb(self, handler):
        if self.crumb == "ok":
            _send(handler, 200, "crumb123", "text/plain")
        elif self.crumb == "html":
            _send(handler, 200, "<html>consent</html>", "text/html")
        elif self.crumb == 429:
            _send(handler, 429, "Too Many Requests", "text/plain")
        else:
            _send_json(handler, self.crumb, {"finance": {"result": None, "error": _error(401)}})

    def _answer_chart(self, handler, symbol, query):
        with self._lock:
            script = self.scripts.get(symbol)
            answer = "ok" if not script else script.popleft() if len(script) > 1 else script[0]
        if symbol not in self.listed and answer == "ok":
            answer = 404
        if answer == 429:
            headers = {} if self.retry_after is None else {"Retry-After": self.retry_after}
            _send(handler, 429, "Too Many Requests\r\n", "text/plain", headers)
        elif answer == 401:
            _send_json(handler, 401, {"finance": {"result": None, "error": _error(401)}})
        elif answer == 503:
            _send(handler, 503, "upstream connect error", "text/plain")
        elif isinstance(answer, int):
            _send_json(handler, answer, {"chart": {"result": None, "error": _error(answer)}})
        elif answer == "html":
            _send(handler, 200, HTML, "text/html")
        else:
            self._answer_bars(handler, self.listed[symbol], symbol, query, answer)

    def _answer_bars(self, handler, listed, symbol, query, answer):
        interval = query.get("interval", "1d")
        result = {"meta": listed.meta(symbol, interval)}
        bars = listed.bars
        if "period1" in query:
            first, last = int(query["period1"]), int(query["period2"])
            bars = [bar for bar in bars if first <= bar[0] < last]
        else:
            bars = bars[-1:]
        quote = {}
        if bars and answer != "empty":
            names = ("open", "high", "low", "close", "volume")
            result["timestamp"] = [bar[0] for bar in bars]
            quote = {name: [bar[at] for bar in bars] for at, name in enumerate(names, start=1)}
        result["indicators"] = {"quote": [quote]}
        if quote:
            result["indicators"]["adjclose"] = [{"adjclose": quote["close"]}]
        if answer == "schema" and "timestamp" in result:
            result["times"] = result.pop("timestamp")
        if answer == "no_currency":
            del result["meta"]["currency"]
        body = json.dumps({"chart": {"result": [result], "error": None}}).encode()
        if answer not in ("truncated", "slow"):
            _send(handler, 200, body, "application/json")
            return
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[: len(body) // 2])
        handler.wfile.flush()
        if answer == "slow":
            self.slow_begun.release()
            self.slow_ends.wait(60)
        handler.close_connection = True


class SilentHost:
    """A port whose connections are never taken up, as behind a firewall that drops packets."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.port = self.socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.waiting = []

    def __enter__(self):
        # the queue of the kernel has a place or two, which must be taken first
        for _ in range(4):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", self.port))
            self.waiting.append(one)
        time.sleep(0.05)
        return self

    def __exit__(self, *_):
        for one in (*self.waiting, self.socket):
            one.close()


def redirect(url, folder, *, backend="curl", set_attribute=setattr):
    """Send everything yfinance asks for to `url`; its files go to `folder`.

    ``set_attribute`` is monkeypatch.setattr in a test, so that all of it ends with the test.
    """
    import yfinance
    from yfinance import base, cache, const, data

    cache.set_cache_location(str(folder))
    for manager in (cache._TzCacheManager, cache._CookieCacheManager, cache._ISINCacheManager):
        for name in [name for name in vars(manager) if name.endswith("_cache")]:
            if not callable(getattr(manager, name)):
                set_attribute(manager, name, None)
    set_attribute(base, "_tz_info_fetch_ctr", 0)
    set_attribute(const, "_BASE_URL_", url)  # what the preflight knocks at
    set_attribute(data.SingletonMeta, "_instances", {})
    data.YfData.cache_get.cache_clear()
    data.YfData(session=_session(url, backend))
    return yfinance


def _session(url, backend):
    if backend == "curl":
        from curl_cffi.requests import Session
    else:
        from requests import Session

    class Redirected(Session):
        def request(self, method, url, **rest):
            asked = urlsplit(url)
            if asked.hostname and asked.hostname.endswith("yahoo.com"):
                url = f"{self.target}/{asked.hostname}{asked.path}"
                url += f"?{asked.query}" if asked.query else ""
            return super().request(method, url, **rest)

    session = Redirected()
    session.target = url
    return session


def weekdays(first, count):
    """Return `count` weekdays from `first` on."""
    day, days = date.fromisoformat(first), []
    while len(days) < count:
        if day.weekday() < 5:
            days.append(day)
        day += timedelta(days=1)
    return days


def _seconds(day, zone, hour):
    day = date.fromisoformat(day) if isinstance(day, str) else day
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    return int((midnight + timedelta(hours=hour)).timestamp())


def _error(status):
    code, description = _REASONS.get(status, ("Error", "Error"))
    return {"code": code, "description": description}


def _send_json(handler, status, body):
    _send(handler, status, json.dumps(body), "application/json")


def _send(handler, status, body, kind, headers=None):
    content = body.encode() if isinstance(body, str) else body
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(content)))
    for name, value in (headers or {}).items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(content)
