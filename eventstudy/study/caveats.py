"""What bounds the results of a study, in sentences, the gravest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventstudy._typing import BY_CHOICE, LEVEL
from eventstudy.reporting import wording
from eventstudy.reporting.contrasts import BEFORE, DAY_0, split_contrast
from eventstudy.text import counted, is_missing, records, some

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from eventstudy.reporting.record import StudyRecord

MOST_FIRST = 3
"""Caveats on the first screen."""
_MANY = 0.25
_DATE_ONLY = {
    "same": ", and a date without a time is the session of that date",
    "next": ", and a date without a time is the session after that date",
}


def caveats(results: StudyRecord) -> list[str]:
    """Return what a reader must know before quoting a number, the gravest first.

    The first `MOST_FIRST` are shown beside the answers, in words that need no explanation.
    """
    aligned = results.alignment.merge(
        results.models[["event_id", "security"]], validate="one_to_one"
    )
    events = results.events[results.events["event_id"].isin(aligned["event_id"])]
    doubt, said_of_doubt = _doubtful(events)
    overlap, said_of_overlap = _overlap(aligned)
    said = [f"Error in the data checks: {sentence}." for sentence in results.errors]
    said += _not_studied(results)
    said += _few_dates(results)
    said += _there_before(results)
    said += [said_of_overlap] if overlap > _MANY else []
    said += [said_of_doubt] if doubt > _MANY else []
    said += [f"{sentence}." for sentence in results.absent_sentences()]
    said.append(
        "An average holds for the events listed. A list made by people who know what happened "
        "over-represents famous moves, and no test can undo that."
    )
    if results.event_window.start >= 0:
        said.append(
            "Whether the news was expected is not tested: the event window starts on day 0 or "
            "later, so that it has no session before."
        )
    said += [said_of_overlap] if 0 < overlap <= _MANY else []
    said += [
        caveat["text"]
        for caveat in results.manifest.get("caveats", ())
        if caveat["column"] in events and (events[caveat["column"]] == caveat["value"]).any()
    ]
    said += [said_of_doubt] if 0 < doubt <= _MANY else []
    said += _sessions(aligned, results.spec["events"])
    said.append(
        "How often tests err was measured on days without news, ordinary and rough ones; news that "
        "itself makes a market rougher may make them err more."
    )
    fallback = results.manifest.get("placebo_fallback")
    if fallback:
        said.append(
            f"At {fallback['positions']} of {fallback['of']} placebo positions "
            f"{fallback['reason']}, as for pairs of the study itself."
        )
    return said


def _not_studied(results: StudyRecord) -> list[str]:
    """Return how many events no market was studied for, against what was asked, as a list of one.

    The reason is that of most of their pairs.
    """
    lost = results.dropped[~results.dropped["stage"].isin(BY_CHOICE)]
    studied = results.models["event_id"].unique()
    lost = lost[~lost["event_id"].isin(studied)]
    if lost.empty:
        return []
    number = lost["event_id"].nunique()
    reason = lost["reason"].value_counts(sort=True).index[0]
    which = some(list(dict.fromkeys(lost["event_id"])))
    return [
        f"{number} of {counted(number + len(studied), 'event')} {'is' if number == 1 else 'are'} "
        f"not studied at all ({which}): {reason}."
    ]


def _few_dates(results: StudyRecord) -> list[str]:
    """Return what a study of few dates cannot say, as the only sentence of a list."""
    frame = results.ranges
    if frame.empty:
        return []
    number = int(frame.loc[frame["group"] == "all", "n_dates"].max())
    if not number or number >= wording.MIN_DATES:
        return []
    return [
        f"The study has {counted(number, 'date')}: one odd day decides what {_they(number)} like, "
        f"and no range is given under {wording.MIN_DATES}."
    ]


def _they(number: int) -> str:
    return "it looks" if number == 1 else "they look"


def _there_before(results: StudyRecord) -> list[str]:
    """Return that the difference was there before the news, where it was, as a list of one."""
    frame = results.contrasts
    if frame.empty:
        return []
    name = str(frame["contrast"].iloc[0])
    rows = list(records(frame[(frame["contrast"] == name) & (frame["security"] == "all")]))
    of = {(int(row.window_start), int(row.window_end)): row for row in rows}
    before, after = of.get(BEFORE), of.get(DAY_0)
    if before is None or after is None or is_missing(before.pvalue) or is_missing(after.estimate):
        return []
    if before.pvalue >= LEVEL or before.estimate * after.estimate <= 0:
        return []
    _, first, second, _ = split_contrast(name)
    sides = " and ".join(wording.value_label(side) for side in (first, second))
    return [
        f"Over the two sessions before the news {sides} already differed by "
        f"{wording.number(100 * abs(before.estimate))} points ({wording.p_equals(before.pvalue)}): "
        "a part of it was expected or known early, or such news tends to follow news of its own "
        "kind."
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _overlap(aligned: pd.DataFrame) -> tuple[float, str]:
    """Return the share of pairs with other news in their event window, and the sentence."""
    overlap = aligned["overlaps"].fillna("").astype(str).str.len() > 0
    share = float(overlap.sum() / max(len(aligned), 1))
    return share, (
        f"{_percent(share)} of the moves studied have other news of the list within their event "
        "window: what is measured there is the news of several events together."
    )


def _doubtful(events: pd.DataFrame) -> tuple[float, str]:
    """Return the share of events not fully verified, and the sentence."""
    if "verified" not in events or events.empty:
        return 0.0, ""
    verified = events["verified"].fillna("no")
    number = int((verified != "yes").sum())
    partly = int((verified == "partial").sum())
    return number / len(events), (
        f"{number} of {len(events)} events are not fully verified: "
        f"{partly} partly, {number - partly} not at all."
    )


def _sessions(aligned: pd.DataFrame, asked: Mapping[str, Any]) -> list[str]:
    """Return what is uncertain about day 0 and the benchmark."""
    total = max(len(aligned), 1)
    said = []
    later = aligned["benchmark_reacts_later"].fillna(False).astype(bool)
    if later.any():
        said.append(
            f"In {_percent(later.sum() / total)} of the pairs the news reached the market before "
            "the benchmark could react: day 0 shows the whole move there, and what the benchmark "
            "explains of it follows on day +1. Prefer [0,+1] for them."
        )
    unclear = aligned["ambiguous"].astype(bool)
    if unclear.any():
        taken = _DATE_ONLY.get(str(asked.get("date_only")), "")
        said.append(
            f"{_percent(unclear.sum() / total)} of the pairs have an uncertain day 0 (imprecise or "
            f"missing time); policy: {asked['ambiguous']}{taken}."
        )
    catch_up = aligned["catch_up"].astype(bool)
    if catch_up.any():
        said.append(
            f"{counted(int(catch_up.sum()), 'catch-up')}: day 0 follows a closure, and its return "
            "holds several days of news."
        )
    return said
