"""The sample: pairs of event and security as positions, and which were dropped, where and why.

Before this module data have labels, time zones and missing rows; after it there are arrays and
integer positions only, until the results put labels back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy._typing import BY_CHOICE
from eventstudy.exceptions import CoverageError
from eventstudy.text import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy._typing import BoolArray, IntArray
    from eventstudy.events.alignment import Alignment
    from eventstudy.prices.returns import ReturnsPanel
    from eventstudy.windows import Window


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """The pairs of a study.

    Attributes
    ----------
    pair : ``(P,)`` row of each kept pair in the alignment
    event, security, day0 : ``(P,)`` positions
    extension : ``(P,)`` sessions by which every window starts earlier (``widen``, ``merge``)
    dropped : event_id, security, stage, reason; one row a pair that is not kept
    merged : ``(M, 2)`` alignment rows of a pair kept and of one merged into it
    """

    pair: IntArray
    event: IntArray
    security: IntArray
    day0: IntArray
    extension: IntArray
    dropped: pd.DataFrame
    merged: IntArray

    def without(self, failed: BoolArray, stage: str, reason: str, alignment: Alignment) -> Sample:
        """Return the sample less the pairs that `failed`, listed under `stage`."""
        if not failed.any():
            return self
        lost = _listed(alignment, self.pair[failed], stage, [reason] * int(failed.sum()))
        return Sample(
            pair=self.pair[~failed],
            event=self.event[~failed],
            security=self.security[~failed],
            day0=self.day0[~failed],
            extension=self.extension[~failed],
            dropped=_in_file_order(pd.concat([self.dropped, lost]), alignment),
            merged=self.merged,
        )

    def merged_events(self, alignment: Alignment) -> tuple[IntArray, IntArray]:
        """Positions of pairs that stand for more than one event, and each such further event."""
        position_of = np.full(len(alignment), -1, dtype=np.int64)
        position_of[self.pair] = np.arange(len(self.pair))
        at = position_of[self.merged[:, 0]]
        return at[at >= 0], alignment.event[self.merged[at >= 0, 1]]


def build_sample(
    alignment: Alignment,
    panel: ReturnsPanel,
    *,
    selected: BoolArray,
    rows: tuple[IntArray, IntArray],
    usable: IntArray,
    event_window: Window,
    event_rank: IntArray,
    min_obs: int,
    ambiguous: str,
    overlap: str,
) -> Sample:
    """Turn aligned pairs into positions and list every pair that is dropped.

    Parameters
    ----------
    alignment
        Every event in every market, ``(A,)`` pairs.
    selected
        ``(E,)`` events the study asks for.
    rows
        First and last session of each market that lies within its rows, ``(N,)`` each.
    usable
        ``(N, T)`` usable estimation sessions of a pair with that day 0.
    event_window
        Two pairs of a market overlap when their event windows share a session.
    event_rank
        ``(E,)`` place of each event in time.

    Notes
    -----
    Stages in order: ``market`` and ``select`` (the study's own choice), ``coverage`` (day 0
    outside the rows), ``ambiguous``, ``min_obs``, ``overlap``.
    """
    total = len(alignment)
    alive = np.ones(total, dtype=bool)
    stage = np.full(total, "", dtype=object)
    reason = np.full(total, "", dtype=object)

    def lose(which: BoolArray, name: str, why: Sequence[str] | str) -> None:
        hit = alive & which
        stage[hit] = name
        reason[hit] = why if isinstance(why, str) else np.array(why, dtype=object)[hit]
        alive[hit] = False

    security = alignment.security
    day0 = alignment.day0.copy()
    extension = np.zeros(total, dtype=np.int64)
    unclear = alignment.frame["ambiguous"].to_numpy(dtype=bool)
    if ambiguous == "widen":
        day0[unclear] = alignment.latest[unclear]
        extension[unclear] = (alignment.latest - alignment.earliest)[unclear]

    lose(~alignment.is_wanted, "market", "the event's markets do not name this one")
    lose(~selected[alignment.event], "select", "left out by events.select")
    first, last = rows
    uncovered = (day0 < first[security]) | (day0 > last[security])
    lose(uncovered, "coverage", _outside(alignment, panel, day0, rows))
    if ambiguous == "drop":
        lose(unclear, "ambiguous", "day 0 is not certain and events.ambiguous is drop")
    inside = np.clip(day0, 0, usable.shape[1] - 1)
    count = usable[security, inside] if usable.shape[1] else np.zeros(total, dtype=np.int64)
    lose(
        count < min_obs,
        "min_obs",
        [f"{n} usable estimation sessions, fewer than min_obs = {min_obs}" for n in count],
    )
    merged = np.empty((0, 2), dtype=np.int64)
    reach = event_window.length - 1
    if overlap == "merge":
        merged, day0, extension = _merge(alignment, alive, day0, extension, event_rank, reach)
        into = np.full(total, -1, dtype=np.int64)
        into[merged[:, 1]] = merged[:, 0]
        lose(into >= 0, "overlap", _merge_reasons(alignment, panel, into, day0, extension))
    elif overlap in ("drop_later", "drop_all"):
        clash = _overlapping(alignment, alive, day0, extension, event_rank, reach, overlap)
        lose(clash >= 0, "overlap", _overlap_reasons(alignment, clash, event_window))

    kept_pairs = np.flatnonzero(alive)
    lost = np.flatnonzero(~alive)
    dropped = _listed(alignment, lost, list(stage[lost]), list(reason[lost]))
    return Sample(
        pair=kept_pairs,
        event=alignment.event[kept_pairs],
        security=security[kept_pairs],
        day0=day0[kept_pairs],
        extension=extension[kept_pairs],
        dropped=dropped,
        merged=merged,
    )


def check_loss(sample: Sample, max_loss: float) -> None:
    """Raise when more than `max_loss` of the pairs asked for were lost, or all of them.

    A pair merged into another is neither asked for nor lost.
    """
    # Where pairs are merged, overlap costs none of them: each lives on in the one it went into.
    no_loss = (*BY_CHOICE, "overlap") if len(sample.merged) else BY_CHOICE
    lost = sample.dropped[~sample.dropped["stage"].isin(no_loss)]
    n_requested = len(lost) + len(sample.pair)
    reasons = (
        sample.dropped.groupby(["stage", "reason"], sort=False)
        .size()
        .rename("pairs")
        .reset_index()
        .sort_values("pairs", ascending=False, kind="stable", ignore_index=True)
    )
    if not n_requested:
        raise CoverageError("no pair is left: the study's own choices exclude them all", reasons)
    share = len(lost) / n_requested
    if share > max_loss or not len(sample.pair):
        by_stage = lost["stage"].value_counts()
        stages = ", ".join(f"{stage} {count}" for stage, count in by_stage.items())
        why = f"more than sample.max_loss = {max_loss:g} allows"
        if share <= max_loss:
            why = "so none is left"
        raise CoverageError(
            f"{len(lost)} of {n_requested} pairs were dropped ({share:.0%}; {stages}), {why}",
            reasons,
        )


def covered_rows(
    panel: ReturnsPanel, spans: Sequence[tuple[np.datetime64, np.datetime64]]
) -> tuple[IntArray, IntArray]:
    """First and last session of each market within its rows ``spans``, ``(N,)`` each."""
    first = np.zeros(len(spans), dtype=np.int64)
    last = np.full(len(spans), -1, dtype=np.int64)
    for n, (start, end) in enumerate(spans):
        sessions = panel.dates[n, : panel.n_sessions[n]]
        first[n] = np.searchsorted(sessions, start, side="left")
        last[n] = np.searchsorted(sessions, end, side="right") - 1
    return first, last


def _outside(
    alignment: Alignment, panel: ReturnsPanel, day0: IntArray, rows: tuple[IntArray, IntArray]
) -> list[str]:
    first, last = rows
    out = []
    for security, position in zip(alignment.security, day0, strict=True):
        dates = panel.dates[security]
        if last[security] < first[security]:
            out.append("the market has no rows")
        elif position >= panel.n_sessions[security]:
            rows_run = f"{dates[first[security]]} to {dates[last[security]]}"
            out.append(f"no session of the market for it: its rows run from {rows_run}")
        elif position > last[security]:
            out.append(f"day 0 lies after the last row, {dates[last[security]]}")
        else:
            out.append(f"day 0 lies before the first row, {dates[first[security]]}")
    return out


def _overlapping(
    alignment: Alignment,
    alive: BoolArray,
    day0: IntArray,
    extension: IntArray,
    event_rank: IntArray,
    reach: int,
    policy: str,
) -> IntArray:
    """Alignment row of the pair because of which each pair is dropped; -1 where it is kept.

    Windows are taken in the order of their day 0, and within one of the time of the news; a window
    once kept stays. A widened window starts earlier but ends no later, so that only the last one
    kept can overlap the next.
    """
    clash = np.full(len(alignment), -1, dtype=np.int64)
    rows = np.flatnonzero(alive)
    rank = event_rank[alignment.event[rows]]
    order = rows[np.lexsort((rank, day0[rows], alignment.security[rows]))]

    def is_near(rival: int, row: int) -> bool:
        same = alignment.security[rival] == alignment.security[row]
        return bool(same and day0[row] - extension[row] - day0[rival] <= reach)

    last_kept = -1
    for position, row in enumerate(order):
        if policy == "drop_later":
            if last_kept >= 0 and is_near(last_kept, row):
                clash[row] = last_kept
            else:
                last_kept = int(row)
            continue
        for rival in order[:position][::-1]:
            if not is_near(rival, row):
                break
            clash[row] = rival if clash[row] < 0 else clash[row]
            clash[rival] = row if clash[rival] < 0 else clash[rival]
    return clash


def _merge(
    alignment: Alignment,
    alive: BoolArray,
    day0: IntArray,
    extension: IntArray,
    event_rank: IntArray,
    reach: int,
) -> tuple[IntArray, IntArray, IntArray]:
    """Join the pairs of a market whose event windows overlap, linked one to the next.

    The pair of the earliest event stands for all: its day 0 becomes the latest of theirs, and its
    windows start by so many sessions earlier that they hold those of the earliest.

    Returns
    -------
    ``(M, 2)`` rows that stay and rows that go, and the day 0s and extensions of all rows.
    """
    rows = np.flatnonzero(alive)
    if not rows.size:
        return np.empty((0, 2), dtype=np.int64), day0, extension
    # In order of their starts, a window overlaps one before it when it starts no later than the
    # latest end so far. Markets are kept apart by an offset wider than any window.
    begin = day0[rows] - extension[rows]
    offset = alignment.security[rows] * (int(day0[rows].max()) - int(begin.min()) + reach + 2)
    order = np.argsort(begin + offset, kind="stable")
    until = np.maximum.accumulate((day0[rows] + reach + offset)[order])
    starts_new = np.r_[True, (begin + offset)[order][1:] > until[:-1]]
    chain = np.empty(len(rows), dtype=np.int64)
    chain[order] = np.cumsum(starts_new) - 1

    first_of = np.lexsort((event_rank[alignment.event[rows]], chain))
    retained = rows[first_of[np.r_[True, np.diff(chain[first_of]) > 0]]]
    latest = np.full(len(retained), -1, dtype=np.int64)
    earliest = np.full(len(retained), np.iinfo(np.int64).max)
    np.maximum.at(latest, chain, day0[rows])
    np.minimum.at(earliest, chain, begin)
    new_day0, new_extension = day0.copy(), extension.copy()
    new_day0[retained] = latest
    new_extension[retained] = latest - earliest
    goes = rows[rows != retained[chain]]
    into = retained[chain[rows != retained[chain]]]
    return np.column_stack([into, goes]), new_day0, new_extension


def _merge_reasons(
    alignment: Alignment,
    panel: ReturnsPanel,
    into: IntArray,
    day0: IntArray,
    extension: IntArray,
) -> list[str]:
    names = alignment.frame["event_id"].to_numpy()
    reasons = []
    for row in into:
        if row < 0:
            reasons.append("")
            continue
        earlier = int(extension[row])
        since = f", windows {counted(earlier, 'session')} longer" if earlier else ""
        session = panel.dates[alignment.security[row], day0[row]]
        reasons.append(f"merged into {names[row]} at {session}{since}")
    return reasons


def _overlap_reasons(alignment: Alignment, clash: IntArray, window: Window) -> list[str]:
    names = alignment.frame["event_id"].to_numpy()
    return [
        f"event window {window} overlaps that of {names[other]}" if other >= 0 else ""
        for other in clash
    ]


def _listed(
    alignment: Alignment, rows: IntArray, stage: Sequence[str] | str, reason: Sequence[str]
) -> pd.DataFrame:
    pairs = alignment.frame[["event_id", "security"]].iloc[rows].reset_index(drop=True)
    return pairs.assign(stage=stage, reason=reason)


def _in_file_order(dropped: pd.DataFrame, alignment: Alignment) -> pd.DataFrame:
    keys = alignment.frame[["event_id", "security"]]
    return keys.merge(dropped, on=["event_id", "security"], how="inner", validate="one_to_one")
