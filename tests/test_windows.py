"""Windows in event time: how they are written, read and refused."""

from __future__ import annotations

from eventstudy import (
    EventStudy,
)
from eventstudy.windows import SplitWindow, estimation_window


def test_windows_in_words_and_in_study_files():
    both = estimation_window([[-250, -21], [21, 250]])
    assert isinstance(both, SplitWindow)
    assert estimation_window([(21, 250), (-250, -21)]) == both
    assert estimation_window([[-250, -21]]) == estimation_window((-250, -21))
    assert list(both.taus[[0, 229, 230, -1]]) == [-250, -21, 21, 250]
    study = EventStudy(estimation_window=both)
    assert study.to_dict()["windows"]["estimation"] == [[-250, -21], [21, 250]]
    assert hash(study) == hash(EventStudy(estimation_window=[(-250, -21), (21, 250)]))
