"""Folders of results have the rights of the process, and hold no cell that would be run."""

from __future__ import annotations

import csv
import os

import numpy as np
import pandas as pd
import pytest
from small_study import write_study

from eventstudy.io import folders
from eventstudy.io.folders import MANIFEST, replace_folder, write_frame, write_manifest
from eventstudy.io.spreadsheets import safe_cell
from eventstudy.study.results import load_results
from eventstudy.studyfile.study_file import read_study


def save(target):
    """Put a folder of results at `target`."""

    def fill(folder):
        (folder / "car.csv").write_text("event_id,car\nE1,0.01\n", encoding="utf-8")
        write_manifest({"tool": "eventstudy", "seed": 7}, folder)

    return replace_folder(target, fill)


@pytest.mark.skipif(os.name == "nt", reason="rights are others there")
@pytest.mark.parametrize(("mask", "rights"), [(0o077, 0o700), (0o022, 0o755)])
def test_a_new_folder_has_the_rights_the_process_gives_and_an_old_one_keeps_its_own(
    tmp_path, mask, rights
):
    before = os.umask(mask)
    try:
        out = save(tmp_path / "out")
        assert out.stat().st_mode & 0o777 == rights
        assert not (out / MANIFEST).stat().st_mode & mask
        out.chmod(0o750)
        save(out)
    finally:
        os.umask(before)
    assert out.stat().st_mode & 0o777 == 0o750


@pytest.mark.slow
def test_no_cell_of_results_is_run_and_all_are_read_back(tmp_path):
    hostile = ["=1+1", "+x", "-x", "@x", "\tx", "'=x", "a; =1"]
    study = write_study(tmp_path)
    events = (tmp_path / "events.csv").read_text("utf-8").splitlines()
    head, *rows = [line.split(",") for line in events]
    lines = [",".join([*head, "=own", "note2"])]
    for at, row in enumerate(rows):
        row[2] = f'"{hostile[at % 3]}"'
        row[3] = f'"{hostile[at % len(hostile)]}"'
        lines.append(",".join([*row, f'"{hostile[-1 - at % 7]}"', "1"]))
    (tmp_path / "events.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    results = read_study(study).run()
    out = results.save(tmp_path / "out")
    for path in out.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                assert [safe_cell(cell) for cell in row] == row, path.name
    again = load_results(out)
    for name in ("events", "statistics", "alignment", "dropped"):
        read, written = getattr(again, name), getattr(results, name)
        assert list(read.columns) == list(written.columns)
        for column in ("event_id", "category", "headline", "=own", "group"):
            if column in read:
                assert read[column].tolist() == written[column].tolist()
    assert set(again.events["headline"]) <= {text.strip() for text in hostile}
    assert "=own" in again.events


@pytest.mark.parametrize("has_texts", [False, True])
def test_a_frame_is_written_in_blocks_as_pandas_writes_it(tmp_path, monkeypatch, has_texts):
    monkeypatch.setattr(folders, "_CELLS_WRITTEN", 9)
    rng = np.random.default_rng(7)
    values = rng.standard_normal((7, 3)) * 10.0 ** rng.integers(-20, 20, (7, 3))
    values[1:6, 1] = [np.nan, np.inf, -np.inf, -0.0, 3.0]
    frame = pd.DataFrame(values, pd.bdate_range("2025-01-01", periods=7, name="date"), list("abc"))
    if has_texts:
        frame = frame.assign(text=['x,"y', None, "nan", "", "\n", 1.5, "é"], n=range(7))
    write_frame(frame, tmp_path / "blocks.csv", index=True)
    plain = frame.to_csv(float_format="%.12g", date_format="%Y-%m-%d", lineterminator="\n")
    assert (tmp_path / "blocks.csv").read_bytes().decode() == plain


def test_no_category_is_run_either(tmp_path):
    frame = pd.DataFrame({"kind": pd.Categorical(["=x", "a", None]), "n": [1, 2, 3]})
    write_frame(frame, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text(encoding="utf-8") == "kind,n\n'=x,1\na,2\n,3\n"
