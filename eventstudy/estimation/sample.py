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
    from collections.abc import Callable, Sequence

    from eventstudy._typing import BoolArray, IntArray
    from eventstudy.estimation.gaps import WindowGaps
    from eventstudy.events.alignment import Alignment
    from eventstudy.prices.returns import ReturnsPanel
    from eventstudy.windows import Window

# What precedes the date of a market's first row, or last row, in a reason.
_BEFORE = "day 0 lies before the first row, "
_AFTER = "day 0 lies after the last row, "


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """The pairs of a study.

    Attributes
    ----------
    pair : ``(P,)`` row of each kept pair in the alignment; pairs stand in the order of their events
        in time, and those of one event as in the alignment
    event, security, day0 : ``(P,)`` positions
    extension : ``(P,)`` sessions by which every window starts earlier (``widen``, ``merge``)
    lost : ``(D,)`` row of each dropped pair in the alignment, ascending
    dropped : event_id, security, stage, reason of these
    merged : ``(M, 2)`` alignment rows of a pair kept and of one merged into it
    """

    pair: IntArray
    event: IntArray
    security: IntArray
    day0: IntArray
    extension: IntArray
    lost: IntArray
    dropped: pd.DataFrame
    merged: IntArray

    def without(self, failed: BoolArray, stage: str, reason: str, alignment: Alignment) -> Sample:
        """Return the sample less the pairs that `failed`, listed under `stage`."""
        if not failed.any():
            return self
        lost = np.concatenate([self.lost, self.pair[failed]])
        listed = _listed(alignment, self.pair[failed], stage, [reason] * int(failed.sum()))
        order = np.argsort(lost, kind="stable")
        return Sample(
            pair=self.pair[~failed],
            event=self.event[~failed],
            security=self.security[~failed],
            day0=self.day0[~failed],
            extension=self.extension[~failed],
            lost=lost[order],
            dropped=pd.concat([self.dropped, listed]).iloc[order].reset_index(drop=True),
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
    gaps: WindowGaps | None = None,
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
    gaps
        Where every session of the event window must be there; None where not.

    Notes
    -----
    Stages in order: ``market`` and ``select`` (the study's own choice), ``coverage`` (day 0
    outside the rows), ``ambiguous``, ``min_obs``, ``complete_windows``, ``overlap``.
    """
    total = len(alignment)
    alive = np.ones(total, dtype=bool)
    stage = np.full(total, "", dtype=object)
    reason = np.full(total, "", dtype=object)

    def lose(which: BoolArray, name: str, why: str | Callable[[IntArray], Sequence[str]]) -> None:
        hit = np.flatnonzero(alive & which)
        if hit.size:
            stage[hit] = name
            reason[hit] = why if isinstance(why, str) else np.array(why(hit), dtype=object)
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
    lose(
        uncovered,
        "coverage",
        lambda at: _outside(panel, rows, security[at], day0[at]),
    )
    if ambiguous == "drop":
        lose(unclear, "ambiguous", "day 0 is not certain and events.ambiguous is drop")
    inside = np.clip(day0, 0, usable.shape[1] - 1)
    count = usable[security, inside] if usable.shape[1] else np.zeros(total, dtype=np.int64)
    lose(
        count < min_obs,
        "min_obs",
        lambda at: [
            f"{n} usable estimation sessions, fewer than min_obs = {min_obs}"
            for n in count[at].tolist()
        ],
    )
    if gaps is not None:
        missing = gaps.count(security, inside, extension)
        lose(missing > 0, "complete_windows", lambda at: incomplete(missing[at]))
    merged = np.empty((0, 2), dtype=np.int64)
    reach = event_window.length - 1
    if overlap == "merge":
        merged, day0, extension = _merge(alignment, alive, day0, extension, event_rank, reach)
        into = np.full(total, -1, dtype=np.int64)
        into[merged[:, 1]] = merged[:, 0]
        lose(
            into >= 0,
            "overlap",
            lambda at: _merge_reasons(alignment, panel, into[at], day0, extension),
        )
    elif overlap in ("drop_later", "drop_all"):
        clash = _overlapping(alignment, alive, day0, extension, event_rank, reach, overlap)
        lose(
            clash >= 0,
            "overlap",
            lambda at: _overlap_reasons(alignment, clash[at], event_window),
        )

    kept_pairs = np.flatnonzero(alive)
    # So sums have the same digits and units the same numbers, whatever the order of the events.
    in_time = np.argsort(event_rank[alignment.event[kept_pairs]], kind="stable")
    kept_pairs = kept_pairs[in_time]
    lost = np.flatnonzero(~alive)
    dropped = _listed(alignment, lost, list(stage[lost]), list(reason[lost]))
    return Sample(
        pair=kept_pairs,
        event=alignment.event[kept_pairs],
        security=security[kept_pairs],
        day0=day0[kept_pairs],
        extension=extension[kept_pairs],
        lost=lost,
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
    if not len(lost) + len(sample.pair):
        raise _none_asked_for(_reasons_of(sample))
    if _is_too_much(len(lost), len(sample.pair), max_loss):
        by_stage = lost["stage"].value_counts()
        raise _lost_too_much(by_stage, len(sample.pair), max_loss, _reasons_of(sample))


def check_counts(n_kept: int, reasons: pd.DataFrame, max_loss: float) -> None:
    """`check_loss` of pairs that were counted: `reasons` has their stage, reason and number."""
    lost = reasons[~reasons["stage"].isin(BY_CHOICE)]
    by_stage = lost.groupby("stage", sort=False)["pairs"].sum()
    by_stage = by_stage.sort_values(ascending=False, kind="stable")
    if not n_kept + len(lost):
        raise _none_asked_for(reasons)
    if _is_too_much(int(by_stage.sum()), n_kept, max_loss):
        raise _lost_too_much(by_stage, n_kept, max_loss, reasons)


def _is_too_much(n_lost: int, n_kept: int, max_loss: float) -> bool:
    return not n_kept or n_lost / (n_lost + n_kept) > max_loss


def _none_asked_for(reasons: pd.DataFrame) -> CoverageError:
    return CoverageError("no pair is left: the study's own choices exclude them all", reasons)


def _lost_too_much(
    by_stage: pd.Series, n_kept: int, max_loss: float, reasons: pd.DataFrame
) -> CoverageError:
    n_lost = int(by_stage.sum())
    share = n_lost / (n_lost + n_kept)
    stages = ", ".join(f"{stage} {count}" for stage, count in by_stage.items())
    why = f"more than sample.max_loss = {max_loss:g} allows"
    if share <= max_loss:
        why = "so none is left"
    where = "" if n_kept else _beyond_prices(reasons)
    if not where:
        lost = reasons.loc[~reasons["stage"].isin(BY_CHOICE), "reason"]
        where = f"; {'most often' if len(lost) > 1 else 'all of them'}: {lost.iloc[0]}"
    return CoverageError(
        f"{n_lost} of {n_lost + n_kept} pairs were dropped ({share:.0%}; {stages}), {why}{where}",
        reasons,
    )


def _beyond_prices(reasons: pd.DataFrame) -> str:
    """Say it where all pairs were lost since the events lie before the prices, or after them."""
    lost = reasons.loc[~reasons["stage"].isin(BY_CHOICE), "reason"]
    for beginning, where, remedy in (
        (_BEFORE, "before the prices begin", "earlier"),
        (_AFTER, "after the prices end", "later"),
    ):
        if lost.str.startswith(beginning).all():
            dates = lost.str.removeprefix(beginning)
            first, last = dates.min(), dates.max()
            when = f"on {first}" if first == last else f"between {first} and {last}"
            return f"; all events lie {where}, {when}: bring {remedy} prices"
    return ""


def _reasons_of(sample: Sample) -> pd.DataFrame:
    """Return stage and reason of the pairs dropped with their number, the most frequent first."""
    return (
        sample.dropped.groupby(["stage", "reason"], sort=False)
        .size()
        .rename("pairs")
        .reset_index()
        .sort_values("pairs", ascending=False, kind="stable", ignore_index=True)
    )


def incomplete(missing: IntArray) -> list[str]:
    """Say of event windows that so many of their sessions are missing."""
    return [
        f"{counted(n, 'session')} of the event window missing (sample.complete_windows = true)"
        for n in missing.tolist()
    ]


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
    panel: ReturnsPanel, rows: tuple[IntArray, IntArray], security: IntArray, day0: IntArray
) -> list[str]:
    """Say of pairs why their day 0 lies outside the rows of the market."""
    first, last = rows
    out = []
    for market, position in zip(security, day0, strict=True):
        dates = panel.dates[market]
        if last[market] < first[market]:
            out.append("the market has no rows")
        elif position >= panel.n_sessions[market]:
            rows_run = f"{dates[first[market]]} to {dates[last[market]]}"
            out.append(f"no session of the market for it: its rows run from {rows_run}")
        elif position > last[market]:
            out.append(f"{_AFTER}{dates[last[market]]}")
        else:
            out.append(f"{_BEFORE}{dates[first[market]]}")
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
    clash = np.full(len(alignment.event), -1, dtype=np.int64)
    rows = np.flatnonzero(alive)
    rank = event_rank[alignment.event[rows]]
    order = rows[np.lexsort((rank, day0[rows], alignment.security[rows]))]
    # Markets are kept apart by an offset wider than any window.
    apart = int(day0[rows].max(initial=0)) + int(extension[rows].max(initial=0)) + reach + 1
    end = day0[order] + apart * alignment.security[order]
    begin = end - extension[order]
    if policy == "drop_later":
        clash[order] = _dropped_later(order.tolist(), begin.tolist(), (end + reach).tolist())
        return clash
    meets_last = np.zeros(len(order), dtype=bool)
    meets_last[1:] = begin[1:] <= end[:-1] + reach
    meets_next = np.append(meets_last[1:], False)[: len(order)]
    clash[order[meets_next]] = order[np.flatnonzero(meets_next) + 1]
    clash[order[meets_last]] = order[np.flatnonzero(meets_last) - 1]
    # A widened window may reach back over the one before it.
    earliest_next = np.minimum.accumulate(begin[::-1])[::-1][1:]
    is_open = ~meets_last[:-1] & ~meets_next[:-1]
    for place in np.flatnonzero(is_open & (earliest_next <= end[:-1] + reach)):
        follows = begin[place + 1 :] <= end[place] + reach
        clash[order[place]] = order[place + 1 + int(follows.argmax())]
    return clash


def _dropped_later(order: list[int], begin: list[int], until: list[int]) -> list[int]:
    """Return, for rows in their order, the last one kept where that overlaps them, else -1."""
    clash = []
    kept, kept_until = -1, begin[0] - 1 if begin else 0
    for row, start, end in zip(order, begin, until, strict=True):
        if start <= kept_until:
            clash.append(kept)
        else:
            clash.append(-1)
            kept, kept_until = row, end
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
        earlier = int(extension[row])
        since = f", windows {counted(earlier, 'session')} longer" if earlier else ""
        session = panel.dates[alignment.security[row], day0[row]]
        reasons.append(f"merged into {names[row]} at {session}{since}")
    return reasons


def _overlap_reasons(alignment: Alignment, clash: IntArray, window: Window) -> list[str]:
    names = alignment.frame["event_id"].to_numpy()
    return [f"event window {window} overlaps that of {names[other]}" for other in clash]


def _listed(
    alignment: Alignment, rows: IntArray, stage: Sequence[str] | str, reason: Sequence[str]
) -> pd.DataFrame:
    pairs = alignment.frame[["event_id", "security"]].iloc[rows].reset_index(drop=True)
    return pairs.assign(stage=stage, reason=reason)
