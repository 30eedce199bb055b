"""Groups x windows x statistics of pairs that come in blocks: sums of each block, joined.

What one block leaves behind does not grow with its pairs, save where a test needs every value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.estimation.abnormal import cumulate
from eventstudy.estimation.clusters import Structure, counted_once, independent_dates
from eventstudy.inference.date_vectors import DateVectors, shared_sums
from eventstudy.inference.dependence import MIN_COMMON
from eventstudy.inference.evaluate import (
    NO_RETURN,
    answer_row,
    influence,
    tidy_statistics,
    undirected_row,
)
from eventstudy.inference.evidence import Block, Evidence
from eventstudy.inference.moments import Moments, car_moments, moments
from eventstudy.inference.once import Once
from eventstudy.inference.sums import Values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from eventstudy._typing import Alternative, DateArray, FloatArray, IntArray
    from eventstudy.estimation.abnormal import AbnormalReturns, CumulativeReturns
    from eventstudy.estimation.groups import Group
    from eventstudy.inference.dependence import ResidualDependence
    from eventstudy.inference.statistic import Statistic
    from eventstudy.inference.value_file import ValueFile
    from eventstudy.windows import Window


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairBlock:
    """Pairs of a study that are summed together; no independent date lies in two blocks.

    Attributes
    ----------
    table, dependence : abnormal returns of the ``P`` pairs, and how their residuals depend
    event, moment : ``(P,)`` rank of the event in time, and number of the time it became known
    sign : ``(P,)`` what each pair is multiplied by; 0 leaves it out of every group
    date : ``(P,)`` label of day 0
    groups : the groups that have a pair in the block
    is_complete : whether no pair misses a session and all have the same sessions, so that their
        correlations are summed by date
    n_earlier : so many of the pairs, the first ones, came in earlier blocks: their windows may
        meet those of the others
    """

    table: AbnormalReturns
    dependence: ResidualDependence
    event: IntArray
    moment: IntArray
    sign: FloatArray
    date: DateArray
    groups: Sequence[Group]
    is_complete: bool = False
    n_earlier: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Facts:
    """What is said of a group in a window beside its tests.

    Attributes
    ----------
    n_pairs, n_events, n_days, n_units : numbers
    car, bhar : moments of both
    units, first : ``(E,)`` what `influence` is told: number of pairs, sums by quantity, first day
    is_estimated : whether any session was estimated on
    """

    n_pairs: int
    n_events: int
    n_days: int
    n_units: int
    car: Moments
    bhar: Moments
    units: Mapping[str, FloatArray]
    first: DateArray
    is_estimated: bool

    def plus(self, other: _Facts) -> _Facts:
        both = {
            name: np.concatenate([each, other.units[name]]) for name, each in self.units.items()
        }
        return _Facts(
            n_pairs=self.n_pairs + other.n_pairs,
            n_events=self.n_events + other.n_events,
            n_days=self.n_days + other.n_days,
            n_units=self.n_units + other.n_units,
            car=self.car.plus(other.car),
            bhar=self.bhar.plus(other.bhar),
            units=both,
            first=np.concatenate([self.first, other.first]),
            is_estimated=self.is_estimated or other.is_estimated,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Who asks for an answer: on which side."""

    alternative: Alternative


