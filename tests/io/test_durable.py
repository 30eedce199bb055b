"""Bytes on the disk, and two paths exchanged at once."""

from __future__ import annotations

import ctypes
import errno
import os
import sys

import pytest

from eventstudy.io import durable
from eventstudy.io.durable import exchange, sync_file, sync_names


@pytest.mark.skipif(not sys.platform.startswith(("linux", "darwin")), reason="no such call")
def test_two_folders_change_places_at_once(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.txt").write_text(name)
    before = (tmp_path / "a").stat().st_ino
    assert exchange(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b" / "a.txt").read_text() == "a"
    assert (tmp_path / "a" / "b.txt").read_text() == "b"
    assert (tmp_path / "b").stat().st_ino == before


@pytest.mark.skipif(not sys.platform.startswith(("linux", "darwin")), reason="no such call")
def test_what_is_not_there_is_an_error(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(FileNotFoundError):
        exchange(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "a").is_dir()


@pytest.mark.skipif(not sys.platform.startswith(("linux", "darwin")), reason="no such call")
@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOSYS, errno.EXDEV, errno.EPERM])
def test_a_file_system_without_it_is_said(tmp_path, monkeypatch, number):
    class Library:
        def __init__(self, *_, **__): ...

        @staticmethod
        def refuse(*_):
            ctypes.set_errno(number)
            return -1

        renameat2 = renamex_np = refuse

    monkeypatch.setattr(durable.ctypes, "CDLL", Library)
    assert not exchange(tmp_path / "a", tmp_path / "b")


def test_a_system_without_it_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(durable.sys, "platform", "win32")
    for name in "ab":
        (tmp_path / name).mkdir()
    assert not exchange(tmp_path / "a", tmp_path / "b")


def test_files_and_names_are_synced(tmp_path, monkeypatch):
    synced = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda number: synced.append(number) or fsync(number))
    (tmp_path / "a").write_text("a")
    sync_file(tmp_path / "a")
    sync_names(tmp_path)
    assert len(synced) == 2 - (os.name != "posix")
    with pytest.raises(FileNotFoundError):
        sync_file(tmp_path / "b")
