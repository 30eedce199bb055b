"""Sessions of an exchange, of the FX day and of a price file, and the session of a news time.

Session labels are ``datetime64[D]`` in the market's own dates, opens and closes are
``datetime64[ns]`` in UTC, each day with its own (half days, moved closing times).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from eventstudy.exceptions import CalendarError, SpecificationError
from eventstudy.io.stamps import weekday_of
from eventstudy.markets.exchange_tables import exchange_table
from eventstudy.markets.market import FX_CLOSE, FX_TIMEZONE, check_zone
from eventstudy.markets.overrides import closures as known_closures
from eventstudy.markets.overrides import overrides
from eventstudy.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from eventstudy._typing import BoolArray, DateArray, IntArray
    from eventstudy.markets.market import Market

Closures = Mapping[np.datetime64, str]
"""Date -> why the market was shut."""

_DAY = np.timedelta64(1, "D")
_NOT_A_DATE = np.datetime64("NaT", "D")
_SATURDAY = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SessionCalendar:
    """The sessions of one market.

    Parameters
    ----------
    name
        Exchange code, ``"FX"`` or ``"data"``.
    timezone
        Zone of the session labels; None where nobody declared one.
    sessions
        Labels, shape ``(T,)``, ``datetime64[D]``, increasing.
    opens, closes
        Instants in UTC, shape ``(T,)``, ``datetime64[ns]``; NaT without a clock. The open of an
        FX day is the close before it, or Sunday 17:00 New York.
    is_fx
        Whether trade goes on around the clock outside weekends.
    version
        Where the sessions come from, for the record.
    removed
        Dates taken out of the source's sessions, with the reason.
    known_from
        First date the source covers; news before it has no session here. The first session where
        not given.
    close
        Local closing time where it is the same every day (FX and data calendars).
    """

    name: str
    timezone: str | None
    sessions: DateArray
    opens: DateArray
    closes: DateArray
    is_fx: bool = False
    version: str = ""
    removed: dict[np.datetime64, str] = field(default_factory=dict)
    known_from: np.datetime64 = _NOT_A_DATE
    close: str | None = None

    def __post_init__(self) -> None:
        for name, unit in (("sessions", "D"), ("opens", "ns"), ("closes", "ns")):
            values = np.array(getattr(self, name), dtype=f"M8[{unit}]")
            values.flags.writeable = False
            object.__setattr__(self, name, values)
        if not len(self.sessions) == len(self.opens) == len(self.closes):
            raise CalendarError(f"{self.name}: sessions, opens and closes differ in length")
        if np.isnat(self.known_from) and len(self.sessions):
            object.__setattr__(self, "known_from", self.sessions[0])

    def __len__(self) -> int:
        return len(self.sessions)

    def __repr__(self) -> str:
        span = f"{self.sessions[0]} to {self.sessions[-1]}" if len(self) else "empty"
        return f"SessionCalendar({self.name}: {len(self)} sessions, {span})"

    @property
    def has_clock(self) -> bool:
        """Whether closing times are known, so that news can be placed by its time."""
        return self.timezone is not None and not bool(np.isnat(self.closes).any())

    def without(self, dates: Iterable[np.datetime64] | DateArray, reason: str) -> SessionCalendar:
        """Return the calendar without the sessions of `dates`, recording `reason` for each.

        Dates that are no session are ignored.
        """
        unwanted = np.asarray(list(dates), dtype="M8[D]")
        is_removed = np.isin(self.sessions, unwanted)
        if not is_removed.any():
            return self
        return replace(
            self,
            sessions=self.sessions[~is_removed],
            opens=self.opens[~is_removed],
            closes=self.closes[~is_removed],
            removed={**self.removed, **dict.fromkeys(self.sessions[is_removed], reason)},
        )

    def first_session(self, instants: DateArray, cutoff_minutes: float = 0) -> IntArray:
        """Return the index of the first session whose close is after ``u + cutoff``.

        Parameters
        ----------
        instants
            News times in UTC, shape ``(P,)``, ``datetime64[ns]``; NaT has no session.
        cutoff_minutes
            News this close to the close no longer counts for that session.

        Returns
        -------
        IntArray
            Shape ``(P,)``; T, the number of sessions, where no known session follows, or the
            news lies before the first date the calendar covers.

        Raises
        ------
        CalendarError
            The calendar has no clock.

        Examples
        --------
        News at the close of Tokyo, 15:30 or 06:30 UTC, comes too late for that session.

        >>> tokyo = exchange_sessions("XTKS", "2025-05-01", "2025-05-31")
        >>> news = np.array(["2025-05-08T06:29", "2025-05-08T06:30"], dtype="M8[ns]")
        >>> tokyo.sessions[tokyo.first_session(news)].astype(str).tolist()
        ['2025-05-08', '2025-05-09']
        """
        moments = self._instants(instants)
        index = self._raw_first(moments, cutoff_minutes)
        index[~self._is_known(moments)] = len(self)
        return index

    def candidates(
        self, instants: DateArray, half_widths: npt.NDArray[np.timedelta64], cutoff_minutes: float
    ) -> tuple[IntArray, IntArray]:
        """Return the first session of ``u - h`` and of ``u + h``, T for both where u has none.

        A lower end before the calendar's first date counts as its first session.
        """
        moments = self._instants(instants)
        width = np.asarray(half_widths, dtype="m8[ns]")
        is_known = self._is_known(moments)
        ends = []
        for moment in (moments - width, moments + width):
            index = self._raw_first(moment, cutoff_minutes)
            index[~is_known] = len(self)
            ends.append(index)
        return ends[0], ends[1]

    def session_on_or_after(self, dates: DateArray) -> IntArray:
        """Return the index of the first session on or after each local date, T where none is.

        Dates before the first one the calendar covers have none, nor has NaT.
        """
        days = np.asarray(dates).astype("M8[D]")
        index = np.searchsorted(self.sessions, days, side="left").astype(np.int64)
        index[~(days >= self.known_from)] = len(self)
        return index

    def local_dates(self, instants: DateArray) -> DateArray:
        """Return the market's own date of each instant; for FX the FX day it belongs to.

        Raises
        ------
        CalendarError
            The calendar has no time zone.
        """
        wall_time = self.wall_time(instants)
        if not self.is_fx:
            return wall_time.astype("M8[D]")
        # On the wall clock the day of 17:00 to 17:00 is the date shifted by the close, whatever
        # the offset is that week, so that days of a clock change need no care.
        shifted: DateArray = wall_time + (_DAY.astype("m8[m]") - _clock(self.close or FX_CLOSE))
        days = shifted.astype("M8[D]")
        weekday = weekday_of(days)
        return np.where(weekday >= _SATURDAY, days + (7 - weekday) * _DAY, days)

    def wall_time(self, instants: DateArray) -> DateArray:
        """Return what clocks of the market's zone show at each instant, ``datetime64[ns]``."""
        if self.timezone is None:
            raise CalendarError(f"calendar {self.name!r} has no time zone; declare one")
        return _wall_time(self._instants(instants), self.timezone)

    def state(self, instants: DateArray, day0: IntArray) -> npt.NDArray[np.object_]:
        """Return what the market was doing when the news came.

        Parameters
        ----------
        instants
            News times in UTC, shape ``(P,)``.
        day0
            Their sessions, shape ``(P,)``, as given by `first_session`.

        Returns
        -------
        ndarray of object
            ``"intraday"``: inside the session of day 0, lunch included (FX: outside the
            weekend, Friday to Sunday 17:00 New York). ``"closed"``: otherwise, if a weekday
            without a session lies from the news' local date to the day before day 0.
            ``"pre_open"``: otherwise. None where there is no day 0. A calendar that declares no
            open has no ``"intraday"``.
        """
        moments = self._instants(instants)
        state = np.full(len(moments), None, dtype=object)
        has = (day0 < len(self)) & ~np.isnat(moments)
        where = np.flatnonzero(has)
        u, s = moments[where], day0[where]
        inside = (self.opens[s] <= u) & (u < self.closes[s])
        if self.is_fx:
            inside &= ~_is_fx_weekend(u)
        shut = self.has_weekday_without_session(self.local_dates(u), self.sessions[s])
        state[where] = np.select([inside, shut], ["intraday", "closed"], default="pre_open")
        return state

    def has_weekday_without_session(self, start: DateArray, stop: DateArray) -> BoolArray:
        """Return whether a weekday d with ``start <= d < stop`` has no session; no NaT."""
        weekdays = self.sessions[weekday_of(self.sessions) < _SATURDAY]
        # Saturday sessions exist (make-up days in Taipei), so they must not offset a holiday.
        n_sessions = np.searchsorted(weekdays, stop) - np.searchsorted(weekdays, start)
        return np.asarray(np.busday_count(start, stop) > n_sessions)

    @staticmethod
    def _instants(instants: DateArray) -> DateArray:
        return np.atleast_1d(np.asarray(instants)).astype("M8[ns]")

    def _raw_first(self, moments: DateArray, cutoff_minutes: float) -> IntArray:
        if not self.has_clock:
            raise CalendarError(
                f"calendar {self.name!r} has no closing times; give the market timezone and close"
            )
        cutoff = np.timedelta64(round(cutoff_minutes * 60e9), "ns")
        # side="right": a close at the very moment of the news could not react to it. NaT sorts
        # behind every instant, so it gets T.
        return np.searchsorted(self.closes, moments + cutoff, side="right").astype(np.int64)

    def _is_known(self, moments: DateArray) -> BoolArray:
        return np.asarray(self.local_dates(moments) >= self.known_from)


