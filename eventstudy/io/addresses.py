"""Pages by their address: the only door to the network for news and official fixings.

What is asked for is one page by GET, over http or https. It is bounded in every way: by time,
whatever the server does, by size, also after unpacking, and by the number of redirects.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import http.client
import ipaddress
import json
import os
import queue
import re
import socket
import ssl
import threading
import time
import urllib.error
import urllib.request
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from eventstudy.exceptions import SourceError, SpecificationError
from eventstudy.io.doors import NEWS, TimestampError
from eventstudy.io.timestamps import read_time
from eventstudy.text import excerpt, one_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import Message

SCHEMES: Final = ("http", "https")
LIMIT: Final = 20_000_000
"""The most bytes a feed may have."""
LIMIT_VARIABLE: Final = "EVENTSTUDY_DOWNLOAD"
"""Environment variable that names the most megabytes of any answer, above the usual limits."""
REDIRECTS: Final = 5

_CHUNK: Final = 1 << 16
_AGENT: Final = "eventstudy (market-reaction; reads feeds)"
_ACCEPTED: Final = (
    "application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
_MOVED: Final = (301, 302, 303, 307, 308)
_NOT_MODIFIED: Final = 304
_WAIT: Final = (429, 503)
_SHORTEST_REST, LONGEST_REST = 60.0, 24 * 3600.0
"""Seconds a server is left alone that asks for less, or for more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What an address gave.

    Attributes
    ----------
    body : None where it is unchanged since the tag or the date that was sent
    etag, last_modified : to be sent next time; None where the server gives none
    address : where it came from in the end, behind all redirects
    """

    body: bytes | None
    etag: str | None
    last_modified: str | None
    address: str


class RestError(SourceError):
    """A server wants to be left alone: it was asked too often, or is too busy.

    Attributes
    ----------
    seconds
        For how long: what it names, at least a minute and at most a day.
    """

    seconds: float = _SHORTEST_REST


def is_address(text: str) -> bool:
    """Return whether a text is an address rather than a path: it has a scheme and ``//``."""
    return "://" in text


