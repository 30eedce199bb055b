"""What every market of a study did over a window after every event, and on ordinary days."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.estimation.abnormal import cumulate
from eventstudy.exceptions import SpecificationError
from eventstudy.expectation.volatility import USUAL_KIND, daily_volatility
from eventstudy.kernels import gather
from eventstudy.prices.synchronisation import on_sessions
from eventstudy.study.beside import prepare_beside
from eventstudy.study.preparation import prepare
from eventstudy.studyfile.study_file import StudyFile
from eventstudy.windows import Window

if TYPE_CHECKING:
    from eventstudy._typing import BoolArray, DateArray, FloatArray, IntArray
    from eventstudy.events.table import Events
    from eventstudy.prices.panel import PricePanel
    from eventstudy.study.preparation import Prepared
    from eventstudy.study.specification import Specification

USUAL_WINDOW = Window(0, 1)
"""The session that could first react, and the one after it."""

_DECIMALS = 12
_NEVER = np.datetime64("NaT", "ns")
_END_OF_DATE = np.timedelta64(36, "h")  # when a date is over everywhere on earth, in UTC


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MarketDays:
    """One market, session by session; ``T`` sessions.

    Attributes
    ----------
    security : its name
    session : ``(T,)`` labels, ``datetime64[D]``
    closed : ``(T,)`` when the session was over, UTC; where the market has no closing times, when
        its date was over everywhere
    returns : ``(T,)`` decimal; NaN where there is none
    volatility : ``(T + 1,)`` daily, known before the session; the last one after all of them
    raw : ``(T,)`` return over the window whose day 0 the session is; NaN where one is missing
    over : ``(T,)`` when that window was over; NaT where it is not in the data
    beyond : ``(T,)`` the same beyond the benchmark, of the sessions that are a day 0; else NaN
    beyond_known : ``(T,)`` when that was known
    is_ordinary : ``(T,)`` whether the window holds no session from an event's day 0 to the end of
        its window
    opened : ``(T,)`` when the session began, UTC; NaT where that is not known
    lead : ``(T,)`` what the benchmark did from its last close at or before the market's last close
        to its last one at or before the market's open, decimal; NaN where it is not known
    """

    security: str
    session: DateArray
    closed: DateArray
    returns: FloatArray
    volatility: FloatArray
    raw: FloatArray
    over: DateArray
    beyond: FloatArray
    beyond_known: DateArray
    is_ordinary: BoolArray
    opened: DateArray
    lead: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BenchmarkLevels:
    """Closes of the benchmark: `closed` ``(S,)`` in UTC, and the log of its level, from 0 on."""

    closed: DateArray
    level: FloatArray
    name: str = ""

    @classmethod
    def empty(cls) -> BenchmarkLevels:
        """Return the levels of no benchmark."""
        return cls(closed=np.array([], dtype="M8[ns]"), level=np.array([]))

    def between(self, start: DateArray, end: DateArray) -> FloatArray:
        """Return what it did between its last closes at or before each of two moments, ``(M,)``.

        Decimal; NaN where it had no close by then, or a moment is not known.
        """
        if not len(self.closed):
            return np.full(len(start), np.nan)
        first = np.searchsorted(self.closed, start, side="right") - 1
        last = np.searchsorted(self.closed, end, side="right") - 1
        known = (first >= 0) & (last >= first) & ~np.isnat(start) & ~np.isnat(end)
        return np.where(known, np.expm1(self.level[last] - self.level[first]), np.nan)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reactions:
    """Past reactions of the markets of a study to its events.

    Attributes
    ----------
    window : sessions relative to day 0
    kind : ``"simple"``, compounded over the window, or ``"log"``, summed
    benchmark : what "beyond" refers to; None without one
    days : the markets in the study's order
    levels : closes of the benchmark; empty where it has no closing times
    frame : one row a pair of event and market that can be used: event_id, headline, category,
        direction (None where empty), published_utc (NaT for a date alone), security, market (its
        number), day0 (its session's number), session, over_utc, raw, volatility, beyond (decimal;
        NaN without one), is_known (the event was known beforehand and is no surprise)
    dropped : event_id, security, reason: the pairs that cannot be used
    opposites : direction and the one opposite to it
    cutoff_minutes : news this close to a close counts for the next session
    notes : what was assumed, in sentences
    """

    window: Window
    kind: str
    benchmark: str | None
    days: tuple[MarketDays, ...]
    levels: BenchmarkLevels
    frame: pd.DataFrame
    dropped: pd.DataFrame
    opposites: dict[str, str]
    cutoff_minutes: float = 0
    notes: tuple[str, ...] = ()

    @property
    def markets(self) -> tuple[str, ...]:
        """Names of the markets, in the study's order."""
        return tuple(days.security for days in self.days)


