"""What a release says of itself and brings along, and what stands against one."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib

import pytest
from loaded_script import HOUSE, loaded_script


def tables():
    return tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))


def tree(folder, owner="somebody", heading="## [0.1.0] - 2027-01-31"):
    """A tree with what a release is checked by."""
    for name in ("pyproject.toml", "CITATION.cff"):
        shutil.copy(HOUSE / name, folder)
    file = folder / "pyproject.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("/OWNER/", f"/{owner}/"))
    (folder / "CHANGELOG.md").write_text(f"# Changelog\n\n{heading}\n")
    return folder


def test_a_release_is_refused_while_something_stands_against_it(tmp_path):
    problems = loaded_script(".ci/release.py").problems
    assert problems(tree(tmp_path), "v0.1.0") == []
    (sentence,) = problems(tree(tmp_path, owner="OWNER"))
    assert "put the owner in the place of OWNER" in sentence
    (sentence,) = problems(tree(tmp_path, heading="## [0.1.0] - unreleased"))
    assert sentence.startswith("CHANGELOG.md: no line ## [0.1.0] with a date")
    (sentence,) = problems(tree(tmp_path), "v0.2.0")
    assert sentence == "the tag v0.2.0 is not v0.1.0, the version of pyproject.toml"


def test_the_address_of_the_repository_stands_in_one_place():
    place = "[tool.hatch.metadata.hooks.custom]"
    text = (HOUSE / "pyproject.toml").read_text(encoding="utf-8")
    assert text.count("/OWNER/") <= 1
    assert place in text
    for file in [*HOUSE.glob("*.md"), *(HOUSE / "docs").rglob("*.md"), HOUSE / "conda/meta.yaml"]:
        assert "/OWNER/" not in file.read_text(encoding="utf-8"), file


def test_links_of_the_readme_lead_out_of_an_index_page():
    pytest.importorskip("hatchling")
    absolute_links = loaded_script("hatch_build.py").absolute_links
    text = "[a](docs/a.md#b) [c](https://x.org) [d](#e) ![f](docs/f.png)\n"
    assert absolute_links(text, "https://host/me/it", "1.2.0") == (
        "[a](https://host/me/it/blob/v1.2.0/docs/a.md#b) [c](https://x.org) [d](#e) "
        "![f](https://host/me/it/raw/v1.2.0/docs/f.png)\n"
    )
    readme = (HOUSE / "README.md").read_text(encoding="utf-8")
    made = absolute_links(readme, "https://host", "1")
    blocks = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
    assert blocks.findall(made) == blocks.findall(readme)  # code is left as it is
    left = [target for target in re.findall(r"\]\(([^)]+)\)", made) if "://" not in target]
    assert [target for target in left if not target.startswith("#")] == []


def test_the_recipe_asks_for_what_the_package_asks_for():
    text = (HOUSE / "conda" / "meta.yaml").read_text(encoding="utf-8")
    (run,) = re.findall(r"^  run:\n((?:    - .+\n)+)", text, re.MULTILINE)
    asked = {line.replace(" ", "") for line in re.findall(r"- (.+)", run)}
    called = {"matplotlib": "matplotlib-base", "duckdb": "python-duckdb"}
    wanted = {f"python{tables()['project']['requires-python']}"}
    for dependency in tables()["project"]["dependencies"]:
        name, bounds = re.fullmatch(r"([\w-]+)(.*)", dependency.replace(" ", "")).groups()
        wanted.add(called.get(name, name) + bounds)
    assert asked == wanted


def test_every_python_that_is_said_to_do_is_tried():
    said = set(re.findall(r"Python :: (3\.\d+)", str(tables()["project"]["classifiers"])))
    text = (HOUSE / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    (tried,) = re.findall(r"python: \[(.+)\]", text)
    assert set(json.loads(f"[{tried}]")) == said


def test_the_page_weighs_every_dependency():
    page = (HOUSE / "docs" / "releases.md").read_text(encoding="utf-8")
    weighed = re.findall(r"^\| ([\w-]+) \| [\d.]+ \|", page, re.MULTILINE)
    names = [re.match(r"[\w-]+", text)[0] for text in tables()["project"]["dependencies"]]
    assert sorted(weighed) == sorted(names)


def test_every_action_is_pinned_to_a_commit_with_its_version_beside():
    used = [
        line.strip()
        for file in (HOUSE / ".github" / "workflows").glob("*.yml")
        for line in file.read_text(encoding="utf-8").splitlines()
        if re.search(r"uses: +[^.]", line)
    ]
    assert len(used) > 15
    pinned = re.compile(r"(- )?uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    assert [line for line in used if not pinned.fullmatch(line)] == []


def test_the_licence_of_every_distribution_is_found_or_missed():
    said = [{"license": {"name": "License :: OSI Approved :: BSD License"}}]
    bom = {
        "components": [
            {"name": "b", "version": "2", "licenses": said},
            {"name": "A", "version": "1", "licenses": [{"expression": "MIT OR Apache-2.0"}]},
            {"name": "peewee", "version": "4"},
            {"name": "unknown", "version": "3"},
        ]
    }
    assert loaded_script(".ci/release.py").licences(bom) == {
        "A 1": "MIT OR Apache-2.0", "b 2": "BSD License", "peewee 4": "MIT", "unknown 3": "",
    }  # fmt: skip


def test_advisories_that_are_passed_over_are_named_with_their_reason():
    text = (HOUSE / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    page = (HOUSE / "docs" / "dependencies.md").read_text(encoding="utf-8")
    passed_over = re.findall(r"--ignore-vuln (\S+)", text)
    assert passed_over
    assert [name for name in passed_over if f"| {name} |" not in page] == []


@pytest.mark.slow
def test_both_distributions_pass_their_own_tests(tmp_path):
    pytest.importorskip("hatchling")
    module = loaded_script(".ci/release.py")
    module.build(HOUSE, tmp_path / "dist")
    assert len(list((tmp_path / "dist").iterdir())) == 2
    words = ["try", "--here", "--dist", tmp_path / "dist"]
    done = subprocess.run(
        [sys.executable, HOUSE / ".ci" / "release.py", *words],
        capture_output=True, text=True, check=False, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("installed, and its tests pass") == 2
