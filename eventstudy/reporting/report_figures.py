"""The figures of the report: each drawn on bare figures, wide and narrow, as inline SVG."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pandas as pd

from eventstudy.log import took
from eventstudy.reporting import drawing, figures, wording
from eventstudy.reporting.contrasts import DAY_0, contrast_label, contrast_sentence
from eventstudy.reporting.figures_contrast import contrast_rows, contrast_size
from eventstudy.reporting.hover import mark_values
from eventstudy.reporting.report_pairs import has_many_markets, summarised_prices
from eventstudy.reporting.svg import svg
from eventstudy.text import counted, listed, records

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from eventstudy.reporting.record import StudyRecord

__all__ = ["FIGURES", "draw_figures", "svg"]

_WHICH = "Which news, which market"
_MOST_COLUMNS = 8
_PIXELS = 110  # of the page for an inch of a figure
_PHONE = drawing.PHONE / 25.4  # inches


def draw_figures(record: StudyRecord) -> list[dict[str, Any]]:
    """Return the figures a report shows, each as title, caption, alternative text and SVG."""
    drawn: list[dict[str, Any]] = []
    for make in FIGURES:
        begin = time.perf_counter()
        entry = make(record)
        if entry is not None:
            took(begin, "drew %s", make.__name__.strip("_"))
            figure, narrow = entry.pop("figure"), entry.pop("narrow", None)
            mark_values(figure)
            entry["svg"] = svg(figure, f"f{len(drawn) + 1}", narrow)
            entry["pixels"] = round(_PIXELS * figure.get_figwidth())
            drawn.append(entry)
    return drawn


def _bare(size: tuple[float, float]) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=size, layout="constrained")


def _both(
    draw: Callable[[Axes], object], wide: tuple[float, float], narrow: tuple[float, float]
) -> dict[str, Figure]:
    """Return a figure drawn for a page and for a telephone."""
    made = {"figure": _bare(wide), "narrow": _bare(narrow)}
    for figure in made.values():
        draw(figure.subplots())
    return made


def _heatmap(record: StudyRecord) -> dict[str, Any] | None:
    first, second = record.model_names
    return _cells(record, record.heatmap, _WHICH + (f", {first}" if second else ""))


def _heatmap_beside(record: StudyRecord) -> dict[str, Any] | None:
    return _cells(record, record.heatmap_beside, f"{_WHICH}, {record.model_names[1]}")


def _cells(record: StudyRecord, frame: pd.DataFrame, title: str) -> dict[str, Any] | None:
    """Return the heatmap of one model; colours mean the same in those of both."""
    if frame.empty or frame["estimate"].isna().all():
        return None
    if frame["column"].nunique() > max(_MOST_COLUMNS, frame["row"].nunique()):
        frame = frame.rename(columns={"row": "column", "column": "row"})  # long lists go down
    limit = None if record.heatmap_beside.empty else _largest(record)
    shape = [
        min(frame[name].nunique(), most)
        for name, most in zip(("row", "column"), figures.MOST_CELLS, strict=True)
    ]
    size = figures.heatmap_size(shape[0], shape[1])
    slim = frame
    if shape[1] > shape[0]:  # a telephone has room down
        slim, shape = frame.rename(columns={"row": "column", "column": "row"}), shape[::-1]
    made = _both(
        lambda ax: figures.plot_heatmap(
            slim if drawing.is_narrow(drawing.ax_width(ax)) else frame, ax, labels=record.labels,
            sign=record.sign, limit=limit, window=record.headline_window,
        ),
        size,
        figures.heatmap_size(shape[0], shape[1], _PHONE),
    )  # fmt: skip
    direction = wording.in_direction(record.sign)
    is_solid = [not wording.is_thin(cell) for cell in records(frame)]
    solid = frame[is_solid].dropna(subset=["estimate"]).sort_values("estimate")
    alt = (
        f"Table in colour of mean abnormal returns{direction}, {frame['row'].nunique()} rows by "
        f"{frame['column'].nunique()} columns."
    )
    cells = list(records(solid))
    for word, cell in (("largest", cells[-1]), ("smallest", cells[0])) if cells else ():
        alt += (
            f" The {word} is {wording.percent(cell.estimate)}: "
            f"{wording.value_label(str(cell.row), record.labels)}, "
            f"{wording.value_label(str(cell.column), record.labels)}, "
            f"{wording.p_equals(cell.pvalue)}."
        )
    return made | {
        "title": title,
        "caption": f"Mean abnormal return{direction} over "
        f"{wording.window_label(*record.headline_window)}, in percent; colours in daily "
        "volatilities of each market, so that a currency and an index compare. Cells are many: "
        "about one in twenty falls below 5 % by luck.",
        "alt": alt,
    }


def _largest(record: StudyRecord) -> float | None:
    """Return the largest mean of a cell with weight in both heatmaps, absolute, as coloured."""
    sizes = []
    for frame in (record.heatmap, record.heatmap_beside):
        if frame.empty:
            continue
        is_solid = [not wording.is_thin(cell) for cell in records(frame)]
        sizes.append(pd.Series(figures.cell_sizes(frame)[is_solid]).abs().max())
    return float(pd.Series(sizes).max()) if pd.Series(sizes).notna().any() else None


def _caar(record: StudyRecord) -> dict[str, Any] | None:
    frame = record.distinct(record.caar).dropna(subset=["caar"])
    if frame.empty:
        return None
    groups = figures.shown_groups(frame, record.labels)
    shown = figures.largest_groups(frame, groups)
    made = {
        name: _bare(figures.panels_size(len(shown), *width))
        for name, width in (("figure", ()), ("narrow", (_PHONE,)))
    }
    for figure in made.values():
        figures.plot_panels(frame, figure, groups=shown, labels=record.labels, sign=record.sign)
    last_day = frame[frame["tau"] == frame["tau"].max()]
    ends = [
        f"{wording.group_label(str(row.group), record.labels)} {wording.percent(row.caar)}"
        for row in records(last_day)
        if str(row.group) in shown
    ]
    direction = wording.in_direction(record.sign)
    caption = (
        f"Cumulative average abnormal return{direction} since the start of the event window, with "
        "its 95 % interval; the dashed line is day 0. A drift before day 0 means the news was "
        "expected, or that markets were moving for another reason."
    )
    if len(groups) > len(shown):
        caption += f" The {len(shown)} groups with most pairs of {len(groups)}."
    if also := [record.names[group] for group in shown if group in record.names]:
        caption += f" Groups of the same pairs are drawn once: {listed(also)}."
    return made | {
        "title": "Before and after the news",
        "caption": caption,
        "alt": f"Small charts of cumulative average abnormal returns{direction}. At the last "
        f"session: {'; '.join(ends)}.",
    }


def _timeline(record: StudyRecord) -> dict[str, Any] | None:
    if record.prices.empty or record.events.empty:
        return None
    first = record.alignment.dropna(subset=["session"]).groupby("event_id")["session"].min()
    events = record.events.copy()
    events["session"] = pd.to_datetime(events["event_id"].map(first))
    prices = record.prices
    if has_many_markets(record):
        prices = summarised_prices(prices, record.car["security"])
    made = _both(
        lambda ax: figures.plot_timeline(prices, events, ax, labels=record.labels),
        figures.timeline_size(),
        figures.timeline_size(_PHONE),
    )
    shown = figures.shown_prices(prices, events)
    ends = []
    for name in shown.columns:
        series = shown[name].dropna()
        if len(series):
            label = wording.value_label(str(name), record.labels)
            ends.append(f"{label} {100 * float(series.iloc[-1]) / float(series.iloc[0]):.0f}")
    counts = events.get("direction", pd.Series(dtype=object)).value_counts()
    kinds = [f"{number} {kind}" for kind, number in counts.items()]
    return made | {
        "title": "News over the markets",
        "caption": "Closes over the span of the study, each series starting at 100 where it "
        "begins. Marks below: the news items by direction, at the first session that could react; "
        "larger marks are weightier items."
        + (" Items of one session share a mark." if len(events) > figures.MOST_MARKS else ""),
        "alt": f"Lines of closes rebased to 100 with {counted(len(events), 'news item')}"
        + (f" ({listed(kinds)})" if kinds else "")
        + f". Last levels: {', '.join(ends)}.",
    }


def _by_event(record: StudyRecord) -> dict[str, Any] | None:
    if record.car.empty:
        return None
    window = record.headline_window
    frame = record.car_by_event(window).dropna(subset=["car", "session"])
    if frame.empty:
        return None
    count = frame["event_id"].nunique()
    made = _both(
        lambda ax: figures.plot_car_by_event(frame, ax, window=window),
        figures.car_by_event_size(count),
        figures.car_by_event_size(count, _PHONE),
    )
    means = frame.groupby("event_id")["car"].mean()
    is_day = bool(frame["std_error_day"].notna().any())
    scale = (
        "Intervals are scaled by the volatility each market had just before the event, so that "
        "rough and calm times compare."
        if is_day
        else "Intervals are scaled by the volatility of the estimation window, as none before the "
        "event is available: they are too short in rough times."
    )
    return made | {
        "title": "Event by event",
        "caption": f"Mean over markets of the cumulative abnormal return over "
        f"{wording.window_label(*window)}"
        + (", as it was: not turned by the expected sign" if record.sign == "expected" else "")
        + f". {scale} They take the markets of one event as moving together, which is the widest "
        "they can be. Full dots: the interval excludes zero.",
        "alt": f"Dots with intervals for {counted(count, 'event')}, from "
        f"{wording.percent(means.min())} to {wording.percent(means.max())}; "
        f"{figures.intervals_apart(frame)} of the intervals exclude zero.",
    }


def _contrast(record: StudyRecord) -> dict[str, Any] | None:
    rows = contrast_rows(record.contrasts, DAY_0)
    if rows.empty:
        return None
    made = _both(
        lambda ax: figures.plot_contrast(rows, ax, labels=record.labels),
        contrast_size(len(rows)),
        contrast_size(len(rows), _PHONE),
    )
    return made | {
        "title": "One kind of news against another",
        "caption": f"{contrast_label(str(rows['contrast'].iloc[0]))}: differences of mean "
        "cumulative abnormal returns with the interval the permutation test does not reject at "
        "5 %; full dots: zero is outside. Triangles: the mean of each kind.",
        "alt": f"Dots with intervals. {'; '.join(map(contrast_sentence, records(rows)))}.",
    }


FIGURES: list[Callable[[StudyRecord], dict[str, Any] | None]] = [
    _contrast,
    _heatmap,
    _heatmap_beside,
    _caar,
    _timeline,
    _by_event,
]
"""What draws each figure of the report, in the order of the page; None where there is nothing."""
