"""What is read first of a study, and that its numbers are those of the rows it names."""

from __future__ import annotations

from dataclasses import fields, replace

import fitted_study
import pandas as pd
import pytest
from contrast_frames import contrasts_frame
from frames import manifest_of, record_of
from ranges_frames import ranges_frame

from eventstudy import ConstantMean, Events, PricePanel
from eventstudy.reporting.record import StudyRecord
from eventstudy.study.first_screen import StudyAnswers, first_screen

FIELDS = fields(StudyRecord)


def screen(**frames):
    manifest = manifest_of(events={"ambiguous": "keep"})
    return first_screen(replace(record_of(4), manifest=manifest, **frames))


def test_the_answers_come_first_then_three_caveats() -> None:
    lines = screen(contrasts=contrasts_frame(), ranges=ranges_frame())
    text = "\n".join(lines)
    assert max(map(len, lines)) <= 80
    order = ["After de-escalation news", "By period", "(p: how often", "8 in 10", "! "]
    places = [text.index(words) for words in order]
    assert places == sorted(places)
    assert sum(line.startswith("! ") for line in lines) == 3
    assert text.count("how often chance") == 1
    assert len(lines) < 40


def test_a_study_without_either_says_its_strongest_findings() -> None:
    text = " ".join(" ".join(screen()).split())
    assert "Talk signal news: +0.99 % abnormal return on average" in text


def test_every_answer_names_a_row_that_holds_its_numbers(results) -> None:
    told = [finding for finding in results.findings() if finding.is_answer]
    assert told
    for finding in told:
        for source in finding.source:
            frame = getattr(results, source.file.removesuffix(".csv"))
            for column, value in source.key:
                frame = frame[frame[column].astype(str) == value]
            assert len(frame) == 1
        row = frame.iloc[0]
        number = max(row["n_up"], row["n_down"])
        assert f"on {number} of {row['n_dates']} date" in finding.headline
        assert f"{100 * row['median']:+.1f} %" in finding.headline
    assert results.answers() in results._repr_html_().replace("&amp;", "&")


@pytest.mark.parametrize("width", [60, 80])
def test_no_line_is_wider_than_asked(results, width) -> None:
    assert max(map(len, results.answers(width=width).splitlines())) <= width
    assert results.ranges["pvalue"].isna().all()  # seven dates at most
    assert isinstance(results.ranges, pd.DataFrame)


@pytest.mark.slow
def test_answers_are_given_before_the_groups_are_tested() -> None:
    order: list[object] = []
    results = fitted_study.STUDY.fit(
        Events.from_frame(fitted_study.events_table()),
        PricePanel.from_frame(fitted_study.closes()),
        progress=lambda what, *_: order.append(what),
        answered=order.append,
    )
    place = next(n for n, each in enumerate(order) if isinstance(each, StudyAnswers))
    assert "testing against placebo dates" not in order[:place]
    assert "testing against placebo dates" in order[place:]
    early = order[place]
    for is_full in (False, True):
        assert early.answers(is_full=is_full) == results.answers(is_full=is_full)
    for name in ("models", "alignment", "car", "ranges", "dropped", "events"):
        pd.testing.assert_frame_equal(getattr(early, name), getattr(results, name))
    assert early.manifest == results.manifest
    assert early.statistics.empty


@pytest.mark.parametrize(
    "windows",
    [
        [(0, 0), (0, 1)],
        pytest.param([(0, 1), (-1, 1)], marks=pytest.mark.slow),
        pytest.param([(-2, -1)], marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_contrasts_are_made_as_far_as_they_are_told(windows: list[tuple[int, int]]) -> None:
    early: list[StudyAnswers] = []
    events = fitted_study.events_table().assign(half=["a", "b"] * 3 + ["a"])
    contrast = [("direction", "de-escalation", "escalation"), ("half", "a", "b")]
    study = replace(
        fitted_study.STUDY, contrast=contrast, contrast_by=("category",), car_windows=windows,
        beside=ConstantMean(), contrast_without=(("2021-07-01", "2021-08-01"),), draws=30,
    )  # fmt: skip
    results = study.fit(
        Events.from_frame(events), PricePanel.from_frame(fitted_study.closes()),
        answered=early.append,
    )  # fmt: skip
    told = early.pop()
    assert told.answers() == results.answers()
    assert "did better" in told.answers() or "cannot be told" in told.answers()
    for name in ("contrasts", "contrasts_beside"):
        few, whole = getattr(told, name), getattr(results, name)
        keys = ["contrast", "window_start", "window_end", "security"]
        same = few[keys].merge(whole, on=keys, how="left", validate="one_to_one")
        pd.testing.assert_frame_equal(few, same[few.columns])
        assert len(few) < len(whole) or windows == [(-2, -1)]


@pytest.mark.slow
def test_a_study_without_answers_of_its_own_gives_none_early() -> None:
    untold = StudyAnswers(**{each.name: getattr(record_of(4), each.name) for each in FIELDS})
    assert not untold.is_answered
    assert replace(untold, ranges=ranges_frame()).is_answered
    assert replace(untold, contrasts=contrasts_frame()).is_answered
