"""Findings by where they stand in the report."""

from __future__ import annotations

from eventstudy.reporting.finding import Finding, RowReference, Strength, context
from eventstudy.reporting.report_answers import MOST_LEADING, answers

ROW = RowReference("ranges.csv", (("group", "all"), ("security", "N225")))


def finding(
    headline: str, group: str | None = None, strength: Strength = "strong", *, answer: bool = False
) -> Finding:
    return Finding(
        headline=headline, detail="", group=group, window=(0, 1), strength=strength,
        source=(ROW,), is_answer=answer,
    )  # fmt: skip


def words(part: object) -> list[str]:
    return [said.finding.headline for said in part]  # type: ignore[attr-defined]


def test_answers_of_the_study_lead_and_those_of_markets_stand_by_themselves() -> None:
    found = [
        finding("a", answer=True), finding("b", "security=N225", answer=True), finding("c", "g"),
        context("d", ""), finding("e", answer=True, strength="further"),
    ]  # fmt: skip
    placed = answers(found)
    assert words(placed.lead) == ["a", "e"]
    assert words(placed.each) == ["b"]
    assert words(placed.others) == ["c"]
    assert words(placed.reading) == ["d"]


def test_without_such_an_answer_the_weightiest_lead_and_none_stands_twice() -> None:
    markets = [finding(str(k), f"security={k}", answer=True) for k in range(MOST_LEADING + 2)]
    placed = answers([*markets, finding("x", "g")])
    assert words(placed.lead) == ["0", "1", "2", "3"]
    assert words(placed.each) == ["4", "5"]
    assert words(placed.others) == ["x"]
    placed = answers([finding("x", "g")])
    assert (words(placed.lead), placed.others) == (["x"], ())
    assert answers([]).lead == ()


def test_a_row_has_a_place_only_where_the_report_shows_it() -> None:
    (said,) = answers([finding("a", answer=True)], {ROW.anchor}).lead
    assert said.rows == (("ranges.csv", "group all, security N225", ROW.anchor),)
    (said,) = answers([finding("a", answer=True)]).lead
    assert said.rows[0][2] == ""
