"""An intraday study as one self-contained page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from eventstudy.reporting import rows, tables, wording
from eventstudy.reporting.report import render_template
from eventstudy.text import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PAIRS = 12
_ABOUT_SAME_DAY = (
    "Bar 0 is the bar that holds the news. Its return, and those of the bars around it, are "
    "compared with the bars of the same day before the window, for days that stand alone.",
    "t divides the cumulative abnormal return by its forecast error from these bars. It takes them "
    "to be independent of each other and as volatile as the window. Volatility has a shape over "
    "the day, high at the open and the close and low at noon, so t finds too much in a window near "
    "the close and too little at noon. The level says how volatile the latest bars were beside all "
    "of them, and the scaled t allows for that; it does not know what the clock brings next.",
    "The placebo p-value is the rank of the window among earlier windows of the same day and "
    "length, back to back before the news. It needs no distribution, but the same assumption: that "
    "one window of the day is as good as another. Of several days together, tests that take "
    "their spread from the days themselves (placebo, portfolio_t, kolari_pynnonen) hold whatever "
    "the shape of the day, as long as it is the same on all of them.",
)
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


def render(
    *,
    title: str,
    sentences: Sequence[str],
    drawings: Sequence[tuple[Any, str]],
    table: pd.DataFrame,
    statistics: pd.DataFrame,
    frames: Mapping[str, pd.DataFrame],
    manifest: Mapping[str, Any],
    is_same_day: bool = False,
) -> str:
    """Return the page; drawings are figures as inline SVG, the rest is text and is escaped.

    Parameters
    ----------
    table, statistics
        As text, ready to be read; the notes of `table` are in its ``attrs``.
    frames
        alignment, abnormal_returns, dropped, days, left_out, checks.
    """
    return render_template(
        "intraday.html.jinja",
        title=plain(title),
        sentences=[plain(sentence) for sentence in sentences],
        drawings=list(drawings),
        car=rows.grid(table),
        notes=str(table.attrs["notes"]),
        statistics=rows.grid(statistics),
        bars=rows.grid(_bars(_first_pairs(frames["alignment"], frames["abnormal_returns"]))),
        is_cut=len(frames["alignment"]) > _PAIRS,
        most=_PAIRS,
        sections=[
            ("Which bar", rows.grid(_cells(frames["alignment"]))),
            ("Pairs dropped", rows.grid(_cells(frames["dropped"]))),
            ("Estimated on" if is_same_day else "Earlier days", rows.grid(_cells(frames["days"]))),
            ("Bars not used", rows.grid(_cells(frames["left_out"]))),
            ("Checks on the bars", rows.grid(_cells(frames["checks"]))),
        ],
        about=_ABOUT_SAME_DAY if is_same_day else _ABOUT,
        provenance=rows.flatten(dict(manifest)),
    )


def _first_pairs(alignment: pd.DataFrame, abnormal_returns: pd.DataFrame) -> pd.DataFrame:
    """Bars of the first pairs: all of them would make a page nobody opens."""
    keys = ["event_id", "security"]
    first = alignment[keys].head(_PAIRS)
    return first.merge(abnormal_returns, on=keys, how="left", validate="one_to_many")


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
