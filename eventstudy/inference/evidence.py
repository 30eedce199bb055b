"""What a statistic is given: the abnormal returns of a group in one window.

A statistic sees `Evidence`: the abnormal returns of a group's pairs in one window, once as they
are or once for every placebo draw. The leading axis ``B`` is 1 for the data and the number of
draws for placebos, so that each formula is written once and its error rate is measured with the
very code that makes the p-value.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

from eventstudy.inference.once import LastOnce, Once, OnceOf, mark_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from scipy.sparse import csr_array

    from eventstudy._typing import (
        Alternative,
        BoolArray,
        FloatArray,
        IntArray,
    )
    from eventstudy.estimation.abnormal import AbnormalReturns, CumulativeReturns
    from eventstudy.estimation.clusters import Structure
    from eventstudy.inference.dependence import ResidualDependence

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """Pairs that move together, with the placements some draw takes.

    Attributes
    ----------
    columns : ``(n,)`` the pairs of the group
    rows : ``(M, n)`` their row in the table of abnormal returns, one line a placement
    moves : ``(M,)`` weekdays each placement lies from the real dates
    pick : ``(B,)`` the placement each draw takes
    ordinary : ``(M, 2)`` sum over their units of the mean square on the sessions around each, and
        number of the units that have one, of a statistic that asks for ``surroundings``
    """

    columns: IntArray
    rows: IntArray
    moves: IntArray
    pick: IntArray
    ordinary: FloatArray | None = None

    def picked(self) -> Block:
        """Return the same draws without the placements that none of them takes."""
        is_used = np.zeros(len(self.rows), dtype=bool)
        is_used[self.pick] = True
        if is_used.all():
            return self
        number = np.cumsum(is_used) - 1
        return replace(
            self,
            rows=self.rows[is_used],
            moves=self.moves[is_used],
            pick=number[self.pick],
            ordinary=None if self.ordinary is None else self.ordinary[is_used],
        )


class MovedUnits(Protocol):
    """Means of units wherever they are moved to; see `eventstudy.inference.unit_series`."""

    def of(self, values: FloatArray) -> MovedUnits:
        """Return the means of another value of every position, ``(U,)``."""
        ...

    def held(self, share: FloatArray) -> MovedUnits:
        """Return the means of a share ``(U,)`` over positions that have a value here, else 0."""
        ...

    def means(self, evidence: Evidence) -> FloatArray:
        """Return what `Evidence.unit_means` does for these values and units, ``(B, E)``."""
        ...


class Places(Protocol):
    """Where the pairs of a study may be moved to; see `unit_series.MovablePairs`."""

    weekday: IntArray
    width: IntArray
    security: IntArray
    own_row: IntArray
    has_weekday: BoolArray

    @property
    def n_days(self) -> int:
        """Weekdays of the data."""
        ...

    @property
    def on_weekday(self) -> IntArray:
        """Position of every width and market on every weekday, ``(widths, N, D)``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """Abnormal returns of ``N`` pairs over one window, in ``B`` draws.

    Attributes
    ----------
    table, window : abnormal returns of every position, and cumulated over the window
    blocks : which positions each draw holds; the data themselves are one block of one placement
    structure : which pairs are one observation
    origin : ``(N,)`` the pairs themselves, as rows of the study
    sign : ``(N,)`` +1 or -1: what each pair is multiplied by before pooling
    absent, absent_sign : ``(A,)`` rows of `table` of the group's pairs that have no abnormal
        return in the window, and their signs; none in draws
    dependence : what is derived from the table once for every group and draw
    alternative : which deviations from the null count: ``two-sided``, ``greater`` or ``less``
    seed : of a statistic that draws for itself
    others : the independent dates outside the group, of a statistic that asks for ``others``
    group : what all windows of these pairs and the absent ones share; None in draws
    earlier, earlier_sign : rows of `table` of pairs that came in an earlier block and whose windows
        may meet these, and their signs; none where all pairs come at once
    between : number of pairs and the sum of their weighted correlations, with those of earlier
        blocks too, where they were summed by date; else None
    moved : of draws, ``window.z`` of units on any weekday; None where each draw is gathered
    places : of draws whose rows are positions of the study's placebo table, these on any weekday;
        else None
    once : of draws, what they say whatever abnormal returns are put to them
    event_column : of draws with an effect, the column of the table that alone is changed by it
    """

    table: AbnormalReturns
    window: CumulativeReturns
    blocks: tuple[Block, ...]
    structure: Structure
    origin: IntArray
    sign: FloatArray
    absent: IntArray
    absent_sign: FloatArray
    dependence: ResidualDependence
    alternative: Alternative = "two-sided"
    seed: tuple[int, ...] = (0,)
    others: Others | None = None
    group: Once | None = None
    earlier: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    earlier_sign: FloatArray = field(default_factory=lambda: np.empty(0))
    between: tuple[FloatArray, FloatArray] | None = None
    moved: MovedUnits | None = None
    places: Places | None = None
    once: OnceOf | None = None
    event_column: int | None = None

    @property
    def n_draws(self) -> int:
        """B."""
        return len(self.blocks[0].pick)

    @property
    def n_pairs(self) -> int:
        """N."""
        return len(self.sign)

    def gather(self, values: FloatArray, *, signed: bool = True) -> FloatArray:
        """Values of every position ``(U,)`` to those of every pair and draw, ``(B, N)``."""
        if self.n_draws == 1 and len(self.blocks) == 1:
            (block,) = self.blocks
            if (block.columns == np.arange(self.n_pairs)).all():
                own = values[block.rows[block.pick[0]]]
                return np.asarray((own * self.sign if signed else own)[None, :], dtype=np.float64)
        out = np.empty((self.n_draws, self.n_pairs))
        for block in self.blocks:
            block_values = values[block.rows]
            if signed:
                block_values = block_values * self.sign[block.columns]
            out[:, block.columns] = block_values[block.pick]
        return out

    @property
    def presence(self) -> str:
        """Name of the window and of the sessions on which positions have a return in it."""
        present = self.window.present

        window = self.window.window
        mark = self.dependence.once(f"presence {window}", lambda: mark_of(present > 0))
        return f"{window} {mark}"

    @property
    def columns(self) -> IntArray:
        """Columns of the table that the window of some position may hold."""
        widest = int(self.table.extension.max(initial=0))
        window, first = self.window.window, int(self.table.taus[0])
        return np.arange(max(window.start - widest - first, 0), window.end - first + 1)

    def of_group(self, name: str, make: Callable[[], T]) -> T:
        """Return what `make` derives from all pairs of the group, once for all of its windows.

        Of draws, which are those of one window: once for its abnormal returns.
        """
        if self.group is not None:
            return self.group.of(name, make)
        once = self._own_once
        if once is None:
            return make()
        last: LastOnce[T] = self.dependence.once(f"draws {name}", lambda: LastOnce(_LAST_DRAWS))
        return last.of(once, make)

    def of_window(self, name: str, make: Callable[[], T]) -> T:
        """Return what `make` derives from the pairs of the data in the window, once for all tests.

        Of draws it is made each time.
        """
        return make() if self.group is None else self.group.of(f"{name} {self.window.window}", make)

    def of_residuals(self, name: str, make: Callable[[], T]) -> T:
        """As `of_group`, where `make` asks for no abnormal return; its window is in the name."""
        return self.of_draws(name, make) if self.group is None else self.group.of(name, make)

    def of_draws(self, name: str, make: Callable[[], T]) -> T:
        """Return what `make` derives from draws, once whatever abnormal returns are put to them.

        Of the data themselves it is made each time.
        """
        once = self._own_once
        return make() if once is None else once.of(name, make)

    @property
    def _own_once(self) -> OnceOf | None:
        once = self.once
        return once if once is not None and once.is_of(self.blocks, self.sign) else None

    def thinned(self, most: int) -> Evidence:
        """At most `most` of the draws, evenly spread.

        Draws that list every placement stand in the order of their moves, so that the first ones
        would all fall early.
        """
        if self.n_draws <= most:  # the very draws: what is known of them is known already
            return self if self.others is None else replace(self, others=self.others.thinned(most))
        lines = self.spread(most)

        def make() -> tuple[tuple[Block, ...], OnceOf]:
            blocks = tuple(replace(block, pick=block.pick[lines]).picked() for block in self.blocks)
            return blocks, OnceOf(blocks, self.sign)

        blocks, once = self.of_draws(f"thinned {most}", make)
        others = self.others and self.others.thinned(most)
        return replace(self, blocks=blocks, others=others, once=once)

    def placed(self, blocks: tuple[Block, ...]) -> Evidence:
        """Return the same pairs in other draws."""
        return replace(self, blocks=blocks, once=OnceOf(blocks, self.sign))

    def spread(self, most: int) -> IntArray:
        """At most `most` of the draws, evenly spread: their numbers."""
        spread = np.linspace(0, self.n_draws - 1, min(most, self.n_draws))
        return np.unique(spread.astype(np.int64))

    def stack(self, keep: BoolArray, *, signed: bool = True) -> csr_array:
        """Count of every position in every placement of every block, ``(sum M, U)``.

        Positions that `keep` ``(U,)`` leaves out count 0. Signed counts of a position that two
        pairs of opposite sign hold cancel, so that `signed` is off where pairs are to be counted.
        """
        from scipy.sparse import csr_array

        weights, columns, lengths = [], [], []
        for block in self.blocks:
            sign = self.sign[block.columns] if signed else 1.0
            weights.append(np.where(keep[block.rows], sign, 0.0).ravel())
            columns.append(block.rows.ravel())
            lengths.append(np.full(len(block.rows), block.rows.shape[1]))
        pointer = np.concatenate([[0], np.cumsum(np.concatenate(lengths))])
        return csr_array(
            (np.concatenate(weights), np.concatenate(columns), pointer),
            shape=(len(pointer) - 1, len(keep)),
        )

    def with_earlier(self, keep: BoolArray) -> csr_array:
        """Signs as of `stack` of the pairs and the earlier ones, and of these alone, ``(2, U)``.

        For the data themselves, which are one draw.
        """
        from scipy.sparse import csr_array

        own = np.concatenate([block.rows[0] for block in self.blocks])
        columns = np.concatenate([block.columns for block in self.blocks])
        rows = np.concatenate([own, self.earlier, self.earlier])
        sign = np.concatenate([self.sign[columns], self.earlier_sign, self.earlier_sign])
        weight = np.where(keep[rows], sign, 0.0)
        pointer = [0, len(own) + len(self.earlier), len(rows)]
        return csr_array((weight, rows, pointer), shape=(2, len(keep)))

    def unstack(self, values: FloatArray) -> FloatArray:
        """Sum over blocks what each draw picked of `values` ``(sum M, ...)``: ``(B, ...)``."""
        begin = np.cumsum([0, *(len(block.rows) for block in self.blocks[:-1])])
        picked = np.column_stack([block.pick for block in self.blocks]) + begin
        if values.ndim == 2 and values.shape[1] >= _WIDE:
            from scipy.sparse import csr_array

            # The same sums in the same order, without a copy of each term.
            pointer = np.arange(self.n_draws + 1) * len(self.blocks)
            shape = (self.n_draws, len(values))
            picks = csr_array((np.ones(picked.size), picked.ravel(), pointer), shape=shape)
            return np.asarray(picks @ values)
        total = np.zeros((self.n_draws, *values.shape[1:]))
        for column in picked.T:
            total += values[column]
        return total

    def block_means(self, values: FloatArray, unit: IntArray) -> list[FloatArray]:
        """Mean of `values` over the counted pairs of each unit, of each block ``(M, e)``."""
        return [
            grouped_means(
                values[block.rows] * self.sign[block.columns],
                unit[block.columns],
                self.structure.counted[block.columns],
            )
            for block in self.blocks
        ]

    def unit_means(self, values: FloatArray, unit: IntArray) -> FloatArray:
        """Mean of `values` over the counted pairs of each unit, ``(B, E)``; NaN where none."""
        means = self.block_means(values, unit)
        parts = [part[block.pick] for part, block in zip(means, self.blocks, strict=True)]
        return np.concatenate(parts, axis=1)

    def unit_z(self) -> FloatArray:
        """``Z_e``: mean of CAR over conditional volatility of each unit's pairs, ``(B, E)``."""
        if self.moved is not None:
            return self.moved.means(self)
        return self.unit_means(self.window.z, self.structure.unit)

    def unit_order(self) -> IntArray:
        """Number of the unit in each column of `unit_means`, ``(E,)``."""
        unit, counted = self.structure.unit, self.structure.counted
        columns = [block.columns[counted[block.columns]] for block in self.blocks]
        return np.concatenate([np.unique(unit[column]) for column in columns])


