"""Where a market stands at a moment: has it traded since the news, and when does it next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np

Status = Literal["to_open", "trading", "closed"]
"""Of the first session that could react: not yet open, open, or over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskClock:
    """One market at one moment, for one news time.

    Attributes
    ----------
    security
        Name of the market.
    session
        Label of the first session that could react to the news, ``datetime64[D]``.
    opens_utc, closes_utc
        Its hours, ``datetime64[ns]`` in UTC; NaT where the market has no clock.
    status
        Where that session stands at the moment asked; None where the market has no clock.
    """

    security: str
    session: np.datetime64
    opens_utc: np.datetime64
    closes_utc: np.datetime64
    status: Status | None
