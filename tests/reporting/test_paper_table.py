"""The table as a value: it prints itself, and what was written is read back."""

from __future__ import annotations

import io
import shutil
import subprocess
from dataclasses import FrozenInstanceError

import pandas as pd
import pytest
from paper_numbers import drawn, numbers

from eventstudy.exceptions import (
    EventStudyWarning,
    NotApplicableError,
    SourceError,
    SpecificationError,
)
from eventstudy.reporting.paper_table import ENDINGS, PaperTable

CAPTION = "Returns & news, 5 % of <them>"


def table(frame=None, **options):
    frame = numbers(["bmp", "placebo"], panels=("a", "b")) if frame is None else frame
    return PaperTable(
        texts=drawn(frame, **options), numbers=frame, caption=CAPTION, label="tab:x", labels={}
    )


def across():
    frame = numbers(["bmp", "placebo"], columns=("A_1", "B"))
    return table(frame, show=("estimate", "statistic", "se", "p", "n", "size"))


def test_it_prints_itself_and_is_frozen():
    made = table()
    assert repr(made) == made.to_text()
    assert repr(made).startswith(CAPTION)
    assert max(map(len, made.to_text(width=60).splitlines())) <= 60
    html = made._repr_html_()
    assert "<caption>Returns &amp; news, 5 % of &lt;them&gt;</caption>" in html
    assert "its stars stand for the rank" in html
    with pytest.raises(FrozenInstanceError):
        made.caption = "other"
    changed = made.to_frame()
    changed["estimate"] = 9.0
    texts = made.table()
    texts.iloc[:, :] = "x"
    assert made.to_frame()["estimate"].max() < 1
    assert "x" not in made.table().to_numpy()


def test_markdown_and_html_have_the_heads_of_blocks():
    text = across().to_markdown()
    assert text.startswith("**Returns &amp; news, 5 % of &lt;them&gt;**")
    assert "| A\\_1, CAAR, % | A\\_1, bmp |" in text
    (read,) = pd.read_html(io.StringIO(across().to_html()))
    assert list(read.columns.get_level_values(0)[1:4]) == ["A_1"] * 3
    assert read.iloc[0, 1] == "0.72"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:the table is about")
