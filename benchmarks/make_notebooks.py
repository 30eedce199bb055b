"""Run notebooks anew and store what they show, so that the same code gives the same file.

    python benchmarks/make_notebooks.py notebooks/01_quickstart.ipynb [...]

Times of execution, the version of the interpreter and the line that said how far a long cell was
are not stored; what a cell printed is one output, however it arrived. A notebook with a cell that
fails is left as it was. Prints how long each took. `make notebooks` only tests that they run.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

LONGEST = 900  # seconds a cell may take


def main() -> None:
    """Run the notebooks named one after the other."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="+", type=Path)
    for path in parser.parse_args().notebooks:
        began = time.monotonic()
        run(path)
        print(f"{path}: {time.monotonic() - began:.0f} s", flush=True)


def run(path: Path) -> None:
    """Run one notebook in its folder and write it back."""
    notebook = nbformat.read(path, as_version=4)
    about = dict(notebook.metadata)
    NotebookClient(
        notebook,
        timeout=LONGEST,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    notebook.metadata = nbformat.from_dict(about)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = kept(cell.outputs)
    nbformat.write(notebook, path)


def kept(outputs: list[Any]) -> list[Any]:
    """Return outputs without empty ones, and text that followed text of one stream joined."""
    found: list[Any] = []
    for output in outputs:
        if output["output_type"] == "display_data" and not any(output["data"].values()):
            continue
        last = found[-1] if found else None
        if output["output_type"] == "stream" and last and last.get("name") == output["name"]:
            last["text"] += output["text"]
        else:
            found.append(output)
    return found


if __name__ == "__main__":
    main()
