from __future__ import annotations

import dataclasses

import pytest

from eventstudy.news.classification.label import Label


def test_a_label_is_frozen_and_a_classifier_may_make_its_own():
    label = Label(category="deal", direction="de-escalation", expected_sign="+")
    assert (label.outcome, label.confidence) == ("event", 1.0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        label.category = "rumor"
