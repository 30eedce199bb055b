"""Tables of the user's own: what they hold, and what is said of those that are no such tables."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from eventstudy.exceptions import DataError, EventStudyError, SchemaError
from eventstudy.replication import (
    estudy2,
    event_study_toolkit,
    eventstudies,
    goldsmith_pinkham_lyu,
)
from eventstudy.replication.own_files import read_columns, read_days

KINDS = {"day": "date", "x": "number", "name": "text"}


def test_columns_are_read_as_what_they_are(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("name,other,x,day\n007,?,1.5,2020-03-20\n,?,NA,3/23/2020\nNA,?,,12/1/2020\n")
    frame = read_columns(path, KINDS)
    assert list(frame.columns) == list(KINDS)
    assert frame["name"].tolist() == ["007", "", "NA"]
    np.testing.assert_array_equal(frame["x"], [1.5, math.nan, math.nan])
    assert frame["day"].tolist() == list(pd.to_datetime(["2020-03-20", "2020-03-23", "2020-12-01"]))


def test_days_are_in_order_and_hold_the_columns_wanted_or_all(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("date,a,b\n2020-03-23,2,4\n2020-03-20,1,3\n")
    assert read_days(path).to_dict("list") == {"a": [1.0, 2.0], "b": [3.0, 4.0]}
    assert read_days(path, "b").columns.tolist() == ["b"]
    assert read_days(path).index.tolist() == list(pd.to_datetime(["2020-03-20", "2020-03-23"]))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "own.csv is empty"),
        ("day,x\n2020-03-20,1\n", "has no column name; its columns are day, x"),
        ("day,x,name\n2020-03-20,1\n", "row 2: 2 cells where the header has 3"),
        ("day,x,name\n2020-03-20,1,a\n,1,b\n", 'row 3: column day: "" is no date'),
        ("day,x,name\n20.3.20,1,a\n", 'column day: "20.3.20" is no date'),
        ("day,x,name\n2020-02-30,1,a\n", 'column day: "2020-02-30" is no date'),
        ("day,x,name\n2801-07-03,1,a\n", 'column day: "2801-07-03" is no date'),
        ("day,x,name\n2020-03-20,-,a\n2020-03-20,x,a\n",
         'row 2: column x: "-" is no number, and 1 more cell of it'),
        ("day,x,x\n2020-03-20,1,2\n", "column 'x' is there 2 times"),
    ],
)  # fmt: skip
def test_what_is_no_such_table_is_said_with_file_row_and_column(tmp_path, text, said):
    path = tmp_path / "own.csv"
    path.write_text(text)
    with pytest.raises(SchemaError) as caught:
        read_columns(path, KINDS)
    assert said in str(caught.value)
    assert caught.value.file == "own.csv"


def test_bytes_that_are_no_text_are_said(tmp_path):
    path = tmp_path / "own.csv"
    path.write_bytes(b"\x93\x8a,x\n" * 3 + b"\xff\xfe\x00")
    with pytest.raises(EventStudyError, match=r"own\.csv"):
        read_columns(path, KINDS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("date\n2020-03-20\n", "has no column beside date"),
        ("date,a\n2020-03-20,1\n3/20/2020,2\n", "column date: 2020-03-20 is there 2 times"),
    ],
)
def test_days_are_there_once_and_hold_numbers(tmp_path, text, said):
    path = tmp_path / "own.csv"
    path.write_text(text)
    with pytest.raises(SchemaError, match=said):
        read_days(path)


DAYS = [f"{day:%Y-%m-%d}" for day in pd.bdate_range("2001-03-20", "2001-09-28")]
RETURNS = "date,A\n" + "".join(f"{day},0.0{at % 9}\n" for at, day in enumerate(DAYS))
STOCKS, OTHERS = RETURNS, RETURNS.replace(",A", ",NiftyIndex", 1)
SPLITS = "name,when\nA,2001-09-14\n"
CAR = "day,1\n-1,0\n0,1\n1,2\n"
TESTS = "date,mean,t_test_stat,pt_stat,bh_stat\n{},0,1,1,1\n"
PANEL = "date,subject_id,ret_dlst_adj,vwretd,mktrf_h15,smb,hml\n2001-03-20,{},0,0,0,0,0\n"
FACTORS = "Made\n\n,Mkt-RF,SMB,RF\n20010320,1,1,0\n"


@pytest.mark.parametrize(
    ("replication", "texts", "said"),
    [
        (estudy2, (RETURNS, RETURNS, TESTS.format("2001-09-15")),
         "parametric_tests.csv: 2001-09-15 is no day of rates.csv or rates_indx.csv"),
        (estudy2, (RETURNS, RETURNS, TESTS.format("2001-04-02")),
         "2001-04-02 is not after the estimation window"),
        (estudy2, ("date,A\n2002-01-01,1\n", "date,M\n2002-01-01,1\n", TESTS.format("2002-01-01")),
         "rates.csv: no day from 2001-03-26 to 2001-09-10"),
        (eventstudies, (OTHERS, OTHERS, SPLITS, CAR), "column NiftyIndex is that of"),
        (eventstudies, (STOCKS, "date,NiftyIndex\n1999-01-04,1\n", SPLITS, CAR),
         "StockPriceReturns.csv: has no day of OtherReturns.csv"),
        (eventstudies, (STOCKS, OTHERS, SPLITS, CAR.replace("1", "2", 1)),
         "CAR.csv: column 2: none of the 1 events of SplitDates.csv"),
        (eventstudies, (STOCKS, OTHERS, SPLITS, CAR.replace("1", "x", 1)), "column x: none of"),
        (eventstudies, (STOCKS, OTHERS, SPLITS, "day,1\n-1,0\n5,1\n"),
         "column day: not whole numbers one after the other"),
        (eventstudies, (STOCKS, OTHERS, SPLITS, "day,1\n-900,0\n-899,1\n"), "within 139 sessions"),
        (eventstudies, (STOCKS, OTHERS, SPLITS, "day,1\n,0\n"), "column day: not whole numbers"),
        (eventstudies, (STOCKS, OTHERS, SPLITS.replace("A,", "B,"), CAR),
         "SplitDates.csv: column name: StockPriceReturns.csv has no B"),
        (eventstudies, (STOCKS, OTHERS, SPLITS.replace("2001-09", "1999-09"), CAR),
         "column when: 1999-09-14 is before 2001-03-20"),
        (event_study_toolkit, (PANEL.format("smb"), "subject_id,EVT_DATE,CCAR\n1,1/2/2001,0\n"),
         "data_panel.csv: column subject_id: smb is a column itself"),
        (goldsmith_pinkham_lyu, (FACTORS,), "has 1 day from 1926-07-01 to 2022-11-30, and 500 are"),
        (goldsmith_pinkham_lyu, (FACTORS.replace("SMB", "HML"),), "has no column SMB"),
    ],
)  # fmt: skip
def test_files_that_do_not_belong_together_are_named(tmp_path, replication, texts, said):
    names = getattr(replication, "FILES", None) or (replication.FILE,)
    for name, text in zip(names, texts, strict=True):
        (tmp_path / name).write_text(text)
    with pytest.raises(DataError) as caught:
        replication.compare({name: tmp_path / name for name in names})
    assert said in str(caught.value)
    assert len(str(caught.value)) < 300
