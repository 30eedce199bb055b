"""Groups of pairs: by event columns, by security, or both crossed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.exceptions import SpecificationError
from eventstudy.registry import nearest, suggest
from eventstudy.text import group_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt
    import pandas as pd

    from eventstudy._typing import IntArray


EMPTY = "(empty)"
"""Label of a pair whose event has no value in a column."""
MIXED = "(mixed)"
"""Label of a pair that stands for several events which differ in a column."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Group:
    """Pairs that are averaged together.

    Attributes
    ----------
    label : ``all``, ``category=deal``, ``category*direction=deal*escalation``
    by : the columns it was made from
    values : the value of each
    pairs : positions of its pairs in the sample
    """

    label: str
    by: tuple[str, ...]
    values: tuple[str, ...]
    pairs: IntArray


def make_groups(
    pairs: pd.DataFrame, by: Sequence[str], *, key: str = "statistics.by"
) -> list[Group]:
    """Return the group of all pairs, then those of each grouping in `by`.

    Parameters
    ----------
    pairs
        One row a pair, in the order of the sample: ``security`` and the event's own columns.
    by
        Column names; ``"a*b"`` crosses columns. A pair whose event has no value there is in the
        group ``(empty)``: no pair leaves a grouping unseen.
    key
        Key of the study file that an error names.

    Raises
    ------
    SpecificationError
        For a column the events do not have.
    """
    groups = [Group(label="all", by=(), values=(), pairs=np.arange(len(pairs)))]
    for grouping in distinct_groupings(by):
        columns = tuple(grouping.split("*"))
        for column in columns:
            if column not in pairs.columns:
                names = [str(name) for name in pairs.columns]
                raise SpecificationError(
                    f"the events have no column {column!r}{nearest(column, names)}",
                    key=key,
                    suggestion=suggest(column, names),
                )
        labels = [_as_labels(pairs[column]) for column in columns]
        values_of: dict[str, tuple[str, ...]] = {}
        for level, rows in pairs.groupby(labels, sort=True).indices.items():
            values = level if isinstance(level, tuple) else (level,)
            label = group_name(columns, values)
            if label in values_of:
                raise SpecificationError(
                    f"{values_of[label]} and {values} of {grouping} would both be called "
                    f"{label!r}; rename one, * separates columns",
                    key=key,
                )
            values_of[label] = values
            groups.append(Group(label=label, by=columns, values=values, pairs=np.sort(rows)))
    return groups


def same_pairs(groups: Iterable[Group]) -> dict[str, str]:
    """Return the groups whose pairs an earlier one has, each with the label of that one.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"kind": ["deal", "talk"], "tone": ["soft", "soft"]})
    >>> same_pairs(make_groups(frame, ["kind", "tone", "kind*tone"]))["kind*tone=deal*soft"]
    'kind=deal'
    """
    first: dict[bytes, str] = {}
    copies = {}
    for group in groups:
        label = first.setdefault(group.pairs.tobytes(), group.label)
        if label != group.label:
            copies[group.label] = label
    return copies


def distinct_groupings(by: Iterable[str]) -> tuple[str, ...]:
    """Return the groupings of `by` without blanks around their columns, each once."""
    parts = ([part.strip() for part in name.split("*")] for name in by)
    return tuple(dict.fromkeys("*".join(columns) for columns in parts))


def _as_labels(column: pd.Series) -> npt.NDArray[np.object_]:
    """Values as text, dates and times as ISO, nothing as `EMPTY`."""
    if column.dtype.kind == "M":
        has_clock = column.dt.tz is not None
        column = column.dt.strftime("%Y-%m-%dT%H:%M:%SZ" if has_clock else "%Y-%m-%d")
    if column.dtype.kind == "f":  # a gap makes floats of whole numbers, which look like them still
        column = column.map(lambda value: f"{value:.0f}" if value % 1 == 0 else value)
    text = column.astype("object")
    return text.where(text.notna(), EMPTY).astype(str).to_numpy(dtype=object)
