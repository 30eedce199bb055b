"""Dates and times as vendors write them, a column at a time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eventstudy.exceptions import SpecificationError
from eventstudy.io.stamps import as_texts, order_of, read_stamps


def days(*texts, **choices):
    stamps = read_stamps(pd.Series(list(texts), dtype=object), **choices)
    return None if stamps is None else stamps.local.astype("M8[D]").astype(str).tolist()


@pytest.mark.parametrize(
    "text",
    ["2024-04-22", "2024/4/22", "2024.04.22", "20240422", "22.04.2024", "04/22/2024", "22-Apr-2024",
     "22 April 2024", "Apr 22, 2024", "22APR2024", "Mon, 22 Apr 2024", "2024年4月22日", "45404",
     "1713744000", "1713744000000", "1713744000000000", "1713744000000000000"],
)  # fmt: skip
def test_one_day_in_every_form(text):
    assert days(text) == ["2024-04-22"]


@pytest.mark.parametrize("text", ["113/04/22", "113年04月22日", "1130422"])
def test_years_of_the_minguo_calendar(text):
    assert days(text, is_minguo=True) == ["2024-04-22"]


@pytest.mark.parametrize("text", ["N225", "1.5", "12", "2024-W17", ""])
def test_what_is_no_date_is_none(text):
    assert days(text) is None


def test_three_digits_are_a_minguo_year_and_two_are_not():
    assert days("113/12/31", "114.2.4") == ["2024-12-31", "2025-02-04"]
    assert days("113年12月31日") == ["2024-12-31"]
    with pytest.raises(SpecificationError, match="nothing decides"):
        days("13/12/31", "14/12/31")


def test_a_day_that_does_not_exist_is_nat():
    assert days("22.04.2024", "31.04.2024", "x") == ["2024-04-22", "NaT", "NaT"]


def test_order_is_given_decided_or_refused():
    assert days("01/02/2024", order="dmy") == ["2024-02-01"]
    assert days("01/02/2024", date_format="mm/dd/yyyy") == ["2024-01-02"]
    assert days("01/02/2024", date_format="%d/%m/%Y") == ["2024-02-01"]
    assert days("01/02/2024", "13/02/2024") == ["2024-02-01", "2024-02-13"]
    assert days("03/03/2024", "04/04/2024") == ["2024-03-03", "2024-04-04"]
    assert days("07/11/2025", "07/10/2025", "07/09/2025")[0] == "2025-07-11"
    for either in (["01/02/2024"], ["01/02/2024", "02/02/2024", "05/02/2024"]):
        with pytest.raises(SpecificationError, match=r"x\.csv: date .* nothing decides"):
            days(*either, file="x.csv")


def test_a_weekday_beside_a_date_agrees_with_it():
    assert (
        str(read_stamps(pd.Series(["tuesday, 3 June 2025"])).local[0])
        == "2025-06-03T00:00:00.000000"
    )
    for text in ("Monday, 3 June 2025", "Mon 2025-06-03 14:30", "Mon, Jun 3, 2025"):
        with pytest.raises(SpecificationError, match=f"date '{text}' is a Tuesday; correct the"):
            read_stamps(pd.Series([text]))
    several = pd.Series(["Mon 2025-06-03", "Tue 2025-06-03", "Tue 2025-06-04"])
    with pytest.raises(
        SpecificationError, match=r"Tuesday \(2 in all are other days than they say\)"
    ):
        read_stamps(several)


def test_weekdays_beside_dates_tell_day_from_month():
    for text, said in (("Tue 03/06/2025", "day, month"), ("Tue 06/03/2025", "month, day")):
        stamps = read_stamps(pd.Series([text]), are_sessions=False)
        assert str(stamps.local[0]) == "2025-06-03T00:00:00.000000"
        assert stamps.said == (
            f"dates are {said}, year: only so they are the weekdays beside them",
        )
    with pytest.raises(SpecificationError, match="is a Thursday"):  # who says the order means it
        read_stamps(pd.Series(["Tue 06/03/2025"]), date_format="dmy")


def test_seven_days_a_week_are_not_told_by_weekdays():
    """Saturdays are among the days of the right reading, none among those of the wrong one."""
    trades = [f"{day:02d}/{month:02d}/2021" for month, day in
              ((1, 4), (2, 4), (3, 4), (5, 4), (6, 4))]  # fmt: skip
    with pytest.raises(SpecificationError):
        days(*[f"{t[3:5]}/{t[:2]}/2021" for t in trades])


def test_formats_that_say_nothing_are_refused():
    assert order_of("DD.MM.YYYY") == "dmy"
    for wrong in ("iso", "dd/mm", ""):
        with pytest.raises(SpecificationError, match="says no order"):
            order_of(wrong)


def test_times_offsets_and_zones():
    texts = ["2025-03-03 09:30:00-05:00", "2025-03-03T14:30:00.000Z", "2025-03-03 09:30 US/Eastern",
             "2025-03-03 2:30 PM", "2025-03-03 143000", "2025-03-03 25:00"]  # fmt: skip
    stamps = read_stamps(pd.Series(texts, dtype=object))
    clock = (stamps.local - stamps.local.astype("M8[D]")).astype("m8[m]").astype(float)
    assert clock[:5].tolist() == [570, 870, 570, 870, 870]
    assert np.isnat(stamps.local[5])
    assert stamps.offset[0] == np.timedelta64(-300, "m")
    assert stamps.is_instant.tolist() == [True, True, False, False, False, False]
    assert stamps.zones[2] == "US/Eastern"


def test_cells_as_texts():
    assert as_texts(pd.Series([45404.0, np.nan, 1.5])).tolist() == ["45404", "", "1.5"]
    assert as_texts(pd.Series([" a\u00a0b ", None])).tolist() == ["a b", ""]
    assert as_texts(pd.Series(pd.to_datetime(["2024-04-22", None]))).tolist() == [
        "2024-04-22 00:00:00", "",
    ]  # fmt: skip


def test_a_vendors_order_gives_way_to_the_only_one_that_fits():
    given = ["01/02/2024", "02/02/2024", "13/02/2024"]
    assert days(*given, order="mdy") == ["2024-02-01", "2024-02-02", "2024-02-13"]
    assert days(*given, date_format="mdy")[-1] == "NaT"


def test_seconds_may_cross_a_digit_and_one_digit_less_alone_is_no_time():
    assert days("999820800", "1000080000") == ["2001-09-07", "2001-09-10"]
    assert days("999820800") is None
