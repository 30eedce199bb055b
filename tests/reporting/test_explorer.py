"""The explorer's block of data, and what the page makes of it in a browser."""

from __future__ import annotations

import json
import math
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from frames import (
    UNSAFE,
    abnormal_returns_frame,
    manifest_of,
    record_of,
    report_content,
    with_frames,
)

from eventstudy import ConstantMean, Events, EventStudy, PricePanel
from eventstudy.reporting.content import ReportContent
from eventstudy.reporting.explorer import explorer, explorer_data, script_json
from eventstudy.reporting.record import StudyRecord
from eventstudy.reporting.report import render_html
from eventstudy.study.results import EventStudyResults
from eventstudy.text import records


def study(n_events: int = 30, **frames: Any) -> StudyRecord:
    """Return a study with a second model, whose first one has a benchmark."""
    record = record_of(n_events, **frames)
    beside = abnormal_returns_frame(record.alignment, seed=10)
    manifest = manifest_of() | {"beside": {"factors": ["MSCI"]}, "markets": {
        "N225": {"label": "Nikkei 225", "up": "higher index"}}}  # fmt: skip
    manifest["study"]["model"] = {
        "name": "constant_mean", "beside": {"name": "market_model", "benchmark": "M"},
    }  # fmt: skip
    return record_of(
        n_events,
        manifest=manifest,
        abnormal_returns_beside=beside[["event_id", "security", "tau", "abnormal_return"]],
        **frames,
    )


def test_the_block_holds_every_return_to_a_millionth() -> None:
    record = study(4)
    data = explorer_data(record)
    assert data["returns"] == ["total", "beyond MSCI"]
    assert data["compound"] == [True, False]
    ids = [event[0] for event in data["events"]]
    names = [name for name, _, _ in data["markets"]]
    for kind, (frame, column) in enumerate(
        ((record.abnormal_returns, "return"), (record.abnormal_returns_beside, "abnormal_return"))
    ):
        values = frame.set_index(["event_id", "security", "tau"])[column]
        for pair, (event, market) in enumerate(zip(data["event"], data["market"], strict=True)):
            for tau in range(-5, 6):
                held = data["values"][kind][pair * 11 + tau + 5] * data["unit"]
                assert held == pytest.approx(values[ids[event], names[market], tau], abs=6e-7)
    day = pd.Timestamp(0) + pd.Timedelta(days=data["day"][0])
    first = record.alignment.set_index(["event_id", "security"])["session"]
    assert day == first[ids[data["event"][0]], names[data["market"][0]]]
    assert data["volatility"][0] == 14000
    assert data["markets"][0] == ["N225", "Nikkei 225", "higher index"]


def test_a_first_model_with_a_benchmark_is_a_kind_of_return_and_a_mean_is_not() -> None:
    record = record_of(2)
    assert explorer_data(record)["returns"] == ["total", "beyond SPX"]
    manifest = manifest_of(model={"name": "constant_mean"}, prices={"kind": "log"})
    data = explorer_data(record_of(2, manifest=manifest))
    assert (data["returns"], data["compound"]) == (["total"], [False])


def test_missing_returns_are_null_and_pairs_without_any_are_left_out() -> None:
    record = record_of(2)
    frame = record.abnormal_returns
    frame = frame[frame["security"] != "CNH"]
    frame.loc[frame.index[3], "return"] = math.nan
    data = explorer_data(record_of(2, abnormal_returns=frame))
    assert data["values"][0][3] is None
    assert [name for name, _, _ in data["markets"]] == ["N225", "TWII", "HSI", "HSCE", "AUDUSD"]
    assert explorer(record_of(2, abnormal_returns=frame.iloc[:0])) is None


def test_events_stand_in_order_of_time_and_those_of_one_moment_have_one_number() -> None:
    record = record_of(4)
    events = record.events.copy()
    times = pd.to_datetime(
        pd.Series(["2025-05-02T01:00Z", "2025-05-02T01:00Z", "2024-01-05T00:00Z", None]), utc=True
    )
    events["published_at"] = times.to_numpy() if times.dt.tz is None else times.array
    events["date"] = pd.to_datetime(["2025-05-02", "2025-05-02", "2024-01-05", "2024-01-05"])
    events = events.iloc[::-1]
    data = explorer_data(record_of(4, events=events))
    assert [event[0] for event in data["events"]] == sorted(
        events["event_id"], key=lambda key: (0 if key in set(events["event_id"][:2]) else 1, key)
    )
    moments = data["moment"]
    assert moments[2] == moments[3]
    assert len(set(moments)) == 3, "a date alone is no time"


