from __future__ import annotations

import csv
import datetime as dt
import zipfile

import openpyxl
import pytest
from small_news import TIME, reasons

from eventstudy.exceptions import SchemaError, SourceError


@pytest.mark.parametrize("sign", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_table_with_any_delimiter_and_line_end(read, sign, end):
    lines = [["date", "headline", "beat"], ["2025-05-02", f'"a{sign}b"', "x"]]
    news = read(end.join(sign.join(cells) for cells in lines))
    row = news.frame.iloc[0]
    assert (row["headline"], row["beat"], row["where"]) == (
        f"a{sign.strip() or ' '}b",
        "x",
        "news.csv row 2",
    )


def test_the_line_excel_puts_before_the_header_is_passed(read):
    assert read("sep=;\ndate;title\n2025-05-02;a,b\n").frame["where"].item() == "news.csv row 3"


def test_every_row_of_a_table_ends_somewhere(read):
    news = read(
        "date,headline,note\n2025-05-02,a,\n\n,b,\n2025-05-02,c\n2025-05-02,d,,x\n2025-05-02,e,,\n"
        '2025-05-02,"f"g,\n2025-05-02,h\0,n\n2025-05-02,"never\nends,\n'
    )
    assert news.frame["headline"].tolist() == ["a", "e", "h"]
    assert news.frame["note"][2] == "n; headline: unseen or control characters taken out"
    reason_of = reasons(news)
    assert reason_of["news.csv row 4"].startswith("no date")
    assert reason_of["news.csv row 5"] == "2 cells where the header has 3"
    assert reason_of["news.csv row 6"] == "4 cells where the header has 3"
    assert "not csv" in reason_of["news.csv row 8"]
    assert "never ends" in reason_of["news.csv row 10"]
    assert news.rejected["headline"].tolist()[:3] == ["b", "c", "d"]


def test_a_field_longer_than_csv_allows_is_cut_and_the_limit_stays(read):
    before = csv.field_size_limit()
    news = read(f"date,headline,text\n2025-05-02,a,{'x' * 300_000}\n")
    assert news.frame["note"].item() == "text cut at 100,000 of 300,000 characters"
    assert csv.field_size_limit() == before


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "news.csv is empty"),
        (b"\n \n", "news.csv is empty"),
        (b"a,b\n1,2\n", "news.csv row 1: no column headline"),
        (b"title,beat\n1,2\n", "news.csv row 1: no column published_at or date"),
        (b"title,date,x,x\n1,2,3,4\n", "column 'x' is there 2 times"),
        (b'"title,date\n1,2\n', "news.csv row 1"),
    ],
)
def test_a_file_that_is_no_table_of_news_says_why(read, content, problem):
    with pytest.raises(SchemaError) as caught:
        read(content)
    assert problem in str(caught.value)


def test_a_workbook_is_read_sheet_by_sheet(read, tmp_path):
    book = openpyxl.Workbook()
    page = book.active
    page.append([])
    page.append(["date", "Title", "n", "published"])
    page.append([dt.date(2025, 5, 2), "=1+1", 3.0, None])
    page.append([None, "b", 1.5, TIME])
    page.append([None, "c", None, dt.datetime(2025, 5, 2, 9, 30)])  # noqa: DTZ001 - as Excel has it
    book.create_sheet("Notes").append(["nothing here"])
    book.save(tmp_path / "made.xlsx")
    news = read((tmp_path / "made.xlsx").read_bytes(), "news.xlsx", timezone="Asia/Tokyo")
    assert news.frame["headline"].tolist() == ["b", "c"]
    assert news.frame["n"].tolist() == ["1.5", None]
    assert news.frame["published"].tolist() == [TIME, "2025-05-02T09:30+09:00"]
    assert reasons(news) == {
        # A formula that was never computed has no value.
        "news.xlsx sheet 'Sheet' row 3": "neither a headline nor a text",
        "news.xlsx sheet 'Notes'": "the sheet is no table of news: no column headline "
        "(or title, text, summary)",
    }


@pytest.mark.slow
def test_a_workbook_behind_a_password_says_so(read, tmp_path):
    openpyxl.Workbook().save(tmp_path / "made.xlsx")
    content = bytearray((tmp_path / "made.xlsx").read_bytes())
    with zipfile.ZipFile(tmp_path / "made.xlsx") as packed:
        (sheet,) = (it for it in packed.infolist() if it.filename.endswith("sheet1.xml"))
    content[sheet.header_offset + 6] |= 1
    content[content.rindex(sheet.filename.encode()) - 46 + 8] |= 1  # and in the list of contents
    with pytest.raises(SourceError, match=r"not a workbook that can be read .*is encrypted"):
        read(bytes(content), "news.xlsx")


@pytest.mark.slow
def test_a_workbook_that_is_none_says_so(read, tmp_path):
    with pytest.raises(SourceError, match="not a workbook that can be read"):
        read(b"PK\x03\x04rubbish", "news.xlsx")
    with zipfile.ZipFile(tmp_path / "z.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"\0" * 150_000_000)
    with pytest.raises(SourceError, match="unpacks to 150,000,000 bytes"):
        read((tmp_path / "z.zip").read_bytes(), "news.xlsx")
