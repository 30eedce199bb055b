"""Notebooks are stored as they ran: once, from the first cell to the last, and nothing besides."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
NOTEBOOKS = sorted((HOUSE / "notebooks").glob("*.ipynb"))


def cells_of(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def code_of(path):
    return [cell for cell in cells_of(path) if cell["cell_type"] == "code"]


def outputs_of(path):
    return [output for cell in code_of(path) for output in cell["outputs"]]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_ran_once_in_order(path):
    counts = [cell["execution_count"] for cell in code_of(path)]
    assert counts == list(range(1, len(counts) + 1))
    assert [cell["id"] for cell in code_of(path) if cell["metadata"]] == [], "no times are stored"
    names = [cell["id"] for cell in cells_of(path)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_are_shown_ones(path):
    kinds = [output["output_type"] for output in outputs_of(path)]
    assert "error" not in kinds
    shown = [output["data"] for output in outputs_of(path) if "data" in output]
    assert [data for data in shown if not any("".join(text) for text in data.values())] == []
    warned = [output for output in outputs_of(path) if output.get("name") == "stderr"]
    assert warned == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_colours_are_those_of_the_palette(path):
    code = "".join("".join(cell["source"]) for cell in code_of(path))
    assert re.findall(r"#[0-9a-fA-F]{6}\b", code) == []
