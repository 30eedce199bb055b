"""The page: answer first, harmless texts, readable in any light, one sheet of paper."""

from __future__ import annotations

import dataclasses
import re

import pytest
from lxml import html
from small_expectation import HEADLINE, RECORD, clock, expectation, forecast, market, markets

from eventstudy.expectation.page import render
from eventstudy.expectation.values import MarketExpectation
from eventstudy.reporting import palette


def text_of(page):
    tree = html.document_fromstring(page)
    for style in tree.xpath("//style"):
        style.drop_tree()
    return " ".join(" ".join(tree.itertext()).split())


def test_the_first_lines_answer():
    said = text_of(render(expectation()))
    assert "Mon 14 Apr 2025 06:45 Hong Kong · news Sat 12 Apr 09:30 (Fri 11 Apr 21:30" in said
    assert "Still to react Nikkei 225, TAIEX, Hang Seng, HS China Ent." in said
    assert "next: Nikkei 225 in 75 min" in said
    assert "Already trading Offshore yuan, Australian dollar" in said
    assert "How sure Little evidence" in said


def test_every_row_says_its_numbers_with_their_units():
    one = forecast(low=-0.0612, median=-0.0284, high=0.0689, n_up=5)
    it = expectation(markets=(MarketExpectation(title="Nikkei", clock=clock(), forecast=one),))
    said = text_of(render(it)).replace("\N{NO-BREAK SPACE}", " ")
    for words in (
        "−6.1 to +6.9 %", "−2.8 %", "−3.2 to +3.4 %", "1.90 %", "5 of 14", "+1.1 pp",
        "p 0.214, 11 dates", "all de-escalation news: 14 dates, 3 of this kind", "opens 08:00",
        "beyond S&P 500",
    ):  # fmt: skip
        assert words in said, words


def test_a_quiet_currency_has_two_decimals_and_says_what_up_is():
    page = render(expectation(markets=markets()[:1])).replace("\N{NO-BREAK SPACE}", " ")
    assert re.search(r"[+−]0\.\d\d %", page)
    assert "up: stronger yuan" in page


def test_few_dates_have_dots_and_no_range():
    page = render(expectation(markets=(markets()[3],)))
    assert "only 4 past dates: no range" in page
    assert page.count('<circle class="ring"') + page.count('class="same"') == 4 + 2  # the legend
    assert "Too few past dates for a range" in page


def test_a_market_without_past_dates_says_why():
    none = MarketExpectation(title="KOSPI", clock=clock(), forecast=None, why="no prices & dates")
    page = render(expectation(markets=(none,)))
    assert "no prices &amp; dates" in page


def test_what_does_not_beat_ordinary_days_says_so_before_everything_else():
    poor = dataclasses.replace(RECORD, crps_ratio=1.04)
    said = text_of(render(expectation(record=poor)))
    assert said.index("no more than ordinary days") < said.index("Still to react")
    assert "no more than ordinary days" not in text_of(render(expectation()))


def test_the_foot_has_record_caveats_dates_and_prices():
    said = text_of(render(expectation())).replace("\N{NO-BREAK SPACE}", " ")
    for words in (
        "312 forecasts: the 80 % range held 79 %", "5.2 % wide", "5.6 %", "in 56 %", "0.96 times",
        "Before you forward this", "The 14 past dates", "Prices to 2025-04-11",
        "taken as Hong Kong time",
    ):  # fmt: skip
        assert words in said, words
    assert "not scored" in text_of(render(expectation(record=None)))


def test_markets_that_end_elsewhere_and_notes_of_one_are_named():
    late = dataclasses.replace(markets()[2], forecast=forecast(
        prices_to=forecast().prices_to - 3, notes=("one note", "another"),
    ))  # fmt: skip
    other = dataclasses.replace(markets()[4], forecast=forecast(notes=("one note",)))
    said = text_of(render(expectation(markets=(late, other))))
    assert "Prices to 2025-04-08 (Nikkei 225); 2025-04-11 (Hang Seng)" in said
    assert said.count("one note") == 1
    assert "Nikkei 225: another" in said


