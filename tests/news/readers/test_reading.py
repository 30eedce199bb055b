from __future__ import annotations

import csv
import datetime as dt
import gzip
import hashlib
import json
import zipfile

import openpyxl
import pandas as pd
import pytest

from eventstudy import read_news
from eventstudy.exceptions import SchemaError, SourceError, SpecificationError

NOW = dt.datetime(2025, 6, 1, tzinfo=dt.UTC)
TIME = "2025-05-02T09:00+08:00"
LEGACY = {
    "cp932": "中国、米国との通商協議を検討 日経平均、続伸して始まる",
    "gb18030": "商务部：中方正在评估美方谈判请求 人民币中间价上调",
    "big5": "美中貿易談判有望重啟 台股早盤大漲兩百點",
    "cp1252": "Zölle: China prüft Gespräche – l’Élysée réagit à l’annonce",
    "utf-16": "关税 ä",
    "utf-8-sig": "关税 ä",
    "iso2022_jp": "中国、米国との通商協議を検討",
}


@pytest.fixture
def read(tmp_path):
    def read(content, name="news.csv", **options):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        news = read_news(path, now=NOW, **options)
        ((_, digest, n_items),) = news.inputs
        assert n_items == len(news.frame) + len(news.rejected)
        assert digest == hashlib.sha256(path.read_bytes()).hexdigest()
        return news

    return read


def reasons(news):
    return dict(zip(news.rejected["where"], news.rejected["reason"], strict=True))


# ---- tables ----------------------------------------------------------------------------------


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
    found = reasons(news)
    assert found["news.csv row 4"].startswith("no date")
    assert found["news.csv row 5"] == "2 cells where the header has 3"
    assert found["news.csv row 6"] == "4 cells where the header has 3"
    assert "not csv" in found["news.csv row 8"]
    assert "never ends" in found["news.csv row 10"]
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


@pytest.mark.parametrize(("encoding", "text"), LEGACY.items())
def test_encodings_come_out_right(read, encoding, text):
    news = read(f"date,headline\n2025-05-02,{text}\n2025-05-03,second\n".encode(encoding))
    assert news.frame["headline"].tolist() == [text, "second"]
    is_guess = not encoding.startswith("utf")
    assert bool(news.frame["note"].notna().all()) == is_guess
    if is_guess:
        assert "a guess" in news.frame["note"][0]


def test_a_damaged_byte_is_no_other_encoding(read):
    text = "关税谈判" * 30
    news = read(f"date,headline\n2025-05-02,{text}".encode() + b"\xff\n")
    assert news.frame["headline"].item() == text + "\ufffd"
    assert "1 bytes of the file are not UTF-8" in news.frame["note"].item()


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
def test_a_workbook_that_is_none_says_so(read, tmp_path):
    with pytest.raises(SourceError, match="not an xlsx file"):
        read(b"PK\x03\x04rubbish", "news.xlsx")
    with zipfile.ZipFile(tmp_path / "z.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"\0" * 150_000_000)
    with pytest.raises(SourceError, match="unpacks to 150,000,000 bytes"):
        read((tmp_path / "z.zip").read_bytes(), "news.xlsx")


# ---- json ------------------------------------------------------------------------------------

ITEM = {"title": "a", "date": "2025-05-02"}


@pytest.mark.parametrize(
    "value",
    [
        [ITEM],
        ITEM,
        {"items": [ITEM]},
        {"status": "ok", "response": {"docs": [ITEM], "tags": ["x"]}},
        {"anything": [ITEM], "empty": []},
        {"articles": [ITEM], "sources": [{"name": "x"}]},
    ],
)
def test_the_array_of_items_is_found(read, value):
    assert read(json.dumps(value), "a.json").frame["headline"].tolist() == ["a"]


def test_objects_inside_an_item_are_columns_and_nulls_are_empty(read):
    item = ITEM | {
        "source": {"id": None, "name": "Wire"},
        "tags": ["x", "y"],
        "n": 3,
        "f": 2.50,
        "is": True,
        "people": [{"name": "z"}],
        "content": None,
        "deep": {"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}},
    }
    row = read(json.dumps([item]), "a.json").frame.iloc[0]
    assert row["source"] == "Wire"
    assert (row["tags"], row["n"], row["f"], row["is"]) == ("x; y", "3", "2.5", "true")
    assert row["people"] == '[{"name": "z"}]'
    assert row["text"] is None
    assert "nested deeper than 6 left out" in row["note"]


def test_a_torn_array_keeps_what_came_before(read):
    news = read('[{"title":"a","date":"2025-05-02"}, 5, {"title":"b","da', "a.json")
    assert news.frame["headline"].tolist() == ["a"]
    found = reasons(news)
    assert found["a.json item 2"].startswith("not an object")
    assert "no JSON from here on" in found["a.json after item 2"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "it is no JSON"),
        ("5", "one value and no items"),
        ('{"a": 1}', "no array of objects"),
        ('{"a": [{"x": 1}], "b": [{"x": 1}]}', "several arrays (a, b)"),
        ("[" * 100_000, None),
        ('{"a":' * 100_000, "it is no JSON"),
    ],
)
def test_json_without_items_says_why(read, content, problem):
    if problem is None:
        assert "no JSON from here on" in read(content, "a.json").rejected["reason"].iloc[-1]
        return
    with pytest.raises(SchemaError) as caught:
        read(content, "a.json")
    assert problem in str(caught.value)


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.json"])
def test_one_object_a_line(read, name):
    deep = "[" * 100_000
    lines = [json.dumps(ITEM), "", "[1]", "{bad", '{"title": NaN, "date": "2025-05-02"}', deep]
    lines.insert(1, json.dumps(ITEM | {"title": "\ud800b"}))
    news = read("\n".join(lines), name)
    assert news.frame["headline"].tolist() == ["a", "\ufffdb"]
    found = list(reasons(news).values())
    assert [reason.split(" (")[0] for reason in found] == [
        "not an object but an array",
        "not JSON",
        "neither a headline nor a text",
        "nested too deeply to be read",
    ]


