"""Which column dates an item of a public source, and what that column means."""

import pytest

from eventstudy.events.table import HALF_WIDTH
from eventstudy.io.doors import NEWS
from eventstudy.io.timestamps import read_time
from eventstudy.news.dating import dating_by_provider, other_dates, provider_of, providers

REGISTER = {
    "title": "Duties",
    "document_number": "2025-1",
    "publication_date": "2025-04-07",
    "signing_date": "2025-04-02",
}


def test_the_table_of_sources_is_whole():
    names = [provider.name for provider in providers()]
    assert len(set(names)) == len(names)
    for provider in providers():
        assert provider.known_by
        assert provider.times
        for field in provider.times:
            assert field.meaning
            assert field.precision is None or field.precision in HALF_WIDTH


def test_an_order_is_dated_by_the_day_it_was_signed():
    dating = dating_by_provider(REGISTER)
    assert (dating.column, dating.raw, dating.field.precision) == (
        "signing_date", "2025-04-02", "day",
    )  # fmt: skip
    assert dating.sentence == "dated by signing_date, the day it was signed (Federal Register)"
    unsigned = dating_by_provider(REGISTER | {"signing_date": ""})
    assert unsigned.column == "publication_date"


@pytest.mark.parametrize("own", ["published", "published_at"])
def test_whoever_writes_our_own_column_has_decided(own):
    assert dating_by_provider(REGISTER | {own: ""}) is None


def test_unknown_columns_are_of_no_source():
    assert provider_of(("title", "date")) is None
    assert dating_by_provider({"title": "x", "created_at": "2025-04-02"}) is None


def test_other_dates_of_an_item_are_found_where_they_differ():
    stamp = read_time("2025-04-02", NEWS)
    cells = REGISTER | {
        "effective_on": "2025-04-05",
        "updated_at": "2025-06-01",
        "comment_date": "soon",
        "issued": "2025-04-02",
    }
    assert list(other_dates(cells, "signing_date", stamp)) == [
        ("publication_date", "2025-04-07"),
        ("effective_on", "2025-04-05"),
    ]
    timed = read_time("2025-04-02T20:15Z", NEWS)
    near = {"posted_at": "2025-04-02T20:40Z", "filed_at": "2025-04-02T23:00Z"}
    assert [column for column, _ in other_dates(near, "x", timed)] == ["filed_at"]
