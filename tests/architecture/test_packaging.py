"""What is shipped: one version everywhere, the licence, the data inside the wheel."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def declared(text: str, key: str) -> str:
    """A top-level scalar of a CFF file, without a YAML reader."""
    (value,) = re.findall(rf"^{key}: *\"?([^\"\n]+?)\"?$", text, re.MULTILINE)
    return value


def test_one_version_everywhere(project):
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert declared(citation, "version") == project["version"]
    assert importlib.metadata.version("market-reaction") == project["version"]
    assert f"## [{project['version']}]" in changelog


def test_one_licence_everywhere(project):
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert project["license"] == declared(citation, "license") == "Apache-2.0"
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert re.search(r"Apache License\s+Version 2\.0, January 2004", text)
    assert "END OF TERMS AND CONDITIONS" in text


def test_all_brings_every_extra(project):
    extras = dict(project["optional-dependencies"])
    (everything,) = extras.pop("all")
    inside = re.fullmatch(r"market-reaction\[([a-z,]+)\]", everything)
    assert inside is not None
    assert set(inside[1].split(",")) == set(extras)


def test_no_file_names_a_package_index():
    files = [
        *(ROOT / name for name in ("Makefile", "README.md", "pyproject.toml", ".ci/run")),
    ]
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert re.search(r"--(extra-)?index-url|--find-links|--trusted-host", text) is None, file


@pytest.mark.slow
def test_wheel_holds_the_package_and_the_data(tmp_path):
    pytest.importorskip("hatchling")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name for name in archive.namelist() if ".dist-info/" not in name}
        for file in (ROOT / "data").rglob("*.*"):
            inside = f"eventstudy/_data/{file.relative_to(ROOT / 'data').as_posix()}"
            assert archive.read(inside) == file.read_bytes()
    package = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "eventstudy").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert "eventstudy/py.typed" in package
    assert "eventstudy/markets/markets.toml" in package
    assert {name for name in shipped if not name.startswith("eventstudy/_data/")} == package


@pytest.mark.slow
def test_source_distribution_holds_what_its_tests_read(tmp_path):
    pytest.importorskip("hatchling")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (path,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        shipped = {name.partition("/")[2] for name in archive.getnames()}
    files = {
        path.relative_to(ROOT).as_posix()
        for folder in (".ci", "benchmarks", "docs", "tests")
        for path in (ROOT / folder).rglob("*")
        # the documentation site is built in its own folder
        if path.is_file() and not {"__pycache__", "_build", "generated"} & {*path.parts}
    }
    assert files - shipped == set()
