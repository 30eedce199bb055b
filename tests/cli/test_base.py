"""What commands share: switches, the format of the report, folders checked before work begins."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import click
import pytest

from eventstudy import Execution
from eventstudy.cli import _use_one_thread, cli
from eventstudy.cli.base import (
    execution_of,
    execution_options,
    format_option,
    is_same_file,
    or_automatic,
    results_folder,
    verbosity_options,
)
from eventstudy.cli.terminal import Talk
from eventstudy.exceptions import SourceError, SpecificationError
from eventstudy.execution.execution import JOBS_VARIABLE
from eventstudy.io.folders import STUDY


@click.command()
@format_option
@verbosity_options
def command(formats):
    """Return the formats."""
    return formats


@pytest.mark.parametrize(
    ("words", "switches"),
    [([], (False, False)), (["-q"], (True, False)), (["--verbose"], (False, True))],
)
def test_switches_are_set_before_a_command_runs(words, switches):
    talk = Talk()
    command.main(words, obj=talk, standalone_mode=False)
    assert (talk.quiet, talk.verbose) == switches


def _commands(group, path=""):
    for name, each in group.commands.items():
        yield from (
            _commands(each, f"{path}{name} ")
            if hasattr(each, "commands")
            else [(path + name, each)]
        )


def test_every_command_that_writes_takes_the_same_options_for_where():
    where = [
        (name, parameter.opts)
        for name, each in _commands(cli)
        for parameter in each.params
        if parameter.name in ("out", "output")
    ]
    assert len(where) > 15
    assert [name for name, opts in where if opts != ["-o", "--out", "--output"]] == []


@pytest.mark.parametrize(
    ("words", "chosen"), [([], ("html",)), (["--format", "md,html, md"], ("md", "html"))]
)
def test_formats_of_the_report(words, chosen):
    assert command.main(words, obj=Talk(), standalone_mode=False) == chosen


@pytest.mark.parametrize("words", ["", "htm", "html,doc"])
def test_unknown_formats_are_refused(words):
    with pytest.raises(SpecificationError, match="unknown format"):
        command.main(["--format", words], obj=Talk(), standalone_mode=False)


@click.command()
@execution_options
def working(jobs, cluster):
    """Return where the work is done."""
    return execution_of(jobs, cluster)


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        ([], None),
        (["--jobs", "2"], Execution(jobs=2)),
        (["--jobs", "all"], Execution(jobs=0)),
        (["--jobs", "auto"], Execution(jobs="auto")),
        (["--cluster", "tcp://10.0.0.5:8786"], Execution(cluster="tcp://10.0.0.5:8786")),
    ],
)
def test_where_the_work_is_done(words, chosen):
    assert working.main(words, standalone_mode=False) == chosen


def test_the_command_takes_as_many_processes_as_pay_where_nobody_says(monkeypatch):
    monkeypatch.delenv(JOBS_VARIABLE, raising=False)
    assert or_automatic(None, None) == Execution(jobs="auto")
    assert or_automatic(Execution(jobs=1), None) == Execution(jobs=1)
    assert or_automatic(None, Execution()) is None
    monkeypatch.setenv(JOBS_VARIABLE, "1")
    assert or_automatic(None, None) is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--jobs", "-1"], "--jobs: a whole number from 0, all or auto, got '-1'"),
        (["--cluster", "10.0.0.5"], "--cluster: execution.cluster '10.0.0.5' is no address"),
        (["--jobs", "2", "--cluster", "tcp://a:1"], "--jobs and --cluster exclude each other"),
    ],
)
def test_where_no_work_can_be_done(words, message):
    with pytest.raises(SpecificationError, match=re.escape(message)):
        working.main(words, standalone_mode=False)


def test_two_paths_of_one_file(tmp_path):
    (tmp_path / "a").write_text("x")
    (tmp_path / "link").symlink_to("a")
    assert is_same_file(str(tmp_path / "a"), str(tmp_path / "link"))
    assert not is_same_file(str(tmp_path / "a"), str(tmp_path / "none"))
    assert not is_same_file(str(tmp_path / "none"), str(tmp_path / "none"))


def test_a_folder_for_results_is_checked_and_not_made(tmp_path):
    target = tmp_path / "new" / "deeper"
    assert results_folder(str(target), STUDY, []) == target
    assert not (tmp_path / "new").exists()
    (tmp_path / "file").write_text("x")
    with pytest.raises(SourceError, match="is not a folder open to writing"):
        results_folder(str(tmp_path / "file" / "out"), STUDY, [])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "1"),
        ({"OPENBLAS_NUM_THREADS": "3"}, "3"),
        ({"OMP_NUM_THREADS": "4"}, None),
        ({"MKL_NUM_THREADS": "2"}, None),
    ],
)
def test_linear_algebra_takes_one_thread_unless_the_environment_says_otherwise(
    given, expected, monkeypatch
):
    names = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "OMP_NUM_THREADS")
    for name in names:
        monkeypatch.setenv(name, "x")  # so that whatever is set is taken back
        monkeypatch.delenv(name)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    _use_one_thread()
    assert os.environ.get("OPENBLAS_NUM_THREADS") == expected


def test_a_command_begins_without_numpy():
    code = "import sys, eventstudy.cli; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
