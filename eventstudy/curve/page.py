"""A specification curve as one self-contained page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventstudy.reporting import rows, wording
from eventstudy.reporting.report import render_template
from eventstudy.text import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from eventstudy._typing import Alternative

_ABOUT = (
    "Every specification is the study with other choices, and each is tested against the same "
    "placebo dates: the clusters of event dates move together, by the same weekdays in every "
    "specification, to dates at which all of them can be estimated. A draw is therefore a whole "
    "curve. Its share of significant specifications says how large a share these choices give "
    "where nothing happened (Simonsohn, Simmons and Nelson 2020).",
    "The interval of an estimate is the estimate plus and minus its standard error, pairs of one "
    "date taken as one, times the statistic that is significant at 5 % among its own placebos. "
    "Significance itself is that of the placebo test, in units of volatility, so that a coloured "
    "dot and an interval that holds zero can meet, and so can a grey dot and one that does not.",
    "Share of the variance: the variance between the values of one choice over all the variance "
    "of the estimates.",
)


def render(
    *,
    title: str,
    question: str,
    sentences: Sequence[str],
    drawing: str,
    summary: pd.DataFrame,
    influence: pd.DataFrame,
    specifications: pd.DataFrame,
    refused: pd.DataFrame,
    manifest: Mapping[str, Any],
    alternative: Alternative = "two-sided",
) -> str:
    """Return the page; `drawing` is the figure as inline SVG, the rest is text and is escaped."""
    return render_template(
        "curve.html.jinja",
        title=plain(title),
        question=plain(question),
        sentences=list(sentences),
        drawing=drawing,
        alt=" ".join(sentences),
        summary=rows.grid(summary),
        influence=rows.grid(influence),
        specifications=rows.grid(shown_specifications(specifications)),
        refused=rows.grid(refused.drop(columns=["spec"])),
        about=_about(alternative),
        provenance=rows.flatten(dict(manifest)),
    )


def _about(alternative: Alternative) -> tuple[str, ...]:
    if alternative == "two-sided":
        return _ABOUT
    first, _, last = _ABOUT
    side = (
        f"The study is one-sided ({alternative}): every p-value and every share counts on that "
        "side alone, and an estimate has no interval."
    )
    return first, side, last


def shown_specifications(specifications: pd.DataFrame) -> pd.DataFrame:
    """The specifications by estimate, as they are printed."""
    frame = specifications.sort_values("estimate", kind="stable", ignore_index=True)
    choices = list(frame.columns[1 : list(frame.columns).index("own")])
    varied = [c for c in choices if len(set(frame[c])) > 1]
    shown = frame[varied].copy()
    shown["estimate"] = frame["estimate"].map(wording.percent)
    for column, name in (("effect", "effect, s.d."), ("statistic", "T")):
        shown[name] = [wording.number(x, sign=True) for x in frame[column]]
    shown["p"] = frame["pvalue"].map(wording.p_value)
    shown["pairs"], shown["dates"], shown["note"] = (
        frame["n_pairs"],
        frame["n_units"],
        frame["note"],
    )
    return shown
