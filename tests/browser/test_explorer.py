"""The explorer of a report in a real browser: its numbers, filters, keys and addresses."""

from __future__ import annotations

import hostile_pages
import numpy as np
import pandas as pd
import pytest
from hostile_pages import CATEGORY, HEADLINES, MARKET

from eventstudy import ConstantMean, Events, EventStudy, PricePanel
from eventstudy.text import records

ROWS = "[data-part=rows] tr"


@pytest.fixture
def explorer(opened, saved):
    """Open the report at an address within it."""

    def open_at(address="#explore", **screen):
        return opened(saved("report"), at=address, **screen)

    return open_at


def words(page, part):
    text = page.inner_text(f"[data-part={part}]")
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{MINUS SIGN}", "-")


def numbers(page, column):
    cells = page.locator(f"{ROWS} td:nth-child({column})").all_inner_texts()
    return [float(cell.replace("\N{MINUS SIGN}", "-")) for cell in cells]


def address(page):
    return page.evaluate("location.hash")


def moves(record, direction, market, start, end, column):
    """Return a market's return by day 0, without days that hold the opposite direction."""
    beside = column == "abnormal_return"
    frame = record.abnormal_returns_beside if beside else record.abnormal_returns
    frame = frame[(frame["security"] == market) & frame["tau"].between(start, end)]
    days = record.alignment[record.alignment["security"] == market].set_index("event_id")["session"]
    tone = record.events.set_index("event_id")["direction"]
    against = {days[event] for event in days.index if tone[event] != direction}
    out = {}
    for event, part in frame.groupby("event_id", sort=False):
        if tone[event] == direction and days[event] not in against and days[event] not in out:
            values = part.sort_values("tau")[column]
            out[days[event]] = float(values.sum() if beside else (1 + values).prod() - 1)
    return out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("column", "start", "end", "kind"), [("return", 0, 1, 0), ("abnormal_return", -2, 3, 1)]
)
def test_the_sentence_is_what_a_plain_sum_gives(explorer, column, start, end, kind):
    record = hostile_pages.study()
    values = np.array(sorted(moves(record, "escalation", "HSI", start, end, column).values()))
    assert len(values) >= 8
    low, middle, high = 100 * np.quantile(values, [0.1, 0.5, 0.9])
    at = f"#explore&market=HSI&direction=escalation&from={start}&to={end}&returns={kind}"
    with explorer(at) as page:
        assert words(page, "headline") == (
            f"{len(values)} dates \N{MIDDLE DOT} middle {middle:+.2f} % \N{MIDDLE DOT} 8 in 10 "
            f"between {low:+.2f} and {high:+.2f} % \N{MIDDLE DOT} up on {(values > 0).sum()} "
            f"\N{MIDDLE DOT} worst {100 * values[0]:+.2f}, best {100 * values[-1]:+.2f} %"
        )
        assert page.locator(ROWS).count() == len(values)
        assert page.locator("[data-part=dots] circle").count() == len(values)


@pytest.mark.slow
def test_filters_stand_in_the_address_and_a_shared_address_brings_them_back(explorer):
    with explorer() as page:
        page.select_option("[data-part=market]", MARKET)
        page.select_option("[data-part=direction]", "de-escalation")
        page.fill("[data-part=to]", "3")
        page.fill("[data-part=words]", "customs")
        page.locator("th[data-sort=value] button").click()
        shared, said, rows = address(page), words(page, "headline"), numbers(page, 3)
        assert "words=customs" in shared
        assert 0 < len(rows) < 30
    with explorer(shared) as page:
        assert words(page, "headline") == said
        assert numbers(page, 3) == rows
        assert page.input_value("[data-part=market]") == MARKET
        assert page.input_value("[data-part=to]") == "3"
        page.get_by_role("button", name="All of it").click()
        assert address(page) == "#explore"
        assert page.locator(ROWS).count() > len(rows)


@pytest.mark.slow
def test_tables_are_sorted_by_click_and_by_key(explorer):
    with explorer() as page:
        head = page.locator("th[data-sort=value]")
        head.locator("button").click()
        assert head.get_attribute("aria-sort") == "descending"
        assert numbers(page, 3) == sorted(numbers(page, 3), reverse=True)
        for key, order in (("Enter", "ascending"), ("Space", "descending")):
            head.locator("button").press(key)
            assert head.get_attribute("aria-sort") == order
            assert numbers(page, 3) == sorted(numbers(page, 3), reverse=order == "descending")


@pytest.mark.slow
def test_pointing_and_focus_tell_the_news_of_a_date(explorer):
    with explorer() as page:
        dot = page.locator("[data-part=dots] circle").first
        date = dot.get_attribute("data-date")
        dot.hover()
        assert words(page, "facts").startswith(date)
        assert page.locator("[data-part=facts] li a").count() > 0
        assert page.locator(f"[data-part=paths] path.on[data-date='{date}']").count() == 1
        page.mouse.move(5, 5)
        page.locator("button.date").nth(3).focus()
        fourth = page.locator(ROWS).nth(3).get_attribute("data-date")
        assert words(page, "facts").startswith(fourth)


