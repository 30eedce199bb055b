"""What each randomised test of a group is given, and how it ranks there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.inversion import (
    PlaceboResult,
    rank_located,
    stretch_of,
    visible_in_draws,
)
from eventstudy.inference.mean_square import Surroundings
from eventstudy.inference.placements import TOO_FEW_STATISTICS
from eventstudy.inference.statistic import STATISTICS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventstudy._typing import FloatArray, IntArray
    from eventstudy.estimation.groups import Group
    from eventstudy.inference.design import Cumulated, Design, Gathered
    from eventstudy.inference.joint_draws import StudyDraws
    from eventstudy.inference.statistic import Located, Statistic, StatisticValues


class GroupDraws:
    """The evidence of one group in one window, for tests that need more than its own returns.

    Parameters
    ----------
    study
        The draws of the whole study; None where no test needs them.
    gathered
        Those of the group alone.
    """

    def __init__(
        self,
        design: Design,
        study: StudyDraws | None,
        group: Group,
        gathered: Gathered,
        totals: Cumulated,
    ) -> None:
        self._design = design
        self._study = study
        self._group = group
        self._gathered = gathered
        self._totals = totals
        self._of_study: Gathered | None = None
        self._around: Gathered | None = None
        self._share: FloatArray | None = None
        self._located: dict[str, tuple[Located, Located]] = {}

    def of(self, test: Statistic) -> Gathered:
        """Return the evidence a test is computed from."""
        if "others" in test.needs and self._study is not None:
            if self._of_study is None:
                self._of_study = self._study.beside(self._gathered, self._group, self._totals)
            return self._of_study
        if "surroundings" in test.needs:
            if self._around is None:
                surroundings = (
                    Surroundings(self._design, self._totals)
                    if self._study is None
                    else self._study.surroundings(self._totals)
                )
                self._around = surroundings.beside(self._gathered)
            return self._around
        return self._gathered

    def reason(self, test: Statistic, answer: StatisticValues) -> str:
        """Return why a test that could not be ranked has no p-value."""
        is_known = "surroundings" not in test.needs or self._gathered.drawn is not None
        if not np.isfinite(answer.statistic[0]) and is_known:
            return answer.reason
        return self.of(test).placements.reason or TOO_FEW_STATISTICS

    def rank(self, test: Statistic) -> PlaceboResult | None:
        """Rank a randomised test among its draws; None where it cannot be."""
        gathered = self.of(test)
        real, drawn, placements = gathered.real, gathered.drawn, gathered.placements
        if drawn is None:
            return None
        located = self._locate(test)
        if located is not None:
            return rank_located(
                *located, placements, alternative=real.alternative, stretch=self._stretched()
            )
        statistic = float(test.compute(real).statistic[0])
        ranked = placements.rank(statistic, test.compute(drawn).statistic, real.alternative)
        if ranked is None:
            return None
        pvalue, n_draws = ranked
        nothing = float("nan")
        return PlaceboResult(
            pvalue=pvalue, critical=nothing, effect=nothing, effect_low=nothing,
            effect_high=nothing, mde=nothing, mde_drawn=nothing, n_draws=n_draws,
        )  # fmt: skip

    def visible(self, test: Statistic) -> float:
        """Return the smallest effect that a located test sees in its draws; NaN where none."""
        gathered, located = self.of(test), self._locate(test)
        if located is None:
            return float("nan")
        return visible_in_draws(
            *located, gathered.placements, alternative=gathered.real.alternative
        )

    def _locate(self, test: Statistic) -> tuple[Located, Located] | None:
        """Return a test as a function of the effect, on the data and in the draws.

        None for a test of no effect, and where it has no draws.
        """
        gathered = self.of(test)
        if test.locate is None or gathered.drawn is None:
            return None
        if test.name not in self._located:
            if self._share is None:
                self._share = effect_share(self._design, gathered, self._totals)
            self._located[test.name] = (
                test.locate(gathered.real, None),
                test.locate(gathered.drawn, self._share),
            )
        return self._located[test.name]

    def _stretched(self) -> float:
        """How much rougher the dates are than those of the draws.

        By the moderated spread where the study has dates to borrow from, whatever other tests are
        asked; else by the group's own. Which groups the other dates form is the grouping's, so that
        the same pairs in another grouping have that of the first.
        """
        key = (self._gathered.real.origin.tobytes(), self._totals.window)
        known = {} if self._study is None else self._study.stretch
        if key not in known:
            located = None
            if self._study is not None:
                located = self._locate(STATISTICS["moderated_placebo"].value)
            located = located or self._locate(STATISTICS["placebo"].value)
            known[key] = 1.0 if located is None else stretch_of(*located)
        return known[key]


def effect_share(design: Design, gathered: Gathered, totals: Cumulated) -> FloatArray:
    """How much of one unit of effect on the group's own dates each position holds, ``(U,)``.

    An effect of one conditional standard deviation ``h``, spread evenly over the window, with the
    sign of its pair. A position holds the share of the sessions its window has in common with that
    of the nearest date of the group in its market, over its own ``h``. Windows of pairs that start
    earlier (``widen``, ``merge``) are as long as they are, and so are those of positions for them.
    """
    real, length = gathered.real, totals.window.length
    own = real.origin[real.structure.counted]
    security, day0 = design.table.security[own], design.table.day0[own]
    effect = real.sign[real.structure.counted] * totals.real.volatility[own]
    extension = design.table.extension[own]
    index = design.placebo.index
    share: FloatArray = np.zeros(len(totals.placebo.volatility))
    for number, width in enumerate(design.placebo.widths.tolist()):
        for column, common, which in _overlaps(day0, extension, width, length):
            inside = (column >= 0) & (column < index.shape[2])
            at = which[inside]
            row = index[number, security[at], column[inside]]
            has_row = row >= 0
            at = at[has_row]
            part = common[inside][has_row] / (length + extension[at])
            share[row[has_row]] = effect[at] * part
    held = np.flatnonzero(share)
    with np.errstate(divide="ignore", invalid="ignore"):
        of_each = share[held] / totals.placebo.volatility[held]
    share[held] = np.where(np.isfinite(of_each), of_each, 0.0)
    return share


def _overlaps(
    day0: IntArray, extension: IntArray, width: int, length: int
) -> Iterator[tuple[IntArray, IntArray, IntArray]]:
    """Yield columns whose window, `width` sessions longer, shares some with that of a date.

    The column, the sessions in common, and which of the dates; the most in common last, so that
    what is written in this order is that of the nearest date.
    """
    most = int(extension.max(initial=0))
    steps = range(1 - length - most, length + width)
    found = []
    for step in steps:
        common = np.minimum(step, 0) - np.maximum(step - width, -extension) + length
        each = common if most else common[:1]  # windows of one length have as many in common
        found += [(step, number) for number in np.unique(each[each > 0]).tolist()]
    for step, number in sorted(found, key=lambda each: (each[1], -abs(each[0]), each[0])):
        common = np.minimum(step, 0) - np.maximum(step - width, -extension) + length
        column = day0 + step
        which = np.flatnonzero(common == number)
        yield column[which], common[which], which
