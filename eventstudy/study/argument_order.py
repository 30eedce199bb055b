"""Events and prices handed over in each other's place: recognised, and said."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from os import PathLike
from typing import TYPE_CHECKING, Any, Final

from eventstudy.events.inputs import read_event_table
from eventstudy.events.table import Events
from eventstudy.exceptions import EventStudyError, SpecificationError
from eventstudy.prices.inputs import read_panel
from eventstudy.prices.panel import PricePanel

if TYPE_CHECKING:
    from collections.abc import Iterator

EVENT_READERS: Final = ("Events.from_frame", "read_events")
PRICE_READERS: Final = ("PricePanel.from_frame", "read_prices")
_OF_READERS: Final = ("id", "time", "tz", "date_format")


@contextmanager
def read_beforehand(data: Any, readers: tuple[str, str]) -> Iterator[None]:  # noqa: ANN401 - whatever was handed over
    """Where an argument of the readers would settle an error, name the one that takes it.

    `readers` are that of frames and that of files.
    """
    try:
        yield
    except SpecificationError as error:
        argument = error.key.removeprefix("prices.")
        if argument not in _OF_READERS:
            raise
        reader = readers[isinstance(data, str | PathLike)]
        raise error.reworded(f"{error}; {reader} takes {argument}, fit does not") from None


@contextmanager
def in_their_order(events: Any, prices: Any, call: str) -> Iterator[None]:  # noqa: ANN401 - whatever was handed over
    """Where reading fails, say so if the two have changed places; else raise what was raised.

    `call` is what was called, as in ``event_study(events, prices)``.
    """
    try:
        yield
    except (EventStudyError, ValueError, TypeError) as error:
        if not have_changed_places(events, prices):
            raise
        raise SpecificationError(
            f"the first argument holds prices and the second events; it is {call}", key="events"
        ) from error


def have_changed_places(events: Any, prices: Any) -> bool:  # noqa: ANN401 - whatever was handed over
    """Return whether `events` read as prices and `prices` as events, and of more dates."""
    if isinstance(events, Events) or isinstance(prices, PricePanel):
        return False
    if isinstance(events, PricePanel) or isinstance(prices, Events):
        return True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            panel, table = read_panel(events), read_event_table(prices)
    except (EventStudyError, ValueError, TypeError):
        return False
    return max((len(dates) for dates in panel.dates), default=0) > len(table)
