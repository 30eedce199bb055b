"""Many placebo tests at once: the windows and markets of a group, then the groups.

A study with three windows and six markets asks eighteen questions of every group, and one in
twenty true nulls is rejected at 5 %. Each member of a group has the p-value its test has everywhere
else. For the adjustment the members share placebo draws, so that the dependence between them is
the data's own, and the smallest p-value is compared with the smallest p-values of the draws
(docs/methods.md, section 6). Not the largest statistic: members with few dates have heavier tails,
and would decide alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from eventstudy._typing import LEVEL, TIE
from eventstudy.inference.design import MIN_GAP, cumulate_all, pair_structure, place_pairs
from eventstudy.inference.market_tests import MarketTests
from eventstudy.inference.placements import (
    MOST_DRAWS,
    TOO_FEW_STATISTICS,
    Placements,
    draw_seed,
)
from eventstudy.inference.pvalues import against_null, rank_pvalue
from eventstudy.inference.shared_draws import shared_t
from eventstudy.reporting.finding import holm
from eventstudy.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.estimation.clusters import Structure
    from eventstudy.estimation.groups import Group
    from eventstudy.inference.design import Cumulated, Design
    from eventstudy.inference.market_tests import MarketTest
    from eventstudy.windows import Window

COLUMNS = (
    "group", "window_start", "window_end", "security", "n_pairs", "n_events", "estimate",
    "pvalue", "pvalue_stepdown", "group_pvalue", "group_pvalue_holm", "group_pvalue_bh",
    "n_groups", "n_draws", "note", "n_draws_joint",
)  # fmt: skip
MOST_TESTED = 200
"""Markets of a study above which `fit` leaves the placebo test of each of them out."""
_MARGIN = 4
"""Times the draws with which a p-value at its floor is just small enough."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StepDown:
    """Adjusted p-values of one family.

    Attributes
    ----------
    joint : ``(J,)`` the rank of each member among the draws all share; NaN where not available
    adjusted : ``(J,)`` after the step-down; the smallest is the p-value of the whole family
    n_draws : ``(J,)`` draws that have the member's statistic
    """

    joint: FloatArray
    adjusted: FloatArray
    n_draws: IntArray


def step_down(
    real: FloatArray,
    draws: FloatArray,
    *,
    own: FloatArray | None = None,
    holds_real: bool = False,
    least: int = 1,
) -> StepDown:
    """Step-down min-p (Romano and Wolf 2005): the smallest p-value against its own distribution.

    ``p_j(b)`` is the share of all placements, the real one among them, whose statistic of member
    ``j`` is at least as large as that of placement ``b``. Members are taken by rising p-value;
    the k-th is compared with ``min p_j(b)`` over the k-th and all after it, and no adjusted
    p-value is smaller than one before it.

    With `own`, the p-values the members have by themselves, members are taken by these, compared
    with the largest ``p_j`` so far, and no adjusted p-value is smaller than the member's own.

    Parameters
    ----------
    real
        ``(J,)`` statistics, large against the null (absolute values of a two-sided test); NaN
        where there is none.
    draws
        ``(B, J)`` the same on every placement; NaN where there is none.
    own
        ``(J,)``; a member without one is not in the family. Default: the ranks among `draws`.
    holds_real
        The real placement is one of the draws; else it is added to them.
    least
        A member with fewer draws has no p-value.
    """
    count = np.isfinite(draws).sum(axis=0)
    joint = np.full(len(real), np.nan)
    adjusted = joint.copy()
    is_tested = np.isfinite(real) & (count >= least)
    if own is not None:
        is_tested &= np.isfinite(own)
    (tested,) = np.nonzero(is_tested)
    ranks = np.empty((len(draws) + (not holds_real), len(tested)))
    for column, member in enumerate(tested):
        values = draws[:, member] if holds_real else np.append(draws[:, member], real[member])
        # In rising order they are looked up sooner.
        rising = np.argsort(values)
        rank = rank_pvalue(np.append(values[rising], real[member]), values, holds_value=True)
        ranks[rising, column] = np.where(np.isnan(rank[:-1]), np.inf, rank[:-1])
        joint[member] = rank[-1]
    alone = joint if own is None else own
    order = np.lexsort((joint[tested], alone[tested]))
    # Column k: the smallest p-value of each placement over the k-th member and those after it.
    smallest = np.minimum.accumulate(ranks[:, order[::-1]], axis=1)[:, ::-1]
    edge = last = 0.0
    for step, column in enumerate(order):
        member = tested[column]
        edge = max(edge, float(joint[member]))
        has_pvalue = np.isfinite(smallest[:, step])
        share = float((smallest[has_pvalue, step] <= edge * (1.0 + TIE)).mean())
        last = max(last, float(alone[member]), share)
        adjusted[member] = last
    return StepDown(joint=joint, adjusted=adjusted, n_draws=count)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Answer:
    """What one family comes to.

    Attributes
    ----------
    rows : of its members
    pvalue : of the group, the smallest adjusted one
    best : place of the member with it, -1 without any
    is_at_floor : whether no draw reached that member, so that more draws could lower its p-value
    n_tests : members in the adjustment
    n_draws : placements all members share
    has_all : whether these are all there are
    """

    rows: list[dict[str, object]]
    pvalue: float
    best: int
    is_at_floor: bool
    n_tests: int
    n_draws: int
    has_all: bool


