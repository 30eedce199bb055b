"""How wide LaTeX tables are: what is said beside what pdflatex makes of them."""

from __future__ import annotations

import re
import shutil
import subprocess

import pandas as pd
import pytest

from eventstudy.reporting.latex_page import SIZES, latex_needs, share_of_page, too_wide, what_fits
from eventstudy.reporting.tables import to_latex

_TEXT = {False: 345.0, True: 550.0}  # points of the text of LaTeX's article


def cells(number: int) -> tuple[list[str], list[list[str]]]:
    head = ["Window", *["CAAR, %"] * number]
    row = ["[0,+1]", *["-12.52***"] * number]
    return head, [["Panel A: a heading that is as long as it likes", *[""] * number], row]


def test_packages_are_named():
    assert latex_needs(["booktabs"], siunitx=True) == r"% needs \usepackage{booktabs,siunitx}"


def test_a_heading_counts_for_nothing_and_type_and_page_count():
    head, rows = cells(4)
    assert share_of_page(head, rows) == share_of_page(head, rows[1:])
    widths = [share_of_page(head, rows, size=size) for size in SIZES]
    assert widths == sorted(widths, reverse=True)
    assert share_of_page(head, rows, landscape=True) < min(widths)


def test_what_fits_is_the_largest_type_that_fits():
    assert too_wide(*cells(3)) == ""
    for number in (5, 6, 8, 40):
        head, rows = cells(number)
        assert "% wider than the text of a portrait page" in too_wide(head, rows)
        said = what_fits(head, rows)
        assert said.startswith("panels= in place of columns=")
        named = re.search(r"to_latex\((?:size=\"(\w+)\")?(?:, )?(landscape=True)?\)", said)
        assert (named is None) == (number == 40)
        if named is not None:
            size, turned = named[1] or "normalsize", named[2] is not None
            assert too_wide(head, rows, size=size, landscape=turned) == ""


@pytest.mark.slow
@pytest.mark.parametrize("landscape", [False, True])
@pytest.mark.parametrize("size", list(SIZES))
def test_widths_are_those_of_compiled_tables(tmp_path, size, landscape):
    pdflatex, kpsewhich = shutil.which("pdflatex"), shutil.which("kpsewhich")
    if pdflatex is None or kpsewhich is None:
        pytest.skip("no pdflatex on this machine")
    for name in ("booktabs", "threeparttable", "rotating"):
        if subprocess.run([kpsewhich, f"{name}.sty"], capture_output=True, check=False).returncode:
            pytest.skip(f"{name} is not installed")
    head, rows = cells(14)
    body = to_latex(pd.DataFrame(rows[1:], columns=head), size=size, landscape=landscape)
    (tmp_path / "a.tex").write_text(
        r"\documentclass{article}\usepackage[T1]{fontenc}"
        rf"\usepackage{{booktabs,threeparttable,rotating}}\begin{{document}}{body}\end{{document}}",
        encoding="utf-8",
    )
    done = subprocess.run(
        [pdflatex, "-interaction=nonstopmode", "-no-shell-escape", "a.tex"],
        cwd=tmp_path, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    over = re.findall(r"Overfull \\hbox \(([\d.]+)pt", done.stdout.decode("utf-8", "replace"))
    true = 1 + max(map(float, over)) / _TEXT[landscape]
    assert share_of_page(head, rows, size=size, landscape=landscape) == pytest.approx(true, rel=0.1)
