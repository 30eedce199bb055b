"""The sessions before the news: whether it was expected, known, or dated too late."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.inference.design import GroupCache, cumulate_both
from eventstudy.inference.evaluate import COLUMNS as OF_TEST
from eventstudy.inference.evaluate import evaluate
from eventstudy.inference.market_tests import placebo_test
from eventstudy.windows import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy._typing import BoolArray
    from eventstudy.estimation.groups import Group
    from eventstudy.inference.design import Design

BEFORE = Window(-5, -1)
"""The sessions that are tested, as far as the event window holds them."""
COLUMNS = (*OF_TEST, "ambiguous", "n_pairs_clear", "estimate_clear", "pvalue_clear")


def anticipation(
    design: Design, groups: Sequence[Group], name: str, ambiguous: BoolArray
) -> pd.DataFrame:
    """Test every group over the five sessions before day 0.

    A move there says that the news was expected, that it was known to some, that markets moved for
    another reason, or that day 0 is dated too late: the half-width of a news time may leave two
    sessions open. So the share of such pairs stands beside every test, and the same test without
    them. Pairs whose window starts earlier, by the policies ``widen`` and ``merge``, hold the
    earlier candidate or event among these sessions and are left out there, too.

    Parameters
    ----------
    groups
        From `eventstudy.estimation.groups.make_groups`.
    name
        A registered statistic.
    ambiguous
        ``(P,)`` whether day 0 of each pair is uncertain.

    Returns
    -------
    One row a group with the columns of ``statistics`` (decimal returns); `ambiguous`, the share of
    its pairs with an uncertain day 0; `n_pairs_clear`, `estimate_clear`, `pvalue_clear` of the
    pairs whose day 0 is certain, NaN where there are none. The window is `BEFORE`, or from the
    start of the event window where that is later. Empty where the event window starts at day 0.
    """
    window = before(design.table.event)
    if window is None:
        return pd.DataFrame(columns=list(COLUMNS))
    measures = [(window, "car")]
    frame = evaluate(design, groups, measures, [name])
    is_clear = ~ambiguous & (design.table.extension == 0)
    parts = [replace(group, pairs=group.pairs[is_clear[group.pairs]]) for group in groups]
    clear = frame
    if not is_clear.all():
        clear = (
            _placebo(design, groups, parts, frame, window)
            if name == "placebo"
            else evaluate(design, parts, measures, [name])
        )
    has_pair = clear["n_pairs"] > 0
    # What is in no group for want of a sign is tested nowhere.
    counted_pairs = [group.pairs[design.sign[group.pairs] != 0] for group in groups]
    return frame.assign(
        ambiguous=[
            float(np.mean(ambiguous[pairs])) if len(pairs) else np.nan for pairs in counted_pairs
        ],
        n_pairs_clear=clear["n_pairs"],
        estimate_clear=clear["estimate"].where(has_pair).astype(float),
        pvalue_clear=clear["pvalue"].where(has_pair).astype(float),
    )


def _placebo(
    design: Design,
    groups: Sequence[Group],
    parts: Sequence[Group],
    frame: pd.DataFrame,
    window: Window,
) -> pd.DataFrame:
    """Return mean and p-value of parts of groups; those of `frame` where the part is the whole."""
    totals = cumulate_both(design, window)
    rows: list[tuple[float, ...]] = []
    known = frame[["n_pairs", "estimate", "pvalue"]].itertuples(index=False, name=None)
    for group, part, whole in zip(groups, parts, known, strict=True):
        if len(part.pairs) == len(group.pairs):
            rows.append(whole)
            continue
        test = placebo_test(design, part.pairs, totals, GroupCache())
        rows.append((len(test.pairs), test.estimate, test.pvalue))
    return pd.DataFrame(rows, columns=["n_pairs", "estimate", "pvalue"], index=frame.index)


def before(event: Window) -> Window | None:
    """Return the sessions of an event window that are tested; None where it has none before 0.

    Examples
    --------
    >>> print(before(Window(-2, 5)), before(Window(0, 5)))
    [-2,-1] None
    """
    if event.start > BEFORE.end or event.end < BEFORE.end:
        return None
    return Window(max(event.start, BEFORE.start), BEFORE.end)
