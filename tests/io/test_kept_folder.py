"""A folder whose memory is its manifest."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from eventstudy.exceptions import SourceError
from eventstudy.io.folders import MANIFEST, NEWS
from eventstudy.io.kept_folder import KeptFolder, writable


@dataclass(slots=True, kw_only=True)
class Words(KeptFolder):
    """A folder that remembers words."""

    kind = NEWS
    busy = "somebody is at work there"
    form = 2

    words: list[str] = field(default_factory=list)

    def save(self):
        self._remember({"words": self.words})

    def _read(self, manifest):
        self.words = [str(word) for word in manifest["words"]]


def test_what_was_saved_is_remembered(tmp_path):
    with Words.open(tmp_path / "out") as folder:
        folder.words.append("a\ud800")
        folder.save()
    with Words.open(tmp_path / "out") as folder:
        assert folder.words == ["a?"]
        with pytest.raises(SourceError, match="somebody is at work there"):
            Words.open(tmp_path / "out")
    Words.open(tmp_path / "out").close()


def test_nothing_is_written_before_it_is_saved(tmp_path):
    Words.open(tmp_path).close()
    assert not (tmp_path / MANIFEST).exists()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"form": 3}, "was written by a later version of eventstudy; update it"),
        ({"form": 1}, r"is damaged \(no form 1 was ever written\)"),
        ({"form": 0}, r"is damaged \(no form 0 was ever written\)"),
        ({"form": -1}, r"is damaged \(no form -1 was ever written\)"),
        ({"form": None}, r"is damaged \(no form None was ever written\)"),
        ({"form": "2"}, r"is damaged \(no form '2' was ever written\)"),
        ({"form": True}, r"is damaged \(no form True was ever written\)"),
        ({"words": 7}, r"is damaged \(TypeError"),
        ({"kind": "watch"}, "holds watched news"),
    ],
)
def test_another_form_or_kind_is_said_and_left_as_it_is(tmp_path, changed, said):
    with Words.open(tmp_path) as folder:
        folder.save()
    memory = tmp_path / MANIFEST
    memory.write_text(json.dumps(json.loads(memory.read_text()) | changed))
    before = memory.read_bytes()
    with pytest.raises(SourceError, match=said):
        Words.open(tmp_path)
    assert memory.read_bytes() == before
    with pytest.raises(SourceError, match=said):  # it was not left locked
        Words.open(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"tool": "another"}'])
def test_a_memory_that_is_cut_off_is_not_taken_for_none(tmp_path, content):
    (tmp_path / MANIFEST).write_text(content)
    with pytest.raises(SourceError, match="holds files that are not results of eventstudy"):
        Words.open(tmp_path)
    assert (tmp_path / MANIFEST).read_text() == content


def test_a_file_or_a_lost_link_is_said(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "lost").symlink_to("nowhere")
    for name in ("file", "lost"):
        with pytest.raises(SourceError, match="is a file; name a folder for fetched news"):
            Words.open(tmp_path / name)


def test_halves_of_characters_are_replaced():
    assert writable("a\ud800b") == "a?b"
