"""What statistics are concluded from where pairs come in blocks: sums, and values kept one by one.

Every value here has `plus`, which joins it with the same of other pairs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    from eventstudy._typing import BoolArray, FloatArray


class Joinable(Protocol):
    """Something of some pairs that can be joined with the same of others."""

    def plus(self, other: Self) -> Self:
        """Return that of both."""
        ...


J = TypeVar("J", bound=Joinable)


@dataclass(frozen=True, slots=True, eq=False)
class Totals:
    """Arrays that add up over pairs, each ``(B, ...)``."""

    parts: tuple[FloatArray, ...]

    def plus(self, other: Totals) -> Totals:
        """Return the totals of both."""
        return Totals(tuple(a + b for a, b in zip(self.parts, other.parts, strict=True)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Values:
    """One value a pair, ``(B, N)``, of what needs all of them at once; NaN is missing.

    Those of each block stand by themselves until they are asked for.
    """

    parts: Sequence[FloatArray]

    @property
    def values(self) -> FloatArray:
        """Those of all pairs, ``(B, N)``."""
        return np.concatenate(self.parts, axis=1)

    def plus(self, other: Values) -> Values:
        """Return the values of both."""
        return Values(parts=(*self.parts, *other.parts))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SessionScores:
    """Scores of the sessions of estimation and event window, summed over pairs.

    Attributes
    ----------
    total, count : ``(B, L+W)`` sum of the scores of every session, and number of its pairs
    inside : ``(L+W,)`` sessions that the window of one of the pairs holds
    is_estimated : whether any session was estimated on
    """

    total: FloatArray
    count: FloatArray
    inside: BoolArray
    is_estimated: bool

    def plus(self, other: SessionScores) -> SessionScores:
        """Return the scores of both."""
        return SessionScores(
            total=self.total + other.total,
            count=self.count + other.count,
            inside=self.inside | other.inside,
            is_estimated=self.is_estimated or other.is_estimated,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Correlated(Generic[J]):
    """What a test sums over pairs, and over pairs of pairs.

    Attributes
    ----------
    own : sums over pairs
    between : number of pairs, and the sum of their weighted correlations
    """

    own: J
    between: Totals

    def plus(self, other: Correlated[J]) -> Correlated[J]:
        """Return the sums of both; what is between them is in that of the later one."""
        return Correlated(own=self.own.plus(other.own), between=self.between.plus(other.between))
