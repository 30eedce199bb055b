"""The events of a report: each with its pairs, the sessions that could react, and their CARs.

Rows are in proportion to the pairs studied: markets an event does not concern are counted, not
listed, and of a large study the latest events are shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pandas as pd

from eventstudy._typing import BY_CHOICE
from eventstudy.reporting import wording
from eventstudy.reporting.anchors import event_anchor
from eventstudy.reporting.report_pairs import MOST_MARKETS as MOST_MARKETS_LISTED
from eventstudy.reporting.rows import Row, car_windows
from eventstudy.reporting.tables import cell_text
from eventstudy.text import Record, counted, is_missing, listed, plain, records

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_PAIRS = 3000
"""Pairs that are listed, of the latest events, unless everything is asked for."""

MOST_PAIRS_OF_MANY = 500
"""The same, of a study of so many markets that its pairs are summarised."""

MOST_OVERLAPS = 4
"""Overlapping events that are named under one, unless everything is asked for."""

MOST_MARKETS = 60
"""Markets that are listed under one event, unless everything is asked for."""

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
    *,
    window: tuple[int, int] | None = None,
    everything: bool = True,
) -> Row:
    """Return each event with the session each market could first react in, and what it did.

    Parameters
    ----------
    table, alignment, car, dropped_pairs, labels
        Of the record of a study.
    window
        The window whose p-value of the single pair is shown; None for the first.
    everything
        Whether to list every pair of every event, and why each session is its day 0; else at most
        `MOST_PAIRS` of the latest events and `MOST_MARKETS` under one, and why where the session is
        uncertain, holds several days or was dropped.

    Returns
    -------
    dict
        Labels of the windows, the window of the p-value, the items, and how many are left out.
    """
    chosen = dropped_pairs[dropped_pairs["stage"].isin(BY_CHOICE)]
    left_out = chosen.groupby("event_id").size().to_dict()
    beside = pd.MultiIndex.from_frame(chosen[["event_id", "security"]])
    is_shown = ~pd.MultiIndex.from_frame(alignment[["event_id", "security"]]).isin(beside)
    pairs = {str(key): part for key, part in alignment[is_shown].groupby("event_id", sort=False)}
    keys = [str(key) for key in table["event_id"]]
    is_many = car["security"].nunique() > MOST_MARKETS_LISTED if len(car) else False
    room = MOST_PAIRS_OF_MANY if is_many else MOST_PAIRS
    sizes = {key: len(part) for key, part in pairs.items()}
    shown = keys if everything else _latest(keys, sizes, room)
    windows = car_windows(car)
    cars = {
        (str(row.event_id), str(row.security), int(row.window_start), int(row.window_end)): row
        for row in records(car[car["event_id"].isin(shown)])
    }
    lost = {
        (str(row.event_id), str(row.security)): f"dropped ({row.stage})"
        for row in records(dropped_pairs[~dropped_pairs["stage"].isin(BY_CHOICE)])
    }
    tested = window if window in windows else next(iter(windows), None)
    items = []
    for event in records(table[table["event_id"].isin(shown)]):
        key = str(event.event_id)
        part = pairs.get(key)
        count = 0 if part is None else len(part)
        if part is not None and not everything:
            part = part.head(MOST_MARKETS)
        lines = []
        for row in [] if part is None else records(part):
            name = str(row.security)
            of_windows = {each: cars.get((key, name, *each)) for each in windows}
            line = _pair(row, of_windows, tested, lost.get((key, name), ""), labels)
            if not everything:
                line["marks"] = [mark for mark in line["marks"] if not mark.startswith("overlaps")]
                line["reason"] = line["reason"] if line["unusual"] else ""
            lines.append(line)
        overlaps = dict.fromkeys(other for line in lines for other in line["overlaps"])
        items.append(
            {
                **_event(event),
                "pairs": lines,
                "overlaps": list(overlaps)[: None if everything else MOST_OVERLAPS],
                "more_overlaps": 0 if everything else max(0, len(overlaps) - MOST_OVERLAPS),
                "beside": _beside(count - len(lines), left_out.get(event.event_id, 0)),
            }
        )
    return {
        "windows": [wording.window_label(*each) for each in windows],
        "tested": "" if tested is None else wording.window_label(*tested),
        "items": items,
        "of": len(keys),
    }


def _latest(keys: list[str], sizes: Mapping[str, int], room: int) -> list[str]:
    """Return the last events that have `room` pairs together, at least one."""
    shown: list[str] = []
    for key in reversed(keys):
        room -= max(1, min(sizes.get(key, 0), MOST_MARKETS))
        if room < 0 and shown:
            break
        shown.append(key)
    return shown[::-1]


def _beside(more: int, left_out: int) -> str:
    """Say how many pairs of an event are not listed, and why; nothing where all are."""
    parts = []
    if more:
        parts.append(f"{counted(more, 'more market')} in car.csv and alignment.csv")
    if left_out:
        parts.append(f"{counted(left_out, 'market')} left out by choice of the study")
    return f"Not listed: {listed(parts)}." if parts else ""


def shown_time(event: Record) -> str:
    """Return the time of an event in UTC, or its date where only that is known."""
    stamp = getattr(event, "published_at", None)
    if not is_missing(stamp):
        return f"{pd.Timestamp(str(stamp)).tz_convert('UTC'):%Y-%m-%d %H:%M} UTC"
    when = getattr(event, "date", None)
    return "" if is_missing(when) else str(cell_text(pd.Timestamp(str(when)).normalize()))


def pair_state(row: Record) -> str:
    """Return where a market stood when the news came: trading, before the open, holiday."""
    state = getattr(row, "state", None)
    return "" if is_missing(state) else _STATES.get(str(state), plain(state))


def _event(event: Record) -> Row:
    link = safe_url(getattr(event, "url", None))
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
        "anchor": event_anchor(str(event.event_id)),
        "when": shown_time(event),
        "headline": field["headline"] or plain(event.event_id),
        "category": wording.value_label(field["category"]),
        "tone": field["direction"]
        if field["direction"] in {"escalation", "de-escalation"}
        else "neutral",
        "link": link,
        "host": urlsplit(link).netloc.removeprefix("www.") if link else "",
    }


def _pair(
    row: Record,
    cars: Mapping[tuple[int, int], Record | None],
    tested: tuple[int, int] | None,
    lost: str,
    labels: Mapping[str, str],
) -> Row:
    marks = [lost] if lost else []
    for column, text in (
        ("ambiguous", "session uncertain"),
        ("catch_up", "catch-up"),
        ("benchmark_reacts_later", "before the benchmark"),
    ):
        value = getattr(row, column, None)
        if not is_missing(value) and bool(value):
            marks.append(text)
    is_unusual = bool(set(marks) - {"before the benchmark"})
    others = [] if is_missing(row.overlaps) else [o for o in str(row.overlaps).split(";") if o]
    if others:
        marks.append(f"overlaps {len(others)}")
    minutes = wording.number(row.minutes_to_close, 0)
    return {
        "security": wording.value_label(str(row.security), labels),
        "session": cell_text(row.session),
        "weekday": "" if is_missing(row.session) else f"{row.session:%a}",
        "state": pair_state(row) + (f", {minutes} min left" if minutes else ""),
        "span": wording.number(row.span_days, 0),
        "cars": [_percent(each) for each in cars.values()],
        "p": _pvalue(None if tested is None else cars.get(tested)),
        "marks": marks,
        "unusual": is_unusual,
        "overlaps": others,
        "reason": plain(getattr(row, "reason", "")),
    }


def _percent(row: Record | None) -> str:
    if row is None or is_missing(row.car):
        return ""
    return wording.number(100 * float(row.car), sign=True)


def _pvalue(row: Record | None) -> str:
    return "" if row is None else wording.p_value(getattr(row, "pvalue", None))
