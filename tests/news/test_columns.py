"""Columns of somebody else's files and the roles they have."""

import pytest

from eventstudy.news.columns import COLUMNS, by_role, own_name, role_of


@pytest.mark.parametrize(
    ("column", "role"),
    [
        ("Published At", "published"),
        ("createdAt", "published"),
        ("created_utc", "published"),
        ("content.pubDate", "published"),
        ("title.rendered", "headline"),
        ("canonicalUrl.url", "url"),
        ("provider.displayName", "source"),
        ("updated_at", None),
        ("dateModified", None),
    ],
)
def test_usual_names_have_a_role(column, role):
    assert role_of(column) == role


def test_the_first_filled_column_of_a_role_counts_and_the_others_are_kept():
    cells = {"created_at": "2025-05-01", "published_at": "2025-05-02", "title": " ", "text": "x"}
    roles, own = by_role(cells)
    assert roles["published"] == ("published_at", "2025-05-02")
    assert roles["text"] == ("text", "x")
    assert own == {"created_at": "2025-05-01"}


def test_an_own_column_never_takes_the_name_of_one_of_ours():
    assert [own_name(name) for name in ("note", "score", "")] == ["note_given", "score", "unnamed"]
    assert "note" in COLUMNS
