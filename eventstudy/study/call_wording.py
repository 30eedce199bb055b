"""Errors of a study in the words of the Python call: arguments in place of keys of a study file."""

from __future__ import annotations

import re
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

from eventstudy.exceptions import EventStudyError
from eventstudy.study.specification import OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

ARGUMENTS: Final = {
    **{option.path: option.name for option in OPTIONS if "." in option.path},
    **{
        f"prices.{name}": name
        for name in ("content", "field", "start", "end", "columns", "date_format")
    },
    "prices.security": "security",
    "prices.file": "prices",
    "model.benchmark": "benchmark",
    "model.factors": "factors",
    "model.beside": "beside",
}
"""Key of a study file -> argument of the call."""

_OF_QUESTIONS: Final = {
    "cross_section.columns": "columns",
    "cross_section.window": "window",
    "activity.measures": "measures",
}
"""Key of a study file -> argument of the method of results that asks the same."""

_WORDS: Final = ARGUMENTS | _OF_QUESTIONS
_KEYS: Final = re.compile(rf"\b({'|'.join(map(re.escape, _WORDS))})\b( = )?")
_REMEDIES: Final = {
    "clock": (
        'say whose hours they have, calendar="XNYS" or another exchange code; or give events '
        "dates instead of times, which the rows of the prices place"
    ),
    "pairing": (
        'say whose hours they have, calendar="XNYS" or another exchange code; or leave sync out, '
        "which pairs by date"
    ),
    "date_only": (
        'say what a date means: date_only="same", the session of the date, or date_only="next", '
        "the one after"
    ),
}
"""What would mend an error of a stage, where a study file needs other words."""


_IS_OF_FILE: Final = ContextVar("is_of_file", default=False)


@contextmanager
def in_words_of_the_call(*, is_whole: bool = True) -> Iterator[None]:
    """Raise errors of the package in the words of the call.

    Parameters
    ----------
    is_whole
        Whether the call is `event_study`, which reads frames as they are and has remedies of its
        own; else an error keeps its remedy, with arguments in place of keys.
    """
    try:
        yield
    except EventStudyError as error:
        if _IS_OF_FILE.get():
            raise
        raise of_call(error, is_whole=is_whole) from None


@contextmanager
def in_words_of_the_file() -> Iterator[None]:
    """Leave errors of calls made inside in the words of the study file that they are made for."""
    before = _IS_OF_FILE.set(True)
    try:
        yield
    finally:
        _IS_OF_FILE.reset(before)


def of_call(error: EventStudyError, *, is_whole: bool = True) -> EventStudyError:
    """Return an error whose message names arguments, and whose `key` is one.

    Examples
    --------
    >>> from eventstudy.exceptions import SpecificationError
    >>> wrong = SpecificationError("windows.car is empty; name a window", key="windows.car")
    >>> str(of_call(wrong)), of_call(wrong).key
    ('car_windows is empty; name a window', 'car_windows')
    """
    message = str(error)
    remedy = _REMEDIES.get(error.stage) if is_whole else None
    if remedy is not None and not message.endswith(remedy):
        place, _, _ = message.partition(error.reason)
        reason = error.reason if error.remedy else error.reason.partition(": ")[0]
        message = f"{place}{reason}; {remedy}"
    return error.reworded(_KEYS.sub(_argument, message), key=_WORDS.get(error.key, error.key))


def _argument(match: re.Match[str]) -> str:
    return _WORDS[match[1]] + ("" if match[2] is None else "=")
