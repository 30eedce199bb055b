"""The script that measures large work: each piece is carried out, small, and measured."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from loaded_script import loaded_script

pytestmark = pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="no Linux")


load = loaded_script("benchmarks/load.py")
HOLDS = "import time; held = b'x' * {size}; time.sleep(1); print('done'); raise SystemExit(3)"


def python(code):
    return [sys.executable, "-c", code]


@pytest.mark.slow
def test_memory_code_and_last_words_of_a_command():
    taken = load.carried_out(python(HOLDS.format(size=100_000_000)))
    assert 100e6 < taken.n_bytes < 150e6
    assert (taken.code, taken.said, taken.is_ended) == (3, "done", False)


@pytest.mark.slow
def test_memory_of_what_a_command_begins_is_counted():
    inner = HOLDS.format(size=60_000_000)
    code = (
        "import subprocess, sys\n"
        f"begun = [subprocess.Popen([sys.executable, '-c', {inner!r}]) for _ in 'ab']\n"
        "[each.wait() for each in begun]"
    )
    assert load.carried_out(python(code)).n_bytes > 120e6


@pytest.mark.slow
def test_what_takes_too_much_is_ended_and_said(tmp_path):
    taken = load.carried_out(python(HOLDS.format(size=200_000_000)), 50e6)
    assert taken.is_ended
    assert taken.code < 0
    row = load.row_of("much", next(iter(load.LOADS.values())), taken, tmp_path)
    assert row[-1] == "ended for its memory"


@pytest.mark.slow
@pytest.mark.parametrize("name", load.LOADS)
def test_every_piece_of_work_is_done_small(tmp_path, name):
    work = load.LOADS[name]
    work.prepare(tmp_path, 0.002)
    words = [word.format(at=tmp_path) for word in work.words]
    taken = load.carried_out([sys.executable, "-m", "eventstudy", *words])
    assert taken.code == 0, taken.said
    row = load.row_of(name, work, taken, tmp_path)
    assert row[-1].count(" MB") == len(work.made)
    assert min(map(load.size_of, (tmp_path / made for made in work.made))) > 0