def past_reactions(
    study: StudyFile | Specification,
    events: Events,
    prices: PricePanel,
    *,
    window: Window | tuple[int, int] = USUAL_WINDOW,
    volatility: str = USUAL_KIND,
) -> Reactions:
    """Take the reaction of every market to every event of a study, and its ordinary days.

    Day 0 is the one the study itself takes. Several events with one day 0 in a market are one
    date there; they keep a row each.

    Parameters
    ----------
    study, events, prices
        The study and its data; nothing is changed. Its selection of events holds.
    window
        Sessions relative to day 0.
    volatility
        Kind of daily volatility; see `daily_volatility`.

    Raises
    ------
    SpecificationError, DataError
        As `EventStudy.fit` raises them; a window that starts before day 0.

    Notes
    -----
    The total return over ``[a, b]`` is ``prod (1 + R) - 1``, or the sum of log returns. "Beyond"
    is the cumulative abnormal return of the study's model beside, or of its own model, whichever
    has a benchmark; its estimation window must lie before the event window, as it would else hold
    what was not known yet.

    Examples
    --------
    >>> from eventstudy import EventStudy, ConstantMean, simulate_panel
    >>> events, prices = simulate_panel(n_markets=2, n_events=30, seed=1)
    >>> study = EventStudy(markets=("M01", "M02"), model=ConstantMean(), date_only="same")
    >>> past = past_reactions(study, events, prices)
    >>> past.markets, str(past.window), len(past.frame)
    (('M01', 'M02'), '[0,+1]', 60)
    """
    specification: Specification = study.study if isinstance(study, StudyFile) else study
    window = Window.of(window)
    if window.start < 0:
        raise SpecificationError(
            f"window {window} starts before the news, whose reaction is asked for; start it at 0"
        )
    hull = Window(
        min(specification.event_window.start, window.start),
        max(specification.event_window.end, window.end),
    )
    if hull != specification.event_window:
        specification = replace(specification, event_window=hull)
    data = prepare(specification, events, prices)
    beyond, known, benchmark, notes = _beyond(data, window)
    panel = data.returns
    levels = _levels(data)
    volatilities = daily_volatility(panel.returns, volatility)
    wanted = data.aligned.is_wanted & data.selected[data.aligned.event]
    days = []
    for n, name in enumerate(panel.names):
        t = int(panel.n_sessions[n])
        closed = _closed(panel.closes[n, :t], panel.dates[n, :t])
        opened = data.setting.securities[n].calendar.opens
        before = np.append(_NEVER, closed[: t - 1])
        of_market = wanted & (data.aligned.security == n) & (data.aligned.day0 < t)
        raw, over = _windows(panel.returns[n, :t], closed, window, kind=panel.kind)
        days.append(
            MarketDays(
                security=name,
                session=panel.dates[n, :t],
                closed=closed,
                returns=panel.returns[n, :t],
                volatility=volatilities[n, : t + 1],
                raw=raw,
                over=over,
                beyond=beyond[n, :t],
                beyond_known=np.where(known[n, :t], over, _date_over(panel.dates[n, :t], window)),
                is_ordinary=~_near(data.aligned.day0[of_market], t, window),
                opened=opened,
                lead=levels.between(before, opened),
            )
        )
    frame, dropped = _pairs(data, wanted, days)
    return Reactions(
        window=window,
        kind=panel.kind,
        benchmark=benchmark,
        days=tuple(days),
        levels=levels,
        frame=frame,
        dropped=dropped,
        opposites=_opposites(specification),
        cutoff_minutes=specification.cutoff_minutes,
        notes=tuple(notes),
    )


