"""Values of a column that look alike and are groups of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventstudy.events.selection import written_alike

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.events.table import Events
    from eventstudy.study.specification import Specification


def alike_sentences(
    study: Specification, events: Events, attributes: pd.DataFrame | None = None
) -> list[str]:
    """Say which values of the columns that a study selects, groups or contrasts by look alike.

    Columns are those of the events and the `attributes` ``(N, A)`` of the markets.
    """
    asked = [
        *dict(study.select),
        *(name for by in (*study.by, *study.contrast_by) for name in by.split("*")),
        *(name for name, *_ in (*study.contrast, *study.contrast_without)),
    ]
    held = [events.frame.drop(columns="markets"), *([] if attributes is None else [attributes])]
    said = [
        written_alike(frame[name], name)
        for name in dict.fromkeys(asked)
        for frame in held
        if name in frame
    ]
    return [sentence for sentence in said if sentence]
