"""Sentences about the pairs of a study: how many have an uncertain day 0, how many were lost."""

from __future__ import annotations

import pandas as pd

from eventstudy._typing import BY_CHOICE
from eventstudy.reporting import wording
from eventstudy.text import counted, listed

_MARKS = {
    "ambiguous": "could belong to either of two sessions, the time of the news being vague",
    "catch_up": "fall on the first session after a closure, whose return holds days of news",
    "benchmark_reacts_later": "reach the market before the benchmark can react, so that day 0 "
    "shows the total reaction there",
}


def uncertain_sessions(
    alignment: pd.DataFrame, dropped: pd.DataFrame | None
) -> list[tuple[str, str]]:
    """Return a sentence and its detail about studied pairs whose day 0 is not sure; none if none.

    Parameters
    ----------
    alignment
        One row a pair; ambiguous, catch_up and benchmark_reacts_later are used where present.
    dropped
        The pairs that were left out or lost, and so are not counted.
    """
    alignment = studied_pairs(alignment, dropped)
    sentences = []
    for column, text in _MARKS.items():
        if column not in alignment.columns:
            continue
        count = int(alignment[column].astype("boolean").fillna(False).sum())
        if count:
            sentences.append(f"{count} ({count / len(alignment) * 100:.0f} %) {text}")
    if not sentences:
        return []
    pairs = counted(len(alignment), "pair")
    headline = (
        f"When each market could first react is known for the {pairs} studied, not equally well."
        if len(alignment) > 1
        else "When the market could first react is not known well for the pair studied."
    )
    return [(headline, "; ".join(sentences) + ".")]


def studied_pairs(alignment: pd.DataFrame, dropped: pd.DataFrame | None) -> pd.DataFrame:
    """Return the rows of pairs that were not left out or lost."""
    if dropped is None or dropped.empty:
        return alignment
    left_out = pd.MultiIndex.from_frame(dropped[["event_id", "security"]])
    return alignment[~pd.MultiIndex.from_frame(alignment[["event_id", "security"]]).isin(left_out)]


def lost_pairs(dropped: pd.DataFrame) -> tuple[str, str]:
    """Return how many pairs were lost at which stage, and what the study left out by choice."""
    lost, left_out = wording.losses(dropped, BY_CHOICE)
    chosen = [f"{counted(count, 'pair')} {why}" for why, count in left_out.items()]
    choice = f" By choice of the study: {listed(chosen)}." if chosen else ""
    if lost.empty:
        return "No pair of event and market was dropped.", choice.strip()
    counts = lost["stage"].value_counts()
    stages = [f"{count} at {stage}" for stage, count in counts.items()]
    verb = "was" if len(lost) == 1 else "were"
    return (
        f"{counted(len(lost), 'pair')} of event and market {verb} dropped.",
        f"{listed(stages)}; each is listed with its reason.{choice}",
    )
