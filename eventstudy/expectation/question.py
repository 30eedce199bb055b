"""What is asked: a headline made harmless, when it broke, the moment it is asked, and its kind."""

from __future__ import annotations

import datetime as dt
import os
import zoneinfo
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from eventstudy.exceptions import SpecificationError
from eventstudy.io.doors import MOMENT, TimestampError
from eventstudy.io.timestamps import read_time
from eventstudy.markets.market import check_zone
from eventstudy.news.classification import load_classifier
from eventstudy.news.cleaning import HEADLINE_LIMIT, clean
from eventstudy.registry import choose
from eventstudy.text import excerpt, listed, some

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from eventstudy.events.table import Events
    from eventstudy.news.classification import Label

NO_KIND: Final = "any"
"""Category or direction where the study's events have no such column."""
GIVEN: Final = "given"

_LABELS = ("category", "direction")
_MOST_NAMES = 6
_UTC_NAMES = ("UTC", "Etc/UTC", "Etc/UCT", "Etc/Universal", "Etc/Zulu", "UCT", "Zulu", "Universal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A headline at a moment.

    Attributes
    ----------
    headline : without markup and control characters, on one line
    published_utc, now_utc : aware datetimes in UTC
    zone : the reader's zone, an IANA name
    assumed : what was assumed or changed, a sentence each
    """

    headline: str
    published_utc: dt.datetime
    now_utc: dt.datetime
    zone: str
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What kind of news a headline is.

    Attributes
    ----------
    category, direction : values of the study's events; ``any`` where these have no such column
    confidence : how often such a label is right, 0 to 1; None where the caller said both
    source : words that decided, or ``given``
    assumed : what was assumed, a sentence each
    """

    category: str
    direction: str
    confidence: float | None
    source: str
    assumed: tuple[str, ...] = ()


def ask(
    headline: str,
    published_at: str | dt.datetime,
    *,
    now: str | dt.datetime | None = None,
    zone: str | None = None,
) -> Question:
    """Return a headline and its times, checked.

    Parameters
    ----------
    headline
        Any text; markup and control characters are taken out, and it is cut at 500 characters.
    published_at
        When it broke: ISO 8601 with an offset, or without one where `zone` is given, or an aware
        datetime; or ``"now"``.
    now
        The moment asked, in the same forms; the clock's by default.
    zone
        IANA name of the reader's zone; by default the machine's, else UTC.

    Raises
    ------
    SpecificationError
        An empty headline; a time that cannot be read or has no zone; `now` before the news.

    Examples
    --------
    >>> question = ask("Tariffs <b>rise</b>", "2025-05-02 09:00", now="2025-05-02 12:00",
    ...                zone="Asia/Hong_Kong")
    >>> question.headline, question.published_utc.isoformat()
    ('Tariffs rise', '2025-05-02T01:00:00+00:00')
    """
    if not isinstance(headline, str):
        raise SpecificationError(f"the headline must be a text, got {type(headline).__name__}")
    cleaned = clean(headline, "headline", HEADLINE_LIMIT, is_line=True)
    if not cleaned.text:
        raise SpecificationError("the headline is empty; write what broke, in quotes")
    assumed = list(cleaned.notes)
    if zone is not None:
        check_zone(zone, "zone")
    published = _moment(published_at, "published_at", zone)
    asked = _moment("now" if now is None else now, "now", zone)
    if asked < published:
        when = "the clock's time" if now is None else "now"
        raise SpecificationError(
            f"{when} {asked:%Y-%m-%d %H:%M} UTC lies before the news, "
            f"{published:%Y-%m-%d %H:%M} UTC: nobody had the headline then",
            key="" if now is None else "now",
        )
    shown = zone or local_zone()
    if shown is None:
        shown = "UTC"
        assumed.append("times are in UTC, as this machine's zone is not known; --tz (zone=)")
    return Question(
        headline=cleaned.text,
        published_utc=published,
        now_utc=asked,
        zone=shown,
        assumed=tuple(assumed),
    )


def read_label(
    headline: str,
    events: Events,
    *,
    category: str | None = None,
    direction: str | None = None,
    rules: Sequence[str | os.PathLike[str]] = (),
) -> Reading:
    """Return the kind of a headline: what the caller says, else what its label is sure of.

    Parameters
    ----------
    headline
        Its text.
    events
        The study's, whose categories and directions are the ones to choose from.
    category, direction
        What the caller says; checked against the events.
    rules
        Files of rules on top of the built-in ones.

    Raises
    ------
    SpecificationError
        It is not sure enough, or is of a kind the study does not know, and the caller does
        not say it; a value the study does not know.

    Examples
    --------
    >>> from eventstudy.datasets.bundled import load_events
    >>> read_label("China weighs trade talks with the US", load_events()).category
    'talk_signal'
    """
    known = {name: _values(events, name) for name in _LABELS}
    given = {"category": category, "direction": direction}
    assumed = []
    for name, value in given.items():
        if not known[name]:
            if value is not None:
                raise SpecificationError(
                    f"{name} {value!r}: {events.name} has no column {name}; leave it out",
                    key=name,
                )
            assumed.append(
                f"{events.name} has no column {name}, so that no past news is told apart by it"
            )
        elif value is not None:
            choose(value, known[name], name, key=name)
    chosen = {name: value if known[name] else NO_KIND for name, value in given.items()}
    if None not in chosen.values():
        source = GIVEN if any(given.values()) else ""
        return _reading(chosen, None, source, assumed)
    label = load_classifier(*rules).label(headline)
    if chosen["category"] is None:
        if label.outcome != "event" or label.category not in known["category"]:
            raise _unsure(label, events, known, _missing(chosen))
        chosen["category"] = label.category
    if chosen["direction"] is None:
        is_read = label.outcome == "event" and label.category == chosen["category"]
        if not is_read or label.direction not in known["direction"]:
            raise _unsure(label, events, known, ("direction",), chosen["category"])
        chosen["direction"] = label.direction
    source = label.words or label.rule or ""
    of_direction = label.direction_confidence
    if direction is not None or of_direction is None:
        of_direction = label.confidence
    confidence = of_direction if category is not None else min(label.confidence, of_direction)
    return _reading(chosen, confidence, source, assumed)


def local_zone() -> str | None:
    """Return the IANA name of the machine's zone: of ``TZ``, else of ``/etc/localtime``, else None.

    The offset of the moment alone would be wrong on the other side of a clock change.
    """
    named = os.environ.get("TZ", "").removeprefix(":")
    candidates = [named] if named else []
    if not named:
        with suppress(OSError, UnicodeDecodeError):
            candidates.append(Path("/etc/timezone").read_text(encoding="utf-8").strip())
        target = str(Path("/etc/localtime").resolve())
        candidates.insert(0, target.partition("/zoneinfo/")[2])
    for name in candidates:
        try:
            if name:
                return "UTC" if name in _UTC_NAMES else zoneinfo.ZoneInfo(name).key
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return None


def _moment(value: str | dt.datetime, name: str, zone: str | None) -> dt.datetime:
    """Return a time in UTC."""
    if isinstance(value, dt.datetime):
        if value.tzinfo is None:
            raise SpecificationError(
                f"{name} {value} has no time zone; give it one (tzinfo=)", key=name
            )
        return value.astimezone(dt.UTC)
    if not isinstance(value, str):
        raise SpecificationError(
            f"{name} must be a text or a datetime, got {type(value).__name__}", key=name
        )
    if value.strip().casefold() == "now":
        return dt.datetime.now(dt.UTC).replace(microsecond=0)
    try:
        read = read_time(value, MOMENT, zone=zone, subject=name)
    except TimestampError as error:
        raise SpecificationError(str(error), key=name) from None
    if read.instant is None:
        raise SpecificationError(f"{name} {value!r} has no time of day", key=name)
    return read.instant


def _values(events: Events, column: str) -> tuple[str, ...]:
    """Return what the events have in a column, the most frequent first."""
    if column not in events.frame.columns:
        return ()
    cells = events.frame[column].dropna().astype(str)
    return tuple(value for value in cells.value_counts().index if value != "unsure")


def _missing(chosen: dict[str, str | None]) -> tuple[str, ...]:
    return tuple(name for name, value in chosen.items() if value is None)


def _reading(
    chosen: dict[str, str | None], confidence: float | None, source: str, assumed: Iterable[str]
) -> Reading:
    return Reading(
        category=chosen["category"] or NO_KIND,
        direction=chosen["direction"] or NO_KIND,
        confidence=confidence,
        source=source,
        assumed=tuple(assumed),
    )


def _one_of(names: Sequence[str]) -> str:
    """Return the values to choose from, the most frequent of many."""
    if len(names) <= _MOST_NAMES:
        return f"one of {listed(names, 'or')}"
    return f"such as {some(names, _MOST_NAMES)}"


def _unsure(
    label: Label,
    events: Events,
    known: dict[str, tuple[str, ...]],
    missing: Sequence[str],
    category: str | None = None,
) -> SpecificationError:
    """Return the error that says what the rules saw and asks for the rest.

    `category` is what the caller said it is.
    """
    if label.outcome == "event":
        what = ", ".join(filter(None, [excerpt(label.category), label.direction]))
        seen = f"the headline reads as {what} (confidence {label.confidence:.2f})"
        if category not in (None, label.category):
            seen += f", not as {excerpt(category)}"
        elif label.category not in known["category"]:
            seen += f", which {events.name} does not have"
        elif label.reason is not None:
            seen += f", and {label.reason}"
    elif label.outcome == "rejected":
        seen = f"the headline reads as no event: {label.reason}"
    else:
        seen = f"it is not sure what the headline is: {label.reason}"
    asked = [f"--{name} ({name}=), {_one_of(known[name])}" for name in missing if known[name]]
    ask = "if it is one all the same, say" if label.outcome == "rejected" else "say"
    return SpecificationError(f"{seen}; {ask} {', and '.join(asked)}", stage="label")
