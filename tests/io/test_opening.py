"""Tests of the door through which files are read: what is none is refused, and never waited for."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from eventstudy.events.inputs import read_event_table
from eventstudy.exceptions import EventStudyError, SourceError
from eventstudy.io.files import read_bytes, read_toml, sha256_of
from eventstudy.io.folders import read_manifest
from eventstudy.io.opening import check_file, is_endless, open_file, read_text
from eventstudy.news.readers import read_news
from eventstudy.prices.files.reading import read_prices
from eventstudy.prices.securities import read_securities

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of what is no file: a pipe nobody writes to, links to it and to a device."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "linked").symlink_to(tmp_path / "pipe")
    (tmp_path / "endless").symlink_to("/dev/zero")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "what"), [("pipe", "pipe"), ("linked", "pipe"), ("endless", "device")]
)
@pytest.mark.parametrize("read", [open_file, check_file, read_text, read_bytes, sha256_of])
def test_what_never_ends_is_refused(folder, name, what, read):
    with pytest.raises(SourceError) as caught:
        read(folder / name)
    assert str(caught.value) == f"{folder / name} is a {what}; a file is needed"
    assert caught.value.file == str(folder / name)
    assert is_endless(folder / name)


def test_a_socket_and_a_folder_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        with pytest.raises(SourceError, match="is a socket; a file is needed"):
            open_file("socket")
    with pytest.raises(SourceError, match="is a folder; a file is needed"):
        open_file(tmp_path)
    assert not is_endless(tmp_path)
    assert not is_endless("\0")


def test_what_turns_into_a_pipe_while_it_is_opened_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_text("a")
    real = os.open

    def swapped(name, flags, *rest):
        path.unlink(missing_ok=True)
        os.mkfifo(path)
        return real(name, flags, *rest)

    monkeypatch.setattr(os, "open", swapped)
    with pytest.raises(SourceError, match="is a pipe; a file is needed"):
        open_file(path)


def test_a_file_is_opened_as_it_is(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("naïve\r\n".encode())
    with open_file(path) as file:
        assert file.read() == "naïve\r\n".encode()
    assert read_text(path) == "naïve\r\n"
    assert check_file(path) == path


def test_a_name_that_is_shown_breaks_no_line(tmp_path):
    with pytest.raises(SourceError) as caught:
        open_file(tmp_path / "a\x1b[2Jb")
    assert "\x1b" not in str(caught.value)
    with pytest.raises(SourceError, match="holds a NUL"):
        open_file("a\0b")


ENDINGS = {
    read_news: ("csv", "json", "jsonl", "xlsx", "xml", "txt", "html", "eml", ""),
    read_prices: ("csv", "parquet", "xlsx", "txt", "zip", ""),
    read_event_table: ("csv", "xlsx", "parquet"),
    read_securities: ("csv", "xlsx"),
    read_toml: ("toml",),
}


@pytest.mark.parametrize("target", ["pipe", "/dev/zero"])
@pytest.mark.parametrize(
    ("read", "ending"), [(read, ending) for read, endings in ENDINGS.items() for ending in endings]
)
def test_no_reader_waits(folder, read, ending, target):
    path = folder / f"input.{ending}"
    path.symlink_to(folder / target)
    with pytest.raises(EventStudyError, match=r"a file is needed|not a file"):
        read(path)


def test_a_folder_of_news_has_the_others_read(folder):
    (folder / "news.csv").write_text(
        "published,headline\n2025-05-02T09:00+08:00,Talks begin\n", encoding="utf-8"
    )
    news = read_news(folder)
    assert news.frame["headline"].tolist() == ["Talks begin"]
    reasons = news.rejected["reason"].tolist()
    assert len(reasons) == 3
    assert all("a file is needed" in reason for reason in reasons)


def test_a_manifest_that_never_ends_is_none(tmp_path):
    os.mkfifo(tmp_path / "manifest.json")
    assert read_manifest(tmp_path) is None
