"""Aliases of arrays and callbacks, and the vocabularies of every option."""

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
Sync = Literal["asof", "same_date", "lag"]
DateOnly = Literal["same", "next"]
AmbiguousPolicy = Literal["keep", "drop", "widen"]
OverlapPolicy = Literal["keep", "drop_later", "drop_all", "merge", "joint"]
SignPolicy = Literal["none", "expected"]
Alternative = Literal["two-sided", "greater", "less"]
Volatility = Literal["ewma", "garch"]
DrawsFrom = Literal["all", "volatility_matched"]
Quantity = Literal["car", "bhar"]
"""What a test is about: the mean cumulative or the mean buy-and-hold abnormal return."""


BY_CHOICE = ("market", "select")
"""Stages at which a pair is left out because the study says so: no loss."""