@dataclass(frozen=True, kw_only=True, eq=False)
class StudyUnits:
    """The independent dates of a whole study, which its groups share.

    Attributes
    ----------
    evidence : of all pairs of the study, in the draws the group's own dates are moved in
    """

    evidence: Evidence

    @cached_property
    def order(self) -> IntArray:
        """Number of the unit in each column of `z`, ``(U,)``."""
        return self.evidence.unit_order()

    @cached_property
    def z(self) -> FloatArray:
        """``Z_e`` of every unit of the study, ``(B, U)``."""
        return self.evidence.unit_z()

    @cached_property
    def powers(self) -> tuple[BoolArray, FloatArray, FloatArray]:
        """`powers` of `z`."""
        return powers(self.z)

    @cached_property
    def once(self) -> Once:
        """What is derived of these dates once for all groups that borrow from them."""
        return Once()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Others:
    """The independent dates of a study outside one group.

    Attributes
    ----------
    study : every independent date of the study; None where too few lie outside the group
    label : ``(U,)`` the group each of them belongs to; -1 where it is one of the tested group's
    reason : why there are none
    grouping : name of the grouping whose groups these are; empty where they are of this group alone
    all_labels : ``(U,)`` the same with the dates of the tested group, of a grouping with a name
    """

    study: StudyUnits | None
    label: IntArray
    reason: str = ""
    grouping: str = ""
    all_labels: IntArray | None = None

    def over(self, change: Callable[[StudyUnits], StudyUnits]) -> Others:
        """Return the same dates with other abnormal returns, or in other draws."""
        return self if self.study is None else replace(self, study=change(self.study))

    def thinned(self, most: int) -> Others:
        """At most `most` of the draws, the same ones for all groups."""

        def change(study: StudyUnits) -> StudyUnits:
            if study.evidence.n_draws <= most:
                return study
            return study.once.of(
                f"thinned {most}", lambda: StudyUnits(evidence=study.evidence.thinned(most))
            )

        return self.over(change)


