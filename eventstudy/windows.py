"""Windows in event time: sessions relative to day 0, both ends included."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from eventstudy.exceptions import SpecificationError

if TYPE_CHECKING:
    from eventstudy._typing import IntArray


FARTHEST = 100_000
"""Sessions from day 0 that a window reaches at most: about 400 years."""


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
        for side in (self.start, self.end):
            if abs(side) > FARTHEST:
                raise SpecificationError(
                    f"window [{_shown(self.start)}, {_shown(self.end)}] reaches beyond "
                    f"{FARTHEST:,} sessions from day 0, more than any market has had"
                )
        object.__setattr__(self, "start", int(self.start))
        object.__setattr__(self, "end", int(self.end))
        if self.start > self.end:
            raise SpecificationError(
                f"window [{self.start}, {self.end}] is reversed; write [{self.end}, {self.start}]"
            )

    @property
    def length(self) -> int:
        """Number of sessions.

        Examples
        --------
        >>> Window(-250, -21).length
        230
        """
        return self.end - self.start + 1

    @property
    def taus(self) -> IntArray:
        """Event times, shape ``(length,)``.

        Examples
        --------
        >>> Window(-1, 1).taus.tolist()
        [-1, 0, 1]
        """
        return np.arange(self.start, self.end + 1, dtype=np.int64)

    @property
    def parts(self) -> tuple[Window, ...]:
        """The window itself: what `SplitWindow` has two of.

        Examples
        --------
        >>> Window(-1, 1).parts
        (Window(start=-1, end=1),)
        """
        return (self,)

    def contains(self, other: Window) -> bool:
        """Whether `other` lies inside this window.

        Examples
        --------
        >>> Window(-5, 5).contains(Window(0, 1))
        True
        """
        return self.start <= other.start and other.end <= self.end

    def __str__(self) -> str:
        return f"[{_signed(self.start)},{_signed(self.end)}]"

    @classmethod
    def of(cls, value: Window | Iterable[int], *, what: str = "window") -> Window:
        """Read a window from a pair of integers, naming `what` in any error.

        Examples
        --------
        >>> Window.of([-1, 1])
        Window(start=-1, end=1)
        """
        if isinstance(value, Window):
            return value
        try:
            ends = list(value)
        except TypeError:
            ends = []
        if isinstance(value, str) or len(ends) != 2:
            sentence = f"expected two sessions such as [-1, 1], got {value!r}"
            raise SpecificationError(sentence, key=what)
        try:
            return cls(ends[0], ends[1])
        except SpecificationError as error:
            raise error.under(what) from None


def _shown(side: int) -> str:
    return str(side) if abs(side) < 10**18 else f"{'-' if side < 0 else ''}10**18 and more"


def _signed(tau: int) -> str:
    return f"{tau:+d}" if tau else "0"


@dataclass(frozen=True, slots=True)
class SplitWindow:
    """An estimation window in two parts, one before and one after the event window.

    Examples
    --------
    >>> both = SplitWindow(Window(-250, -21), Window(21, 250))
    >>> both.length
    460
    >>> str(both)
    '[-250,-21] and [+21,+250]'
    """

    before: Window
    after: Window

    @property
    def start(self) -> int:
        """First session of the first part."""
        return self.before.start

    @property
    def end(self) -> int:
        """Last session of the last part."""
        return self.after.end

    @property
    def parts(self) -> tuple[Window, ...]:
        """Both parts, in time."""
        return (self.before, self.after)

    @property
    def length(self) -> int:
        """Number of sessions in both parts."""
        return self.before.length + self.after.length

    @property
    def taus(self) -> IntArray:
        """Event times, shape ``(length,)``."""
        return np.concatenate([self.before.taus, self.after.taus])

    def __str__(self) -> str:
        return f"{self.before} and {self.after}"


EstimationWindow: TypeAlias = Window | SplitWindow


def estimation_window(value: object, *, what: str = "windows.estimation") -> EstimationWindow:
    """Read an estimation window: two sessions, or two such windows around the event window.

    Examples
    --------
    >>> str(estimation_window([[-250, -21], [21, 250]]))
    '[-250,-21] and [+21,+250]'
    """
    if isinstance(value, Window | SplitWindow):
        return value
    parts = list(value) if isinstance(value, Iterable) and not isinstance(value, str) else []
    if not parts or not all(isinstance(p, Window | list | tuple) for p in parts):
        return Window.of(value, what=what)  # type: ignore[arg-type]
    windows = sorted(Window.of(part, what=what) for part in parts)
    if len(windows) == 1:
        return windows[0]
    if len(windows) > 2:
        raise SpecificationError(
            f"{what} names {len(windows)} windows; it is one window, or two, one before and one "
            "after the event window: [[-250, -21], [21, 250]]",
            key=what,
        )
    return SplitWindow(*windows)


def check_windows(estimation: EstimationWindow, event: Window, car: Iterable[Window]) -> None:
    """Refuse an estimation window that touches the event window, or a CAR window outside it."""
    for part in estimation.parts:
        if part.end >= event.start and part.start <= event.end:
            raise SpecificationError(
                f"windows.estimation {part} overlaps windows.event {event}; the estimation window "
                f"must end before session {event.start} or start after session {event.end}",
                key="windows.estimation",
            )
    if isinstance(estimation, SplitWindow) and not (
        estimation.before.end < event.start and estimation.after.start > event.end
    ):
        raise SpecificationError(
            f"windows.estimation {estimation}: one of the two must lie before windows.event "
            f"{event} and the other after it",
            key="windows.estimation",
        )
    for window in car:
        if not event.contains(window):
            raise SpecificationError(
                f"windows.car {window} is not inside windows.event {event}; widen windows.event",
                key="windows.car",
            )