def _levels(data: Prepared) -> BenchmarkLevels:
    """Return the closes of the benchmark, of the model beside or of the study's own."""
    setting = data.setting if data.beside is None else data.beside
    if setting.benchmark is None or not setting.benchmark.calendar.has_clock:
        return BenchmarkLevels.empty()
    series = on_sessions(data.prices, setting.benchmark, "log")
    seen = np.isfinite(series.returns)
    return BenchmarkLevels(
        closed=series.calendar.closes[seen],
        level=np.cumsum(series.returns[seen]),
        name=setting.benchmark.name,
    )


def moved_so_far(
    reactions: Reactions, market: int, day0: np.datetime64, now: np.datetime64
) -> tuple[float, np.datetime64] | None:
    """Return what a market did over the sessions of a window that are over, and the last of them.

    Parameters
    ----------
    reactions
        Of the study.
    market
        Its number.
    day0
        Label of the session the window is around, ``datetime64[D]``.
    now
        In UTC, ``datetime64[ns]``.

    Returns
    -------
    Total return, decimal, from before the window to its last session over by `now`. None before the
    end of day 0, or where a return is missing.
    """
    days = reactions.days[market]
    at = int(np.searchsorted(days.session, day0))
    if np.isnat(day0) or at >= len(days.session) or days.session[at] != day0:
        return None
    start = at + reactions.window.start
    over = np.flatnonzero(days.closed[at : at + reactions.window.end + 1] <= now)
    seen = over[np.isfinite(days.returns[at + over])]
    if not len(seen) or start < 0:
        return None
    last = at + int(seen[-1])
    each = days.returns[start : last + 1]
    if not np.isfinite(each).all():
        return None
    total = each.sum() if reactions.kind == "log" else np.prod(1.0 + each) - 1.0
    return float(total), days.session[last]


def _closed(closes: DateArray, dates: DateArray) -> DateArray:
    """Return when each session was over; without a clock, when its date was over everywhere."""
    return np.where(np.isnat(closes), dates.astype("M8[ns]") + _END_OF_DATE, closes)


def _date_over(dates: DateArray, window: Window) -> DateArray:
    """Return when the date of the last session of each window was over everywhere."""
    out = np.full(len(dates), _NEVER)
    last = np.arange(len(dates)) + window.end
    inside = (last >= 0) & (last < len(dates))
    out[inside] = dates[last[inside]].astype("M8[ns]") + _END_OF_DATE
    return out


def _windows(
    returns: FloatArray, closed: DateArray, window: Window, *, kind: str
) -> tuple[FloatArray, DateArray]:
    """Return the total return of the window around every session, and when it was over."""
    t = len(returns)
    each = gather(
        returns[None, :],
        np.zeros(t, dtype=np.int64),
        np.arange(t, dtype=np.int64) + window.start,
        window.length,
    )
    raw = each.sum(axis=1) if kind == "log" else (1.0 + each).prod(axis=1) - 1.0
    over = np.full(t, _NEVER)
    last = np.arange(t) + window.end
    inside = (last >= 0) & (last < t)
    over[inside] = closed[last[inside]]
    return raw, over


def _near(day0: IntArray, length: int, window: Window) -> BoolArray:
    """Whether each session's window holds one of the sessions from a day 0 to its window's end."""
    near = np.zeros(length, dtype=bool)
    for shift in range(-window.end, window.end - window.start + 1):
        at = day0 + shift
        near[at[(at >= 0) & (at < length)]] = True
    return near


