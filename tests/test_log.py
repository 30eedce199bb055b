"""The logger `eventstudy`: silent unless somebody listens, then what was done and how long."""

from __future__ import annotations

import logging
import re
import time

import pytest
from small_study import write_study

import eventstudy as es
from eventstudy.log import LOG, logged, stages, took


@pytest.fixture
def lines(caplog):
    caplog.set_level(logging.INFO, logger="eventstudy")
    return lambda: [record.getMessage() for record in caplog.records]


def test_a_library_says_nothing_by_itself():
    assert [type(handler) for handler in LOG.handlers] == [logging.NullHandler]
    assert LOG.level == logging.NOTSET


def test_stages_are_logged_when_they_end_and_passed_on(lines):
    seen = []
    with stages(lambda *step: seen.append(step)) as step:
        step("reading", 0, 2)
        step("reading", 1, 2)
        step("testing", 0, 1)
        assert [line.partition(":")[0] for line in lines()] == ["reading"]
    assert [line.partition(":")[0] for line in lines()] == ["reading", "testing"]
    assert len(seen) == 3


def test_what_was_done_is_logged_with_its_seconds(lines):
    took(time.perf_counter(), "drew %s %%", "it")
    (line,) = lines()
    assert re.fullmatch(r"drew it %: \d+\.\d\d s", line)


def test_what_a_function_returned_is_logged_on_one_line(lines):
    made = logged("made")(lambda text: text)
    assert made("a\nb %s " * 200) == "a\nb %s " * 200
    (line,) = lines()
    assert re.fullmatch(r"made 'a\\nb %s .{100,250}: \d+\.\d\d s", line)


@pytest.mark.slow
def test_a_study_says_what_was_read_joined_and_estimated(lines, tmp_path):
    results = es.read_study(write_study(tmp_path)).run()
    said = "\n".join(lines())
    for part in [
        "read Events(events.csv: 6 events",
        "read PricePanel prices.csv: simple returns of 3 columns",
        "aligning news and sessions: ",
        "joined 6 events with 2 markets: 12 pairs, 0 dropped; model market_model",
        "testing against placebo dates: ",
    ]:
        assert part in said
    results.save(tmp_path / "out")
    assert "drew caar: " in "\n".join(lines())
    assert lines()[-1].startswith("wrote ")


@pytest.mark.slow
def test_the_command_shows_it_where_verbose_asks_for_it(run, tmp_path):
    study = write_study(tmp_path)
    code, _, err = run("run", study, "--out", tmp_path / "out", "--verbose")
    assert code == 0
    assert "eventstudy: read Events(events.csv: 6 events" in err
    code, _, err = run("run", study, "--out", tmp_path / "out")
    assert code == 0
    assert "eventstudy: read" not in err
    assert [type(handler) for handler in LOG.handlers] == [logging.NullHandler]
