"""Folders that are mounted, and links of a folder that is amended."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from eventstudy import SourceError
from eventstudy.io import replacing
from eventstudy.io.folders import amend_folder, check_folder, replace_folder, write_manifest


def save(target, text="of the first run"):
    """Put results at `target`."""

    def fill(folder: Path) -> None:
        (folder / "car.csv").write_text(text)
        write_manifest({"tool": "eventstudy"}, folder)

    return replace_folder(target, fill)


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_mount_point_is_refused_before_the_work_with_what_would_do(tmp_path, monkeypatch):
    out = tmp_path / "out"
    out.mkdir()
    monkeypatch.setattr(Path, "is_mount", lambda path: path == out)
    for refuse in (check_folder, save):
        with pytest.raises(
            SourceError, match=r"out: is a mount point.*; name a folder in it"
        ) as it:
            refuse(out)
        assert str(out / "results") in str(it.value)
    assert names_in(tmp_path) == ["out"]
    assert (save(out / "results") / "car.csv").exists()


def test_mounts_are_those_that_the_system_lists(tmp_path, monkeypatch):
    out = tmp_path / "two words"
    out.mkdir()
    listed = str(out).replace(" ", r"\040")
    line = f"36 35 98:0 / {listed} rw,noatime shared:1 - ext4 /dev/root rw\n"
    read_text = Path.read_text
    monkeypatch.setattr(
        Path,
        "read_text",
        lambda path, **named: line if path.name == "mountinfo" else read_text(path, **named),
    )
    with pytest.raises(SourceError, match="is a mount point"):
        check_folder(out)


@pytest.mark.parametrize("number", [errno.EBUSY, errno.EXDEV])
def test_a_mount_that_nobody_lists_is_said_when_the_folder_is_to_move(
    tmp_path, monkeypatch, number
):
    out = save(tmp_path / "out")

    def exchange(new, place):
        raise OSError(number, "busy", str(place))

    monkeypatch.setattr(replacing, "exchange", exchange)
    with pytest.raises(SourceError, match=r"is a mount point.*name a folder in it"):
        save(out, "of the second run")
    assert (out / "car.csv").read_text() == "of the first run"
    assert names_in(tmp_path) == ["out"]


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_links_of_a_folder_that_is_amended_lead_where_they_did(tmp_path):
    out, kept = tmp_path / "out", tmp_path / "kept"
    for folder in (out / "more", kept):
        folder.mkdir(parents=True)
    (kept / "notes.csv").write_text("of the user")
    (out / "own.csv").write_text("before")
    links = {
        "out.csv": "../kept/notes.csv",
        "more/out.csv": "../../kept/notes.csv",
        "folder": "../kept",
        "in.csv": "own.csv",
        "more/in.csv": "../own.csv",
        "whole.csv": str(kept / "notes.csv"),
        "lost.csv": "../nowhere",
    }
    for name, to in links.items():
        (out / name).symlink_to(to)
    read = {}

    def change(work):
        (work / "own.csv").write_text("after")
        read.update(
            {
                name: (work / name).read_text()
                for name in links
                if name.endswith("t.csv") and name != "lost.csv"
            }
        )
        read["in"] = (work / "more" / "in.csv").read_text(), (work / "in.csv").read_text()
        (work / "whole.csv").unlink()
        (work / "folder").unlink()
        (work / "folder").mkdir()

    amend_folder(out, change)
    assert read == {"out.csv": "of the user", "more/out.csv": "of the user", "in": ("after",) * 2}
    for name in ("out.csv", "more/out.csv", "in.csv", "more/in.csv", "lost.csv"):
        assert str((out / name).readlink()) == links[name]
    assert (out / "more" / "out.csv").read_text() == "of the user"
    assert (out / "folder").is_dir()
    assert not (out / "folder").is_symlink()
    assert (kept / "notes.csv").read_text() == "of the user"
    assert names_in(tmp_path) == ["kept", "out"]