def grouped_means(values: FloatArray, label: IntArray, keep: BoolArray) -> FloatArray:
    """Mean of the columns of `values` ``(M, n)`` by `label`, missing left out: ``(M, groups)``."""
    columns = np.flatnonzero(keep)
    order = columns[np.argsort(label[columns], kind="stable")]
    if not order.size:
        return np.empty((values.shape[0], 0))
    sorted_label = label[order]
    starts = np.flatnonzero(np.concatenate([[True], sorted_label[1:] != sorted_label[:-1]]))
    is_sorted = len(order) == values.shape[1] and bool((order[1:] > order[:-1]).all())
    sorted_values = values if is_sorted else values[:, order]
    has_value = np.isfinite(sorted_values)
    if has_value.all():
        sizes = np.concatenate([starts[1:], [len(order)]]) - starts
        return np.asarray(np.add.reduceat(sorted_values, starts, axis=1) / sizes)
    total = np.add.reduceat(np.where(has_value, sorted_values, 0.0), starts, axis=1)
    count = np.add.reduceat(has_value.astype(np.float64), starts, axis=1)
    return np.where(count > 0, total / np.maximum(count, 1.0), np.nan)


def powers(z: FloatArray) -> tuple[BoolArray, FloatArray, FloatArray]:
    """Whether each of ``(B, U)`` is there, itself about the mean of its line, and its square.

    Of what is missing the others are 0. About the mean, so that sums of squares lose no digits.
    """
    has_value = np.isfinite(z)
    filled = np.where(has_value, z, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = filled.sum(axis=1) / has_value.sum(axis=1)
    centred = np.where(has_value, filled - centre[:, None], 0.0)
    return has_value, centred, centred**2


# Values a line from which on sums over draws are a matrix product.
_WIDE = 8
# Draws whose sums of one table's abnormal returns are remembered: all, some, and in rough times.
_LAST_DRAWS = 4
