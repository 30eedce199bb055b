from __future__ import annotations

import json

import pytest
from small_news import ITEM, reasons

from eventstudy import read_news
from eventstudy.exceptions import SchemaError


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
    reason_of = reasons(news)
    assert reason_of["a.json item 2"].startswith("not an object")
    assert "the file ends inside this item" in reason_of["a.json item 3"]


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
        assert "the file ends inside" in read(content, "a.json").rejected["reason"].iloc[-1]
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
    assert [reason.split(" (")[0] for reason in reasons(news).values()] == [
        "not an object but an array",
        "not JSON",
        "neither a headline nor a text",
        "nested too deeply to be read",
    ]


BREAKS = "\x1b\x1c\x1e\x85\u2028\u202e\n"


@pytest.mark.parametrize(
    "value",
    [
        {"title": [], "\x1e": []},
        {f"a{BREAKS}b": [{"x": 1}], "b": [{"x": 1}]},
        {"x" * 5000: [{"x": 1}], "y" * 5000: [{"x": 1}]},
        {f"{number}{BREAKS}": [] for number in range(900)},
    ],
)
def test_keys_of_the_file_are_quoted_on_one_short_line(tmp_path, value):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    with pytest.raises(SchemaError) as caught:
        read_news(path)
    message = str(caught.value)
    assert "several arrays (" in message
    assert message.isprintable()
    assert len(message) < 400


def test_what_the_parser_quotes_is_on_one_line(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(f'[{{"title": "a", "date": "2025-05-02"}}, tru{BREAKS}]', encoding="utf-8")
    (reason,) = read_news(path).rejected["reason"]
    assert "not JSON" in reason
    assert reason.isprintable()


def test_objects_of_another_array_are_said(tmp_path):
    item = {"published_at": "2025-05-02T09:00Z", "title": "a"}
    (tmp_path / "n.json").write_text(json.dumps({"articles": [item], "more": [item, item]}))
    news = read_news(tmp_path / "n.json")
    assert len(news.frame) == 1
    assert "n.json: items are those of articles; 2 objects of more not read" in news.assumed
