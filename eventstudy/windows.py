"""Windows in event time: sessions relative to day 0, both ends included."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.exceptions import SpecificationError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventstudy._typing import IntArray


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Sessions ``start`` to ``end`` relative to day 0, both included.

    Examples
    --------
    >>> Window(-1, 1).length
    3
    >>> str(Window(0, 1))
    '[0,+1]'
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        for side in (self.start, self.end):
            if isinstance(side, bool) or not isinstance(side, Integral):
                raise SpecificationError(
                    f"window ({self.start!r}, {self.end!r}): both ends must be whole sessions"
                )
        object.__setattr__(self, "start", int(self.start))
        object.__setattr__(self, "end", int(self.end))
        if self.start > self.end:
            raise SpecificationError(
                f"window [{self.start}, {self.end}] is reversed; write [{self.end}, {self.start}]"
            )

    @property
    def length(self) -> int:
        """Number of sessions."""
        return self.end - self.start + 1

    @property
    def taus(self) -> IntArray:
        """Event times, shape ``(length,)``."""
        return np.arange(self.start, self.end + 1, dtype=np.int64)

    def contains(self, other: Window) -> bool:
        """Whether `other` lies inside this window."""
        return self.start <= other.start and other.end <= self.end

    def __str__(self) -> str:
        return f"[{_signed(self.start)},{_signed(self.end)}]"

    @classmethod
    def of(cls, value: Window | Iterable[int], *, what: str = "window") -> Window:
        """Read a window from a pair of integers, naming `what` in any error."""
        if isinstance(value, Window):
            return value
        try:
            ends = list(value)
        except TypeError:
            ends = []
        if isinstance(value, str) or len(ends) != 2:
            message = f"{what}: expected two sessions such as [-1, 1], got {value!r}"
            raise SpecificationError(message)
        try:
            return cls(ends[0], ends[1])
        except SpecificationError as error:
            raise SpecificationError(f"{what}: {error}") from None


def _signed(tau: int) -> str:
    return f"{tau:+d}" if tau else "0"


def check_windows(estimation: Window, event: Window, car: Iterable[Window]) -> None:
    """Refuse an estimation window that touches the event window, or a CAR window outside it."""
    if estimation.end >= event.start:
        raise SpecificationError(
            f"windows.estimation {estimation} overlaps windows.event {event}; "
            f"the estimation window must end before session {event.start}"
        )
    for window in car:
        if not event.contains(window):
            raise SpecificationError(
                f"windows.car {window} is not inside windows.event {event}; widen windows.event"
            )
