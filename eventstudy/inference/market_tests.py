"""The placebo test of each market of a group, as ``evaluate`` has it for ``group * security``.

Placements, statistic and rank are those of every other table: the same pairs in the same window are
drawn with the same seed, so that one test has one p-value. What a table shows besides, an interval
and the smallest visible effect, is not computed here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.design import GroupCache, gather_evidence
from eventstudy.inference.placebo import ONE_DATE, placebo_t
from eventstudy.inference.placements import TOO_FEW_STATISTICS
from eventstudy.text import unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventstudy._typing import IntArray
    from eventstudy.inference.design import Cumulated, Design
    from eventstudy.windows import Window


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MarketTest:
    """Pairs of a group in one window, most often those of one market.

    Attributes
    ----------
    window, security : what is tested; the market by its number, -1 for pairs of several
    pairs : ``(N,)`` those with an abnormal return in the window
    estimate : mean signed CAR, a decimal return
    statistic, pvalue, n_draws : of the placebo test; NaN and 0 where it is not available
    note : why it is not, or what to bear in mind
    """

    window: Window
    security: int
    pairs: IntArray
    estimate: float = float("nan")
    statistic: float = float("nan")
    pvalue: float = float("nan")
    n_draws: int = 0
    note: str = ""


class MarketTests:
    """The placebo tests of single markets on one design, each computed once.

    Groups of the same pairs in a market share its tests: an economy, never a state.
    """

    def __init__(self, design: Design, cumulated: Mapping[Window, Cumulated]) -> None:
        self._design = design
        self._cumulated = cumulated
        self._made: dict[bytes, list[MarketTest]] = {}

    def of(self, pairs: IntArray) -> list[MarketTest]:
        """Return the tests of the markets of `pairs`, window by window."""
        security = self._design.table.security[pairs]
        markets = [self._of_market(pairs[security == one]) for one in np.unique(security)]
        return [tests[place] for place in range(len(self._cumulated)) for tests in markets]

    def _of_market(self, pairs: IntArray) -> list[MarketTest]:
        key = pairs.tobytes()
        if key not in self._made:
            cache = GroupCache()
            self._made[key] = [
                placebo_test(self._design, pairs, totals, cache)
                for totals in self._cumulated.values()
            ]
        return self._made[key]


def placebo_test(
    design: Design, pairs: IntArray, totals: Cumulated, cache: GroupCache
) -> MarketTest:
    """Return estimate and p-value of `pairs` in one window, as `evaluate` has them, and no more.

    `cache` holds what the windows of these pairs share.
    """
    markets = np.unique(design.table.security[pairs])
    window, security = totals.window, int(markets[0]) if len(markets) == 1 else -1
    signed = pairs[design.sign[pairs] != 0]
    has_return = totals.real.n_sessions[signed] > 0
    present = signed[has_return]
    if not present.size:
        note = unavailable("no abnormal return in this window")
        return MarketTest(window=window, security=security, pairs=present, note=note)
    gathered = gather_evidence(design, present, signed[~has_return], totals, cache)
    real, drawn, placements = gathered.real, gathered.drawn, gathered.placements
    answer = placebo_t(real)
    statistic = float(answer.statistic[0])
    reason, ranked = placements.reason, None
    if drawn is not None:
        ranked = placements.rank(statistic, placebo_t(drawn).statistic, design.alternative)
    pvalue, number = ranked or (float("nan"), 0)
    if ranked is None:
        short = TOO_FEW_STATISTICS if np.isfinite(statistic) else answer.reason
        note = unavailable(reason if reason and np.isfinite(statistic) else short)
    else:
        note = ONE_DATE if gathered.structure.n_units == 1 else ""
    return MarketTest(
        window=window,
        security=security,
        pairs=present,
        estimate=float(np.mean(totals.real.car[present] * design.sign[present])),
        statistic=statistic,
        pvalue=pvalue,
        n_draws=number,
        note=note,
    )
