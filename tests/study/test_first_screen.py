"""What is read first of a study, and that its numbers are those of the rows it names."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from contrast_frames import contrasts_frame
from frames import manifest_of, record_of
from ranges_frames import ranges_frame

from eventstudy.study.first_screen import first_screen


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
