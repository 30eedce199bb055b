"""The figures of the report, as SVG."""

from __future__ import annotations

import re

import pytest
from frames import manifest_of, record_of
from matplotlib.figure import Figure

from eventstudy.reporting import figures
from eventstudy.reporting.report_figures import _largest, draw_figures, svg


@pytest.mark.parametrize(("units", "has_stars"), [(7, False), (8, True)])
def test_cells_of_few_dates_have_no_stars_however_many_events(units: int, has_stars: bool) -> None:
    frame = record_of(1).heatmap.assign(n_events=9, n_units=units, pvalue=0.001)
    ax = figures.plot_heatmap(frame)
    texts = [text.get_text() for text in ax.texts]
    assert any("*" in text for text in texts) == has_stars
    assert f"n = {units}" in texts
    assert "fewer than 8 independent dates" in " ".join(ax.get_xlabel().split())


def test_both_models_have_a_heatmap_of_the_same_colours() -> None:
    beside = {"name": "market_model", "benchmark": "SPX"}
    manifest = manifest_of(model={"name": "constant_mean", "beside": beside})
    manifest["beside"] = {"factors": ["S&P 500"], "sync": "asof"}
    cells = record_of(1).heatmap
    record = record_of(
        1, manifest=manifest, heatmap_beside=cells.assign(estimate=cells["estimate"] / 2)
    )
    first, second = (entry for entry in draw_figures(record) if "Which news" in entry["title"])
    assert first["title"] == "Which news, which market, in total"
    assert second["title"] == "Which news, which market, beyond S&P 500"
    assert _largest(record) == _largest(record_of(1, heatmap_beside=cells))
    alone = [entry["title"] for entry in draw_figures(record_of(1))]
    assert "Which news, which market" in alone
    assert not [title for title in alone if "beyond" in title]


def test_the_same_figure_gives_the_same_bytes_and_its_identifiers_a_prefix() -> None:
    def drawn() -> Figure:
        figure = Figure(figsize=(2, 1))
        figure.subplots().plot([0, 1], [0, 1], label="a & b")
        return figure

    text = svg(drawn(), "f7")
    assert text == svg(drawn(), "f7")
    assert text.startswith("<svg viewBox=")
    ids = re.findall(r' id="([^"]*)"', text)
    assert ids
    assert all(name.startswith("f7-") for name in ids)
    used = re.findall(r'(?:url\(|href=")#([^")]*)', text)
    assert set(used) <= set(ids)
    assert "<metadata>" not in text
