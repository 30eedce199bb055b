"""Pairs of a streamed study: found a share of the events at a time, cut into blocks by date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.estimation.sample import check_counts
from eventstudy.events.identity import known_names, with_markets
from eventstudy.events.table import event_moment, event_rank
from eventstudy.study.expected_signs import pair_signs
from eventstudy.study.preparation import choose_pairs, estimation_parts, prepare, regressors
from eventstudy.study.study_markets import study_markets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from eventstudy._typing import BoolArray, DateArray, FloatArray, IntArray, Progress
    from eventstudy.events.table import Events
    from eventstudy.prices.panel import PricePanel
    from eventstudy.study.preparation import Prepared
    from eventstudy.study.specification import Specification
    from eventstudy.study.stream_files import GrowingFrames

# Pairs that are aligned at a time; what is kept of each afterwards are 13 bytes.
_ALIGNED = 100_000
# Pairs whose sessions are looked up at a time.
_PORTION = 200_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StreamPairs:
    """The pairs of a study as positions, in order of their events in time.

    Attributes
    ----------
    data : the study's data, of some of its events
    events : all events, with the study's markets
    event, security, day0 : ``(P,)`` position of the event in `events`, of the security, of day 0
    sign : ``(P,)`` what each pair is multiplied by
    rank, moment : ``(E,)`` of the events
    lost : stage, reason and number of the pairs that are not kept
    """

    data: Prepared
    events: Events
    event: npt.NDArray[np.int32]
    security: npt.NDArray[np.int32]
    day0: npt.NDArray[np.int32]
    sign: npt.NDArray[np.int8]
    rank: IntArray
    moment: IntArray
    lost: pd.DataFrame

    def dates(self, part: slice) -> DateArray:
        """Day 0 of some pairs."""
        return self.data.returns.dates[self.security[part], self.day0[part]]

    def signs(self, part: slice) -> FloatArray:
        """Signs of some pairs."""
        return self.sign[part].astype(np.float64)

    def is_complete(self) -> bool:
        """Whether no pair misses a session and all have the same ones in the same columns."""
        data, study = self.data, self.data.study
        returns, estimation = data.returns, study.estimation_window
        (part, *others) = estimation_parts(study)
        if others or part.length != estimation.length or study.model.rolling:
            return False
        is_used = np.zeros(len(returns.names), dtype=bool)
        for some in _portions(len(self.event)):
            is_used[self.security[some]] = True
        dates = returns.dates[is_used]
        if not (dates == dates[:1]).all() or (np.diff(dates[:1].astype("M8[D]")) <= 0).any():
            return False
        factors = regressors(study, returns)[0]
        is_there = np.isfinite(returns.returns) & np.isfinite(factors).all(axis=2)
        before = np.zeros((is_there.shape[0], is_there.shape[1] + 1), dtype=np.int32)
        np.cumsum(is_there, axis=1, out=before[:, 1:])
        for some in _portions(len(self.event)):
            security, day0 = self.security[some], self.day0[some]
            if (data.usable[security, day0] < part.length).any():
                return False
            first = day0 + study.event_window.start
            end = day0 + study.event_window.end + 1
            if (first < 0).any() or (end >= before.shape[1]).any():
                return False
            found = before[security, end] - before[security, first]
            if not (found == study.event_window.length).all():
                return False
        return True

    def begins(self, parts: Sequence[slice]) -> FloatArray:
        """First day of any event window of each block or of a later one."""
        first, dates = self.data.study.event_window.start, self.data.returns.dates
        begins = np.full(len(parts), np.inf)
        for number, part in enumerate(parts):
            days = dates[self.security[part], np.maximum(self.day0[part] + first, 0)]
            begins[number] = days.astype("M8[D]").astype(np.int64).min()
        return np.minimum.accumulate(begins[::-1])[::-1]

    def _first_and_last(self, begins: IntArray) -> tuple[IntArray, IntArray]:
        """First and last day 0 of each event, whose pairs begin at `begins`."""
        low, high = np.empty((2, len(begins)), dtype=np.int64)
        at = 0
        while at < len(begins):
            # As many events at a time as a portion of pairs holds, and one at the least.
            after = max(int(np.searchsorted(begins, begins[at] + _PORTION)), at + 1)
            stop = int(begins[after]) if after < len(begins) else len(self.event)
            days = self.dates(slice(int(begins[at]), stop)).astype("M8[D]").astype(np.int64)
            own = begins[at:after] - begins[at]
            low[at:after] = np.minimum.reduceat(days, own)
            high[at:after] = np.maximum.reduceat(days, own)
            at = after
        return low, high

    def blocks(self, most: int) -> Iterator[slice]:
        """Cut the pairs into blocks of about `most`, in time.

        A cut lies where no event, and no two of one moment, has day 0s on both sides of it or on
        one date with the other side, so that no independent date lies in two blocks.
        """
        if not len(self.event):
            return
        begins = np.flatnonzero(np.r_[True, self.event[1:] != self.event[:-1]])
        low, high = self._first_and_last(begins)
        high = np.maximum.accumulate(high)
        ahead = np.minimum.accumulate(low[::-1])[::-1]
        moment = self.moment[self.event[begins]]
        last = np.zeros(int(moment.max()) + 1, dtype=np.int64)
        np.maximum.at(last, moment, np.arange(len(begins)))
        reach = np.maximum.accumulate(last[moment])
        is_cut = (high[:-1] < ahead[1:]) & (reach[:-1] < np.arange(1, len(begins)))
        ends = [*begins[1:][is_cut], len(self.event)]
        begin = 0
        for end, following in zip(ends, [*ends[1:], None], strict=True):
            if following is None or following - begin > most:
                yield slice(begin, int(end))
                begin = int(end)


def find_pairs(
    study: Specification,
    events: Events,
    prices: PricePanel,
    files: GrowingFrames,
    progress: Progress,
    *,
    strict: bool = False,
) -> StreamPairs:
    """Align the events, some at a time, and list every pair that is dropped.

    Raises
    ------
    CoverageError
        More pairs are lost than ``sample.max_loss`` allows.
    """
    rank = event_rank(events)
    order = np.argsort(rank)
    names = study_markets(study, events, prices)
    share = max(1, _ALIGNED // max(len(names), 1))
    chunks = [order[at : at + share] for at in range(0, len(order), share)] or [order]
    data = prepare(study, events, prices, strict=strict, among=_among(len(events), chunks[0]))
    markets = data.setting.markets
    known = known_names(markets, names, prices.names)
    every = with_markets(events, known, len(markets))
    selected = every.select(dict(study.select))
    found: tuple[list[npt.NDArray[np.signedinteger]], ...] = ([], [], [], [])
    counts: dict[tuple[str, str], int] = {}
    has_pair = np.zeros(len(events), dtype=bool)
    n_unlisted, n_timed = 0, np.zeros(len(markets), dtype=np.int64)
    for number, chunk in enumerate(chunks):
        progress("aligning news and sessions", number, len(chunks))
        among = _among(len(events), chunk)
        if number:
            data = data.of_events(every.take(among), selected[among], len(events))
        unlisted, has_pair[among], timed = data.pair_counts
        n_unlisted, n_timed = n_unlisted + unlisted, n_timed + timed
        sample = choose_pairs(data)
        files.add_rows("dropped", sample.dropped)
        for key, size in sample.dropped.groupby(["stage", "reason"], sort=False).size().items():
            counts[key] = counts.get(key, 0) + int(size)  # type: ignore[index, call-overload]
        event = np.flatnonzero(among)[sample.event]
        in_time = np.argsort(rank[event], kind="stable")
        sign = pair_signs(study, data.events, sample, data.aligned)
        columns = (event, sample.security, sample.day0, sign)
        for parts, column, kind in zip(found, columns, ("i4", "i4", "i4", "i1"), strict=True):
            parts.append(column[in_time].astype(kind))
    of_event, security, day0, signs = map(_emptied, found)
    lost = pd.DataFrame(
        [(*key, number) for key, number in counts.items()], columns=["stage", "reason", "pairs"]
    ).sort_values("pairs", ascending=False, kind="stable", ignore_index=True)
    check_counts(len(of_event), lost, study.max_loss)
    return StreamPairs(
        data=data.saying(every, n_unlisted, has_pair, n_timed),
        events=every,
        event=of_event,
        security=security,
        day0=day0,
        sign=signs,
        rank=rank,
        moment=event_moment(events),
        lost=lost,
    )


def _emptied(parts: list[npt.NDArray[np.signedinteger]]) -> npt.NDArray[Any]:
    """Return parts as one array, and forget them."""
    whole = np.concatenate(parts)
    parts.clear()
    return whole


def _portions(number: int) -> list[slice]:
    return [slice(begin, begin + _PORTION) for begin in range(0, number, _PORTION)]


def _among(number: int, chosen: IntArray) -> BoolArray:
    among = np.zeros(number, dtype=bool)
    among[chosen] = True
    return among
