"""Pairs of a streamed study: found a share of the events at a time, cut into blocks by date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

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
        used = np.unique(self.security)
        dates = returns.dates[used]
        (part, *others) = estimation_parts(study)
        if others or part.length != estimation.length or study.model.rolling:
            return False
        if not (dates == dates[:1]).all() or (np.diff(dates[:1].astype("M8[D]")) <= 0).any():
            return False
        if (data.usable[self.security, self.day0] < part.length).any():
            return False
        factors = regressors(study, returns)[0]
        is_there = np.isfinite(returns.returns) & np.isfinite(factors).all(axis=2)
        before = np.zeros((is_there.shape[0], is_there.shape[1] + 1), dtype=np.int32)
        np.cumsum(is_there, axis=1, out=before[:, 1:])
        first = self.day0 + study.event_window.start
        end = self.day0 + study.event_window.end + 1
        if (first < 0).any() or (end >= before.shape[1]).any():
            return False
        found = before[self.security, end] - before[self.security, first]
        return bool((found == study.event_window.length).all())

    def begins(self, parts: Sequence[slice]) -> FloatArray:
        """First day of any event window of each block or of a later one."""
        first, dates = self.data.study.event_window.start, self.data.returns.dates
        begins = np.full(len(parts), np.inf)
        for number, part in enumerate(parts):
            days = dates[self.security[part], np.maximum(self.day0[part] + first, 0)]
            begins[number] = days.astype("M8[D]").astype(np.int64).min()
        return np.minimum.accumulate(begins[::-1])[::-1]

    def blocks(self, most: int) -> Iterator[slice]:
        """Cut the pairs into blocks of about `most`, in time.

        A cut lies where no event, and no two of one moment, has day 0s on both sides of it or on
        one date with the other side, so that no independent date lies in two blocks.
        """
        if not len(self.event):
            return
        begins = np.flatnonzero(np.r_[True, np.diff(self.event) != 0])
        dates = self.dates(slice(None)).astype("M8[D]").astype(np.int64)
        low = np.minimum.reduceat(dates, begins)
        high = np.maximum.accumulate(np.maximum.reduceat(dates, begins))
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
    found: list[tuple[npt.NDArray[np.int32], ...]] = []
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
        found.append(tuple(column[in_time].astype(np.int32) for column in columns))
    of_event, security, day0, signs = (np.concatenate(part) for part in zip(*found, strict=True))
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
        sign=signs.astype(np.int8),
        rank=rank,
        moment=event_moment(events),
        lost=lost,
    )


def _among(number: int, chosen: IntArray) -> BoolArray:
    among = np.zeros(number, dtype=bool)
    among[chosen] = True
    return among