def family(
    design: Design,
    groups: Sequence[Group],
    windows: Sequence[Window],
    securities: Sequence[str],
    *,
    progress: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """Adjust the placebo p-values of every group over windows and markets, and the groups.

    A member is one market of the group in one window: the placebo test `evaluate` gives for
    ``group * security``. The group as a whole, being made of its markets, is none. A grouping by
    ``security`` has no family of its own: its tests are members of the group without it. Groups
    of the same pairs are one group under two names: they have the same numbers and count once.

    A group whose strongest member no shared draw reaches, and which Holm leaves above 5 %, is
    adjusted anew with more draws: four times those with which Holm could reach 5 %, at most
    `eventstudy.inference.placements.MOST_DRAWS`. Where that cannot be, the note says how many draws
    would be needed.

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
    One row a member. `estimate` is the mean signed CAR, a decimal return; `pvalue` and `n_draws`
    are those of the member's own test; `pvalue_stepdown` adjusted within the group over
    `n_draws_joint` draws that all members share; `group_pvalue` the smallest of these;
    `group_pvalue_holm` and `group_pvalue_bh` adjusted over the `n_groups` groups that have one,
    without ``all`` where there are others.
    """
    import pandas as pd

    cumulated = cumulate_all(design, windows)
    of_label = {group.label: group for group in groups if "security" not in group.by}
    distinct = {group.pairs.tobytes(): group for group in of_label.values()}
    tests = MarketTests(design, cumulated)
    members = {pairs: tests.of(group.pairs) for pairs, group in distinct.items()}

    def answer(pairs: bytes, draws: int) -> _Answer:
        enough = replace(design, draws=draws)
        return _family_of(enough, distinct[pairs], members[pairs], cumulated)

    answers = {}
    for pairs in distinct:
        answers[pairs] = answer(pairs, design.draws)
        if progress is not None:
            progress(1)
    others = {group.pairs.tobytes() for label, group in of_label.items() if label != "all"}
    others = others or set(distinct)
    n_groups = sum(np.isfinite(answers[pairs].pvalue) for pairs in others)
    for pairs, found in answers.items():
        if pairs in others and found.is_at_floor and found.pvalue * n_groups > LEVEL:
            draws = min(_MARGIN * _needed(found.n_tests, n_groups), MOST_DRAWS)
            if draws > design.draws and not found.has_all:
                answers[pairs] = answer(pairs, draws)
    across = _across({pairs: found.pvalue for pairs, found in answers.items() if pairs in others})
    for pairs, adjusted in across.items():
        _say_unresolved(answers[pairs], float(str(adjusted["group_pvalue_holm"])), n_groups)
    rows = [
        row
        | {"group": label, "security": securities[int(str(row["security"]))]}
        | {"group_pvalue": answers[group.pairs.tobytes()].pvalue}
        | (across.get(group.pairs.tobytes(), {}) if label != "all" or len(of_label) == 1 else {})
        for label, group in of_label.items()
        for row in answers[group.pairs.tobytes()].rows
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.assign(
        note=pd.Series(list(frame["note"]), index=frame.index, dtype=str),
        n_groups=frame["n_groups"].astype("Int64"),
    ).astype({"group_pvalue_holm": float, "group_pvalue_bh": float})


def _needed(n_tests: int, n_groups: int) -> int:
    """Return the draws with which a member that none reaches is below 5 % over all groups."""
    return math.ceil(n_tests * n_groups / LEVEL)


def _say_unresolved(answer: _Answer, holm: float, n_groups: int) -> None:
    """Add to the strongest member that its p-value could be smaller only with more draws."""
    if not answer.is_at_floor or holm <= LEVEL:
        return
    row = answer.rows[answer.best]
    needed = _needed(answer.n_tests, n_groups)
    tests = f"{counted(answer.n_tests, 'test')} in {counted(n_groups, 'group')}"
    draws, whose = answer.n_draws, "shared draws"
    if draws >= needed:  # then it is the test by itself that has too few
        needed, draws, whose = _needed(1, n_groups), int(str(row["n_draws"])), "draws of its own"
    said = f"no draw reached it, but {draws:,} {whose} cannot resolve {tests}: {needed:,} would do"
    if answer.has_all and whose == "shared draws":
        said += ", and no more placements exist"
    row["note"] = "; ".join(filter(None, [str(row["note"]), said]))


def _family_of(
    design: Design,
    group: Group,
    members: Sequence[MarketTest],
    cumulated: Mapping[Window, Cumulated],
) -> _Answer:
    """Adjust the members of one group, the tests of its markets."""
    pairs = group.pairs[design.sign[group.pairs] != 0]
    present = pairs[_has_return(cumulated, pairs).any(axis=0)]
    earliest = min(cumulated, key=lambda window: window.start, default=None)
    decile = None if earliest is None else cumulated[earliest].decile
    placements = _placements(design, present, list(cumulated), decile)
    # The best case for a member: `n_draws` statistics; else none at all.
    n_draws = len(placements.blocks[0].pick) if placements is not None and placements.blocks else 0
    draws = np.full((n_draws, len(members)), np.nan)
    if placements is not None and n_draws:
        for window, totals in cumulated.items():
            places = [place for place, test in enumerate(members) if test.window == window]
            member = np.full(len(design.sign), -1)
            for number, place in enumerate(places):
                member[members[place].pairs] = number
            member = np.where(_counted(design, present, totals), member[present], -1)
            draws[:, places] = shared_t(
                totals.placebo.z, design.sign[present], member, len(places), placements
            )
    rows = [_row(design, test) for test in members]
    if not rows:
        return _Answer(rows=[], pvalue=np.nan, best=-1, is_at_floor=False, n_tests=0,
                       n_draws=0, has_all=False)  # fmt: skip
    own = np.array([test.pvalue for test in members])
    real = np.array([test.statistic for test in members])
    holds_real = placements is not None and placements.lists_real
    answer = step_down(
        against_null(real, design.alternative),
        against_null(draws, design.alternative),
        own=own,
        holds_real=holds_real,
        least=1 if placements is None else placements.min_draws,
    )
    for at, row in enumerate(rows):
        row |= {
            "pvalue_stepdown": answer.adjusted[at],
            "n_draws_joint": int(answer.n_draws[at]),
        }
        if np.isfinite(own[at]) and not np.isfinite(answer.adjusted[at]):
            reason = (placements.reason if placements is not None else "") or TOO_FEW_STATISTICS
            said = f"not adjusted for the other tests: {reason}"
            row["note"] = "; ".join(filter(None, [str(row["note"]), said]))
    has_adjusted = np.isfinite(answer.adjusted)
    if not has_adjusted.any():
        return _Answer(rows=rows, pvalue=np.nan, best=-1, is_at_floor=False, n_tests=0,
                       n_draws=n_draws, has_all=False)  # fmt: skip
    best = int(np.lexsort((answer.joint, answer.adjusted))[0])
    floor = 1.0 / (answer.n_draws[best] + (not holds_real))
    return _Answer(
        rows=rows,
        pvalue=float(answer.adjusted[best]),
        best=best,
        is_at_floor=bool(answer.joint[best] <= floor * (1.0 + TIE)),
        n_tests=int(has_adjusted.sum()),
        n_draws=n_draws,
        has_all=placements is not None and placements.enumerated,
    )


def _row(design: Design, test: MarketTest) -> dict[str, object]:
    return {
        "window_start": test.window.start,
        "window_end": test.window.end,
        "security": test.security,
        "n_pairs": len(test.pairs),
        "n_events": len(np.unique(design.event[test.pairs])),
        "estimate": test.estimate,
        "pvalue": test.pvalue,
        "n_draws": test.n_draws,
        "note": test.note,
    }


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


def _counted(design: Design, present: IntArray, totals: Cumulated) -> BoolArray:
    """Whether each pair is an observation of its market: the first of its day 0 with a return."""
    is_counted = totals.real.n_sessions[present] > 0
    (places,) = np.nonzero(is_counted)
    if places.size:
        is_counted[places] = pair_structure(design, present[places], totals.window).counted
    return is_counted


def _across(best: Mapping[bytes, float]) -> dict[bytes, dict[str, object]]:
    """Holm's and Benjamini and Hochberg's adjustment over the groups that have a p-value."""
    available = {group: p for group, p in best.items() if np.isfinite(p)}
    if not available:
        return {}
    pvalues = list(available.values())
    adjusted = zip(holm(pvalues), _benjamini_hochberg(pvalues), strict=True)
    return {
        group: {"group_pvalue_holm": of_holm, "group_pvalue_bh": of_bh, "n_groups": len(available)}
        for group, (of_holm, of_bh) in zip(available, adjusted, strict=True)
    }


def _benjamini_hochberg(pvalues: Sequence[float]) -> list[float]:
    """Return the p-values adjusted for the false discovery rate (Benjamini and Hochberg 1995)."""
    values = np.asarray(pvalues, dtype=np.float64)
    falling = np.argsort(-values, kind="stable")
    steps = values[falling] * len(values) / np.arange(len(values), 0, -1)
    adjusted = np.empty(len(values))
    adjusted[falling] = np.minimum(np.minimum.accumulate(steps), 1.0)
    return list(map(float, adjusted))
