"""An intraday study as one self-contained page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from eventstudy import _report_rows as rows
from eventstudy import _wording as wording
from eventstudy import tables
from eventstudy.report import render_template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.intraday.result import IntradayResults

_PAIRS = 12
_ABOUT = (
    "Bar 0 is the bar that holds the news. Its return, and those of the bars around it, are "
    "compared with the returns of the same clock time on earlier days, so that an open that is "
    "always rough is not taken for news, nor the quiet of noon for calm.",
    "t divides the cumulative abnormal return by its forecast error, from the spread of the same "
    "window of the clock on earlier days. It takes the day of the news to be as volatile as those "
    "days. The level says how volatile the bars before the window were beside them, with the "
    "pattern of the day taken out, and the scaled t allows for it.",
    "The placebo p-value is the rank of the pair among all other days on which the same window of "
    "the clock can be estimated, each divided by the volatility known before it. It needs no "
    "distribution, and cannot be smaller than one over the number of days, its own counted.",
)


def render(results: IntradayResults, drawings: Sequence[tuple[Any, str]]) -> str:
    """Return the page; drawings are figures as inline SVG, the rest is text and is escaped."""
    table = results.table()
    return render_template(
        "intraday.html.jinja",
        title=wording.plain(results.title),
        sentences=[wording.plain(one) for one in results.sentences()],
        drawings=list(drawings),
        car=_grid(table),
        notes=str(table.attrs["notes"]),
        statistics=_grid(results.statistics_table()),
        bars=_grid(_bars(_first_pairs(results))),
        is_cut=len(results.alignment) > _PAIRS,
        most=_PAIRS,
        sections=[
            ("Which bar", _grid(_cells(results.alignment))),
            ("Pairs dropped", _grid(_cells(results.dropped))),
            ("Earlier days", _grid(_cells(results.days))),
            ("Bars not used", _grid(_cells(results.left_out))),
            ("Checks on the bars", _grid(_cells(results.checks))),
        ],
        about=_ABOUT,
        provenance=rows.flatten(dict(results.manifest)),
    )


def _first_pairs(results: IntradayResults) -> pd.DataFrame:
    """Bars of the first pairs: all of them would make a page nobody opens."""
    keys = ["event_id", "security"]
    first = results.alignment[keys].head(_PAIRS)
    return first.merge(results.abnormal_returns, on=keys, how="left", validate="one_to_many")


def _bars(frame: pd.DataFrame) -> pd.DataFrame:
    shown = frame[["event_id", "security", "clock", "minute"]].rename(columns={"event_id": "event"})
    for name, column in (
        ("return", "return"),
        ("abnormal", "abnormal_return"),
        ("s.e.", "std_error"),
    ):
        shown[name] = [wording.percent(x, 3, sign=column != "std_error") for x in frame[column]]
    shown["t"] = [wording.number(x) for x in frame["standardized"]]
    shown["path"] = [wording.percent(x) for x in frame["path"]]
    return shown


def _cells(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {str(c).replace("_", " "): [tables.cell_text(x) for x in frame[c]] for c in frame.columns}
    )


def _grid(frame: pd.DataFrame) -> dict[str, Any]:
    return {
        "columns": [str(column) for column in frame.columns],
        "rows": [[wording.plain(cell) for cell in row] for row in frame.astype(object).to_numpy()],
    }
