"""Values of pairs on disk come back as they were joined in memory."""

from __future__ import annotations

import numpy as np
import pytest

from eventstudy.inference.sums import Values
from eventstudy.inference.value_file import ValueFile


def test_values_come_back_by_key_in_the_order_they_came(tmp_path):
    rng = np.random.default_rng(8)
    known: dict[str, Values] = {}
    with ValueFile(tmp_path) as kept:
        for size in (3, 0, 5, 1):
            for key in ("one", "other"):
                new = Values(parts=(rng.normal(size=(1, size)),))
                known[key] = known[key].plus(new) if key in known else new
                kept.add(key, new)
        for _ in range(2):  # reading changes nothing
            for key, values in known.items():
                np.testing.assert_array_equal(kept.values(key).values, values.values)
        assert "one" in kept
        assert "third" not in kept
        with pytest.raises(KeyError):
            kept.values("third")
    assert list(tmp_path.iterdir()) == []