@pytest.mark.parametrize("longtable", [False, True])
@pytest.mark.parametrize("siunitx", [False, True])
def test_latex_compiles(tmp_path, longtable, siunitx):
    pdflatex, kpsewhich = shutil.which("pdflatex"), shutil.which("kpsewhich")
    if pdflatex is None or kpsewhich is None:
        pytest.skip("no pdflatex on this machine")
    needed = ["array", "booktabs", "longtable", "threeparttable", *(["siunitx"] if siunitx else [])]
    for name in needed:
        found = subprocess.run([kpsewhich, f"{name}.sty"], capture_output=True, check=False)
        if found.returncode:
            pytest.skip(f"{name} is not installed")
    few = table(numbers(["bmp"], n_units=3), show=("estimate", "statistic", "se", "p", "n"))
    body = "\n".join(
        each.to_latex(label=f"tab:{at}", longtable=longtable, siunitx=siunitx)
        for at, each in enumerate((table(), across(), few))
    )
    (tmp_path / "a.tex").write_text(
        r"\documentclass{article}\usepackage[T1]{fontenc}"
        rf"\usepackage{{{','.join(needed)}}}\begin{{document}}{body}\end{{document}}",
        encoding="utf-8",
    )
    done = subprocess.run(
        [pdflatex, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "a.tex"],
        cwd=tmp_path, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout.decode("utf-8", "replace")[-1500:]
    if pdftotext := shutil.which("pdftotext"):
        subprocess.run([pdftotext, "-layout", "a.pdf"], cwd=tmp_path, check=True)
        shown = (tmp_path / "a.txt").read_text(encoding="utf-8")
        assert "Panel A: a" in shown
        assert "3.60∗∗∗" in shown.replace("*", "∗")
        assert "(0.20)" in shown.replace(" ", "")
        assert "[0.004]" in shown.replace(" ", "")


@pytest.mark.parametrize("siunitx", [False, True])
@pytest.mark.parametrize(
    ("longtable", "needed"),
    [(False, "booktabs,threeparttable"), (True, "array,booktabs,longtable")],
)
def test_latex_begins_with_the_packages_it_needs(longtable, needed, siunitx):
    text = table().to_latex(longtable=longtable, siunitx=siunitx)
    more = ",siunitx" if siunitx else ""
    first, second = text.splitlines()[:2]
    assert first == rf"% needs \usepackage{{{needed}{more}}}"
    assert second.startswith(r"\begin{longtable}" if longtable else r"\begin{table}")
    assert ("S[" in text) is siunitx


def test_a_table_wider_than_its_page_is_said_and_can_be_made_to_fit():
    frame = numbers(["bmp", "placebo"], columns=("A", "B", "C"))
    wide = table(frame, show=("estimate", "statistic", "p", "n"))
    with pytest.warns(EventStudyWarning, match=r"% wider than the text of a portrait page; ") as w:
        text = wide.to_latex()
    assert "to_latex(" in str(w[0].message)
    assert text.splitlines()[1].startswith("% the table is about ")
    turned = wide.to_latex(landscape=True, size="footnotesize")
    assert turned.splitlines()[:4] == [
        r"% needs \usepackage{booktabs,threeparttable,rotating}",
        r"\begin{sidewaystable}",
        r"\centering",
        r"\footnotesize",
    ]
    assert turned.rstrip().endswith(r"\end{sidewaystable}")
    with pytest.raises(SpecificationError, match="unknown size 'tiny'"):
        wide.to_latex(size="tiny")
    with pytest.raises(SpecificationError, match="of a table on one page"):
        wide.to_latex(longtable=True, landscape=True)


@pytest.mark.filterwarnings("ignore:the table is about")
def test_latex_has_the_heads_of_blocks_and_room_for_stars():
    text = across().to_latex()
    assert r" & \multicolumn{3}{c}{A\_1} & \multicolumn{3}{c}{B} \\" in text
    assert r"\cmidrule(lr){2-4} \cmidrule(lr){5-7}" in text
    assert r"r@{\hspace{2.5em}}" in text
    assert r"\caption{Returns \& news, 5 \% of \textless{}them\textgreater{}}" in text
    assert r"\label{tab:x}" in text
    numeric = across().to_latex(siunitx=True)
    assert "S[table-format=1.2,table-space-text-pre={" in numeric
    assert "3.60{***}" in numeric
    assert "{(}0.20{)}" in numeric
    assert "{1,234}" in numeric  # a count among decimals
    with pytest.raises(SpecificationError, match="LaTeX label"):
        across().to_latex(label="a b", longtable=True)


@pytest.mark.slow
def test_every_ending_is_written_and_equal_tables_give_equal_bytes(tmp_path):
    pytest.importorskip("docx")
    pytest.importorskip("xlsxwriter")
    for ending in ENDINGS:
        path = table().save(tmp_path / "new" / f"a.{ending}")
        again = table().save(tmp_path / f"b.{ending}")
        assert path.read_bytes() == again.read_bytes()
    assert (tmp_path / "b.tex").read_text(encoding="utf-8") == table().to_latex()
    page = (tmp_path / "b.html").read_text(encoding="utf-8")
    assert "<title>Returns &amp; news, 5 % of &lt;them&gt;</title>" in page
    assert page.count("its stars stand for the rank") == 1
    back = pd.read_csv(tmp_path / "b.csv")
    assert back["estimate"].tolist() == table().to_frame()["estimate"].tolist()
    with pytest.raises(SpecificationError, match=r"unknown format 'docs'; did you mean 'docx'"):
        table().save(tmp_path / "a.docs")
    with pytest.raises(SourceError, match="cannot be written"):
        table().save(tmp_path / "b.tex" / "a.tex")


def test_word_and_excel_hold_what_is_printed(tmp_path):
    docx, openpyxl = pytest.importorskip("docx"), pytest.importorskip("openpyxl")
    made = across()
    word = docx.Document(io.BytesIO(made.to_word()))
    assert word.tables[0].cell(2, 1).text == "0.72"
    book = openpyxl.load_workbook(io.BytesIO(made.to_excel()))
    assert book.sheetnames == ["table", "numbers"]
    assert book["numbers"]["G2"].value == pytest.approx(0.0072)
    assert book["numbers"]["G2"].number_format == "0.00%"


def test_packages_of_tables_take_it_as_a_model():
    made = table()
    frame = made.__maketables_coef_table__
    assert frame.index.name == "Coefficient"
    assert list(frame.index) == ["a, [0,0]", "a, [0,+1]", "b, [0,0]", "b, [0,+1]"]
    assert {"b", "se", "t", "p"} <= set(frame.columns)
    assert frame["p"].tolist() == [0.289] * 4  # what stars stand for, so that theirs are as honest
    assert made.__maketables_stat__("N") == 1234
    assert made.__maketables_stat__("se_type") == "bmp"
    assert made.__maketables_stat__("r2") is None
    assert made.__maketables_depvar__ == "CAAR"
    assert made.__maketables_fixef_string__ is None
    assert made.__maketables_vcov_info__["vcov_type"] == "bmp"


def test_a_table_without_standard_errors_is_not_drawn():
    with pytest.raises(NotApplicableError, match=r'etable\(show=\["estimate", "se"\]\)'):
        table().plot()
