"""The command line as a whole: help, exit codes, faults, pipes, encodings."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import warnings
from pathlib import Path

import pytest
from command_line import COMMAND, NEWS

from eventstudy.cli import listings
from eventstudy.exceptions import EventStudyWarning


def test_help_imports_nothing_heavy():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "eventstudy", "--help"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    loaded = {
        line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()
    }
    assert {"click", "eventstudy"} <= loaded
    assert (
        loaded & {"exchange_calendars", "jinja2", "matplotlib", "numpy", "pandas", "scipy"} == set()
    )


def test_without_words_the_commands_are_listed(run):
    code, out, err = run()
    assert (code, err) == (0, "")
    listed = re.findall(r"^  (\w+)  ", out.partition("Commands:")[2], re.MULTILINE)
    assert " ".join(listed) == (
        "align calibrate completion curve data events expect import init intraday list mcp news "
        "prices "
        "replicate report run schema score watch"
    )
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize(
    "words",
    [
        ["run"],
        ["calibrate"],
        ["curve"],
        ["init"],
        ["events"],
        ["events", "build"],
        ["events", "check"],
        ["align"],
        ["intraday"],
        ["prices"],
        ["prices", "fetch"],
        ["prices", "check"],
        ["report"],
        ["list"],
    ],
)
def test_every_command_has_help_and_the_two_switches(run, monkeypatch, words):
    monkeypatch.setenv("COLUMNS", "80")
    code, out, err = run(*words, "--help")
    assert (code, err) == (0, "")
    assert "--quiet" in out
    assert "--verbose" in out
    assert max(map(len, out.splitlines())) <= 80


def test_version(run):
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
    code, out, _ = run("--version")
    assert (code, out) == (0, f"eventstudy {project['project']['version']} (market-reaction)\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["lst"], "unknown command 'lst'; did you mean 'list'?"),
        (["events"], "events: Missing command."),
        (["events", "chek"], "events: unknown command 'chek'; did you mean 'check'?"),
        (
            ["list"],
            "list: Missing argument 'markets|models|statistics|sources|dialects|keys|conventions|",
        ),
        (["list", "market"], "unknown list 'market'; did you mean 'markets'?"),
        (["run", "a.toml", "b.toml"], "run: Got unexpected extra argument (b.toml)"),
        (["run", "--format", "htm"], "unknown format 'htm'; did you mean 'html'?"),
        (["report", "here", "--format", "md,docs"], "unknown format 'docs'"),
        (["align"], "align: Missing argument 'EVENTS'."),
        (["--quite"], "No such option"),
    ],
)
def test_wrong_words_are_one_line(run, words, message):
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert err.startswith(f"eventstudy: {message}")
    assert err.count("\n") == 1


def test_our_warnings_are_one_line_each_and_others_are_not_shown(run, monkeypatch):
    def listing(what):
        for _ in range(2):
            warnings.warn("odd\nprices", EventStudyWarning, stacklevel=1)
            warnings.warn("a library grumbles", DeprecationWarning, stacklevel=1)
        return [{"name": "x", "summary": "y", "source": "z"}]

    monkeypatch.setattr(listings, "listing", listing)
    code, out, err = run("list", "models")
    assert (code, err) == (0, "eventstudy: warning: odd prices\n")
    assert "x" in out
    assert run("list", "models", "--quiet")[2] == ""
    assert run("--quiet", "list", "models")[2] == ""


def test_a_fault_of_ours_is_one_line_and_exit_code_1(run, monkeypatch):
    def listing(what):
        raise KeyError("wanted")

    monkeypatch.setattr(listings, "listing", listing)
    code, out, err = run("list", "models")
    assert (code, out) == (1, "")
    assert err == (
        "eventstudy: internal error: KeyError: 'wanted'; "
        "please report it with what --verbose shows\n"
    )
    code, _, err = run("list", "models", "--verbose")
    assert code == 1
    assert err.startswith("Traceback")
    assert "internal error" in err.splitlines()[-1]


def test_ctrl_c_is_one_line(run, monkeypatch):
    def listing(what):
        raise KeyboardInterrupt

    monkeypatch.setattr(listings, "listing", listing)
    assert run("list", "models") == (
        130,
        "",
        "eventstudy: interrupted; what was not complete was not written\n",
    )


@pytest.mark.slow
def test_a_reader_that_has_read_enough_is_no_error():
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*COMMAND, "list", "statistics", "--json"],
        stdout=writer, stderr=subprocess.PIPE, check=False, timeout=60,
    )  # fmt: skip
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_narrow_encoding_does_not_stop_a_command(news, encoding):
    news.write_text(NEWS.replace("An offer", "Ein 協議"), encoding="utf-8")
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    for word in ("--verbose", "--json"):
        done = subprocess.run(
            [*COMMAND, "align", str(news), "--markets", "HSI", word],
            capture_output=True, check=False, timeout=60, env=environment,
        )  # fmt: skip
        assert done.returncode == 0
        assert b"Traceback" not in done.stderr
        assert word == "--verbose" or done.stderr == b""
        assert b"TALKS" in done.stdout


def test_a_name_no_disk_takes_is_no_fault_of_ours(run):
    code, out, err = run("replicate", "sipemu", "--data", "a" * 5000)
    assert (code, out) == (2, "")
    assert err.startswith("eventstudy: aaa")
    assert err.endswith(": File name too long\n")
    assert len(err) < 200


def test_a_word_that_is_no_utf_8_is_no_fault_of_ours(run, monkeypatch, tmp_path):
    monkeypatch.setattr(
        listings, "listing", lambda what: (tmp_path / "a").write_text("\udcff", encoding="utf-8")
    )
    said = "eventstudy: a word or name holds bytes that are no UTF-8; write it in UTF-8\n"
    assert run("list", "models") == (2, "", said)
    monkeypatch.setattr(listings, "listing", lambda what: "\xff".encode("ascii"))
    code, _, err = run("list", "models")
    assert code == 1
    assert "internal error: UnicodeEncodeError" in err
