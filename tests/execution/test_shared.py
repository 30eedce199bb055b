"""What processes share: written once, mapped by all, the same value again."""

from __future__ import annotations

import threading

import numpy as np
import pandas as pd
import pytest

from eventstudy.exceptions import ExecutionError
from eventstudy.execution.shared import read_shared, write_shared


def test_arrays_come_back_mapped_and_read_only(tmp_path):
    rng = np.random.default_rng(1)
    arrays = {f"a{n}": rng.normal(size=(n, 3)) for n in (0, 1, 50, 4000)}
    frame = pd.DataFrame({"x": rng.normal(size=5), "name": list("abcde")})
    path = write_shared((arrays, arrays["a50"], frame), tmp_path)
    found, again, table = read_shared(path)
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
    assert again is found["a50"]
    assert not found["a4000"].flags.writeable
    assert not found["a4000"].flags.owndata
    assert found["a4000"].ctypes.data % 64 == 0
    pd.testing.assert_frame_equal(table, frame)
    assert read_shared(path)[0] is found


def test_a_function_that_no_module_has_comes_along(tmp_path):
    double = lambda value: 2 * value  # noqa: E731 - as a cell of a notebook defines one
    assert read_shared(write_shared(double, tmp_path))(4) == 8


def test_what_cannot_be_sent_is_an_error_that_says_how_to_go_on(tmp_path):
    with pytest.raises(ExecutionError, match=r"cannot be sent .*lock.*one process") as caught:
        write_shared({"lock": threading.Lock()}, tmp_path)
    assert caught.value.key == "execution.jobs"
