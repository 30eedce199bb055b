"""Locks that one process holds at a time."""

from __future__ import annotations

import subprocess
import sys

import filelock
import pytest

from eventstudy.exceptions import SourceError
from eventstudy.io.locking import LOCK, lock_folder, locked_now


def test_a_lock_is_one_holders_until_it_is_released(tmp_path):
    lock = locked_now(tmp_path / "a")
    assert lock is not None
    assert locked_now(tmp_path / "a") is None
    lock.release()
    again = locked_now(tmp_path / "a")
    assert again is not None
    again.release()


def test_a_process_that_ends_lets_go(tmp_path):
    code = (
        "import os, pathlib, sys\n"
        "from eventstudy.io.locking import locked_now\n"
        "lock = locked_now(pathlib.Path(sys.argv[1]))\n"
        "os._exit(0 if lock is not None else 1)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path / "a")], check=True)
    lock = locked_now(tmp_path / "a")
    assert lock is not None
    lock.release()


def test_a_folder_is_made_and_locked(tmp_path):
    folder = tmp_path / "deep" / "out"
    lock = lock_folder(folder, folder, "somebody is at work there")
    assert (folder / LOCK).exists()
    with pytest.raises(SourceError, match="out: somebody is at work there"):
        lock_folder(folder, folder, "somebody is at work there")
    lock.release()
    (tmp_path / "file").touch()
    with pytest.raises(SourceError, match="cannot be written"):
        lock_folder(tmp_path / "file" / "out", tmp_path / "file" / "out", "busy")


def test_a_file_system_without_locks_is_nobodys(tmp_path, monkeypatch):
    def none(*_, **__):
        raise NotImplementedError

    monkeypatch.setattr(filelock.FileLock, "acquire", none)
    assert locked_now(tmp_path / "a") is None
    with pytest.raises(SourceError, match="is on a disk without locks"):
        lock_folder(tmp_path, tmp_path, "somebody is at work there")
