"""`Finding`, one result in words, and what every kind of finding is made with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from eventstudy.text import Record, is_missing, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

Strength = Literal["strong", "suggestive", "none", "further", "context"]
_VERDICTS: dict[Strength, str] = {
    "strong": "Holds after adjustment for the number of tests",
    "suggestive": "Suggestive: not after adjustment for the number of tests",
    "none": "Not distinguishable from ordinary days",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding in words.

    Parameters
    ----------
    headline
        One sentence with the number, its p-value and how many events stand behind it.
    detail
        What bounds it: interval, adjustment, other statistics, what could not have been seen.
    group
        The group of the tidy frame it speaks of; None for the study as a whole.
    window
        ``(start, end)`` in sessions relative to day 0; None for the study as a whole.
    strength
        ``strong`` (significant after Holm's adjustment), ``suggestive`` (before it only, or on one
        or two dates), ``none`` (not significant), ``further`` (more on the finding before it),
        ``context`` (how to read the others).
    is_thin
        Whether it rests on one or two dates only: a number without weight.
    says
        The verdict in words, where it is not that of its strength.
    """

    headline: str
    detail: str
    group: str | None
    window: tuple[int, int] | None
    strength: Strength
    is_thin: bool = False
    says: str = ""

    @property
    def verdict(self) -> str:
        """How much weight it has, in words; empty for context."""
        if self.is_thin:
            return "No inference: one or two dates only"
        return self.says or _VERDICTS.get(self.strength, "")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Beside:
    """What the second model of a study found on the same pairs.

    Parameters
    ----------
    statistics, contrasts
        As those of the first model; empty where there is none.
    first, second
        What results of either model are called: ``in total``, ``beyond S&P 500``.
    """

    statistics: pd.DataFrame
    contrasts: pd.DataFrame
    first: str
    second: str


def context(headline: str, detail: str) -> Finding:
    """Return a finding about how to read the others."""
    return Finding(headline=headline, detail=detail, group=None, window=None, strength="context")


def as_float(row: Record, column: str) -> float | None:
    """Return a cell as a number; None where it is missing, or the column is."""
    value = getattr(row, column, None)
    return None if is_missing(value) else float(str(value))


def note_of(row: Record) -> list[str]:
    """Return the note of a row as the only sentence of a list, none where there is no note."""
    note = plain(getattr(row, "note", ""))
    if not note:
        return []
    return [f"Note: {note}" + ("" if note.endswith(".") else ".")]


def holm(pvalues: Sequence[float]) -> list[float]:
    """Return Holm's step-down adjusted p-values (Holm 1979), in the order given.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    from statsmodels.stats.multitest import multipletests

    if not len(pvalues):
        return []
    adjusted: list[float] = multipletests(pvalues, method="holm")[1].tolist()
    return adjusted
