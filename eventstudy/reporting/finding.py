"""`Finding`, one result in words, and what every kind of finding is made with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from eventstudy.reporting import wording
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


@dataclass(frozen=True, slots=True)
class RowReference:
    """The row of a table of the results that the numbers of a finding stand in.

    Parameters
    ----------
    file
        The table, as the folder of results has it: ``ranges.csv``.
    key
        Columns and their values, as text, that tell the row from all others.

    Examples
    --------
    >>> row = RowReference("ranges.csv", (("group", "direction=deal"), ("security", "N225")))
    >>> print(row)
    ranges.csv: group direction=deal, security N225
    >>> row.anchor
    'ranges-direction-deal-n225'
    """

    file: str
    key: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return f"{self.file}: " + ", ".join(f"{column} {value}" for column, value in self.key)

    @property
    def anchor(self) -> str:
        """The row as a name that a page can link to."""
        texts = [self.file.removesuffix(".csv"), *(value for _, value in self.key)]
        signed = (text.replace("-", "m") if _is_whole(text) else text for text in texts)
        return re.sub(r"[^a-z0-9]+", "-", "-".join(signed).lower()).strip("-")


def _is_whole(text: str) -> bool:
    return text.lstrip("+-").isdigit()


def reference(file: str, row: Record, *columns: str) -> RowReference:
    """Return the reference to a row of a table by these columns of it."""
    return RowReference(file, tuple((column, str(getattr(row, column))) for column in columns))


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """What returns are compared with.

    Parameters
    ----------
    name
        As a sentence has it: ``the S&P 500``.
    is_last_close
        Whether its return is that up to its last close at or before each market's own.
    tested
        What p-values are of where that is not the return in total: ``beyond the S&P 500``.
    """

    name: str
    is_last_close: bool
    tested: str = ""


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
        ``strong`` (significant after Holm's adjustment), ``suggestive`` (before it only), ``none``
        (not significant), ``further`` (more on the finding before it),
        ``context`` (how to read the others).
    is_thin
        Whether it rests on fewer than `wording.MIN_DATES` dates: a number without weight.
    says
        The verdict in words, where it is not that of its strength.
    source
        The rows its numbers stand in.
    is_answer
        Whether it belongs on the first screen: an answer in plain words.
    """

    headline: str
    detail: str
    group: str | None
    window: tuple[int, int] | None
    strength: Strength
    is_thin: bool = False
    says: str = ""
    source: tuple[RowReference, ...] = ()
    is_answer: bool = False

    @property
    def verdict(self) -> str:
        """How much weight it has, in words; empty for context."""
        if self.is_thin:
            return f"No inference: fewer than {wording.MIN_DATES} dates"
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

    Those of statsmodels' ``multipletests``, whose import takes as long as the rest of the findings.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    values = np.asarray(pvalues, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    steps = values[order] * np.arange(len(values), 0, -1)
    adjusted = np.empty(len(values))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return list(map(float, adjusted))
