"""Cumulative abnormal returns of R's eventstudies after stock splits, or any other events.

R writes the four files; none is shipped, as the package and its data are under the GPL::

    library(eventstudies)
    data(StockPriceReturns); data(OtherReturns); data(SplitDates)
    study <- eventstudy(
      StockPriceReturns, SplitDates, event.window = 7, type = "marketModel", remap = "cumsum",
      model.args = list(market.returns = OtherReturns[, "NiftyIndex"]))
    table <- function(x, name) {
      x <- zoo::zoo(x)
      setNames(data.frame(zoo::index(x), zoo::coredata(x), check.names = FALSE),
               c(name, colnames(x)))
    }
    write.csv(table(StockPriceReturns, "date"), "StockPriceReturns.csv", row.names = FALSE)
    write.csv(table(OtherReturns, "date"), "OtherReturns.csv", row.names = FALSE)
    write.csv(SplitDates, "SplitDates.csv", row.names = FALSE)
    write.csv(table(attr(study, "CAR"), "day"), "CAR.csv", row.names = FALSE)

Returns are percent. The days are those of ``CAR.csv``, -6 to 7 there; the market model is estimated
over all sessions up to the one before them. Events that the package leaves out have no column.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.events.table import Events
from eventstudy.exceptions import SchemaError
from eventstudy.io.files import read_table
from eventstudy.models import MarketModel
from eventstudy.prices.panel import PricePanel
from eventstudy.replication.comparison import Compared, FromData, from_data, is_same
from eventstudy.replication.own_files import read_columns, read_days
from eventstudy.study.study import EventStudy
from eventstudy.text import excerpt
from eventstudy.windows import Window

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

STOCKS, OTHERS, DATES, CARS = FILES = (
    "StockPriceReturns.csv", "OtherReturns.csv", "SplitDates.csv", "CAR.csv"
)  # fmt: skip
INDEX = "NiftyIndex"
_BEFORE = "an event on a day without a session: of the session before it, not of the next"
_FIRST = "CAR: from 0 on the first day of the window, not with the return of that day"
_UNIT = 100.0
_LEAST = 10


def compare(files: Mapping[str, Path]) -> list[Compared]:
    """Compare the cumulative abnormal return of every event and day.

    Parameters
    ----------
    files
        Where the four files are.
    """
    panel = _panel(files)
    events = read_columns(files[DATES], {"name": "text", "when": "date"})
    theirs, numbers = _cars_of(files[CARS], len(events), len(panel))
    events = events.iloc[[number - 1 for number in numbers]].assign(number=numbers)
    _check_events(events, panel)
    window = Window(int(theirs.index[0]), int(theirs.index[-1]))
    before = panel.index[panel.index.searchsorted(events["when"], side="right") - 1]
    of_session = {
        "next": _cars(panel, events, window),
        "before": _cars(panel, events.assign(when=before), window),
    }

    def reached(number: int, tau: int, *, session: str = "before", is_first: bool = False) -> float:
        cars = of_session[session]
        first = 0.0 if is_first else cars.get((number, window.start), math.nan)
        return cars.get((number, tau), math.nan) - first

    found = []
    for column, number in zip(theirs.columns, numbers, strict=True):
        for day, value in theirs[column].items():
            told, tau = float(value), int(str(day))
            undone = {
                _BEFORE: reached(number, tau, session="next"),
                _FIRST: reached(number, tau, is_first=True),
            }
            ours = reached(number, tau, session="next", is_first=True)
            by_convention = reached(number, tau)
            is_equal, is_reached = is_same(ours, told), is_same(by_convention, told)
            needed = [phrase for phrase, one in undone.items() if not is_same(one, told)]
            found.append(
                Compared(
                    quantity=f"event {number}, CAR to day {tau:+d}",
                    theirs=told,
                    ours=ours,
                    by_convention=by_convention,
                    status="equal" if is_equal else "explained" if is_reached else "unexplained",
                    explanation="; ".join(needed) if is_reached and not is_equal else "",
                )
            )
    return found


from_data.register(
    "eventstudies",
    summary="market-model CARs of Indian stock splits by event and day, as its README runs them",
    source="Anand, Patnaik, Shah and others, R package eventstudies 1.2.2 (xKDR)",
)(
    FromData(
        files=FILES,
        rights="GPL-2; written by R, help(eventstudy.replication.eventstudies) has the lines",
        compare=compare,
    )
)


def _panel(files: Mapping[str, Path]) -> pd.DataFrame:
    """Return the decimal returns of stocks and index on the days of both."""
    stocks, index = read_days(files[STOCKS]), read_days(files[OTHERS], INDEX)
    if INDEX in stocks:
        raise SchemaError([f"column {INDEX} is that of {OTHERS}"], file=STOCKS)
    panel = (stocks / _UNIT).join(index.dropna() / _UNIT, how="inner")
    if panel.empty:
        raise SchemaError([f"has no day of {OTHERS}"], file=STOCKS)
    return panel


def _cars_of(path: Path, n_events: int, n_sessions: int) -> tuple[pd.DataFrame, list[int]]:
    """Return their CARs by day, a column an event, and the numbers of the events, from 1."""
    columns = read_table(path).frame.columns
    frame = read_columns(path, dict.fromkeys(["day", *columns], "number")).set_index("day")
    days = frame.index.to_numpy()
    is_run = np.isfinite(days).all() and (np.diff(days) == 1).all() and days[0] == int(days[0])
    if not is_run or not -n_sessions < days[0] <= days[-1] < n_sessions:
        raise SchemaError(
            [f"column day: not whole numbers one after the other, within {n_sessions} sessions"],
            file=CARS,
        )
    numbers = [str(column).removeprefix("X") for column in frame.columns]
    for number in numbers:
        if not re.fullmatch(r"[1-9]\d{0,6}", number, re.ASCII) or int(number) > n_events:
            raise SchemaError(
                [
                    f"column {excerpt(number)}: none of the {n_events} events of {DATES}, "
                    "which are numbered from 1"
                ],
                file=CARS,
            )
    return frame.set_axis(days.astype(int), axis=0), list(map(int, numbers))


def _check_events(events: pd.DataFrame, panel: pd.DataFrame) -> None:
    """Refuse events of stocks without returns, and those before the first session."""
    for name, when in zip(events["name"], events["when"], strict=True):
        if name not in panel or name == INDEX:
            raise SchemaError([f"column name: {STOCKS} has no {excerpt(name)}"], file=DATES)
        if when < panel.index[0]:
            raise SchemaError(
                [f"column when: {when:%Y-%m-%d} is before {panel.index[0]:%Y-%m-%d}, the first "
                 f"day of {STOCKS} and {OTHERS}"],
                file=DATES,
            )  # fmt: skip


def _cars(
    panel: pd.DataFrame, events: pd.DataFrame, window: Window
) -> dict[tuple[int, int], float]:
    """Return the CARs in percent, from the first day of the window, by event and day."""
    names = {column: f"S{at:04d}" for at, column in enumerate(panel.columns) if column != INDEX}
    study = EventStudy(
        markets=tuple(dict.fromkeys(names[name] for name in events["name"])),
        model=MarketModel(INDEX),
        estimation_window=Window(-len(panel), window.start - 1),
        event_window=window,
        car_windows=(window,),
        min_obs=_LEAST,
        max_loss=1.0,
        date_only="same",
        calendar="data",
        statistics=("cross_sectional_t",),
        draws=0,
    )
    table = pd.DataFrame(
        {
            "event_id": events["number"].astype(str).to_numpy(),
            "date": events["when"].to_numpy(),
            "markets": [names[name] for name in events["name"]],
        }
    )
    prices = PricePanel.from_frame(panel.rename(columns=names), content="returns")
    rows = study.fit(Events.from_frame(table), prices).abnormal_returns
    totals = rows.groupby("event_id")["abnormal_return"].cumsum().to_numpy(dtype=np.float64)
    at = zip(rows["event_id"].astype(int), rows["tau"].astype(int), strict=True)
    return dict(zip(at, (totals * _UNIT).tolist(), strict=True))
