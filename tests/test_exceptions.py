"""Errors carry their parts, make their message last, and reach another process whole."""

from __future__ import annotations

import pickle

import pandas as pd
import pytest

from eventstudy.exceptions import (
    CoverageError,
    Problem,
    SchemaError,
    SourceError,
    SpecificationError,
)


@pytest.mark.parametrize(
    "error",
    [
        SchemaError(["the date is empty", "no price"], file="events.csv", row=3),
        CoverageError("no pair is left", pd.DataFrame({"stage": ["coverage"], "pairs": [3]})),
        SpecificationError("no such key", key="model.nmae", suggestion="name", remedy="drop it"),
        SourceError("no such file").under("study.toml"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_another_process_gets_the_same_error(error):
    sent = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert type(sent) is type(error)
    assert str(sent) == str(error)
    assert sent.__dict__.keys() == error.__dict__.keys()
    for name, value in error.__dict__.items():
        if isinstance(value, pd.DataFrame):
            pd.testing.assert_frame_equal(getattr(sent, name), value)
        else:
            assert getattr(sent, name) == value


def test_the_message_is_made_of_the_parts():
    error = SpecificationError("0 draws", key="statistics.draws", remedy="ask for 99 or more")
    assert str(error) == "statistics.draws: 0 draws; ask for 99 or more"
    assert (error.reason, error.remedy) == ("0 draws", "ask for 99 or more")
    assert (
        str(error.under("study.toml"))
        == "study.toml: statistics.draws: 0 draws; ask for 99 or more"
    )


def test_a_schema_error_names_the_first_problem_and_counts_the_others():
    problems = [Problem(file="p.csv", security="HSI", reason="-1 is no price"), "p.csv: no rows"]
    error = SchemaError(problems)
    assert str(error) == "p.csv: HSI -1 is no price (and 1 more problem)"
    assert error.problems == ("p.csv: HSI -1 is no price", "p.csv: no rows")
    more = SchemaError(problems, n_unlisted=40)
    assert str(more) == "p.csv: HSI -1 is no price (and 41 more problems)"
    assert len(more.problems) == 2
