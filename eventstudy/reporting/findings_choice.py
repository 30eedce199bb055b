"""Which groups findings speak of, and what their tests say.

Each set of pairs counts once; news known beforehand is left out; a group of opposite directions has
no mean to speak of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from eventstudy.exceptions import SpecificationError
from eventstudy.registry import choose
from eventstudy.reporting import wording
from eventstudy.reporting.finding import holm
from eventstudy.reporting.record import usual_window
from eventstudy.text import Record, is_missing, records, split_group

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from eventstudy._typing import SignPolicy

SQUARES = "mean_square"
"""The statistic that speaks where a group moved in no common direction."""
MODERATED = "moderated_placebo"
"""The other placebo test of the mean."""

_OPPOSITES = {
    "direction": frozenset({"escalation", "de-escalation"}),
    "expected_sign": frozenset({"+", "-"}),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupEvents:
    """The events behind the groups of a study.

    Parameters
    ----------
    frame
        The events studied, one row each, with the columns groups are made of.
    known
        Columns and values of news that was known beforehand.
    """

    frame: pd.DataFrame
    known: tuple[tuple[str, str], ...] = ()

    def is_known(self, group: str) -> bool:
        """Whether a group is one of news known beforehand."""
        columns, values = split_group(group)
        return any(pair in self.known for pair in zip(columns, values, strict=False))

    def n_known(self, group: str) -> int:
        """Return how many events of a group were known beforehand."""
        inside = self._inside(group)
        if inside is None:
            return 0
        known = pd.Series(data=False, index=self.frame.index)
        for column, value in self.known:
            if column in self.frame:
                known |= _texts(self.frame[column]) == value
        return int((inside & known).sum())

    def pools_opposites(self, group: str) -> bool:
        """Whether a group holds escalation and de-escalation, or expected falls and rises.

        The first of these columns that the events have is asked.
        """
        inside = self._inside(group)
        column = next((name for name in _OPPOSITES if name in self.frame), None)
        if inside is None or column is None:
            return False
        return set(_texts(self.frame.loc[inside, column])) >= _OPPOSITES[column]

    def _inside(self, group: str) -> pd.Series | None:
        """Return which events are of a group; None where the events do not tell."""
        columns, values = split_group(group)
        inside = pd.Series(data=True, index=self.frame.index)
        for column, value in zip(columns, values, strict=False):
            if column == "security":
                continue
            if column not in self.frame:
                return None
            inside &= _texts(self.frame[column]) == value
        return inside


def once_each(rows: Iterable[Record]) -> tuple[list[Record], dict[str, list[str]]]:
    """Return the first row of those of the same pairs, and what else each group is called.

    Groups are of the same pairs where number of pairs and events, mean and p-value are equal.
    """
    first: dict[tuple[object, ...], int] = {}
    kept: list[Record] = []
    others: dict[str, list[str]] = {}
    for row in rows:
        key = (row.n_pairs, row.n_events, f"{row.estimate:.10g}", f"{row.pvalue:.10g}")
        place = first.setdefault(key, len(kept))
        if place == len(kept):
            kept.append(row)
        else:
            others.setdefault(str(kept[place].group), []).append(str(row.group))
    return kept, others


def _texts(column: pd.Series) -> pd.Series:
    """Return cells as the names of groups have them."""
    if column.dtype.kind == "f":
        return column.map(lambda value: f"{value:.0f}" if value % 1 == 0 else str(value))
    return column.astype(str)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChosenGroups:
    """The groups findings speak of, one row each of the statistic that decides.

    Attributes
    ----------
    cars : rows of all groups, windows and statistics
    name, window, level : the statistic, the window in sessions, the level of significance
    tested : groups with a p-value, each set of pairs once
    same : what else the pairs of a group are called
    adjusted : Holm's p-value of every group tested
    untested : groups without a p-value
    pooled : groups that pool opposite directions
    known : groups of news known beforehand
    squares : of ``mean_square``, by group, of the groups tested or pooled
    moderated : of ``moderated_placebo``, by group, those significant
    """

    cars: pd.DataFrame
    name: str
    window: tuple[int, int]
    level: float
    tested: Sequence[Record]
    same: Mapping[str, Sequence[str]]
    adjusted: Mapping[str, float]
    untested: Sequence[Record]
    pooled: Sequence[Record]
    known: Sequence[Record]
    squares: Mapping[str, Record]
    moderated: Mapping[str, Record]

    @property
    def significant(self) -> list[Record]:
        """The groups whose p-value is below the level, the strongest first."""
        return sorted(
            (row for row in self.tested if row.pvalue < self.level),
            key=lambda row: (wording.is_thin(row), self.adjusted[row.group], row.pvalue),
        )

    @property
    def adjusted_squares(self) -> dict[str, float]:
        """Holm's p-value of every square."""
        values = holm([float(row.pvalue) for row in self.squares.values()])
        return dict(zip(self.squares, values, strict=True))

    @property
    def tests(self) -> list[tuple[float, float]]:
        """The p-value of every test shown, and Holm's of it."""
        means = [(float(row.pvalue), self.adjusted[str(row.group)]) for row in self.tested]
        squares = self.adjusted_squares
        return means + [(float(row.pvalue), squares[at]) for at, row in self.squares.items()]


