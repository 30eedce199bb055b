"""What can be made again, remembered by one process and not carried to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

K = TypeVar("K")
T = TypeVar("T")


class Remade(Generic[T]):
    """A value that follows from others: made when it is asked for, forgotten in a copy or pickle.

    Examples
    --------
    >>> import copy
    >>> total = Remade()
    >>> total.once(lambda: 3), total.once(lambda: 4), copy.deepcopy(total).once(lambda: 5)
    (3, 3, 5)
    """

    __slots__ = ("_made",)

    def __init__(self, *made: T) -> None:
        self._made: tuple[T, ...] = made

    def once(self, make: Callable[[], T]) -> T:
        """Return the value, made the first time by `make`."""
        if not self._made:
            self._made = (make(),)
        return self._made[0]

    def __reduce__(self) -> tuple[type[Remade[T]], tuple[()]]:
        return type(self), ()


class LastRemade(Generic[K, T]):
    """As `Remade`, of one key after the other: the value of the last is kept, others let go of.

    Examples
    --------
    >>> square = LastRemade()
    >>> [square.of(side, lambda side=side: side**2) for side in (2, 2, 3)]
    [4, 4, 9]
    """

    __slots__ = ("_made",)

    def __init__(self, *made: tuple[K, T]) -> None:
        self._made: tuple[tuple[K, T], ...] = made

    def of(self, key: K, make: Callable[[], T]) -> T:
        """Return the value of `key`, made by `make` unless it was asked for last."""
        if not self._made or self._made[0][0] != key:
            self._made = ()  # before the next is made, so that there are never two
            self._made = ((key, make()),)
        return self._made[0][1]

    def __reduce__(self) -> tuple[type[LastRemade[K, T]], tuple[()]]:
        return type(self), ()
