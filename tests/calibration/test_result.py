"""A calibration shown and saved."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from small_calibration import NAMES, frame_of, rate, study_on

from eventstudy import (
    SpecificationError,
)
from eventstudy.calibration import Calibration, calibrate
from eventstudy.calibration.result import (
    COLUMNS,
    ORDINARY,
)


def test_a_test_without_a_rate_says_why_below_its_table(study_data):
    """`sq` tests a single pair; what follows it in the list keeps its own reason."""
    calibration = calibrate(*study_data, statistics=("sq", "bmp"), draws=40)
    rows = calibration.frame[calibration.frame["name"] == "sq"]
    assert set(rows.loc[rows["group"] == "all", "note"]) == {
        "not available: it tests a single pair, and this group has 16"
    }
    assert (calibration.frame.loc[calibration.frame["name"] == "bmp", "note"] == "").all()
    text = calibration.to_text(["all", "kind=x"], [(0, 0)])
    for table, pairs in zip(text.split("\n\n")[:2], (16, 8), strict=True):
        line = f"No rate: sq (it tests a single pair, and this group has {pairs})."
        assert table.splitlines()[-1] == line
    short = calibrate(*study_on(frame_of(6).iloc[:66], [63]), statistics=("placebo", "sign"))
    assert "No rate: placebo, sign (only " in short.to_text()


def test_text_fits_eighty_columns_and_marks_what_is_off(calibration):
    text = calibration.to_text()
    assert max(map(len, text.splitlines())) <= 80
    assert text.startswith("All events, [0,0]: 16 pairs, 8 dates")
    rows = calibration.frame.copy()
    off = (rows["name"] == "bmp") & (rows["scenario"] == ORDINARY)
    rows.loc[off, ["rate", "rate_low", "rate_high"]] = [0.2, 0.15, 0.26]
    marked = Calibration(frame=rows, manifest=calibration.manifest).to_text()
    line = next(line for line in marked.splitlines() if line.startswith("bmp"))
    assert "20.0*" in line
    assert "15.0-26.0" in line
    both = calibration.to_text(["kind=x"], [(0, 0), (-1, 1)])
    assert both.count("x, [") == 2
    with pytest.raises(SpecificationError, match="no window"):
        calibration.table("all", (0, 2))
    with pytest.raises(SpecificationError, match="group"):
        calibration.table("kind=z")


def test_the_folder_is_whole_and_the_same_every_time(calibration, study_data, tmp_path):
    calibration.save(tmp_path / "one")
    calibrate(*study_data, statistics=NAMES).save(tmp_path / "two")
    names = {"calibration.csv", "calibration.svg", "datapackage.json", "manifest.json"}
    assert {path.name for path in (tmp_path / "one").iterdir()} == names
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    back = pd.read_csv(tmp_path / "one" / "calibration.csv")
    assert list(back.columns) == list(COLUMNS)
    np.testing.assert_allclose(back["rate"], calibration.frame["rate"], rtol=1e-11)


def test_the_picture_has_a_row_a_test(calibration):
    from matplotlib.figure import Figure

    ax = calibration.plot("kind=x", (-1, 1), ax=Figure().add_subplot())
    sizes = {
        name: rate(calibration, name, ORDINARY, 0.05, "kind=x", (-1, 1)).rate for name in NAMES
    }
    assert [tick.get_text() for tick in ax.get_yticklabels()] == sorted(NAMES, key=sizes.get)
