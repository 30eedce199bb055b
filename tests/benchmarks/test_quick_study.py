"""Studies that differ by their dates alone: the short way gives the p-values of the whole one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from loaded_script import loaded_script

size_real = loaded_script("benchmarks/size_real.py")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seed", "design", "n_dates", "effect"),
    [(0, "rough", 12, 0.0), (20, "rougher_group", 3, 1.0), (40, "one_market", 5, 0.0)],
)
def test_the_short_way_gives_the_same_pvalues(seed, design, n_dates, effect):
    settings = {"draws": 39, "names": size_real.QUICK}
    found = size_real.replicate(
        seed, path="simulated", design=design, n_dates=n_dates, effect=effect, **settings
    )
    series, drawn = size_real.draw(seed, "simulated", design, n_dates)
    whole = size_real.whole(
        seed, series, drawn, effect, one_market_each=design == "one_market", **settings
    )
    assert found == pytest.approx(whole, nan_ok=True, abs=1e-12)


def test_studies_that_are_in_the_file_are_known(tmp_path):
    path = tmp_path / "studies.csv"
    assert size_real.done_in(path) == set()
    row = {"source": "simulated", "design": "rough", "dates": 3, "effect": 0.0, "seed": 7}
    size_real.append(path, row | {"placebo": 0.2})
    size_real.append(path, row | {"seed": 8, "placebo": 0.3})
    assert size_real.done_in(path) == {("simulated", "rough", 3, 0.0, seed) for seed in (7, 8)}


def test_studies_become_a_table_a_test_with_its_interval():
    columns = {"source": "simulated", "design": "rough", "dates": 3, "effect": 0.0, "draws": 399}
    rows = pd.DataFrame({"seed": range(100), "seconds": 0.6, **columns})
    rows = rows.assign(
        placebo=np.where(rows["seed"] < 12, 0.01, 0.5), moderated_placebo=0.5, mean_square=0.05,
        contrast=np.where(rows["seed"] < 50, np.nan, 0.2),
    )  # fmt: skip
    text = size_real.tables(pd.concat([rows, rows.assign(effect=1.0, dates=12)]))
    assert text.startswith("200 studies, 399 draws each, 2 minutes of one processor.")
    assert text.count("### ") == 8
    (line,) = [
        line
        for line in text.split("### `placebo`: size on simulated series")[1].splitlines()[:5]
        if line.startswith("| Dates in proportion")
    ]
    assert line.endswith("| **12.0** (7.0 to 19.8) of 100 |")
    contrast = text.split("### `contrast`: size on simulated series")[1]
    assert "| 0.0 (0.0 to 7.1) of 50 |" in contrast
    assert "### `placebo`: power at an effect of 1 on simulated series" in text
    assert max(map(len, text.split("### ")[0].splitlines())) <= 120
