"""The script that measures error rates: its designs run, it counts right and resumes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from loaded_script import loaded_script

from eventstudy.inference import STATISTICS

pytestmark = pytest.mark.fast_tests(4)

size_table = loaded_script("benchmarks/size_table.py")


def windows_of(design):
    return [f"[{start},{end}]" for start, end in design.windows]


@pytest.mark.fast_cases(3)
@pytest.mark.parametrize("key", size_table.DESIGNS)
def test_every_statistic_has_an_answer_under_every_design(key):
    design = size_table.DESIGNS[key]
    rejects = size_table.replicate(3, design, design.statistics(), 19)["rejects"]
    assert list(rejects) == windows_of(design)
    for window, answers in rejects.items():
        names = set(answers) - {size_table.NAIVE, size_table.EXACT}
        assert names == set(STATISTICS.names())
        assert {answers[name] for name in names} <= {0, 1, None}
        if key not in ("few", "single"):
            of_sessions = {"dutta_t"} if window == "[0,0]" else set()  # of two or more
            assert {name for name in names if answers[name] is None} == of_sessions


@pytest.mark.parametrize("room", size_table.ROOMS)
def test_what_rejections_depend_on_is_there(room):
    """A module that moved would change rates without a new simulation."""
    assert list((size_table.ROOT / "eventstudy").glob(f"{room}.py"))


def test_large_effects_are_found():
    design = size_table.POWER["power_12_3"]
    assert design.panel["effect"] == pytest.approx(0.03)
    for seed in range(3):
        rejects = size_table.replicate(seed, design, size_table.DEFAULTS, 199)["rejects"]
        assert rejects["[0,0]"] == dict.fromkeys(size_table.DEFAULTS, 1)


def test_a_broken_run_is_taken_up_and_a_finished_one_is_not_repeated(tmp_path, monkeypatch):
    design = size_table.Design(
        title="small",
        panel={"n_events": 3, "n_markets": 2},
        windows=((0, 0),),
        names=("bmp", "portfolio_t"),
    )
    asked = []
    replicate = size_table.replicate

    def watched(seed, **settings):
        asked.append((seed, tuple(settings["names"])))
        return replicate(seed, **settings)

    monkeypatch.setattr(size_table, "replicate", watched)
    settings = {"draws": 0, "store": tmp_path}
    with ThreadPoolExecutor(1) as pool:
        first = size_table.run("small", design, replications=4, pool=pool, **settings)
        assert [seed for seed, _ in asked] == [0, 1, 2, 3]
        (path,) = tmp_path.glob("small-*.jsonl")
        lines = path.read_text(encoding="utf-8").splitlines()
        lines = [line for line in lines if line]
        path.write_text("\n".join([*lines[:3], lines[3][:20]]), encoding="utf-8")
        asked.clear()
        again = size_table.run("small", design, replications=4, pool=pool, **settings)
        assert [seed for seed, _ in asked] == [3]
        asked.clear()
        size_table.run("small", design, replications=4, pool=pool, **settings)
        assert asked == []
        monkeypatch.setattr(size_table, "code_of", lambda name: name)
        size_table.run("small", design, replications=1, pool=pool, **settings)
        assert asked == [(0, ("bmp", "portfolio_t"))]  # written otherwise: done anew
    assert first == again
    assert sum(first.known.values()) == 8


def test_cells_hold_share_interval_and_mark():
    key = ("[0,0]", "bmp")
    counts = size_table.Counts(hits={key: 100}, known={key: 1000}, missing={})
    assert size_table.cells(counts, *key) == ["10.0", "8.3 to 12.0", "too often"]
    counts = size_table.Counts(hits={key: 20}, known={key: 1000}, missing={})
    assert size_table.cells(counts, *key)[2] == "too seldom"
    counts = size_table.Counts(hits={key: 50}, known={key: 1000}, missing={})
    assert size_table.cells(counts, *key)[2] == ""
    assert size_table.cells(size_table.Counts(), *key) == ["", "", ""]


def test_dates_that_are_tested_lie_among_others_for_a_test_that_borrows():
    for key, pairs in (("shared_05", 48), ("overlapping", 48), ("independent", 48), ("few", 12)):
        design = size_table.DESIGNS[key]
        built, is_tested = size_table._built(
            1, design, ["moderated_placebo"], 19, beside=design.beside
        )
        assert is_tested.sum() == pairs
        assert len(is_tested) == pairs + 4 * design.beside
        assert np.bincount(built.table.security[is_tested]).tolist() == [pairs // 4] * 4


def test_rows_of_some_tests_are_merged_and_the_rest_of_a_page_stays():
    keys = ("independent", "few")
    old = {key: size_table.Counts() for key in keys}
    page = "# Head\n\nWhat it means.\n"
    page = size_table.placed(page, size_table.page(old, replications=1000, draws=199))
    page += "\n## Kept by hand\n\n| `bmp` | 1 |\n"
    key = ("[0,0]", "mean_square")
    new = {"independent": size_table.Counts(hits={key: 2}, known={key: 40}, missing={})}
    tables = page.split(size_table.BEGIN)[1].split(size_table.END)[0]
    for _ in range(2):  # once more changes nothing
        tables = size_table.merged(tables.strip(), new, ["mean_square"], 40, 199)
    again = size_table.placed(page, tables)
    before, after = page.splitlines(), again.splitlines()
    added = [line for line in after if line not in before]
    assert added == [
        "Rows of `mean_square`: seeds 0 to 39, 199 draws.",
        "| `mean_square` | 5.0 | 1.4 to 16.5 |  |  |  |  |  |",
    ]
    assert len(after) == len(before) + 2
    assert size_table.placed(again, tables) == again


def test_page_has_a_table_for_each_design_and_says_how_it_was_made():
    counts = {key: size_table.Counts() for key in (*size_table.DESIGNS, *size_table.POWER)}
    text = size_table.page(counts, replications=1000, draws=199)
    text = size_table.placed("", text)
    assert text.startswith(size_table.BEGIN)
    assert text.count("\n## ") == len(size_table.DESIGNS) + 1
    assert "--replications 1000 --draws 199" in text
    assert "exactly 10." in text
    assert max(map(len, (line for line in text.splitlines() if not line.startswith("|")))) <= 120
