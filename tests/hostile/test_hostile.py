"""Whatever comes in at a door: one sentence or a result, in bounded time and memory.

The cases of a door run in a process of their own, each in a fork of it, so that one that takes too
much is measured and harms no other. Each fifth case is carried out here, and all by
``benchmarks/hostile_table.py``, which prints the counts.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hostile import rule_files, study_files
from hostile.doors import DOORS
from hostile.run import MOST_MEGABYTES, Case, Outcome, run_case

HOUSE = Path(__file__).parents[2]
EVERY = 5
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="cases run in forks")


def outcome(code=0, said="", seconds=1.0, megabytes=100.0):
    return Outcome("name", code, said, seconds, megabytes)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (outcome(0), ""),
        (outcome(2, "eventstudy: events.csv is empty"), ""),
        (outcome(1, "eventstudy: internal error: KeyError"), "exit 1"),
        (outcome(2, "Traceback (most recent call last)"), "a traceback"),
        (outcome(-signal.SIGKILL), "exit -9"),
        (outcome(-signal.SIGXCPU), "longer than"),
        (outcome(0, seconds=61), "longer than"),
        (outcome(0, megabytes=MOST_MEGABYTES + 1), "MB"),
    ],
)
def test_an_outcome_says_what_is_wrong_with_it(made, words):
    assert made.fault.startswith(words) if words in ("", "exit 1") else words in made.fault


@pytest.mark.slow
@forks
def test_a_case_that_fails_is_seen():
    def raising():
        raise KeyError("x")

    def holding():
        return len(b"x" * 300_000_000)  # zeros would take no memory

    assert run_case(Case("a", lambda _: raising)).fault == "exit 1"
    assert run_case(Case("b", lambda _: ["no-such-command"])).code == 2
    held, silent = run_case(Case("c", lambda _: holding)), run_case(Case("d", lambda _: str))
    assert held.megabytes > silent.megabytes + 200


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::eventstudy.EventStudyWarning")
def test_every_key_of_a_study_file_takes_every_value_or_refuses_it_in_a_sentence():
    tables = {name for name, _ in study_files.all_keys()}
    assert {"curve", "execution", "conventions", "cross_section", "securities", "market"} <= tables
    texts = list(study_files.texts())[::EVERY]
    n_read = sum(study_files.is_read(text) for _, _, text in texts)
    assert 0 < n_read < len(texts) / 4


@pytest.mark.filterwarnings("ignore::eventstudy.EventStudyWarning")
def test_some_values_of_some_keys_are_refused_in_a_sentence():
    texts = list(study_files.texts())[::400]
    assert not all(study_files.is_read(text) for _, _, text in texts)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::eventstudy.EventStudyWarning")
def test_every_key_of_a_rule_file_takes_every_value_or_refuses_it_in_a_sentence(tmp_path):
    texts = list(rule_files.texts())[::EVERY]
    n_read = sum(rule_files.is_read(tmp_path, text) for _, text in texts)
    assert 0 < n_read < len(texts) / 4


def test_every_door_has_cases():
    for door, cases in DOORS.items():
        if door in ("keys of a study file", "saved results"):  # made by running something first
            continue
        assert next(iter(cases())).name, door


@pytest.mark.slow
@forks
@pytest.mark.parametrize("door", DOORS)
def test_nothing_that_comes_in_at_a_door_is_an_internal_error_or_takes_too_much(door):
    done = subprocess.run(
        [sys.executable, "-m", "hostile.run", f"every={EVERY}", door],
        cwd=HOUSE, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(HOUSE), str(HOUSE / "tests")])},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2_000:]
    found = []
    for line in done.stdout.splitlines():
        told = json.loads(line)
        assert told.pop("door") == door
        found.append(Outcome(**told))
    assert len(found) > 1
    assert {one.name: one.fault for one in found if one.fault} == {}
