"""Every page in a real browser: anyone can use it, on any screen, and no text of others acts."""

from __future__ import annotations

import pytest
from accessibility import violations
from hostile_pages import MARKET, MARKUP, PAGES

SCREENS = {"desk": {"width": 1440}, "phone": {"width": 390}, "dark": {"width": 1440, "dark": True}}
ONCE = [name for name in PAGES if name != "full_report"]  # on a screen the two reports are alike

WIDTH = "document.documentElement.scrollWidth"
SMALL_LETTERS = """() => Array.from(document.querySelectorAll('svg text')).filter(text => {
  const scale = text.getScreenCTM(), box = text.getBoundingClientRect();
  const pixels = parseFloat(getComputedStyle(text).fontSize) * Math.hypot(scale.a, scale.b);
  return box.width && pixels < 11;
}).map(text => text.textContent)"""
FAINT_LETTERS = """() => {
  const numbers = colour => (colour.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255).map(
    c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  ).reduce((sum, c, k) => sum + c * [0.2126, 0.7152, 0.0722][k], 0);
  const paper = numbers(getComputedStyle(document.body).backgroundColor);
  return Array.from(document.querySelectorAll('figure svg')).flatMap(svg => {
    const shapes = Array.from(svg.querySelectorAll('rect, path')).filter(shape => {
      const style = getComputedStyle(shape);
      return style.fill !== 'none' && style.fillOpacity === '1' && style.opacity === '1'
        && !shape.closest('defs');
    }).map(shape => [shape, shape.getBoundingClientRect()]);
    return Array.from(svg.querySelectorAll('text')).filter(text => {
      const box = text.getBoundingClientRect();
      if (!box.width) { return false; }
      const x = box.x + box.width / 2, y = box.y + box.height / 2;
      const under = shapes.filter(([shape, b]) => b.x <= x && x <= b.right && b.y <= y
        && y <= b.bottom && shape.compareDocumentPosition(text) & 4 && b.width > 12);
      const ground = under.length
        ? numbers(getComputedStyle(under[under.length - 1][0]).fill) : paper;
      const pair = [light(numbers(getComputedStyle(text).fill)), light(ground)];
      return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05) < 3;
    }).map(text => text.textContent);
  });
}"""
ONE_OF_A_KIND = """() => document.querySelectorAll(
  'tbody tr:nth-child(n+7), details.event ~ details.event ~ details.event'
).forEach(node => node.remove())"""
REACHABLE = """() => Array.from(document.querySelectorAll(
  'a[href], button, input, select, summary, [tabindex="0"]'
)).filter(node => node.tabIndex >= 0 && node.checkVisibility({visibilityProperty: true})
).map((node, k) => { node.dataset.stop = k; return k; })"""
FOCUSED = """() => {
  const node = document.activeElement, style = getComputedStyle(node);
  if (node === document.body) { return null; }
  const box = node.getBoundingClientRect();
  return {stop: node.dataset.stop ?? '', text: node.outerHTML.slice(0, 120),
    ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0,
    seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth};
}"""


@pytest.mark.slow
@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("name", ONCE)
def test_anyone_can_use_it_and_nothing_leaves_it(opened, saved, name, screen):
    with opened(saved(name), **SCREENS[screen]) as page:
        assert page.evaluate(WIDTH) <= SCREENS[screen]["width"], "it scrolls sideways"
        page.evaluate(ONE_OF_A_KIND)
        assert violations(page) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_what_others_wrote_stays_text(opened, saved, name):
    with opened(saved(name)) as page:
        page.evaluate("document.querySelectorAll('details').forEach(item => { item.open = true; })")
        own = page.locator("head script, body > script").count()
        assert own == (2 if "report" in name else 0)
        made = page.locator(",".join(f"body {one}" for one in MARKUP)).count()
        assert made == own
        assert (
            page.locator("a:not([href^='#']):not([href*='.']):not([href^='pages/'])").count() == 0
        )
        assert page.locator("a[href^='javascript']").count() == 0
        shown = page.evaluate("document.body.textContent")
        if name != "calibration":
            assert "<script>alert(1)</script>" in shown
        if name not in ("calibration", "curve"):
            assert MARKET in shown
        for text in (shown, *page.evaluate("[...document.querySelectorAll('[aria-label], [title]')]"
                                           ".map(n => n.ariaLabel || n.title)")):  # fmt: skip
            assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in text


@pytest.mark.slow
@pytest.mark.parametrize("name", ONCE)
def test_on_a_telephone_figures_are_legible_and_nothing_is_cut(opened, saved, name):
    with opened(saved(name), width=390) as page:
        page.evaluate("document.querySelectorAll('details').forEach(item => { item.open = true; })")
        assert page.evaluate(SMALL_LETTERS) == []
        assert page.evaluate(WIDTH) <= 390
        page.set_viewport_size({"width": 320, "height": 640})
        assert page.evaluate(WIDTH) <= 320


@pytest.mark.slow
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("name", ONCE)
def test_in_the_dark_no_letter_of_a_figure_is_dark(opened, saved, name, width):
    with opened(saved(name), width=width, dark=True) as page:
        assert page.evaluate(FAINT_LETTERS) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ONCE)
def test_the_keyboard_alone_reaches_every_control_and_shows_where_it_is(opened, saved, name):
    with opened(saved(name)) as page:
        wanted = {str(stop) for stop in page.evaluate(REACHABLE)}
        order = []
        for _ in range(3 * len(wanted) + 20):
            page.keyboard.press("Tab")
            focus = page.evaluate(FOCUSED)
            if focus is None:
                break
            assert focus["ring"], focus["text"]
            assert focus["seen"], focus["text"]
            if focus["stop"] and focus["stop"] not in order:
                order.append(focus["stop"])
        assert wanted - set(order) == set()
        assert order == sorted(order, key=int), "the order of the page is that of the keys"


@pytest.mark.slow
@pytest.mark.parametrize("name", ONCE)
def test_without_scripts_the_answers_and_the_tables_are_there(opened, saved, name):
    with opened(saved(name), script=False) as page:
        assert page.locator("h1").is_visible()
        table = page.locator("main table").first
        assert table.is_visible()
        assert len(table.inner_text().split()) > 10
        folded = page.locator("main details > summary").first
        if folded.count():
            folded.click()
            assert page.locator("main details[open]").count() > 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "most"), [("report", 4), ("expectation", 1), ("calibration", 1), ("watch", 4)]
)
def test_on_paper_it_is_short(opened, saved, name, most):
    with opened(saved(name)) as page:
        printed = page.pdf(prefer_css_page_size=True)
    assert printed.count(b"/Type /Page\n") in range(1, most + 1)
