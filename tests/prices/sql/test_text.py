"""Queries: one SELECT is sent as it is, everything else is refused before."""

from __future__ import annotations

import pytest

from eventstudy.exceptions import SpecificationError
from eventstudy.prices.sql.text import check_query, named_files


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "prices.query is empty"),
        (" -- nothing\n", "prices.query is empty"),
        ("DELETE FROM p", "must be one SELECT"),
        ("/* SELECT */ DROP TABLE p", "must be one SELECT"),
        ("SELECT 1; DROP TABLE p", "more than one statement"),
        ("SELECT 1;; -- x\n DROP TABLE p", "more than one statement"),
        ("SELECT ';' ; SELECT 1", "more than one statement"),
        (r"SELECT E'\'; DROP TABLE p; --'", "not with E"),
        (r"SELECT E'\' '; DROP TABLE p; --'", "not with E"),
        (r"SELECT '\' '; DROP TABLE p; --'", "backslash"),
        ("SELECT $$'$$; DROP TABLE p; --'", r"not with \$\$"),
        ("SELECT $a$'$a$; DROP TABLE p; --'", r"not with \$a\$"),
        ("SELECT /* /* */ ; DROP TABLE p */ 1; SELECT 2", "more than one statement"),
        ("SELECT 'a", "a quotation never ends"),
        ("SELECT /* a", "a comment never ends"),
        ("EXPLAIN ANALYZE SELECT 1", "must be one SELECT"),
        ("COPY p TO 'x'", "must be one SELECT"),
        ("VALUES (1)", "must be one SELECT"),
    ],
)
def test_anything_but_one_select_is_refused_before_it_is_sent(query, message):
    with pytest.raises(SpecificationError, match=message):
        check_query(query)


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        ("select 1", "select 1"),
        (" (SELECT 1) ; ", " (SELECT 1)"),
        ("-- why\nWITH a AS (SELECT 1) SELECT 2;;\n", "-- why\nWITH a AS (SELECT 1) SELECT 2"),
        ("SELECT ';', \"a;b\" FROM p -- ;", "SELECT ';', \"a;b\" FROM p -- ;"),
    ],
)  # fmt: skip
def test_one_select_is_sent_as_it_is(query, sent):
    assert check_query(query) == sent


def test_what_a_query_may_mean_by_a_file():
    query = """SELECT 'a''b', "c ""d", 'C\\:/e' /* 'f' */ FROM p -- 'g'\nWHERE x = ''"""
    assert named_files(query, {"h": "i", "j": 1, "k": ["l", 2]}) == [
        "a'b",
        'c "d',
        "C:/e",
        "i",
        "l",
    ]
    assert named_files(None, {}) == []
