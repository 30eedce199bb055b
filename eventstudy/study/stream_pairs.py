"""Pairs of a streamed study: found a share of the events at a time, cut into blocks by date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.estimation.sample import check_counts
from eventstudy.events.event_pairs import markets_meant
from eventstudy.events.table import event_moment, event_rank
from eventstudy.study.estimation_sessions import estimation_parts, regressors
from eventstudy.study.expected_signs import pair_signs
from eventstudy.study.pair_file import PAIR, PairFile
from eventstudy.study.preparation import choose_pairs, lists_only_named
from eventstudy.study.stream_facts import StreamFacts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eventstudy._typing import DateArray, FloatArray, IntArray, Progress
    from eventstudy.estimation.sample import Sample
    from eventstudy.events.table import Events
    from eventstudy.study.pair_file import Pairs
    from eventstudy.study.preparation import Prepared
    from eventstudy.study.specification import Specification
    from eventstudy.study.stream_files import GrowingFrames
    from eventstudy.study.stream_markets import StreamMarkets

# Pairs that are aligned at a time; what is kept of each afterwards is on disk.
_ALIGNED = 100_000
# Pairs whose sessions are looked up at a time.
_PORTION = 200_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StreamPairs:
    """The pairs of a study, in order of their events in time.

    Attributes
    ----------
    file : the pairs as positions
    rank, moment : ``(E,)`` of the events
    lost : stage, reason and number of the pairs that are not kept
    facts : what is said of the study beside its pairs
    is_complete : whether no pair misses a session and all have the same ones in the same columns
    """

    file: PairFile
    rank: IntArray
    moment: IntArray
    lost: pd.DataFrame
    facts: StreamFacts
    is_complete: bool = False

    def begins(self, parts: Sequence[slice]) -> FloatArray:
        """First day of any event window of each block or of a later one."""
        begins = np.full(len(parts), np.inf)
        for number, part in enumerate(parts):
            begins[number] = self.file.read(part)["begin"].min()
        return np.minimum.accumulate(begins[::-1])[::-1]

    def _first_and_last(self, begins: IntArray) -> tuple[IntArray, IntArray, IntArray]:
        """First and last day 0, and the position, of each event; its pairs begin at `begins`."""
        low, high, event = np.empty((3, len(begins)), dtype=np.int64)
        at = 0
        while at < len(begins):
            # As many events at a time as a portion of pairs holds, and one at the least.
            after = max(int(np.searchsorted(begins, begins[at] + _PORTION)), at + 1)
            stop = int(begins[after]) if after < len(begins) else len(self.file)
            pairs = self.file.read(slice(int(begins[at]), stop))
            own = begins[at:after] - begins[at]
            low[at:after] = np.minimum.reduceat(pairs["date"], own)
            high[at:after] = np.maximum.reduceat(pairs["date"], own)
            event[at:after] = pairs["event"][own]
            at = after
        return low, high, event

    def blocks(self, most: int) -> Iterator[slice]:
        """Cut the pairs into blocks of about `most`, in time.

        A cut lies where no event, and no two of one moment, has day 0s on both sides of it or on
        one date with the other side, so that no independent date lies in two blocks.
        """
        if not len(self.file):
            return
        ends_of_events = np.cumsum(self.file.numbers)
        begins = np.r_[0, ends_of_events[:-1]]
        low, high, event = self._first_and_last(begins)
        high = np.maximum.accumulate(high)
        ahead = np.minimum.accumulate(low[::-1])[::-1]
        moment = self.moment[event]
        last = np.zeros(int(moment.max()) + 1, dtype=np.int64)
        np.maximum.at(last, moment, np.arange(len(begins)))
        reach = np.maximum.accumulate(last[moment])
        is_cut = (high[:-1] < ahead[1:]) & (reach[:-1] < np.arange(1, len(begins)))
        ends = [*begins[1:][is_cut], len(self.file)]
        begin = 0
        for end, following in zip(ends, [*ends[1:], None], strict=True):
            if following is None or following - begin > most:
                yield slice(begin, int(end))
                begin = int(end)


def find_pairs(
    study: Specification,
    markets: StreamMarkets,
    pairs: PairFile,
    files: GrowingFrames,
    progress: Progress,
    *,
    strict: bool = False,
) -> StreamPairs:
    """Align the events, some at a time, put the pairs into `pairs`, and list all that are dropped.

    Raises
    ------
    CoverageError
        More pairs are lost than ``sample.max_loss`` allows.
    """
    events, n_events = markets.events, len(markets.events)
    only_named = lists_only_named(study, n_events, len(markets.names))
    rank = event_rank(events)
    counts: dict[tuple[str, str], int] = {}
    facts = StreamFacts(study, markets)
    complete = _Complete()
    files.add_rows("dropped", markets.unpriced)
    for first, data in markets.portions():
        aligned, chunks = _shares(data, events, rank, only_named=only_named)
        has_pair = np.zeros(n_events, dtype=bool)
        n_timed = np.zeros(len(data.setting.markets), dtype=np.int64)
        n_unlisted = (n_events - len(aligned)) * len(data.setting.markets)
        for number, chunk in enumerate(chunks):
            progress("aligning news and sessions", number, len(chunks))
            among = np.zeros(n_events, dtype=bool)
            among[chunk] = True
            some = data.of_events(
                events.take(among), markets.selected[among], only_named=only_named
            )
            unlisted, has_pair[among], timed = some.pair_counts
            n_unlisted, n_timed = n_unlisted + unlisted, n_timed + timed
            sample = choose_pairs(some)
            files.add_rows("dropped", sample.dropped)
            for key, size in sample.dropped.groupby(["stage", "reason"], sort=False).size().items():
                counts[key] = counts.get(key, 0) + int(size)  # type: ignore[index, call-overload]
            found = _found(study, some, sample, first, np.flatnonzero(among))
            pairs.add(found)
            complete.add(some, sample)
        facts.add(first, data, has_pair, n_timed, n_unlisted)
    pairs.put_in_time()
    lost = pd.DataFrame(
        [(*key, number) for key, number in counts.items()], columns=["stage", "reason", "pairs"]
    ).sort_values("pairs", ascending=False, kind="stable", ignore_index=True)
    facts.say_errors(strict=strict)
    check_counts(len(pairs), lost, study.max_loss)
    return StreamPairs(
        file=pairs,
        rank=rank,
        moment=event_moment(events),
        lost=lost,
        facts=facts,
        is_complete=complete.is_so,
    )


def _shares(
    data: Prepared, events: Events, rank: IntArray, *, only_named: bool
) -> tuple[IntArray, list[IntArray]]:
    """Return the events with a pair to list, in time, and as they are aligned at a time."""
    cells = events.frame["markets"].tolist()
    every = len(data.setting.markets)
    number = np.full(len(cells), every, dtype=np.int64)
    if only_named:
        meant = markets_meant(data.setting.markets)
        of_cell = {cell: len(meant(cell)) if cell else every for cell in dict.fromkeys(cells)}
        number = np.array([of_cell[cell] for cell in cells], dtype=np.int64)
    order = np.argsort(rank)
    order = order[number[order] > 0]
    share = (np.cumsum(number[order]) - 1) // _ALIGNED
    cuts = np.flatnonzero(np.diff(share)) + 1
    return order, np.split(order, cuts)


def _found(
    study: Specification, data: Prepared, sample: Sample, first: int, events: IntArray
) -> Pairs:
    """Return the pairs of a sample; `first` and `events` are where its markets and events are."""
    dates = data.returns.dates
    before = np.maximum(sample.day0 + study.event_window.start, 0)
    found = np.empty(len(sample.event), dtype=PAIR)
    found["event"] = events[sample.event]
    found["security"] = sample.security + first
    found["day0"] = sample.day0
    found["date"] = dates[sample.security, sample.day0].astype("M8[D]").astype(np.int64)
    found["begin"] = dates[sample.security, before].astype("M8[D]").astype(np.int64)
    found["sign"] = pair_signs(study, data.events, sample, data.aligned)
    return found


@dataclass(slots=True, eq=False)
class _Complete:
    """Whether no pair seen misses a session and all have the same ones in the same columns."""

    is_so: bool = True
    _sessions: DateArray | None = None
    _known: tuple[int, IntArray] | None = None

    def add(self, data: Prepared, sample: Sample) -> None:
        """See further pairs."""
        self.is_so = self.is_so and self._is_so(data, sample.security, sample.day0)

    def _is_so(self, data: Prepared, security: IntArray, day0: IntArray) -> bool:
        study, returns = data.study, data.returns
        estimation, event = study.estimation_window, study.event_window
        (part, *others) = estimation_parts(study)
        if others or part.length != estimation.length or study.model.rolling:
            return False
        if not len(security):
            return True
        dates = returns.dates[np.unique(security)]
        sessions = dates[0] if self._sessions is None else self._sessions
        self._sessions = sessions
        if dates.shape[1] != len(sessions) or not (dates == sessions).all():
            return False
        before = self._before(data)
        begin, end = day0 + event.start, day0 + event.end + 1
        is_doubtful = (
            (np.diff(sessions.astype("M8[D]")) <= 0).any()
            or (data.usable[security, day0] < part.length).any()
            or (begin < 0).any()
            or (end >= before.shape[1]).any()
        )
        if is_doubtful:
            return False
        found = before[security, end] - before[security, begin]
        return bool((found == event.length).all())

    def _before(self, data: Prepared) -> IntArray:
        """Return the sessions with a return before each, ``(N, T+1)``, once for the same data."""
        key = id(data.returns)
        if self._known is None or self._known[0] != key:
            returns = data.returns
            factors = regressors(data.study, returns)[0]
            is_there = np.isfinite(returns.returns) & np.isfinite(factors).all(axis=2)
            before = np.zeros((is_there.shape[0], is_there.shape[1] + 1), dtype=np.int32)
            np.cumsum(is_there, axis=1, out=before[:, 1:])
            self._known = key, before
        return self._known[1]
