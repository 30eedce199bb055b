"""The command `score`: what it prints, what it writes, what it refuses."""

from __future__ import annotations

import json

import desk_files
import pandas as pd
import pytest


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return desk_files.write_study(tmp_path_factory.mktemp("desk"))


def test_the_verdict_comes_first_and_the_tables_follow(run, study):
    code, out, err = run("score", study)
    assert (code, err) == (0, "")
    assert out.startswith("Past news ")
    assert "by market" in out


def test_json_and_the_forecasts_as_csv(run, study, tmp_path):
    target = tmp_path / "forecasts.csv"
    code, out, err = run("score", study, "--json", "--made", "open", "-o", target)
    assert (code, err) == (0, f"eventstudy: Written: {target}\n")
    values = json.loads(out)
    assert values["made"] == "open"
    frame = pd.read_csv(target)
    assert frame["low"].notna().sum() == values["record"]["n_forecasts"]
    assert frame["made_utc"].str.endswith("Z").all()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--made", "close"), "'close' is not one of"),
        (("--window", "1"), "--window '1': write two sessions such as 0,1"),
        (("--window", "-1,1"), "starts before the news"),
    ],
)
def test_what_it_refuses(run, study, words, said):
    code, out, err = run("score", study, *words)
    assert (code, out) == (2, "")
    assert said in err


def test_a_file_of_the_study_is_not_replaced(run, study):
    code, _, err = run("score", study, "-o", study.parent / "events.csv")
    assert code == 2
    assert "is a file of the study itself" in err
