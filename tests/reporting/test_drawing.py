"""What every figure shares."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from eventstudy.exceptions import SchemaError, SpecificationError
from eventstudy.reporting import drawing


def test_places_are_moved_apart_and_stay_inside() -> None:
    spots = drawing.spread(np.array([0.5, 0.5, 0.98, 1.2]), 0.1, 0.0, 1.0)
    np.testing.assert_allclose(spots, [0.5, 0.6, 0.9, 1.0])
    assert drawing.spread(np.array([]), 0.1, 0.0, 1.0).size == 0


def test_texts_are_no_mathematics_and_have_true_minus_signs() -> None:
    assert drawing.literal("$5bn to $6bn") == r"\$5bn to \$6bn"
    assert drawing.minus("-0.35") == "\N{MINUS SIGN}0.35"


def test_every_missing_column_is_named() -> None:
    with pytest.raises(SchemaError) as caught:
        drawing.need_columns(pd.DataFrame({"a": []}), "plot_x", ("a", "b", "c"))
    assert caught.value.problems == (
        "plot_x: the frame lacks the column 'b'", "plot_x: the frame lacks the column 'c'",
    )  # fmt: skip


def test_axes_that_are_given_are_drawn_on() -> None:
    given = Figure().subplots()
    assert drawing.axes(given, (1.0, 1.0)) is given
    drawing.dress(given, title="A $5 title\x07", grid="y")
    assert given.get_title(loc="left") == r"A \$5 title"
    assert not given.spines["top"].get_visible()


def test_a_width_is_millimetres() -> None:
    assert drawing.inches(None, 7.6) == 7.6
    assert drawing.inches(88, 7.6) == pytest.approx(3.4645669)
    assert drawing.is_narrow(drawing.inches(drawing.COLUMN, 1))
    assert not drawing.is_narrow(drawing.inches(drawing.PAGE, 1))
    with pytest.raises(SpecificationError, match="between 40 and 600 mm"):
        drawing.inches(3.4, 7.6)


def test_markets_stand_in_the_order_of_the_study_and_other_names_as_given() -> None:
    labels = {"N225": "Nikkei", "HSI": "Hang Seng", "CNH": "yuan"}
    assert drawing.in_study_order(["CNH", "N225"], labels) == ["N225", "CNH"]
    assert drawing.in_study_order(["talk", "deal"], labels) == ["talk", "deal"]


def test_a_text_is_wrapped_to_its_share_of_the_figure() -> None:
    wide, narrow = (Figure(figsize=(width, 2)).subplots() for width in (9, 3))
    text = "word " * 40
    lines = [drawing.wrapped(text, ax, 9).splitlines() for ax in (wide, narrow)]
    assert len(lines[1]) > 2 * len(lines[0])
