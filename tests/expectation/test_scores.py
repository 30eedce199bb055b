"""The scores of a study: its sentence, its tables, and both as values."""

import json
from dataclasses import replace

import desk_files
import numpy as np
import pytest

from eventstudy.exceptions import SpecificationError
from eventstudy.expectation.reactions import past_reactions
from eventstudy.expectation.scores import score
from eventstudy.expectation.scoring import score_table, walk_forward
from eventstudy.studyfile.study_file import read_study


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return desk_files.write_study(tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="module")
def scores(study):
    return score(study)


def test_it_is_the_walk_through_the_study_s_events(study, scores):
    read = read_study(study)
    frame, record = walk_forward(past_reactions(read, *read.load()))
    assert scores.record == record
    assert scores.frame.equals(frame)
    assert scores.table("security").equals(score_table(frame, "security"))
    assert score(read).record == record


def test_halves_are_earlier_and_later_sessions(scores):
    table = scores.table("half")
    assert table["n"].sum() == scores.record.n_forecasts
    assert abs(table["n"].iloc[0] - table["n"].iloc[1]) <= 2
    early = scores.frame[scores.frame["session"] <= np.datetime64(table["half"].iloc[0][3:])]
    assert table["coverage"].iloc[0] == early["is_inside"].astype(float).mean()


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.8, 0.9, "said more than"),
        (0.9, 1.1, "has not been shown to say more than"),
        (1.1, 1.2, "said less than"),
    ],
)
def test_the_sentence_goes_by_the_interval(scores, low, high, said):
    middle = (low + high) / 2
    record = replace(scores.record, crps_ratio=middle, ratio_low=low, ratio_high=high)
    assert f"Past news {said} ordinary days" in replace(scores, record=record).sentence


def test_the_text_fits_a_terminal_and_has_every_group(scores):
    text = scores.to_text(80)
    assert repr(scores) == scores.to_text()
    assert text.startswith("Past news ")
    assert max(map(len, text.splitlines())) <= 80
    for word in ("by half", "by market", "by step", "by direction", "KIOKU", "ISHI"):
        assert word in text
    assert f"{scores.record.n_forecasts} outcomes" in text


def test_values_are_json(scores):
    values = json.loads(json.dumps(scores.to_dict(), allow_nan=False))
    assert values["window"] == [0, 1]
    assert values["record"]["coverage"] == scores.record.coverage
    assert {row["security"] for row in values["by_security"]} == {"KIOKU", "ISHI"}


def test_what_is_not_known_is_null(scores):
    unknown = replace(scores.record, ratio_low=float("nan"))
    assert replace(scores, record=unknown).to_dict()["record"]["ratio_low"] is None
    one = scores.frame[scores.frame["session"] == scores.frame["session"].iloc[-1]]
    (row,) = replace(scores, frame=one).to_dict()["all"]
    assert (row["n_dates"], row["ratio_low"]) == (1, None)


def test_a_study_of_too_few_events_says_that_nothing_is_scored(tmp_path):
    few = score(desk_files.write_study(tmp_path, events_=desk_files.events(5)))
    assert few.record is None
    assert "nothing is scored" in few.to_text()
    assert few.to_dict()["record"] is None


def test_an_unknown_moment_names_the_known(study):
    with pytest.raises(SpecificationError, match="open"):
        score(study, made="opne")
