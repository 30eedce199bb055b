"""Documents without a browser: hostile texts stay text, and the LaTeX compiles."""

from __future__ import annotations

import shutil
import subprocess

import pandas as pd
import pytest

from eventstudy.reporting.document import (
    Document,
    Picture,
    latex_tables,
    to_latex,
    to_markdown,
)

HOSTILE = (
    r"\input{/etc/passwd} 100% & $x$ #1 _a_ {b} ~ ^ [c] <script>alert(1)</script>",
    "# heading, `code`, [link](javascript:alert(1)), ![image](x)",
    "商务部：正在评估 — “quoted” … ±3 σ ≤ 2 † é ß \N{ZERO WIDTH SPACE}x",
    r"\end{document} \\ \write18{id} ^^5cinput",
)


def document(n_rows=4) -> Document:
    table = pd.DataFrame({
        "headline": [HOSTILE[i % 4] for i in range(n_rows)],
        "CAR": ["+1.20***", "-0.31", "(0.042)", "n/a"] * (n_rows // 4),
        "p": [0.01, 0.5, 0.2, None] * (n_rows // 4),
        "*": ["* x", "[a]", "-", ""] * (n_rows // 4),
    })  # fmt: skip
    table.attrs["notes"] = "p: of 5 % of the draws & more."
    return Document(
        title=HOSTILE[0],
        sentences=["1. not a list", *HOSTILE],
        sections=[("Findings & more", ["- not a list", *HOSTILE]), ("Empty", [])],
        tables=[("By group, 5 %", table), ("Short", pd.DataFrame({"a": ["x"], "b": [1]}))],
        frames={"car": table},
    )


def test_markdown_has_every_part_and_acts_on_no_text():
    text = to_markdown(document(), {"report_figure1.svg": Picture("A <b>", "dots_and_lines", "")})
    lines = text.splitlines()
    assert lines[0].startswith("# \\\\input")
    assert "## Findings &amp; more" in lines
    assert "1\\. not a list" in lines
    assert "- \\- not a list" in lines
    assert "- \\# heading, \\`code\\`, [link]\\(javascript:alert(1)), ![image]\\(x)" in lines
    assert "![dots\\_and\\_lines](report_figure1.svg)" in lines
    assert "| :--- | ---: | ---: | :--- |" in lines
    assert "<script" not in text
    assert "The numbers: car (csv, xlsx)." in lines


def test_latex_escapes_every_text():
    tables, driver = latex_tables(document()), to_latex(document(), "report_tables")
    assert r"\input{report_tables}" in driver
    for text in (tables, driver):
        assert r"\textbackslash{}input\{/etc/passwd\} 100\% \& \$x\$ \#1" in text
        assert r"\write" not in text
        assert "^^" not in text
    assert tables.count(r"\begin{longtable}") == tables.count(r"\end{longtable}") == 2
    assert "\N{ZERO WIDTH SPACE}" not in tables + driver


@pytest.mark.slow
@pytest.mark.parametrize("program", ["pdflatex", "xelatex"])
def test_latex_compiles_over_several_pages(tmp_path, program):
    if shutil.which(program) is None:
        pytest.skip(f"no {program} on this machine")
    made = document(200)
    (tmp_path / "report_tables.tex").write_text(latex_tables(made), encoding="utf-8")
    (tmp_path / "report.tex").write_text(to_latex(made, "report_tables"), encoding="utf-8")
    done = subprocess.run(
        [program, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "report.tex"],
        cwd=tmp_path, capture_output=True, timeout=300, check=False,
    )  # fmt: skip
    said = done.stdout.decode("utf-8", "replace")
    if program != "pdflatex" and "fontspec.sty' not found" in said:
        pytest.skip("fontspec is not installed")
    assert done.returncode == 0, said[-2000:]
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-")
