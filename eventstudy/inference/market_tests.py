"""Tests that are computed once: each market of a group by itself, for tables, figures, families.

A table of ``category*security``, the heatmap and the family of a category ask the same of the same
pairs. They all read the rows `SharedTests` holds, so that one test has one p-value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.estimation.groups import Group
from eventstudy.inference.evaluate import COLUMNS, evaluate
from eventstudy.text import records

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from eventstudy.inference.design import Design
    from eventstudy.windows import Window

    Key = tuple[bytes, int, int, str]

_OF_ROW = tuple(name for name in COLUMNS if name not in ("group", "measure"))


@dataclass(frozen=True, slots=True, eq=False)
class SharedTests:
    """Rows of `evaluate` on one design, by pairs, window and statistic.

    What a test gives depends on its pairs and window alone, not on what the group is called or
    what else is asked, so that a row stands for every group of the same pairs. An economy, never a
    state: without it every row would be computed again, and be the same.

    Attributes
    ----------
    design : what is tested
    rows : a row by the bytes of its pairs, start and end of the window, and the statistic
    """

    design: Design
    rows: dict[Key, tuple[object, ...]] = field(default_factory=dict)

    def add(self, groups: Sequence[Group], frame: pd.DataFrame) -> None:
        """Keep rows of `frame`, which `evaluate` gave for `groups`."""
        pairs = {group.label: group.pairs.tobytes() for group in groups}
        kept = frame[["group", *_OF_ROW]]
        for row in records(kept):
            key = (pairs[row.group], int(row.window_start), int(row.window_end), str(row.name))
            self.rows.setdefault(key, tuple(row)[1:])

    def ask(
        self, groups: Sequence[Group], windows: Sequence[Window], names: Sequence[str]
    ) -> pd.DataFrame:
        """Return the rows `evaluate` gives for windows as CARs, computing only those not held.

        Parameters
        ----------
        groups
            Their labels differ.
        windows, names
            Every window with every statistic.

        Returns
        -------
        One row a group, window and statistic, in this order, with the columns of ``statistics``.
        """
        import pandas as pd

        asked = list(dict.fromkeys(windows))
        missing: dict[bytes, Group] = {}
        for group in groups:
            pairs = group.pairs.tobytes()
            if any(key not in self.rows for key in _keys(pairs, asked, names)):
                missing.setdefault(pairs, group)
        if missing:
            new = list(missing.values())
            measures = [(window, "car") for window in asked]
            self.add(new, evaluate(self.design, new, measures, names))
        rows = [
            (group.label, *self.rows[key])
            for group in groups
            for key in _keys(group.pairs.tobytes(), asked, names)
        ]
        frame = pd.DataFrame(rows, columns=["group", *_OF_ROW]).assign(measure="car")
        return frame[list(COLUMNS)].infer_objects()


def _keys(pairs: bytes, windows: Sequence[Window], names: Sequence[str]) -> Iterator[Key]:
    for window in windows:
        for name in names:
            yield pairs, window.start, window.end, name


def by_market(design: Design, group: Group) -> list[Group]:
    """Return the group's pairs of each market, as ``group * security`` would have them.

    The value that is added to those of `group` is the number of the market.
    """
    security = design.table.security[group.pairs]
    return [
        Group(
            label=f"{group.label} {number}",
            by=(*group.by, "security"),
            values=(*group.values, str(number)),
            pairs=group.pairs[security == number],
        )
        for number in np.unique(security).tolist()
    ]
