"""The bundles that come with the package."""

from __future__ import annotations

import pytest

from eventstudy.conventions import CONVENTIONS

NAMES = ("stata_estudy", "wrds", "estudy2", "eventus")


def test_the_named_ones_are_there():
    assert CONVENTIONS.names()[: len(NAMES)] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_names_its_source_and_what_differs_or_is_not_known(name):
    entry = CONVENTIONS[name]
    assert entry.summary
    assert entry.source
    assert entry.value.tests
    assert entry.value.changed() or "could be checked" in entry.value.remark
