"""Labels of many items: each headline once, by several processes where the classifier is ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.exceptions import SpecificationError
from eventstudy.execution.workers import SERIAL
from eventstudy.news.classification.blend import HeadlineClassifier
from eventstudy.news.classification.label import Label
from eventstudy.news.classification.overrides import LABELS
from eventstudy.news.classification.rules import Rules
from eventstudy.plugins import named_faults
from eventstudy.text import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventstudy._typing import Progress
    from eventstudy.execution.workers import Workers

    Classifier = Callable[[str, str], Label]
    _Shown = tuple[str, str]
    _Row = tuple[Any, ...]

WHY = ("rule", "words", "confidence", "direction_confidence", "agrees")
"""Why an item has its labels."""
_COLUMNS = (*LABELS, *WHY, "outcome", "reason")
_OWN = ("words", "reason")  # mostly another text for every item
_AT_ONCE = 500


def labelled(
    items: pd.DataFrame, label: Classifier, workers: Workers, progress: Progress
) -> pd.DataFrame:
    """Return what a classifier says of every item, the fields of `Label` as columns of objects.

    A classifier of the package is asked once for what many items say in the same words; one of the
    user's own for every item, in its order and in this process.
    """
    texts = items.get("text", [None] * len(items))
    shown = [(one or "", text or "") for one, text in zip(items["headline"], texts, strict=True)]
    is_ours = isinstance(getattr(label, "__self__", None), HeadlineClassifier | Rules)
    rows = np.arange(len(shown))
    if is_ours:
        number: dict[_Shown, int] = {}
        rows = np.fromiter((number.setdefault(one, len(number)) for one in shown), dtype=np.int64)
        shown = list(number)
    else:
        workers = SERIAL
    chunks = [shown[begin : begin + _AT_ONCE] for begin in range(0, len(shown), _AT_ONCE)]
    n_done = 0

    def done(chunk: int) -> None:
        nonlocal n_done
        n_done += len(chunks[chunk])
        progress("reading headlines", n_done, len(shown))

    progress("reading headlines", 0, len(shown))
    found = workers.map(_labels_of, chunks, label, done)
    columns: dict[str, list[Any]] = {name: [] for name in _COLUMNS}
    kept: dict[str, str] = {}  # many items have the same names, which are then there once
    for part in found:
        for name, cells in zip(_COLUMNS, zip(*part, strict=True), strict=True):
            is_own = name in _OWN
            columns[name].extend(
                kept.setdefault(cell, cell) if isinstance(cell, str) and not is_own else cell
                for cell in cells
            )
        part.clear()
    return pd.DataFrame(
        {name: pd.Series(cells, dtype=object).take(rows) for name, cells in columns.items()}
    ).reset_index(drop=True)


def _labels_of(label: Classifier, shown: Sequence[_Shown]) -> list[_Row]:
    """Return the labels of headlines and texts as rows."""
    rows = []
    with named_faults(label, "the classifier"):
        for headline, text in shown:
            answer = label(headline, text)
            if not isinstance(answer, Label):
                raise SpecificationError(
                    f"the classifier returned {type(answer).__name__} for "
                    f"{shorten(repr(headline), 100)}; it must return a Label"
                )
            rows.append(tuple(getattr(answer, name) for name in _COLUMNS))
    return rows