def chosen_groups(
    statistics: pd.DataFrame,
    *,
    name: str,
    window: tuple[int, int] | None,
    level: float,
    events: GroupEvents | None,
    sign: SignPolicy,
) -> ChosenGroups:
    """Return the groups findings speak of; the parameters are those of `findings`.

    `SpecificationError` for a statistic or window that the frame lacks.
    """
    choose(name, statistics["name"].unique(), "statistic")
    cars = statistics[statistics["measure"] == "car"]
    chosen = _window(cars[cars["name"] == name], window)
    known, pooled, rows = [], [], []
    for row in _in_window(cars, name, chosen):
        group = str(row.group)
        if events is not None and events.is_known(group):
            known.append(row)
        elif events is not None and sign == "none" and events.pools_opposites(group):
            pooled.append(row)
        else:
            rows.append(row)
    tested, same = once_each(row for row in rows if not is_missing(row.pvalue))
    pooled, _ = once_each(pooled)
    asked = {str(row.group) for row in (*tested, *pooled)}
    by_group = {
        other: {
            str(row.group): row
            for row in _in_window(cars, other, chosen)
            if str(row.group) in asked and not is_missing(row.pvalue) and other != name
        }
        for other in (SQUARES, MODERATED)
    }
    return ChosenGroups(
        cars=cars,
        name=name,
        window=chosen,
        level=level,
        tested=tested,
        same=same,
        adjusted=_adjust(tested),
        untested=[row for row in rows if is_missing(row.pvalue)],
        pooled=pooled,
        known=known,
        squares=by_group[SQUARES],
        moderated={g: row for g, row in by_group[MODERATED].items() if row.pvalue < level},
    )


def _in_window(cars: pd.DataFrame, name: str, window: tuple[int, int]) -> list[Record]:
    inside = (cars["window_start"] == window[0]) & (cars["window_end"] == window[1])
    return list(records(cars[inside & (cars["name"] == name)]))


def _window(shown: pd.DataFrame, window: tuple[int, int] | None) -> tuple[int, int]:
    """Return the window given, else the usual one; `SpecificationError` where rows lack it."""
    pairs = shown[["window_start", "window_end"]]
    windows = list(dict.fromkeys((int(a), int(b)) for a, b in records(pairs)))
    if window is not None:
        start, end = (int(side) for side in window)
        if (start, end) not in windows:
            labels = ", ".join(wording.window_label(*pair) for pair in windows)
            raise SpecificationError(
                f"findings: no window {wording.window_label(start, end)} in the frame; "
                f"it has {labels}"
            )
        return start, end
    return usual_window(windows)


def _adjust(tested: Sequence[Record]) -> dict[str, float]:
    """Return Holm-adjusted p-values by group: the frame's own, else over the groups shown."""
    if tested and all(not is_missing(getattr(row, "pvalue_holm", None)) for row in tested):
        return {str(row.group): float(row.pvalue_holm) for row in tested}
    values = holm([float(row.pvalue) for row in tested])
    return {str(row.group): value for row, value in zip(tested, values, strict=True)}
