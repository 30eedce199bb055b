"""The figures of the report: each drawn once on a bare figure and turned into inline SVG."""

from __future__ import annotations

import io
import re
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.reporting import figures, wording
from eventstudy.reporting.contrasts import DAY_0, contrast_label, contrast_sentence
from eventstudy.reporting.figures_contrast import contrast_rows, contrast_size, plot_contrast
from eventstudy.text import is_missing, listed, plain, records, shorten

if TYPE_CHECKING:
    from collections.abc import Callable

    from markupsafe import Markup
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from eventstudy.reporting.record import StudyRecord

_WHICH = "Which news, which market"
_PANELS = 12
_ACROSS = 3
_MOST_COLUMNS = 8
_PIXELS = 110  # of the page for an inch of a figure


def draw_figures(record: StudyRecord) -> list[dict[str, Any]]:
    """Return the figures a report shows, each as title, caption, alternative text and SVG."""
    drawn: list[dict[str, Any]] = []
    for make in FIGURES:
        entry = make(record)
        if entry is not None:
            figure = entry.pop("figure")
            entry["svg"] = svg(figure, f"f{len(drawn) + 1}")
            entry["pixels"] = round(_PIXELS * figure.get_figwidth())
            drawn.append(entry)
    return drawn


def svg(figure: Figure, prefix: str) -> Markup:
    """Return a figure as an SVG element to be placed inside HTML: same figure, same bytes.

    Text stays text, so that it can be searched. Identifiers get `prefix`, since those of several
    figures meet in one document.
    """
    import matplotlib as mpl
    from markupsafe import Markup

    buffer = io.StringIO()
    with (
        mpl.rc_context({"svg.hashsalt": "eventstudy", "svg.fonttype": "none"}),
        warnings.catch_warnings(),
    ):
        # the reader's browser has fonts for letters that this machine may lack
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r"<(?=[a-zA-Z])[^>]*>", lambda tag: _own_ids(tag.group(), prefix), text)
    start, end = text.index("<svg"), text.index(">")
    box = re.search(r'viewBox="[^"]*"', text[start:end])
    head = f'<svg {box.group() if box else ""} xmlns="http://www.w3.org/2000/svg"'
    head += ' xmlns:xlink="http://www.w3.org/1999/xlink" aria-hidden="true" focusable="false">'
    return Markup(head + text[end + 1 :].strip())  # noqa: S704 - matplotlib escapes its texts


def _own_ids(tag: str, prefix: str) -> str:
    tag = re.sub(r'(?<= id=")', f"{prefix}-", tag)
    tag = re.sub(r"(?<=url\(#)", f"{prefix}-", tag)
    return re.sub(r'(?<=href="#)', f"{prefix}-", tag)


def _bare(size: tuple[float, float]) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    return figure, figure.subplots()


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
    figure, ax = _bare(figures.heatmap_size(frame["row"].nunique(), frame["column"].nunique()))
    limit = None if record.heatmap_beside.empty else _largest(record)
    figures.plot_heatmap(frame, ax, labels=record.labels, sign=record.sign, limit=limit)
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
    return {
        "figure": figure,
        "title": title,
        "caption": f"Mean abnormal return{direction} over "
        f"{wording.window_label(*record.headline_window)}. Cells are many: "
        "about one in twenty falls below 5 % by luck.",
        "alt": alt,
    }


def _largest(record: StudyRecord) -> float | None:
    """Return the largest mean of a cell with weight in the heatmaps of both models, absolute."""
    sizes = [
        abs(float(cell.estimate))
        for frame in (record.heatmap, record.heatmap_beside)
        for cell in records(frame)
        if not is_missing(cell.estimate) and not wording.is_thin(cell)
    ]
    return max(sizes, default=None)


