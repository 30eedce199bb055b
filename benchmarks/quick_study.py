"""Many studies of the same four series, of which only the dates differ, quickly.

What a study computes is what `eventstudy` computes, step by step with its own functions; left out
is what the dates do not change (prices are read, checked and aligned once a series) and what the
tests asked about do not use (residuals, intervals, the other groups). The volatility of every
position is taken from running sums, which is the same number; `benchmarks/size_real.py
--check` compares the p-values with those of whole studies.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import lfilter

import eventstudy as es
from eventstudy import kernels
from eventstudy.analyses import contrasts
from eventstudy.estimation.abnormal import AbnormalReturns
from eventstudy.estimation.groups import make_groups
from eventstudy.events import alignment
from eventstudy.execution.workers import SERIAL
from eventstudy.inference import STATISTICS
from eventstudy.inference.contrast import MIN_PERMUTATIONS, differences
from eventstudy.inference.dependence import ResidualDependence
from eventstudy.inference.design import GroupCache, cumulate_both, gather_evidence
from eventstudy.inference.joint_draws import StudyDraws
from eventstudy.inference.permutations import permutations
from eventstudy.inference.pvalues import rank_pvalue
from eventstudy.inference.randomised import GroupDraws
from eventstudy.models import EstimationSample
from eventstudy.study.design import make_design
from eventstudy.study.labels import sample_labels
from eventstudy.study.preparation import Prepared, estimate, prepare, regressors, usable_sessions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventstudy._typing import IntArray
    from eventstudy.execution.workers import Workers
    from eventstudy.inference.design import Cumulated, Design

CONTRAST = "contrast"
QUICK = ("placebo", "moderated_placebo", "mean_square", CONTRAST)
"""What can be asked here."""
DECAY = 0.94
_NO_RESIDUALS = ResidualDependence(np.empty((0, 1), "datetime64[D]"), np.empty((0, 1)))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Lean(Prepared):
    """Data of a study whose abnormal returns of one session need no residuals."""

    @cached_property
    def running(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Weighted sums of the squares and of the returns before each session; how many."""
        return _running(self.returns.returns)

    def abnormal_at(
        self,
        security: IntArray,
        day0: IntArray,
        extension: IntArray,
        *,
        progress: Callable[[int, int], None] | None = None,  # noqa: ARG002
        workers: Workers = SERIAL,  # noqa: ARG002
        with_residuals: bool = False,  # noqa: ARG002 - there are none
    ) -> AbnormalReturns:
        """Take the abnormal returns of day 0, their volatility from running sums."""
        study, returns = self.study, self.returns.returns
        window = study.estimation_window
        first = day0 + window.start
        sample = EstimationSample(
            returns=self.masked,
            factors=regressors(study, self.returns)[0],
            tables=self.tables,
            security=security,
            first=first,
            length=window.end - window.start + 1,
        )
        fit = study.model.fit(sample)
        squares, means, number = self.running
        begin = np.maximum(first, 0)
        left = DECAY ** (number[security, day0] - number[security, begin])
        square = squares[security, day0] - left * squares[security, begin]
        mean = means[security, day0] - left * means[security, begin]
        variance = square - 2.0 * fit.intercept * mean + fit.intercept**2 * (1.0 - left)
        h = np.sqrt(variance + left * fit.sigma**2)[:, None]
        normal = fit.intercept[:, None]
        own = returns[security, day0][:, None]
        error = (fit.sigma * np.sqrt(1.0 + fit.mean_weight))[:, None]
        return AbnormalReturns(
            security=security,
            day0=day0,
            extension=extension,
            event=study.event_window,
            taus=np.zeros(1, dtype=np.int64),
            dates=self.returns.dates[security, day0][:, None],
            returns=own,
            normal=normal,
            abnormal=own - normal,
            factors=np.empty((len(own), 1, 0)),
            std_error=error,
            standardized=(own - normal) / error,
            residuals=np.empty((len(own), 0)),
            volatility=h,
            fit=fit,
        )

    def dependence_of(self, table: AbnormalReturns) -> ResidualDependence:  # noqa: ARG002
        """Nothing: no test asked about uses it."""
        return _NO_RESIDUALS


