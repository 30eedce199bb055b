"""Threads that download one symbol after the other from a vendor, until time is up."""

from __future__ import annotations

import queue
import threading
import time
import uuid
from typing import TYPE_CHECKING, NamedTuple

from eventstudy.prices.yahoo.answers import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    import pandas as pd
    import tenacity

    from eventstudy.prices.panel import Check
    from eventstudy.prices.yahoo.cleaning import Request

PREFIX = "eventstudy-fetch-"
"""How the names of threads that fetch begin."""

_LONGEST_WAIT = 30.0


class Downloaded(NamedTuple):
    """The bars of one symbol."""

    request: Request
    bars: pd.DataFrame
    meta: dict[str, str | None]
    notes: list[Check]


class Failed(NamedTuple):
    """One symbol that was not downloaded, and why."""

    request: Request
    why: str
    is_limited: bool = False


class DownloadPool:
    """Threads that work through requests; the result of a late one is thrown away.

    "Too many requests" for one symbol ends all that have not come. Once a symbol has failed in all
    its attempts, the others have one each until an answer comes.

    Parameters
    ----------
    download
        Downloads a request once; raises `Failure` where there are no bars.
    attempts
        How often a request is tried whose failure may pass.
    pause
        Seconds: waits are drawn evenly from 0 to pause, 2 pause, 4 pause ..., and 30 at most.
    """

    def __init__(
        self, download: Callable[[Request], Downloaded], attempts: int, pause: float
    ) -> None:
        self.name = PREFIX + uuid.uuid4().hex
        self._download = download
        self._attempts = attempts
        self._pause = pause
        self._stop = threading.Event()
        self._requests: queue.SimpleQueue[Request] = queue.SimpleQueue()
        self._results: queue.SimpleQueue[Downloaded | Failed] = queue.SimpleQueue()
        self._is_down = False
        self._is_limited = False
        self._started: set[str] = set()
        self._failed: dict[str, str] = {}

    @property
    def is_busy(self) -> bool:
        """Whether a thread is still running, even a late one."""
        return any(thread.name == self.name for thread in threading.enumerate())

    def rest(self, seconds: float) -> bool:
        """Wait in one of the threads; return whether the fetch has ended meanwhile."""
        return self._stop.wait(seconds)

    def run(
        self,
        requests: Sequence[Request],
        in_flight: int,
        begin: float,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> Generator[Downloaded | Failed]:
        """Yield a result for every request as soon as there is one; late ones as `Failed`.

        Time is up `seconds` after `begin`, a reading of `clock`.
        """
        end = begin + seconds
        for request in requests:
            self._requests.put(request)
        for _ in range(min(in_flight, len(requests))):
            # a daemon: a thread stuck behind a silent firewall must not keep the program alive
            threading.Thread(target=self._download_from_queue, name=self.name, daemon=True).start()
        pending = {request.symbol: request for request in requests}
        try:
            while pending and not (self._is_limited and self._started.isdisjoint(pending)):
                try:
                    result = self._results.get(timeout=max(end - clock(), 0.0))
                except queue.Empty:
                    break
                del pending[result.request.symbol]
                yield result
        finally:
            self._stop.set()
        for symbol, request in pending.items():
            yield Failed(request, self._timeout_reason(symbol, seconds), self._is_limited)

    def _timeout_reason(self, symbol: str, seconds: float) -> str:
        if symbol not in self._started:
            return f"not reached within the {seconds:g} s allowed"
        before = f"; before that: {self._failed[symbol]}" if symbol in self._failed else ""
        return f"no complete answer within the {seconds:g} s allowed{before}"

    def _download_from_queue(self) -> None:
        while not self._stop.is_set():
            try:
                request = self._requests.get_nowait()
            except queue.Empty:
                return
            self._started.add(request.symbol)
            try:
                result: Downloaded | Failed = self._download_with_retries(request)
                self._is_down = False
            except Failure as failure:
                is_limited = failure.kind == "limited"
                self._is_down |= failure.is_passing
                result = Failed(request, str(failure), is_limited)
                if is_limited:
                    self._is_limited = True
                    self._stop.set()
            except Exception as error:  # noqa: BLE001 - one symbol must not take the others along
                result = Failed(request, f"{type(error).__name__}: {error}")
            self._results.put(result)

    def _download_with_retries(self, request: Request) -> Downloaded:
        """Download until there are bars, the failure is final, or the attempts are used up."""
        import tenacity

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(lambda e: isinstance(e, Failure) and e.is_passing),
            stop=tenacity.stop_after_attempt(1 if self._is_down else self._attempts)
            | tenacity.stop_when_event_set(self._stop),
            wait=tenacity.wait_random_exponential(self._pause, max=_LONGEST_WAIT),
            sleep=tenacity.sleep_using_event(self._stop),
            after=self._note_failure,
            reraise=True,
        )
        try:
            return retrying(self._download, request)
        except Failure as failure:
            tries = retrying.statistics.get("attempt_number", 1)
            attempts = f" ({tries} attempts)" if tries > 1 else ""
            raise Failure(failure.kind, f"{failure}{attempts}") from failure

    def _note_failure(self, state: tenacity.RetryCallState) -> None:
        if state.outcome is not None:
            self._failed[state.args[0].symbol] = str(state.outcome.exception())
