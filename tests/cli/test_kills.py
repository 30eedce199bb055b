"""Every command that writes, killed at every step: earlier results or new ones, and a word."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from killed import CODES, killed_at_every_step
from writing_commands import WRITINGS

from eventstudy.cli import invoke

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not copied there"),
]

COSTLY = ("run", "run --stream", "calibrate", "curve", "intraday")  # seconds each time

CODE = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in a shell's background
sys.path.insert(0, {tests!r})
from writing_commands import WRITINGS
WRITINGS[{name!r}].patch(setattr)
from eventstudy import cli
sys.argv[1:] = {words!r}
cli.main()
"""


@pytest.mark.filterwarnings("ignore::eventstudy.EventStudyWarning")
@pytest.mark.parametrize("name", WRITINGS)
@pytest.mark.parametrize("has_earlier", [True, False], ids=["over earlier results", "first"])
def test_a_command_killed_anywhere_leaves_earlier_or_new_results(
    tmp_path, monkeypatch, capfd, name, has_earlier
):
    writing = WRITINGS[name]
    if name == "report" and not has_earlier:
        pytest.skip("a report is of results")
    if has_earlier and not writing.earlier:
        pytest.skip("what is there goes on, or is refused")
    inputs, root = tmp_path / "in", tmp_path / "there"
    root.mkdir()
    writing.prepare(inputs)
    out = root / writing.target
    if has_earlier:
        writing.patch(monkeypatch.setattr)
        assert invoke(writing.words_in(inputs, out, earlier=True)) == 0, capfd.readouterr().err
    code = CODE.format(
        tests=str(Path(__file__).parents[1]), name=name, words=writing.words_in(inputs, out)
    )
    steps, said, told = killed_at_every_step(
        root, code, lambda at: writing.state(at / writing.target), faults=CODES,
        most=3 if name in COSTLY else 6,
    )  # fmt: skip
    assert "No space left on device" in told["full"]
    assert "Permission denied" in told["denied"]
    assert steps >= 5
    for left, text in said:
        is_left = any("-run-" in folder for folder in left)
        assert is_left <= ("an earlier run was ended before it was done" in text), (left, text)
