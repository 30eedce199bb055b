"""What a release must pass: `check` the texts, `build` both distributions, `try` them.

    python .ci/release.py check [--tag v0.1.0]
    python .ci/release.py build            # into dist/
    python .ci/release.py try [--here]     # in an environment of its own
    python .ci/release.py sbom             # what is installed with the wheel, into sbom/
    python .ci/release.py selection        # its tests alone, by this interpreter

`check` refuses while the address of the repository is a placeholder, the list of changes has no
date or versions differ. `try` installs wheel and source distribution one after the other, runs the
command, and runs tests of the source distribution against what is installed. With --here the
environment sees the packages of this interpreter, so that nothing is downloaded. `sbom` writes
CycloneDX and a list of licences, and refuses a distribution whose licence is not known.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import tomllib
from pathlib import Path
from typing import Any

HOUSE = Path(__file__).resolve().parents[1]
PLACEHOLDER = "OWNER"
TESTED = (
    "tests/architecture/test_packaging.py",
    "tests/architecture/test_face.py",
    "tests/cli/test_lists.py",
    "tests/datasets/test_bundled.py",
    "tests/estimation/test_sample.py",
    "tests/events/test_table.py",
    "tests/news/articles/test_sentences.py",
    "tests/test_kernels.py",
)
"""Some of every kind, none of which needs an extra: data inside, the command, numbers, files."""


def problems(house: Path, tag: str | None = None) -> list[str]:
    """Return what stands against a release of the tree at `house`."""
    tables = tomllib.loads((house / "pyproject.toml").read_text(encoding="utf-8"))
    version = tables["project"]["version"]
    repository = tables["tool"]["hatch"]["metadata"]["hooks"]["custom"]["repository"]
    changes = (house / "CHANGELOG.md").read_text(encoding="utf-8")
    found = []
    if PLACEHOLDER in repository:
        found.append(
            f"pyproject.toml: repository is {repository}; put the owner in the place of "
            f"{PLACEHOLDER}, in [tool.hatch.metadata.hooks.custom]"
        )
    if not re.search(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", changes, re.MULTILINE):
        found.append(f"CHANGELOG.md: no line ## [{version}] with a date, such as - 2027-01-31")
    if f"version: {version}" not in (house / "CITATION.cff").read_text(encoding="utf-8"):
        found.append(f"CITATION.cff: version is not {version}")
    if tag is not None and tag != f"v{version}":
        found.append(f"the tag {tag} is not v{version}, the version of pyproject.toml")
    return found


def build(house: Path, folder: Path, python: str = sys.executable) -> None:
    """Build the source distribution, and the wheel from what is inside it."""
    shutil.rmtree(folder, ignore_errors=True)
    _run(python, "-m", "hatchling", "build", "-t", "sdist", "-d", folder, cwd=house)
    with tempfile.TemporaryDirectory() as work:
        inside = unpacked(folder, Path(work))
        _run(python, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=inside)


def unpacked(folder: Path, work: Path) -> Path:
    """Unpack the one source distribution of a folder; return where its files are."""
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(work, filter="data")
    (inside,) = work.iterdir()
    return inside


def environment(folder: Path, *, here: bool) -> Path:
    """Make an environment; return its interpreter."""
    _run(sys.executable, "-m", "venv", *(("--without-pip",) if here else ()), folder)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / Path(sys.executable).name
    if here:
        command = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
        said = subprocess.run(command, check=True, capture_output=True, text=True)
        site = Path(said.stdout.strip())
        (site / "here.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python


def install(python: Path, what: Path, *, here: bool) -> None:
    """Install a distribution into the environment of an interpreter."""
    if not here:
        _run(python, "-m", "pip", "install", "--quiet", what)
        return
    _run(
        sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps",
        "--no-index", "--no-build-isolation", "--ignore-installed", what,
    )  # fmt: skip


def attempt(folder: Path, *, here: bool) -> None:
    """Install both distributions, one after the other, and run command and tests against them."""
    with tempfile.TemporaryDirectory() as work:
        inside = unpacked(folder, Path(work) / "source")
        for number, kind in enumerate(("*.whl", "*.tar.gz")):
            (what,) = folder.glob(kind)
            python = environment(Path(work) / f"environment{number}", here=here)
            install(python, what, here=here)
            if not here:
                _run(python, "-m", "pip", "install", "--quiet", "--upgrade", "pip>=25.1")
                _run(python, "-m", "pip", "install", "--quiet", "--group",
                     f"{inside / 'pyproject.toml'}:test-base")  # fmt: skip
            code = "import eventstudy, sys; print(eventstudy.__file__); "
            code += "sys.exit('site-packages' not in eventstudy.__file__)"
            _run(python, "-P", "-c", code, cwd=work)
            _run(python, "-P", "-m", "eventstudy", "list", "models", cwd=work)
            _run(python, "-P", "-m", "eventstudy", "events", "check",
                 inside / "data/events/events.csv", cwd=work)  # fmt: skip
            _run(python, "-P", "-m", "pytest", "-q", "-m", "not slow", "-p", "no:cacheprovider",
                 *TESTED, cwd=inside)  # fmt: skip
            print(f"{what.name}: installed, and its tests pass", flush=True)


UNSAID = {"peewee": "MIT", "protobuf": "BSD-3-Clause"}
"""Licences of distributions whose metadata name none, as their files LICENSE have them."""


def licences(bom: dict[str, Any]) -> dict[str, str]:
    """Return the licence of every distribution of a CycloneDX file; empty where none is known."""
    found = {}
    for part in bom["components"]:
        said = [
            one.get("expression") or one["license"].get("id") or one["license"].get("name", "")
            for one in part.get("licenses", [])
        ]
        names = [name.rpartition(" :: ")[2] for name in said] or [UNSAID.get(part["name"], "")]
        found[f"{part['name']} {part['version']}"] = names[0]
    return dict(sorted(found.items(), key=lambda one: one[0].casefold()))


def bill_of_materials(dist: Path, folder: Path) -> None:
    """Write what a fresh environment holds with the wheel of `dist`: CycloneDX, and licences."""
    (wheel,) = dist.glob("*.whl")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    bom = folder / f"{wheel.name.partition('-py3')[0]}.cdx.json"
    with tempfile.TemporaryDirectory() as work:
        python = environment(Path(work) / "with", here=False)
        install(python, wheel, here=False)
        _run(python, "-m", "pip", "uninstall", "--quiet", "--yes", "pip")
        tool = environment(Path(work) / "tool", here=False)
        _run(tool, "-m", "pip", "install", "--quiet", "cyclonedx-bom>=7.1")
        _run(tool, "-m", "cyclonedx_py", "environment", python, "--pyproject",
             HOUSE / "pyproject.toml", "--mc-type", "library", "--output-reproducible",
             "-o", bom)  # fmt: skip
    found = licences(json.loads(bom.read_text(encoding="utf-8")))
    lines = [f"{name}: {licence}\n" for name, licence in found.items()]
    (folder / "LICENCES.txt").write_text("".join(lines), encoding="utf-8")
    if unknown := [name for name, licence in found.items() if not licence]:
        sys.exit(f"no licence is known of {', '.join(unknown)}; look, and add it to UNSAID")
    print(f"{bom.name}: {len(found)} distributions, each with its licence")


def _run(*command: object, cwd: Path | str | None = None) -> None:
    # Uncompiled packages start three to five times slower; another PYTHONPATH hides the installed.
    left_out = {"PYTHONDONTWRITEBYTECODE", "PYTHONPATH"}
    variables = {name: value for name, value in os.environ.items() if name not in left_out}
    subprocess.run([str(word) for word in command], check=True, cwd=cwd, env=variables)


def main() -> None:
    """Do what the first word says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["check", "build", "try", "sbom", "selection"])
    parser.add_argument("--tag")
    parser.add_argument("--dist", type=Path, default=HOUSE / "dist")
    parser.add_argument("--here", action="store_true")
    asked = parser.parse_args()
    if asked.what == "check":
        found = problems(HOUSE, asked.tag)
        sys.exit("\n".join(found) if found else None)
    if asked.what == "selection":
        _run(sys.executable, "-m", "pytest", "-m", "not slow", *TESTED, cwd=HOUSE)
        return
    if asked.what == "sbom":
        bill_of_materials(asked.dist.resolve(), HOUSE / "sbom")
        return
    if asked.what == "try":
        attempt(asked.dist.resolve(), here=asked.here)
        return
    with tempfile.TemporaryDirectory() as work:
        python = environment(Path(work), here=False)
        _run(python, "-m", "pip", "install", "--quiet", "hatchling>=1.27")
        build(HOUSE, asked.dist.resolve(), str(python))


if __name__ == "__main__":
    main()
