"""What a reader of an intraday study is told: where what is normal comes from, notes of tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventstudy.inference.placements import MIN_PLACEMENTS
from eventstudy.reporting import wording
from eventstudy.text import records

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from eventstudy.text import Record

_COVERS = "covers: minutes from the news that the bars of the window hold; "
_OTHER_DAYS = "t: against the same clock time of earlier days; "
_LEVEL = (
    "level: volatility known before the window over that of those days, and p scaled that of t "
    "over it"
)
_NO_LEVEL = "p scaled: of t over the volatility known before the window, relative to those days"
_SAME_DAY = "t: against the bars of the day before the window, taken to be as volatile as it; "
_LEVEL_SAME_DAY = (
    "level: volatility of the latest of them over that of all, and p scaled that of t over it"
)
_NO_LEVEL_SAME_DAY = "p scaled: of t over the volatility of the latest of them, relative to all"
_ASSUMED_SAME_DAY = (
    "t of a single pair takes the bars before to be independent and as volatile as the window, "
    "which no day is: its p-value is too small near the close and too large at noon."
)


def normal_sentences(alignment: pd.DataFrame, study: Mapping[str, Any]) -> list[str]:
    """Return where the normal returns of every security come from, and what that assumes."""
    is_same_day = study["estimation"] == "same_day"
    text = []
    for name, part in alignment.groupby("security", sort=False):
        if is_same_day:
            gap = f", which end {study['gap']} minutes before it" if study["gap"] else ""
            text.append(
                f"{name}: normal returns from the {_span(part['n_returns'])} bars before the "
                f"window on the same day{gap}."
            )
        else:
            text.append(
                f"{name}: normal returns by clock time from {_span(part['n_days'])} earlier days "
                f"({part['first_day'].min():%Y-%m-%d} to {part['last_day'].max():%Y-%m-%d})."
            )
    return [*text, _ASSUMED_SAME_DAY] if is_same_day else text


def placement_sentence(row: Record) -> str:
    """Return which bar the news of a pair, a row of ``alignment``, falls into."""
    into = row.minutes_into_bar
    side = f"{into:g} min after the begin of" if into >= 0 else f"{-into:g} min before"
    crosses = f"; the window crosses {row.crosses}" if row.crosses else ""
    note = f"; {row.note}" if row.note else ""
    return (
        f"{row.event_id}, {row.security}: {side} the bar of {row.bar_clock} "
        f"({row.timezone}), session {row.session:%Y-%m-%d}{crosses}{note}."
    )


def missing_bars(car: pd.DataFrame) -> list[str]:
    """Say of every window that lacks bars how many: what the price moved there is in no number."""
    return [
        f"{row.event_id}, {row.security}: {int(row.bars_missing)} of "
        f"{int(row.bars_missing + row.n_bars)} bars of "
        f"{wording.window_label(int(row.window_start), int(row.window_end))} "
        f"{'is' if row.bars_missing == 1 else 'are'} missing or without a return: what the price "
        "moved over a gap is in no bar, nor in the CAR."
        for row in records(car[car["bars_missing"] > 0])
    ]


def notes(car: pd.DataFrame, *, same_day: bool, without_level: bool = False) -> str:
    """Return the notes of the table of pairs; `without_level` those of the one for a terminal."""
    if same_day:
        text = (
            f"{_SAME_DAY}{_NO_LEVEL_SAME_DAY}"
            if without_level
            else f"{_COVERS}{_SAME_DAY}{_LEVEL_SAME_DAY}"
        )
    elif without_level:
        text = f"{_OTHER_DAYS}{_NO_LEVEL}"
    else:
        text = f"{_COVERS}{_OTHER_DAYS}{_LEVEL}"
    return f"{text}; {_placebo_note(car, same_day=same_day)}"


def _placebo_note(car: pd.DataFrame, *, same_day: bool) -> str:
    """Return on how many other days or windows p placebo rests, and how small it can be."""
    number = car["n_placebos"].dropna().astype(int)
    if number.empty:
        return "p placebo: not given, as no window has a bar with a return"
    kind = "earlier window" if same_day else "other day"
    several = f"{_span(number)} {kind}s" + (" of the day" if same_day else "")
    if (most := int(number.max())) < MIN_PLACEMENTS:
        few = f"one {kind}" if most == 1 else several
        return f"p placebo: not given, {few} where {MIN_PLACEMENTS} are needed"
    return f"p placebo: rank among {several}, so no smaller than {wording.p_value(1 / (most + 1))}"


def _span(numbers: pd.Series) -> str:
    low, high = int(numbers.min()), int(numbers.max())
    return f"{low}" if low == high else f"{low} to {high}"
