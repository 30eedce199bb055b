"""Every command that writes, where its target or its machine is not as it should be."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import pwd
import tempfile
import time

import pytest
from writing_commands import WRITINGS

from eventstudy.cli import invoke

pytestmark = [
    pytest.mark.fast_tests(2),
    pytest.mark.filterwarnings("ignore::eventstudy.EventStudyWarning"),
]

FILES = {name for name, writing in WRITINGS.items() if "." in writing.target}
"""Commands that write one file; the others write a folder."""


@pytest.fixture
def writes(tmp_path, monkeypatch, capfd):
    """Run a command by its name; return its exit code and what it says, a line if it fails."""
    root = tmp_path / "there"
    root.mkdir()

    def writes_(name, out=None, *, earlier=False):
        writing = WRITINGS[name]
        inputs = tmp_path / f"in-{name}"
        if not inputs.exists():
            writing.prepare(inputs)
            writing.patch(monkeypatch.setattr)
        words = writing.words_in(inputs, out or root / writing.target, earlier=earlier)
        code = invoke(words)
        said = capfd.readouterr().err
        assert code in (0, 2), said
        if code:
            assert said.count("eventstudy: ") - said.count("warning: ") == 1, said
            assert "internal error" not in said
        return code, said

    writes_.root = root
    return writes_


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.readlink() if path.is_symlink()
        else "folder" if path.is_dir() else "pipe" if path.is_fifo() else path.read_bytes()
        for path in folder.rglob("*")
    }  # fmt: skip


def named(names):
    return pytest.mark.parametrize("name", [name for name in names if name != "report"])


@named(sorted(set(WRITINGS) - FILES))
def test_a_file_where_a_folder_is_to_be(writes, name):
    out = writes.root / "out"
    out.write_text("mine")
    code, said = writes(name)
    assert code == 2
    assert str(out) in said
    assert contents(writes.root) == {"out": b"mine"}


@named(sorted(FILES))
def test_a_folder_where_a_file_is_to_be(writes, name):
    out = writes.root / WRITINGS[name].target
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    before = contents(writes.root)
    code, said = writes(name)
    assert code == 2
    assert str(out) in said
    assert contents(writes.root) == before


@named(sorted(set(WRITINGS) - FILES - {"init"}))
def test_a_folder_of_somebody_elses(writes, name):
    out = writes.root / "out"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    before = contents(writes.root)
    code, said = writes(name)
    assert code == 2
    assert "notes.txt" in said
    assert contents(writes.root) == before


@named(sorted(set(WRITINGS) - FILES))
def test_a_link_to_a_folder_stays_one(writes, tmp_path, name):
    (tmp_path / "real").mkdir()
    (writes.root / "out").symlink_to(tmp_path / "real")
    assert writes(name)[0] == 0
    assert (writes.root / "out").is_symlink()
    assert WRITINGS[name].state(tmp_path / "real") is not None
    assert set(contents(writes.root)) == {"out"}


@named(sorted(FILES))
def test_what_a_link_to_a_file_leads_to_stays(writes, tmp_path, name):
    (tmp_path / "mine.csv").write_text("mine")
    (writes.root / WRITINGS[name].target).symlink_to(tmp_path / "mine.csv")
    writes(name)
    assert (tmp_path / "mine.csv").read_text() == "mine"


@named(sorted(WRITINGS))
def test_a_link_that_leads_nowhere_makes_nothing_elsewhere(writes, tmp_path, name):
    (writes.root / WRITINGS[name].target).symlink_to(tmp_path / "nowhere")
    code, _ = writes(name)
    assert (code == 0) == (name in FILES)
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such pipes there")
@named(sorted(WRITINGS))
def test_a_pipe_that_nobody_reads_is_not_waited_for(writes, name):
    out = writes.root / WRITINGS[name].target
    os.mkfifo(out)
    code, said = writes(name)
    assert code == 2
    assert str(out) in said
    assert contents(writes.root) == {out.name: "pipe"}


@named(sorted(WRITINGS))
def test_a_target_below_a_file(writes, name):
    (writes.root / "file").write_text("mine")
    code, said = writes(name, writes.root / "file" / WRITINGS[name].target)
    assert code == 2
    assert str(writes.root / "file") in said
    assert contents(writes.root) == {"file": b"mine"}


@named(sorted(WRITINGS))
def test_no_home_no_temporary_folder_and_no_cache(writes, monkeypatch, name):
    def nobody(_):
        raise KeyError("no such user")

    def none():
        raise FileNotFoundError(2, "No usable temporary directory found")

    for variable in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("EVENTSTUDY_CACHE", "/dev/null/cache")
    with monkeypatch.context() as patched:
        patched.setattr(pwd, "getpwuid", nobody)
        patched.setattr(tempfile, "tempdir", None)
        patched.setattr(tempfile, "_get_default_tempdir", none)
        code, said = writes(name)
    if name == "news fetch":  # reads a body from a file, as all readers of news do
        assert "No usable temporary directory found" in said
        return
    assert code == 0, said
    assert WRITINGS[name].state(writes.root / WRITINGS[name].target) is not None


def jumping(offsets):
    """Return a class of times whose `now` is off by each of some seconds in turn."""
    real, turns = dt.datetime, itertools.cycle(offsets)

    class Meta(type):
        def __instancecheck__(cls, value):
            return isinstance(value, real)

        def __subclasscheck__(cls, other):
            return issubclass(other, real)

    class Jumping(real, metaclass=Meta):
        @classmethod
        def now(cls, tz=None):
            return real.now(tz) + dt.timedelta(seconds=next(turns))

    return Jumping


@named(sorted(WRITINGS))
def test_a_clock_that_jumps_back_and_forth(writes, monkeypatch, name):
    offsets = [0, 40_000_000, -40_000_000, 5, -3600]
    plain, turns = time.time, itertools.cycle(offsets)
    monkeypatch.setattr(time, "time", lambda: plain() + next(turns))
    monkeypatch.setattr(dt, "datetime", jumping(offsets))
    for _ in range(2):  # the second goes on from what the first wrote, or replaces it
        code, said = writes(name)
        assert code == 0 or "is there already" in said, said
    assert WRITINGS[name].state(writes.root / WRITINGS[name].target) is not None


def test_a_cut_off_memory_of_news_or_a_watch_is_not_written_over(writes):
    for name in ("watch", "news fetch"):
        out = writes.root / name
        assert writes(name, out)[0] == 0
        memory = out / "manifest.json"
        memory.write_bytes(memory.read_bytes()[:-20])
        before = contents(out)
        code, said = writes(name, out)
        assert code == 2
        assert str(out) in said
        assert contents(out) == before
