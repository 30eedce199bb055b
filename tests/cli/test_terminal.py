"""What is written to a terminal: lines, JSON, the progress of a command."""

from __future__ import annotations

import io
import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from eventstudy.cli.terminal import Talk, print_json, progress, write_data, write_line
from eventstudy.exceptions import SpecificationError


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


def test_a_log_has_signs_of_life_unless_quiet(monkeypatch, capsys):
    monkeypatch.setenv("EVENTSTUDY_PAUSE", "0")
    for talk in (Talk(quiet=True), Talk()):
        with progress(talk) as step:
            step("aligning", 1, 3)
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "eventstudy: after 0 s: aligning, 1 of 3\n")


def test_signs_of_life_are_as_far_apart_as_the_environment_says(monkeypatch):
    monkeypatch.setenv("EVENTSTUDY_PAUSE", "soon")
    with pytest.raises(SpecificationError, match="must be whole seconds"), progress(Talk()):
        pass
    monkeypatch.setenv("EVENTSTUDY_PAUSE", "none")
    with progress(Talk()) as step:
        assert step._next == math.inf
    monkeypatch.delenv("EVENTSTUDY_PAUSE")
    with progress(Talk()) as step:
        assert step._next - step._began == 10.0


def test_a_line_is_bounded_and_keeps_its_end(capsys):
    write_line("x" * 100_000 + " name another")
    err = capsys.readouterr().err
    assert len(err) < 5000
    assert err.endswith("name another\n")


def test_a_long_message_is_broken_between_words_on_a_terminal_alone(monkeypatch, capsys):
    said = "one of talk_signal, tariff_threat and tariff_announced; " * 6
    write_line(said)
    assert capsys.readouterr().err.count("\n") == 1, "a pipe gets it on one line"
    screen = Terminal()
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys, "stderr", screen)
    write_line(said)
    lines = screen.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert all(line.startswith("  ") for line in lines[1:])
    assert " ".join(" ".join(lines).split()) == f"eventstudy: {said}".strip()


HOSTILE = "a\x1b[2Jb\x9b31m\u202ec\u2066d\u200be\rf"


def test_what_is_said_does_nothing_to_a_terminal(capsys):
    talk = Talk()
    talk.say(f"{HOSTILE}\n2")
    talk.note(HOSTILE)
    assert capsys.readouterr() == ("a[2Jb31mcdef\n2\n", "eventstudy: a[2Jb31mcde f\n")


def test_bytes_of_a_name_that_are_no_utf_8_are_shown(capsys):
    Talk().say("Report: \udcfeout")
    Talk().note("\udcfe.csv: no such file")
    assert capsys.readouterr() == (
        "Report: \\udcfeout\n",
        "eventstudy: \\udcfe.csv: no such file\n",
    )


def test_json_holds_every_letter_and_shows_none_that_is_unseen(capsys):
    print_json({"headline": f"{HOSTILE}日本\u3000😀"})
    shown = capsys.readouterr().out
    assert json.loads(shown)["headline"] == f"{HOSTILE}日本\u3000😀"
    assert all(letter.isprintable() or letter in "\n\u3000" for letter in shown)
    assert "日本\u3000😀" in shown


def test_a_file_is_written_byte_for_byte_but_to_a_terminal(capsys, monkeypatch):
    write_data("a\tb\u202e\n", nl=False)
    assert capsys.readouterr().out == "a\tb\u202e\n"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    write_data("a\tb\u202e\n", nl=False)
    assert capsys.readouterr().out == "a b\n"


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
@pytest.mark.parametrize(
    ("words", "code"), [("list statistics --json", 0), ("list nonsense", 2), ("--help", 0)]
)
@pytest.mark.parametrize(
    ("closed", "is_full"),
    [(">&-", False), ("2>&-", False), (">&- 2>&- <&-", False), (">/dev/full", True),
     ("2>/dev/full", False), ("| head -c 1", False)],
)  # fmt: skip
def test_streams_that_are_closed_or_full_are_no_fault_of_ours(words, code, closed, is_full):
    line = f"{sys.executable} -m eventstudy {words} {closed}; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["/bin/bash", "-c", line], capture_output=True, text=True, check=False)
    assert done.returncode == (2 if is_full else code)
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr
    assert ("No space left" in done.stderr) == (is_full and code == 0)
