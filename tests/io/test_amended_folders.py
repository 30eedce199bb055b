from __future__ import annotations

import pytest

from eventstudy.exceptions import SourceError
from eventstudy.io.folders import amend_folder


def test_a_file_that_comes_meanwhile_stays(tmp_path):
    folder = tmp_path / "data"
    amend_folder(folder, lambda work: (work / "a.txt").write_text("1"))

    def change(work):
        (work / "a.txt").write_text("2")
        (folder / "late.txt").write_text("mine")

    amend_folder(folder, change)
    assert (folder / "late.txt").read_text() == "mine"
    assert (folder / "a.txt").read_text() == "2"


def test_a_folder_is_amended_whole_or_not_at_all(tmp_path):
    folder = tmp_path / "data"

    def write(work):
        (work / "a.txt").write_text("1")

    amend_folder(folder, write)
    (folder / "mine.txt").write_text("mine")

    def change(work):
        (work / "a.txt").write_text("2")

    amend_folder(folder, change)
    assert {path.name: path.read_text() for path in folder.iterdir()} == {
        "a.txt": "2", "mine.txt": "mine",
    }  # fmt: skip

    def fail(work):
        (work / "a.txt").write_text("3")
        raise OSError(28, "No space left on device")

    with pytest.raises(SourceError, match="No space left"):
        amend_folder(folder, fail)
    assert (folder / "a.txt").read_text() == "2"
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
