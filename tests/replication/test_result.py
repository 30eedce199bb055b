"""What replications found, counted and told."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from replicated import everything

from eventstudy.exceptions import SourceError, SpecificationError
from eventstudy.replication import comparison
from eventstudy.replication.result import COLUMNS, ReplicationResults, replicate


def results():
    rows = [
        ("one", "a", 1.0, 1.0, 0.0, "equal", "", 1.0),
        ("one", "b", 2.0, 3.0, 1.0, "explained", "x: y, not z; u: v, not w", 2.0),
        ("two", "c", 2.0, 3.0, 1.0, "unexplained", "", float("nan")),
    ]
    return ReplicationResults(frame=pd.DataFrame(rows, columns=list(COLUMNS)))


def test_counts_and_conventions():
    found = results()
    assert found.counts.to_numpy().tolist() == [["one", 2, 1, 1, 0], ["two", 1, 0, 0, 1]]
    assert found.conventions["convention"].tolist() == ["x: y, not z", "u: v, not w"]
    assert not found.is_explained
    assert found.unexplained["quantity"].tolist() == ["c"]


def test_text_is_a_line_a_replication_and_more_when_asked():
    assert results().to_text().splitlines() == [
        "one  2 numbers: 1 equal, 1 explained, 0 unexplained",
        "two  1 number: 0 equal, 0 explained, 1 unexplained",
    ]
    text = results().to_text(everything=True)
    assert "x: y, not z" in text
    assert "unexplained: c: theirs 2, ours 3" in text


def test_json_has_every_number():
    found = results().to_dict()
    assert json.loads(json.dumps(found))["numbers"][2]["by_convention"] is None
    assert len(found["counts"]) == 2


def test_names_choose_and_an_unknown_one_is_refused():
    steps = []
    found = replicate(["textbook"], progress=lambda *step: steps.append(step))
    assert set(found.frame["replication"]) == {"textbook"}
    assert steps == [("replicating textbook", 0, 1)]
    with pytest.raises(SpecificationError, match=r"unknown replication 'text'.*'textbook'"):
        replicate("text")


@pytest.fixture
def own():
    made = comparison.FromData(
        files=("a.csv",),
        rights="of A.",
        compare=lambda files: [comparison.printed("t", "2", float(files["a.csv"].read_text()))],
    )
    comparison.from_data.register("own", summary="a number", source="A (2020)")(made)
    yield
    comparison.from_data.remove("own")


@pytest.mark.usefixtures("own")
def test_a_replication_of_own_data_takes_a_folder(tmp_path):
    (tmp_path / "a.csv").write_text("2.1")
    found = replicate("own", data=tmp_path)
    assert found.frame[["replication", "status"]].to_numpy().tolist() == [["own", "equal"]]
    assert "A (2020)" in found.to_markdown()
    with pytest.raises(SpecificationError, match=r"own takes a\.csv of your own \(of A\.\); name"):
        replicate("own")
    with pytest.raises(
        SpecificationError, match=r"textbook is compared with data that are bundled"
    ):
        replicate(["textbook", "own"], data=tmp_path)
    with pytest.raises(SourceError, match=r"has no a\.csv"):
        replicate("own", data=tmp_path / "none")


@pytest.mark.slow
def test_all_of_them_are_explained():
    assert everything().is_explained
    assert set(everything().counts["replication"]) == {"stata_estudy", "textbook"}
