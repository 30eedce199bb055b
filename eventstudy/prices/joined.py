"""Several panels as one: the columns of all, each on its own dates."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.exceptions import Problem, SchemaError, SpecificationError
from eventstudy.prices.panel import PricePanel, columns_digest

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from eventstudy._typing import BoolArray


def join_panels(panels: Sequence[PricePanel]) -> PricePanel:
    """Return one panel of the columns of several, each on its own dates.

    Parameters
    ----------
    panels
        Of one content and kind; the calendar is that of the first.

    Returns
    -------
    PricePanel
        Its hash is one of all of theirs; `inputs` names each.

    Raises
    ------
    SchemaError
        A column that two panels hold.
    SpecificationError
        Panels of different content or kind, or none.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.to_datetime(["2025-05-01", "2025-05-02"])
    >>> one, other = (
    ...     PricePanel.from_frame(pd.DataFrame({name: [1.0, 2.0]}, index=days), name=f"{name}.csv")
    ...     for name in ("A", "B")
    ... )
    >>> join_panels([one, other])
    PricePanel A.csv + B.csv: prices of 2 columns, 2025-05-01 to 2025-05-02
    """
    if not panels:
        raise SpecificationError("no panels to join")
    first = panels[0]
    owner: dict[str, str] = {}
    problems = []
    for panel in panels:
        for name in panel.names:
            if name in owner:
                reason = f"column {name!r} is also in {owner[name]}"
                problems.append(Problem(file=panel.name, reason=reason))
            owner.setdefault(name, panel.name)
        for attribute in ("content", "kind"):
            expected, actual = getattr(first, attribute), getattr(panel, attribute)
            if expected != actual:
                raise SpecificationError(
                    f"{first.name} and {panel.name} do not go together: "
                    f"{attribute} {expected!r} and {actual!r}"
                )
    if problems:
        raise SchemaError(problems)
    inputs = [entry for panel in panels for entry in panel.inputs or ((panel.name, panel.sha256),)]
    digest = hashlib.sha256("\x1f".join(f"{name}\x1e{sha}" for name, sha in inputs).encode())
    return replace(
        first,
        names=tuple(name for panel in panels for name in panel.names),
        dates=tuple(dates for panel in panels for dates in panel.dates),
        values=tuple(values for panel in panels for values in panel.values),
        name=_joint_name([panel.name for panel in panels]),
        sha256=digest.hexdigest(),
        fields={name: bars for panel in panels for name, bars in panel.fields.items()},
        remarks=tuple(remark for panel in panels for remark in panel.remarks),
        inputs=tuple(inputs),
        moved=tuple(name for panel in panels for name in panel.moved),
        assumed=tuple(dict.fromkeys(said for panel in panels for said in panel.assumed)),
        declared=tuple({m.name: m for panel in panels for m in panel.declared}.values()),
    )


def _joint_name(names: Sequence[str]) -> str:
    if len(names) > 3:
        return f"{names[0]} and {len(names) - 1} more"
    return " + ".join(names)


def cut_panel(panel: PricePanel, start: dt.date | None, end: dt.date | None) -> PricePanel:
    """Return a panel from a first to a last date, either of which may be left open.

    Raises
    ------
    SchemaError
        No row lies there.
    """
    if start is None and end is None:
        return panel
    first, last = (None if day is None else np.datetime64(day, "D") for day in (start, end))
    keeps: dict[int, BoolArray] = {}
    for dates in panel.dates:
        if id(dates) not in keeps:
            keep = np.ones(len(dates), dtype=bool)
            keep &= True if first is None else dates >= first
            keep &= True if last is None else dates <= last
            keeps[id(dates)] = keep
    if not any(keep.any() for keep in keeps.values()):
        begin, stop = panel.span()
        raise SchemaError(
            [f"{panel.name} has no rows from {start or begin} to {end or stop}; it has {begin} to "
             f"{stop}"], file=panel.name
        )  # fmt: skip
    cut = {id(dates): dates[keeps[id(dates)]] for dates in panel.dates}
    days = tuple(cut[id(dates)] for dates in panel.dates)
    values = tuple(
        values[keeps[id(dates)]] for dates, values in zip(panel.dates, panel.values, strict=True)
    )
    inside = [
        remark
        for remark in panel.remarks
        if np.isnat(remark.date)
        or ((first is None or remark.date >= first) and (last is None or remark.date <= last))
    ]
    return replace(
        panel,
        dates=days,
        values=values,
        fields={
            name: bars.loc[
                None if start is None else pd.Timestamp(start) : None
                if end is None
                else pd.Timestamp(end)
            ]
            for name, bars in panel.fields.items()
        },
        remarks=tuple(inside),
        sha256=columns_digest(panel.names, days, values),
    )