class BlockSums:
    """Sums of the blocks seen so far, by group, window and test.

    Parameters
    ----------
    windows
        Window and measure, as for `eventstudy.inference.evaluate.evaluate`.
    tests
        Statistics whose formula is one of sums.
    simple
        Whether returns are simple.
    kept
        Where values of single pairs are kept; by default in memory.

    Notes
    -----
    Tests that must know something of all pairs first ask for a round of `look` over all blocks
    before the round of `add`.
    """

    def __init__(
        self,
        windows: Sequence[tuple[Window, str]],
        tests: Sequence[Statistic],
        *,
        alternative: Alternative,
        simple: bool,
        kept: ValueFile | None = None,
    ) -> None:
        self._kept = kept
        self._windows = list(windows)
        self._tests = [(test, test.summed) for test in tests if test.summed is not None]
        self._asked = _Asked(alternative=alternative)
        self._simple = simple
        self._groups: dict[str, Group] = {}
        self._first: dict[tuple[str, Window, object], Any] = {}
        self._sums: dict[tuple[str, Window, str], Any] = {}
        self._facts: dict[tuple[str, Window], _Facts] = {}
        self._dates: dict[str, DateVectors] = {}

    @property
    def looks_first(self) -> bool:
        """Whether a test must know something of all pairs before they are summed."""
        return any(summed.first is not None for _, summed in self._tests)

    @property
    def is_across(self) -> bool:
        """Whether a test counts pairs of different blocks together."""
        return any(summed.is_across for _, summed in self._tests)

    def look(self, block: PairBlock) -> None:
        """Take from a block what must be known of all pairs first."""
        firsts = {summed.first for _, summed in self._tests if summed.first is not None}
        for group, window, evidence, _ in self._evidence(block, with_facts=False):
            for first in firsts:
                _join(self._first, (group.label, window, first), first(evidence))

    def add(self, block: PairBlock, across: PairBlock | None = None) -> None:
        """Sum a block: `across` is the same one behind the earlier pairs that it may meet.

        A complete block needs none: what it must know of earlier pairs is kept by date.
        """
        for group in block.groups:
            self._groups.setdefault(group.label, group)
        for group, window, evidence, facts in self._evidence(block):
            if facts is not None:
                _join(self._facts, (group.label, window), facts)
            self._add(group, window, evidence, is_across=False)
        if across is not None:
            for group, window, evidence, _ in self._evidence(across, with_facts=False):
                self._add(group, window, evidence, is_across=True)

    def _add(self, group: Group, window: Window, evidence: Evidence, *, is_across: bool) -> None:
        for test, summed in self._tests:
            known = self._first.get((group.label, window, summed.first))
            is_now = summed.is_across == is_across or evidence.between is not None
            if is_now and (summed.first is None or known is not None):
                sums = summed.collect(evidence, known)
                key = group.label, window, test.name
                if self._kept is not None and isinstance(sums, Values):
                    self._kept.add(key, sums)
                else:
                    _join(self._sums, key, sums)

    def groups(self, order: Sequence[str]) -> list[Group]:
        """Return the groups, each as it came in its first block, groupings in `order`."""
        place = {grouping: at for at, grouping in enumerate(["", *order])}
        return sorted(
            self._groups.values(), key=lambda group: (place["*".join(group.by)], group.values)
        )

    def frame(self, order: Sequence[str]) -> pd.DataFrame:
        """Return the tests of all groups as `evaluate` does, groupings in `order`."""
        return tidy_statistics(
            {
                "group": group.label,
                "window_start": window.start,
                "window_end": window.end,
                "measure": measure,
                **row,
            }
            for group in self.groups(order)
            for window, measure in self._windows
            for row in self._rows(group, window)
        )

    def _rows(self, group: Group, window: Window) -> Iterator[dict[str, object]]:
        known = self._facts.get((group.label, window))
        if known is None:
            none = {"n_pairs": 0, "n_events": 0, "n_dates": 0, "n_days": 0}
            yield from ({"name": test.name, "note": NO_RETURN, **none} for test, _ in self._tests)
            return
        facts: dict[str, object] = {
            "n_pairs": known.n_pairs,
            "n_events": known.n_events,
            "n_dates": known.n_units,
            "n_days": known.n_days,
            "n_units": known.n_units,
        }
        for test, summed in self._tests:
            m = known.car if test.quantity == "car" else known.bhar
            estimate = float(m.mean[0]) if m.n[0] == known.n_pairs else np.nan
            row = {"name": test.name, **facts, "estimate": estimate}
            of_units, number = known.units[test.quantity], known.units["number"]
            total = float(of_units.sum())
            mean = total / known.n_pairs
            row |= influence(of_units, number, known.first, total=total, mean=mean)
            if self._asked.alternative != "two-sided" and not test.directed:
                yield row | undirected_row(test)
                continue
            key = group.label, window, test.name
            is_on_disk = self._kept is not None and key in self._kept
            sums = self._kept.values(key) if self._kept and is_on_disk else self._sums[key]
            answer = summed.conclude(sums, self._asked)
            yield row | answer_row(test, answer, estimate, {}, is_estimated=known.is_estimated)

    def _evidence(
        self, block: PairBlock, *, with_facts: bool = True
    ) -> Iterator[tuple[Group, Window, Evidence, _Facts | None]]:
        """Evidence of the new pairs of every group and window, and what is said of them."""
        table = block.table
        shared = {group.label: _Shared() for group in block.groups}
        correlated = with_facts and block.is_complete and self.is_across
        by_lag = {}
        if correlated:
            by_lag = {group.label: self._by_lag(block, group) for group in block.groups}
        for window in dict.fromkeys(window for window, _ in self._windows):
            totals = cumulate(table, window, simple=self._simple)
            has_return = totals.n_sessions > 0
            for group in block.groups:
                members = group.pairs[block.sign[group.pairs] != 0]
                is_new = members >= block.n_earlier
                pairs, earlier = members[is_new], members[~is_new]
                if not pairs.size:
                    continue
                present = pairs[has_return[pairs]]
                absent = pairs[~has_return[pairs]]
                same = shared[group.label].pairs(block, present) if with_facts else None
                between = None
                if correlated:
                    total = shared_sums(by_lag[group.label], int(totals.n_sessions[present[0]]))
                    between = (np.array([float(len(present))]), np.array([total]))
                evidence = Evidence(
                    table=table,
                    window=totals,
                    blocks=(_all_at_once(present),),
                    structure=_one_unit(len(present)) if same is None else same.structure,
                    origin=present,
                    sign=block.sign[present],
                    absent=absent,
                    absent_sign=block.sign[absent],
                    dependence=block.dependence,
                    alternative=self._asked.alternative,
                    group=shared[group.label].once,
                    earlier=earlier,
                    earlier_sign=block.sign[earlier],
                    between=between,
                )
                facts = _facts(totals, evidence, same) if same and present.size else None
                yield group, window, evidence, facts

    def _by_lag(self, block: PairBlock, group: Group) -> FloatArray:
        """Sums of the correlations of a group's pairs by the sessions between their day 0s."""
        table = block.table
        if group.label not in self._dates:
            self._dates[group.label] = DateVectors(table.event.length, min_common=MIN_COMMON)
        pairs = group.pairs[block.sign[group.pairs] != 0]
        return self._dates[group.label].add(
            table.residuals, pairs, table.day0[pairs], block.sign[pairs]
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Same:
    """What windows that hold the same pairs share: units, first day 0 of each, and numbers."""

    structure: Structure
    first: DateArray
    n_events: int
    n_days: int


@dataclass(slots=True, eq=False)
class _Shared:
    """What the windows of one group in one block share."""

    once: Once = field(default_factory=Once)
    known: dict[bytes, _Same] = field(default_factory=dict)

    def pairs(self, block: PairBlock, pairs: IntArray) -> _Same:
        """Take `pairs` as one observation a date; portfolios and clusters are left the same.

        No statistic of sums looks at these.
        """
        key = pairs.tobytes()
        if key in self.known:
            return self.known[key]
        event, security, day0 = (
            block.event[pairs],
            block.table.security[pairs],
            block.table.day0[pairs],
        )
        date = block.date[pairs]
        unit = np.empty(0, dtype=np.int64)
        if pairs.size:
            unit = independent_dates(event, security, day0, date, moment=block.moment[pairs])
        first = np.full(int(unit.max(initial=-1)) + 1, np.datetime64("9999-12-31", "D"))
        np.minimum.at(first, unit, date)
        counted = counted_once(event, security, day0, block.sign[pairs])
        self.known[key] = _Same(
            structure=Structure(counted=counted, unit=unit, cluster=unit),
            first=first,
            n_events=len(np.unique(event)),
            n_days=len(np.unique(date)),
        )
        return self.known[key]


def _facts(totals: CumulativeReturns, evidence: Evidence, same: _Same) -> _Facts:
    pairs, unit = evidence.origin, same.structure.unit
    car, bhar = totals.car[pairs] * evidence.sign, totals.bhar[pairs] * evidence.sign
    return _Facts(
        n_pairs=len(pairs),
        n_events=same.n_events,
        n_days=same.n_days,
        n_units=same.structure.n_units,
        car=car_moments(evidence),
        bhar=moments(bhar[None, :]),
        units={
            "number": np.bincount(unit).astype(np.float64),
            "car": np.bincount(unit, weights=car).astype(np.float64),
            "bhar": np.bincount(unit, weights=bhar).astype(np.float64),
        },
        first=same.first,
        is_estimated=bool(evidence.table.fit.n_obs.any()),
    )


def _one_unit(size: int) -> Structure:
    """Return pairs of one date, for tests of sums, which look at no dates."""
    one = np.zeros(size, dtype=np.int64)
    return Structure(counted=np.ones(size, dtype=bool), unit=one, cluster=one)


def _all_at_once(pairs: IntArray) -> Block:
    nothing = np.zeros(1, dtype=np.int64)
    return Block(columns=np.arange(len(pairs)), rows=pairs[None, :], moves=nothing, pick=nothing)


def _join(known: dict[Any, Any], key: object, new: Any) -> None:  # noqa: ANN401 - of any test
    known[key] = known[key].plus(new) if key in known else new
