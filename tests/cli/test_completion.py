"""What a shell is offered at the cursor, asked as a shell asks."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from command_line import COMMAND

from eventstudy.cli.completion import _SHELLS, VARIABLE


@pytest.fixture
def offered(run, monkeypatch):
    """What is offered for the last of the words, as bash reads it: kind, name."""

    def ask(*words: str) -> list[str]:
        monkeypatch.setenv("COMP_WORDS", " ".join(("eventstudy", *words)))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        monkeypatch.setenv(VARIABLE, "bash_complete")
        code, out, err = run()
        assert (code, err) == (0, "")
        return out.splitlines()

    return ask


def test_commands_options_and_words_of_help_are_offered(offered):
    assert offered("cal") == ["plain,calibrate"]
    assert offered("run", "--stri") == ["plain,--strict"]
    assert offered("list", "m") == ["plain,markets", "plain,models"]
    assert offered("events", "b") == ["plain,build"]


def test_a_list_is_completed_after_its_last_comma_and_without_what_it_has(offered):
    assert offered("align", "e.csv", "--markets", "N225,H") == ["plain,N225,HSI", "plain,N225,HSCE"]
    assert "plain,HSI,HSI" not in offered("align", "e.csv", "--markets", "HSI,")
    assert "plain,mean_square" in offered("calibrate", "--statistics", "me")


def test_files_and_folders_are_left_to_the_shell(offered):
    assert offered("run", "stu") == ["file,stu"]
    assert offered("report", "out") == ["dir,out"]
    assert offered("events", "build", "a.csv", "b") == ["file,b"]


def test_a_word_of_which_nothing_is_known_gets_no_offer(offered):
    assert offered("prices", "check", "--date-format", "d") == [""]


def test_a_zone_is_offered(offered):
    assert offered("events", "build", "n.csv", "--timezone", "Asia/Hong") == [
        "plain,Asia/Hong_Kong"
    ]


@pytest.mark.parametrize("shell", _SHELLS)
def test_every_shell_has_its_script(run, shell):
    code, out, err = run("completion", shell)
    assert (code, err) == (0, "")
    assert VARIABLE in out
    assert f"{shell}_complete" in out


def test_an_unknown_shell_is_named(run):
    code, out, err = run("completion", "tcsh")
    assert (code, out) == (2, "")
    assert "unknown shell 'tcsh'" in err


@pytest.mark.slow
def test_bash_itself_completes(tmp_path):
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash")
    (tmp_path / "eventstudy").write_text(f'#!/bin/sh\nexec {" ".join(COMMAND)} "$@"\n', "utf-8")
    (tmp_path / "eventstudy").chmod(0o755)
    script = (
        'eval "$(eventstudy completion bash)"; COMP_WORDS=(eventstudy list st); COMP_CWORD=2; '
        '_eventstudy_completion eventstudy; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        [bash, "--norc", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
    )
    assert (done.stdout.split(), done.returncode) == (["statistics"], 0), done.stderr
