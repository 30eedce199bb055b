"""Windows in event time: how they are written, read and refused."""

from __future__ import annotations

import numpy as np
import pytest

from eventstudy import EventStudy
from eventstudy.exceptions import SpecificationError
from eventstudy.windows import SplitWindow, Window, check_windows, estimation_window


def test_a_window_holds_both_of_its_ends():
    window = Window(-1, 2)
    assert (window.length, window.taus.tolist(), window.parts) == (4, [-1, 0, 1, 2], (window,))
    assert str(window) == "[-1,+2]"
    assert window.contains(Window(0, 2))
    assert not window.contains(Window(0, 3))
    assert Window.of([np.int64(-1), 2]) == window
    assert type(Window.of([np.int64(-1), 2]).start) is int


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([1, 0], r"windows.car: window \[1, 0\] is reversed; write \[0, 1\]"),
        ([0], r"windows.car: expected two sessions such as \[-1, 1\], got \[0\]"),
        ("01", "expected two sessions"),
        (5, "expected two sessions"),
        ([0, 1.0], r"window \(0, 1.0\): both ends must be whole sessions"),
        ([False, 1], "both ends must be whole sessions"),
    ],
)
def test_what_is_no_window_is_refused(value, message):
    with pytest.raises(SpecificationError, match=message):
        Window.of(value, what="windows.car")


@pytest.mark.parametrize(
    ("estimation", "car", "message"),
    [
        ([-250, -2], [0, 0], r"must end before session -2 or start after session 2"),
        ([1, 250], [0, 0], r"overlaps windows\.event \[-2,\+2\]"),
        ([[-250, -130], [-120, -21]], [0, 0], "the other after it"),
        ([-250, -21], [0, 3], r"windows\.car \[0,\+3\] is not inside windows\.event"),
    ],
)
def test_windows_that_contradict_each_other_are_refused(estimation, car, message):
    with pytest.raises(SpecificationError, match=message):
        check_windows(estimation_window(estimation), Window(-2, 2), [Window.of(car)])
    check_windows(estimation_window([[-250, -21], [21, 250]]), Window(-2, 2), [Window(-2, 2)])


@pytest.mark.parametrize("ends", [(-5, 10**9), (-(10**18), 0), (10**5 + 1, 10**5 + 2), (0, 10**30)])
def test_a_window_reaches_no_further_than_markets_have_had_sessions(ends):
    with pytest.raises(SpecificationError, match="beyond 100,000 sessions from day 0"):
        Window(*ends)
    assert Window(-100_000, -21).start == -100_000


def test_windows_in_words_and_in_study_files():
    both = estimation_window([[-250, -21], [21, 250]])
    assert isinstance(both, SplitWindow)
    assert estimation_window([(21, 250), (-250, -21)]) == both
    assert estimation_window([[-250, -21]]) == estimation_window((-250, -21))
    assert list(both.taus[[0, 229, 230, -1]]) == [-250, -21, 21, 250]
    study = EventStudy(estimation_window=both)
    assert study.to_dict()["windows"]["estimation"] == [[-250, -21], [21, 250]]
    assert hash(study) == hash(EventStudy(estimation_window=[(-250, -21), (21, 250)]))
