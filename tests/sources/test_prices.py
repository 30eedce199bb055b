from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pytest

from eventstudy.exceptions import SchemaError, SourceError, SpecificationError
from eventstudy.sources.prices import read_prices

WIDE = "date,N225,TWII\n2025-05-01,36452.30,\n2025-05-02,36830.69,20787.64\n"


def write(folder, text, name="prices.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def problem(folder, text, **options):
    with pytest.raises(SchemaError) as raised:
        read_prices(write(folder, text), **options)
    return raised.value.problems


def test_wide_keeps_only_the_rows_that_hold_a_price(tmp_path):
    panel = read_prices(write(tmp_path, WIDE))
    assert panel.names == ("N225", "TWII")
    assert [str(d) for d in panel.dates[1]] == ["2025-05-02"]
    assert panel.values[0].tolist() == [36452.30, 36830.69]
    assert panel.calendar is None
    assert panel.sha256 == hashlib.sha256(WIDE.encode()).hexdigest()
    assert repr(panel) == "PricePanel prices.csv: prices of 2 columns, 2025-05-01 to 2025-05-02"


def test_returns_keep_every_row_and_an_empty_cell_is_missing(tmp_path):
    text = "date,A,B\n2025-05-01,0.01,\n2025-05-02,-0.02,0\n"
    panel = read_prices(write(tmp_path, text), content="returns", kind="log", calendar="data")
    assert [len(d) for d in panel.dates] == [2, 2]
    assert np.isnan(panel.values[1][0])
    assert panel.values[1][1] == 0.0
    assert (panel.content, panel.kind, panel.calendar) == ("returns", "log", "data")


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + WIDE,
        WIDE.replace("\n", "\r\n"),
        WIDE.replace(",", ";"),
        "\ufeff" + WIDE.replace(",", ";").replace(".", ",").replace("\n", "\r\n"),
        WIDE.replace(",", "\t"),
        WIDE.replace("date", "Date"),
        WIDE.replace("-01,", "-01 00:00:00+09:00,").replace("-02,", "-02T00:00,"),
    ],
    ids=["bom", "crlf", "semicolon", "decimal comma", "tab", "Date", "midnight"],
)
def test_what_spreadsheets_and_frames_write_is_read(tmp_path, text):
    plain = read_prices(write(tmp_path, WIDE))
    other = read_prices(write(tmp_path, text, "other.csv"))
    pd.testing.assert_frame_equal(plain.frame(), other.frame())


def test_long_is_told_by_its_header_and_keeps_the_bars(tmp_path):
    text = (
        "date,security,close,open,volume\n"
        "2025-05-01,B,10,9.5,\n2025-05-01,A,1,,\n2025-05-02,B,11,10,500\n2025-05-02,A,,,\n"
    )
    panel = read_prices(write(tmp_path, text))
    assert panel.names == ("B", "A")
    assert panel.values[0].tolist() == [10, 11]
    assert [str(d) for d in panel.dates[1]] == ["2025-05-01"]
    assert list(panel.fields) == ["B"]
    assert panel.fields["B"].loc["2025-05-02"].to_dict() == {"open": 10.0, "volume": 500.0}


def test_long_and_wide_of_the_same_prices_agree(tmp_path):
    wide = read_prices(write(tmp_path, WIDE))
    melted = pd.read_csv(tmp_path / "prices.csv").melt("date", var_name="security")
    melted = melted.rename(columns={"value": "close"})
    melted.to_csv(tmp_path / "long.csv", index=False)
    pd.testing.assert_frame_equal(read_prices(tmp_path / "long.csv").frame(), wide.frame())


