"""The code of the guides runs, and shows what they say it shows."""

from __future__ import annotations

import re
import sys
import types
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

import eventstudy as es

DOCS = Path(__file__).parents[2] / "docs"


def run_page(name):
    """Run the Python blocks of a page, one after the other, and return what they defined."""
    text = (DOCS / name).read_text(encoding="utf-8")
    # A module, as classes look theirs up.
    module = sys.modules["guide"] = types.ModuleType("guide")
    names = module.__dict__
    for block in re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        exec(compile(block, name, "exec"), names)  # noqa: S102 - our own pages
    return names


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    yield
    sys.modules.pop("guide", None)
    plt.close("all")


@pytest.mark.slow
def test_the_guide_of_tables(tmp_path):
    names = run_page("tables.md")
    table = names["table"]
    assert (tmp_path / "table-1.tex").read_text(encoding="utf-8") == table.to_latex()
    assert r"\label{tab:tariffs}" in table.to_latex()
    assert names["latex"].count("S[") >= 4
    assert r"\begin{longtable}" in names["pages"]


def test_an_own_statistic_stands_in_tables_like_the_others():
    try:
        names = run_page("own-statistic.md")
        table = names["results"].etable(
            tests=["share_up", "placebo"], labels={"share_up": "Share up"}
        )
        assert list(table.table().columns)[1:4] == ["CAAR, %", "Share up", "placebo"]
        assert "Share up: null, positive and negative abnormal returns are equally" in table.notes
        numbers = table.to_frame()
        own = numbers[numbers["name"] == "share_up"]
        assert own[["size", "pvalue_corrected"]].notna().all(axis=None)
        # markets that move together are not independent: the formula rejects too often
        assert own["size_low"].min() > 0.05
        assert own["star_pvalue"].equals(own["pvalue_corrected"])
    finally:
        es.STATISTICS.remove("share_up")


def test_an_own_model_is_named_below_tables():
    try:
        names = run_page("own-model.md")
        table = names["results"].etable(tests=["portfolio_t", "placebo"], columns="market")
        assert "Normal returns: shrunk_beta on BMK, estimated over [-120,-11]." in table.notes
        heads = [over for over, _ in table.table().columns]
        assert list(dict.fromkeys(heads)) == ["", "M01", "M02", "M03"]
    finally:
        es.MODELS.remove("shrunk_beta")
