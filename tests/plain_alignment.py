"""The plain alignment: market by market, event by event, one sentence at a time."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd

from eventstudy.markets.desk_clock import session_hours
from eventstudy.markets.market import find_market, named_like_a_ticker

DAY, MINUTE = np.timedelta64(1, "D"), np.timedelta64(1, "m")
ARRAYS = ("event", "security", "day0", "earliest", "latest", "is_wanted")


def plain_align(
    events, markets, calendars, *, date_only, event_window, cutoff=0, benchmark=None,
    selected=None, widen=False,
):  # fmt: skip
    """Every event in every market: a frame, and the arrays of `ARRAYS` as columns of another."""
    selected = np.ones(len(events), dtype=bool) if selected is None else selected
    placed = [
        _column(
            events, market, calendars[market.name], markets,
            date_only, cutoff, event_window.length - 1, benchmark, selected, widen,
        )
        for market in markets
    ]  # fmt: skip
    rows, arrays = [], []
    for event in range(len(events)):
        for security, market in enumerate(markets):
            values = {name: column[event] for name, column in vars(placed[security]).items()}
            arrays.append({"event": event, "security": security} | values)
            told = events.frame.iloc[event]
            rows.append(
                {"event_id": told["event_id"], "security": market.name}
                | {"published_utc": told["published_at"]}
                | values
            )
    return pd.DataFrame(rows), pd.DataFrame(arrays, columns=list(ARRAYS))


def is_about(cell, market, markets):
    taken = {n.casefold() for each in markets for n in (each.name, *each.aliases)}
    names = {name.casefold() for name in (market.name, *market.aliases)}
    known = find_market(market.name)
    canonical = {market.name} if known is None else {market.name, known.name}

    def is_meant(name):
        if name.casefold() in taken:
            return name.casefold() in names
        other = find_market(name) or named_like_a_ticker(name)
        return other is not None and other.name in canonical

    return not cell or any(map(is_meant, cell))


def _column(
    events, market, calendar, markets, date_only, cutoff, reach, benchmark, selected, widen
):
    u = events.frame["published_at"].dt.tz_localize(None).to_numpy().astype("M8[ns]")
    dates = events.frame["date"].to_numpy().astype("M8[D]")
    widths, size = events.half_widths(), len(calendar)
    is_wanted = np.array(
        [is_about(cell, market, markets) for cell in events.frame["markets"]], bool
    )
    is_timed = ~np.isnat(u) & calendar.has_clock
    earliest, latest = np.full((2, len(u)), size, dtype=np.int64)
    day0 = earliest.copy()
    state = np.full(len(u), None, dtype=object)
    minutes = np.full(len(u), np.nan)
    at = np.flatnonzero(~np.isnat(u) if date_only is None else np.ones(len(u), dtype=bool))
    earliest[at] = calendar.session_on_or_after(dates[at])
    latest[at] = calendar.session_on_or_after(dates[at] + DAY)
    day0 = (latest if date_only == "next" else earliest).copy()
    if is_timed.any():
        at = np.flatnonzero(is_timed)
        day0[at] = calendar.first_session(u[at], cutoff)
        earliest[at], latest[at] = calendar.candidates(u[at], widths[at], cutoff)
        state[at] = calendar.state(u[at], day0[at])
        inside = np.flatnonzero(state == "intraday")
        minutes[inside] = (calendar.closes[day0[inside]] - u[inside]) / MINUTE
    ambiguous = ~is_timed | (earliest != latest)
    extension = np.zeros(len(u), dtype=np.int64)
    if widen:
        day0 = np.where(ambiguous, latest, day0)
        extension[ambiguous] = (latest - earliest)[ambiguous]
    session, previous = (
        _label(calendar, day0),
        _label(calendar, np.where(day0 < size, day0 - 1, size)),
    )
    opens, closes = session_hours(calendar, np.where(is_timed, u, np.datetime64("NaT", "ns")), day0)
    catch_up = [
        not np.isnat(before)
        and bool(
            calendar.has_weekday_without_session(np.array([before]) + DAY, np.array([label]))[0]
        )
        for before, label in zip(previous, session, strict=True)
    ]
    later = []
    for event in range(len(u)):
        own = None
        if benchmark is not None and is_timed[event] and day0[event] < size:
            first = int(benchmark[1].first_session(u[event : event + 1], cutoff)[0])
            if benchmark[1].has_clock and first < len(benchmark[1]):
                own = bool(benchmark[1].closes[first] > calendar.closes[day0[event]])
        later.append(own)
    out = SimpleNamespace(
        session=session.astype("M8[ns]"), state=state, minutes_to_close=minutes,
        span_days=(session - previous) / DAY, catch_up=np.array(catch_up, dtype=bool),
        ambiguous=ambiguous,
        overlaps=plain_overlaps(
            events.frame, day0, (day0 < size) & is_wanted & selected, reach, extension,
        ),
        benchmark_reacts_later=later, opens_utc=opens, closes_utc=closes,
        day0=day0, earliest=earliest, latest=latest, is_wanted=is_wanted,
    )  # fmt: skip
    out.reason = [
        _reason(calendar, out, event, u[event], dates[event], widths[event], date_only, cutoff)
        for event in range(len(u))
    ]
    return out


def plain_overlaps(news, day0, counted, reach, extension):
    """For each event the others whose windows meet, by time and id; the later starts earlier."""
    ids = news["event_id"].tolist()
    rows = zip(news["published_at"], news["date"], ids, strict=True)
    times = [
        (date if pd.isna(moment) else moment.tz_localize(None), event_id)
        for moment, date, event_id in rows
    ]
    in_time = sorted(range(len(ids)), key=times.__getitem__)

    def meet(one, other):
        gap = abs(int(day0[one]) - int(day0[other]))
        later = one if day0[one] >= day0[other] else other
        return gap - int(extension[later]) * (gap > 0) <= reach

    return [
        ";".join(
            ids[j]
            for j in in_time
            if j != i and counted[i] and counted[j] and meet(i, j)
        )
        for i in range(len(ids))
    ]  # fmt: skip


def _label(calendar, index):
    labels = np.full(len(index), np.datetime64("NaT", "D"))
    has = (index >= 0) & (index < len(calendar))
    labels[has] = calendar.sessions[index[has]]
    return labels


def _reason(calendar, placed, event, instant, date, width, date_only, cutoff):
    session, day0, state = (
        placed.session[event].astype("M8[D]"),
        placed.day0[event],
        placed.state[event],
    )
    none = "no session, as the calendar has none in this range"
    if len(calendar):
        span = f"{calendar.known_from} to {calendar.sessions[-1]}"
        none = f"no session, as the calendar runs from {span}"
    is_timed = not np.isnat(instant) and calendar.has_clock
    if is_timed:
        wall = str(calendar.wall_time(np.array([instant]))[0].astype("M8[m]")).replace("T", " ")
        text = f"published {wall} {calendar.timezone}"
        unit = "FX day" if calendar.is_fx else "session"
        if state is None:
            text += f": {none}"
        elif state == "intraday":
            minutes = placed.minutes_to_close[event]
            long = f"{minutes:.0f} minute{'' if round(minutes) == 1 else 's'}"
            long = long if minutes < 120 else f"{minutes / 60:.1f} hours"
            end = f"the day ends at {calendar.close}" if calendar.is_fx else "the close"
            text += f", during the {unit} of {session}, {long} before {end}"
        else:
            text += f": the {unit} of {session} is the first to close after it"
        if calendar.first_session(np.array([instant]))[0] != day0:
            text += f", as the one before closes within the cutoff of {cutoff:g} minutes"
    else:
        text = f"only the date {date} is known: "
        if not np.isnat(instant):
            text = f"the market has no closing times, so the date {date} decides: "
        policy = f'date_only = "{date_only}" takes ' if date_only is not None else ""
        if date_only is None and np.isnat(instant):
            text += "events.date_only does not say which session that means"
        elif np.isnat(session):
            text += none
        elif session == date:
            text += f"{policy}the session of that date"
        else:
            text += f"{policy}{session}, the first session "
            text += "after it" if date_only == "next" else "on or after it"
    if placed.catch_up[event]:
        previous = calendar.sessions[day0 - 1]
        shut = "; ".join(
            f"{d} {why}" for d, why in calendar.removed.items() if previous < d < session
        )
        text += (
            f"; its return covers the {placed.span_days[event]:.0f} days since {previous}, "
            f"across a closure{f' ({shut})' if shut else ''}, so it holds several days of news"
        )
    if is_timed and placed.ambiguous[event] and day0 < len(calendar):
        others = [
            str(calendar.sessions[i]) if i < len(calendar) else "a session beyond the calendar"
            for i in sorted({int(placed.earliest[event]), int(placed.latest[event])} - {int(day0)})
        ]
        good = f"; the time is good to {width / MINUTE:.0f} minutes only, so it could be "
        text += good + " or ".join(others)
    if not placed.is_wanted[event]:
        text += "; the event is not about this market"
    return f"{text[0].upper()}{text[1:]}."