def test_without_a_session_0_the_first_session_shown_gives_the_volatility() -> None:
    record = record_of(2)
    frame = record.abnormal_returns
    manifest = manifest_of()
    manifest["study"]["windows"] = manifest["study"]["windows"] | {"event": [1, 3]}
    frame = frame[frame["tau"].between(1, 3)]
    data = explorer_data(record_of(2, abnormal_returns=frame, manifest=manifest))
    assert len(data["event"]) == 12
    assert data["taus"] == [1, 3]
    assert None not in data["volatility"]


def test_of_a_huge_study_the_latest_pairs_are_kept_and_the_page_says_so() -> None:
    record = record_of(6)
    whole, part = explorer(record), explorer(record, most=2 * 11 * 10)
    assert whole is not None
    assert part is not None
    assert (whole.n_pairs, whole.note) == (36, "")
    assert (part.n_pairs, part.note) == (
        10,
        "The explorer holds the 10 pairs with the latest day 0 of 36; all are in "
        "abnormal_returns.csv.",
    )
    kept = explorer_data(record, 2 * 11 * 10)["day"]
    assert sorted(kept) == sorted(explorer_data(record)["day"])[-10:]


def test_nothing_in_the_block_can_end_its_script() -> None:
    text = str(script_json([UNSAFE, "<!--", "\u2028"]))
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == [UNSAFE, "<!--", "\u2028"]
    page = render_html(report_content(3, unsafe=True))
    (block,) = re.findall(r'id="explorer-data">(.*?)</script>', page, re.DOTALL)
    data = json.loads(block)
    assert any("alert(1)" in event[3] for event in data["events"])


def test_news_known_beforehand_is_named() -> None:
    record = record_of(8)
    kind = record.events["category"].iloc[0]
    caveat = {"column": "category", "value": kind, "text": "", "known_beforehand": True}
    manifest = manifest_of() | {"caveats": [caveat]}
    data = explorer_data(record_of(8, manifest=manifest))
    assert data["known"] == [k for k, event in enumerate(data["events"]) if event[4] == kind]


def closed_now_and_then() -> EventStudyResults:
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


# -- in a browser ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Return a page of Chromium, driven by playwright; skipped where either is absent."""
    playwright = pytest.importorskip("playwright.sync_api")
    chromium = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    content: ReportContent = with_frames(report_content(2))
    file: Path = tmp_path_factory.mktemp("report") / "report.html"
    record = study()
    content = with_frames(report_content(30, unsafe=True), **{
        name: getattr(record, name) for name in
        ("abnormal_returns", "abnormal_returns_beside", "manifest", "car", "models", "alignment")
    })  # fmt: skip
    file.write_text(render_html(content), encoding="utf-8")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        shown = browser.new_page()
        shown.problems = []
        shown.on("console", lambda said: shown.problems.append(said.text))
        shown.on("pageerror", lambda error: shown.problems.append(str(error)))
        shown.on(
            "request",
            lambda asked: asked.url.startswith("file:") or shown.problems.append(asked.url),
        )
        shown.file = file.as_uri()
        yield shown
        browser.close()


def headline(page: Any, hash_: str) -> str:
    page.goto("about:blank")
    page.goto(page.file + hash_)
    text: str = page.inner_text("[data-part=headline]")
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{MINUS SIGN}", "-")


def moves(direction: str, market: str, start: int, end: int, column: str) -> dict[Any, float]:
    """Return a market's return by day 0, without days that hold the opposite direction."""
    record = study()
    frame = record.abnormal_returns if column == "return" else record.abnormal_returns_beside
    frame = frame[(frame["security"] == market) & frame["tau"].between(start, end)]
    days = record.alignment[record.alignment["security"] == market].set_index("event_id")["session"]
    tone = record.events.set_index("event_id")["direction"]
    against = {days[event] for event in days.index if tone[event] != direction}
    out: dict[Any, float] = {}
    for event, part in frame.groupby("event_id", sort=False):
        if tone[event] == direction and days[event] not in against and days[event] not in out:
            values = part.sort_values("tau")[column]
            out[days[event]] = (
                float((1 + values).prod() - 1) if column == "return" else float(values.sum())
            )
    return out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("column", "start", "end", "kind"), [("return", 0, 1, 0), ("abnormal_return", -2, 3, 1)]
)
def test_the_sentence_is_what_a_plain_sum_gives(
    page: Any, column: str, start: int, end: int, kind: int
) -> None:
    values = np.array(sorted(moves("escalation", "HSI", start, end, column).values()))
    assert len(values) >= 8
    low, middle, high = 100 * np.quantile(values, [0.1, 0.5, 0.9])
    said = headline(
        page,
        f"#explore&market=HSI&direction=escalation&from={start}&to={end}&returns={kind}",
    )
    assert said == (
        f"{len(values)} dates \u00b7 middle {middle:+.2f} % \u00b7 8 in 10 between {low:+.2f} and "
        f"{high:+.2f} % \u00b7 up on {(values > 0).sum()} \u00b7 worst {100 * values[0]:+.2f}, "
        f"best {100 * values[-1]:+.2f} %"
    )
    assert page.locator("[data-part=rows] tr").count() == len(values)
    assert page.locator("[data-part=dots] circle").count() == len(values)
    assert page.problems == []


