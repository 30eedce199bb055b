"""Aliases of arrays and callbacks, the vocabularies of every option, and what all parts share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
DateArray = npt.NDArray[np.datetime64]
"""``datetime64[D]`` for session labels, ``datetime64[ns]`` (UTC) for instants."""

Parts = tuple[tuple[int, int], ...]
"""Stretches ``(begin, stop)`` of a window, counted from its first session."""

Progress = Callable[[str, int, int], None]
"""Called with what is being done, steps done, steps in all."""

ReturnKind = Literal["simple", "log"]
Content = Literal["prices", "returns"]
FxClose = Literal["written", "next_row", "detect"]
CloseField = Literal["close", "adj_close"]
"""Which of two closes of a file is studied."""
EmptyCells = Literal["missing", "no_session"]
"""Whether an empty cell of returns is a session with a missing return, or no session."""
Sync = Literal["asof", "same_date", "lag"]
DateOnly = Literal["same", "next"]
AmbiguousPolicy = Literal["keep", "drop", "widen"]
OverlapPolicy = Literal["keep", "drop_later", "drop_all", "merge", "joint"]
SignPolicy = Literal["none", "expected"]
Alternative = Literal["two-sided", "greater", "less"]
Volatility = Literal["ewma", "garch"]
JointCovariance = Literal["classical", "hac"]
JointWeights = Literal["volatility", "equal"]
"""What the sessions of a joint regression weigh: 1 over the variance known before each, or 1."""
DrawsFrom = Literal["all", "volatility_matched"]
Within = Literal["month"]
"""Parts of the calendar inside which groups of events are compared."""
Quantity = Literal["car", "bhar"]
"""What a test is about: the mean cumulative or the mean buy-and-hold abnormal return."""


LEVEL = 0.05
"""Of every test that says yes or no, and of every interval: 1 less this."""
TIE = 1e-9
"""Two values are the same when they differ by less than this share of them: by rounding only."""

BY_CHOICE = ("market", "select", "sign")
"""Stages at which a pair is left out because the study says so: no loss."""
