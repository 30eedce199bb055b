"""What is only weighed has the sign of what is weighed: relief is no threat.

The report: a public hand-graded list of 50 English headlines on US trade, among them "X and Y
weigh ..." of talks and of relief. The headlines here are our own, of the same forms.
"""

from __future__ import annotations

import csv

import pytest

from eventstudy.news.classification.loading import load_rules

RELIEF = [
    "China weighs tariff talks with US",
    "China says it is weighing US offer to hold tariff talks",
    "Beijing mulls tariff talks after US outreach",
    "US considers slashing tariffs on Chinese goods",
    "Japan weighs concessions in tariff talks",
    "China considers pausing retaliatory tariffs on US",
    "China evaluating US offer for tariff talks",
]
THREAT = "US weighs new tariffs on Chinese chips"


@pytest.mark.parametrize("headline", RELIEF)
def test_relief_or_talks_that_are_weighed_are_no_threat(headline):
    label = load_rules().label(headline)
    assert label.category == "talk_signal", label
    assert (label.direction, label.expected_sign) == ("de-escalation", "+")


def test_duties_that_are_weighed_are_a_threat():
    label = load_rules().label(THREAT)
    assert (label.category, label.direction, label.expected_sign) == (
        "tariff_threat",
        "escalation",
        "-",
    )
    assert label.confidence >= 0.8


def test_events_built_from_them_have_the_signs(tmp_path, monkeypatch, run):
    monkeypatch.chdir(tmp_path)
    with (tmp_path / "headlines.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["item_id", "published_at", "headline"])
        for k, headline in enumerate([*RELIEF, THREAT]):
            writer.writerow([f"h{k}", f"2025-05-02T09:{15 + k}+08:00", headline])
    code, shown, err = run("events", "build", "headlines.csv", "--no-merge", "-o", "-")
    assert code == 0, err
    signs = [row["expected_sign"].lstrip("'") for row in csv.DictReader(shown.splitlines())]
    assert signs == ["+"] * len(RELIEF) + ["-"]
