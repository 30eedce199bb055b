"""Corrections by hand: what a file of them may say, and what it says back."""

import pytest

from eventstudy.exceptions import SchemaError
from eventstudy.news.classification.overrides import no_overrides, read_overrides


def file_of(tmp_path, text, name="fixes.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_corrections_are_read_by_field_and_item(tmp_path):
    fixes = read_overrides(
        file_of(
            tmp_path,
            "item_id,field,value,why\n"
            "A,category,deal,signed that day\n"
            "A,direction,de-escalation,\n"
            "B,merge_into,A,same speech\n",
        )
    )
    assert len(fixes) == 3
    assert fixes.of("category") == {"A": "deal"}
    assert fixes.of("merge_into") == {"B": "A"}
    assert fixes.of("actor") == {}
    assert fixes.why() == {
        "A": "category = deal (signed that day); direction = de-escalation",
        "B": "merge_into = A (same speech)",
    }
    assert fixes.unused(["A"]) == [
        "fixes.csv row 4: no item 'B' was read; its merge_into is corrected when it is there again"
    ]
    assert len(fixes.sha256) == 64


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("A,categry,deal", "fixes.csv row 2: unknown field 'categry'; did you mean 'category'?"),
        ("A,direction,up", "fixes.csv row 2: unknown direction 'up'"),
        ("A,expected_sign,++", "fixes.csv row 2: unknown expected_sign '++'"),
        ("A,outcome,evnt", "fixes.csv row 2: unknown outcome 'evnt'; did you mean 'event'?"),
        ("A,category,", "fixes.csv row 2: category is empty"),
        (",category,deal", "fixes.csv row 2: item_id is empty"),
        ("A,published_at,2025-05-02T09:00", "fixes.csv row 2: published_at"),
        ("A,date,2 May 2025", "fixes.csv row 2: date '2 May 2025' is not an ISO date"),
        ("A,precision,sharp", "fixes.csv row 2: unknown precision 'sharp'"),
        ("A,merge_into,A", "fixes.csv row 2: item 'A' comes back to itself by merges"),
        ("A,merge_into,B\nB,merge_into,A", "fixes.csv row 2: item 'A' comes back to itself"),
        ("A,merge_into,B\nA,outcome,rejected", "fixes.csv row 2: item 'A' is merged and rejected"),
        ("A,actor,US\nA,actor,China", "fixes.csv row 3: actor of item 'A' is corrected twice"),
    ],
)
def test_what_a_correction_may_not_say(tmp_path, rows, message):
    with pytest.raises(SchemaError) as caught:
        read_overrides(file_of(tmp_path, f"item_id,field,value\n{rows}\n"))
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("item_id,field", "fixes.csv row 1: no column 'value'"),
        ("item_id,field,value,reason", "fixes.csv row 1: unknown column 'reason'"),
    ],
)
def test_the_columns_are_fixed(tmp_path, header, message):
    cells = ",".join("x" for _ in header.split(","))
    with pytest.raises(SchemaError) as caught:
        read_overrides(file_of(tmp_path, f"{header}\n{cells}\n"))
    assert str(caught.value).startswith(message)


def test_every_problem_is_told(tmp_path):
    rows = "A,direction,up\nB,precision,sharp\n"
    with pytest.raises(SchemaError) as caught:
        read_overrides(file_of(tmp_path, f"item_id,field,value\n{rows}"))
    assert len(caught.value.problems) == 2
    assert (caught.value.file, caught.value.row) == ("fixes.csv", 2)


def test_an_unknown_field_comes_with_the_nearest_one(tmp_path):
    with pytest.raises(SchemaError) as caught:
        read_overrides(file_of(tmp_path, "item_id,field,value\nA,categry,deal\n"))
    assert caught.value.suggestion == "category"


def test_a_file_without_corrections_corrects_nothing(tmp_path):
    assert len(read_overrides(file_of(tmp_path, "item_id,field,value,why\n"))) == 0
    assert no_overrides().of("category") == {}


def test_what_the_file_says_is_quoted_on_one_short_line(tmp_path):
    name = "a\x1b\x1e\x85\u2028\u202e b" + "long " * 999
    for row in (
        f"{name},outcome,x",
        f"A,{name},x",
        f"A,direction,{name}",
        f"{name},merge_into,{name}",
    ):
        with pytest.raises(SchemaError) as caught:
            read_overrides(file_of(tmp_path, f"item_id,field,value\n{row}\n"))
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 300
    text = f"item_id,field,value,why\n{name},merge_into,A\x1eB,of\x85one day\n"
    fixes = read_overrides(file_of(tmp_path, text))
    assert [*fixes.why().values()] == ["merge_into = A B (of one day)"]
    for items, unread in (([], []), ([], [name]), ([name], [])):
        (sentence,) = fixes.unused(items, unread)
        assert sentence.isprintable()
        assert len(sentence) < 300


def test_only_what_lies_on_a_ring_comes_back_to_itself(tmp_path):
    merges = {"A": "B", "B": "C", "C": "D", "D": "B", "E": "A", "F": "G"}
    rows = "".join(f"{item},merge_into,{into}\n" for item, into in merges.items())
    with pytest.raises(SchemaError) as caught:
        read_overrides(file_of(tmp_path, f"item_id,field,value\n{rows}"))
    assert [str(problem)[:15] for problem in caught.value.problems] == [
        f"fixes.csv row {row}" for row in (3, 4, 5)
    ]
