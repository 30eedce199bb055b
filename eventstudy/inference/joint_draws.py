"""All dates of a study moved together, and which of them lie outside a group.

A test that borrows from the dates outside a group must know how these spread at placebo dates too.
So the whole study is moved, clusters of all its dates as the clusters of one group are, and the
draws of a group are those of its own dates among them. They are made once for all groups.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.design import GroupCache, gather_evidence
from eventstudy.inference.evidence import Block, Evidence, Others, StudyUnits
from eventstudy.inference.mean_square import Surroundings
from eventstudy.inference.once import LastOnce, OnceOf
from eventstudy.text import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy._typing import DateArray, IntArray
    from eventstudy.estimation.groups import Group
    from eventstudy.inference.design import Cumulated, Design, Gathered
    from eventstudy.inference.mean_square import MovedUnit
    from eventstudy.windows import Window

MIN_OTHERS = 8
"""Independent dates outside a group that its test may borrow from, at the least."""
MIN_GROUPS = 3
"""Groups of two dates or more whose variances say how far groups differ."""
_DEALT = 4


class StudyDraws:
    """The whole study in every window, moved together, each made once for all its groups.

    The sessions around its dates are found once, too.

    Parameters
    ----------
    groups
        Those asked about: the other values of a group's grouping are among them.

    Attributes
    ----------
    cache : what the windows of the study share, for a group of all its pairs too
    stretch : how much rougher the dates of pairs are than those of the draws, by pairs and window
    """

    def __init__(self, design: Design, groups: Sequence[Group]) -> None:
        self._design = design
        self._groups: dict[tuple[str, ...], list[Group]] = {}
        for group in groups:
            self._groups.setdefault(group.by, []).append(group)
        self.cache = GroupCache()
        self.stretch: dict[tuple[bytes, Window], float] = {}
        self._made: dict[Window, StudyDates] = {}
        self._surroundings: dict[Window, Surroundings] = {}
        self._units: LastOnce[list[MovedUnit]] = LastOnce(1)
        # Blocks of the study, pairs of a group, and its blocks.
        self._last: tuple[tuple[Block, ...], IntArray, tuple[Block, ...]] | None = None

    def surroundings(self, totals: Cumulated) -> Surroundings:
        """Return what the sessions around any date are like in one window."""
        if totals.window not in self._surroundings:
            self._surroundings[totals.window] = Surroundings(self._design, totals, self._units)
        return self._surroundings[totals.window]

    def leave(self, window: Window) -> None:
        """Let go of a window that has been tested, where positions are estimated when asked."""
        if self._design.placebo.estimates is not None:
            self._made.pop(window, None)
            self._surroundings.pop(window, None)
            self._last = None

    def beside(self, gathered: Gathered, group: Group, totals: Cumulated) -> Gathered:
        """Return the evidence of a group in the draws of the study, with the dates outside it."""
        dates = self._dates(totals)
        real, drawn = others_of(dates, gathered.real.origin, self._groups.get(group.by, []))
        joint = dates.joint
        own = replace(gathered.real, others=real)
        if real.study is None or joint.drawn is None:
            return replace(
                gathered, real=own, drawn=None, placements=replace(joint.placements, blocks=())
            )
        of_group = replace(self._restricted(joint.drawn, gathered.real), others=drawn)
        placements = replace(joint.placements, blocks=of_group.blocks)
        return replace(gathered, real=own, drawn=of_group, placements=placements)

    def _restricted(self, joint: Evidence, group: Evidence) -> Evidence:
        """`restricted`: windows that share their placebo dates share the blocks of a group too."""
        if self._last is not None:
            blocks, origin, of_group = self._last
            if blocks is joint.blocks and np.array_equal(origin, group.origin):
                return _of_group(joint, group, of_group)
        found = restricted(joint, group)
        self._last = joint.blocks, group.origin, found.blocks
        return found

    def _dates(self, totals: Cumulated) -> StudyDates:
        if totals.window not in self._made:
            design = self._design
            pairs = np.flatnonzero(design.sign != 0)
            has_return = totals.real.n_sessions[pairs] > 0
            joint = gather_evidence(
                design, pairs[has_return], pairs[~has_return], totals, self.cache
            )
            self._made[totals.window] = StudyDates(joint, design.date[pairs[has_return]])
        return self._made[totals.window]


class StudyDates:
    """The independent dates of the study in one window, by the markets they are looked at in."""

    def __init__(self, joint: Gathered, date: DateArray) -> None:
        self.joint = joint
        self._security = joint.real.table.security[joint.real.origin]
        day = date.astype("datetime64[D]").astype(np.int64)
        self.first_day = np.full(int(joint.structure.unit.max(initial=-1)) + 1, day.max(initial=0))
        np.minimum.at(self.first_day, joint.structure.unit, day)
        self._made: dict[bytes, tuple[StudyUnits, StudyUnits | None]] = {}
        self._labels: dict[tuple[StudyUnits, str], IntArray] = {}

    def of(self, security: IntArray) -> tuple[StudyUnits, StudyUnits | None]:
        """Return the dates of the data and of the draws in the markets of some pairs."""
        is_held = np.bincount(security, minlength=int(self._security.max(initial=-1)) + 1) > 0
        key = is_held.tobytes()
        if key not in self._made:
            real, drawn = self.joint.real, self.joint.drawn
            is_in = is_held[self._security]
            structure = replace(real.structure, counted=real.structure.counted & is_in)
            self._made[key] = (
                StudyUnits(evidence=replace(real, structure=structure)),
                None if drawn is None else StudyUnits(evidence=replace(drawn, structure=structure)),
            )
        return self._made[key]

    def labels(self, study: StudyUnits, groups: Sequence[Group], grouping: str) -> IntArray:
        """Group of each date, a date of several in the first; -1 where it is in none.

        In some markets, by `of`.
        """
        if (study, grouping) not in self._labels:
            evidence = study.evidence
            structure, n_units = evidence.structure, len(self.first_day)
            counted_pairs = np.flatnonzero(structure.counted)
            # Unit of each pair of the study, one past the last where it is not counted.
            unit = np.full(len(evidence.table.security), n_units)
            unit[evidence.origin[counted_pairs]] = structure.unit[counted_pairs]
            label = np.full(n_units + 1, -1, dtype=np.int64)
            for number, group in reversed(list(enumerate(groups))):
                label[unit[group.pairs]] = number
            self._labels[study, grouping] = label[:-1]
        return self._labels[study, grouping]


def others_of(
    dates: StudyDates, group: IntArray, groups: Sequence[Group]
) -> tuple[Others, Others | None]:
    """Return the independent dates outside a group, as they are and in the draws.

    A date that holds a pair of the group is the group's. The others are taken in the group's own
    markets where at least `MIN_OTHERS` are there, else in all. They form the groups of `groups`, a
    date of several in the first; where fewer than `MIN_GROUPS` of these have two dates, they are
    dealt out in turn, four to a group.

    Parameters
    ----------
    group
        Pairs of the tested group.
    groups
        Those of its grouping.
    """
    real = dates.joint.real
    security = real.table.security[real.origin]
    is_of_group = np.zeros(len(real.table.security), dtype=bool)
    is_of_group[group] = True
    is_own = is_of_group[real.origin]
    is_own_unit = np.zeros(len(dates.first_day), dtype=bool)
    is_own_unit[real.structure.unit[is_own]] = True
    nothing_outside = np.empty(0, dtype=np.int64)
    chosen, outside, number = dates.of(security[is_own]), nothing_outside, 0
    for held in (security[is_own], security):
        chosen = dates.of(held)
        outside = chosen[0].order[~is_own_unit[chosen[0].order]]
        number = len(outside)
        if number >= MIN_OTHERS:
            break
    if number < MIN_OTHERS:
        reason = (
            f"{counted(number, 'independent date')} of the study outside the group, and "
            f"{MIN_OTHERS} are needed to borrow their spread"
        )
        nothing = Others(study=None, label=nothing_outside, reason=reason)
        return nothing, nothing
    by = groups[0].by if groups else ()
    whole = dates.labels(chosen[0], groups, "*".join(by))
    label_of = np.full(len(whole), -1, dtype=np.int64)
    label_of[outside] = whole[outside]
    size = np.bincount(label_of[outside] + 1, minlength=1)[1:]
    is_dealt = np.count_nonzero(size >= 2) < MIN_GROUPS
    if is_dealt:
        # In turn and not in runs, so that a rough month is in all of them, as in the draws.
        in_time = outside[np.argsort(dates.first_day[outside], kind="stable")]
        label_of[in_time] = np.arange(len(in_time)) % (len(in_time) // _DEALT)

    def labelled(study: StudyUnits) -> Others:
        return Others(
            study=study,
            label=label_of[study.order],
            grouping="" if is_dealt else "*".join(by),
            all_labels=None if is_dealt else whole[study.order],
        )

    return labelled(chosen[0]), None if chosen[1] is None else labelled(chosen[1])


def restricted(joint: Evidence, group: Evidence) -> Evidence:
    """Return the evidence of a group in the draws of the whole study."""
    columns = np.concatenate([block.columns for block in joint.blocks])
    sizes = np.array([len(block.columns) for block in joint.blocks])
    ends = np.cumsum(sizes)
    # Where each pair of the study stands, block after block.
    place = np.full(int(max(joint.origin.max(), group.origin.max())) + 1, -1, dtype=np.int64)
    place[joint.origin[columns]] = np.arange(len(columns))
    places = place[group.origin]
    order = np.argsort(places, kind="stable")
    order = order[np.searchsorted(places[order], 0) :]
    number = np.searchsorted(ends, places[order], side="right")
    blocks = []
    for at in np.unique(number).tolist():
        own = order[number == at]
        block = joint.blocks[at]
        in_block = places[own] - (ends[at] - sizes[at])
        rows = block.rows[:, in_block]
        blocks.append(Block(columns=own, rows=rows, moves=block.moves, pick=block.pick))
    return _of_group(joint, group, tuple(blocks))


def _of_group(joint: Evidence, group: Evidence, blocks: tuple[Block, ...]) -> Evidence:
    """Return the evidence of a study with the pairs of a group alone, in these blocks."""
    return replace(
        joint,
        blocks=blocks,
        once=OnceOf(blocks, group.sign),
        structure=group.structure,
        origin=group.origin,
        sign=group.sign,
        absent=group.absent[:0],
        absent_sign=group.absent_sign[:0],
        alternative=group.alternative,
    )
