"""Earlier windows of a day as the days of a calendar, on which pairs move as in daily studies.

Every day of news has a stretch of weekdays of its own: its last one is the window of the news, and
those before it are the earlier windows of the same day. Pairs of one day move together inside
their stretch and never leave it. Windows that begin at different times have weekdays of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.estimation.clusters import weekday_date, weekday_number
from eventstudy.intraday.statistics import WindowData, WindowOutcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy._typing import DateArray
    from eventstudy.intraday.grid import Grid
    from eventstudy.intraday.placement import Pair
    from eventstudy.intraday.same_day import DayPosition

_APART = 10
_FIRST = np.datetime64("2000-01-03", "D")


def windows_of_days(
    pairs: Sequence[Pair], grids: Sequence[Grid], positions: Sequence[DayPosition], bars: slice
) -> WindowData:
    """Return one window of every pair and of the earlier windows of its day, as rows of days."""
    found = [position.windows(bars) for position in positions]
    day = np.array([grid.sessions[p.session] for p, grid in zip(pairs, grids, strict=True)])
    # Bars on a clock of all markets: windows and bars that begin together stand together.
    start = np.array([grid.slot_starts[p.slot] for p, grid in zip(pairs, grids, strict=True)])
    row_of: dict[tuple[str, int], int] = {}
    dates: list[DateArray] = []
    days: list[dict[int, np.ndarray]] = []
    bar_days: list[int] = []
    observed: list[WindowOutcome] = []
    drawn: list[WindowOutcome] = []
    labels: dict[np.datetime64, np.datetime64] = {}
    base, bar_base = int(weekday_number(np.array([_FIRST]))[0]), 0
    numbers = np.empty((len(pairs), 3), dtype=np.int64)
    for one in np.unique(day):
        members = np.flatnonzero(day == one)
        times, time = np.unique(start[members], return_inverse=True)
        most = max((n for p in members.tolist() for n, _ in found[p][1]), default=0)
        furthest = max(int(positions[p].place.max()) for p in members.tolist())
        ends = base + most * len(times) + time.reshape(-1)
        numbers[members] = np.column_stack([
            ends, np.full(len(members), len(times)), bar_base + furthest * (time.reshape(-1) + 1),
        ])  # fmt: skip
        labels |= {weekday_date(np.array([each]))[0]: one for each in np.unique(ends)}
        base += (most + 1) * len(times) + _APART
        bar_base += furthest * len(times) + _APART
    for p, (pair, (own, earlier)) in enumerate(zip(pairs, found, strict=True)):
        key = (pair.security, pair.slot)
        last, step, bar_day = (int(number) for number in numbers[p])
        is_new = key not in row_of
        row = row_of.setdefault(key, len(row_of))
        back = np.array([number for number, _ in reversed(earlier)], dtype=np.int64)
        outcome = WindowOutcome(row=row, session=len(back), total=own, level=1.0)
        observed.append(outcome)
        if not is_new:
            continue
        dates.append(weekday_date(last - step * np.append(back, 0)))
        columns = {int(number): at for at, number in enumerate(back)}
        days.append({
            columns.get(number, len(back)): np.array(
                [columns[other] for other in total.numbers.tolist()], dtype=np.int64
            )
            for number, total in [*earlier, (0, own)]
            if total is not None and total.numbers is not None
        })  # fmt: skip
        bar_days.append(bar_day)
        drawn += [
            WindowOutcome(row=row, session=columns[number], total=total, level=1.0)
            for number, total in reversed(earlier)
        ]
        drawn.append(outcome)
    length = max((len(days_of) for of_row in days for days_of in of_row.values()), default=0)
    return WindowData(
        observed=observed, drawn=drawn, sessions=dates, days=days, length=max(length, 1),
        labels=labels, bar_days=bar_days,
    )  # fmt: skip
