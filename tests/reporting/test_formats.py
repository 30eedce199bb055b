"""Results as files: the ending says which format, and only our own files are replaced."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest

from eventstudy.exceptions import NotApplicableError, SourceError, SpecificationError
from eventstudy.io.folders import MANIFEST, STUDY, check_folder, replace_folder, write_manifest
from eventstudy.reporting import formats, pdf
from eventstudy.reporting.document import Document, Picture
from eventstudy.reporting.formats import chosen_formats, export, export_all


class Results:
    """Stands in for results of any kind."""

    def document(self) -> Document:
        table = pd.DataFrame({"group": ["all"], "estimate": [0.01]})
        return Document(
            title="A study", sentences=["One pair."], tables=[("Means", table)],
            frames={"statistics": table},
            pictures=lambda: [Picture("Path", "A line", "<svg></svg>")],
        )  # fmt: skip

    def to_html(self) -> str:
        return "<!DOCTYPE html><html><body><p>A study</p></body></html>"


@pytest.fixture
def folder(tmp_path):
    """A folder as a run leaves it."""

    def fill(work):
        (work / "car.csv").write_text("a\n", encoding="utf-8")
        write_manifest({"tool": "eventstudy"}, work)

    return replace_folder(tmp_path / "out", fill)


def test_each_format_is_written_and_listed(folder, monkeypatch):
    monkeypatch.setattr(pdf, "pdf_bytes", lambda html: (b"%PDF-" + html[:9].encode(), "none"))
    names = [name for name in formats.FORMATS if name != "xlsx"]
    written = export_all(Results(), folder, "report", names)
    assert [path.name for path in written] == ["report.html", "report.md", "report.pdf",
                                               "report.tex"]  # fmt: skip
    assert (folder / "report.pdf").read_bytes().startswith(b"%PDF-<!DOCTYPE")
    assert "![A line](report_figure1.svg)" in (folder / "report.md").read_text(encoding="utf-8")
    assert r"\input{report_tables}" in (folder / "report.tex").read_text(encoding="utf-8")
    listed = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
    assert {"report_tables.tex", "report_figure1.svg", "report.pdf"} <= set(listed)
    check_folder(folder, STUDY)  # the next run may replace all of them
    export_all(Results(), folder, "report", names)  # and so may the same command


def test_a_file_of_ones_own_is_not_replaced(folder):
    (folder / "report.md").write_text("mine", encoding="utf-8")
    with pytest.raises(SourceError, match="not among the files"):
        export(Results(), folder / "report.md")
    assert (folder / "report.md").read_text(encoding="utf-8") == "mine"


def test_a_name_of_ones_own_is_left_to_its_owner(folder):
    export(Results(), folder / "for_the_desk.md")
    with pytest.raises(SourceError, match=r"for_the_desk\.md"):
        check_folder(folder, STUDY)


def test_a_workbook_has_a_sheet_a_frame(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    pytest.importorskip("xlsxwriter")
    sheet = openpyxl.load_workbook(export(Results(), tmp_path / "new" / "a.xlsx"))["statistics"]
    assert (sheet["B2"].value, sheet["B2"].number_format) == (0.01, "0.00%")


def test_the_page_can_be_another_one(tmp_path):
    path = export(Results(), tmp_path / "a.html", "<p>everything</p>")
    assert path.read_text(encoding="utf-8") == "<p>everything</p>"


@pytest.mark.parametrize(
    ("name", "message"), [("a.doc", "unknown format 'doc'"), ("a", "unknown format ''"),
                          ("a b.tex", "LaTeX reads names")]
)  # fmt: skip
def test_what_cannot_be_written_is_refused(tmp_path, name, message):
    with pytest.raises(SpecificationError, match=re.escape(message)):
        export(Results(), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_formats_are_refused_before_any_work(monkeypatch):
    with pytest.raises(SpecificationError, match="unknown format 'htm'; did you mean 'html'"):
        chosen_formats("md,htm")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr(pdf, "find_browsers", list)
    with pytest.raises(NotApplicableError, match="WeasyPrint or a browser"):
        chosen_formats("html,pdf")
