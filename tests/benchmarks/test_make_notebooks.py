"""What the script that runs notebooks anew keeps of what they show."""

from __future__ import annotations

import pytest
from loaded_script import loaded_script


@pytest.fixture(scope="module")
def script():
    pytest.importorskip("nbclient", reason="nbclient runs notebooks")
    return loaded_script("benchmarks/make_notebooks.py")


def said(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def shown(**data):
    return {"output_type": "display_data", "data": data, "metadata": {}}


def test_the_line_that_went_is_not_kept_and_text_is_one_output(script):
    figure = shown(png="x", plain="<Figure>")
    outputs = [said("a"), shown(plain=""), said("b\n"), figure, said("c"), said("d", "stderr")]
    assert script.kept(outputs) == [said("ab\n"), figure, said("c"), said("d", "stderr")]


@pytest.mark.slow
def test_a_notebook_runs_in_its_folder_and_keeps_what_it_says_of_itself(script, tmp_path):
    pytest.importorskip("ipykernel", reason="ipykernel runs cells")
    import nbformat

    cells = [nbformat.v4.new_code_cell(f"print({n})", id=f"cell-{n}") for n in (1, 2)]
    cells.append(nbformat.v4.new_code_cell("from pathlib import Path\nPath.cwd().name", id="last"))
    about = {"language_info": {"name": "python", "version": "0.0"}}
    path = tmp_path / "here" / "a.ipynb"
    path.parent.mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=about), path)
    script.run(path)
    first = path.read_bytes()
    script.run(path)
    assert path.read_bytes() == first
    done = nbformat.read(path, as_version=4)
    assert done.metadata == about
    assert [cell.execution_count for cell in done.cells] == [1, 2, 3]
    assert done.cells[-1].outputs[0]["data"]["text/plain"] == "'here'"
