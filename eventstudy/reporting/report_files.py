"""The files of a folder of results, as the report lists them: what stands in each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventstudy.reporting.record import FRAMES, OPTIONAL

if TYPE_CHECKING:
    from eventstudy.reporting.record import StudyRecord

HELD = {
    "statistics": "every test of every group, window and session: mean, p-value, interval, size",
    "abnormal_returns": "each pair's return, normal and abnormal return, a row a session",
    "car": "each pair's cumulative abnormal return by window, with its own test",
    "models": "what the normal-return model estimated for each pair",
    "alignment": "for each pair the first session that could react, and why that one",
    "dropped": "pairs that were not studied, and why",
    "caar": "mean cumulative abnormal returns by group and session",
    "heatmap": "mean abnormal returns of kinds of news by markets",
    "checks": "what is odd about the prices",
    "events": "the events as read",
    "prices": "the closes as read, a column a market",
    "treated": "pairs kept, but treated otherwise than asked",
    "family": "p-values adjusted for all groups, windows and markets together",
    "confounding": "pairs of events whose event windows share sessions",
    "joint": "all events in one regression, so that overlapping windows are told apart",
    "cross_section": "the regression of cumulative abnormal returns on event columns",
    "activity": "abnormal volatility and volume",
    "statistics_beside": "the tests by the second model",
    "heatmap_beside": "mean abnormal returns by the second model",
    "contrasts_beside": "one kind of news against another, by the second model",
    "abnormal_returns_beside": "each pair's abnormal return by the second model",
    "statistics_conventions": "tests as eventstudy and as other software computes them",
    "contrasts": "one kind of news against another, by market and window",
    "anticipation": "what was there before the news, by group",
    "ranges": "what such news did: the middle, and 8 in 10, by direction and market",
}
"""What stands in the file of each frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file of a folder of results.

    Attributes
    ----------
    name : of the file
    rows : how many it has, as text
    held : what stands in it
    """

    name: str
    rows: str
    held: str


def files(record: StudyRecord) -> list[File]:
    """Return the files a folder of these results has, in the order of their use."""
    order = [*HELD, *(name for name in (*FRAMES, *OPTIONAL) if name not in HELD)]
    out = []
    for name in order:
        frame = getattr(record, name)
        if name in OPTIONAL and frame.empty:
            continue
        out.append(File(name=f"{name}.csv", rows=f"{len(frame):,}", held=HELD.get(name, "")))
    return out