def _running(returns: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weighted sums of the squares and of the returns before each session; how many."""
    has_return = np.isfinite(returns)
    sums = np.zeros((2, *returns.shape))
    for market, is_there in enumerate(has_return):
        values = returns[market, is_there]
        at = np.flatnonzero(is_there)
        known = lfilter([1.0 - DECAY], [1.0, -DECAY], np.stack([values**2, values]), axis=1)
        # What is known after one return is known before all sessions up to the next one.
        last = np.searchsorted(at, np.arange(returns.shape[1]), side="left") - 1
        sums[:, market] = np.where(last >= 0, known[:, np.maximum(last, 0)], 0.0)
    number = np.zeros(returns.shape, dtype=np.int64)
    number[:, 1:] = np.cumsum(has_return, axis=1)[:, :-1]
    return sums[0], sums[1], number


@dataclass(frozen=True, kw_only=True, eq=False)
class QuickStudies:
    """Studies of one panel of prices; `data` is any of them, prepared."""

    data: Prepared

    @classmethod
    def of(cls, study: es.EventStudy, events: es.Events, prices: es.PricePanel) -> QuickStudies:
        """Read, check and align once."""
        return cls(data=prepare(study, events, prices))

    @cached_property
    def day_column(self) -> list[dict[np.datetime64, int]]:
        """Column of each date of each market."""
        return [
            {day: at for at, day in enumerate(line) if not np.isnat(day)}
            for line in self.data.returns.dates
        ]

    def prepared(self, events: es.Events, days: np.ndarray, moved: np.ndarray) -> Prepared:
        """Return a study of other events, whose returns on `days` are `moved` ``(D, N)``."""
        data, study = self.data, self.data.study
        values = data.returns.returns.copy()
        for market, column in enumerate(self.day_column):
            values[market, [column[day] for day in days]] = moved[:, market]
        returns = replace(data.returns, returns=values)
        selected = np.ones(len(events), dtype=bool)
        aligned = alignment.align(
            events,
            data.setting.markets,
            data.setting.calendars,
            date_only=study.date_only,
            cutoff_minutes=study.cutoff_minutes,
            event_window=study.event_window,
            selected=selected,
        )
        masked = values.copy()
        if study.mask_events:
            rows = np.flatnonzero(aligned.is_wanted & selected[aligned.event])
            masked[aligned.security[rows], aligned.day0[rows]] = np.nan
        tables = kernels.moment_tables(masked, regressors(study, returns)[0])
        held = {field.name: getattr(data, field.name) for field in fields(Prepared)}
        return _Lean(
            **held
            | {
                "events": events,
                "selected": selected,
                "aligned": aligned,
                "returns": returns,
                "masked": masked,
                "tables": tables,
                "usable": usable_sessions(study, tables, returns),
            }
        )

    def pvalues(
        self,
        events: es.Events,
        days: np.ndarray,
        moved: np.ndarray,
        *,
        names: Sequence[str],
        group: str,
        seed: int,
    ) -> dict[str, float]:
        """Return the p-values of one group, and of its contrast with all others."""
        data = self.prepared(events, days, moved)
        sample, table = estimate(data)
        design = replace(make_design(data, sample, table), seed=seed)
        labels = sample_labels(data, sample)
        groups = make_groups(labels, data.study.by)
        totals = cumulate_both(design, data.study.car_windows[0])
        own = next(each for each in groups if each.label == group)
        study = StudyDraws(design, groups)
        pairs = own.pairs[totals.real.n_sessions[own.pairs] > 0]
        drawn = gather_evidence(design, pairs, own.pairs[:0], totals, GroupCache())
        tests = GroupDraws(design, study, own, drawn, totals)
        found = {}
        for name in names:
            if name == CONTRAST:
                is_own = np.isin(np.arange(len(labels)), own.pairs)
                found[name] = _contrast(design, totals, is_own, self.data.returns.names)
                continue
            test = STATISTICS[name].value
            gathered = tests.of(test)
            found[name] = np.nan
            if gathered.drawn is None:
                continue
            ranked = gathered.placements.rank(
                float(test.compute(gathered.real).statistic[0]),
                test.compute(gathered.drawn).statistic,
                "two-sided",
            )
            if ranked is not None:
                found[name] = ranked[0]
        return found


def _contrast(
    design: Design, totals: Cumulated, is_own: np.ndarray, markets: Sequence[str]
) -> float:
    """P-value of the pooled contrast of the group's dates with all others."""
    side = np.where(is_own, contrasts._FIRST, contrasts._SECOND)  # noqa: SLF001
    unsigned = replace(design, sign=np.ones(len(design.sign)))
    pairs = np.flatnonzero(np.isfinite(totals.real.z))
    units = contrasts._units(  # noqa: SLF001
        unsigned, side, pairs, totals.real, markets, None
    )
    groups = units.groups
    counts = [int(groups.first.sum()), int((~groups.first).sum())]
    if contrasts._too_few(groups, counts, ("a", "b"), None):  # noqa: SLF001
        return float("nan")
    drawn = permutations(
        groups.first, groups.block, groups.stratum, draws=design.draws, seed=[design.seed]
    )
    if drawn.n_ways < MIN_PERMUTATIONS:
        return float("nan")
    own, draws = (
        np.abs(mean[0]) / np.sqrt(covariance[0, 0])
        for mean, covariance in (
            differences(groups.z[None], groups, labels)
            for labels in (groups.first[None], drawn.first)
        )
    )
    if not np.isfinite(own[0]):
        return float("nan")
    draws = np.where(np.isnan(draws), np.inf, draws)
    return float(rank_pvalue(own, draws[None], holds_value=drawn.is_all)[0])
