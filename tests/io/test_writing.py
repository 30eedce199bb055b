"""Files written whole or not at all."""

from __future__ import annotations

import os
import stat
import threading
import time

import pytest

from eventstudy.exceptions import SourceError
from eventstudy.io import writing
from eventstudy.io.writing import is_part, whole_file, write_bytes, write_text


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_when_it_is_complete(tmp_path):
    target = tmp_path / "a.csv"
    target.write_text("old")
    with whole_file(target) as part:
        part.write_text("new")
        assert target.read_text() == "old"
        assert part.parent == tmp_path
    assert target.read_text() == "new"
    assert names(tmp_path) == ["a.csv"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_file_that_is_not_finished_leaves_the_earlier_one(tmp_path, error):
    target = tmp_path / "a.csv"
    target.write_text("old")

    def stop_half_way():
        with whole_file(target) as part:
            part.write_text("half")
            raise error

    with pytest.raises(error):
        stop_half_way()
    assert target.read_text() == "old"
    assert names(tmp_path) == ["a.csv"]


def test_what_an_interrupted_run_left_is_no_part_of_the_next(tmp_path):
    target = tmp_path / "a.csv"
    with whole_file(target) as part:
        part.write_text("old")
    part.write_text("left over")
    with whole_file(target) as again, again.open("a") as file:
        file.write("new")
    assert target.read_text() == "new"


def test_text_keeps_its_line_ends_and_is_utf_8(tmp_path):
    write_text(tmp_path / "a.txt", "é\r\nb\n")
    assert (tmp_path / "a.txt").read_bytes() == b"\xc3\xa9\r\nb\n"


def test_what_cannot_be_written_is_named(tmp_path):
    with pytest.raises(SourceError, match=r"a\.txt: cannot be written \(No such file"):
        write_text(tmp_path / "none" / "a.txt", "x")
    with pytest.raises(SourceError, match=r"cannot be written \(Is a directory\)"):
        write_text(tmp_path, "x")
    write_text(os.devnull, "x")  # a device is written to, not replaced
    assert names(tmp_path) == []


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_where_the_part_would_be_is_not_followed(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / ".a.csv.part").symlink_to(victim)
    write_text(tmp_path / "a.csv", "new")
    assert victim.read_text() == "mine"
    assert (tmp_path / "a.csv").read_text() == "new"
    assert (tmp_path / ".a.csv.part").is_symlink()


def test_two_writers_of_one_target_both_succeed(tmp_path):
    target = tmp_path / "a.csv"
    with whole_file(target) as one:
        one.write_text("one")
        with whole_file(target) as two:
            two.write_text("two")
            assert one != two
            assert all(is_part(part.name, "a.csv") for part in (one, two))
        assert target.read_text() == "two"
    assert target.read_text() == "one"
    assert names(tmp_path) == ["a.csv"]


def test_what_was_left_a_day_ago_is_removed_and_what_is_written_now_is_not(tmp_path):
    left = tmp_path / ".a.csv.part"
    left.write_text("left over")
    write_text(tmp_path / "a.csv", "new")
    assert left.exists()
    other = tmp_path / ".a.csv.0123456789ab.part"  # of a second writer that was killed
    other.write_text("left over")
    old = time.time() - 25 * 3600
    for path in (left, other):
        os.utime(path, (old, old))
    write_text(tmp_path / "a.csv", "newer")
    assert names(tmp_path) == ["a.csv"]
    assert not is_part("a.csv", "a.csv")


def test_a_long_name_leaves_room_for_what_is_added(tmp_path):
    target = tmp_path / ("\N{GRINNING FACE}" * 60)
    with whole_file(target) as part, whole_file(target) as other:
        part.write_text("a")
        other.write_text("b")
    assert target.read_text() == "a"


@pytest.mark.skipif(os.name == "nt", reason="rights are others there")
@pytest.mark.parametrize(("mask", "rights"), [(0o077, 0o600), (0o022, 0o644)])
def test_a_new_file_has_the_rights_the_process_gives_and_an_old_one_keeps_its_own(
    tmp_path, mask, rights
):
    before = os.umask(mask)
    try:
        write_text(tmp_path / "a", "x")
        write_bytes(tmp_path / "b", b"x")
        (tmp_path / "a").chmod(0o640)
        write_text(tmp_path / "a", "y")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == rights
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


@pytest.mark.skipif(os.name == "nt", reason="such a file is not replaced there")
def test_a_file_that_allows_no_writing_is_replaced_and_keeps_its_rights(tmp_path, monkeypatch):
    target = tmp_path / "a"
    target.write_text("old")
    target.chmod(0o444)
    sync = writing.sync_file

    def synced(part):
        assert part.stat().st_mode & stat.S_IWUSR, "it could not be opened to be synced"
        sync(part)

    monkeypatch.setattr(writing, "sync_file", synced)
    write_text(target, "new")
    assert target.read_text() == "new"
    assert not target.stat().st_mode & stat.S_IWUSR


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such pipes there")
def test_a_pipe_is_written_to_where_somebody_reads_it(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for write, content in ((write_text, "é"), (write_bytes, b"x")):
        with pytest.raises(SourceError, match="is a pipe that nobody reads"):
            write(pipe, content)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_text(pipe, "é")
    assert os.read(reader, 10) == "é".encode()
    os.close(reader)
    read = []
    waiting = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    waiting.start()
    while not read:  # a megabyte is more than a pipe holds at once
        try:
            write_bytes(pipe, b"x" * 1_000_000)
        except SourceError:
            continue
        break
    waiting.join()
    assert read == [b"x" * 1_000_000]
    assert pipe.is_fifo()


def test_what_is_written_is_on_the_disk_before_it_takes_its_place(tmp_path, monkeypatch):
    calls = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda number: calls.append("fsync") or fsync(number))
    monkeypatch.setattr(os, "replace", lambda *ends: calls.append("replace") or replace(*ends))
    write_text(tmp_path / "a", "x")
    assert calls[:2] == ["fsync", "replace"]
