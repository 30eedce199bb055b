"""A folder in the place of another: whole at every moment, whoever comes or is killed."""

from __future__ import annotations

import json
import os

import filelock
import pytest
from killed import WAYS, killed_at_every_step, results_state

from eventstudy.exceptions import EventStudyWarning, SourceError
from eventstudy.io import replacing
from eventstudy.io.replacing import first_names, marks_of, new_folder, put_in_place, tidy_up

KILLS = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not copied there")


@pytest.fixture(params=WAYS)
def way(request, monkeypatch):
    if request.param == "two renames":
        monkeypatch.setattr(replacing, "exchange", lambda first, second: False)
    return request.param


def fill(folder, **texts):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def texts_of(folder):
    return {path.name: path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()}


def replace(place, replaced=None, **texts):
    with new_folder(place, place) as new:
        fill(new, **texts)
        put_in_place(new, place, marks_of(place) if replaced is None else replaced)


def test_a_folder_takes_the_place_of_another(tmp_path, way):
    place = fill(tmp_path / "out", a="old", b="old")
    replace(place, a="new")
    assert texts_of(place) == {"a.csv": "new"}
    assert list(tmp_path.iterdir()) == [place]


def test_a_folder_where_none_was(tmp_path, way):
    replace(tmp_path / "deep" / "out", a="new")
    assert texts_of(tmp_path) == {"a.csv": "new"}


def test_what_is_not_named_goes_on_or_is_kept_and_told(tmp_path, way):
    place = fill(tmp_path / "out", a="old", b="mine", c="mine")
    fill(place / "sub", d="mine", e="old")
    marks = {name: marks_of(place)[name] for name in ("a.csv", "sub/e.csv")}

    def work():
        with new_folder(place, place) as new:
            fill(new, a="new", b="new")
            fill(new / "sub", e="new")
            put_in_place(new, place, marks)

    with pytest.warns(EventStudyWarning, match=r"is kept in .*was: b\.csv") as caught:
        work()
    assert len(caught) == 1
    assert texts_of(place) == {
        "a.csv": "new", "b.csv": "new", "c.csv": "mine", "d.csv": "mine", "e.csv": "new",
    }  # fmt: skip
    (kept,) = [path for path in tmp_path.iterdir() if path != place]
    assert texts_of(kept) == {"b.csv": "mine"}
    tidy_up(place, place)  # what is kept is not tidied up later
    assert texts_of(kept) == {"b.csv": "mine"}


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
def test_what_fails_changes_nothing(tmp_path, way, kind):
    place = fill(tmp_path / "out", a="old")

    def fail():
        with new_folder(place, place) as new:
            fill(new, a="new")
            raise kind

    with pytest.raises(kind):
        fail()
    assert texts_of(tmp_path) == {"a.csv": "old"}
    with (
        pytest.raises(SourceError, match=r"out: cannot be written \(No space left"),
        new_folder(place, place),
    ):
        raise OSError(28, "No space left on device")
    assert list(tmp_path.iterdir()) == [place]


def test_marks_tell_links_and_files_below(tmp_path):
    fill(tmp_path / "sub", a="1")
    (tmp_path / "link").symlink_to("sub")
    marks = marks_of(tmp_path)
    assert list(marks) == ["link", "sub/a.csv"]
    assert marks["link"] == "link to sub"
    fill(tmp_path / "sub", a="2")
    assert marks_of(tmp_path)["sub/a.csv"] != marks["sub/a.csv"]
    assert marks_of(tmp_path / "nowhere") == {}


def test_a_run_under_way_is_not_tidied_up(tmp_path, way):
    place = fill(tmp_path / "out", a="old")
    with new_folder(place, place) as new:
        fill(new, a="slow")
        replace(place, a="quick")
        assert texts_of(place) == {"a.csv": "quick"}
        put_in_place(new, place, marks_of(place))
    assert texts_of(tmp_path) == {"a.csv": "slow"}


