"""The moment a question is asked at."""

from __future__ import annotations

import datetime as dt
from typing import TypeAlias

import numpy as np
import pandas as pd

Moment: TypeAlias = dt.datetime | np.datetime64 | str
"""A time with a zone (a pandas one, too), or one in UTC."""


def as_utc(moment: Moment) -> np.datetime64:
    """Return a moment as ``datetime64[ns]``; one without a zone is in UTC already.

    Examples
    --------
    >>> str(as_utc("2025-05-02T09:00+08:00"))
    '2025-05-02T01:00:00.000000000'
    """
    stamp = pd.Timestamp(moment)
    if stamp.tz is not None:
        stamp = stamp.tz_convert("UTC").tz_localize(None)
    return np.datetime64(stamp.value, "ns")
