"""What is compared: one number of theirs, ours, and theirs reached by their convention."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from eventstudy.exceptions import SourceError
from eventstudy.registry import Registry

if TYPE_CHECKING:
    from pathlib import Path

Status = Literal["equal", "explained", "unexplained"]
STATUSES: tuple[Status, ...] = ("equal", "explained", "unexplained")
_NEAR = 1e-9
_NOTHING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One number of other software or of a book, and ours.

    Attributes
    ----------
    quantity : what it is
    theirs, ours : as they print it, and as eventstudy gives it
    by_convention : theirs as eventstudy reaches it by their convention; NaN where none is needed
    status : ``equal``, ``explained`` or ``unexplained``
    explanation : the conventions without which theirs is not reached
    """

    quantity: str
    theirs: float
    ours: float
    by_convention: float
    status: Status
    explanation: str = ""


Replication = Callable[[], list[Compared]]

replications: Registry[Replication] = Registry("replication")
"""Replications of data that are bundled, by name; `replicate` carries them out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FromData:
    """A replication of files that are not shipped: the user points to a folder that holds them.

    Attributes
    ----------
    files : names of the files it takes, in capitals or not
    rights : under what the files may be had, and from where
    compare : the comparison, of the files by their names
    """

    files: tuple[str, ...]
    rights: str
    compare: Callable[[Mapping[str, Path]], list[Compared]]

    def __call__(self, folder: Path) -> list[Compared]:
        """Compare the numbers of the files of a folder.

        Raises
        ------
        SourceError
            A file is missing.
        """
        there = {path.name.lower(): path for path in folder.iterdir()} if folder.is_dir() else {}
        missing = [name for name in self.files if name.lower() not in there]
        if missing:
            raise SourceError(
                f"{folder} has no {' and no '.join(missing)}; the replication takes "
                f"{', '.join(self.files)}: {self.rights}"
            )
        return self.compare({name: there[name.lower()] for name in self.files})


from_data: Registry[FromData] = Registry("replication")
"""Replications of data of the user's own, by name."""


def is_same(value: float, theirs: float) -> bool:
    """Return whether two numbers agree to nine digits, or are both nothing.

    Examples
    --------
    >>> is_same(0.1 + 0.2, 0.3), is_same(0.3001, 0.3)
    (True, False)
    """
    return math.isclose(value, theirs, rel_tol=_NEAR, abs_tol=_NOTHING)


def printed(quantity: str, theirs: str, ours: float) -> Compared:
    """Compare with a number as printed: equal where ours rounds to it.

    Examples
    --------
    >>> printed("t", "2.148", 2.14799).status, printed("t", "2.148", 2.1491).status
    ('equal', 'unexplained')
    """
    digits = len(theirs.partition(".")[2])
    is_equal = abs(ours - float(theirs)) <= 0.5 * 10.0**-digits * (1 + _NEAR)
    return Compared(
        quantity=quantity,
        theirs=float(theirs),
        ours=ours,
        by_convention=math.nan,
        status="equal" if is_equal else "unexplained",
    )
