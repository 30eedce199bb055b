"""The report in a real browser: addresses within it, its lists of events, its tables, its keys."""

from __future__ import annotations

import hostile_pages
import pytest


@pytest.fixture
def report(opened, saved):
    """Open the report at an address within it."""

    def open_at(address="", **screen):
        return opened(saved("report"), at=address, **screen)

    return open_at


def is_in_sight(node):
    return node.evaluate(
        "node => { const box = node.getBoundingClientRect();"
        " return box.height > 0 && box.top >= -1 && box.top < innerHeight; }"
    )


def colour(node):
    return node.evaluate("node => getComputedStyle(node).backgroundColor")


@pytest.fixture(scope="module")
def ids():
    return hostile_pages.study().events["event_id"].tolist()


@pytest.mark.slow
@pytest.mark.parametrize("width", [1440, 390])
def test_the_address_of_an_event_opens_and_marks_it(report, ids, width):
    with report(f"#event-{ids[7]}", width=width) as page:
        event = page.locator(f"#event-{ids[7]}")
        assert event.get_attribute("open") is not None
        assert is_in_sight(event)
        assert colour(event.locator("summary")) != colour(
            page.locator(f"#event-{ids[9]} > summary")
        )
        page.evaluate(f"location.hash = '#event-{ids[20]}'")
        page.wait_for_function(f"document.getElementById('event-{ids[20]}').open")
        assert is_in_sight(page.locator(f"#event-{ids[20]}"))


@pytest.mark.slow
def test_the_address_of_a_market_marks_its_row(report):
    with report("#market-N225") as page:
        row = page.locator("#market-N225")
        assert is_in_sight(row)
        assert colour(row.locator("th")) != colour(row.locator("xpath=../tr[2]/th"))
        linked = page.locator("#findings a[href^='#market-']")
        assert linked.count() > 0
        for href in {link.get_attribute("href") for link in linked.all()}:
            assert page.evaluate("href => !!document.getElementById(href.slice(1))", href), href


@pytest.mark.slow
def test_an_address_inside_what_is_folded_unfolds_it(report):
    with report() as page:
        row = page.locator("main details:not([open]) tbody tr").last
        row.evaluate("row => { row.id = 'inside'; location.hash = '#inside'; }")
        page.wait_for_function("document.getElementById('inside').closest('details').open")
        assert is_in_sight(page.locator("#inside"))
        assert colour(page.locator("#inside > *").first) != "rgba(0, 0, 0, 0)"


@pytest.mark.slow
def test_every_address_within_the_page_leads_somewhere(report):
    with report() as page:
        lost = page.evaluate(
            "[...document.querySelectorAll('a[href^=\"#\"]')].map(a => a.getAttribute('href'))"
            ".filter(to => !to.startsWith('#explore&') && !document.getElementById(to.slice(1)))"
        )
        assert lost == []


@pytest.mark.slow
def test_an_event_is_found_by_its_id_alone(report, ids):
    with report() as page:
        shown = page.locator("details.event:visible")
        assert shown.count() == len(ids)
        page.fill("#filter", ids[5])
        assert shown.count() == 1
        assert page.inner_text("#filtered") == f"1 of {len(ids)}"
        page.fill("#filter", "<script>alert(1)")
        assert shown.count() == 1
        page.fill("#filter", "no such word")
        assert shown.count() == 0
        page.fill("#filter", "")
        assert shown.count() == len(ids)


@pytest.mark.slow
def test_folded_things_and_tables_obey_the_keyboard(report, ids):
    with report() as page:
        event = page.locator(f"#event-{ids[5]}")
        for key in ("Enter", "Space", "Enter"):
            event.locator("summary").press(key)
        assert event.get_attribute("open") is not None
        head = event.locator("thead th").nth(3)
        for key, order in (("Enter", "ascending"), ("Space", "descending")):
            head.locator("button").press(key)
            assert head.get_attribute("aria-sort") == order
            cells = event.locator("tbody td:nth-child(4)").all_inner_texts()
            values = [float(cell.replace("\N{MINUS SIGN}", "-")) for cell in cells]
            assert values == sorted(values, reverse=order == "descending")


@pytest.mark.slow
def test_the_contents_close_by_escape_and_by_a_choice_on_a_telephone(report):
    with report(width=390) as page:
        contents = page.locator("#contents")
        assert contents.get_attribute("open") is None
        contents.locator("summary").press("Enter")
        assert contents.get_attribute("open") is not None
        page.keyboard.press("Tab")
        page.keyboard.press("Escape")
        assert contents.get_attribute("open") is None
        assert contents.locator("summary").evaluate("node => node === document.activeElement")
        page.keyboard.press("Enter")
        contents.get_by_role("link", name="Methods").press("Enter")
        assert contents.get_attribute("open") is None
        assert is_in_sight(page.locator("#methods"))


@pytest.mark.slow
def test_the_first_key_leads_past_the_contents(report):
    with report() as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        assert page.locator(".skip").bounding_box()["x"] >= 0
        page.keyboard.press("Enter")
        assert page.evaluate("location.hash") == "#findings"


@pytest.mark.slow
def test_without_scripts_the_explorer_says_where_its_numbers_are(report):
    with report(script=False) as page:
        assert "abnormal_returns.csv" in page.inner_text("#explore")
        assert not page.locator("[data-part=market]").is_visible()
        assert not page.locator("#filter").is_visible()
        assert "All together" in page.inner_text("#findings")


@pytest.mark.slow
def test_values_of_figures_are_told_under_the_pointer_as_text(report):
    with report() as page:
        told = page.locator("figure svg title").all_text_contents()
        assert any(text.startswith("<script>alert(1)</script>") for text in told)
        assert any(text.startswith("Tokyo / Reuters") and "%" in text for text in told)
