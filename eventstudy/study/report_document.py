"""The report of a study as texts and frames, for formats that are no page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from eventstudy.reporting.contrasts import contrast_table
from eventstudy.reporting.document import Document, Picture
from eventstudy.reporting.layout import layout
from eventstudy.reporting.record import FRAMES, OPTIONAL
from eventstudy.reporting.report_figures import draw_figures
from eventstudy.study.report_content import report_content
from eventstudy.study.tests_asked import assumption_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.reporting.finding import Finding
    from eventstudy.reporting.record import StudyRecord


def report_document(results: StudyRecord) -> Document:
    """Gather what the report of `results` says, without its page.

    The tables are the headline statistic of every group, the contrasts, the pairs that were lost
    by their reasons, what the data checks found, and the methods; the frames are all those of the
    output folder that are not empty.
    """
    content = report_content(results)
    sections = [
        ("Findings", _told(content.findings)),
        ("Before you quote a number", list(content.caveats)),
        ("What was assumed", list(results.assumed)),
        ("What the data checks call an error", results.errors),
    ]
    return Document(
        title=content.title,
        sentences=[*filter(None, [content.subtitle]), *content.summary],
        sections=[(heading, sentences) for heading, sentences in sections if sentences],
        tables=[(caption, frame) for caption, frame in _tables(results) if len(frame)]
        + [("Methods", pd.DataFrame(content.methods, columns=["what", "definition", "source"]))],
        frames={name: frame for name, frame in _frames(results).items() if len(frame)},
        pictures=lambda: [
            Picture(str(it["title"]), str(it["alt"]), _first_drawing(str(it["svg"])))
            for it in draw_figures(results)
        ],
    )


def _first_drawing(svg: str) -> str:
    """The drawing for a page, where one for a telephone follows it."""
    return svg[: svg.index("</svg>") + len("</svg>")]


def _told(findings: Sequence[Finding]) -> list[str]:
    return [
        " ".join(filter(None, [it.headline, f"{it.verdict}." if it.verdict else "", it.detail]))
        for it in findings
    ]


def _tables(results: StudyRecord) -> list[tuple[str, pd.DataFrame]]:
    name = results.headline_name
    statistics = results.distinct(results.statistics)
    shown = statistics[(statistics["name"] == name) & (statistics["measure"] == "car")]
    table = layout(
        shown,
        name=name,
        windows=results.car_windows or [(0, 0)],
        alternative=results.alternative,
        sign=results.sign,
        assumes=assumption_of(name),
    )
    tables = [(f"Mean cumulative abnormal returns by group and window, {name}", table)]
    if not results.contrasts.empty:
        contrasts = contrast_table(results.contrasts, labels=results.labels)
        tables.append(("Contrasts of two groups of events", contrasts))
    return [
        *tables,
        ("Pairs dropped or left out, by reason", _reasons(results.dropped)),
        ("What the data checks found", results.checks),
    ]


def _reasons(dropped: pd.DataFrame) -> pd.DataFrame:
    if dropped.empty:
        return pd.DataFrame()
    counts = dropped.groupby(["stage", "reason"], sort=False).size().rename("pairs").reset_index()
    return counts.sort_values("pairs", ascending=False, kind="stable", ignore_index=True)


def _frames(results: StudyRecord) -> dict[str, pd.DataFrame]:
    frames = {name: getattr(results, name) for name in (*FRAMES, *OPTIONAL)}
    frames["prices"] = frames["prices"].reset_index()
    return frames
