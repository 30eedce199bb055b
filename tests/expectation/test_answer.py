"""The verbs of an answer: each format, files by their endings, a notebook."""

from __future__ import annotations

import dataclasses
import json

import pytest
from small_expectation import expectation

from eventstudy.exceptions import SourceError, SpecificationError
from eventstudy.expectation.answer import Expectation, format_of
from eventstudy.expectation.payload import payload_of
from eventstudy.reporting import pdf


@pytest.fixture(scope="module")
def answer():
    value = expectation()
    return Expectation(
        **{field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    )


def test_each_ending_is_a_format(answer, tmp_path):
    assert json.loads(answer.save(tmp_path / "a.json").read_text("utf-8")) == answer.to_dict()
    assert answer.save(tmp_path / "a.txt").read_text("utf-8") == answer.to_text() + "\n"
    page = answer.save(tmp_path / "a.HTML").read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert page == answer.to_html() or page == answer.to_html() + "\n"
    assert answer.save(tmp_path / "plain", "text").read_text("utf-8").startswith("White House")
    assert {path.name for path in tmp_path.iterdir()} == {"a.json", "a.txt", "a.HTML", "plain"}


def test_pdf_is_printed_from_the_page(answer, tmp_path, monkeypatch):
    monkeypatch.setattr(pdf, "write_pdf", lambda page, path: path.write_text(page, "utf-8"))
    assert answer.save(tmp_path / "a.pdf").read_text("utf-8") == answer.to_html()


def test_an_unknown_format_is_an_error(answer, tmp_path):
    with pytest.raises(SpecificationError, match=r"the ending '\.docx' stands for no format"):
        answer.save(tmp_path / "a.docx")
    with pytest.raises(SpecificationError, match="without an ending, no format; end it with"):
        answer.save(tmp_path / "a")
    with pytest.raises(SpecificationError, match="unknown format 'htm'; did you mean 'html'"):
        answer.save(tmp_path / "a", "htm")
    with pytest.raises(SourceError, match="cannot be written"):
        answer.save(tmp_path / "none" / "a.json")
    assert format_of(tmp_path / "a.htm") == "html"


def test_the_dict_is_the_payload_and_its_json_is_text(answer):
    assert answer.to_dict() == payload_of(expectation())
    assert json.loads(answer.to_json()) == answer.to_dict()


def test_a_notebook_shows_the_page_in_a_frame_that_runs_nothing(answer):
    shown = answer._repr_html_()
    assert shown.startswith('<iframe srcdoc="&lt;!DOCTYPE html&gt;')
    assert 'sandbox=""' in shown
    assert "<script" not in shown
    assert repr(answer) == (
        "Expectation(exemption, de-escalation, 6 markets, little evidence, 2025-04-13 22:45 UTC)"
    )