def exchange_sessions(
    code: str,
    start: np.datetime64 | str,
    end: np.datetime64 | str,
    closures: Closures | None = None,
) -> SessionCalendar:
    """Return the sessions of an exchange from `start` to `end`, both included.

    Parameters
    ----------
    code
        Name in ``exchange_calendars``, such as ``"XTKS"``.
    start, end
        Dates; what lies beyond the calendar's own bounds is cut off.
    closures
        Real closures the calendar lacks, removed; those of ``markets.toml`` by default. Hours that
        ``markets.toml`` corrects are corrected in any case.

    Raises
    ------
    SpecificationError
        No calendar has this code.
    CalendarError
        The library has the calendar, but cannot build it.
    """
    first, last = _date(start), _date(end)
    known_from, zone, version, sessions, opens, closes = exchange_table(code, first, last)
    calendar = SessionCalendar(
        name=code,
        timezone=zone,
        sessions=sessions,
        opens=opens,
        closes=closes,
        version=version,
        known_from=known_from,
    )
    calendar, n_corrected = _with_hours(calendar)
    for date, reason in (known_closures(code) if closures is None else closures).items():
        calendar = calendar.without([date], reason)
    said = [version]
    if calendar.removed:
        said.append(f"{counted(len(calendar.removed), 'closure')} added")
    if n_corrected:
        said.append(f"hours of {counted(n_corrected, 'day')} corrected")
    return replace(calendar, version=", ".join(said))


