"""A run replaces the files a run wrote, as it wrote them, and never anybody else's."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from small_study import write_study

from eventstudy import SourceError
from eventstudy.exceptions import EventStudyWarning
from eventstudy.io import folders, replacing
from eventstudy.io.folders import (
    CALIBRATION,
    CURVE,
    INTRADAY,
    MANIFEST,
    STUDY,
    check_folder,
    replace_file,
    replace_folder,
    write_manifest,
)
from eventstudy.study.results import load_results
from eventstudy.studyfile.study_file import StudyFile

pytestmark = pytest.mark.fast_tests(6)

KINDS = (STUDY, CALIBRATION, CURVE, INTRADAY)
TABLES = {"car.csv": "event_id,car\nE1,0.01\n", "report.html": "<p>E1</p>\n"}


def save(target, files=TABLES, kind=STUDY, before=None):
    """Put a folder of results at `target`, as every kind of results does."""

    def fill(folder: Path) -> None:
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8", newline="")
        write_manifest({"tool": "eventstudy", "seed": 7}, folder, kind)
        if before is not None:
            before()

    return replace_folder(Path(target), fill, kind)


def contents(folder):
    """Every entry of a folder: the bytes of a file, where a link leads, "folder" for a folder."""
    entries = {}
    for path in sorted(Path(folder).rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            entries[name] = path.readlink()
        else:
            entries[name] = "folder" if path.is_dir() else path.read_bytes()
    return entries


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def refused(target, *parts, kind=STUDY):
    """Check that nothing is put at `target`, nothing in it changes, and the files are named."""
    before = contents(target.parent)
    with pytest.raises(SourceError) as caught:
        save(target, {"car.csv": "another run"}, kind)
    assert contents(target.parent) == before
    message = str(caught.value)
    assert "\n" not in message
    for part in (str(target), *parts):
        assert part in message
    return message


@pytest.fixture
def out(tmp_path):
    return save(tmp_path / "out")


# ---------------------------------------------------------------- what a run may replace


@pytest.mark.parametrize("kind", KINDS)
def test_the_manifest_lists_what_the_run_wrote_with_hashes(tmp_path, kind):
    out = save(tmp_path / "out", kind=kind)
    manifest = json.loads((out / MANIFEST).read_text("utf-8"))
    assert manifest["files"] == {
        name: hashlib.sha256(text.encode()).hexdigest() for name, text in TABLES.items()
    }
    assert manifest["seed"] == 7
    assert manifest.get("kind", STUDY) == kind


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_replaces_what_a_run_wrote_and_nothing_of_it_stays(tmp_path, kind):
    out = save(tmp_path / "out", {**TABLES, "family.csv": "of the first run"}, kind)
    save(out, {"car.csv": "of the second run"}, kind)
    assert set(contents(out)) == {"car.csv", MANIFEST}
    assert (out / "car.csv").read_text() == "of the second run"
    assert names_in(tmp_path) == ["out"]


@pytest.mark.parametrize("kind", KINDS)
def test_files_put_beside_the_results_are_refused_and_named(tmp_path, kind):
    out = tmp_path / "project"
    out.mkdir()
    save(out, kind=kind)
    for name in ("study.toml", "prices.csv", ".notes"):
        (out / name).write_text("mine")
    (out / ".git").mkdir()
    (out / ".git" / "HEAD").write_text("ref: refs/heads/main")
    message = refused(out, ".git", ".notes", "prices.csv", "study.toml", kind=kind)
    assert "which no run wrote" in message
    assert "name another folder" in message
    assert "car.csv" not in message
    assert "changed" not in message


def test_many_files_are_named_in_part(out):
    for at in range(9):
        (out / f"note{at}.txt").write_text("mine")
    refused(out, "note0.txt", "note4.txt and 4 others, which no run wrote")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("car.csv", "event_id,car\nE1,0.02\n"),
        ("car.csv", "event_id,car\r\nE1,0.01\r\n"),
        ("report.html", "<p>E1, and what I think of it</p>\n"),
    ],
)
def test_a_file_changed_since_it_was_written_is_its_owners(out, name, text):
    (out / name).write_text(text, encoding="utf-8", newline="")
    message = refused(out, f"{name}, changed since a run wrote it")
    assert "no run wrote" not in message


def edit_manifest(folder, **changed):
    """Change keys of the manifest by hand; None takes one out."""
    manifest = json.loads((folder / MANIFEST).read_text("utf-8")) | changed
    manifest = {key: value for key, value in manifest.items() if value is not None}
    (folder / MANIFEST).write_text(json.dumps(manifest))


@pytest.mark.parametrize("changed", [{"seed": 8}, {"notes": "mine"}, {"sha256": None}])
def test_a_manifest_changed_since_it_was_written_is_its_owners(out, changed):
    edit_manifest(out, **changed)
    message = refused(out, f"holds {MANIFEST}, changed since a run wrote it")
    assert "no run wrote" not in message
    replace_file(out / "report.html", "<p>E2</p>\n", is_listed=True)
    message = refused(out, f"holds {MANIFEST}, changed since a run wrote it")


def test_the_layout_of_the_manifest_is_no_change(out):
    edit_manifest(out)
    save(out)


def test_a_link_or_a_folder_under_the_name_of_a_result_is_refused(out, tmp_path):
    own = tmp_path / "own.csv"
    (out / "car.csv").rename(own)
    (out / "car.csv").symlink_to(own)
    refused(out, "car.csv")
    (out / "car.csv").unlink()
    (out / "car.csv").mkdir()
    (out / "car.csv" / "deep.txt").write_text("mine")
    refused(out, "car.csv")


def test_a_result_that_was_taken_away_is_no_reason_to_refuse(out):
    (out / "report.html").unlink()
    save(out)
    assert set(contents(out)) == {*TABLES, MANIFEST}


@pytest.mark.parametrize(
    "manifest",
    [
        {"tool": "eventstudy"},
        {"tool": "eventstudy", "seed": 7, "files": ["car.csv"]},
        {"tool": "eventstudy", "files": {}},
        {"tool": "eventstudy", "files": {"../secret.txt": hashlib.sha256(b"mine").hexdigest()}},
    ],
)
def test_a_manifest_that_lists_nothing_there_protects_every_file(tmp_path, manifest):
    (tmp_path / "secret.txt").write_text("mine")
    folder = tmp_path / "thesis"
    folder.mkdir()
    (folder / MANIFEST).write_text(json.dumps(manifest))
    (folder / "car.csv").write_text("event_id,car\n")
    refused(folder, "car.csv", "name another")
    (folder / "car.csv").unlink()
    is_list = isinstance(manifest.get("files"), dict) and manifest["files"]
    refused(folder, MANIFEST, "changed since" if is_list else "does not list what a run wrote")
    assert (tmp_path / "secret.txt").read_text() == "mine"


def test_a_folder_without_a_manifest_is_refused_by_the_names_in_it(tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.txt").write_text("mine")
    refused(tmp_path / "thesis", "chapter1.txt", "not results of eventstudy")
    (tmp_path / "thesis" / MANIFEST).write_text("[" * 100_000)
    refused(tmp_path / "thesis", "chapter1.txt", "not results of eventstudy")


def test_what_file_managers_leave_is_carried_over(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / ".DS_Store").write_bytes(b"view")
    for text in ("first", "second"):
        save(out, {"car.csv": text})
        (out / "Thumbs.db").write_bytes(b"pictures")
    assert (out / ".DS_Store").read_bytes() == b"view"
    assert (out / "car.csv").read_text() == "second"


def test_a_link_to_the_folder_stays_one(tmp_path):
    (tmp_path / "real").mkdir()
    link = tmp_path / "link"
    link.symlink_to("real")
    for text in ("first", "second"):
        assert save(link, {"car.csv": text}) == link
    assert link.is_symlink()
    assert (tmp_path / "real" / "car.csv").read_text() == "second"
    assert names_in(tmp_path) == ["link", "real"]
    (tmp_path / "lost").symlink_to("nowhere")
    with pytest.raises(SourceError, match="is a file"):
        save(tmp_path / "lost")


# ---------------------------------------------------------------- while a run is under way


def test_a_file_that_comes_while_the_run_computes_is_refused_and_kept(out):
    before = contents(out)
    with pytest.raises(SourceError, match=r"notes\.txt, which no run wrote"):
        save(out, before=lambda: (out / "notes.txt").write_text("mine"))
    assert contents(out) == {**before, "notes.txt": b"mine"}
    assert names_in(out.parent) == ["out"]


def test_of_two_runs_the_one_that_ends_last_stands_whole(out, tmp_path):
    for target in (out, tmp_path / "new"):
        save(target, {"car.csv": "slow"}, before=lambda to=target: save(to, TABLES))
        assert set(contents(target)) == {"car.csv", MANIFEST}
        assert (target / "car.csv").read_text() == "slow"
    assert names_in(tmp_path) == ["new", "out"]


def place_told(warned):
    """Where a warning says that earlier files are kept."""
    return Path(str(warned[0].message).partition("kept in ")[2].partition(": ")[0])


WAYS = ("one step", "two renames")


def just_before_the_swap(monkeypatch, way, act):
    """Have `act` done after the last check, when the folders are about to change places."""
    exchange = replacing.exchange

    def late(first, second):
        act()
        return way == WAYS[0] and exchange(first, second)

    monkeypatch.setattr(replacing, "exchange", late)


@pytest.mark.parametrize("way", WAYS)
def test_a_file_that_comes_after_the_last_check_goes_on_to_the_new_folder(out, monkeypatch, way):
    just_before_the_swap(monkeypatch, way, lambda: (out / "notes.txt").write_text("mine"))
    save(out, {"car.csv": "second"})
    assert (out / "notes.txt").read_text() == "mine"
    assert (out / "car.csv").read_text() == "second"
    assert not (out / "report.html").exists()
    assert names_in(out.parent) == ["out"]


@pytest.mark.parametrize("way", WAYS)
def test_a_result_changed_after_the_last_check_is_kept_and_its_place_told(out, monkeypatch, way):
    just_before_the_swap(monkeypatch, way, lambda: (out / "car.csv").write_text("mine"))
    with pytest.warns(EventStudyWarning, match=r"is kept in .*was: car\.csv") as caught:
        save(out, {"car.csv": "second"})
    assert (out / "car.csv").read_text() == "second"
    assert contents(place_told(caught)) == {"car.csv": b"mine"}


@pytest.mark.parametrize("way", WAYS)
def test_a_manifest_changed_after_the_last_check_is_kept_and_its_place_told(out, monkeypatch, way):
    just_before_the_swap(monkeypatch, way, lambda: edit_manifest(out, notes="mine"))
    with pytest.warns(EventStudyWarning, match=r"is kept in .*was: manifest\.json") as caught:
        save(out, {"car.csv": "second"})
    assert json.loads((place_told(caught) / MANIFEST).read_text("utf-8"))["notes"] == "mine"


def test_results_of_another_run_that_came_first_are_kept_beside_ours(out, monkeypatch):
    rename = Path.rename

    def renamed(self, target):
        moved = rename(self, target)
        if Path(target).name == "was":
            (out / "sub").mkdir(parents=True)  # the other run is quicker
        return moved

    before = contents(out)
    just_before_the_swap(monkeypatch, WAYS[1], lambda: None)
    monkeypatch.setattr(Path, "rename", renamed)
    with (
        pytest.raises(SourceError, match="cannot be written"),
        pytest.warns(EventStudyWarning, match="is kept in") as caught,
    ):
        save(out, {"car.csv": "second"})
    assert contents(out) == {"sub": "folder"}
    assert contents(place_told(caught)) == before


def test_earlier_results_that_cannot_be_put_back_are_not_deleted(out, monkeypatch):
    rename = Path.rename

    def renamed(self, target):
        if Path(target).name == "out":
            raise OSError(5, "Input/output error")
        return rename(self, target)

    before = contents(out)
    just_before_the_swap(monkeypatch, WAYS[1], lambda: None)
    monkeypatch.setattr(Path, "rename", renamed)
    with (
        pytest.raises(SourceError, match="Input/output error"),
        pytest.warns(EventStudyWarning, match="is kept in") as caught,
    ):
        save(out, {"car.csv": "second"})
    assert contents(place_told(caught)) == before


# ---------------------------------------------------------------- inputs in the folder


@pytest.mark.parametrize("name", ["car.csv", "raw/prices.csv"])
def test_an_input_in_the_folder_is_refused_even_one_that_a_run_wrote(out, name):
    with pytest.raises(SourceError, match="which the study reads; name another folder"):
        check_folder(out, STUDY, [out.parent / "study.toml", out / name])


def test_an_input_reached_by_a_link_lies_where_the_link_leads(out, tmp_path):
    (tmp_path / "link").symlink_to(out)
    (tmp_path / "prices.csv").symlink_to(out / "car.csv")
    for path in (tmp_path / "link" / "events.csv", tmp_path / "prices.csv"):
        with pytest.raises(SourceError, match="which the study reads"):
            check_folder(out, STUDY, [path])
    check_folder(out, STUDY, [tmp_path / "events.csv", tmp_path / "out-2" / "events.csv"])


@pytest.mark.parametrize("command", ["run", "calibrate", "curve"])
def test_a_study_in_its_own_output_folder_is_refused_before_it_is_read(
    run, tmp_path, monkeypatch, command
):
    monkeypatch.setattr(StudyFile, "load", lambda *_, **__: pytest.fail("computing"))
    study = write_study(tmp_path)
    code, text, err = run(command, study, "--out", tmp_path)
    assert (code, text, err.count("\n")) == (2, "", 1)
    assert "holds study.toml, events.csv and prices.csv, which the study reads" in err
    assert set(contents(tmp_path)) == {"study.toml", "events.csv", "prices.csv"}


def test_bars_and_events_in_the_output_folder_are_refused(run, tmp_path):
    words = ["intraday", tmp_path / "bars.csv", "--events", tmp_path / "events.csv"]
    code, _, err = run(*words, "--out", tmp_path)
    assert code == 2
    assert "holds bars.csv and events.csv, which the study reads" in err


# ---------------------------------------------------------------- one file of the folder


def test_a_file_rendered_again_is_listed_anew(out):
    replace_file(out / "report.html", "<p>E2</p>\n", is_listed=True)
    files = json.loads((out / MANIFEST).read_text("utf-8"))["files"]
    assert files["report.html"] == hashlib.sha256(b"<p>E2</p>\n").hexdigest()
    assert set(files) == set(TABLES)
    save(out)


def test_a_page_under_another_name_is_its_writers(out):
    replace_file(out / "for-the-chief.html", "<p>E1</p>\n", is_listed=False)
    refused(out, "for-the-chief.html, which no run wrote")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("report.html", "was changed since a run wrote it"),
        ("notes.html", "is not among the files manifest.json lists"),
        (MANIFEST, "is not among the files manifest.json lists"),
    ],
)
def test_one_file_is_not_written_over_somebodys_own(out, name, why):
    if name != MANIFEST:
        (out / name).write_text("mine")
    before = contents(out)
    with pytest.raises(SourceError, match=f"{name}: {why}"):
        replace_file(out / name, "<p>E2</p>\n", is_listed=True)
    assert contents(out) == before


def test_outside_a_folder_of_results_a_file_is_just_written(tmp_path):
    for text in ("first", "second"):
        replace_file(tmp_path / "report.html", text, is_listed=True)
    assert contents(tmp_path) == {"report.html": b"second"}


# ---------------------------------------------------------------- a study from end to end


def test_a_second_run_leaves_a_project_alone(run, tmp_path):
    study, project = write_study(tmp_path / "in"), tmp_path / "project"
    project.mkdir()
    assert run("run", study, "--out", project, "-q") == (0, "", "")
    manifest = json.loads((project / MANIFEST).read_text("utf-8"))
    assert set(manifest["files"]) == set(contents(project)) - {MANIFEST}
    assert not {"files", "sha256"} & set(load_results(project).manifest)
    assert run("report", project, "-q") == (0, "", "")
    assert run("run", study, "--out", project, "-q") == (0, "", "")
    (project / "notes.txt").write_text("mine")
    (project / "report.html").write_text("mine, too")
    before = contents(tmp_path)
    code, text, err = run("run", study, "--out", project)
    assert (code, text, err.count("\n")) == (2, "", 1)
    assert (
        "holds notes.txt, which no run wrote, and report.html, changed since a run wrote it" in err
    )
    code, _, err = run("report", project)
    assert (code, err.count("\n")) == (2, 1)
    assert "report.html: was changed since a run wrote it" in err
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("way", "part"), [("new/../mine", "notes.txt"), ("new/../mine/notes.txt", "is a file")]
)
def test_where_a_path_leads_is_what_is_protected(tmp_path, monkeypatch, way, part):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "notes.txt").write_text("mine", encoding="utf-8")
    before = contents(tmp_path)
    with pytest.raises(SourceError, match=part):
        save(tmp_path / way)
    monkeypatch.chdir(mine)
    with pytest.raises(SourceError, match=r"notes\.txt"):
        save("nowhere/..")
    assert contents(tmp_path) == before
    assert save(tmp_path / "new/../results").is_dir() or (tmp_path / "results").is_dir()


def test_a_report_that_was_being_replaced_is_a_runs_before_and_after(out, monkeypatch):
    def killed(path, content):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(folders, "_write", killed)
        with pytest.raises(KeyboardInterrupt):
            replace_file(out / "report.html", "<p>E2</p>\n", is_listed=True)
    check_folder(out)
    (out / "report.html").write_text("<p>E2</p>\n")
    check_folder(out)
    (out / "report.html").write_text("<p>E3</p>\n")
    with pytest.raises(SourceError, match=r"report\.html, changed since"):
        check_folder(out)
    (out / "report.html").write_text("<p>E2</p>\n")
    replace_file(out / "report.html", "<p>E2</p>\n", is_listed=True)
    manifest = json.loads((out / MANIFEST).read_text("utf-8"))
    assert "replacing" not in manifest
    save(out, {"car.csv": "second"})
    assert names_in(out.parent) == ["out"]
