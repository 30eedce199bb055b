"""The page of an expectation at every width: no column runs into the next, nothing sideways."""

from __future__ import annotations

import pytest
from small_expectation import expectation

from eventstudy.expectation.page import render

OVERLAPS = """() => [...document.querySelectorAll('.markets tbody tr')].flatMap(row => {
  const boxes = [...row.children].map(cell => {
    const text = document.createRange(); text.selectNodeContents(cell);
    return text.getBoundingClientRect();
  });
  return boxes.slice(1).map((box, k) => [box, boxes[k]]).filter(([box, left]) =>
    box.left < left.right - 0.5 && box.top < left.bottom && box.bottom > left.top
  ).map(([box]) => Math.round(box.left));
})"""


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("expect") / "morning.html"
    path.write_text(render(expectation()), encoding="utf-8")
    return path


@pytest.mark.slow
def test_columns_stay_apart(opened, page_file):
    with opened(page_file, width=1120) as page:
        for width in (390, 720, 721, 910, 911, 950, 1000, 1040, 1041, 1120):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate(OVERLAPS) == [], width
            assert page.evaluate("document.documentElement.scrollWidth") <= width
