"""Many placebo tests at once: the windows and markets of a group, then the groups.

A study with three windows and six markets asks eighteen questions of every group, and one in
twenty true nulls is rejected at 5 %. Here the members of a group share their placebo draws, so
that the dependence between them is the data's own, and the smallest p-value is compared with the
smallest p-values of the draws (docs/methods.md, section 6). Not the largest statistic: members
with few dates have heavier tails, and would decide alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy._typing import TIE
from eventstudy.inference.design import MIN_GAP, cumulate_both, pair_structure, place_pairs
from eventstudy.inference.placebo import unit_t
from eventstudy.inference.placements import (
    TOO_FEW_STATISTICS,
    Placements,
    draw_seed,
)
from eventstudy.inference.pvalues import against_null, rank_pvalue
from eventstudy.text import unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pandas as pd

    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.estimation.clusters import Structure
    from eventstudy.estimation.groups import Group
    from eventstudy.inference.design import Cumulated, Design
    from eventstudy.windows import Window

COLUMNS = (
    "group", "window_start", "window_end", "security", "n_pairs", "n_events", "estimate",
    "pvalue", "pvalue_stepdown", "group_pvalue", "group_pvalue_holm", "group_pvalue_bh",
    "n_groups", "n_draws", "note",
)  # fmt: skip
_ABSENT = unavailable("no abnormal return in this window")
_ALIKE = unavailable("every date moved alike, or no abnormal return is there")
_ONE_DATE = "one date: event-induced variance cannot be told from an effect"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StepDown:
    """Adjusted p-values of one family.

    Attributes
    ----------
    pvalue : ``(J,)`` each member's own, its rank among its draws; NaN where not available
    adjusted : ``(J,)`` after the step-down; the smallest is the p-value of the whole family
    n_draws : ``(J,)`` draws that have the member's statistic
    """

    pvalue: FloatArray
    adjusted: FloatArray
    n_draws: IntArray


def step_down(
    real: FloatArray, draws: FloatArray, *, holds_real: bool = False, least: int = 1
) -> StepDown:
    """Step-down min-p (Romano and Wolf 2005): the smallest p-value against its own distribution.

    ``p_j(b)`` is the share of all placements, the real one among them, whose statistic of member
    ``j`` is at least as large as that of placement ``b``. Members are taken by rising p-value;
    the k-th is compared with ``min p_j(b)`` over the k-th and all after it, and no adjusted
    p-value is smaller than one before it.

    Parameters
    ----------
    real
        ``(J,)`` statistics, large against the null (absolute values of a two-sided test); NaN
        where there is none.
    draws
        ``(B, J)`` the same on every placement; NaN where there is none.
    holds_real
        The real placement is one of the draws; else it is added to them.
    least
        A member with fewer draws has no p-value.
    """
    count = np.isfinite(draws).sum(axis=0)
    pvalue = np.full(len(real), np.nan)
    adjusted = pvalue.copy()
    (tested,) = np.nonzero(np.isfinite(real) & (count >= least))
    ranks = np.empty((len(draws) + (not holds_real), len(tested)))
    for column, member in enumerate(tested):
        values = draws[:, member] if holds_real else np.append(draws[:, member], real[member])
        rank = rank_pvalue(np.append(values, real[member]), values, holds_value=True)
        ranks[:, column] = np.where(np.isnan(rank[:-1]), np.inf, rank[:-1])
        pvalue[member] = rank[-1]
    order = np.argsort(pvalue[tested], kind="stable")
    # Column k: the smallest p-value of each placement over the k-th member and those after it.
    smallest = np.minimum.accumulate(ranks[:, order[::-1]], axis=1)[:, ::-1]
    last = 0.0
    for step, column in enumerate(order):
        own_pvalue = pvalue[tested[column]]
        has_pvalue = np.isfinite(smallest[:, step])
        share = float((smallest[has_pvalue, step] <= own_pvalue * (1.0 + TIE)).mean())
        last = max(last, own_pvalue, share)
        adjusted[tested[column]] = last
    return StepDown(pvalue=pvalue, adjusted=adjusted, n_draws=count)


def family(
    design: Design,
    groups: Sequence[Group],
    windows: Sequence[Window],
    securities: Sequence[str],
    *,
    progress: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """Adjust the placebo p-values of every group over windows and markets, and the groups.

    A member is one market of the group in one window, with the statistic of the placebo test of
    that market alone; the group as a whole, being made of its markets, is none. A grouping by
    ``security`` has no family of its own: its tests are members of the group without it. Groups
    of the same pairs are one group under two names: they have the same numbers and count once.

    Parameters
    ----------
    groups
        From `eventstudy.estimation.groups.make_groups`.
    windows
        The CAR windows.
    securities
        Names of the markets, by their number in the design.
    progress
        Called with 1 after each group.

    Returns
    -------
    One row a member. `estimate` is the mean signed CAR, a decimal return; `pvalue` its rank among
    its draws; `pvalue_stepdown` adjusted within the group; `group_pvalue` the smallest of these;
    `group_pvalue_holm` and `group_pvalue_bh` adjusted over the `n_groups` groups that have one,
    without ``all`` where there are others.
    """
    import pandas as pd

    cumulated = {window: cumulate_both(design, window) for window in dict.fromkeys(windows)}
    earliest = min(windows, key=lambda window: window.start, default=None)
    decile = None if earliest is None else cumulated[earliest].decile
    answers: dict[bytes, tuple[list[dict[str, object]], float]] = {}
    pairs_of: dict[str, bytes] = {}
    for group in groups:
        if "security" not in group.by:
            pairs = group.pairs.tobytes()
            if pairs not in answers:
                answers[pairs] = _group(design, group, cumulated, decile)
            pairs_of[group.label] = pairs
        if progress is not None:
            progress(1)
    others = [pairs for label, pairs in pairs_of.items() if label != "all"] or list(
        pairs_of.values()
    )
    across = _across({pairs: answers[pairs][1] for pairs in others})
    rows = [
        row
        | {"group": label, "security": securities[int(str(row["security"]))]}
        | {"group_pvalue": answers[pairs][1]}
        | (across.get(pairs, {}) if label != "all" or len(pairs_of) == 1 else {})
        for label, pairs in pairs_of.items()
        for row in answers[pairs][0]
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.assign(
        note=pd.Series(list(frame["note"]), index=frame.index, dtype=str),
        n_groups=frame["n_groups"].astype("Int64"),
    ).astype({"group_pvalue_holm": float, "group_pvalue_bh": float})


def _group(
    design: Design, group: Group, cumulated: Mapping[Window, Cumulated], decile: IntArray | None
) -> tuple[list[dict[str, object]], float]:
    """Rows of one group, and its p-value."""
    pairs = group.pairs[design.sign[group.pairs] != 0]
    present = pairs[_has_return(cumulated, pairs).any(axis=0)]
    placements = _placements(design, present, list(cumulated), decile)
    rows, real, draws = [], [], []
    # The best case for a member: `n_draws` statistics; else none at all.
    n_draws = len(placements.blocks[0].pick) if placements is not None and placements.blocks else 0
    missing = np.full(n_draws, np.nan)
    for window, totals in cumulated.items():
        for security, market_pairs, z, z_drawn in _members(
            design, group, present, totals, placements
        ):
            row: dict[str, object] = {
                "window_start": window.start,
                "window_end": window.end,
                "security": security,
                "n_pairs": len(market_pairs),
                "n_events": len(np.unique(design.event[market_pairs])),
                "note": "",
            }
            statistic = np.nan
            if not market_pairs.size:
                row["note"] = _ABSENT
            else:
                row["estimate"] = float(
                    np.mean(totals.real.car[market_pairs] * design.sign[market_pairs])
                )
                statistic = float(unit_t(z)[0])
                if not np.isfinite(statistic):
                    row["note"] = _ALIKE
                elif z.shape[1] == 1:
                    row["note"] = _ONE_DATE
            rows.append(row)
            real.append(statistic)
            draws.append(unit_t(z_drawn) if market_pairs.size and n_draws else missing)
    if not rows:
        return [], np.nan
    values = against_null(np.array(real), design.alternative)
    answer = step_down(
        values,
        against_null(np.column_stack(draws), design.alternative),
        holds_real=placements is not None and placements.lists_real,
        least=1 if placements is None else placements.min_draws,
    )
    for at, row in enumerate(rows):
        row |= {
            "pvalue": answer.pvalue[at],
            "pvalue_stepdown": answer.adjusted[at],
            "n_draws": int(answer.n_draws[at]),
        }
        if np.isfinite(values[at]) and not np.isfinite(answer.pvalue[at]):
            reason = (placements.reason if placements is not None else "") or TOO_FEW_STATISTICS
            row["note"] = unavailable(reason)
    adjusted = answer.adjusted[np.isfinite(answer.adjusted)]
    return rows, float(adjusted.min()) if adjusted.size else np.nan


def _has_return(cumulated: Mapping[Window, Cumulated], pairs: IntArray) -> BoolArray:
    """Whether each pair has an abnormal return in each window, ``(windows, pairs)``."""
    has_return = [totals.real.n_sessions[pairs] > 0 for totals in cumulated.values()]
    return np.array(has_return, dtype=bool).reshape(len(cumulated), len(pairs))


def _placements(
    design: Design, present: IntArray, windows: Sequence[Window], decile: IntArray | None
) -> Placements | None:
    """One placement for every member: as far apart as the longest window asks for."""
    if not present.size:
        return None
    longest = max(windows, key=lambda window: window.length)
    gap = max(longest.length, MIN_GAP)
    end = max(window.end for window in windows)
    structure: Structure = pair_structure(design, present, longest)
    return place_pairs(
        design,
        structure,
        present,
        start=min(window.start for window in windows),
        end=end,
        gap=gap,
        seed=draw_seed(design.seed, gap, max(end, 0)),
        decile=decile,
    )


def _members(
    design: Design,
    group: Group,
    present: IntArray,
    totals: Cumulated,
    placements: Placements | None,
) -> Iterator[tuple[int, IntArray, FloatArray, FloatArray]]:
    """Market, its pairs in the window, and their z by date: real ``(1, E)``, drawn ``(B, E)``.

    In one market every day 0 is a date of its own, and each counts once.
    """
    of_group = design.table.security[group.pairs]
    in_window = np.flatnonzero(totals.real.n_sessions[present] > 0)
    counted = np.zeros(len(present), dtype=bool)
    if in_window.size:
        counted[in_window] = pair_structure(design, present[in_window], totals.window).counted
    sign = design.sign[present]
    z = (totals.real.z[present] * sign)[None, :]
    drawn = np.empty((0, len(present)))
    if placements is not None and placements.blocks:
        drawn = np.empty((len(placements.blocks[0].pick), len(present)))
        for block in placements.blocks:
            block_z = totals.placebo.z[block.rows] * sign[block.columns]
            drawn[:, block.columns] = block_z[block.pick]
    for security in np.unique(of_group):
        of_market = in_window[design.table.security[present[in_window]] == security]
        dates = of_market[counted[of_market]]
        yield int(security), present[of_market], z[:, dates], drawn[:, dates]


def _across(best: Mapping[bytes, float]) -> dict[bytes, dict[str, object]]:
    """Holm's and Benjamini and Hochberg's adjustment over the groups that have a p-value."""
    from statsmodels.stats.multitest import multipletests

    available = {group: p for group, p in best.items() if np.isfinite(p)}
    if not available:
        return {}
    holm, bh = (
        multipletests(list(available.values()), method=method)[1] for method in ("holm", "fdr_bh")
    )
    return {
        group: {
            "group_pvalue_holm": float(holm[at]),
            "group_pvalue_bh": float(bh[at]),
            "n_groups": len(available),
        }
        for at, group in enumerate(available)
    }
