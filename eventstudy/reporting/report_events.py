"""The rows of the report's appendix of events: each with its pairs, sessions and CARs."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pandas as pd

from eventstudy._typing import BY_CHOICE
from eventstudy.reporting import wording
from eventstudy.reporting.rows import Row, car_windows
from eventstudy.reporting.tables import cell_text
from eventstudy.text import Record, is_missing, plain, records

if TYPE_CHECKING:
    from collections.abc import Mapping

_STATES = {"intraday": "trading", "closed": "holiday", "pre_open": "before the open"}


def safe_url(value: object) -> str | None:
    """Return an address that may become a link: http or https with a host, nothing else.

    Examples
    --------
    >>> safe_url("https://example.org/a"), safe_url("javascript:alert(1)")
    ('https://example.org/a', None)
    """
    text = "" if is_missing(value) else str(value).strip()
    if text != plain(text) or " " in text:
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.scheme in {"http", "https"} and parts.netloc else None


def events(
    table: pd.DataFrame,
    alignment: pd.DataFrame,
    car: pd.DataFrame,
    dropped_pairs: pd.DataFrame,
    labels: Mapping[str, str],
) -> Row:
    """Return each event with the session each market could first react in, and what it did."""
    pairs = {str(key): part for key, part in alignment.groupby("event_id", sort=False)}
    windows = car_windows(car)
    cars = {
        (str(row.event_id), str(row.security), int(row.window_start), int(row.window_end)): row
        for row in records(car)
    }
    lost = {
        (str(row.event_id), str(row.security)): (
            f"{'left out' if row.stage in BY_CHOICE else 'dropped'} ({row.stage})"
        )
        for row in records(dropped_pairs)
    }
    items = []
    for event in records(table):
        key = str(event.event_id)
        part = pairs.get(key)
        lines = [] if part is None else [
            _pair(row, [cars.get((key, str(row.security), *each)) for each in windows],
                  lost.get((key, str(row.security)), ""), labels)
            for row in records(part)
        ]  # fmt: skip
        overlaps = dict.fromkeys(other for line in lines for other in line["overlaps"])
        items.append({**_event(event), "pairs": lines, "overlaps": ", ".join(overlaps)})
    return {"windows": [wording.window_label(*each) for each in windows], "items": items}


def _event(event: Record) -> Row:
    stamp = getattr(event, "published_at", None)
    when = getattr(event, "date", None)
    shown = "" if is_missing(when) else cell_text(pd.Timestamp(str(when)).normalize())
    if not is_missing(stamp):
        shown = f"{pd.Timestamp(str(stamp)).tz_convert('UTC'):%Y-%m-%d %H:%M} UTC"
    field = {
        c: plain(getattr(event, c, ""))
        for c in (
            "headline",
            "category",
            "direction",
            "source",
            "url",
            "precision",
            "verified",
            "actor",
        )
    }
    return {
        **field,
        "id": plain(event.event_id),
        "when": shown,
        "headline": field["headline"] or plain(event.event_id),
        "category": wording.value_label(field["category"]),
        "tone": field["direction"]
        if field["direction"] in {"escalation", "de-escalation"}
        else "neutral",
        "link": safe_url(getattr(event, "url", None)),
    }


def _pair(row: Record, cars: list[Record], lost: str, labels: Mapping[str, str]) -> Row:
    marks = [lost] if lost else []
    for column, text in (
        ("ambiguous", "session uncertain"),
        ("catch_up", "catch-up"),
        ("benchmark_reacts_later", "before the benchmark"),
    ):
        value = getattr(row, column, None)
        if not is_missing(value) and bool(value):
            marks.append(text)
    others = [] if is_missing(row.overlaps) else [o for o in str(row.overlaps).split(";") if o]
    if others:
        marks.append(f"overlaps {len(others)}")
    state = "" if is_missing(row.state) else str(row.state)
    minutes = wording.number(row.minutes_to_close, 0)
    return {
        "security": wording.value_label(str(row.security), labels),
        "session": cell_text(row.session),
        "weekday": "" if is_missing(row.session) else f"{row.session:%a}",
        "state": _STATES.get(state, state) + (f", {minutes} min left" if minutes else ""),
        "span": wording.number(row.span_days, 0),
        "cars": [_estimate_of_pair(each) for each in cars],
        "marks": marks,
        "overlaps": others,
        "reason": plain(getattr(row, "reason", "")),
    }


def _estimate_of_pair(row: Record) -> Row:
    if row is None or is_missing(row.car):
        return {"value": "", "p": ""}
    return {
        "value": wording.number(100 * float(row.car), sign=True),
        "p": wording.p_value(getattr(row, "pvalue", None)),
    }
