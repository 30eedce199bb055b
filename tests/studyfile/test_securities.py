"""The table [securities] of a study file."""

from __future__ import annotations

import pytest

from eventstudy import SourceError, SpecificationError
from eventstudy.studyfile.study_file import parse_study
from eventstudy.studyfile.wanted_prices import wanted_prices

TABLES = {
    "markets": ["F0", "F1"],
    "events": {"file": "events.csv", "date_only": "same"},
    "prices": {"source": "files", "file": "prices.csv"},
    "model": {"name": "market_model", "benchmark": "MKT"},
}


def study(tmp_path, **keys):
    return parse_study(TABLES | {"securities": keys}, "study.toml", tmp_path)


def test_the_file_is_read_with_the_prices_and_its_benchmarks_are_asked_for(tmp_path):
    (tmp_path / "events.csv").write_text("event_id,date,markets\na,2021-01-05,F0\n")
    (tmp_path / "prices.csv").write_text(
        "date,MKT,ETF,F0,F1\n2021-01-04,1,1,1,1\n2021-01-05,1,2,1,2\n2021-01-06,2,1,2,1\n"
    )
    (tmp_path / "known.csv").write_text("security,size,benchmark\nf0,1,ETF\nZ,2,QQ\n")
    asked = study(tmp_path, file="known.csv")
    events, prices = asked.load()
    assert prices.securities.benchmarks == {"f0": "ETF", "Z": "QQ"}
    request = wanted_prices(asked.study, events, events, known=prices.securities)
    assert ("securities.benchmark", "ETF") in request.names
    assert ("securities.benchmark", "QQ") not in request.names
    assert asked.to_dict()["securities"] == {"file": "known.csv"}
    assert tmp_path / "known.csv" in asked.input_files


def test_a_table_without_a_file_and_a_file_that_is_not_there_are_said(tmp_path):
    with pytest.raises(SpecificationError, match=r"securities.file is missing"):
        study(tmp_path, sheet="A")
    (tmp_path / "events.csv").write_text("event_id,date,markets\na,2021-01-05,F0\n")
    with pytest.raises(SourceError, match=r"securities.file: .*no such file"):
        study(tmp_path, file="known.csv").load()
