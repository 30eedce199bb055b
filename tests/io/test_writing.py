"""Files written whole or not at all."""

from __future__ import annotations

import os

import pytest

from eventstudy.exceptions import SourceError
from eventstudy.io.writing import whole_file, write_text


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
