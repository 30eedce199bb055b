"""Files without a name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from eventstudy.io.unnamed_file import UnnamedFile


class Numbers(UnnamedFile):
    """One byte a number."""

    __slots__ = ()

    def add(self, number):
        self._file.write(bytes([number]))

    def all(self):
        self._file.seek(0)
        return list(self._file.read())


@pytest.mark.skipif(os.name == "nt", reason="files have names there while they are open")
def test_a_file_has_no_name_while_it_is_open(tmp_path):
    with Numbers(tmp_path) as numbers:
        numbers.add(1)
        numbers.add(2)
        assert list(tmp_path.iterdir()) == []
        assert numbers.all() == [1, 2]
    with pytest.raises(ValueError, match="closed file"):
        numbers.add(3)


def test_it_is_closed_whatever_happens(tmp_path):
    with pytest.raises(KeyError), Numbers(tmp_path) as numbers:
        raise KeyError
    with pytest.raises(ValueError, match="closed file"):
        numbers.add(3)
    with pytest.raises(OSError, match="No such file"):
        Numbers(Path(tmp_path) / "nowhere")