@pytest.mark.parametrize("as_index", [True, False])
def test_parquet_equals_csv(tmp_path, as_index):
    pytest.importorskip("pyarrow")
    csv = read_prices(write(tmp_path, WIDE))
    frame = csv.frame() if as_index else csv.frame().reset_index()
    frame.to_parquet(tmp_path / "prices.parquet")
    parquet = read_prices(tmp_path / "prices.parquet")
    pd.testing.assert_frame_equal(parquet.frame(), csv.frame())
    assert parquet.name == "prices.parquet"
    assert parquet.sha256 == hashlib.sha256((tmp_path / "prices.parquet").read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("2025-05-05,abc,1", 'prices.csv 2025-05-05: N225 "abc" is not a number'),
        ("2025-05-05,-3,1", "prices.csv 2025-05-05: N225 -3 is not positive; leave the cell empty"),
        ("2025-05-05,1,0", "prices.csv 2025-05-05: TWII 0 is not positive"),
        ("2025-05-05,inf,1", "prices.csv 2025-05-05: N225 inf is not finite"),
        # pandas before 3 reads it as text, later as infinite; neither is a price
        ("2025-05-05,1e999,1", "prices.csv 2025-05-05: N225 "),
        ("2025-05-05,NaN,1", 'N225 "NaN" is not a number; leave the cell empty'),
        ("2025-05-05,-,1", 'N225 "-" is not a number; leave the cell empty'),
        ('2025-05-05,"36,830.69",1', '"36,830.69" is not a number; write it without thousands'),
        ("2025-05-05,True,1", 'N225 "True" is not a number'),
        ("2025-05-02,1,1", "prices.csv 2025-05-02: the date appears twice; keep one row"),
        ("2025-04-30,1,1", "prices.csv 2025-04-30: the row comes after 2025-05-02; sort the rows"),
        ("02/05/2025,1,1", 'prices.csv row 4: date "02/05/2025" is not an ISO date'),
        ("2025-05-05 15:30,1,1", 'prices.csv row 4: date "2025-05-05 15:30" is not an ISO date'),
        ("2025-02-30,1,1", 'prices.csv row 4: date "2025-02-30" does not exist'),
        (",1,1", "prices.csv row 4: the date is empty"),
        ("2025-05-05,1", "prices.csv row 4"),
    ],
)
def test_a_bad_row_is_named_by_its_date(tmp_path, row, said):
    problems = problem(tmp_path, WIDE + row + "\n")
    assert len(problems) == 1
    assert said in problems[0]
    assert "\n" not in problems[0]


def test_every_problem_is_carried(tmp_path):
    problems = problem(tmp_path, WIDE + "2025-05-05,abc,-1\n2025-05-06,x,1\n")
    assert len(problems) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "prices.csv is empty"),
        ("date,N225\n", "no rows"),
        ("date\n2025-05-01\n", "no column besides the date"),
        ("N225,date\n1,2025-05-01\n", "first column must be 'date'"),
        ("day,N225\n2025-05-01,1\n", "first column must be 'date'; found 'day'"),
        ("date,open,high,low,close\n2025-05-01,1,1,1,1\n", "bars of one security"),
        ("date,security,price\n2025-05-01,A,1\n", "'close' is missing"),
        ("security,close\nA,1\n", "'date' is missing"),
        ("date,security,close\n2025-05-01,,1\n", "prices.csv row 2: the security is empty"),
        ("date,N225,N225\n2025-05-01,1,1\n", "N225"),
    ],
)
def test_a_bad_file_is_refused_in_one_line(tmp_path, text, said):
    assert said in problem(tmp_path, text)[0]


def test_long_rows_are_judged_security_by_security(tmp_path):
    head = "date,security,close,volume\n2025-05-01,A,1,\n2025-05-01,B,1,\n"
    assert problem(tmp_path, head + "2025-05-01,B,2,\n") == (
        "prices.csv 2025-05-01: the date appears twice of B; keep one row",
    )
    assert "comes after" in problem(tmp_path, head + "2025-04-30,A,2,\n")[0]
    assert problem(tmp_path, head + "2025-05-02,A,2,lots\n") == (
        'prices.csv 2025-05-02: A volume "lots" is not a number',
    )


def test_percent_is_told_from_decimals(tmp_path):
    text = "date,A\n2025-05-01,1.2\n2025-05-02,-2.0\n2025-05-05,1.5\n"
    assert "looks like percent" in problem(tmp_path, text, content="returns")[0]
    small = "date,A\n2025-05-01,0.2\n2025-05-02,-1.0\n2025-05-05,0.5\n"
    said = problem(tmp_path, small, content="returns")[0]
    assert "prices.csv 2025-05-02: A -1 cannot be a simple return" in said
    assert read_prices(write(tmp_path, small), content="returns", kind="log").values[0][1] == -1.0


def test_what_cannot_be_opened_is_a_source_error(tmp_path):
    (tmp_path / "folder.parquet").mkdir()
    bad = tmp_path / "bad.parquet"
    bad.write_bytes(b"PAR1 not really")
    for path in (tmp_path, tmp_path / "none.csv", tmp_path / "folder.parquet", bad):
        with pytest.raises(SourceError, match=path.name):
            read_prices(path)


@pytest.mark.parametrize("option", [{"content": "price"}, {"kind": "logs"}])
def test_unknown_options_name_the_nearest(tmp_path, option):
    with pytest.raises(SpecificationError, match="did you mean"):
        read_prices(write(tmp_path, WIDE), **option)
