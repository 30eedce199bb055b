"""One number of theirs beside ours."""

from __future__ import annotations

import math

import pytest

from eventstudy.exceptions import SourceError
from eventstudy.replication.comparison import (
    STATUSES,
    FromData,
    from_data,
    is_same,
    printed,
    replications,
)


def test_same_to_nine_digits_or_both_nothing():
    assert is_same(1.0 + 1e-10, 1.0)
    assert not is_same(1.0 + 1e-8, 1.0)
    assert is_same(1e-13, 0.0)
    assert not is_same(math.nan, math.nan)


@pytest.mark.parametrize(
    ("ours", "status"),
    [(2.1479874, "equal"), (2.1485, "equal"), (2.1486, "unexplained"), (math.nan, "unexplained")],
)
def test_printed_numbers_are_rounded(ours, status):
    assert printed("t", "2.148", ours).status == status
    assert status in STATUSES


def test_every_replication_says_what_it_is_and_where_it_is_from():
    assert replications.names() == ("stata_estudy", "textbook")
    assert all(entry.summary and entry.source for entry in replications)


def test_those_of_own_data_say_what_they_take_and_under_what():
    assert from_data.names() == (
        "estudy2", "event_study_toolkit", "eventstudies", "goldsmith_pinkham_lyu", "sipemu",
    )  # fmt: skip
    for entry in from_data:
        assert all((entry.summary, entry.source, entry.value.files, entry.value.rights))
        assert not set(from_data.names()) & set(replications.names())


def test_files_are_found_by_name_whatever_their_case(tmp_path):
    (tmp_path / "DATA.CSV").write_text("1")
    own = FromData(
        files=("data.csv",),
        rights="anybody's",
        compare=lambda files: [printed(files["data.csv"].read_text(), "1", 1.0)],
    )
    assert [one.status for one in own(tmp_path)] == ["equal"]


@pytest.mark.parametrize("folder", ["", "nowhere"])
def test_a_missing_file_is_named_with_what_it_may_be_had_under(tmp_path, folder):
    (tmp_path / "a.csv").write_text("1")
    own = FromData(files=("a.csv", "b.csv"), rights="of B.", compare=lambda _: [])
    with pytest.raises(
        SourceError, match=r"has no .*b\.csv; the replication takes a\.csv, b\.csv: of B"
    ):
        own(tmp_path / folder)
