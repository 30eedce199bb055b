"""`make_design`: what the tests of a study are run on, its pairs and every placebo position.

The value it makes, `Design`, is defined in `inference.design`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.estimation.abnormal import AbnormalReturns, volatility_start
from eventstudy.events.table import event_moment, event_rank
from eventstudy.exceptions import SpecificationError
from eventstudy.execution.workers import SERIAL
from eventstudy.inference.design import Design
from eventstudy.inference.placements import PlaceboTable, session_lookup
from eventstudy.study.expected_signs import pair_signs

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventstudy._typing import BoolArray
    from eventstudy.estimation.sample import Sample
    from eventstudy.execution.workers import Workers
    from eventstudy.study.preparation import Prepared


# About 130 bytes each: this many are 10 GB.
_MAX_PLACEBO_CELLS = 80_000_000


def make_design(
    data: Prepared,
    sample: Sample,
    table: AbnormalReturns,
    progress: Callable[[int, int], None] | None = None,
    workers: Workers = SERIAL,
) -> Design:
    """Return the pairs with every position at which a placebo of them may fall.

    `SpecificationError` where there are more positions than memory allows, or where signs are to
    be used and the events have none.
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
    estimation, event = study.estimation_window, study.event_window
    span = max(event.end, estimation.end) + 1
    span -= min(estimation.start, volatility_start(estimation, event))
    span += event.length**2 if study.model.rolling else 0
    cells = int((needed @ is_placebo.sum(axis=1)).sum()) * span
    if cells > _MAX_PLACEBO_CELLS:
        raise SpecificationError(
            f"placebo inference over {n} markets would estimate {int(is_placebo.sum()):,} "
            "positions, more than memory allows; set statistics.draws = 0, or study fewer markets "
            "at a time"
        ).at(key="statistics.draws")
    width, security, day0 = np.nonzero(needed[:, :, None] & is_placebo)
    positions = data.abnormal_at(security, day0, widths[width], progress=progress, workers=workers)
    index = np.full((len(widths), n, t), -1, dtype=np.int64)
    index[width, security, day0] = np.where(positions.fit.failed, -1, np.arange(len(security)))
    lookup, first = session_lookup(returns.dates)
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
            on_or_after=lookup,
            first_weekday=first,
            last_row=rows[1],
            first_row=rows[0] if study.estimation_window.start > study.event_window.end else None,
        ),
        placebo_dependence=data.dependence_of(positions),
        simple=study.kind == "simple",
        draws=study.draws,
        seed=study.seed,
        alternative=study.alternative,
        draws_from=study.draws_from,
    )
