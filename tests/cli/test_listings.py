"""Rows of what exists, and their text."""

import pytest

from eventstudy import SpecificationError
from eventstudy.cli.listings import LISTS, listing, listing_text


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_is_as_wide_as_it_may_be(kind):
    rows = listing(kind)
    assert all({"name"} < set(row) for row in rows)
    assert rows or kind == "plugins"
    assert max(map(len, listing_text(kind, rows, 70).splitlines())) <= 70


def test_a_list_that_is_none_is_refused_with_the_nearest():
    with pytest.raises(SpecificationError, match="did you mean 'models'"):
        listing("model")
