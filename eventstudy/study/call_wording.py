"""Errors of a study in the words of the Python call: arguments in place of keys of a study file."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from eventstudy.exceptions import EventStudyError
from eventstudy.study.specification import OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

ARGUMENTS: Final = {
    **{option.path: option.name for option in OPTIONS if "." in option.path},
    **{f"prices.{name}": name for name in ("content", "field", "start", "end", "columns")},
    "prices.security": "security",
    "prices.file": "prices",
    "model.benchmark": "benchmark",
    "model.factors": "factors",
}
"""Key of a study file -> argument of the call."""

_KEYS: Final = re.compile(rf"\b({'|'.join(map(re.escape, ARGUMENTS))})\b( = )?")
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


@contextmanager
def in_words_of_the_call() -> Iterator[None]:
    """Raise errors of the package in the words of the call."""
    try:
        yield
    except EventStudyError as error:
        raise of_call(error) from None


def of_call(error: EventStudyError) -> EventStudyError:
    """Return an error whose message names arguments, and whose `key` is one.

    Examples
    --------
    >>> from eventstudy.exceptions import SpecificationError
    >>> wrong = SpecificationError("windows.car is empty; name a window", key="windows.car")
    >>> str(of_call(wrong)), of_call(wrong).key
    ('car_windows is empty; name a window', 'car_windows')
    """
    message = str(error)
    remedy = _REMEDIES.get(error.stage)
    if remedy is not None:
        place, _, _ = message.partition(error.reason)
        reason = error.reason if error.remedy else error.reason.partition(": ")[0]
        message = f"{place}{reason}; {remedy}"
    return error.reworded(_KEYS.sub(_argument, message), key=ARGUMENTS.get(error.key, error.key))


def _argument(match: re.Match[str]) -> str:
    return ARGUMENTS[match[1]] + ("" if match[2] is None else "=")