@pytest.mark.slow
def test_keys_walk_the_dates_choose_one_and_let_it_go(explorer):
    with explorer("#explore&market=N225") as page:
        buttons = page.locator("button.date")
        buttons.first.focus()
        for key, place in (("ArrowDown", 1), ("ArrowDown", 2), ("ArrowUp", 1)):
            page.keyboard.press(key)
            date = page.locator(ROWS).nth(place).get_attribute("data-date")
            assert page.evaluate("document.activeElement.textContent") == date
            assert words(page, "facts").startswith(date)
        page.keyboard.press("End")
        assert buttons.last.evaluate("button => button === document.activeElement")
        page.keyboard.press("Home")
        page.keyboard.press("Enter")
        assert f"date={buttons.first.inner_text()}" in address(page)
        page.keyboard.press("Escape")
        assert "date=" not in address(page)
        page.keyboard.press("Space")
        assert "date=" in address(page)


@pytest.mark.slow
def test_hostile_texts_are_found_shown_and_linked_as_text(explorer):
    with explorer() as page:
        for text in (HEADLINES[0], HEADLINES[1], HEADLINES[2], HEADLINES[5], HEADLINES[6]):
            page.fill("[data-part=words]", text[:60])
            assert text in page.locator("[data-part=rows]").text_content()
            page.locator("button.date").first.focus()
            assert text in page.locator("[data-part=facts]").text_content()
            titles = page.locator("[data-part=dots] title").all_text_contents()
            assert any(text in title for title in titles)
            assert page.evaluate("document.documentElement.scrollWidth") <= 1440
        page.fill("[data-part=words]", "")
        page.select_option("[data-part=kind]", CATEGORY)
        assert page.locator(ROWS).count() > 0
        page.select_option("[data-part=market]", MARKET)
        assert MARKET in page.locator("[data-part=facts], [data-part=market]").first.text_content()
        shared = address(page)
    with explorer(shared) as page:
        assert page.input_value("[data-part=kind]") == CATEGORY


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 320])
def test_on_a_telephone_the_explorer_stays_within_the_screen(explorer, width):
    with explorer(width=width) as page:
        page.fill("[data-part=words]", HEADLINES[5][:20])
        assert page.locator(ROWS).count() > 0
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        table = page.locator(".dates").bounding_box()
        last = page.locator(f"{ROWS} td:last-child").first.bounding_box()
        assert last["x"] + last["width"] <= table["x"] + table["width"] + 1


def closed_now_and_then():
    """Return a study of three markets with holidays of their own, and news on some dates."""
    dates = pd.bdate_range("2021-01-04", periods=320)
    rng = np.random.default_rng(7)
    closes = pd.DataFrame(
        100 * np.exp(rng.normal(0, 0.01, (320, 3)).cumsum(axis=0)), index=dates, columns=list("ABC")
    )
    for name in closes:
        closes.loc[rng.choice(dates[130:], 30, replace=False), name] = np.nan
    days = np.sort(rng.choice(dates[140:300], 60, replace=True))
    events = pd.DataFrame(
        {
            "event_id": [f"E{number:02d}" for number in range(60)],
            "date": days,
            "direction": rng.choice(["escalation", "de-escalation"], 60, p=[0.7, 0.3]),
        }
    )
    asked = EventStudy(
        markets=("A", "B", "C"), model=ConstantMean(), estimation_window=(-100, -11),
        event_window=(-2, 3), car_windows=[(0, 1)], statistics="patell", by=(), calendar="data",
        date_only="next", min_obs=60, draws=0,
    )  # fmt: skip
    return asked.fit(Events.from_frame(events), PricePanel.from_frame(closes))


@pytest.mark.slow
def test_all_markets_together_have_the_dates_of_the_first_page(opened, tmp_path):
    results = closed_now_and_then()
    path = results.report(tmp_path / "report.html")
    ranges = results.ranges
    chosen = ranges[(ranges["window_start"] == 0) & (ranges["window_end"] == 1)]
    assert chosen["n_mixed"].gt(0).any()
    for row in records(chosen):
        market = "" if row.security == "all" else row.security
        direction = row.group.partition("=")[2]
        with opened(path, at=f"#explore&market={market}&direction={direction}") as page:
            if row.group == "all":
                page.select_option("[data-part=direction]", "")
            assert words(page, "headline").startswith(
                f"{row.n_dates} dates \u00b7 middle {100 * row.median:+.2f} % \u00b7 8 in 10 "
                f"between {100 * row.low:+.2f} and {100 * row.high:+.2f} % \u00b7 up on {row.n_up} "
            )
            if row.n_mixed:
                assert f"{row.n_mixed} more date" in words(page, "aside")
    sessions = results.alignment["session"].nunique()
    pooled = chosen[(chosen["group"] == "all") & (chosen["security"] == "all")]
    assert pooled["n_dates"].item() < sessions, "the news of one day is one date, holidays or not"
