"""How long a database in a file may take for a portion of rows: it is interrupted from within.

A PostgreSQL server is told the time and cancels by itself; SQLite and DuckDB run in this process.
"""

from __future__ import annotations

import sqlite3
import threading
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from eventstudy.exceptions import SpecificationError

if TYPE_CHECKING:
    from collections.abc import Callable

    import sqlalchemy as sa

TIMEOUT: Final = 600.0
"""Seconds a database may take for one portion of the rows."""
_LONGEST: Final = 86_400.0
_STEPS: Final = 10_000  # of SQLite's own machine between two looks at the clock
_LOOK_SECONDS: Final = 0.1


def check_timeout(seconds: float) -> None:
    """Refuse a time that is none, or longer than a day."""
    if not 0 < seconds <= _LONGEST:
        raise SpecificationError(
            f"prices.timeout is {seconds:g}; it must be more than 0 seconds and at most a day, "
            f"{_LONGEST:,.0f}",
            key="prices.timeout",
        )


class Deadline:
    """A clock that interrupts what runs longer than it may; silent while it is stopped.

    Parameters
    ----------
    seconds
        From `start`, of one portion of rows.
    clock
        Which clock it goes by.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._end: float | None = None
        self._closed = threading.Event()

    def start(self, *_: object) -> None:
        """Begin to count anew, as before a statement or portion."""
        self._end = self._clock() + self._seconds

    def stop(self) -> None:
        """Count no longer: what was asked for is there."""
        self._end = None

    def close(self) -> None:
        """End for good."""
        self.stop()
        self._closed.set()

    @property
    def is_over(self) -> bool:
        """Whether the time of what runs is over."""
        return self._end is not None and self._clock() > self._end

    def watch(self, connection: sa.Connection) -> None:
        """Have statements of a connection to SQLite or DuckDB be interrupted by this clock."""
        import sqlalchemy as sa

        sa.event.listen(connection, "before_cursor_execute", self.start)
        driver: Any = connection.connection.driver_connection
        if isinstance(driver, sqlite3.Connection):
            driver.set_progress_handler(lambda: self.is_over, _STEPS)
            return
        threading.Thread(target=self._look, args=(driver.interrupt,), daemon=True).start()

    def _look(self, interrupt: Callable[[], None]) -> None:
        while not self._closed.wait(_LOOK_SECONDS):
            if self.is_over:
                self.stop()
                interrupt()


def was_interrupted(error: BaseException) -> bool:
    """Whether a driver's error says that a deadline interrupted it."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorname", "") == "SQLITE_INTERRUPT"
    return type(error).__name__ == "InterruptException"  # of DuckDB
