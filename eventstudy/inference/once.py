"""What is derived once and asked for again: an economy, never a state."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    import numpy.typing as npt

T = TypeVar("T")


def mark_of(values: npt.NDArray[Any]) -> str:
    """Return a name that no other values of this shape have.

    Examples
    --------
    >>> mark_of(np.array([True, False])) == mark_of(np.array([1, 0]) > 0)
    True
    """
    held = np.packbits(values) if values.dtype == np.bool_ else values
    return blake2b(held.tobytes(), digest_size=16).hexdigest()


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


class OnceOf(Once):
    """As `Once`, of some parts: where one of them was replaced, nothing that is known holds."""

    __slots__ = ("_parts",)

    def __init__(self, *parts: object) -> None:
        super().__init__()
        self._parts = parts

    def is_of(self, *parts: object) -> bool:
        """Whether these are the very parts."""
        return all(one is other for one, other in zip(parts, self._parts, strict=True))


class LastOnce(Generic[T]):
    """Values of the last few owners that asked, each made once.

    An owner is an object, or some of them and a name.
    """

    __slots__ = ("_kept", "_most")

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[object, T] = {}

    def of(self, owner: Hashable, make: Callable[[], T]) -> T:
        """Return the value of an owner, made by `make` unless it is among the last."""
        value = self._kept.pop(owner) if owner in self._kept else make()
        while len(self._kept) >= self._most:
            del self._kept[next(iter(self._kept))]
        self._kept[owner] = value
        return value
