"""What yfinance sends while it fetches, watched: Yahoo's "too many requests" is the end of it.

yfinance answers every status above 399 by asking again with another cookie, each time with three
to five requests more, which is how a client that was told to wait is told to wait for longer.
"""

from __future__ import annotations

import datetime as dt
import math
import threading
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast
from urllib.parse import urlsplit

from eventstudy.io.addresses import seconds_to_wait
from eventstudy.prices.yahoo.answers import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_RETRY = 30.0
"""Seconds: what Yahoo asks to wait up to this is waited for, and then it is asked once more."""

_SHORTEST_REST = 15 * 60.0
_LONGEST_REST = 60 * 60.0

_DATA = "/finance/"
"""In the addresses of prices; those of cookies and crumbs lack it."""

_TOO_MANY = 429
_TOO_MANY_REQUESTS = "Yahoo says too many requests (HTTP 429)"
_ENDED = "the fetch had ended"


class Answer(Protocol):
    """What is asked of an answer, of either backend of yfinance."""

    status_code: int
    headers: Any


class Limit(NamedTuple):
    """Yahoo has said "too many requests", and said so again after the wait it asked for.

    Attributes
    ----------
    host : that said so
    seconds : it is not to be asked for: what it named, at least 15 minutes and at most an hour
    """

    host: str
    seconds: float


class Rest(NamedTuple):
    """A host and the time, in UTC, before which it is not to be asked again."""

    host: str
    until: dt.datetime

    def holds(self, now: dt.datetime) -> bool:
        """Whether it is still so; a time further off than any rest is that of a wrong clock."""
        return now < self.until <= now + dt.timedelta(seconds=_LONGEST_REST)

    def sentence(self, now: dt.datetime) -> str:
        """Return what the user is told of each symbol that is not asked for."""
        end, present = self.until.astimezone(dt.UTC), now.astimezone(dt.UTC)
        minutes = max(math.ceil((end - present).total_seconds() / 60), 1)
        form = "%H:%M UTC" if end.date() == present.date() else "%Y-%m-%d %H:%M UTC"
        return (
            "Yahoo said too many requests (HTTP 429) and is not to be asked again before "
            f"{end:{form}} (in {minutes} min); --offline takes what the store has"
        )


class RequestWatch:
    """Watches the requests of the threads of one fetch.

    A 429 for prices is waited out and asked again once; a second one closes the watch, and no
    request of these threads is sent any more. An error of the server is raised at once.

    Parameters
    ----------
    thread
        Name of those threads; requests of others pass.
    sleep
        Waits so many seconds; true if the fetch has ended meanwhile.
    seconds
        To wait for where Yahoo names no time.
    """

    def __init__(self, thread: str, sleep: Callable[[float], bool], seconds: float) -> None:
        self.limit: Limit | None = None
        self.is_ended = False
        self._thread = thread
        self._sleep = sleep
        self._seconds = seconds
        self._is_free = threading.Event()
        self._is_free.set()
        self._retry = threading.Lock()

    def send(self, url: str, request: Callable[[], Answer]) -> Answer:
        """Make a request to an address and return its answer.

        Raises
        ------
        Failure
            The answer, or an earlier one, ends the fetch of this symbol.
        """
        if threading.current_thread().name != self._thread:
            return request()
        self._is_free.wait()
        self._check_open()
        answer = request()
        if _DATA not in url:
            return answer
        if answer.status_code == _TOO_MANY:
            answer = self._asked_again(answer, urlsplit(url).hostname or "", request)
        if answer.status_code >= 500:
            raise Failure(
                "server", f"Yahoo's server failed (HTTP {answer.status_code}); try again later"
            )
        return answer

    def _asked_again(self, answer: Answer, host: str, request: Callable[[], Answer]) -> Answer:
        """Return the answer after the wait; the others wait, too."""
        with self._retry:
            self._check_open()
            self._is_free.clear()
            try:
                asked = retry_after(answer)
                if asked <= LONGEST_RETRY:
                    if self._sleep(max(asked, self._seconds) if self._seconds else 0.0):
                        raise Failure("network", _ENDED)
                    answer = request()
                if answer.status_code == _TOO_MANY:
                    seconds = min(max(retry_after(answer), _SHORTEST_REST), _LONGEST_REST)
                    self.limit = Limit(host, seconds)
                    self._check_open()
            finally:
                self._is_free.set()
        return answer

    def _check_open(self) -> None:
        if self.limit is not None:
            raise Failure("limited", _TOO_MANY_REQUESTS)
        if self.is_ended:
            raise Failure("network", _ENDED)


def retry_after(answer: Answer) -> float:
    """Seconds that an answer asks to wait, written as such or as a date; 0 where it does not."""
    return seconds_to_wait(answer.headers.get("Retry-After"))


def watch_session(session: Any, watch: RequestWatch) -> Callable[[], None]:  # noqa: ANN401 - of either backend
    """Send what the session sends through the watch; what is returned ends that."""
    before = session.request

    def request(method: str, url: str, **rest: object) -> Answer:
        return watch.send(url, lambda: cast("Answer", before(method, url, **rest)))

    def end() -> None:
        if vars(session).get("request") is request:
            del session.request

    session.request = request
    return end
