from __future__ import annotations

import gzip
import json

import pytest
from small_news import ITEM, NOW, reasons

from eventstudy import read_news
from eventstudy.exceptions import SchemaError, SourceError, SpecificationError


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
    reason_of = reasons(news)
    assert list(reason_of) == ["c.bin", "d.csv", "e.csv.gz", "f"]
    assert reason_of["c.bin"].startswith("not a kind of file that is read")
    assert reason_of["e.csv.gz"] == "a gzip file is not read; unpack it first"
    assert "folder inside" in reason_of["f"]
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
        ("a.svg", b"<svg><text>x</text></svg>", "not a kind of file that is read"),
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
    with pytest.raises(SourceError, match="its name holds a NUL"):
        read_news("a\0b.csv")
    with pytest.raises(SpecificationError, match="at least one"):
        read_news()
    with pytest.raises(SchemaError, match="the folder is empty"):
        read_news(tmp_path)
    with pytest.raises(SpecificationError, match="unknown time zone"):
        read_news(tmp_path, timezone="Mars/Base")
    with pytest.raises(SpecificationError, match="no ISO 8601"):
        read_news(tmp_path, published="last week")