def _with_hours(calendar: SessionCalendar) -> tuple[SessionCalendar, int]:
    """Return an exchange's calendar with the hours its library has wrong, and how many days."""
    moved = {day: entry for day, entry in overrides(calendar.name).items() if not entry.closed}
    at = np.flatnonzero(np.isin(calendar.sessions, np.array(list(moved), dtype="M8[D]")))
    if not len(at):
        return calendar, 0
    zone = str(calendar.timezone)
    opens, closes = calendar.opens.copy(), calendar.closes.copy()
    for position in at:
        day, entry = calendar.sessions[position : position + 1], moved[calendar.sessions[position]]
        if entry.open is not None:
            opens[position] = _local_times_in_utc(day, entry.open, zone)[0]
        if entry.close is not None:
            closes[position] = _local_times_in_utc(day, entry.close, zone)[0]
    is_new = (opens != calendar.opens) | (closes != calendar.closes)
    return replace(calendar, opens=opens, closes=closes), int(is_new.sum())


def fx_sessions(
    start: np.datetime64 | str,
    end: np.datetime64 | str,
    close: str = FX_CLOSE,
    timezone: str = FX_TIMEZONE,
) -> SessionCalendar:
    """Return the FX days, Monday to Friday, from `start` to `end`, cut at `close`.

    Parameters
    ----------
    start, end
        Dates, both included.
    close
        Local time ``"HH:MM"`` at which the day of a date ends.
    timezone
        Zone of `close` and of the dates.
    """
    check_zone(timezone, "FX day")
    first, last = _date(start), _date(end)
    # One day more in front, for the open of the first.
    days = np.arange(first - np.timedelta64(4, "D"), last + _DAY, dtype="M8[D]")
    days = days[weekday_of(days) < _SATURDAY]
    eves = (days[1:].astype(np.int64) - 1).astype("M8[D]")
    closes = _local_times_in_utc(days, close, timezone)
    sunday = _local_times_in_utc(eves, FX_CLOSE, FX_TIMEZONE)
    opens = np.where(_is_fx_weekend(closes[:-1]), sunday, closes[:-1])
    keep = days[1:] >= first
    return SessionCalendar(
        name="FX",
        timezone=timezone,
        sessions=days[1:][keep],
        opens=opens[keep],
        closes=closes[1:][keep],
        is_fx=True,
        version=f"FX day, cut {close} {timezone}",
        known_from=first,
        close=close,
    )


