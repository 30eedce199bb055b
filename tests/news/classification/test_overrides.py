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
    ("rows", "said"),
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
def test_what_a_correction_may_not_say(tmp_path, rows, said):
    with pytest.raises(SchemaError) as caught:
        read_overrides(file_of(tmp_path, f"item_id,field,value\n{rows}\n"))
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("item_id,field", "fixes.csv row 1: no column 'value'"),
        ("item_id,field,value,reason", "fixes.csv row 1: unknown column 'reason'"),
    ],
)
def test_the_columns_are_fixed(tmp_path, header, said):
    cells = ",".join("x" for _ in header.split(","))
    with pytest.raises(SchemaError) as caught:
        read_overrides(file_of(tmp_path, f"{header}\n{cells}\n"))
    assert str(caught.value).startswith(said)


def test_every_problem_is_told(tmp_path):
    rows = "A,direction,up\nB,precision,sharp\n"
    with pytest.raises(SchemaError) as caught:
        read_overrides(file_of(tmp_path, f"item_id,field,value\n{rows}"))
    assert len(caught.value.problems) == 2


def test_a_file_without_corrections_corrects_nothing(tmp_path):
    assert len(read_overrides(file_of(tmp_path, "item_id,field,value,why\n"))) == 0
    assert no_overrides().of("category") == {}
