"""The documentation site as it was built, opened from files: search, telephone, dark."""

from __future__ import annotations

from pathlib import Path

import pytest

BUILT = Path(__file__).parents[2] / "docs" / "_build" / "html"
PAGES = (
    "docs/index.html",
    "docs/start.html",
    "docs/gallery/README.html",
    "docs/gallery/kinds-of-news.html",
    "docs/howto/own-prices.html",
    "docs/errors.html",
    "docs/study-file.html",
    "docs/statistics/README.html",
    "docs/statistics/placebo.html",
    "docs/reference/generated/eventstudy.EventStudyResults.html",
    "notebooks/01_quickstart.html",
)

# What is asked, in the words of who asks, and the page that answers.
QUESTIONS = {
    "which test": "docs/statistics/README.html",
    "own prices": "docs/howto/own-prices.html",
    "shared dates": "docs/statistics/README.html",
    "date without a time": "docs/errors.html",
    "stars": "docs/tables.html",
    "minutes": "docs/howto/intraday.html",
    "plot_caar": "docs/figures.html",
    "CoverageError": "docs/errors.html",
    "min_obs": "docs/study-file.html",
    "Stata": "docs/numbers.html",
    "new market": "docs/howto/new-market.html",
    "word table": "docs/tables.html",
    "how do I use my own prices": "docs/questions.html",
    "why was my event dropped": "docs/questions.html",
    "which test for few markets": "docs/questions.html",
    "is it significant if size is 12 %25": "docs/questions.html",
    "p-value of placebo": "docs/statistics/placebo.html",
    "what is the unit of car": "docs/columns.html",
    "time zone": "docs/data-sources.html",
    "Bloomberg": "docs/prices.html",
    "LaTeX table": "docs/tables.html",
    "how do I cite": "docs/questions.html",
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (BUILT / "docs" / "index.html").is_file(),
        reason="the site is not built; make docs builds it",
    ),
]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_fits_a_telephone(opened, page, dark):
    with opened(BUILT / page, width=390, height=844, dark=dark) as tab:
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
        ground = tab.evaluate("getComputedStyle(document.body).backgroundColor")
        parts = [int(part) for part in ground.strip("rgba()").split(",")[:3]]
        assert (sum(parts) < 200) is dark


@pytest.mark.parametrize("question", QUESTIONS)
def test_search_finds_the_answer_without_a_server(opened, question):
    words = question.replace(" ", "+")
    with opened(BUILT / "search.html", at=f"?q={words}") as tab:
        # Results are shown one after the other; a sentence says when all are there.
        tab.wait_for_selector(".search-summary:not(:empty)", timeout=0)
        found = tab.eval_on_selector_all("ul.search li a", "all => all.map(one => one.href)")
        pages = list(dict.fromkeys(link.partition("#")[0].partition("?")[0] for link in found))
        assert (BUILT / QUESTIONS[question]).as_uri() in pages[:10]


def test_the_first_page_leads_on(opened):
    with opened(BUILT / "index.html") as tab:
        tab.wait_for_url("**/docs/index.html")
        tab.click("text=Start in five minutes >> nth=0")
        assert "Start in five minutes" in tab.inner_text("h1")


def test_the_gallery_shows_a_picture_for_every_page(opened):
    with opened(BUILT / "docs" / "gallery" / "README.html") as tab:
        shown = tab.eval_on_selector_all(
            "img.gallery-picture", "all => all.map(one => one.naturalWidth)"
        )
        assert len(shown) >= 12
        assert min(shown) > 0
