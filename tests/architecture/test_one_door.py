"""Files are opened in one place, which looks at what they are; code is loaded in none."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from syntax import tree_of

PACKAGE = Path(__file__).parents[2] / "eventstudy"
READS = {"read_text", "read_bytes", "open", "memmap", "fromfile", "loadtxt", "genfromtxt",
         "ZipFile",
         "ParquetFile", "load_workbook", "read_csv", "read_excel", "read_parquet", "read_table",
         "read_json", "read_xml", "read_feather", "read_pickle"}  # fmt: skip
OWN = {
    "io/opening.py": "the door",
    "io/packaged.py": "what comes with the package",
    "io/files.py": "read_table is its own",
    "io/tables.py": "a workbook that is open",
    "io/workbooks.py": "bytes in memory",
    "io/addresses.py": "an address",
    "prices/files/dialects/grid.py": "bytes in memory",
    "news/classification/headlines.py": "what comes with the package",
    "news/classification/linear_model.py": "what comes with the package",
    "news/classification/loading.py": "what comes with the package",
    "reporting/report.py": "templates of the package",
    "reporting/word.py": "bytes in memory",
    "reporting/pdf.py": "what a browser has just printed",
    "replication/stata_estudy.py": "what comes with the package",
    "studyfile/example.py": "what comes with the package",
    "io/durable.py": "what this process has just written",
    "execution/shared.py": "what this process has just written",
    "inference/value_file.py": "what this process has just written",
    "expectation/question.py": "/etc/timezone",
    "io/memory.py": "/proc/meminfo",
    "io/replacing.py": "/proc/self/mountinfo",
    "prices/files/cells.py": "bytes in memory, or what sha256_of has opened",
    "prices/files/parquet_blocks.py": "what sha256_of has opened",
    "prices/files/french.py": "bytes in memory",
    "events/inputs.py": "a file that is open",
    "reporting/saved_table.py": "a file that is open",
    "news/fetching/gdelt.py": "bytes in memory",
    "markets/table_store.py": "rules of zones of the system; its own read_table",
}
"""Modules that call what reads, each for another reason than a file somebody names."""


@cache
def calls(path):
    """Return the name and the node of every call in a module."""
    found = []
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            found.append((name, node))
    return found


def is_reading(name, node):
    if name == "open":
        words = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
        mode = next((word for word in words if isinstance(word, str)), "r")
        of = getattr(node.func, "value", None)
        is_ours = isinstance(of, ast.Name) and of.id in ("os", "cls", "WatchFolder", "NewsFolder")
        return not is_ours and not any(sign in mode for sign in "wax")
    is_function = not isinstance(node.func, ast.Attribute)  # of `io.opening` or `io.files`
    return name in READS and not (is_function and name in ("read_text", "read_bytes"))


def test_no_other_module_opens_a_file():
    found = {
        str(path.relative_to(PACKAGE).as_posix())
        for path in PACKAGE.rglob("*.py")
        for name, node in calls(path)
        if is_reading(name, node)
    }
    ours = {"read_table"}  # of `io.files`, which goes through the door
    others = {
        path
        for path in found - OWN.keys()
        if {name for name, node in calls(PACKAGE / path) if is_reading(name, node)} - ours
    }
    assert not others, "open files by io.opening.open_file"
    assert not {path for path in OWN if not (PACKAGE / path).exists()}


def is_of(node, *modules):
    return isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") in modules


def test_nothing_is_unpickled_but_what_this_program_has_just_written():
    unpickling = {
        str(path.relative_to(PACKAGE).as_posix())
        for path in PACKAGE.rglob("*.py")
        for name, node in calls(path)
        if (name in ("loads", "load", "Unpickler")
            and is_of(node, "pickle", "cloudpickle", "joblib", "marshal", "dill"))
        or name == "read_pickle"
    }  # fmt: skip
    assert unpickling <= {"execution/shared.py", "execution/processes.py"}


def test_arrays_are_read_without_what_would_run():
    for path in PACKAGE.rglob("*.py"):
        for name, node in calls(path):
            if name == "load" and is_of(node, "np"):
                allowed = [word for word in node.keywords if word.arg == "allow_pickle"]
                assert all(not word.value.value for word in allowed), path


def test_nothing_is_evaluated_as_code():
    for path in PACKAGE.rglob("*.py"):
        named = {name for name, node in calls(path) if isinstance(node.func, ast.Name)}
        assert not named & {"eval", "exec", "__import__"}, path
