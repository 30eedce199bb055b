"""The report is one safe, complete, reproducible document."""

from __future__ import annotations

import base64
import hashlib
import html.parser
import itertools
import re
from dataclasses import replace

import pandas as pd
import pytest
from frames import UNSAFE, contrasts_frame, manifest_of, report_content, with_frames

from eventstudy.reporting import wording
from eventstudy.reporting.content import ReportContent
from eventstudy.reporting.finding import Finding, RowReference
from eventstudy.reporting.findings import findings
from eventstudy.reporting.report import render_html

pytestmark = pytest.mark.fast_tests(1)

VOID = {"meta", "input", "br"}


class Document(html.parser.HTMLParser):
    """Tags, attributes and visible text of a document; complains of wrong nesting."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.data: list[str] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open and "script" not in self.open:
            self.data.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.data).split())

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def content() -> ReportContent:
    plain = report_content(12, unsafe=True)
    record = plain.record
    found = findings(record.statistics, alignment=record.alignment, dropped=record.dropped)
    return replace(plain, findings=found)


@pytest.fixture(scope="module")
def rendered(content: ReportContent) -> str:
    return render_html(content)


@pytest.fixture(scope="module")
def document(rendered: str) -> Document:
    return Document(rendered)


def test_every_section_is_there_under_its_heading(document: Document) -> None:
    ids = {attributes.get("id") for attributes in document.named("section")}
    assert ids == {
        "findings", "explore", "figures", "results", "statistics", "markets", "events", "dropped",
        "checks", "methods", "files", "provenance",
    }  # fmt: skip
    targets = {a["href"] for a in document.named("a") if str(a["href"]).startswith("#")}
    assert targets >= {f"#{name}" for name in ids}
    for phrase in (
        "Talk signal news: +0.99",
        "Before quoting a number",
        "famous moves are over-represented",
        "64 sessions in the estimation window, 100 needed",
        "close 7.2771 repeated on 4 sessions",
        "t of date portfolios of AR over conditional volatility",
        "windows.estimation",
        "ab" * 32,
        "20250502",
    ):
        assert phrase in document.text, phrase


def test_nothing_is_fetched_and_only_one_known_script_may_run(
    rendered: str, document: Document
) -> None:
    (policy,) = [m for m in document.named("meta") if m.get("http-equiv")]
    assert str(policy["content"]).startswith("default-src 'none'")
    assert "unsafe-inline" not in str(policy["content"]).split("script-src")[1]
    assert not document.named("link") + document.named("img") + document.named("iframe")
    block, script = document.named("script")
    assert block == {"type": "application/json", "id": "explorer-data"}
    assert script == {}
    for _, attributes in document.tags:
        assert "src" not in attributes
        assert not any(name.startswith("on") for name in attributes)
        for name in ("href", "xlink:href"):
            assert re.match(r"#|https://example\.org/", str(attributes.get(name, "#")))
    (digest,) = re.findall(r"script-src 'sha256-([^']+)'", str(policy["content"]))
    source = re.findall(r"<script>(.*?)</script>", rendered, re.DOTALL)[0]
    assert base64.b64encode(hashlib.sha256(source.encode()).digest()).decode() == digest
    assert not re.search(r"@import|url\((?!#)", rendered)


def test_a_script_in_a_headline_is_shown_and_not_run(rendered: str, document: Document) -> None:
    assert "<script>alert" not in rendered
    assert "<img" not in rendered
    assert "<script>alert(1)</script>\"'& $5bn to $6bn evil" in document.text
    assert "<img src=x onerror=alert(2)>" in document.text
    assert "\u202e" not in rendered


def test_only_web_addresses_become_links(document: Document) -> None:
    assert "javascript:alert(1)" in document.text
    links = [a for a in document.named("a") if not str(a["href"]).startswith("#")]
    assert len(links) == 11
    assert all("noopener" in str(a["rel"]) for a in links)


def test_every_other_text_is_escaped_too() -> None:
    content = report_content(2)
    base = content.record
    alien = replace(
        content,
        title=UNSAFE, subtitle=UNSAFE, summary=[UNSAFE], caveats=[UNSAFE],
        methods=[(UNSAFE, UNSAFE, UNSAFE)], provenance={UNSAFE: [UNSAFE]},
        record=replace(
            base,
            manifest=manifest_of(**{UNSAFE: UNSAFE}),
            dropped=base.dropped.assign(reason=UNSAFE, stage=UNSAFE, event_id=UNSAFE),
            checks=base.checks.assign(detail=UNSAFE, security=UNSAFE, severity=UNSAFE),
            statistics=base.statistics.assign(
                note=UNSAFE, group="category=" + UNSAFE, name="placebo"
            ),
            caar=base.caar.assign(group="category=" + UNSAFE),
            heatmap=base.heatmap.assign(row=UNSAFE),
            alignment=base.alignment.assign(reason=UNSAFE, state=UNSAFE, overlaps=UNSAFE),
            models=base.models.assign(model=UNSAFE).rename(columns={"beta": UNSAFE}),
            events=base.events.assign(
                category=UNSAFE, direction=UNSAFE, actor=UNSAFE, precision=UNSAFE,
                verified=UNSAFE,
            ),
        ),
    )  # fmt: skip
    text = render_html(alien)
    assert text.count("<script") == 2
    assert "alert(1)</script>" not in text
    Document(text)


@pytest.mark.slow
def test_equal_content_gives_equal_bytes(content: ReportContent, rendered: str) -> None:
    assert render_html(content) == rendered


def test_figures_are_searchable_svg_with_descriptions(document: Document) -> None:
    wide, narrow = (
        [a for a in document.named("svg") if f"figure-{kind}" in str(a.get("class"))]
        for kind in ("wide", "narrow")
    )
    assert len(wide) == len(narrow) == 4
    assert all(a["style"] == "display: none" for a in narrow)  # unless the page shows them
    described = [a for a in document.named("div") if a.get("role") == "img"]
    assert len(described) == 4
    assert all(len(str(a["aria-label"])) > 40 for a in described)
    assert "sessions relative to day 0" in document.text
    ids = [str(a["id"]) for _, a in document.tags if "id" in a]
    assert len(ids) == len(set(ids))


def test_tables_have_captions_and_headings_with_scope(document: Document) -> None:
    assert len(document.named("caption")) == len(document.named("table"))
    heads = [a for a in document.named("th") if a]  # bare ones head a column, in thead
    assert all(a.get("scope") for a in heads)
    assert document.named("html") == [{"lang": "en"}]
    levels = [int(tag[1]) for tag, _ in document.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))


def test_a_statistic_outside_its_size_is_marked(document: Document) -> None:
    assert re.search(r"cross_sectional_t .{0,60} 20\.8 over-rejects", document.text)
    window = r"(?:\[0,0\]|\[0,\+1\]|\[.1,\+1\])"
    pattern = rf"(\w+) {window} [\d.]+ [\d.]+ to [\d.]+ (not told from 5.%|over-rejects)"
    verdicts = re.findall(pattern, document.text)
    assert verdicts.count(("portfolio_t", "not told from 5 %")) == 3
    assert verdicts.count(("bmp", "over-rejects")) == 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("side", "words"), [("two-sided", "two-sided"), ("less", "one-sided (less)")]
)
def test_the_report_says_which_side_its_p_values_count(side: str, words: str) -> None:
    manifest = manifest_of(statistics={"names": ["placebo"], "alternative": side})
    text = Document(render_html(with_frames(report_content(2), manifest=manifest))).text
    assert f"The p-values are those of placebo , {words}. Stars" in text
    assert f"tests {words}, with its 95" in text
    assert f"The p-values are {words};" in text


@pytest.mark.slow
def test_groups_of_few_dates_have_no_stars_anywhere() -> None:
    content = report_content(3)
    frame = content.record.statistics.assign(pvalue=0.001, n_units=2)
    text = render_html(with_frames(content, statistics=frame))
    assert '<span class="mark">*' not in text
    assert 'class="p thin"' in text
    assert wording.THIN in text
    frame = frame.assign(n_units=9)
    assert '<span class="mark">***</span>' in render_html(with_frames(content, statistics=frame))


@pytest.mark.slow
def test_without_p_values_the_report_says_why() -> None:
    content = report_content(2)
    frame = content.record.statistics.assign(
        pvalue=float("nan"), note="not available: no placebo draws"
    )
    text = Document(render_html(with_frames(content, statistics=frame))).text
    assert "No p-values: placebo is not available: no placebo draws." in text
    assert "The p-values are those of" not in text


def test_every_pair_is_listed_under_its_event(content: ReportContent) -> None:
    document = Document(render_html(content, everything=True))
    items = [a for a in document.named("details") if a.get("class") == "event"]
    assert len(items) == len(content.record.events)
    assert document.text.count("published after the close") + document.text.count(
        "published while the market was trading"
    ) == len(content.record.alignment)
    assert document.text.count("dropped (min_obs)") == 2
    assert "trading, 60 min left" in document.text


@pytest.mark.slow
def test_a_full_study_stays_small() -> None:
    text = render_html(report_content(125))
    assert len(text.encode()) < 1_500_000
    assert text.count('<details class="event"') == 125


def test_empty_frames_leave_sentences() -> None:
    full = report_content(2)
    frames = ("statistics", "car", "caar", "heatmap", "alignment", "dropped", "models", "checks",
              "events", "prices")  # fmt: skip
    empty = replace(
        with_frames(full, **{name: getattr(full.record, name).iloc[0:0] for name in frames}),
        summary=[], caveats=[], methods=[], provenance={},
    )  # fmt: skip
    text = Document(render_html(empty)).text
    for sentence in (
        "There is nothing to draw.",
        "No statistic could be computed.",
        "There are no events.",
        "Nothing was dropped.",
        "The checks found nothing.",
        "No finding could be put into words.",
    ):
        assert sentence in text


@pytest.mark.slow
def test_columns_beyond_the_contract_are_optional() -> None:
    content = report_content(3)
    full = content.record
    lean = with_frames(
        content,
        statistics=full.statistics.drop(
            columns=["effect", "effect_low", "effect_high", "mde", "mde_return", "n_dates",
                     "n_units", "size", "size_low", "size_high", "note"]
        ),
        alignment=full.alignment.drop(columns=["catch_up", "reason"]),
        events=full.events[["event_id", "published_at", "date"]],
        heatmap=full.heatmap.drop(columns="mde"),
    )  # fmt: skip
    text = Document(render_html(lean)).text
    assert "smallest visible effect" not in text
    assert full.events["event_id"].iloc[0] in text


@pytest.mark.slow
def test_a_date_only_event_is_shown_by_its_date() -> None:
    content = report_content(2)
    full = content.record
    events = full.events.assign(published_at=pd.NaT)
    alignment = full.alignment.assign(
        published_utc=pd.NaT, state=None, minutes_to_close=float("nan"), ambiguous=True,
        benchmark_reacts_later=pd.array([pd.NA] * len(full.alignment), dtype="boolean"),
    )  # fmt: skip
    text = Document(render_html(with_frames(content, events=events, alignment=alignment))).text
    assert f"{events['date'].iloc[0]:%Y-%m-%d}" in text
    assert "session uncertain" in text
    assert "NaT" not in text
    assert not re.search(r"\bnan\b", text)


def test_events_and_markets_have_places_that_their_names_link_to(
    content: ReportContent, document: Document
) -> None:
    ids = {str(a["id"]) for _, a in document.tags if "id" in a}
    links = {str(a["href"]) for a in document.named("a")}
    for event in content.record.events["event_id"]:
        assert f"event-{event}" in ids
    assert {"#event-E20231115a", "#market-HSI", "#explore&market=HSI"} <= links
    places = {link[1:] for link in links if link.startswith("#") and "&" not in link}
    assert places <= ids


def test_files_are_links_only_where_they_stand_beside() -> None:
    content = report_content(2)
    assert 'href="statistics.csv"' not in render_html(content)
    page = render_html(content, has_files=True)
    assert '<a href="statistics.csv">statistics.csv</a>' in page
    assert '<a href="car.csv">car.csv</a>' in page


def test_what_is_printed_is_short_unless_everything_is_asked_for(content: ReportContent) -> None:
    short, full = render_html(content), render_html(content, everything=True)
    assert "<body>" in short
    assert '<body class="full">' in full
    (style,) = re.findall(r"<style>(.*?)</style>", short, re.DOTALL)
    assert "body:not(.full) .deep" in style
    for anchor in ("events", "statistics", "methods", "dropped", "provenance"):
        assert re.search(rf'<section id="{anchor}" class="deep', short)
    assert "why this session" in full
    assert full.count("published after the close") > short.count("published after the close")
    assert "[-1,+1] ·" in Document(full).text.replace("\N{MINUS SIGN}", "-")
    assert "other groups, windows and single sessions are in statistics.csv" in Document(short).text


def test_a_study_of_many_firms_is_as_long_as_its_pairs() -> None:
    content = report_content(60)
    record = content.record
    own = record.alignment.groupby("event_id").head(1)
    others = record.alignment.drop(own.index)[["event_id", "security"]]
    few = with_frames(
        content,
        models=record.models.loc[own.index],
        car=record.car.merge(own[["event_id", "security"]]),
        abnormal_returns=record.abnormal_returns.merge(own[["event_id", "security"]]),
        dropped=others.assign(stage="market", reason="not one of the event's markets"),
    )
    shown = Document(render_html(few)).text
    assert shown.count("Not listed: 5 markets left out by choice of the study.") == 60
    assert "Every pair dropped" not in shown


def test_a_reference_to_a_row_is_a_link_to_it_where_it_is_shown() -> None:
    row = RowReference("contrasts.csv", (
        ("contrast", "direction: de-escalation - escalation"), ("security", "N225"),
        ("window_start", "0"), ("window_end", "1"),
    ))  # fmt: skip
    finding = Finding(
        headline="Higher.", detail="", group=None, window=(0, 1), strength="strong",
        source=(row, RowReference("car.csv", (("event_id", "E1"),))), is_answer=True,
    )  # fmt: skip
    content = replace(report_content(2), findings=[finding])
    page = render_html(with_frames(content, contrasts=contrasts_frame()), has_files=True)
    assert f'<a href="#{row.anchor}">' in page
    assert page.count(f'id="{row.anchor}"') == 1
    assert 'event_id E1 in <a href="car.csv">car.csv</a>' in page
