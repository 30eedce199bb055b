from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import pytest

from eventstudy.exceptions import SpecificationError
from eventstudy.news.classification.accuracy import (
    confusion_table,
    measure,
    score_table,
    wilson_interval,
)

pytestmark = pytest.mark.fast_tests(2)

# By hand: a has 4 items, 3 given, 2 of them rightly; b 2, 2, 1; c 1, 0, 0; d 0, 1, 0.
TRUE = ["a", "a", "a", "a", "b", "b", "c"]
GIVEN = ["a", "a", "b", "unsure", "b", "a", "d"]


def test_scores_by_hand():
    measured = measure(TRUE, GIVEN)
    scores = {score.name: score for score in measured.scores}
    assert [*scores] == ["a", "b", "c", "d"]
    assert (scores["a"].precision, scores["a"].recall) == (pytest.approx(2 / 3), 0.5)
    assert scores["a"].f1 == pytest.approx(2 * (2 / 3) * 0.5 / (2 / 3 + 0.5))
    assert (scores["b"].precision, scores["b"].recall, scores["b"].f1) == (0.5, 0.5, 0.5)
    assert math.isnan(scores["c"].precision)
    assert (scores["c"].recall, scores["c"].f1) == (0.0, 0.0)
    assert scores["d"].precision == 0.0
    assert math.isnan(scores["d"].recall)
    # d is nobody's true class: it is in no macro average.
    assert measured.macro_f1 == pytest.approx((4 / 7 + 0.5 + 0.0) / 3)
    assert measured.macro_precision == pytest.approx((2 / 3 + 0.5 + 0.0) / 3)
    assert measured.macro_recall == pytest.approx((0.5 + 0.5 + 0.0) / 3)
    assert (measured.n, measured.n_right, measured.n_unsure) == (7, 3, 1)
    assert measured.accuracy == pytest.approx(3 / 7)


def test_no_answer_is_a_miss_and_nobodys_false_alarm():
    whole = measure(["a", "b"], ["a", "b"])
    assert (whole.macro_f1, whole.accuracy) == (1.0, 1.0)
    part = measure(["a", "a", "b"], ["a", None, "b"])
    a, b = part.scores
    assert (a.precision, a.recall) == (1.0, 0.5)
    assert (b.precision, b.recall) == (1.0, 1.0)


def test_nothing_measured():
    measured = measure([], [], draws=10)
    assert math.isnan(measured.accuracy)
    assert math.isnan(measured.macro_f1)
    assert math.isnan(measured.macro_interval[0])


def test_lengths_must_agree():
    with pytest.raises(SpecificationError, match="2 true labels but 1 given ones"):
        measure(["a", "b"], ["a"])


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    # Brown, Cai and DasGupta's form of Wilson's interval, worked out by hand with z = 1.96.
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634)],
)
def test_wilson(right, n, low, high):
    assert wilson_interval(right, n) == (
        pytest.approx(low, abs=5e-4),
        pytest.approx(high, abs=5e-4),
    )


def test_interval_of_macro_f1_holds_it_and_repeats():
    true, given = TRUE * 20, GIVEN * 20
    measured = measure(true, given, draws=200)
    low, high = measured.macro_interval
    assert low < measured.macro_f1 < high
    assert measure(true, given, draws=200).macro_interval == (low, high)
    assert measure(["a"] * 9, ["a"] * 9, draws=20).macro_interval == (1.0, 1.0)


def test_tables_are_readable():
    measured = measure(TRUE, GIVEN)
    table = score_table(measured).splitlines()
    assert table[1].split() == ["a", "4", "3", "2", "0.67", "0.50", "0.57"]
    assert table[-1].split()[:4] == ["macro", "7", "6", "3"]
    confusion = confusion_table(measured).splitlines()
    assert confusion[0].split() == ["true", "class", "1", "2", "3", "4", "?"]
    assert confusion[1].split() == ["1", "a", "2", "1", ".", ".", "1"]
    assert max(map(len, [*table, *confusion])) <= 100


def test_many_classes_stay_within_a_hundred_columns():
    names = [f"a_rather_long_category_{k}" for k in range(23)]
    measured = measure(names, names)
    assert max(map(len, confusion_table(measured).splitlines())) <= 100


def test_script_takes_one_split(tmp_path):
    file = tmp_path / "labels.csv"
    file.write_text(
        "headline,category,direction,split\n"
        "US imposes tariffs on steel,tariff_announced,escalation,held_out\n"
        "US delays tariffs on steel,tariff_delay,de-escalation,tuning\n"
        "Asian shares slide on tariff fears,market_move,neutral,held_out\n",
        encoding="utf-8",
    )
    script = Path(__file__).parents[3] / "benchmarks" / "classification.py"
    done = subprocess.run(
        [sys.executable, script, file, "--split", "held_out"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "2 items of labels.csv, split held_out" in done.stdout
    assert "macro-F1 1.00" in done.stdout
    assert "tariff_delay" not in done.stdout
