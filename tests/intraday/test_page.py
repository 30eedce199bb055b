"""The page of an intraday study: text is escaped, and only the first pairs are shown by the bar."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup

from eventstudy.intraday.page import render


def page(n_pairs=1):
    names = [f"E{number}<b>" for number in range(n_pairs)]
    alignment = pd.DataFrame({"event_id": names, "security": "AAA"})
    bars = alignment.assign(
        clock="12:00", minute=0, abnormal_return=0.01, std_error=0.002, standardized=5.0, path=0.01
    )
    bars["return"] = 0.011
    table = pd.DataFrame({"event": names, "CAR": "+1.00 %"})
    table.attrs["notes"] = "t: a note"
    empty = pd.DataFrame(columns=["security", "reason"])
    return render(
        title="<script>alert(1)</script>", sentences=["1 pair & more."],
        drawings=[(Markup("<svg></svg>"), "a path")], table=table, statistics=empty,
        frames={
            "alignment": alignment, "abnormal_returns": bars, "dropped": empty, "days": empty,
            "left_out": empty, "checks": empty,
        },
        manifest={"seed": 5},
    )  # fmt: skip


def test_text_is_escaped_and_the_drawing_is_not():
    text = page()
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "E0&lt;b&gt;" in text
    assert "<svg></svg>" in text
    assert "t: a note" in text


def test_bars_of_the_first_twelve_pairs_are_shown():
    assert page(12).count(">12:00<") == 12
    assert page(13).count(">12:00<") == 12
