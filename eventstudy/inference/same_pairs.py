"""Which groups have the same pairs, so that what is measured of one holds for the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventstudy.estimation.abnormal import cumulate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from eventstudy.estimation.groups import Group
    from eventstudy.inference.design import Design
    from eventstudy.windows import Window


def of_same_pairs(
    design: Design, groups: Sequence[Group], numbers: Iterable[int]
) -> list[list[int]]:
    """Return numbers of groups, those of the same tested pairs together, in order of the first."""
    together: dict[bytes, list[int]] = {}
    for number in numbers:
        pairs = groups[number].pairs
        together.setdefault(pairs[design.sign[pairs] != 0].tobytes(), []).append(number)
    return list(together.values())


def alike(design: Design, groups: Sequence[Group], windows: Sequence[Window]) -> list[list[int]]:
    """Return the numbers of groups that have the same pairs in some window, together and in order.

    What is measured of the first of them holds for the others, so that they stay in one place.
    """
    place = list(range(len(groups)))
    first: dict[tuple[Window, bytes], int] = {}
    for window in dict.fromkeys(windows):
        is_held = cumulate(design.table, window, simple=design.simple).n_sessions > 0
        is_held &= design.sign != 0
        for number, group in enumerate(groups):
            pairs = group.pairs[is_held[group.pairs]]
            before = place[first.setdefault((window, pairs.tobytes()), number)]
            if pairs.size and before != place[number]:
                low, high = sorted((before, place[number]))
                place = [low if each == high else each for each in place]
    together: dict[int, list[int]] = {}
    for number, each in enumerate(place):
        together.setdefault(each, []).append(number)
    return list(together.values())
