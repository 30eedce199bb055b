"""What is derived once and asked for again: an economy, never a state."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Once:
    """Values by name, each made the first time it is asked for.

    Examples
    --------
    >>> whole = Once()
    >>> whole.of("sessions", lambda: 271), whole.of("sessions", lambda: 0)
    (271, 271)
    """

    __slots__ = ("_made",)

    def __init__(self) -> None:
        self._made: dict[str, object] = {}

    def of(self, name: str, make: Callable[[], T]) -> T:
        """Return the value called `name`, made by `make` if it is new."""
        if name not in self._made:
            self._made[name] = make()
        return cast("T", self._made[name])
