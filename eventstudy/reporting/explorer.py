"""The explorer of the report: what happened after each event, as one block of data.

A script of the page (`templates/explorer.js`) filters the block, and draws it; what it computes is
a sum, a mean or a quantile of what stands here, date by date. For all markets together a date is
that of `eventstudy.estimation.clusters`, so that the first page and the explorer count alike.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.reporting import wording
from eventstudy.reporting.anchors import event_anchor
from eventstudy.reporting.report_events import pair_state, shown_time
from eventstudy.text import Record, counted, is_missing, plain, records

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from eventstudy._typing import FloatArray
    from eventstudy.reporting.record import StudyRecord

MOST_VALUES = 400_000
"""Returns the block holds at most: about 2.4 MB."""

_UNIT = 1e-6  # of a return in the block: a ten-thousandth of a percent
_TOTAL = "total"
_MEAN_ONLY = ("constant_mean", "raw")  # what is left of a return is the return, or nearly so
_MARKS = ("ambiguous", "catch_up", "benchmark_reacts_later")


@dataclass(frozen=True, slots=True, kw_only=True)
class Explorer:
    """The block of data, and what was left out of it.

    Attributes
    ----------
    block : JSON that may stand inside a script element
    note : a sentence where not every pair is in it; else empty
    n_pairs, n_events : how many are in it
    """

    block: Markup
    note: str
    n_pairs: int
    n_events: int


def explorer(record: StudyRecord, most: int = MOST_VALUES) -> Explorer | None:
    """Return the explorer of the pairs of a study; None where no abnormal returns were saved.

    Parameters
    ----------
    record
        Its abnormal returns, and those of the second model where it has one.
    most
        Returns it holds at most. Of a larger study the pairs with the latest day 0 are kept.
    """
    if record.abnormal_returns.empty:
        return None
    data = explorer_data(record, most)
    kept, total = len(data["event"]), data.pop("of")
    note = ""
    if kept < total:
        note = (
            f"The explorer holds the {counted(kept, 'pair')} with the latest day 0 of {total:,}; "
            "all are in abnormal_returns.csv."
        )
    return Explorer(block=script_json(data), note=note, n_pairs=kept, n_events=len(data["events"]))


def script_json(data: object) -> Markup:
    r"""Return data as JSON that cannot end the script element it stands in.

    Examples
    --------
    >>> print(script_json({"headline": "</script>&"}))
    {"headline":"\u003c/script\u003e\u0026"}
    """
    from markupsafe import Markup

    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704 - no sign of markup is left in it


def explorer_data(record: StudyRecord, most: int = MOST_VALUES) -> dict[str, Any]:
    """Return the block as values: names once, and pairs by column, as positions among them.

    Returns in millionths, one list of pairs x sessions for each kind of return; missing ones are
    None. ``day`` counts days from 1970, ``moment`` numbers the times of events, ``volatility`` is
    the conditional volatility known before day 0, in millionths, and ``of`` the pairs there are.
    """
    window = record.event_window
    frame = record.abnormal_returns
    frame = frame[frame["tau"].between(window.start, window.end)]
    names = ["event_id", "security"]
    # What is known before day 0, or before the first session shown where that comes later.
    known = frame[frame["tau"] >= 0] if window.end >= 0 else frame
    known = known.sort_values("tau", kind="stable").drop_duplicates(names)
    pairs = frame[names].drop_duplicates()
    pairs = pairs.merge(known[[*names, "volatility"]], on=names, validate="one_to_one")
    pairs = pairs.merge(record.alignment, on=names, validate="one_to_one")
    total = len(pairs)
    kinds = _returns(record)
    room = max(1, most // (window.length * len(kinds)))
    if total > room:
        latest = pairs.sort_values("session", kind="stable").index[-room:]
        pairs = pairs.loc[np.sort(latest)].reset_index(drop=True)
    order = pd.MultiIndex.from_frame(pairs[names])
    taus = range(window.start, window.end + 1)
    events = _in_time(record.events[record.events["event_id"].isin(pairs["event_id"])])
    rank = {key: place for place, key in enumerate(events["event_id"])}
    studied = set(pairs["security"])
    markets = [name for name in _markets(record) if name in studied]
    labels = record.labels
    place_of = {name: place for place, name in enumerate(markets)}
    sessions = pd.DatetimeIndex(pairs["session"])
    states = [pair_state(row) for row in records(pairs)]
    said = list(dict.fromkeys(states))
    return {
        "unit": _UNIT,
        "window": list(record.headline_window),
        "taus": [window.start, window.end],
        "returns": [label for label, _, _ in kinds],
        # As in ranges.csv: total returns compound where they are simple, abnormal ones add.
        "compound": [
            label == _TOTAL and record.spec["prices"]["kind"] == "simple" for label, _, _ in kinds
        ],
        "markets": [
            [name, wording.value_label(name, labels), _up(record, name)] for name in markets
        ],
        "kinds": _values(events, "category"),
        "directions": _values(events, "direction"),
        "states": said,
        "events": [_event(row) for row in records(events)],
        "known": _known(record, events),
        "moment": _moments(events),
        "event": [rank[key] for key in pairs["event_id"]],
        "market": [place_of[name] for name in pairs["security"]],
        "day": [int(day) for day in (sessions - pd.Timestamp(0)).days],
        "state": [said.index(state) for state in states],
        "marks": [_marks(row) for row in records(pairs)],
        "volatility": _whole(pairs["volatility"].to_numpy(dtype=float)),
        "values": [_matrix(part, column, order, taus) for _, part, column in kinds],
        "of": total,
    }


def _returns(record: StudyRecord) -> list[tuple[str, pd.DataFrame, str]]:
    """Return the kinds of return: how each is called, the frame it stands in, and its column."""
    first, second = record.model_names
    kinds = [(_TOTAL, record.abnormal_returns, "return")]
    if record.spec["model"]["name"] not in _MEAN_ONLY:
        kinds.append((first, record.abnormal_returns, "abnormal_return"))
    if second and not record.abnormal_returns_beside.empty:
        kinds.append((second, record.abnormal_returns_beside, "abnormal_return"))
    return kinds


def _matrix(
    frame: pd.DataFrame, column: str, order: pd.MultiIndex, taus: range
) -> list[int | None]:
    """Return a column of a frame as pairs x sessions in one list."""
    rows = order.get_indexer(pd.MultiIndex.from_frame(frame[["event_id", "security"]]))
    tau = frame["tau"].to_numpy(dtype=int) - taus.start
    inside = (rows >= 0) & (tau >= 0) & (tau < len(taus))
    values = np.full((len(order), len(taus)), np.nan)
    values[rows[inside], tau[inside]] = frame[column].to_numpy(dtype=float)[inside]
    return _whole(values.ravel())


def _whole(values: FloatArray) -> list[int | None]:
    return [round(value / _UNIT) if np.isfinite(value) else None for value in values.tolist()]


def _markets(record: StudyRecord) -> Sequence[str]:
    """Return the markets in the order of the study, then any others."""
    return list(dict.fromkeys([*record.labels, *map(str, record.models["security"].unique())]))


def _up(record: StudyRecord, name: str) -> str:
    return plain(record.manifest["markets"].get(name, {}).get("up", ""))


def _values(events: pd.DataFrame, column: str) -> list[list[str]]:
    """Return the values of a column of the events and how they are written, in order of name."""
    if column not in events:
        return []
    found = sorted({plain(value) for value in events[column]} - {""})
    return [[value, wording.value_label(value)] for value in found]


def _known(record: StudyRecord, events: pd.DataFrame) -> list[int]:
    """Return the places of events known beforehand, which directions leave out."""
    is_known = np.zeros(len(events), dtype=bool)
    for caveat in record.manifest.get("caveats", ()):
        if caveat.get("known_beforehand", False) and caveat["column"] in events:
            is_known |= (events[caveat["column"]] == caveat["value"]).to_numpy(dtype=bool)
    return [int(place) for place in np.flatnonzero(is_known)]


def _in_time(events: pd.DataFrame) -> pd.DataFrame:
    """Return events in order of time, then of their id."""
    order = np.lexsort((events["event_id"].to_numpy(dtype=str), _times(events)[1].to_numpy()))
    return events.iloc[order]


def _moments(events: pd.DataFrame) -> list[int]:
    """Return the number of the time each event became known; a date alone is none of any time."""
    is_dated, when = _times(events)
    keys = pd.DataFrame({"is_dated": is_dated, "when": when})
    return [int(number) for number in keys.groupby(["is_dated", "when"], dropna=False).ngroup()]


def _times(events: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return whether each event has a date alone, and its time or that date."""
    published = pd.to_datetime(events["published_at"], utc=True).dt.tz_localize(None)
    return published.isna(), published.fillna(pd.to_datetime(events["date"]))


def _event(event: Record) -> list[str]:
    """Return what is said of an event: id, place, time, headline, kind, direction and source.

    The place is empty where it is ``event-`` and the id.
    """
    cells = {name: plain(getattr(event, name, "")) for name in
             ("headline", "category", "direction", "precision", "source")}  # fmt: skip
    key = plain(event.event_id)
    when = shown_time(event) + (f" ({cells['precision']})" if cells["precision"] else "")
    anchor = event_anchor(str(event.event_id))
    return [
        key, "" if anchor == f"event-{key}" else anchor, when, cells["headline"] or key,
        cells["category"], cells["direction"], cells["source"],
    ]  # fmt: skip


def _marks(pair: Record) -> int:
    """Return which marks a pair has: 1 uncertain session, 2 catch-up, 4 before the benchmark."""
    cells = [getattr(pair, name, None) for name in _MARKS]
    return sum(2**place for place, cell in enumerate(cells) if not is_missing(cell) and bool(cell))
