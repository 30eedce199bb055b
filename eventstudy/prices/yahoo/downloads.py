"""Some threads that ask a vendor for one symbol after the other, until the time is up."""

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

_LIMITED_FACTOR = 4.0
_LONGEST_WAIT = 30.0


class Downloaded(NamedTuple):
    """One symbol as it has come."""

    request: Request
    bars: pd.DataFrame
    meta: dict[str, str | None]
    notes: list[Check]


class Failed(NamedTuple):
    """One symbol that has not come, and why."""

    request: Request
    why: str


class DownloadPool:
    """Threads that ask for requests; a late one is left behind and what it brings thrown away.

    Parameters
    ----------
    ask
        Asks once for a request and raises `Failure` where nothing came.
    attempts
        How often, where the failure may pass.
    pause
        Seconds: waits are drawn evenly from 0 to pause, 2 pause, 4 pause ..., four times as much
        after "too many requests", and 30 at most.
    """

    def __init__(self, ask: Callable[[Request], Downloaded], attempts: int, pause: float) -> None:
        self.name = PREFIX + uuid.uuid4().hex
        self._ask = ask
        self._attempts = attempts
        self._pause = pause
        self._stop = threading.Event()
        self._todo: queue.SimpleQueue[Request] = queue.SimpleQueue()
        self._results: queue.SimpleQueue[Downloaded | Failed] = queue.SimpleQueue()
        self._begun: set[str] = set()
        self._failed: dict[str, str] = {}

    @property
    def is_busy(self) -> bool:
        """Whether a thread is still at it, be it late."""
        return any(thread.name == self.name for thread in threading.enumerate())

    def work(
        self,
        requests: Sequence[Request],
        in_flight: int,
        begin: float,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> Generator[Downloaded | Failed]:
        """Yield every request's end as it comes; what has not come in time is refused.

        Time is up `seconds` after `begin`, as the clock told it.
        """
        until = begin + seconds
        for request in requests:
            self._todo.put(request)
        for _ in range(min(in_flight, len(requests))):
            # a daemon: a thread stuck behind a silent firewall must not keep the program alive
            threading.Thread(target=self._run, name=self.name, daemon=True).start()
        waiting = {request.symbol: request for request in requests}
        try:
            while waiting:
                try:
                    result = self._results.get(timeout=max(until - clock(), 0.0))
                except queue.Empty:
                    break
                del waiting[result.request.symbol]
                yield result
        finally:
            self._stop.set()
        for symbol, request in waiting.items():
            yield Failed(request, self._excuse(symbol, seconds))

    def _excuse(self, symbol: str, seconds: float) -> str:
        if symbol not in self._begun:
            return f"not reached within the {seconds:g} s allowed"
        before = f"; before that: {self._failed[symbol]}" if symbol in self._failed else ""
        return f"no complete answer within the {seconds:g} s allowed{before}"

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                request = self._todo.get_nowait()
            except queue.Empty:
                return
            self._begun.add(request.symbol)
            try:
                self._results.put(self._persist(request))
            except Failure as failure:
                self._results.put(Failed(request, str(failure)))
            except Exception as error:  # noqa: BLE001 - one symbol must not take the others along
                self._results.put(Failed(request, f"{type(error).__name__}: {error}"))

    def _persist(self, request: Request) -> Downloaded:
        """Ask until it has come, cannot come, or the attempts are used up."""
        import tenacity

        asking = tenacity.Retrying(
            retry=tenacity.retry_if_exception(lambda e: isinstance(e, Failure) and e.is_passing),
            stop=tenacity.stop_after_attempt(self._attempts)
            | tenacity.stop_when_event_set(self._stop),
            wait=self._wait,
            sleep=tenacity.sleep_using_event(self._stop),
            after=self._remember,
            reraise=True,
        )
        try:
            return asking(self._ask, request)
        except Failure as failure:
            tries = asking.statistics.get("attempt_number", 1)
            often = f" ({tries} attempts)" if tries > 1 else ""
            raise Failure(failure.kind, f"{failure}{often}") from failure

    def _remember(self, state: tenacity.RetryCallState) -> None:
        if state.outcome is not None:
            self._failed[state.args[0].symbol] = str(state.outcome.exception())

    def _wait(self, state: tenacity.RetryCallState) -> float:
        import tenacity

        error = state.outcome.exception() if state.outcome is not None else None
        is_limited = isinstance(error, Failure) and error.kind == "limited"
        factor = _LIMITED_FACTOR if is_limited else 1.0
        drawn = tenacity.wait_random_exponential(self._pause * factor, max=_LONGEST_WAIT)(state)
        if not isinstance(error, Failure) or not self._pause:
            return drawn
        return max(drawn, min(error.retry_after, _LONGEST_WAIT))
