"""Folders for `fuzz_readers`, each in one archive: saved results, and files for replications.

An archive is changed inside, so that one file of a folder is damaged and the others are whole.
"""

from __future__ import annotations

import io
import shutil
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

from eventstudy import Events, EventStudy, MarketModel, PricePanel, load_results
from eventstudy.exceptions import SourceError
from eventstudy.replication import from_data

_DAYS = pd.bdate_range("2001-01-02", "2001-10-31", name="date")


def saved_results() -> list[bytes]:
    """Return the results of a small study with every frame a report shows."""
    rng = np.random.default_rng(3)
    moves = rng.normal(0, 0.01, (len(_DAYS), 3)).cumsum(axis=0)
    prices = pd.DataFrame(100 * np.exp(moves), index=_DAYS, columns=["A", "B", "M"])
    events = pd.DataFrame(
        {"event_id": ["E1", "E2", "E3", "E4"], "date": _DAYS[[120, 140, 160, 180]],
         "headline": ["Talks", "=1+1", None, "Duties"], "category": ["talk", "threat"] * 2}
    )  # fmt: skip
    study = EventStudy(
        markets=("A", "B"), model=MarketModel("M"), estimation_window=(-100, -11),
        event_window=(-2, 3), car_windows=((0, 1),), by=("category",), calendar="data",
        date_only="same", min_obs=60, draws=20, contrast=[("category", "talk", "threat")],
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        results = study.fit(Events.from_frame(events), PricePanel.from_frame(prices))
        return [_packed(results.save(Path(folder, "out"), report=False))]


def replications() -> list[bytes]:
    """Return files in the forms of those that R and Python packages write."""
    rng = np.random.default_rng(4)
    returns = pd.DataFrame(
        rng.normal(0, 0.01, (len(_DAYS), 4)), index=_DAYS, columns=["A", "B", "C", "NiftyIndex"]
    )
    own, index = returns.iloc[:, :3], returns[["NiftyIndex"]]
    tests = own.iloc[180:186].set_axis(["mean", "t_test_stat", "pt_stat"], axis=1)
    cars = pd.DataFrame({"1": 0.1, "3": 0.2}, index=pd.RangeIndex(-2, 4, name="day"))
    splits = pd.DataFrame({"name": ["A", "B", "C"], "when": _DAYS[[150, 160, 170]]})
    files = {
        "estudy2": {"rates.csv": own, "rates_indx.csv": index,
                    "parametric_tests.csv": tests.assign(bh_stat=1.0)},
        "eventstudies": {"StockPriceReturns.csv": own, "OtherReturns.csv": index,
                         "SplitDates.csv": splits.set_index("name"), "CAR.csv": cars},
    }  # fmt: skip
    seeds = []
    for name, frames in files.items():
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder, name)
            home.mkdir()
            for file, frame in frames.items():
                frame.to_csv(home / file)
            seeds.append(_packed(home))
    return seeds


def read_results(path: Path) -> None:
    """Load results and write what is made of them."""
    with tempfile.TemporaryDirectory() as folder:
        results = load_results(_unpacked(path, Path(folder)))
        results.to_text()
        results.report(Path(folder, "report.html"))


def replicate(path: Path) -> None:
    """Carry out the replication whose files a folder holds."""
    with tempfile.TemporaryDirectory() as folder:
        home = _unpacked(path, Path(folder))
        name = "estudy2" if (home / "rates.csv").exists() else "eventstudies"
        from_data[name].value(home)


def _packed(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, file.name)
    return buffer.getvalue()


def _unpacked(path: Path, folder: Path) -> Path:
    home = folder / "out"
    home.mkdir()
    try:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                with archive.open(name) as source, (home / Path(name).name).open("wb") as target:
                    shutil.copyfileobj(source, target)
    except Exception as error:
        raise SourceError("no archive") from error
    return home