# ---- files and folders -----------------------------------------------------------------------


def test_a_folder_is_read_in_order_and_what_is_not_is_listed(tmp_path):
    (tmp_path / "b.csv").write_text("id,date,title\n1,2025-05-02,b\n")
    (tmp_path / "a.jsonl").write_text(json.dumps(ITEM | {"id": 1}))
    (tmp_path / "c.bin").write_bytes(b"\0\1")
    (tmp_path / "d.csv").write_text("x,y\n1,2\n")
    (tmp_path / "e.csv.gz").write_bytes(gzip.compress(b"date,title\n2025-05-02,x\n", mtime=0))
    (tmp_path / "f").mkdir()
    (tmp_path / "table").write_text("date\ttitle\n2025-05-02\tt\n")
    steps = []
    news = read_news(tmp_path, now=NOW, progress=lambda *step: steps.append(step))
    assert news.frame["headline"].tolist() == ["a", "b", "t"]
    assert news.frame["item_id"].tolist()[:2] == ["1", "1#2"]
    found = reasons(news)
    assert list(found) == ["c.bin", "d.csv", "e.csv.gz", "f"]
    assert found["c.bin"].startswith("not a kind of file that is read")
    assert found["e.csv.gz"] == "a gzip file is not read; unpack it first"
    assert "folder inside" in found["f"]
    assert [name for name, _, _ in news.inputs] == [step[0][8:] for step in steps[:-1]]
    assert steps[-1] == ("reading news", 7, 7)
    assert sum(n for _, _, n in news.inputs) == len(news.frame) + len(news.rejected)


def test_two_files_of_one_name_are_told_apart(tmp_path):
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.jsonl").write_text(json.dumps(ITEM))
    paths = [tmp_path / folder / "a.jsonl" for folder in ("x", "y")]
    news = read_news(*paths, now=NOW)
    assert [name for name, _, _ in news.inputs] == [str(path) for path in paths]
    assert news.name == "2 inputs"


def test_the_name_of_a_file_is_on_one_line(tmp_path):
    folder = tmp_path / "b\n\u2028c"
    folder.mkdir()
    with pytest.raises(SchemaError) as caught:
        read_news(folder)
    assert str(caught.value).endswith("b c: the folder is empty")
    odd = folder / "a\n\x1e\x1bb.csv"
    for content in ("", "x,y\n1,2\n", "date,title\n2025-05-02,a\n,b\n"):
        odd.write_text(content)
        news = read_news(folder, now=NOW)
        shown = [news.inputs[0][0], *news.rejected["where"], *news.rejected["reason"]]
        assert shown[0] == "a b.csv"
        assert all(text.isprintable() for text in (*shown, *news.frame["where"]))
    for problem in (folder / "a\nb.csv", folder / "a\0\nb.csv"):
        with pytest.raises(SourceError) as caught:
            read_news(problem)
        assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.gz", gzip.compress(b"x", mtime=0), "a gzip file is not read; unpack it first"),
        ("a.zip", b"PK\x03\x04x", "a zip file is not read"),
        ("a.pdf", b"%PDF-1.7", "a pdf file is not read; save its text"),
        ("a.xls", b"\xd0\xcf\x11\xe0", "save it as xlsx or csv"),
        ("a.html", b"<html><body>x</body></html>", "not a kind of file that is read"),
        ("a", b"only words", "not a kind of file that is read"),
    ],
)
def test_a_file_of_another_kind_is_refused_by_name(read, name, content, problem):
    with pytest.raises(SourceError) as caught:
        read(content, name)
    assert str(caught.value).startswith(name)
    assert problem in str(caught.value)


