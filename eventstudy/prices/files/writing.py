"""A panel of prices or returns written as the long file that `read_prices` reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from eventstudy.prices.files.problems import usable_bars

if TYPE_CHECKING:
    from eventstudy.prices.panel import PricePanel


def long_csv(panel: PricePanel) -> str:
    """Return the panel as a long csv: date, security, close (or return) and what there is of bars.

    Bars that contradict themselves are left out, their close is kept.
    """
    value = "close" if panel.content == "prices" else "return"
    parts = []
    for name, dates, values in zip(panel.names, panel.dates, panel.values, strict=True):
        index = pd.DatetimeIndex(dates.astype("datetime64[ns]"), name="date")
        part = pd.DataFrame({"security": name, value: values}, index=index)
        if name in panel.fields:
            part = part.join(usable_bars(panel.fields[name], part[value]))
        parts.append(part)
    table = pd.concat(parts) if parts else pd.DataFrame(columns=["security", value])
    return table.to_csv(date_format="%Y-%m-%d", float_format="%.12g", lineterminator="\n")