def _caar(record: StudyRecord) -> dict[str, Any] | None:
    frame = record.distinct(record.caar).dropna(subset=["caar"])
    if frame.empty:
        return None
    groups = wording.group_order([str(group) for group in frame["group"]])
    most = {str(k): int(v) for k, v in frame.groupby("group")["n_pairs"].max().items()}
    panels = sorted(groups, key=lambda group: -most[group])[:_PANELS]
    panels = [group for group in groups if group in panels]
    from matplotlib.figure import Figure

    n_down = -(-len(panels) // _ACROSS)
    figure = Figure(figsize=(9.2, 0.4 + 2.15 * n_down), layout="constrained")
    n_across = min(_ACROSS, len(panels))
    grid = figure.subplots(n_down, n_across, sharex=True, sharey=True, squeeze=False)
    for panel_number, ax in enumerate(np.ravel(grid)):
        if panel_number >= len(panels):
            ax.set_axis_off()
            continue
        group = panels[panel_number]
        name = wording.group_label(group, record.labels)
        figures.plot_caar(frame, ax, groups=[group], labels=record.labels, sign=record.sign)
        ax.set_title(
            f"{shorten(plain(name), 32)} (n = {most[group]})".replace("$", r"\$"),
            loc="left", fontsize=8.5, fontweight="bold", color="#22262B",
        )  # fmt: skip
        last = panel_number + n_across >= len(panels)
        ax.set_xlabel("sessions relative to day 0" if last else "")
        ax.tick_params(labelbottom=last)
        label = "CAAR, %" + (", as expected" if record.sign == "expected" else "")
        ax.set_ylabel(label if panel_number % n_across == 0 else "")
    last_day = frame[frame["tau"] == frame["tau"].max()]
    ends = [
        f"{wording.group_label(str(row.group), record.labels)} {wording.percent(row.caar)}"
        for row in records(last_day)
        if str(row.group) in panels
    ]
    direction = wording.in_direction(record.sign)
    caption = (
        f"Cumulative average abnormal return{direction} since the start of the event window, with "
        "its 95 % interval; the dashed line is day 0, n the number of pairs. A drift before day 0 "
        "means the news was expected, or that markets were moving for another reason."
    )
    if len(groups) > len(panels):
        caption += f" The {len(panels)} groups with most pairs of {len(groups)}."
    if also := [record.names[group] for group in panels if group in record.names]:
        caption += f" Groups of the same pairs are drawn once: {listed(also)}."
    return {
        "figure": figure,
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
    figure, ax = _bare((9.2, 5.0))
    figures.plot_timeline(record.prices, events, ax, labels=record.labels)
    ends = []
    for name in record.prices.columns:
        series = record.prices[name].dropna()
        if len(series):
            shown = wording.value_label(str(name), record.labels)
            ends.append(f"{shown} {100 * float(series.iloc[-1]) / float(series.iloc[0]):.0f}")
    return {
        "figure": figure,
        "title": "News over the markets",
        "caption": "Closes, each series starting at 100. Marks below: the news items by direction, "
        "at the first session that could react; larger marks are weightier items.",
        "alt": f"Lines of closes rebased to 100 with {len(events)} news items. Last levels: "
        f"{', '.join(ends)}.",
    }


def _by_event(record: StudyRecord) -> dict[str, Any] | None:
    if record.car.empty:
        return None
    window = record.headline_window
    frame = record.car_by_event(window).dropna(subset=["car", "session"])
    if frame.empty:
        return None
    count = frame["event_id"].nunique()
    figure, ax = _bare(figures.car_by_event_size(count))
    figures.plot_car_by_event(frame, ax, window=window)
    means = frame.groupby("event_id")["car"].mean()
    return {
        "figure": figure,
        "title": "Event by event",
        "caption": f"Mean over markets of the cumulative abnormal return over "
        f"{wording.window_label(*window)}"
        + (", as it was: not turned by the expected sign" if record.sign == "expected" else "")
        + ". The interval takes the markets of one event as moving "
        "together, which is the widest it can be. Full dots: the interval excludes zero.",
        "alt": f"Dots with intervals for {count} events, from {wording.percent(means.min())} to "
        f"{wording.percent(means.max())}.",
    }


def _contrast(record: StudyRecord) -> dict[str, Any] | None:
    rows = contrast_rows(record.contrasts, DAY_0)
    if rows.empty:
        return None
    figure, ax = _bare(contrast_size(len(rows)))
    plot_contrast(rows, ax, labels=record.labels)
    return {
        "figure": figure,
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