@pytest.mark.slow
def test_all_markets_together_have_the_dates_of_the_first_page(page: Any, tmp_path: Path) -> None:
    results = closed_now_and_then()
    address = results.report(tmp_path / "report.html").as_uri()
    ranges = results.ranges
    chosen = ranges[(ranges["window_start"] == 0) & (ranges["window_end"] == 1)]
    assert chosen["n_mixed"].gt(0).any()
    for row in records(chosen):
        market = "" if row.security == "all" else row.security
        page.goto("about:blank")
        page.goto(f"{address}#explore&market={market}&direction={row.group.partition('=')[2]}")
        if row.group == "all":
            page.select_option("[data-part=direction]", "")
        text = page.inner_text("[data-part=headline]")
        said = text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{MINUS SIGN}", "-")
        assert said.startswith(
            f"{row.n_dates} dates \u00b7 middle {100 * row.median:+.2f} % \u00b7 8 in 10 between "
            f"{100 * row.low:+.2f} and {100 * row.high:+.2f} % \u00b7 up on {row.n_up} "
        )
        if row.n_mixed:
            assert f"{row.n_mixed} more date" in page.inner_text("[data-part=aside]")
    sessions = results.alignment["session"].nunique()
    pooled = chosen[(chosen["group"] == "all") & (chosen["security"] == "all")]
    assert pooled["n_dates"].item() < sessions, "the news of one day is one date, holidays or not"
    assert page.problems == []


@pytest.mark.slow
def test_filters_stand_in_the_address_and_keys_walk_the_dates(page: Any) -> None:
    headline(page, "#explore")
    page.select_option("[data-part=market]", "CNH")
    page.select_option("[data-part=direction]", "de-escalation")
    page.fill("[data-part=words]", "customs")
    address = page.evaluate("location.hash")
    assert "market=CNH" in address
    assert "words=customs" in address
    said = page.inner_text("[data-part=headline]")
    assert headline(page, address) == said.replace("\N{NO-BREAK SPACE}", " ").replace(
        "\N{MINUS SIGN}", "-"
    )
    headline(page, "#explore&market=N225")
    page.focus("[data-part=rows] button.date")
    page.keyboard.press("ArrowDown")
    second = page.locator("[data-part=rows] tr").nth(1).get_attribute("data-date")
    assert page.evaluate("document.activeElement.textContent") == second
    assert page.inner_text("[data-part=facts]").startswith(second)
    page.keyboard.press("Enter")
    assert f"date={second}" in page.evaluate("location.hash")
    page.locator("th[data-sort=value] button").press("Enter")
    cells = page.locator("[data-part=rows] td:nth-child(3)").all_inner_texts()
    numbers = [float(cell.replace("\N{MINUS SIGN}", "-")) for cell in cells]
    assert numbers == sorted(numbers, reverse=True)
    assert page.problems == []


@pytest.mark.slow
def test_an_event_is_found_by_its_id_alone_and_by_its_address(page: Any) -> None:
    headline(page, "")
    ids = study().events["event_id"].tolist()
    page.fill("#filter", ids[5])
    assert page.locator("details.event:visible").count() == 1
    headline(page, f"#event-{ids[7]}")
    assert page.locator(f"#event-{ids[7]}").get_attribute("open") is not None
    table = page.locator(f"#event-{ids[7]} table")
    table.locator("thead button").nth(3).press("Enter")
    assert table.locator("thead th").nth(3).get_attribute("aria-sort") == "ascending"
    numbers = [
        float(cell.replace("\N{MINUS SIGN}", "-"))
        for cell in table.locator("tbody td:nth-child(4)").all_inner_texts()
    ]
    assert numbers == sorted(numbers)
    assert page.problems == []


@pytest.mark.slow
def test_a_telephone_has_no_sideways_scroll_and_hostile_headlines_stay_text(page: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    headline(page, "#explore")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("#contents").get_attribute("open") is None
    page.fill("[data-part=words]", "alert(1)")
    assert "<script>alert(1)</script>" in page.inner_text("[data-part=rows]")
    page.set_viewport_size({"width": 1280, "height": 800})
    assert page.problems == []
