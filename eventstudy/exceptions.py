"""Every error and warning of the package, one tree.

::

    EventStudyError
    |-- SpecificationError        a study asks for something unknown or contradictory
    |-- DataError                 what was read cannot be used
    |   |-- SchemaError           a file's columns or cells; carries every problem found
    |   |-- CalendarError         a date or zone no calendar can place
    |   `-- CoverageError         too many pairs were lost; carries the table of reasons
    |-- NotApplicableError        this statistic cannot be computed from this fit, because ...
    `-- SourceError               a file or folder cannot be read or written
    EventStudyWarning

A pair that fails is a row of ``dropped``, never an exception; a study that fails is an exception.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


class EventStudyError(Exception):
    """Root of every error the package raises on purpose."""


class SpecificationError(EventStudyError):
    """A study asks for something unknown or contradictory."""


class DataError(EventStudyError):
    """What was read cannot be used."""


class SchemaError(DataError):
    """A file's columns or cells break the contract.

    Parameters
    ----------
    problems
        One sentence a problem, each naming file and row. The message is the first one and the
        number of the others.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems: tuple[str, ...] = tuple(problems)
        more = len(self.problems) - 1
        tail = f" (and {more} more problem{'s' if more > 1 else ''})" if more > 0 else ""
        super().__init__(f"{self.problems[0]}{tail}")


class CalendarError(DataError):
    """A date or a time zone that no calendar can place."""


class CoverageError(DataError):
    """More pairs were lost than the study allows.

    Parameters
    ----------
    message
        One line.
    reasons
        Stage, reason and number of pairs, largest first.
    """

    def __init__(self, message: str, reasons: pd.DataFrame) -> None:
        self.reasons = reasons
        super().__init__(message)


class NotApplicableError(EventStudyError):
    """A statistic that cannot be computed from this fit; the message says why."""


class SourceError(EventStudyError):
    """A file or folder that cannot be read or written."""


class EventStudyWarning(UserWarning):
    """Root of every warning the package gives on purpose."""