def test_what_is_missing_or_asked_wrongly_is_said(tmp_path):
    with pytest.raises(SourceError, match="no such file"):
        read_news(tmp_path / "none.csv")
    with pytest.raises(SourceError, match="cannot be read"):
        read_news("a\0b.csv")
    with pytest.raises(SpecificationError, match="at least one"):
        read_news()
    with pytest.raises(SchemaError, match="the folder is empty"):
        read_news(tmp_path)
    with pytest.raises(SpecificationError, match="unknown time zone"):
        read_news(tmp_path, timezone="Mars/Base")
    with pytest.raises(SpecificationError, match="no ISO 8601"):
        read_news(tmp_path, published="last week")


# ---- articles --------------------------------------------------------------------------------


@pytest.fixture
def splits(monkeypatch):
    """What the splitter was given; it gives the whole text back as one claim."""
    from eventstudy.news.articles import articles

    given = []

    def split(text, **options):
        given.append({"text": text, **options})
        return pd.DataFrame(
            {
                "item_id": [f"{options['name']}-1"],
                "published": [None],
                "published_at": [pd.NaT],
                "date": [pd.Timestamp("2025-05-01")],
                "timezone": [options["timezone"]],
                "precision": ["day"],
                "headline": [text.strip()],
                "where": [f"{options['name']} sentence 1"],
                "note": ["the day before"],
                "claim_type": ["event"],
            }
        )

    monkeypatch.setattr(articles, "split_article", split)
    return given


def test_front_matter_tells_what_an_article_is_and_places_stay_those_of_the_file(read, splits):
    text = f'---\ntitle: "T: x"\ndate: {TIME}\ntimezone: Asia/Shanghai\nlink: u\n---\nIt said so.\n'
    news = read(text, "2025-01-01_a.md")
    (given,) = splits
    assert given["published"] == TIME
    assert (given["timezone"], given["url"], given["source"]) == ("Asia/Shanghai", "u", None)
    assert given["text"].index("It said") == text.index("It said")
    row = news.frame.iloc[0]
    assert row["article"] == "T: x"
    assert (row["claim_type"], row["where"]) == ("event", "2025-01-01_a.md sentence 1")
    assert row["date"] == pd.Timestamp("2025-05-01")
    assert row["note"].startswith("the day before; published 2025-01-01 of the file's name is not")


def test_the_date_of_a_file_that_is_named_is_the_arguments_and_of_one_found_its_names(
    read, splits, tmp_path
):
    read("Words.", "2025-05-02_a.txt", published="2025-05-03")
    read_news(tmp_path, published="2025-05-03", now=NOW)
    assert [given["published"] for given in splits] == ["2025-05-03", "2025-05-02"]


@pytest.mark.parametrize(
    ("name", "text", "options", "reason"),
    [
        ("a.txt", "Words.", {}, "no date: the article has none"),
        ("a.md", "---\ndate: 2025-05-02 09:00\n---\nWords.", {}, "without an offset"),
        ("2025-05-02.txt", " \n", {}, "neither a headline nor a text"),
        ("2025-02-30_a.txt", "Words.", {}, "no such day"),
    ],
)
def test_an_article_that_cannot_be_dated_is_one_rejected_item(read, name, text, options, reason):
    news = read(text, name, **options)
    assert len(news) == 0
    assert reason in news.rejected["reason"].item()


def test_the_rest_of_an_endless_article_is_listed(read, splits):
    news = read("Words. " * 200_000, "2025-05-02_a.txt")
    assert len(splits[0]["text"]) <= 1_000_000
    assert "first 1,000,000 characters" in news.rejected["reason"].item()


def test_an_article_is_split_by_the_real_splitter(read):
    news = read("The ministry weighs talks. Shares rose.", "a.txt", published=TIME)
    assert len(news) >= 1
    assert news.frame["where"].str.startswith("a.txt").all()
    assert "claim_type" in news.frame
