"""What is written to a terminal: the progress of a command."""

from __future__ import annotations

import io
import sys

from eventstudy.cli.terminal import Talk, progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_for_terminals(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with progress(Talk()) as step:
        step("aligning news and sessions", 0, 1)
        step("testing against placebo dates", 6, 12)
    drawn = screen.getvalue().split("\r")
    assert max(map(len, drawn)) == 79
    assert "testing against placebo dates  [############------------] 6/12" in screen.getvalue()
    assert drawn[-2].strip() == "", "the line is wiped in the end"
    for quiet, stream in ((True, Terminal()), (False, io.StringIO())):
        monkeypatch.setattr(sys, "stderr", stream)
        with progress(Talk(quiet=quiet)) as step:
            step("aligning", 0, 1)
        assert stream.getvalue() == ""
