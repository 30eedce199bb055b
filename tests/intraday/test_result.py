"""Intraday results as a person meets them: text, figures, folder."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from eventstudy import (
    SpecificationError,
)
from eventstudy.exceptions import SourceError
from eventstudy.io.folders import check_folder


def test_text_fits_a_terminal_and_says_what_was_done(results):
    text = results.to_text(80)
    assert max(len(line) for line in text.splitlines()) <= 80
    for words in ("4 pairs of 2 events", "bars of 30 minutes", "p placebo", "All events"):
        assert words in text
    assert "windows in minutes from the begin" in " ".join(text.split())
    assert "sessions relative to day 0" not in " ".join(text.split())
    assert repr(results).startswith("Intraday event study")
    html = results._repr_html_()
    assert "A&lt;b&gt;" in html
    assert "A<b>" not in html


def test_figures_have_units(results):
    from matplotlib import pyplot as plt

    for draw, x, y in (
        (results.plot_caar, "minutes of trading", "%"),
        (results.plot_path, "minutes of trading", "%"),
        (results.plot_pattern, "America/New_York", "%"),
    ):
        ax = draw()
        assert x in ax.get_xlabel()
        assert y in ax.get_ylabel()
        plt.close(ax.figure)
    ax = results.plot_path(event="B", security="BBB")
    line = ax.lines[0].get_xydata()
    own = results.abnormal_returns.query("event_id == 'B' and security == 'BBB'")
    assert line[0] == pytest.approx([-60, 0])
    assert line[1:, 1] == pytest.approx(100 * own["path"].to_numpy())
    plt.close(ax.figure)
    with pytest.raises(SpecificationError, match="unknown event"):
        results.plot_path(event="C")
    with pytest.raises(SpecificationError, match="group"):
        results.plot_caar("category=z")


@pytest.mark.slow
def test_the_folder_is_whole_and_ours(results, tmp_path):
    target = results.save(tmp_path / "out")
    names = {path.name for path in target.iterdir()}
    assert {"car.csv", "intraday.html", "path.png", "pattern.png", "manifest.json"} <= names
    assert json.loads((target / "manifest.json").read_text())["kind"] == "intraday"
    page = (target / "intraday.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 4, "each figure once more for a narrow screen"
    assert "A&lt;b&gt;" in page
    assert "<script" not in page
    assert "http://www.w3.org" in page  # and no other address
    assert page.count("http:") + page.count("https:") == page.count("http://www.w3.org")
    written = pd.read_csv(target / "car.csv")
    assert written["car"].to_numpy() == pytest.approx(results.car["car"].to_numpy())
    assert "T" in pd.read_csv(target / "alignment.csv")["bar_start"].iloc[0]
    results.save(target)  # again
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("mine")
    with pytest.raises(SourceError, match="not results of eventstudy"):
        results.save(tmp_path / "other")
    with pytest.raises(SourceError, match="an intraday study"):
        check_folder(target)
