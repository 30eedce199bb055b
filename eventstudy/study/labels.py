"""The labels of pairs that groups are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from eventstudy.estimation.groups import MIXED
from eventstudy.exceptions import SpecificationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from eventstudy._typing import IntArray
    from eventstudy.estimation.sample import Sample
    from eventstudy.events.table import Events
    from eventstudy.markets.market import Market
    from eventstudy.study.preparation import Prepared


def pair_labels(
    events: Events,
    markets: Sequence[Market],
    event: IntArray,
    security: IntArray,
    attributes: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the columns pairs ``(P,)`` can be grouped by: the event's own, and ``security``.

    `attributes` ``(N, A)`` of the markets are columns, too; a name that the events have already
    raises `SpecificationError`.
    """
    frame = events.frame.drop(columns=["markets"]).iloc[event].reset_index(drop=True)
    names = pd.array([market.name for market in markets], dtype="str")
    frame = frame.assign(security=names.take(security))
    if attributes is None:
        return frame
    for name in attributes.columns.intersection([*frame.columns, "markets"]):
        raise SpecificationError(
            f"the securities have a column {name!r} and the events have one, too; rename one",
            key="securities.file",
        )
    return pd.concat([frame, attributes.iloc[security].reset_index(drop=True)], axis=1)


def sample_labels(data: Prepared, sample: Sample) -> pd.DataFrame:
    """`pair_labels` of a sample; `MIXED` where a pair stands for several events that differ."""
    labels = pair_labels(
        data.events,
        data.setting.markets,
        sample.event,
        sample.security,
        data.setting.attributes,
    )
    pairs, others = sample.merged_events(data.aligned)
    events = data.events.frame
    changed = {}
    for name in labels.columns.intersection(events.columns).drop("event_id") if pairs.size else ():
        code = pd.factorize(events[name])[0]
        differs = pairs[code[sample.event[pairs]] != code[others]]
        if differs.size:
            column = labels[name]
            if column.dtype.kind == "M":  # a column with a word in it holds its dates as text
                has_clock = column.dt.tz is not None
                column = column.dt.strftime("%Y-%m-%dT%H:%M:%SZ" if has_clock else "%Y-%m-%d")
            column = column.astype(object)
            column.iloc[differs] = MIXED
            changed[name] = column
    return labels.assign(**changed)


def labels_of_surprises(
    labels: pd.DataFrame, data: Prepared, sample: Sample, columns: Iterable[str]
) -> pd.DataFrame:
    """Return labels that are empty in these columns where the news was known beforehand.

    So that groups of these columns are compared without it; see `Events.known_beforehand`.
    """
    known = data.events.known_beforehand[sample.event]
    if not known.any():
        return labels
    emptied = {name: labels[name].astype(object).mask(known) for name in columns if name in labels}
    return labels.assign(**emptied)
