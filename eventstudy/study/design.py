"""`make_design`: what the tests of a study are run on, its pairs and every placebo position.

The value it makes, `Design`, is defined in `inference.design`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.estimation.abnormal import AbnormalReturns, volatility_start
from eventstudy.events.table import event_moment, event_rank
from eventstudy.execution.workers import SERIAL
from eventstudy.inference.dependence import ResidualDependence
from eventstudy.inference.design import WINDOWS_AT_A_TIME, Design, n_placements
from eventstudy.inference.placements import PlaceboTable, session_lookup
from eventstudy.inference.statistic import STATISTICS
from eventstudy.kernels import is_repeated
from eventstudy.study.cost import check_cost, placebo_cost
from eventstudy.study.expected_signs import pair_signs
from eventstudy.study.placebo_positions import placebo_positions

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventstudy._typing import BoolArray, IntArray
    from eventstudy.estimation.sample import Sample
    from eventstudy.execution.workers import Workers
    from eventstudy.study.cost import Cost
    from eventstudy.study.preparation import Prepared


# Why the sessions of all positions are needed, whatever their number.
_MOVING_VARIANCE = '; with statistics.volatility = "garch" the sessions of every position are kept'
_ROLLING = "; a rolling model keeps the sessions of every position"


def make_design(
    data: Prepared,
    sample: Sample,
    table: AbnormalReturns,
    progress: Callable[[int, int], None] | None = None,
    *,
    workers: Workers = SERIAL,
    whole: str = "",
    say: Callable[[Cost], None] | None = None,
) -> Design:
    """Return the pairs with every position at which a placebo of them may fall.

    Up to `cost.MOST_KEPT` sessions of positions are kept. Beyond that their models are, and what
    a test asks of them is estimated when it does.

    Parameters
    ----------
    progress
        Called with positions done and positions in all.
    whole
        Who else needs the sessions of every position, as a study's ``[activity]`` does: they are
        kept whatever their number.
    say
        Called with what the draws take before it is taken, where that is much.

    Raises
    ------
    SpecificationError
        The draws need more memory than there is, or signs are to be used and the events have none.
    """
    study, events, returns, rows = data.study, data.events, data.returns, data.rows
    n, t = returns.returns.shape
    column = np.arange(t)
    inside = (column >= rows[0][:, None]) & (column <= rows[1][:, None])
    is_placebo: BoolArray = inside & (data.usable >= study.min_obs)
    if not study.draws:
        is_placebo = np.zeros_like(is_placebo)
    # A placebo of a widened or merged pair has its longer window, so each width has positions of
    # its own, in the markets that have such a pair.
    widths = np.union1d(sample.extension, [0])
    needed = np.zeros((len(widths), n), dtype=bool)
    needed[0] = True
    needed[np.searchsorted(widths, sample.extension), sample.security] = True
    admissible = needed[:, :, None] & is_placebo
    if data.gaps is not None:
        gaps = [data.gaps.count(np.arange(n)[:, None], column, width) for width in widths]
        admissible &= np.stack(gaps) == 0
    estimation, event = study.estimation_window, study.event_window
    span = max(event.end, estimation.end) + 1
    span -= min(estimation.start, volatility_start(estimation, event))
    span += event.length**2 if study.model.rolling else 0
    whole = whole or ("" if study.activity is None else "[activity]")
    needs = f"; {whole} needs the sessions of every position" if whole else ""
    needs = needs or (_ROLLING if study.model.rolling else "")
    needs = needs or (_MOVING_VARIANCE if study.volatility == "garch" else "")
    cost = placebo_cost(
        positions=int(admissible.sum()),
        span=span,
        markets=n,
        sessions=t,
        factors=returns.factors.shape[2],
        pairs=len(sample.security),
        draws=study.draws,
        windows=len({window for window, _ in study.windows()}),
        placements=n_placements([window for window, _ in study.windows()]),
        held=max(WINDOWS_AT_A_TIME, len(study.car_windows)),
        tests=sum(not STATISTICS[name].value.randomised for name in study.statistics),
        groupings=1 + len(study.by),
        processes=workers.n_here,
        is_kept=True if needs else None,
    )
    check_cost(cost, what=needs)
    if say is not None and cost.is_large:
        say(cost)
    width, security, day0 = np.nonzero(admissible)
    index: IntArray = np.broadcast_to(np.int64(-1), (len(widths), n, t))
    estimates = None
    if cost.is_kept:
        positions = data.abnormal_at(
            security, day0, widths[width], progress=progress, workers=workers
        )
    else:
        estimates = placebo_positions(data, security, day0, widths[width], progress=progress)
        positions = estimates.table
    if len(security):
        index = np.array(index)
        index[width, security, day0] = np.where(positions.fit.failed, -1, np.arange(len(security)))
    # Markets of one calendar have one line in memory.
    lines = returns.dates[:1] if is_repeated(returns.dates) else returns.dates
    lookup, first = session_lookup(lines)
    date = returns.dates[sample.security, sample.day0]
    return Design(
        table=table,
        dependence=data.dependence_of(table),
        event=event_rank(events)[sample.event],
        moment=event_moment(events)[sample.event],
        sign=pair_signs(study, events, sample, data.aligned),
        slot=date,
        date=date,
        begin=returns.dates[sample.security, sample.day0 - sample.extension],
        placebo=PlaceboTable(
            table=positions,
            widths=widths,
            index=index,
            on_or_after=np.broadcast_to(lookup, (n, lookup.shape[1])),
            first_weekday=first,
            last_row=rows[1],
            first_row=rows[0] if study.estimation_window.start > study.event_window.end else None,
            estimates=estimates,
        ),
        placebo_dependence=data.dependence_of(positions) if estimates is None else _no_residuals(),
        simple=study.kind == "simple",
        draws=study.draws,
        seed=study.seed,
        alternative=study.alternative,
        draws_from=study.draws_from,
    )


def _no_residuals() -> ResidualDependence:
    """Return the dependence of positions whose residuals are not kept."""
    return ResidualDependence(np.empty((0, 0), dtype="datetime64[D]"), np.empty((0, 0)))
