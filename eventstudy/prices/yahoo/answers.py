"""Failures of Yahoo's answers: their kind, a sentence, and whether a retry may help."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

Kind = Literal["missing", "empty", "refused", "limited", "server", "network", "garbled", "schema"]

_FINAL = ("missing", "empty", "refused", "limited")
_NO_ROWS = ("date range", "startdate")
_SHAPE_ERRORS = (KeyError, IndexError, TypeError, AttributeError, ValueError)
_LONGEST = 160


class Failure(Exception):  # noqa: N818 - it never leaves the threads that fetch
    """An answer without bars; its text is the message for the user.

    Parameters
    ----------
    kind
        Kind of failure.
    sentence
        For the user.
    """

    def __init__(self, kind: Kind, sentence: str) -> None:
        super().__init__(sentence)
        self.kind = kind

    @property
    def is_passing(self) -> bool:
        """Whether the next attempt may go better."""
        return self.kind not in _FINAL


class YahooLog:
    """What yfinance logged while a thread downloaded a symbol.

    The exceptions of yfinance do not carry the HTTP status; its log does.
    """

    __slots__ = ("_is_chart", "lines", "status")

    def __init__(self) -> None:
        self.status: int | None = None
        self.lines: list[str] = []
        self._is_chart = False

    def add(self, record: logging.LogRecord) -> None:
        """Keep the HTTP status, or the text of a warning, of one line of the log."""
        text = record.getMessage().strip()
        if text.startswith("url="):
            self._is_chart = "/chart/" in text
        elif text.startswith("response code=") and self._is_chart:
            with contextlib.suppress(ValueError):
                self.status = int(text.partition("=")[2])
        elif record.levelno >= logging.WARNING:
            self.lines.append(text)


class FetchLogFilter(logging.Filter):
    """Collects what is logged in the threads of one fetch, and keeps it from being shown.

    Parameters
    ----------
    name
        Of those threads.
    prefix
        Of the threads of all fetches: lines of another fetch are left to its own filter.
    level
        From which the lines of all other threads are let through.
    logs
        By thread identifier, where its lines are collected.
    """

    def __init__(self, name: str, prefix: str, level: int, logs: dict[int, YahooLog]) -> None:
        super().__init__()
        self._logs = logs
        self._thread = name
        self._prefix = prefix
        self._level = level

    def filter(self, record: logging.LogRecord) -> bool:
        """Return False for lines of this fetch, which are collected, and True for others."""
        name = record.threadName or ""
        if name != self._thread:
            return name.startswith(self._prefix) or record.levelno >= self._level
        log = self._logs.get(record.thread or 0)
        if log is not None:
            log.add(record)
        return False


def failure_of(
    error: Exception, symbol: str, status: int | None, lines: Sequence[str], version: str
) -> Failure:
    """Return the failure that an exception of yfinance stands for.

    Parameters
    ----------
    error
        As yfinance raised it.
    symbol
        The one downloaded.
    status
        HTTP status of the last chart answer, where one came.
    lines
        What yfinance logged as a warning or an error.
    version
        Of yfinance.
    """
    # by name: yfinance is imported in `client` alone
    names = {kind.__name__ for kind in type(error).__mro__}
    failure: Failure
    if status == 404:
        failure = Failure(
            "missing",
            f"Yahoo does not know the symbol {symbol} (HTTP 404), or has given it up; "
            "look it up at finance.yahoo.com",
        )
    elif status in (401, 403):
        failure = Failure(
            "network", f"Yahoo refused the request (HTTP {status}: no valid cookie or crumb)"
        )
    elif "YFPricesMissingError" in names:
        reason = getattr(error, "yahoo_reason", None)
        is_empty = reason is None or any(words in reason.lower() for words in _NO_ROWS)
        failure = Failure("empty" if is_empty else "refused", f"Yahoo says: {_short(reason)}")
    elif "YFTzMissingError" in names:
        failure = Failure("missing", f"Yahoo knows no exchange of the symbol {symbol}")
    else:
        failure = _content_failure(error, version)
    if lines and failure.kind == "network":
        return Failure(failure.kind, f"{failure} [{_short(lines[-1])}]")
    return failure


def _content_failure(error: Exception, version: str) -> Failure:
    document = getattr(error, "doc", None)
    if isinstance(document, str):
        if document.lstrip()[:1] == "<":
            return Failure("garbled", "Yahoo sent a web page instead of prices")
        return Failure("garbled", f'Yahoo sent no JSON but "{_short(document, 40)}"')
    name, text = type(error).__name__, str(error)
    if name in ("IncompleteRead", "ChunkedEncodingError") or "curl: (18)" in text:
        return Failure("garbled", "the answer of Yahoo was cut off")
    if isinstance(error, OSError):
        return Failure("network", f"the connection to Yahoo failed ({name}: {_short(text, 80)})")
    if isinstance(error, _SHAPE_ERRORS):
        return Failure(
            "schema",
            f"Yahoo's answer has a form that yfinance {version} does not know "
            f"({name}: {_short(text, 60)}); a newer yfinance may",
        )
    return Failure("network", f"{name}: {_short(text)}")


def _short(text: object, length: int = _LONGEST) -> str:
    flat = " ".join(str(text).split())
    return flat if len(flat) <= length else f"{flat[:length]}..."
