"""How often each test rejects on the placebo draws of one group, and what it finds."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy._typing import LEVEL, TIE
from eventstudy.calibration.result import (
    EFFECTS,
    EVENT_SPREAD,
    LEVELS,
    ORDINARY,
    ROUGH,
    ROUGH_TIMES,
    effect_label,
)
from eventstudy.estimation.abnormal import AbnormalReturns, CumulativeReturns, cumulate
from eventstudy.inference.design import GroupCache, cumulate_both, gather_evidence
from eventstudy.inference.evidence import StudyUnits
from eventstudy.inference.joint_draws import restricted
from eventstudy.inference.measured_draws import draws_for
from eventstudy.inference.measured_size import wilson
from eventstudy.inference.once import LastOnce
from eventstudy.inference.pvalues import against_null, direction_of, rank_pvalue
from eventstudy.inference.randomised import GroupDraws
from eventstudy.inference.rough_times import rough_blocks
from eventstudy.text import unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from eventstudy._typing import FloatArray
    from eventstudy.estimation.groups import Group
    from eventstudy.inference import Evidence, Statistic
    from eventstudy.inference.dependence import ResidualDependence
    from eventstudy.inference.design import Cumulated, Design, Gathered
    from eventstudy.inference.evidence import Others
    from eventstudy.inference.joint_draws import StudyDraws
    from eventstudy.inference.unit_series import UnitSeries
    from eventstudy.models.base import ModelFit
    from eventstudy.windows import Window

    _Changed = tuple[AbnormalReturns, CumulativeReturns, ResidualDependence, UnitSeries | None]

POWER = 0.8
# Effects at which power is asked for on the way to a minimum detectable one.
_GRID = (
    0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0,
    5.0, 6.0, 8.0, 10.0,
)  # fmt: skip
_NO_DRAW = "no draw has this statistic"
_EVENT_STREAM = 9
_MOST_DRAWS = 500
"""Draws on which power is measured: two points either way at 80 %."""
_LAST_STUDIES = 8
"""Scenarios of the dates outside a group that are remembered for the next one."""


class Scenario:
    """One window of a study, and its placebo draws with more variance or a known effect."""

    def __init__(self, design: Design, window: Window) -> None:
        self.design = design
        self.window = window
        self.session: Cumulated = cumulate_both(design, window)
        taus = design.placebo.table.taus
        at = 0 if window.start <= 0 <= window.end else window.start
        self._column = int(np.flatnonzero(taus == at)[0])
        self._changed_tables: dict[tuple[bool, float], _Changed] = {}
        self._rough: dict[bool, tuple[tuple[bytes, int], Evidence]] = {}
        self._mirrored = bool((design.sign < 0).any())
        # Where every position stands twice, what derives from residuals alone is shared as well.
        self._dependence = design.placebo_dependence.beside(2 if self._mirrored else 1)
        self._studies: LastOnce[StudyUnits] = LastOnce(_LAST_STUDIES)

    def rougher(self, drawn: Evidence) -> Evidence:
        """Return the draws with the variance of the event session doubled on average."""
        return self._changed_draws(drawn, True, 0.0)

    def in_rough_times(self, drawn: Evidence) -> Evidence:
        """Return draws of as many dates before which markets were rough.

        Where the study is moved as a whole, all its dates go there together.
        """
        if drawn.others is None or drawn.others.study is None:
            return self._in_rough_times(drawn, is_study=False)
        joint = self._in_rough_times(drawn.others.study.evidence, is_study=True)
        others = self._others(
            drawn.others,
            "in rough times",
            lambda study: replace(study, blocks=joint.blocks, once=joint.once),
        )
        return replace(drawn.placed(restricted(joint, drawn).blocks), others=others)

    def _others(self, others: Others, name: str, change: Callable[[Evidence], Evidence]) -> Others:
        """Dates outside a group with their evidence changed, once for the groups they are of."""

        def changed(study: StudyUnits) -> StudyUnits:
            return self._studies.of(
                (study, name), lambda: StudyUnits(evidence=change(study.evidence))
            )

        return others.over(changed)

    def _in_rough_times(self, drawn: Evidence, *, is_study: bool) -> Evidence:
        """Draws of the last group and of the study in `rough_blocks`, each placed once."""
        key = (drawn.origin.tobytes(), drawn.n_draws)
        known, placed = self._rough.get(is_study, (None, drawn))
        if known != key:
            placed = drawn.placed(rough_blocks(self.design, drawn, self.session))
            self._rough[is_study] = key, placed
        return replace(drawn, blocks=placed.blocks, once=placed.once)

    def moved(self, drawn: Evidence, effect: float) -> Evidence:
        """Return the draws with `effect` conditional standard deviations on the event session."""
        turn = direction_of(self.design.alternative)
        return self._changed_draws(drawn, False, turn * effect)

    def _changed_draws(self, drawn: Evidence, is_rougher: bool, effect: float) -> Evidence:
        key = (is_rougher, effect)
        if key not in self._changed_tables:
            self._changed_tables[key] = self._changed_table(is_rougher, effect)
        table, window, dependence, moved = self._changed_tables[key]
        others = drawn.others and self._others(
            drawn.others, str(key), lambda study: self._changed_draws(study, is_rougher, effect)
        )
        changed = replace(
            drawn,
            table=table,
            window=window,
            dependence=dependence,
            others=others,
            moved=moved,
            event_column=self._column,
        )
        if not self._mirrored:
            return changed
        placed = drawn.of_draws("in halves", lambda: self._in_halves(drawn))
        return replace(changed, blocks=placed.blocks, once=placed.once, places=None)

    def _in_halves(self, drawn: Evidence) -> Evidence:
        """Return the draws in a table whose second half moves the other way.

        A pair of sign -1 takes its position from there.
        """
        half = len(self.design.placebo.table.day0)
        blocks = tuple(
            replace(block, rows=block.rows + half * (drawn.sign[block.columns] < 0))
            for block in drawn.blocks
        )
        return drawn.placed(blocks)

    def event_scale(self) -> FloatArray:
        """Return what the AR of the event session is multiplied by at every position, ``(U,)``.

        ``sqrt(2 exp(s g - s^2/2))``, ``s`` `EVENT_SPREAD` and ``g`` standard normal, one a date
        and the same in all markets, from the study's seed: twice the variance on average. The
        same factor on every event would leave a self-normalised test as it is, by algebra.
        """
        dates = self.design.placebo.table.dates[:, self._column]
        days, at = np.unique(dates, return_inverse=True)
        g = np.random.default_rng((self.design.seed, _EVENT_STREAM)).standard_normal(len(days))
        scale: FloatArray = np.sqrt(2.0 * np.exp(EVENT_SPREAD * g - EVENT_SPREAD**2 / 2.0))[at]
        return scale

    def _changed_table(self, is_rougher: bool, effect: float) -> _Changed:
        table, shift = self.design.placebo.table, effect * self.session.placebo.volatility
        scale = self.event_scale() if is_rougher else np.ones(len(shift))
        if self._mirrored:
            table, shift = _twice(table), np.concatenate([shift, -shift])
            scale = np.concatenate([scale, scale])
        abnormal = table.abnormal.copy()
        abnormal[:, self._column] = scale * abnormal[:, self._column] + shift
        table = replace(
            table,
            abnormal=abnormal,
            standardized=abnormal / table.std_error,
            returns=table.normal + abnormal,
        )
        window = cumulate(table, self.window, simple=self.design.simple)
        # Pairs of the other sign move the other way: units alike in all else are no longer alike.
        moved = self.session.moved
        moved = None if moved is None or self._mirrored else moved.of(window.z)
        return table, window, self._dependence.beside(), moved


def _twice(table: AbnormalReturns) -> AbnormalReturns:
    """Return a table with every position twice, the second copies after all the first."""
    n = len(table.day0)

    def doubled(value: Any, leave: tuple[str, ...] = ()) -> dict[str, Any]:  # noqa: ANN401
        by_name = {field.name: getattr(value, field.name) for field in fields(value)}
        return {
            name: np.concatenate([array, array])
            for name, array in by_name.items()
            if name not in leave and isinstance(array, np.ndarray) and array.shape[:1] == (n,)
        }

    fit: ModelFit = replace(table.fit, **doubled(table.fit))
    return replace(table, fit=fit, **doubled(table, ("taus",)))


def window_rows(
    design: Design,
    group: Group,
    scenario: Scenario,
    tests: Sequence[Statistic],
    cache: GroupCache,
    study: StudyDraws | None = None,
) -> Iterator[dict[str, object]]:
    """Yield the rows of the frame of every test of one group in one window.

    `study` are the draws of the whole study, for tests that borrow from other dates.
    """
    window, session = scenario.window, scenario.session
    pairs = group.pairs[design.sign[group.pairs] != 0]
    is_held = session.real.n_sessions[pairs] > 0
    present, absent = pairs[is_held], pairs[~is_held]
    facts: dict[str, object] = {
        "group": group.label,
        "window_start": window.start,
        "window_end": window.end,
        "n_pairs": len(present),
        "n_units": 0,
        "note": "",
    }
    gathered: Gathered | None = None
    reason = "no abnormal return in this window"
    if present.size:
        gathered = gather_evidence(design, present, absent, session, cache)
        facts["n_units"] = gathered.structure.n_units
        reason = gathered.placements.reason
    draws = None
    if gathered is not None and gathered.drawn is not None:
        draws = GroupDraws(design, study, group, gathered, session)
    for test in tests:
        rows: list[dict[str, object]] = []
        mde, why = np.nan, reason
        if draws is not None:
            rows, mde, why = _rates(scenario, draws, test)
        if not rows:
            rows = [{"scenario": ORDINARY, "level": LEVEL, "n_draws": 0, "note": unavailable(why)}]
        for row in rows:
            yield facts | {"name": test.name, "mde": mde} | row


def _rates(
    scenario: Scenario, draws: GroupDraws, test: Statistic
) -> tuple[list[dict[str, object]], float, str]:
    """Return the rows of one test, its minimum detectable effect, and the reason for no rows."""
    gathered = draws.of(test)
    if gathered.drawn is None:
        return [], np.nan, draws.reason(test, test.compute(gathered.real))
    drawn = draws_for(test, gathered.drawn)
    computed = test.compute(drawn)
    rank = _Ranks(computed.statistic, gathered) if test.randomised else None

    thinned = drawn.thinned(_MOST_DRAWS)

    def pvalues(evidence: Evidence) -> FloatArray:
        result = test.compute(evidence)
        return result.pvalue if rank is None else rank.pvalues(result.statistic)

    ordinary = computed.pvalue if rank is None else rank.halves()
    if not np.isfinite(ordinary).any():
        return [], np.nan, computed.reason or _NO_DRAW
    # Both halves are drawn: the rate is as uncertain as one over a quarter of all draws.
    trials = len(drawn.blocks[0].pick) // 4 if rank is not None else None
    rows = [_rate(ORDINARY, level, ordinary, trials) for level in LEVELS]
    for name, changed in ((ROUGH, scenario.rougher), (ROUGH_TIMES, scenario.in_rough_times)):
        at_change = pvalues(changed(drawn))
        rows += [_rate(name, level, at_change) for level in LEVELS]
    powers: dict[float, tuple[float, int]] = {}

    def power(effect: float) -> float:
        if effect not in powers:
            at_effect = pvalues(scenario.moved(thinned, effect))
            number = int(np.isfinite(at_effect).sum())
            powers[effect] = (float((at_effect <= LEVEL).sum() / max(number, 1)), number)
            if effect in EFFECTS:
                rows.append(_rate(effect_label(effect), LEVEL, at_effect))
        return powers[effect][0]

    for effect in EFFECTS:
        power(effect)
    if test.locate is not None:
        return rows, draws.visible(test), ""
    size = float((ordinary <= LEVEL).sum() / np.isfinite(ordinary).sum())
    return rows, _mde(power, size, int(np.isfinite(ordinary).sum())), ""


def _rate(
    scenario: str, level: float, pvalues: FloatArray, trials: int | None = None
) -> dict[str, object]:
    """Return one row; its interval is that of `trials` independent draws, by default of all."""
    finite = pvalues[np.isfinite(pvalues)]
    row: dict[str, object] = {"scenario": scenario, "level": level, "n_draws": len(finite)}
    if not finite.size:
        return row | {"note": unavailable(_NO_DRAW)}
    rate = float((finite <= level + TIE).mean())
    number = len(finite) if trials is None else min(trials, len(finite))
    low, high = wilson(round(rate * number), number)
    return row | {"rate": rate, "rate_low": min(low, rate), "rate_high": max(high, rate)}


class _Ranks:
    """P-values of a randomised test: ranks among its draws as they are."""

    def __init__(self, statistic: FloatArray, gathered: Gathered) -> None:
        self._alternative = gathered.real.alternative
        values = against_null(statistic, self._alternative)
        self._draws = values[np.isfinite(values)]
        self._seed = gathered.real.seed
        self._lists_real = gathered.placements.lists_real

    def pvalues(self, statistic: FloatArray) -> FloatArray:
        """Rank of statistics as they would be on the real dates."""
        values = against_null(statistic, self._alternative)
        return rank_pvalue(values, self._draws, holds_value=self._lists_real)

    def halves(self) -> FloatArray:
        """Ranks of one half of the draws, chosen by the seed, among the other."""
        order = np.random.default_rng((*self._seed, 2)).permutation(len(self._draws))
        half = len(self._draws) // 2
        return rank_pvalue(self._draws[order[half:]], self._draws[order[:half]])


def _mde(power: Callable[[float], float], size: float, n_draws: int) -> float:
    """Effect with 80 % power, between two points of the grid along the normal quantile."""
    if size >= POWER:
        return 0.0
    low, high = -1, len(_GRID)  # power is below POWER at `low`, not below it at `high`
    for at in (at for at, effect in enumerate(_GRID) if effect in EFFECTS):  # known already
        if power(_GRID[at]) >= POWER:
            high = min(high, at)
        elif at < high:
            low = max(low, at)

    def between() -> float:
        begin, start = (0.0, size) if low < 0 else (_GRID[low], power(_GRID[low]))
        edge = 0.5 / n_draws
        left, right, target = _quantiles(start, power(_GRID[high]), POWER, edge=edge)
        part = (target - left) / (right - left) if right > left else 1.0
        return float(begin + min(max(part, 0.0), 1.0) * (_GRID[high] - begin))

    while high - low > 1:
        if high == len(_GRID):
            middle = (low + high) // 2
        else:  # the point nearest to where the line through what is known would be
            middle = int(np.searchsorted(_GRID, between()))
            middle = min(max(middle, low + 1), high - 1)
        if power(_GRID[middle]) >= POWER:
            high = middle
        else:
            low = middle
    return float("nan") if high == len(_GRID) else between()


def _quantiles(*shares: float, edge: float) -> list[float]:
    from scipy.special import ndtri

    return [float(ndtri(min(max(share, edge), 1.0 - edge))) for share in shares]
