"""A price file read whatever is wrong with it."""

from __future__ import annotations

import pytest

from eventstudy.exceptions import SchemaError
from eventstudy.prices.files.problems import REFUSED, read_prices_with_problems
from eventstudy.prices.files.reading import read_prices

WIDE = """\
date,N225,TWII
2025-05-01,36452.30,20235.03
2025-05-02,36830.69,-1
2025-05-02,36830.69,20787.64
2025-05-07,36779.66,20546.49
2025-05-06,abc,20532.99
2025-05-08,36928.63,20543.40
"""
LONG = """\
date,security,close,open,high,low,volume
2025-05-01,USDJPY,145.4,143.0,145.7,142.8,0
2025-05-02,USDJPY,144.9,145.4,145.3,143.7,-5
2025-05-05,USDJPY,143.7,144.8,144.9,143.5,0
2025-05-06,USDJPY,150.0,143.7,143.9,142.3,0
"""


def refused(panel):
    return [(one.security, str(one.date), one.detail) for one in panel.remarks]


def test_everything_a_study_would_refuse_is_listed(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text(WIDE, encoding="utf-8")
    with pytest.raises(SchemaError) as caught:
        read_prices(path)
    panel = read_prices_with_problems(path)
    assert len(panel.remarks) == len(caught.value.problems) == 4
    assert {(one.check, one.severity) for one in panel.remarks} == {(REFUSED, "error")}
    refusals = refused(panel)
    assert ("", "2025-05-02", "the date appears twice; keep one row") in refusals
    assert any(
        row[:2] == ("TWII", "2025-05-02") and "-1 is not positive" in row[2] for row in refusals
    )
    assert any(
        row[:2] == ("N225", "2025-05-06") and "is not a number" in row[2] for row in refusals
    )
    assert any(row[1] == "2025-05-06" and "sort the rows" in row[2] for row in refusals)
    # the row of 2025-05-06 stands behind one of 2025-05-07, and of two equal dates the first counts
    assert [str(day) for day in panel.dates[0]] == [
        "2025-05-01", "2025-05-02", "2025-05-07", "2025-05-08",
    ]  # fmt: skip
    assert list(panel.values[1]) == [20235.03, 20787.64, 20546.49, 20543.40]


def test_a_bar_that_contradicts_itself_loses_its_prices_and_not_its_close(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text(LONG, encoding="utf-8")
    panel = read_prices_with_problems(path)
    assert [(one.security, str(one.date)) for one in panel.remarks] == [
        ("USDJPY", "2025-05-02"),
        ("USDJPY", "2025-05-06"),
    ]
    bars = panel.fields["USDJPY"]
    assert list(panel.values[0]) == [145.4, 144.9, 143.7, 150.0]
    assert bars.loc["2025-05-06", ["open", "high", "low"]].isna().all()
    assert bars.loc["2025-05-02"].isna().all()  # for its volume
    assert bars["volume"].isna().tolist() == [False, True, False, True]


def test_a_refused_row_is_that_of_its_security_whatever_the_sentence(tmp_path):
    path = tmp_path / "long.csv"
    rows = ["2025-05-01,A,1", "2025-05-01,A,2", "1850-05-01,B,1", "2025-05-01,of C;,-1"]
    path.write_text("\n".join(["date,security,close", *rows]), encoding="utf-8")
    assert refused(read_prices_with_problems(path)) == [
        ("A", "2025-05-01", "the date appears twice of A; keep one row"),
        ("B", "1850-05-01", "the date of B lies outside the years 1900 to 2200"),
        ("of C;", "2025-05-01",
         "-1 is not positive; leave the cell empty where there was no session"),
    ]  # fmt: skip


@pytest.mark.parametrize("header", ["date,A", "Security,Date,Close"])
def test_rows_whose_date_does_not_exist_are_listed_and_the_others_read(tmp_path, header):
    dates = ["2025-05-01", "2025-02-30", "2025-05-05", "soon", "2025-05-07"]
    row = "{0},1" if header == "date,A" else "A,{0},1"
    path = tmp_path / "prices.csv"
    path.write_text("\n".join([header, *(row.format(date) for date in dates)]), encoding="utf-8")
    panel = read_prices_with_problems(path)
    assert [str(day) for day in panel.dates[0]] == [dates[0], dates[2], dates[4]]
    first, second = refused(panel)
    assert first == ("", "NaT", 'row 3: date "2025-02-30" does not exist; left out')
    assert second[2].startswith('row 5: date "soon"')
    with pytest.raises(SchemaError, match=r"row 3: date .2025-02-30. does not exist"):
        read_prices(path)


def test_a_sound_file_is_read_as_ever(tmp_path):
    path = tmp_path / "good.csv"
    path.write_text("date,N225\n2025-05-01,36452.30\n2025-05-02,36830.69\n", encoding="utf-8")
    mine, theirs = read_prices_with_problems(path), read_prices(path)
    assert mine.remarks == ()
    assert mine.sha256 == theirs.sha256
    assert list(mine.values[0]) == list(theirs.values[0])


def test_returns_that_cannot_be_are_left_out(tmp_path):
    path = tmp_path / "returns.csv"
    path.write_text("date,A\n2025-05-01,0.01\n2025-05-02,-1.5\n2025-05-05,\n", encoding="utf-8")
    panel = read_prices_with_problems(path, content="returns")
    assert [(one.security, str(one.date)) for one in panel.remarks] == [("A", "2025-05-02")]
    assert [str(day) for day in panel.dates[0]] == ["2025-05-01", "2025-05-05"]


def test_a_file_without_dates_is_refused(tmp_path):
    path = tmp_path / "none.csv"
    path.write_text("date,A\n5.1.2025,1\nnever,2\n", encoding="utf-8")
    with pytest.raises(SchemaError, match="row 2") as caught:
        read_prices_with_problems(path)
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    ("file", "named"),
    [("my_usdjpy_daily", "USDJPY"), ("JPY=X", "USDJPY"), ("^N225", "N225"), ("n225", "N225"),
     ("spx_and_n225", "SPX_AND_N225"), ("mine", "MINE")],
)  # fmt: skip
def test_the_name_of_a_file_of_bars_may_speak_of_a_market(tmp_path, file, named):
    path = tmp_path / f"{file}.csv"
    path.write_text("Date,Open,Close\n2025-05-01,1,1\n2025-05-02,1,1\n")
    assert read_prices_with_problems(path).names == (named,)
    assert read_prices_with_problems(path, security="THEIRS").names == ("THEIRS",)
