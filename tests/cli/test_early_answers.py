"""The answers of a run are told before its tables are made, and once."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest
from small_study import with_line, write_study

from eventstudy.cli.early_answers import EarlyAnswers, results_in
from eventstudy.cli.terminal import Talk
from eventstudy.cli.views import summary_of
from eventstudy.io.progress import TerminalLine, no_progress
from eventstudy.study.results import EventStudyResults, load_results


class Told:
    """Answers, and what reading them assumed."""

    assumed = ("A is B",)

    def answers(self, *, width, is_full):
        return f"answers {width} {is_full}"


@pytest.mark.slow
def test_answers_stand_before_the_report_is_written(run, tmp_path, monkeypatch, capsys):
    seen = []
    save = EventStudyResults.save

    def saved(self, *arguments, **options):
        seen.append(capsys.readouterr().out)
        return save(self, *arguments, **options)

    monkeypatch.setattr(EventStudyResults, "save", saved)
    out = tmp_path / "out"
    code, rest, _ = run("run", write_study(tmp_path / "in"), "--out", out)
    (early,) = seen
    whole = summary_of(load_results(out))
    assert code == 0
    assert early.endswith("\n")
    assert whole.startswith(early)
    assert "6 events in 2 markets" in early
    assert early + rest == f"{whole}\n\nReport: {out / 'report.html'}\n"


@pytest.mark.slow
@pytest.mark.parametrize("option", ["--json", "-q"])
def test_nothing_is_told_early_where_the_answers_are_not_asked_for(
    run, tmp_path, monkeypatch, option
):
    monkeypatch.setattr(EarlyAnswers, "__call__", lambda self, study: pytest.fail("told"))
    study = write_study(tmp_path / "in", with_line("by", "by = []"))
    code, out, err = run("run", study, "--out", tmp_path / "out", option)
    assert code == 0, err
    assert out[:1] == ("{" if option == "--json" else "")


def test_where_results_are_is_said_when_nobody_reads_on(tmp_path, capsys):
    with pytest.raises(BrokenPipeError), results_in(Talk(), tmp_path):
        raise BrokenPipeError(32, "Broken pipe")
    said = f"the output was not read to its end; the results are in {tmp_path}"
    assert capsys.readouterr().err == f"eventstudy: {said}\n"


@pytest.mark.slow
def test_a_run_whose_output_is_cut_off_writes_its_results(tmp_path):
    study, out = write_study(tmp_path / "in"), tmp_path / "out"
    line = f"{sys.executable} -m eventstudy run {study} --out {out} | head -n 1"
    done = subprocess.run(["/bin/bash", "-c", line], capture_output=True, text=True, check=False)
    assert done.stdout.count("\n") == 1
    assert f"the results are in {out}" in done.stderr
    assert "Traceback" not in done.stderr
    assert load_results(out).answers()


def test_a_line_of_progress_makes_room_and_goes_on(capsys):
    stream = io.StringIO()
    line = TerminalLine(stream, patience=0.0)
    line("estimating", 0, 1)
    early = EarlyAnswers(Talk(), line)
    assert not early.are_said
    early(Told())
    assert early.are_said
    assert stream.getvalue().rstrip(" \r") == stream.getvalue().split("0/1")[0] + "0/1"
    assert capsys.readouterr() == (
        "answers 80 False\n", "eventstudy: A is B\neventstudy: tables and report follow\n",
    )  # fmt: skip
    assert early.has_notes
    piped = EarlyAnswers(Talk(verbose=True), no_progress)
    piped(Told())
    assert not piped.has_notes
    assert capsys.readouterr() == ("answers 80 True\n", "")


@pytest.mark.parametrize("error", [BrokenPipeError(32, "Broken pipe"), OSError(28, "No space")])
def test_answers_that_nobody_can_read_end_the_run_when_its_work_is_done(error):
    class Closed(Talk):
        def say(self, text):
            raise error

    early = EarlyAnswers(Closed(), no_progress)
    early.end()
    early(Told())
    assert early.are_said
    with pytest.raises(type(error), match=str(error.strerror)):
        early.end()