def test_hostile_texts_stay_text():
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>\u202eevil"
    hostile = market(evil, "HSI", "to_open", "2025-04-14T01:30", "2025-04-14T08:00")
    past = tuple(dataclasses.replace(one, headlines=(evil,)) for one in hostile.forecast.past)
    hostile = dataclasses.replace(
        hostile, forecast=dataclasses.replace(hostile.forecast, past=past, notes=(evil,))
    )
    page = render(expectation(
        headline=evil, label_source=evil, markets=(hostile,), strength_reason=evil,
        caveats=(evil,), assumed=(evil,), benchmark=evil, category=evil, direction=evil,
    ))  # fmt: skip
    tree = html.document_fromstring(page)
    assert not tree.xpath("//script|//img|//*[@onerror]")
    assert "\u202e" not in page
    assert "default-src 'none'" in tree.xpath("//meta[@http-equiv]/@content")[0]


def test_nothing_is_fetched():
    page = render(expectation())
    addresses = set(re.findall(r"https?://[^\"' ]+", page))
    assert addresses <= {"http://www.w3.org/2000/svg"}
    assert "url(" not in page


def test_headlines_in_chinese_stay_whole():
    page = render(expectation(headline="商务部：正在评估美方谈判请求"))
    assert "商务部：正在评估美方谈判请求</bdi></h1>" in page
    assert "Noto Sans CJK" in page


def test_a_very_long_headline_is_cut_and_stands_whole_below():
    words = f"{HEADLINE} " * 30
    page = render(expectation(headline=words))
    title = html.document_fromstring(page).xpath("//h1")[0].text_content()
    assert len(title) <= 240
    assert title.endswith("…")
    assert words.strip() in text_of(page)


def test_every_drawing_says_in_words_what_it_shows():
    tree = html.document_fromstring(render(expectation()))
    drawings = tree.xpath("//svg[not(@aria-hidden)]")
    assert len(drawings) == 6
    for drawing in drawings:
        assert drawing.get("role") == "img"
        assert "past reactions from" in drawing.get("aria-label")


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_text_and_marks_are_legible_in_either_light():
    light, dark = (
        {c.name: getattr(c, side) for c in palette.COLOURS} for side in ("light", "dark")
    )
    style = render(expectation()).split("</style>", maxsplit=1)[0]
    used = set(re.findall(r"var\(--([\w-]+)\)", style))
    assert used <= set(light)
    for colours in (light, dark):
        for name in ("ink", "soft", "stop"):
            assert contrast(colours[name], colours["paper"]) >= 4.5, name
        for name in ("escalation", "de-escalation", "neutral", "ink"):
            assert contrast(colours[name], colours["paper"]) >= 3, name
            assert contrast(colours[name], colours["ordinary"]) >= 3, name


def test_equal_expectations_give_equal_pages():
    assert render(expectation()) == render(expectation())


def pages_on_paper(it):
    weasyprint = pytest.importorskip("weasyprint")
    return len(weasyprint.HTML(string=render(it)).render().pages)


@pytest.mark.slow
def test_on_paper_it_is_one_page():
    assert pages_on_paper(expectation(record=dataclasses.replace(RECORD, crps_ratio=1.04))) == 1
    # What the benchmark did meanwhile, and a long reason, take lines of their own.
    moved = [
        dataclasses.replace(row, forecast=dataclasses.replace(row.forecast, lead=0.0181))
        for row in markets()
        if row.forecast is not None
    ]
    it = expectation(markets=tuple(moved), strength_reason="the directions differ in markets, " * 9)
    assert pages_on_paper(it) == 1


@pytest.mark.slow
@pytest.mark.parametrize("n", [1, 8, 9, 12, 16, 24])
@pytest.mark.parametrize("n_words", [0, 40])
def test_on_paper_it_is_one_page_however_much_it_says(n, n_words):
    sentences = tuple(f"{i}: " + "something was assumed, " * 8 for i in range(n_words // 4))
    it = expectation(
        markets=tuple(markets()[i % 6] for i in range(n)),
        headline=" ".join([HEADLINE] * (1 + n_words // 6)),
        assumed=sentences,
        caveats=sentences[:3],
    )
    assert pages_on_paper(it) == 1
