"""The folder of results: whole or not at all, and read back as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fitted_study import STUDY, events_table, fit

from eventstudy import EventStudyWarning, SourceError, load_results
from eventstudy.io import folders
from eventstudy.reporting.record import FRAMES, OPTIONAL

pytestmark = pytest.mark.fast_tests(4)


def test_everything_comes_back_from_the_folder(results, saved):
    back = load_results(saved)
    for name in FRAMES:
        found, expected = getattr(back, name), getattr(results, name)
        assert list(found.columns) == list(expected.columns), name
        assert len(found) == len(expected), name
        if name == "prices":
            assert found.index.equals(expected.index)
        for column in expected.columns:
            a, b = found[column], expected[column]
            if pd.api.types.is_float_dtype(b.dtype):
                np.testing.assert_allclose(
                    a.to_numpy(float), b.to_numpy(float), rtol=1e-11, err_msg=f"{name}.{column}"
                )
            elif pd.api.types.is_datetime64_any_dtype(b.dtype):
                assert a.dtype == b.dtype, (name, column)
                assert a.equals(b), (name, column)
            else:
                got = [None if pd.isna(v) or v == "" else str(v) for v in a]
                want = [None if pd.isna(v) or v == "" else str(v) for v in b]
                assert got == want, (name, column)
    assert back.manifest == json.loads(json.dumps(results.manifest, default=str))
    assert back.summary() == results.summary()
    assert back.to_markdown("category") == results.to_markdown("category")
    assert back.fitted is None


def test_times_of_publication_survive(results, tmp_path):
    moments = pd.to_datetime(["2021-08-02T01:23:45Z"] * len(results.events)).as_unit("ns")
    timed = replace(results, events=results.events.assign(published_at=moments))
    back = load_results(timed.save(tmp_path / "timed", report=False))
    assert (back.events["published_at"] == moments[0]).all()


def test_a_folder_without_opens_and_closes_is_read(results, tmp_path):
    earlier = results.alignment.drop(columns=["opens_utc", "closes_utc"])
    back = load_results(replace(results, alignment=earlier).save(tmp_path / "old", report=False))
    assert list(back.alignment.columns) == list(earlier.columns)
    assert back.summary() == results.summary()


@pytest.mark.slow
def test_saving_what_was_loaded_writes_the_same_files(saved, tmp_path):
    again = load_results(saved).save(tmp_path / "again", report=False)
    for file in sorted(saved.iterdir()):
        assert (again / file.name).read_bytes() == file.read_bytes(), file.name


def test_the_folder_holds_the_contract_and_no_pickle(results, saved):
    names = {file.name for file in saved.iterdir()}
    there = [name for name in OPTIONAL if not getattr(results, name).empty]
    assert "family" in there
    assert names == {f"{name}.csv" for name in (*FRAMES, *there)} | {
        "datapackage.json",
        "manifest.json",
    }
    for file in saved.iterdir():
        head = file.read_bytes()
        assert not head.startswith(b"\x80")
        head.decode("utf-8")
        assert b"\r" not in head
    columns = pd.read_csv(saved / "statistics.csv", nrows=0).columns
    assert " ".join(columns[:14]) == (
        "group window_start window_end measure name estimate std_error statistic df pvalue "
        "ci_low ci_high n_pairs n_events"
    )
    alignment = pd.read_csv(saved / "alignment.csv")
    assert len(alignment) == 14
    assert alignment["published_utc"].isna().all()
    assert alignment["session"].str.fullmatch(r"\d{4}-\d\d-\d\d").all()
    abnormal = pd.read_csv(saved / "abnormal_returns.csv")
    gap = abnormal[abnormal["return"].isna()]
    assert len(gap)
    assert gap[["abnormal_return", "standardized"]].isna().all(axis=None)
    manifest = json.loads((saved / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["study"]["statistics"]["seed"] == manifest["seed"]
    assert set(manifest["inputs"]) == {"events", "prices"}
    assert len(manifest["inputs"]["prices"]["sha256"]) == 64


def test_ours_is_replaced_and_what_is_not_ours_is_left_alone(results, tmp_path):
    target = tmp_path / "out"
    target.mkdir()  # empty: may be used
    results.save(target, report=False)
    results.save(target, report=False)
    (target / "notes.txt").write_text("mine")
    with pytest.raises(SourceError, match=r"notes\.txt, which no run wrote"):
        results.save(target, report=False)
    assert (target / "notes.txt").read_text() == "mine"
    foreign = tmp_path / "thesis"
    foreign.mkdir()
    (foreign / "chapter1.txt").write_text("mine")
    with pytest.raises(SourceError, match="thesis"):
        results.save(foreign, report=False)
    (foreign / "manifest.json").write_text('{"tool": "another"}')
    with pytest.raises(SourceError, match="name another folder"):
        results.save(foreign, report=False)
    assert (foreign / "chapter1.txt").read_text() == "mine"
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(SourceError, match="is a file"):
        results.save(file, report=False)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "out", "thesis"]


def test_a_run_that_fails_half_way_leaves_what_was_there(results, tmp_path, monkeypatch):
    target = tmp_path / "out"
    results.save(target, report=False)
    before = {file.name: file.read_bytes() for file in target.iterdir()}

    def fail(new: Path, place: Path, replaced: dict[str, str]) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(folders, "put_in_place", fail)
    with pytest.raises(KeyboardInterrupt):
        results.save(target, report=False)
    with pytest.raises(KeyboardInterrupt):
        results.save(tmp_path / "new", report=False)
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    assert {file.name: file.read_bytes() for file in target.iterdir()} == before


def test_folders_that_are_not_results(tmp_path, saved):
    with pytest.raises(SourceError, match="no such folder"):
        load_results(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="manifest"):
        load_results(tmp_path / "empty")
    import shutil

    broken = tmp_path / "broken"
    shutil.copytree(saved, broken)
    (broken / "car.csv").unlink()
    with pytest.raises(SourceError, match=r"car\.csv"):
        load_results(broken)


def test_identifiers_that_look_like_numbers_stay_text(results, tmp_path):
    table = events_table().assign(event_id=[f"00{i}" for i in range(7)], analyst=["NA"] * 7)
    study = replace(STUDY, draws=0, statistics="cross_sectional_t")
    fitted = fit(study, table)
    back = load_results(fitted.save(tmp_path / "n", report=False))
    assert back.models["event_id"].tolist() == fitted.models["event_id"].tolist()
    assert back.events["event_id"].iloc[0] == "000"
    assert back.events["analyst"].tolist() == ["NA"] * 7


def test_results_that_a_killed_run_had_moved_away_are_put_back_to_be_read(results, tmp_path):
    out = results.save(tmp_path / "out", report=False)
    work = tmp_path / ".out-run-killed"
    (work / "new").mkdir(parents=True)
    (work / "running").touch()
    plan = {"new": (work / "new").stat().st_ino, "replaced": {}}
    (work / "plan.json").write_text(json.dumps(plan))
    out.rename(work / "was")
    with pytest.warns(EventStudyWarning, match="the results from before it are back"):
        assert load_results(out).manifest["tool"] == "eventstudy"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("name", ["models", "alignment", "events"])
def test_files_of_several_runs_are_no_results(saved, tmp_path, name):
    import shutil

    mixed = shutil.copytree(saved, tmp_path / "mixed")
    lines = (mixed / f"{name}.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    text = lines[0] if name == "models" else "".join(lines[:-3])
    (mixed / f"{name}.csv").write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match="not of one run"):
        load_results(mixed)


def test_a_manifest_that_lacks_what_is_read_of_it_is_said(saved, tmp_path):
    import shutil

    edited = shutil.copytree(saved, tmp_path / "edited")
    manifest = json.loads((edited / "manifest.json").read_text(encoding="utf-8"))
    del manifest["study"]["model"]["name"]
    (edited / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(SourceError, match=r"study\.model\.name of its manifest\.json is missing"):
        load_results(edited)
