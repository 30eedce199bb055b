"""Sessions that the library of exchange calendars has wrong, as users of it reported them.

gerrymanoim/exchange_calendars, pull requests 574 (Seoul, June 2026 and exam days), 583, 475, 279,
issues 372, 560, 511; holiday-calendar/holiday-calendar-java, issue 212 (half days in Singapore).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eventstudy.markets.calendars import exchange_sessions


@pytest.mark.parametrize(
    ("calendar", "news", "session"),
    [
        ("XKRX", "2026-06-03T10:00+09:00", "2026-06-04"),  # local elections
        ("XKRX", "2026-07-17T10:00+09:00", "2026-07-20"),  # Constitution Day, again from 2026
        ("XKRX", "2025-06-03T10:00+09:00", "2025-06-04"),  # presidential election
        ("XKRX", "2018-11-15T15:45+09:00", "2018-11-15"),  # exam days: 10:00 to 16:30
        ("XKRX", "2021-11-18T15:45+09:00", "2021-11-18"),
        ("XKRX", "2022-11-17T15:45+09:00", "2022-11-17"),
        ("XKRX", "2023-11-16T16:29+09:00", "2023-11-16"),
        ("XKRX", "2024-11-14T15:45+09:00", "2024-11-14"),
        ("XKRX", "2025-11-13T16:30+09:00", "2025-11-14"),
        ("XKRX", "2024-11-13T15:45+09:00", "2024-11-14"),  # and on no other day
        ("XSES", "2024-12-24T14:00+08:00", "2024-12-26"),  # half days to 12:00
        ("XSES", "2024-12-24T11:59+08:00", "2024-12-24"),
        ("XSES", "2025-12-31T12:00+08:00", "2026-01-02"),
        ("XSES", "2022-12-30T14:00+08:00", "2022-12-30"),  # 31 December was a Saturday
        ("XSES", "2024-02-09T14:00+08:00", "2024-02-13"),  # eve of Lunar New Year
        ("XSES", "2015-12-24T12:15+08:00", "2015-12-24"),  # the morning ended at 12:30 then
        ("XASX", "2024-12-24T14:20+11:00", "2024-12-27"),
        ("XSHG", "2026-02-23T10:00+08:00", "2026-02-24"),
        ("XTAI", "2025-10-24T10:00+08:00", "2025-10-27"),
    ],
)
def test_the_first_session_to_close_after_the_news(calendar, news, session):
    instant = np.array([pd.Timestamp(news).tz_convert(None).to_datetime64()])
    where = exchange_sessions(calendar, "2015-01-01", "2026-12-31")
    assert str(where.sessions[where.first_session(instant)][0]) == session


def test_an_exam_day_opens_an_hour_late_and_the_record_says_what_was_changed():
    where = exchange_sessions("XKRX", "2024-11-01", "2026-08-01")
    at = int(np.flatnonzero(where.sessions == np.datetime64("2024-11-14"))[0])
    assert str(where.opens[at])[:16], str(where.closes[at])[:16] == (
        "2024-11-14T01:00", "2024-11-14T07:30",
    )  # fmt: skip
    assert where.version.endswith("XKRX, 2 closures added, hours of 2 days corrected")
