"""The figures of the report, as SVG."""

from __future__ import annotations

from typing import Any

import pytest
from frames import manifest_of, record_of

from eventstudy.reporting import figures, wording
from eventstudy.reporting.report_figures import _largest, draw_figures

pytestmark = pytest.mark.fast_tests(1)


@pytest.mark.parametrize(("units", "has_stars"), [(2, False), (wording.MIN_DATES, True)])
def test_cells_of_one_or_two_dates_have_no_stars_however_many_events(
    units: int, has_stars: bool
) -> None:
    frame = record_of(1).heatmap.assign(n_events=9, n_units=units, pvalue=0.001)
    ax = figures.plot_heatmap(frame)
    texts = [text.get_text() for text in ax.texts]
    assert any("*" in text for text in texts) == has_stars
    assert any(f"n {units}" in text for text in texts)
    assert f"fewer than {wording.MIN_DATES} independent dates" in " ".join(ax.get_xlabel().split())


@pytest.mark.slow
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


@pytest.fixture(scope="module")
def drawn() -> list[dict[str, Any]]:
    return draw_figures(record_of(3))


def test_every_figure_has_a_narrow_form_and_a_sentence_with_its_numbers(
    drawn: list[dict[str, Any]],
) -> None:
    assert len(drawn) >= 4
    for entry in drawn:
        assert set(entry) == {"title", "caption", "alt", "svg", "pixels"}
        assert entry["svg"].count("<svg ") == 2
        assert 'figure-narrow" style="display: none"' in entry["svg"]
        assert any(letter.isdigit() for letter in entry["alt"])


def test_the_scale_of_single_events_is_said(drawn: list[dict[str, Any]]) -> None:
    of_event = [entry for entry in drawn if entry["title"] == "Event by event"]
    assert "Intervals are scaled by the volatility" in of_event[0]["caption"]
    assert "of the intervals exclude zero" in of_event[0]["alt"]
