"""Whatever bytes a reader is given, only errors of the package come out and no item is lost."""

from __future__ import annotations

import datetime as dt
import io
import json
import unicodedata
import zipfile

import openpyxl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from eventstudy import read_news
from eventstudy.exceptions import EventStudyError

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
NAMES = ["a.csv", "a.json", "a.jsonl", "a.xml", "a.xlsx", "a.md", "a", "2025-05-02_a.txt"]
FEW = settings(
    max_examples=settings.default.max_examples * 40 // 100, suppress_health_check=list(HealthCheck)
)
PIECES = st.lists(
    st.sampled_from(
        [
            *("<rss>", "<item>", "</item>", "<title>", "</title>", "<![CDATA[", "]]>", "<!--", "&"),
            *("{", "}", "[", "]", '"title"', ":", ",", '"', "\n", "date,headline\n", "---\n", ";"),
            *("2025-05-02", "date: 2025-05-02\n", "\0", "\ud800", "\u202e", "<b>", "NaN", "1e999"),
            *(
                "<feed><entry>",
                "<pubDate>",
                "words. ",
                "last week",
                '{"items":[',
                "\t",
                "'",
                "=",
                "\x1b",
            ),
        ]
    ),
    max_size=30,
).map("".join)
NAMES_OF_KEYS = ["title", "date", "published_at", "text", "id", "source", "x", "\x1e", "a\u2028b"]
KEYS = st.sampled_from(NAMES_OF_KEYS) | st.text()
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def is_one_line(text):
    return not {unicodedata.category(sign) for sign in text} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


def check(path, data):
    path.write_bytes(data)
    try:
        news = read_news(path, published="2025-05-02", now=NOW)
    except EventStudyError as error:
        assert is_one_line(str(error))  # noqa: PT017 - it may be read, too
        return
    assert news.inputs[0][2] == len(news.frame) + len(news.rejected)
    ids = [*news.frame["item_id"], *news.rejected["item_id"]]
    assert len(set(ids)) == len(ids)
    assert news.frame["date"].notna().all()
    assert (news.frame["headline"].notna() | news.frame["text"].notna()).all()
    assert all(map(is_one_line, news.rejected["reason"]))
    news._repr_html_().encode()


@pytest.mark.parametrize("name", NAMES)
@FEW
@given(data=st.binary(max_size=200))
@example(data=b"\xff\xfe")
@example(data=b"\xef\xbb\xbf")
@example(data=b"\x1b$B")
@example(data=b"date,headline\n2025-05-02,\x81\n")
def test_any_bytes(tmp_path, name, data):
    check(tmp_path / name, data)


@pytest.mark.parametrize("name", NAMES)
@FEW
@given(text=PIECES)
def test_any_pieces(tmp_path, name, text):
    check(tmp_path / name, text.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
@FEW
@given(value=VALUES)
def test_any_json(tmp_path, name, value):
    check(tmp_path / name, json.dumps(value).encode())


@FEW
@given(cells=st.lists(st.lists(st.text(max_size=5), max_size=4), max_size=4))
def test_any_table(tmp_path, cells):
    rows = [["date", "headline", "text", "timezone"], *cells]
    text = "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows)
    check(tmp_path / "a.csv", text.encode("utf-8", "surrogatepass"))


@pytest.fixture(scope="module")
def workbook():
    book = openpyxl.Workbook()
    book.active.append(["date", "headline"])
    book.active.append([dt.date(2025, 5, 2), "a"])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@FEW
@given(data=st.data())
def test_any_damage_inside_a_workbook(tmp_path, workbook, data):
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(buffer, "w") as new:
        hit = data.draw(st.sampled_from(old.namelist()))
        for member in old.namelist():
            content = old.read(member)
            if member == hit:
                start = data.draw(st.integers(0, len(content)))
                end = data.draw(st.integers(start, min(len(content), start + 30)))
                content = content[:start] + data.draw(st.binary(max_size=8)) + content[end:]
            new.writestr(member, content)
    check(tmp_path / "a.xlsx", buffer.getvalue())
