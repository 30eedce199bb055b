"""A run that is stopped leaves nothing behind, and earlier results as they were."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import left_in
from small_study import STUDY, write_study

from eventstudy.io import replacing
from eventstudy.study import results


@pytest.mark.slow
@pytest.mark.parametrize("kind", [KeyboardInterrupt, OSError, RuntimeError])
def test_a_run_stopped_while_it_writes_leaves_nothing(run, tmp_path, monkeypatch, kind):
    def report(self, path, **options):
        assert Path(path).parents[1].name.startswith(".out-")
        raise kind(28, "No space left on device") if kind is OSError else kind

    monkeypatch.setattr(results.EventStudyResults, "report", report)
    code, out, err = run("run", write_study(tmp_path / "in"), "--out", tmp_path / "out")
    assert code == {KeyboardInterrupt: 130, OSError: 2, RuntimeError: 1}[kind]
    assert err.count("\n") == 1
    assert "6 events in 2 markets" in out, "the answers were told before"
    assert "Report:" not in out
    assert left_in(tmp_path) == {"in"}


@pytest.mark.slow
@pytest.mark.parametrize("kind", [KeyboardInterrupt, OSError])
def test_earlier_results_survive_a_run_that_fails(run, tmp_path, monkeypatch, kind):
    study, out = write_study(tmp_path / "in"), tmp_path / "out"
    assert run("run", study, "--out", out, "-q") == (0, "", "")
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    rename = Path.rename

    def stopped(self, target):
        if Path(target).name == "out" and not self.name == "was":
            raise kind(5, "Input/output error") if kind is OSError else kind
        return rename(self, target)

    monkeypatch.setattr(replacing, "exchange", lambda first, second: False)
    monkeypatch.setattr(Path, "rename", stopped)
    code, _, err = run("run", study, "--out", out)
    assert (code, err.count("\n")) == (130 if kind is KeyboardInterrupt else 2, 1)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert left_in(tmp_path) == {"in", "out"}


# The command, but it stays for a minute where it is to be killed, and says when it is there.
STAYING = """
import pathlib, signal, sys, time
from eventstudy import EventStudy, cli
from eventstudy.study.results import EventStudyResults
def stay(*_, **__):
    pathlib.Path({there!r}).touch()
    time.sleep(60)
place = {{"computing": EventStudy, "writing": EventStudyResults}}["{moment}"]
setattr(place, {{"computing": "fit", "writing": "report"}}["{moment}"], stay)
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in a shell's background
sys.argv[1:] = {words!r}
cli.main()
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("moment", ["computing", "writing"])
def test_a_killed_run_leaves_no_folder(tmp_path, number, moment):
    words = ["run", str(write_study(tmp_path / "in")), "--out", str(tmp_path / "out")]
    marker = tmp_path / "in" / "there"
    code = STAYING.format(moment=moment, words=words, there=str(marker))
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        stop = time.monotonic() + 60
        while not marker.exists() and process.poll() is None and time.monotonic() < stop:
            time.sleep(0.01)
        before = left_in(tmp_path) - {"in"}
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert bool(out) == (moment == "writing"), "the answers were told before"
    assert out.startswith(b"Six events") or not out
    assert len(before) == (moment == "writing")
    assert all(name.startswith(".out-") for name in before)
    if number == signal.SIGKILL:
        assert process.returncode == -9
        assert left_in(tmp_path) - {"in"} == before
    else:
        assert process.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143}[number]
        assert left_in(tmp_path) == {"in"}
        message = b"eventstudy: interrupted; what was not complete was not written\n"
        assert err == (message if number == signal.SIGINT else b"")


def children_of(process: int) -> set[str]:
    """Return the processes that a process started, and those they started."""
    listed = Path(f"/proc/{process}/task/{process}/children")
    own = set(listed.read_text().split()) if listed.exists() else set()
    return own.union(*(children_of(int(child)) for child in own))


def is_running(process: str) -> bool:
    state = Path(f"/proc/{process}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="who is whose child")
def test_ctrl_c_ends_the_processes_of_a_run(tmp_path):
    text = STUDY.replace("draws = 20", "draws = 20000").replace(
        '"portfolio_t"]', '"placebo", "crude_dependence"]'
    )
    words = ["run", str(write_study(tmp_path / "in", text)), "--out", str(tmp_path / "out")]
    command = [sys.executable, "-m", "eventstudy", *words, "--jobs", "2"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        stop, workers = time.monotonic() + 120, set()
        while len(workers) < 3 and process.poll() is None and time.monotonic() < stop:
            time.sleep(0.05)
            workers = children_of(process.pid)
        assert len(workers) >= 3, "two of them and what watches over them"
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert out.startswith(b"Six events"), "the answers were told before"
    assert err == b"eventstudy: interrupted; what was not complete was not written\n"
    assert left_in(tmp_path) == {"in"}
    stop = time.monotonic() + 20
    while any(map(is_running, workers)) and time.monotonic() < stop:
        time.sleep(0.1)
    assert not any(map(is_running, workers))