def _beyond(data: Prepared, window: Window) -> tuple[FloatArray, BoolArray, str | None, list[str]]:
    """Return abnormal returns beyond the benchmark at every day 0, ``(N, T)``.

    Then whether they are known as soon as the window is over, the benchmark, and what is to be
    said.
    """
    shape = data.returns.returns.shape
    beyond, known = np.full(shape, np.nan), np.ones(shape, dtype=bool)
    second = data.study.second
    if second is not None and second.model.factors:
        beside = prepare_beside(data)
        if beside is not None:
            data = beside
    if not data.study.model.factors:
        return beyond, known, None, ["no model of the study has a benchmark, so none is taken out"]
    name = ", ".join(data.returns.factor_names)
    if data.study.estimation_window.end >= data.study.event_window.start:
        note = (
            f"nothing is shown beyond {name}: the estimation window lies after the news, and was "
            "not known yet"
        )
        return beyond, known, None, [note]
    if data.study.model.reach[1]:
        note = f"nothing is shown beyond {name}: its model uses later sessions of it"
        return beyond, known, None, [note]
    aligned = data.aligned
    t = data.returns.n_sessions[aligned.security]
    first, last = data.rows[0][aligned.security], data.rows[1][aligned.security]
    used = aligned.is_wanted & data.selected[aligned.event] & (aligned.day0 < t)
    used &= (aligned.day0 >= first) & (aligned.day0 <= last)
    at = np.unique(np.stack([aligned.security[used], aligned.day0[used]]), axis=1)
    at = at[:, data.usable[at[0], at[1]] >= max(data.study.min_obs, 1)]
    if at.shape[1]:
        table = data.abnormal_at(at[0], at[1], np.zeros(at.shape[1], dtype=np.int64))
        total = cumulate(table, window, simple=data.study.kind == "simple")
        is_whole = (total.n_sessions == window.length) & ~table.fit.failed
        # Running sums are centred over all sessions: what comes later would change the last digit.
        beyond[at[0], at[1]] = np.where(is_whole, total.car.round(_DECIMALS), np.nan)
    by_date = np.array([n in data.returns.by_date for n in data.returns.names], dtype=bool)
    if data.returns.sync == "same_date":
        by_date[:] = True
    known[by_date] = False
    return beyond, known, name, []


def _pairs(
    data: Prepared, wanted: BoolArray, days: list[MarketDays]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one row a usable pair, and the others with the reason."""
    aligned = data.aligned
    rows = np.flatnonzero(wanted)
    events = data.events.frame
    kept: list[tuple[int, int, int]] = []
    lost = []
    for row in rows:
        n, t0 = int(aligned.security[row]), int(aligned.day0[row])
        reason = _unusable(days[n], t0)
        if reason:
            lost.append(
                {
                    "event_id": events["event_id"].iloc[aligned.event[row]],
                    "security": days[n].security,
                    "reason": reason,
                }
            )
        else:
            kept.append((int(aligned.event[row]), n, t0))
    event, market, day0 = np.array(kept, dtype=np.int64).reshape(-1, 3).T

    def taken(name: str) -> object:
        return np.array([getattr(days[n], name)[at] for n, at in zip(market, day0, strict=True)])

    def column(name: str) -> object:
        if name not in events:
            return np.full(len(event), None, dtype=object)
        values = events[name].astype(object)
        return values.where(values.notna(), None).to_numpy(dtype=object)[event]

    frame = pd.DataFrame(
        {
            "event_id": column("event_id"),
            "headline": column("headline"),
            "category": column("category"),
            "direction": column("direction"),
            "published_utc": events["published_at"].array[event],
            "security": np.array([d.security for d in days], dtype=object)[market],
            "market": market,
            "day0": day0,
            "session": taken("session"),
            "over_utc": taken("over"),
            "raw": taken("raw"),
            "volatility": taken("volatility"),
            "beyond": taken("beyond"),
            "is_known": data.events.known_beforehand[event],
        }
    )
    return frame, pd.DataFrame(lost, columns=["event_id", "security", "reason"])


def _unusable(days: MarketDays, day0: int) -> str:
    """Return why a pair cannot be used; empty where it can."""
    if day0 >= len(days.session):
        return "no session follows the news in the calendar"
    seen = np.flatnonzero(np.isfinite(days.returns))
    if not len(seen) or day0 < seen[0]:
        return "the news is older than the market's prices"
    if np.isnat(days.over[day0]) or not np.isfinite(days.raw[day0]):
        is_late = np.isnat(days.over[day0]) or days.over[day0] > days.closed[seen[-1]]
        return (
            "prices end before the window is over"
            if is_late
            else "a return of the window is missing"
        )
    if not np.isfinite(days.volatility[day0]):
        return "too few returns before the news to measure the volatility"
    return ""


def _opposites(study: Specification) -> dict[str, str]:
    """Return each direction's opposite: the study's own contrast of directions, else the usual."""
    pairs = [("de-escalation", "escalation")]
    pairs = [(a, b) for column, a, b in study.contrast if column == "direction"] or pairs
    return dict(pairs) | {b: a for a, b in pairs}
