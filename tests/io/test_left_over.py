"""What runs that were killed leave in folders of results and beside them, and who removes it."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from eventstudy import SourceError
from eventstudy.exceptions import EventStudyWarning
from eventstudy.io import folders
from eventstudy.io.folders import MANIFEST, replace_file, replace_folder, write_manifest
from eventstudy.io.writing import write_text


def save(target):
    """Put a folder of results at `target`."""

    def fill(folder):
        (folder / "car.csv").write_text("event_id,car\nE1,0.01\n", encoding="utf-8")
        write_manifest({"tool": "eventstudy", "seed": 7}, folder)

    return replace_folder(Path(target), fill)


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="no such signal")
def test_what_a_killed_run_left_is_removed_by_the_next_which_says_so(tmp_path):
    script = (
        "import os, pathlib, signal, sys\n"
        "from eventstudy.io.folders import replace_folder\n"
        "def fill(folder):\n"
        "    (folder / 'car.csv').write_text('half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "replace_folder(pathlib.Path(sys.argv[1]), fill)\n"
    )
    target = tmp_path / "out"
    killed = subprocess.run([sys.executable, "-c", script, str(target)], check=False)
    assert killed.returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    assert [path.name for path in left.rglob("*.csv")] == ["car.csv"]
    with pytest.warns(EventStudyWarning, match="what it left unfinished was removed"):
        save(target)
    assert names_in(tmp_path) == ["out"]


@pytest.mark.parametrize("name", [".car.csv.part", f".{MANIFEST}.0123456789ab.part"])
def test_what_a_killed_writer_of_a_result_left_goes_with_the_results(tmp_path, name):
    out = save(tmp_path / "out")
    (out / name).write_text("half")
    save(out)
    assert names_in(out) == ["car.csv", MANIFEST]
    assert names_in(tmp_path) == ["out"]


@pytest.mark.parametrize("name", [".mine.csv.part", "car.csv.part", ".car.part"])
def test_other_files_that_are_named_alike_are_somebodys_own(tmp_path, name):
    out = save(tmp_path / "out")
    (out / name).write_text("mine")
    with pytest.raises(SourceError, match=name):
        save(out)
    assert (out / name).read_text() == "mine"


def report(out, text, monkeypatch, last=None):
    """Write the two files of a report; with `last`, the process ends before that write."""
    written = itertools.count()

    def write(path, content):
        if next(written) == last:
            raise KeyboardInterrupt
        write_text(path, content)

    with monkeypatch.context() as patched:
        patched.setattr(folders, "write_text", write)
        for name in ("report_figure1.svg", "report.md"):
            replace_file(out / name, f"{name} {text}", is_listed=True)


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("has_earlier", [True, False])
@pytest.mark.parametrize("first", range(1, 6))
def test_a_report_killed_twice_between_its_files_is_a_runs_own(
    tmp_path, monkeypatch, first, has_earlier
):
    for second in range(1, 6):
        out = save(tmp_path / f"out{second}")
        if has_earlier:
            report(out, "A", monkeypatch)
        for text, last in (("B", first), ("C", second)):
            with pytest.raises(KeyboardInterrupt):
                report(out, text, monkeypatch, last)
            folders.check_folder(out)
        report(out, "D", monkeypatch)
        assert (out / "report.md").read_text("utf-8") == "report.md D"
        assert "replacing" not in json.loads((out / MANIFEST).read_text("utf-8"))
        (out / "report.md").write_text("report.md B", encoding="utf-8")
        with pytest.raises(SourceError, match="changed since"):
            report(out, "E", monkeypatch)
        (out / "report.md").unlink()
        save(out)
        assert names_in(out) == ["car.csv", MANIFEST]
