"""Every page of the package, small, with texts from people who mean harm."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import small_calibration
import small_curve
import small_expectation
import small_intraday_study
from frames import (
    MARKETS,
    abnormal_returns_frame,
    contrasts_frame,
    manifest_of,
    ranges_frame,
    record_of,
    report_content,
)

from eventstudy import (
    Events,
    IntradayStudy,
    calibrate,
    simulate_panel,
    specification_curve,
)
from eventstudy.expectation.page import render as expectation_page
from eventstudy.reporting.record import StudyRecord
from eventstudy.reporting.report import render_html
from eventstudy.study.report_content import study_findings
from eventstudy.watch.items import Edit, Item, MarketRow
from eventstudy.watch.page import index_page
from eventstudy.watch.sources import Feed

HEADLINES = (
    "<script>alert(1)</script> tariffs",
    "</script><script>alert(2)</script><img src=x onerror=alert(3)>",
    "\" onmouseover=\"alert(4)\" x='' autofocus onfocus='alert(5)'",
    "\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe\N{POP DIRECTIONAL FORMATTING} and \N{ARABIC LETTER ALEF}",
    "\N{GRINNING FACE} \U0001f1ef\U0001f1f5 "
    "\u7f8e\u56fd\u5ba3\u5e03\u5bf9\u534a\u5bfc\u4f53\u4ea7\u54c1\u8c41\u514d\u5173\u7a0e",
    "W" * 500,
    "{{ 7 * 7 }} ${7*7} &lt;b&gt;bold&lt;/b&gt; <!-- --> ]]> $x_1^2$ \\alpha",
    "Tokyo | Reuters | Nikkei",
)
CATEGORY = "kind</option></select><script>alert(6)</script>'\""
MARKET = "M\"'><svg onload=alert(7)>"
"""In place of the offshore yuan."""
MARKUP = ("script", "img", "svg[onload]", "[onmouseover]", "[onfocus]", "[onerror]", "[onload]")
"""What the texts would make if one of them were read as markup."""
N_EVENTS = 30


def _renamed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.rename(columns={"CNH": MARKET}).replace("CNH", MARKET)


def study() -> StudyRecord:
    """Return a study of two models whose events and one of whose markets have such names."""
    plain = record_of(N_EVENTS)
    events = plain.events.copy()
    for place, text in enumerate(HEADLINES):
        events.loc[3 * place, "headline"] = text
    events.loc[0, ["url", "source"]] = ["javascript:alert(8)", HEADLINES[1]]
    kind = events["category"].iloc[1]
    events["category"] = events["category"].replace(kind, CATEGORY)
    manifest = manifest_of(
        markets=[MARKET if name == "CNH" else name for name in MARKETS],
        model={
            "name": "constant_mean", "beside": {"name": "market_model", "benchmark": "MSCI"},
        },
    )  # fmt: skip
    manifest |= {
        "beside": {"factors": ["MSCI"], "sync": "asof"},
        "markets": {"N225": {"label": "Nikkei 225"}, MARKET: {"label": MARKET}},
    }
    beside = abnormal_returns_frame(plain.alignment, seed=10)
    frames = {
        name: _renamed(getattr(plain, name))
        for name in (
            "statistics", "abnormal_returns", "car", "caar", "heatmap", "alignment", "dropped",
            "models", "checks", "prices",
        )
    }  # fmt: skip
    for name in ("statistics", "caar", "heatmap"):
        if "group" in frames[name]:
            frames[name]["group"] = frames[name]["group"].str.replace(kind, CATEGORY, regex=False)
    return dataclasses.replace(
        plain,
        events=events,
        manifest=manifest,
        ranges=_renamed(ranges_frame()),
        contrasts=_renamed(contrasts_frame()),
        abnormal_returns_beside=_renamed(
            beside[["event_id", "security", "tau", "abnormal_return"]]
        ),
        **frames,
    )


def report(*, everything: bool = False) -> str:
    """Return the report; with everything also where it is printed."""
    record = study()
    content = dataclasses.replace(report_content(4), record=record, findings=study_findings(record))
    return render_html(content, everything=everything)


def expectation() -> str:
    """Return the page of an expectation: six markets, the past dates beside."""
    made = small_expectation.expectation(headline=HEADLINES[0], category=CATEGORY)
    first, *others = made.markets
    past = small_expectation.past_dates(14, 0.0031, headlines=HEADLINES)
    first = dataclasses.replace(
        first, title=MARKET, forecast=small_expectation.forecast("CNH", daily=0.0031, past=past)
    )
    return expectation_page(
        dataclasses.replace(made, markets=(first, *others), label_source=HEADLINES[2])
    )


def watch() -> str:
    """Return the index of watched news: answered, asked back, left out."""
    now = dt.datetime(2025, 5, 4, 22, 45, tzinfo=dt.UTC)

    def row(security: str, title: str, opens: float, closes: float, **more: object) -> MarketRow:
        start = now - dt.timedelta(minutes=45)
        return MarketRow(
            security=security, title=title, session="2025-05-05",
            opens=start + dt.timedelta(hours=opens), closes=start + dt.timedelta(hours=closes),
            status="to_open", n_dates=9, ordinary_low=-0.017, ordinary_high=0.018,
            **{"low": -0.02, "median": 0.01, "high": 0.03} | more,
        )  # fmt: skip

    rows = (
        row("N225", "Nikkei 225", 2, 8.5),
        row("CNH", MARKET, -1, 23, outcome=-0.041),
        row("TWII", "TAIEX", 3, 7.5, low=None, median=None, high=None, why="no past date"),
    )
    ways = ("escalation", "de-escalation", "")
    items = [
        Item(
            item_id=f"i{place}", source="a feed", origin="a", guid=f"i{place}", headline=text,
            published=now - dt.timedelta(hours=place + 1),
            first_seen=now - dt.timedelta(hours=place), made_at=now - dt.timedelta(hours=place),
            rows=rows, category=CATEGORY, direction=ways[place % 3], strength="some",
            page=f"pages/i{place}.html", fate="forecast" if place < 5 else "unsure",
            reason=HEADLINES[1], edits=(Edit(at=now, headline=HEADLINES[2]),) if place < 2 else (),
        )
        for place, text in enumerate(HEADLINES)
    ]  # fmt: skip
    feeds = (
        Feed(name="a feed", read_at=now, n_items=3),
        Feed(name=HEADLINES[0], read_at=now, n_items=0, problem=HEADLINES[1], failing_since=now),
    )
    return index_page(items, feeds, now=now, zone="Asia/Hong_Kong")


def curve() -> str:
    """Return the page of a specification curve."""
    events, prices = simulate_panel(n_events=9, n_sessions=330, first_event=130, effect=0.004)
    frame = events.frame[["event_id", "date"]].assign(
        date=events.frame["date"].dt.strftime("%Y-%m-%d"), category=[CATEGORY, "b", CATEGORY] * 3
    )
    made = specification_curve(
        small_curve.study(draws=60), Events.from_frame(frame, name="events.csv"), prices,
        choices=small_curve.CHOICES, draws=60,
    )  # fmt: skip
    return dataclasses.replace(made, title=HEADLINES[0]).to_html()


def calibration() -> str:
    """Return the page of a calibration."""
    return calibrate(
        *small_calibration.study_on(small_calibration.frame_of(), draws=60),
        statistics=small_calibration.NAMES,
    ).to_html()


def intraday() -> str:
    """Return the page of an intraday study."""
    bars = small_intraday_study.make_bars(names=("AAA", "BBB"), missing=0.03)
    events = pd.DataFrame({
        "event_id": [HEADLINES[0], "B"],
        "published_at": [small_intraday_study.NEWS, "2025-04-15T10:05-04:00"],
        "category": [CATEGORY, "y"],
    })  # fmt: skip
    study = IntradayStudy(market="SPX", window=(-60, 90), by=("category",), draws=99)
    return study.fit(events, bars.replace("BBB", np.str_(MARKET))).to_html()


PAGES: dict[str, Callable[[], str]] = {
    "report": report,
    "full_report": partial(report, everything=True),
    "expectation": expectation,
    "watch": watch,
    "curve": curve,
    "calibration": calibration,
    "intraday": intraday,
}
