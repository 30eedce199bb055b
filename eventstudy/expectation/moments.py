"""The moment a question is asked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import datetime as dt


def as_utc(moment: dt.datetime | np.datetime64 | pd.Timestamp) -> np.datetime64:
    """Return a moment as ``datetime64[ns]``; one without a zone is in UTC already.

    Examples
    --------
    >>> str(as_utc(pd.Timestamp("2025-05-02T09:00+08:00")))
    '2025-05-02T01:00:00.000000000'
    """
    stamp = pd.Timestamp(moment)
    if stamp.tz is not None:
        stamp = stamp.tz_convert("UTC").tz_localize(None)
    return np.datetime64(stamp.value, "ns")
