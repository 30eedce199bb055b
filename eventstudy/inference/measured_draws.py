"""The draws over which the sizes of tests are measured, in studies of any size.

A test with a distribution of its own may need residuals, ranks and correlations of every placebo
date. Where the study keeps those of all its positions, they are at hand. Where it does not, some
of the draws are estimated anew, a few at a time, as if each were the study itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.estimation.abnormal import cumulate
from eventstudy.inference.evidence import Block
from eventstudy.inference.statistic import StatisticValues

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eventstudy.inference.design import Design
    from eventstudy.inference.evidence import Evidence
    from eventstudy.inference.statistic import Statistic
    from eventstudy.windows import Window

MOST_MEASURED = 200
"""Draws that are estimated anew for the sizes of tests, at the most."""
MOST_VISITS = 50_000
"""Pairs in these draws, at the most."""
FEWEST_MEASURED = 50
"""Draws below which a size says too little to be worth its time."""
# Pairs estimated at a time.
_AT_A_TIME = 4_000


def draws_for(test: Statistic, drawn: Evidence) -> Evidence:
    """Return the draws a test is measured over: a costly one takes fewer."""
    return drawn if test.most_draws is None else drawn.thinned(test.most_draws)


def n_measured(n_draws: int, n_pairs: int) -> int:
    """Return how many of the draws are estimated anew, for so many pairs in each."""
    number = min(n_draws, MOST_MEASURED, MOST_VISITS // max(n_pairs, 1))
    return number if number >= min(n_draws, FEWEST_MEASURED) else 0


class MeasuredDraws:
    """Tests of one group and window in the draws that their sizes are measured over.

    Where draws are estimated anew, all tests share them: an economy, never a state.
    """

    def __init__(self, design: Design, tests: Sequence[Statistic], window: Window) -> None:
        self._design = design
        self._tests = [test for test in tests if test.measured and not test.randomised]
        self._window = window
        self._made: dict[bool, dict[str, StatisticValues]] = {}

    def number(self, drawn: Evidence) -> int:
        """Return over how many of the draws sizes are measured, a costly test's over fewer."""
        if self._design.placebo.estimates is None:
            return drawn.n_draws
        return n_measured(drawn.n_draws, drawn.n_pairs)

    def fewer(self, drawn: Evidence) -> str:
        """Say over how many of the draws sizes are measured, where not over all."""
        number = self.number(drawn)
        if number == drawn.n_draws:
            return ""
        if not number:
            return f"size not measured: {drawn.n_pairs:,} pairs a draw are too many"
        return f"size over {number} of {drawn.n_draws:,} draws"

    def values(
        self, test: Statistic, drawn: Evidence, *, is_rough: bool = False
    ) -> StatisticValues:
        """Return a test in the draws, of all times or of rough ones."""
        if self._design.placebo.estimates is None:
            return test.compute(draws_for(test, drawn))
        if is_rough not in self._made:
            self._made[is_rough] = self._anew(drawn)
        return self._made[is_rough][test.name]

    def _anew(self, drawn: Evidence) -> dict[str, StatisticValues]:
        parts: dict[str, list[StatisticValues]] = {test.name: [] for test in self._tests}
        for evidence in estimated_draws(self._design, drawn, self._window):
            for test in self._tests:
                if self._design.alternative == "two-sided" or test.directed:
                    parts[test.name].append(test.compute(evidence))
        return {name: _joined(values) for name, values in parts.items() if values}


def estimated_draws(design: Design, drawn: Evidence, window: Window) -> Iterator[Evidence]:
    """Yield some of the draws with everything a test may ask of them, a few draws at a time."""
    estimates = design.placebo.estimates
    if estimates is None:
        yield drawn
        return
    some = drawn.thinned(n_measured(drawn.n_draws, drawn.n_pairs))
    few = max(1, _AT_A_TIME // max(some.n_pairs, 1))
    for begin in range(0, some.n_draws, few):
        lines = np.arange(begin, min(begin + few, some.n_draws))
        rows = np.concatenate([block.rows[block.pick[lines]].ravel() for block in some.blocks])
        visited, at = np.unique(rows, return_inverse=True)
        table, dependence = estimates.taken(visited)
        blocks, used = [], 0
        for block in some.blocks:
            shape = (len(lines), block.rows.shape[1])
            size = shape[0] * shape[1]
            blocks.append(
                Block(
                    columns=block.columns,
                    rows=at.reshape(-1)[used : used + size].reshape(shape),
                    moves=block.moves[block.pick[lines]],
                    pick=np.arange(len(lines)),
                )
            )
            used += size
        yield replace(
            some,
            table=table,
            window=cumulate(table, window, simple=design.simple),
            blocks=tuple(blocks),
            dependence=dependence,
        )


def _joined(parts: Sequence[StatisticValues]) -> StatisticValues:
    return StatisticValues(
        statistic=np.concatenate([part.statistic for part in parts]),
        df=np.concatenate([part.df for part in parts]),
        pvalue=np.concatenate([part.pvalue for part in parts]),
        reason=parts[0].reason,
    )
