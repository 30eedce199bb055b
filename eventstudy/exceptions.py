"""Every error and warning of the package, one tree.

::

    EventStudyError
    |-- SpecificationError        a study asks for something unknown or contradictory
    |-- DataError                 what was read cannot be used
    |   |-- SchemaError           a file's columns or cells; carries the problems found
    |   |-- CalendarError         a date or zone no calendar can place
    |   `-- CoverageError         too many pairs were lost; carries the table of reasons
    |-- NotApplicableError        this statistic cannot be computed from this fit, because ...
    |-- ExecutionError            processes or workers ended before their work was done
    `-- SourceError               a file or folder cannot be read or written
    EventStudyWarning

A pair that fails is a row of ``dropped``, never an exception; a study that fails is an exception.
Where one part of a computation may have no value, it returns a `Refusal` in its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Returned in place of a value that cannot be computed.

    Attributes
    ----------
    reason : why not, one sentence
    stage : at which stage; empty where there is one stage only
    """

    reason: str
    stage: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with a file; as text ``prices.csv 2025-05-02: N225 -1 is no price``.

    Attributes
    ----------
    reason : what is wrong, without file, row, date and security
    file : its name
    row : where in it, the header being row 1; in the text where no date is
    security : the column it is in; empty for all
    date : of its row; None for the whole column
    is_named : whether the reason names the security itself
    suggestion : the known name nearest to an unknown one; not put into the text
    """

    reason: str
    file: str
    row: int | None = None
    security: str = ""
    date: np.datetime64 | None = None
    is_named: bool = False
    suggestion: str | None = None

    def __str__(self) -> str:
        place = _place(self.file, self.row) if self.date is None else f"{self.file} {self.date}"
        subject = f"{self.security} " if self.security and not self.is_named else ""
        return f"{place}: {subject}{self.reason}"


def _place(file: str, row: int | None) -> str:
    return file if row is None else f"{file} row {row}"


class EventStudyError(Exception):
    """Root of every error the package raises on purpose.

    The message is made last, of the parts: ``key: reason; remedy`` or ``file row 3: reason``. A
    reason that begins with the place, such as ``windows.car is empty``, stands as it is; one that
    names it elsewhere, or not at all, is given the place by `at`. Whoever has to tell one error
    from another asks the parts.

    Parameters
    ----------
    reason
        What is wrong.
    key
        Key of the study file, or argument, that is at fault.
    file, row
        Where it is, if no key is at fault; the header is row 1.
    remedy
        What would mend it.
    suggestion
        The known name nearest to an unknown one; not put into the message.
    stage
        Which step failed; not put into the message.

    Examples
    --------
    >>> error = SchemaError(["the date is empty"], file="events.csv", row=3)
    >>> str(error), error.row
    ('events.csv row 3: the date is empty', 3)
    >>> error = SpecificationError("windows.car is empty; name a window", key="windows.car")
    >>> str(error), error.key
    ('windows.car is empty; name a window', 'windows.car')
    """

    def __init__(
        self,
        reason: str = "",
        *,
        key: str = "",
        file: str = "",
        row: int | None = None,
        remedy: str = "",
        suggestion: str | None = None,
        stage: str = "",
    ) -> None:
        self.reason = reason
        self.key = key
        self.file = file
        self.row = row
        self.remedy = remedy
        self.suggestion = suggestion
        self.stage = stage
        super().__init__(self._placed("; ".join(filter(None, (reason, remedy)))))

    def _placed(self, sentence: str) -> str:
        place = self.key or _place(self.file, self.row)
        is_said = sentence.startswith((f"{place} ", f"{place}:"))
        return f"{place}: {sentence}" if place and not is_said else sentence

    def __reduce__(self) -> tuple[object, ...]:
        # Another process gets message and parts as they are, whatever the constructor takes.
        return _restored, (type(self), self.args), self.__dict__

    def at(self, *, key: str, suggestion: str | None = None) -> Self:
        """Return the same error with key and suggestion where it has none; the message stays.

        Examples
        --------
        >>> error = EventStudyError("no such window")
        >>> error.at(key="windows.car").key
        'windows.car'
        """
        return self._filled(
            str(self), key=self.key or key, suggestion=self.suggestion or suggestion
        )

    def under(self, key: str = "", *, file: str = "") -> Self:
        """Return the same error, its message preceded by ``key: `` or ``file: ``.

        What has no key or file of its own has this one.

        Examples
        --------
        >>> str(EventStudyError("no such window").under("study.toml"))
        'study.toml: no such window'
        """
        return self._filled(f"{key or file}: {self}", key=self.key or key, file=self.file or file)

    def reworded(self, message: str, *, key: str = "") -> Self:
        """Return the same error in other words, and with another key where one is given.

        Examples
        --------
        >>> str(EventStudyError("no such window").reworded("another window"))
        'another window'
        """
        return self._filled(message, key=key or self.key)

    def _filled(self, message: str, **parts: object) -> Self:
        error = type(self).__new__(type(self), message)
        error.__dict__.update(self.__dict__ | parts)
        return error


def _restored(kind: type[EventStudyError], message: tuple[object, ...]) -> EventStudyError:
    return kind.__new__(kind, *message)


class SpecificationError(EventStudyError):
    """A study asks for something unknown or contradictory.

    Examples
    --------
    >>> import eventstudy as es
    >>> try:
    ...     es.EventStudy(statistics=["bpm"])
    ... except es.SpecificationError as error:
    ...     print(error.key, error.suggestion)
    statistics bmp
    """


class DataError(EventStudyError):
    """What was read cannot be used.

    Examples
    --------
    >>> [kind.__name__ for kind in DataError.__subclasses__()]
    ['SchemaError', 'CalendarError', 'CoverageError']
    """


class SchemaError(DataError):
    """A file's columns or cells break the contract.

    Parameters
    ----------
    problems
        One sentence a problem, each naming file and row unless `file` does. The message is the
        first one and the number of the others.
    n_unlisted
        How many more there are, of kinds that `problems` already shows.
    key, stage
        As for `EventStudyError`.
    file, row, suggestion
        As for `EventStudyError`; those of the first problem where that is a `Problem`.

    Examples
    --------
    >>> error = SchemaError(["row 3: no date", "row 5: no date"], file="events.csv")
    >>> print(error)
    events.csv: row 3: no date (and 1 more problem)
    >>> len(error.problems)
    2
    """

    def __init__(
        self,
        problems: Sequence[str | Problem],
        *,
        n_unlisted: int = 0,
        key: str = "",
        file: str = "",
        row: int | None = None,
        suggestion: str | None = None,
        stage: str = "",
    ) -> None:
        first = problems[0]
        more = len(problems) - 1 + n_unlisted
        tail = f" (and {more} more problem{'s' if more > 1 else ''})" if more > 0 else ""
        super().__init__(
            f"{first}{tail}", key=key, file=file, row=row, suggestion=suggestion, stage=stage
        )
        self.problems: tuple[str, ...] = tuple(
            str(problem) if isinstance(problem, Problem) else self._placed(problem)
            for problem in problems
        )
        if isinstance(first, Problem):
            self.file, self.row, self.suggestion = first.file, first.row, first.suggestion

    def under(self, key: str = "", *, file: str = "") -> Self:
        """Return the same error, ``key: `` or ``file: `` before its message and its problems.

        Examples
        --------
        >>> error = SchemaError(["the date is empty"], row=3, file="events.csv")
        >>> error.under("study.toml").problems
        ('study.toml: events.csv row 3: the date is empty',)
        """
        error = super().under(key, file=file)
        error.problems = tuple(f"{key or file}: {problem}" for problem in self.problems)
        return error

    def reworded(self, message: str, *, key: str = "") -> Self:
        """Return the same error in other words, its only or first problem, too.

        Examples
        --------
        >>> SchemaError(["no date"]).reworded("the date is empty").problems
        ('the date is empty',)
        """
        error = super().reworded(message, key=key)
        others = str(self).removeprefix(self.problems[0])
        error.problems = (message.removesuffix(others), *self.problems[1:])
        return error


class CalendarError(DataError):
    """A date or a time zone that no calendar can place.

    Examples
    --------
    >>> import eventstudy as es
    >>> try:
    ...     es.expect("Talks begin", "2025-05-02 09:00", zone="Asia/Nowhere")
    ... except es.EventStudyError as error:
    ...     print(error)
    zone: unknown time zone 'Asia/Nowhere'; write an IANA name such as 'Asia/Tokyo'
    """


class CoverageError(DataError):
    """More pairs were lost than the study allows.

    Parameters
    ----------
    message
        One line.
    reasons
        Stage, reason and number of pairs, largest first.

    Examples
    --------
    >>> import eventstudy as es
    >>> prices = es.load_prices()
    >>> try:
    ...     es.event_study(
    ...         ["1999-01-04"], prices, markets=["HSI"], benchmark="SPX", date_only="same"
    ...     )
    ... except es.CoverageError as error:
    ...     print(error.reasons["stage"].tolist())
    ['coverage']
    """

    def __init__(self, message: str, reasons: pd.DataFrame) -> None:
        self.reasons = reasons
        super().__init__(message)


class NotApplicableError(EventStudyError):
    """A statistic that cannot be computed from this fit; the message says why.

    Examples
    --------
    >>> import eventstudy as es
    >>> events, prices = es.simulate_panel(n_markets=2, n_events=8)
    >>> results = es.event_study(events, prices, model=es.ConstantMean(), draws=0)
    >>> try:
    ...     results.contrast_table()
    ... except es.NotApplicableError as error:
    ...     print(error.key)
    contrast
    """


class ExecutionError(EventStudyError):
    """Processes or workers of a cluster that ended before their work was done, or are not there."""


class SourceError(EventStudyError):
    """A file or folder that cannot be read or written.

    Examples
    --------
    >>> import eventstudy as es
    >>> try:
    ...     es.read_prices("nowhere.csv")
    ... except es.SourceError as error:
    ...     print(error)
    nowhere.csv: no such file
    """


class EventStudyWarning(UserWarning):
    """Root of every warning the package gives on purpose.

    Examples
    --------
    >>> import warnings
    >>> warnings.simplefilter("error", EventStudyWarning)  # a warning stops the program
    """
