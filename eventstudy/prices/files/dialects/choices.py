"""What a user says of a file of prices: its columns, dates, dialect, and which part is read."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - dataclasses look at annotations
from collections.abc import Mapping  # noqa: TC003
from dataclasses import dataclass, field
from typing import get_args

from eventstudy._typing import CloseField, EmptyCells
from eventstudy.exceptions import SpecificationError
from eventstudy.io.stamps import order_of
from eventstudy.prices.files.dialects.catalogue import get_dialect
from eventstudy.registry import choose


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingChoices:
    """What a user says of a file; see `eventstudy.read_prices`.

    Raises
    ------
    SpecificationError
        A value that is none, or an end before the start.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    date_format: str | None = None
    dialect: str | None = None
    encoding: str | None = None
    field: CloseField = "close"
    start: dt.date | None = None
    end: dt.date | None = None
    empty: EmptyCells = "missing"

    def __post_init__(self) -> None:
        choose(self.field, get_args(CloseField), "prices.field")
        choose(self.empty, get_args(EmptyCells), "prices.empty")
        if self.dialect is not None:
            get_dialect(self.dialect)
        if self.date_format is not None and "%" not in self.date_format:
            order_of(self.date_format)
        if self.start is not None and self.end is not None and self.start > self.end:
            raise SpecificationError(
                f"prices.start {self.start} lies after prices.end {self.end}", key="prices.start"
            )
