"""The markets of a report: a row a market, with a place that links to it name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventstudy._typing import BY_CHOICE
from eventstudy.reporting import wording
from eventstudy.reporting.anchors import market_anchor
from eventstudy.reporting.tables import cell_text
from eventstudy.text import Record, is_missing, plain, records

if TYPE_CHECKING:
    from eventstudy.reporting.record import StudyRecord
    from eventstudy.reporting.rows import Row

MOST_MARKETS = 200
"""Markets that are listed unless everything is asked for."""


def markets(record: StudyRecord, *, everything: bool = True) -> Row:
    """Return what was studied of each market: pairs, dates, daily volatility, its mean.

    Parameters
    ----------
    record
        The mean and its p-value are those of groups ``security=NAME``, by the headline statistic
        over the headline window, where the study has them.
    everything
        Whether to list every market; else at most `MOST_MARKETS`.

    Returns
    -------
    dict
        The rows, each a dict of texts, how many markets there are, and whether any has a mean.
    """
    names = list(dict.fromkeys(map(str, record.models["security"]))) if len(record.models) else []
    known = {name: place for place, name in reversed(list(enumerate([*record.labels, *names])))}
    names = sorted(names, key=known.__getitem__)
    aligned = record.alignment.merge(record.models[["event_id", "security"]])
    sessions = aligned.groupby("security")["session"].agg(["min", "max", "nunique"])
    counts = record.models["security"].value_counts()
    lost = record.dropped[~record.dropped["stage"].isin(BY_CHOICE)]["security"].value_counts()
    volatility = _volatility(record)
    means = _means(record)
    rows = [
        {
            "name": name,
            "anchor": market_anchor(name),
            "label": wording.value_label(name, record.labels),
            "up": plain(record.manifest["markets"].get(name, {}).get("up", "")),
            "pairs": f"{int(counts[name]):,}",
            "lost": f"{int(lost.get(name, 0)):,}",
            "dates": f"{int(sessions['nunique'].get(name, 0)):,}",
            "first": cell_text(sessions["min"].get(name)),
            "last": cell_text(sessions["max"].get(name)),
            "volatility": wording.number(volatility.get(name)),
            **_mean(means.get(name)),
        }
        for name in (names if everything else names[:MOST_MARKETS])
    ]
    return {
        "rows": rows,
        "of": len(names),
        "tested": any(row["mean"] for row in rows),
        "turned": any(row["up"] for row in rows),
    }


def _volatility(record: StudyRecord) -> dict[str, float]:
    """Return the median daily volatility known before day 0 in percent, by market."""
    frame = record.abnormal_returns
    if frame.empty or "volatility" not in frame:
        return {}
    at_day0 = frame[frame["tau"] == 0].groupby("security")["volatility"].median()
    return {str(name): 100 * float(value) for name, value in at_day0.items()}


def _means(record: StudyRecord) -> dict[str, Record]:
    frame = record.statistics
    start, end = record.headline_window
    is_asked = (frame["measure"] == "car") & (frame["name"] == record.headline_name)
    is_asked &= (frame["window_start"] == start) & (frame["window_end"] == end)
    rows = frame[is_asked & frame["group"].str.startswith("security=")]
    return {str(row.group).partition("=")[2]: row for row in records(rows)}


def _mean(row: Record | None) -> dict[str, str]:
    if row is None or is_missing(row.estimate):
        return {"mean": "", "p": ""}
    return {
        "mean": wording.number(100 * float(row.estimate), sign=True),
        "p": wording.p_value(row.pvalue) or "n/a",
    }