def test_folders_of_others_that_are_named_alike_stay(tmp_path):
    place = fill(tmp_path / "out", a="old")
    mine = fill(tmp_path / ".out-run-mine", b="mine")
    (tmp_path / ".out-run-link").symlink_to(mine)
    (tmp_path / ".out-run-empty").mkdir()  # of a run that was ended before it had a lock
    replace(place, a="new")
    assert {path.name for path in tmp_path.iterdir()} == {"out", ".out-run-mine", ".out-run-link"}


def test_no_lock_on_this_file_system_means_nothing_is_tidied_up(tmp_path, monkeypatch):
    place = tmp_path / "out"
    left = fill(tmp_path / ".out-run-left", a="half")
    (left / "running").touch()

    def none(*_, **__):
        raise NotImplementedError

    monkeypatch.setattr(filelock.FileLock, "acquire", none)
    replace(place, a="new")
    assert left.exists()
    assert texts_of(place) == {"a.csv": "new"}
    assert {path.name for path in tmp_path.iterdir()} == {"out", ".out-run-left"}


def test_a_disk_without_room_for_the_lock_leaves_nothing(tmp_path, monkeypatch):
    def full(path):
        path.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(replacing, "locked_now", full)
    with pytest.raises(SourceError, match="No space left"):
        replace(tmp_path / "out", a="new")
    assert list(tmp_path.iterdir()) == []


def test_some_names_are_said():
    assert first_names(["a", "b"]) == "a and b"
    assert first_names(list("abcdefgh")) == "a, b, c, d, e and 3 others"


# ---------------------------------------------------------------- killed at every step

REPLACE = """
from pathlib import Path
from eventstudy.io.folders import replace_folder, write_manifest

def fill(folder):
    for name in ("a", "b"):
        (folder / f"{name}.csv").write_text("new")
    write_manifest({"tool": "eventstudy"}, folder)

replace_folder(Path(ROOT, "out"), fill)
"""
AMEND = """
from pathlib import Path
from eventstudy.io.folders import amend_folder

def change(folder):
    for name in ("a", "b"):
        (folder / f"{name}.csv").write_text("new")

amend_folder(Path(ROOT, "out"), change)
"""


@KILLS
@pytest.mark.slow
@pytest.mark.parametrize("way_of", WAYS)
@pytest.mark.parametrize("has_results", [True, False])
def test_a_run_killed_anywhere_leaves_earlier_or_new_results(tmp_path, way_of, has_results):
    root = tmp_path / "there"
    root.mkdir()
    if has_results:
        exec(REPLACE.replace("new", "old"), {"ROOT": str(root)})  # noqa: S102 - ours, above
        manifest = json.loads((root / "out" / "manifest.json").read_text("utf-8"))
        assert set(manifest["files"]) == {"a.csv", "b.csv"}
    steps, said, _ = killed_at_every_step(
        root, REPLACE, lambda at: results_state(at / "out"), way=way_of,
        missing=way_of == "two renames",
    )  # fmt: skip
    assert steps > 15
    told = "\n".join(text for _, text in said)
    for left, text in said:
        is_said = "an earlier run was ended before it was done" in text
        assert is_said == any(name.startswith(".out-run-") for name in left) or not is_said
    assert "what it left unfinished was removed" in told
    if has_results:
        assert "its results were in place, and what they replaced was removed" in told
        assert ("the results from before it are back" in told) == (way_of == "two renames")


@KILLS
@pytest.mark.slow
@pytest.mark.parametrize("way_of", WAYS)
def test_a_folder_amended_and_killed_anywhere_is_whole_and_keeps_what_is_the_users(
    tmp_path, way_of
):
    root = tmp_path / "there"
    fill(root / "out", a="old", b="old", mine="mine")
    fill(root / "out" / "sub", c="mine")

    steps, _, _ = killed_at_every_step(
        root, AMEND, lambda at: texts_of(at / "out"), way=way_of, missing=way_of != WAYS[0]
    )
    assert steps > 15