def fx_reopening(instants: DateArray) -> DateArray:
    """Return the end of the FX weekend each instant lies in, NaT outside weekends, in UTC.

    Parameters
    ----------
    instants
        In UTC, shape ``(P,)``, ``datetime64[ns]``, without NaT. The weekend lasts from Friday to
        Sunday 17:00 New York.
    """
    moments = np.atleast_1d(np.asarray(instants)).astype("M8[ns]")
    days = _wall_time(moments, FX_TIMEZONE).astype("M8[D]")
    sundays = np.asarray(days + (6 - weekday_of(days)) * _DAY, dtype="M8[D]")
    ends = _local_times_in_utc(sundays, FX_CLOSE, FX_TIMEZONE)
    return np.where(_is_fx_weekend(moments), ends, np.datetime64("NaT", "ns"))


def data_sessions(
    dates: DateArray,
    timezone: str | None = None,
    close: str | None = None,
    opening: str | None = None,
) -> SessionCalendar:
    """Return a calendar whose sessions are the given dates.

    Parameters
    ----------
    dates
        The rows of a price file; sorted and made unique here.
    timezone, close
        Zone and local closing time; without both the calendar has no clock.
    opening
        Local opening time; without it no news is ``intraday``.
    """
    sessions = np.asarray(dates).astype("M8[D]")
    if not (sessions[1:] > sessions[:-1]).all():
        sessions = np.unique(sessions)
    opens: DateArray = np.full(len(sessions), np.datetime64("NaT", "ns"))
    closes: DateArray = opens
    clock = ""
    if timezone is not None and close is not None:
        check_zone(timezone, "data calendar")
        closes = _local_times_in_utc(sessions, close, timezone)
        clock = f", close {close} {timezone}"
        if opening is not None:
            opens = _local_times_in_utc(sessions, opening, timezone)
    return SessionCalendar(
        name="data",
        timezone=timezone,
        sessions=sessions,
        opens=opens,
        closes=closes,
        version=f"rows of the file{clock}",
        close=close,
    )


def calendar_for(
    market: Market,
    start: np.datetime64 | str,
    end: np.datetime64 | str,
    dates: DateArray | None = None,
) -> SessionCalendar:
    """Return the calendar of `market` from `start` to `end`, known closures removed.

    Parameters
    ----------
    market
        Its ``calendar`` decides: an exchange code, ``"FX"`` or ``"data"``.
    start, end
        Dates, both included; a data calendar has its own.
    dates
        Rows of the price file, for a data calendar.
    """
    if market.calendar == "data":
        if dates is None:
            raise SpecificationError(
                f'market {market.name}: calendar = "data" needs prices; '
                "give it an exchange code or a price file"
            ).at(key=f"market.{market.name}.calendar")
        return data_sessions(dates, market.timezone, market.close, market.open)
    if market.calendar == "FX":
        return fx_sessions(start, end, market.close or FX_CLOSE, market.timezone or FX_TIMEZONE)
    return exchange_sessions(market.calendar, start, end)


def _date(value: object) -> np.datetime64:
    dates: DateArray = np.asarray(value).astype("M8[D]").reshape(1)
    date: np.datetime64 = dates[0]
    return date


def _clock(time: str) -> np.timedelta64:
    hours, minutes = time.split(":")
    return np.timedelta64(int(hours) * 60 + int(minutes), "m")


def _wall_time(instants: DateArray, zone: str) -> DateArray:
    index = pd.DatetimeIndex(instants).as_unit("ns").tz_localize("UTC")
    return index.tz_convert(ZoneInfo(zone)).tz_localize(None).to_numpy()


def _local_times_in_utc(days: DateArray, time: str, zone: str) -> DateArray:
    """Return the instants in UTC of a local time on each date."""
    wall_time = pd.DatetimeIndex(days.astype("M8[ns]") + _clock(time)).as_unit("ns")
    # A time the clock skips is read as the first one after the gap, a doubled one as the later.
    local = wall_time.tz_localize(
        ZoneInfo(zone), ambiguous=np.zeros(len(wall_time), dtype=bool), nonexistent="shift_forward"
    )
    return local.tz_convert("UTC").tz_localize(None).to_numpy()


def _is_fx_weekend(instants: DateArray) -> BoolArray:
    """Whether FX is shut: Friday 17:00 to Sunday 17:00 New York."""
    wall_time = _wall_time(instants, FX_TIMEZONE)
    # Shifted by seven hours the weekend is all of Saturday and Sunday.
    shifted = (wall_time + (np.timedelta64(24 * 60, "m") - _clock(FX_CLOSE))).astype("M8[D]")
    return np.asarray(weekday_of(shifted) >= _SATURDAY)