def check_address(address: str) -> str:
    """Return an address that can be fetched.

    Raises
    ------
    SpecificationError
        It is not http or https, names no host, or holds a password.
    """
    try:
        parts = urlsplit(address.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise SpecificationError(f"{excerpt(address)} is no address") from None
    if parts.scheme.lower() not in SCHEMES:
        raise SpecificationError(
            f"{shown_address(address)}: only http and https are fetched; "
            "name a local file or folder by its path"
        )
    if not host:
        raise SpecificationError(f"{shown_address(address)}: the address names no host")
    if parts.username is not None or parts.password is not None:
        raise SpecificationError(
            f"{shown_address(address)}: an address with a name or a password in it is not fetched"
        )
    # The fragment is not sent; letters beyond ASCII are.
    quoted = quote(parts.path, safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    netloc = parts.netloc
    if not netloc.isascii():
        try:
            netloc = netloc.encode("idna").decode("ascii")
        except UnicodeError:
            raise SpecificationError(f"{excerpt(address)} is no address") from None
    return urlunsplit((parts.scheme.lower(), netloc, quoted or "/", query, ""))


def shown_address(address: str) -> str:
    """Return an address as messages and pages show it: without a password or what may be a key.

    Examples
    --------
    >>> shown_address("https://name:secret@example.org/feed?key=1")
    'https://example.org/feed?...5d5a2f'
    """
    text = one_line(address.strip())
    try:
        parts = urlsplit(text)
    except ValueError:
        return text
    host = parts.netloc.rpartition("@")[2]
    query = f"?...{hashlib.sha256(parts.query.encode()).hexdigest()[:6]}" if parts.query else ""
    return f"{parts.scheme}://{host}{parts.path}{query}" if parts.scheme else text


def most_bytes(usual: int) -> int:
    """Return the most bytes an answer may have, packed or not: `usual`, unless the user says.

    Raises
    ------
    SpecificationError
        The variable is no number of megabytes.
    """
    asked = os.environ.get(LIMIT_VARIABLE, "").strip()
    if not asked:
        return usual
    found = re.fullmatch(r"(\d{1,9})(?:\s*MB)?", asked, re.IGNORECASE)
    if found is None or not int(found[1]):
        raise SpecificationError(
            f'{LIMIT_VARIABLE} is {excerpt(asked)!r}; write megabytes such as "500 MB"'
        )
    return int(found[1]) * 1_000_000


def too_large(limit: int) -> str:
    """Return what is said of an answer of more bytes than that."""
    return f"it has more than {limit:,} bytes; {LIMIT_VARIABLE} sets another limit"


def fetch_address(
    address: str,
    *,
    etag: str | None = None,
    last_modified: str | None = None,
    timeout: float = 20.0,
    deadline: float = 60.0,
    limit: int = LIMIT,
) -> Fetched:
    """Fetch a feed, if it has changed.

    Parameters
    ----------
    address
        Of http or https.
    etag, last_modified
        What the server gave last time; it then says "not modified" in place of the feed.
    timeout
        Seconds without a sign of the server.
    deadline
        Seconds for everything together.
    limit
        The most bytes, unless the environment says.

    Raises
    ------
    RestError
        The server wants to be left alone.
    SourceError
        It cannot be had; the message says why.
    SpecificationError
        As `check_address`.
    """
    target = check_address(address)
    headers = {"User-Agent": _AGENT, "Accept": _ACCEPTED, "Accept-Encoding": "gzip"}
    if etag is not None:
        headers["If-None-Match"] = etag
    if last_modified is not None:
        headers["If-Modified-Since"] = last_modified
    end, limit = time.monotonic() + deadline, most_bytes(limit)
    try:
        return _within(
            deadline, lambda: _follow(target, headers, min(timeout, deadline), end, limit)
        )
    except _UnreachableError as problem:
        if problem.seconds is None:
            raise SourceError(str(problem), file=shown_address(address)) from None
        rest = RestError(str(problem), file=shown_address(address))
        rest.seconds = problem.seconds
        raise rest from None


class _UnreachableError(Exception):
    """Why an address gave nothing, in words; `seconds` where it is to be left alone."""

    seconds: float | None = None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Hands every redirect to us."""

    def http_error_302(self, *_: object, **__: object) -> None:
        return None  # before the Location is taken apart, which may be no address

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


class _Outside(http.client.HTTPConnection):
    """A connection that sends nothing to this machine or its network.

    What was looked at when the redirect came is what the name stood for then; who owns the name may
    have it stand for another machine a moment later.
    """

    def connect(self) -> None:
        """Connect, and hang up where that leads inside."""
        super().connect()
        peer = self.sock.getpeername()[0]
        if not _is_global(peer):
            self.close()
            raise _UnreachableError(
                f"it redirects into this machine or its network, {excerpt(self.host)} ({peer})"
            )


class _OutsideSafely(http.client.HTTPSConnection, _Outside):
    """The same over TLS: the peer is looked at before anything is said."""


class _OutsideHandler(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Outside, req)


class _OutsideSafelyHandler(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_OutsideSafely, req)


_OUTSIDE: Final = (_OutsideHandler, _OutsideSafelyHandler)


def _is_proxied(address: str) -> bool:
    """Whether a proxy is asked for an address: the peer is the proxy, and it looks names up."""
    parts = urlsplit(address)
    is_there = parts.scheme in urllib.request.getproxies()
    return is_there and not urllib.request.proxy_bypass(parts.netloc)


def _within(seconds: float, work: Callable[[], Fetched]) -> Fetched:
    """Do `work` in a thread that is left behind when time is up."""
    outcome: queue.SimpleQueue[Fetched | BaseException] = queue.SimpleQueue()

    def run() -> None:
        try:
            outcome.put(work())
        except BaseException as error:  # noqa: BLE001 - it is raised in the caller's thread
            outcome.put(error)

    threading.Thread(target=run, name="feed", daemon=True).start()
    try:
        result = outcome.get(timeout=seconds)
    except queue.Empty:
        raise _UnreachableError(f"no whole answer within {seconds:g} s") from None
    if isinstance(result, BaseException):
        raise result
    return result


def _follow(
    address: str, headers: dict[str, str], timeout: float, end: float, limit: int
) -> Fetched:
    """Fetch an address and those it redirects to."""
    seen = [address]
    while True:
        is_led_elsewhere = _host(seen[-1]) != _host(address)
        opener = urllib.request.build_opener(
            _NoRedirect, *(_OUTSIDE if is_led_elsewhere and not _is_proxied(seen[-1]) else ())
        )
        request = urllib.request.Request(seen[-1], headers=headers)  # noqa: S310 - checked
        try:
            with opener.open(request, timeout=timeout) as answer:
                body = _body(answer, end, limit)
                return _fetched(body, answer.headers, seen[-1])
        except urllib.error.HTTPError as error:
            with error:
                if error.code == _NOT_MODIFIED:
                    return _fetched(None, error.headers, seen[-1])
                if error.code in _WAIT:
                    raise _to_be_left_alone(error) from None
                if error.code not in _MOVED:
                    raise _UnreachableError(_said(error.code, error.reason)) from None
                seen.append(_next(seen, error.headers.get("Location")))
        # ValueError: what urllib says of a host that is none
        except (OSError, http.client.HTTPException, zlib.error, ValueError) as error:
            raise _UnreachableError(_why(error, timeout)) from None


def _next(seen: list[str], location: str | None) -> str:
    """Return where a redirect leads."""
    if not location:
        raise _UnreachableError("it redirects to nowhere")
    if len(seen) > REDIRECTS:
        raise _UnreachableError(f"it redirects more than {REDIRECTS} times")
    try:
        target = check_address(urljoin(seen[-1], location))
    except SpecificationError as error:
        raise _UnreachableError(f"it redirects to what is not fetched ({error})") from None
    except ValueError:  # of `urljoin`: a bracket without its other half
        raise _UnreachableError(f"it redirects to {excerpt(location)}, no address") from None
    if target in seen:
        raise _UnreachableError("it redirects in a circle")
    if seen[0].startswith("https:") and target.startswith("http:"):
        raise _UnreachableError(f"it redirects from https to http, {shown_address(target)}")
    if _host(target) != _host(seen[0]) and _is_local(_host(target)):
        raise _UnreachableError(
            f"it redirects into this machine or its network, {shown_address(target)}"
        )
    return target


def _host(address: str) -> str:
    return (urlsplit(address).hostname or "").rstrip(".")


def _is_local(host: str) -> bool:
    """Whether a host is this machine or one of its network, by its name or its number."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        # A number has many forms: 127.0.0.1 is 127.1 and 2130706433, too.
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):  # behind a proxy names need not be known here
        return False
    return not all(map(_is_global, found))


def _is_global(number: str) -> bool:
    """Whether a numerical address lies in the open network, also one of IPv4 written as IPv6."""
    found = ipaddress.ip_address(number.partition("%")[0])
    return (getattr(found, "ipv4_mapped", None) or found).is_global


def _body(answer: http.client.HTTPResponse, end: float, limit: int) -> bytes:
    """Read an answer, unpacked if it is packed."""
    packing = (answer.headers.get("Content-Encoding") or "identity").strip().lower()
    if packing not in {"identity", "gzip", "x-gzip"}:
        raise _UnreachableError(f"it is packed as {excerpt(packing)}, which is not read")
    unpack = zlib.decompressobj(wbits=31) if packing != "identity" else None
    body = bytearray()
    while True:
        chunk = answer.read1(_CHUNK)
        if time.monotonic() > end:
            raise _UnreachableError("no whole answer in time")
        if not chunk:
            break
        body += unpack.decompress(chunk, limit + 1 - len(body)) if unpack else chunk
        if len(body) > limit:
            raise _UnreachableError(too_large(limit))
    if answer.length or (unpack is not None and body and not unpack.eof):
        raise _UnreachableError("the answer was cut short")
    return bytes(body)


def _fetched(body: bytes | None, headers: Message, address: str) -> Fetched:
    return Fetched(
        body=body,
        etag=headers.get("ETag"),
        last_modified=headers.get("Last-Modified"),
        address=address,
    )


def _to_be_left_alone(error: urllib.error.HTTPError) -> _UnreachableError:
    asked = seconds_to_wait(error.headers.get("Retry-After"))
    seconds = min(max(asked, _SHORTEST_REST), LONGEST_REST)
    named = f"it asks to wait {asked:,.0f} s" if asked else "it does not say for how long"
    why = "asked too often" if error.code == 429 else "not available now"
    problem = _UnreachableError(
        f"{_said(error.code, error.reason)}: {why}; {named}, and is left alone for {seconds:,.0f} s"
    )
    problem.seconds = seconds
    return problem


def seconds_to_wait(header: str | None) -> float:
    """Return the seconds a header ``Retry-After`` names, as such or as a date; 0 for neither."""
    text = str(header or "").strip()
    if text.isdecimal():
        return float(text)
    with contextlib.suppress(TimestampError):
        until = read_time(text, NEWS).instant  # as in mail: Wed, 21 Oct 2015 07:28:00 GMT
        if until is not None:
            return max((until - dt.datetime.now(dt.UTC)).total_seconds(), 0.0)
    return 0.0


def json_of(text: str) -> Any:  # noqa: ANN401 - whatever it holds
    """Return what the JSON of an answer holds.

    Raises
    ------
    SourceError
        It is cut short, or nested too deeply to be read.

    Examples
    --------
    >>> json_of('{"a": 1}')
    {'a': 1}
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise SourceError("its JSON is nested too deeply to be read") from None
    except ValueError as error:
        place = getattr(error, "pos", 0)
        raise SourceError(
            f"its JSON is not whole: it breaks after {place:,} of {len(text):,} characters"
        ) from None


def _said(code: int, reason: str) -> str:
    """Return what a status means for the reader."""
    answer = f"the server answered {code} {excerpt(reason)}".rstrip()
    if code in (401, 403, 407):
        return f"{answer}: it does not let us read it"
    return answer


def _why(error: BaseException, timeout: float) -> str:
    """Return in words why a connection failed."""
    cause = getattr(error, "reason", error)
    if isinstance(cause, TimeoutError):
        return f"no answer within {timeout:g} s"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not valid ({cause.verify_message})"
    if isinstance(cause, http.client.IncompleteRead):
        return "the answer was cut short"
    if isinstance(cause, zlib.error):
        return "the answer cannot be unpacked"
    if isinstance(cause, OSError) and cause.strerror:
        return f"cannot be reached ({excerpt(cause.strerror)})"
    return f"cannot be reached ({excerpt(cause) or type(cause).__name__})"
