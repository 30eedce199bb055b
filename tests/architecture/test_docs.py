"""Every statistic has a page that says what the registry says; what the texts name exists."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import click
import pytest

from eventstudy.cli import cli
from eventstudy.exceptions import SpecificationError
from eventstudy.inference import STATISTICS
from eventstudy.studyfile.keys import check_keys, study_keys

HOUSE = Path(__file__).parents[2]
DOCS = HOUSE / "docs"
PAGES = DOCS / "statistics"
FACTS = ("null", "assumes", "distribution", "source")
# Pages of the site stand in folders, too.
SITE = [
    path for folder in ("explanation", "gallery", "howto") for path in (DOCS / folder).glob("*")
]
TEXTS = sorted({*HOUSE.glob("*.md"), *(HOUSE / "data").glob("*.md"), *DOCS.glob("*.md"), *SITE})
SECTIONS = (
    "Formula",
    "When to use it",
    "When it fails",
    "Measured size",
    "How to ask for it",
)


def facts_of(name):
    """The lines of the table of facts, as the registry has them."""
    value = STATISTICS[name].value
    return [f"| {fact} | {getattr(value, fact)} |" for fact in FACTS]


def page_of(name):
    path = PAGES / f"{name}.md"
    assert path.is_file(), f"docs/statistics/{name}.md is missing; its facts:\n" + "\n".join(
        facts_of(name)
    )
    return path.read_text(encoding="utf-8")


def links(text):
    """Targets of the links to files of a page."""
    return [target for target in re.findall(r"\]\(([^)#]+)", text) if "://" not in target]


@pytest.mark.parametrize("name", STATISTICS.names())
def test_page_states_the_facts_of_the_registry(name):
    text = page_of(name)
    lacking = [line for line in facts_of(name) if line not in text]
    assert lacking == [], f"docs/statistics/{name}.md must hold these lines"
    assert text.startswith(f"# {name}\n\n{STATISTICS[name].summary}\n")


@pytest.mark.parametrize("name", STATISTICS.names())
def test_page_has_its_sections_and_says_how_to_ask(name):
    text = page_of(name)
    parts = dict(re.findall(r"^## (.+)\n\n((?:(?!^## ).*\n?)+)", text, re.MULTILINE))
    assert tuple(parts) == SECTIONS
    assert all(len(part.strip()) > 10 for part in parts.values())
    assert f'names = ["{name}"]' in parts["How to ask for it"]
    assert f'results.test("{name}", ' in parts["How to ask for it"]
    assert ("Two-sided only" in parts["Formula"]) is not STATISTICS[name].value.directed


def test_no_page_without_a_statistic():
    pages = {path.stem for path in PAGES.glob("*.md")} - {"README"}
    assert pages == set(STATISTICS.names())


def test_index_lists_every_statistic_once():
    text = (PAGES / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \[`(\w+)`\]\(\1\.md\) \| (.+) \|$", text, re.MULTILINE)
    summaries = {entry.name: entry.summary for entry in STATISTICS}
    assert dict(listed) == summaries
    assert len(listed) == len(summaries)


@pytest.mark.parametrize("path", sorted(PAGES.glob("*.md")), ids=lambda path: path.stem)
def test_links_lead_somewhere_and_names_are_registered(path):
    text = path.read_text(encoding="utf-8")
    assert [target for target in links(text) if not (path.parent / target).exists()] == []
    unknown = set(re.findall(r"`(\w+_(?:t|z|f|rank|sign|bootstrap))`", text)) - {
        *STATISTICS.names()
    }
    assert unknown == set()


def test_every_text_of_the_house_links_to_what_is_there():
    lost = [
        f"{path.relative_to(HOUSE).as_posix()}: {target}"
        for path in TEXTS
        for target in links(path.read_text(encoding="utf-8"))
        if not (path.parent / target).exists()
    ]
    assert lost == []


def test_every_page_is_in_the_index_of_the_docs():
    text = (DOCS / "README.md").read_text(encoding="utf-8")
    pages = {path.name for path in DOCS.glob("*.md")} - {"README.md"}
    assert pages <= set(links(text))
    notebooks = {f"../notebooks/{path.name}" for path in (HOUSE / "notebooks").glob("*.ipynb")}
    assert notebooks <= set(links(text))


def test_page_of_sizes_is_about_registered_statistics():
    path = DOCS / "size.md"
    assert path.is_file(), "python benchmarks/size_table.py makes docs/size.md"
    text = path.read_text(encoding="utf-8")
    tables = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    assert len(tables) >= 10
    for table in tables:
        named = re.findall(r"^\| `(\w+)`(?: \(first pair\))? \|", table, re.MULTILINE)
        assert set(named) in (set(), set(STATISTICS.names())), table.splitlines()[0]


# ---- what the texts name exists: paths, commands with their options, make targets ---------------

# The changelog speaks of what is gone, too.
NAMING = sorted({*TEXTS, *PAGES.glob("*.md")} - {HOUSE / "CHANGELOG.md"})
# Made by commands, so not in a fresh clone.
MADE = {
    line.strip("/ \n") for line in (HOUSE / ".gitignore").read_text("utf-8").splitlines() if line
}
# A source archive holds no benchmarks, so what the texts say of them cannot be looked up there.
ABSENT = {"benchmarks", ".ci"} - {path.name for path in HOUSE.iterdir()}
TOP = {path.name for path in HOUSE.iterdir()} - MADE - {".git"}
TARGETS = set(
    re.findall(r"^([a-z][a-z-]*):(?!=)", (HOUSE / "Makefile").read_text("utf-8"), re.MULTILINE)
)
# Options of tools that are not ours.
FOREIGN = {"--strict", "--group"}
# `statistics.csv` is a file.
FILES = {"csv", "duckdb", "py"}


def code_of(text):
    """What stands in backticks, and each line of the blocks of code."""
    lines = [
        line.strip()
        for block in re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        for line in block.splitlines()
    ]
    prose = re.sub(r"^```\w*\n.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    inline = re.findall(r"(?<!`)`([^`]+)`(?!`)", prose)
    return [" ".join(one.replace("\\|", "|").split()) for one in inline], lines


def missing_paths(inline, lines, folder):
    """Paths of the repository that are not there; what a user would have is not looked at."""
    words = [word for one in (*inline, *lines) for word in re.split(r"[\s\"'()\[\],=]+", one)]
    missing = []
    for word in words:
        path = word.strip(":;")
        first = path.split("/")[0]
        if (
            "*" in path
            or "<" in path
            or "NAME" in path
            or first in MADE | ABSENT
            or "_build" in path
        ):
            continue
        if ("/" in path and first in TOP) or path.endswith((".py", ".md")):
            places = (HOUSE, HOUSE / "eventstudy", folder)
            # A module is called by its name alone where only one has it.
            if not any((place / path).exists() for place in places) and not (
                "/" not in path and any((HOUSE / "eventstudy").rglob(path))
            ):
                missing.append(path)
    return missing


def command_of(words):
    """The command that words after ``eventstudy`` call, and the words left over."""
    command = cli
    while words and isinstance(command, click.Group):
        if words[0] not in command.commands:
            break
        command, words = command.commands[words[0]], words[1:]
    return command, words


def options_of(command):
    return {
        flag
        for option in command.params
        if isinstance(option, click.Option)
        for flag in (*option.opts, *option.secondary_opts)
    } | {"--help", "-h", "--version"}


def every_option(command=cli):
    """The options of every command."""
    inner = command.commands.values() if isinstance(command, click.Group) else ()
    return options_of(command).union(*(every_option(one) for one in inner))


def wrong_calls(inline, lines):
    """Calls of eventstudy, make and scripts with a word, option or target that is not there."""
    wrong = []
    for one in (*inline, *lines):
        call = re.sub(r"[\[\]]", " ", one.split(" #")[0]).split()
        if call[1:] and call[0].endswith("python"):
            call = call[1:]
        program = Path(call[0]).name if call else ""
        given = {
            word.split("=")[0] for word in call if re.fullmatch(r"--?[a-z][a-z-]*(=.*)?", word)
        }
        if program == "make" and {word for word in call[1:] if "=" not in word} - TARGETS:
            wrong.append(one)
        elif program == "eventstudy" and len(call) > 1:
            command, _ = command_of(call[1:])
            if isinstance(command, click.Group) or given - options_of(command):
                wrong.append(one)
        elif call and (HOUSE / call[0]).is_file() and call[0].startswith("benchmarks/"):
            text = (HOUSE / call[0]).read_text("utf-8")
            wrong += [one] * any(f'"{option}"' not in text for option in given)
        elif one in inline and call and call[0].startswith("--"):
            wrong += [one] * bool({call[0]} - every_option() - FOREIGN)
    return wrong


def unknown_keys(text, inline):
    """Keys of study files that do not exist, in backticks or in a block of TOML."""
    wrong, known = [], study_keys()
    for one in inline:
        if (match := re.fullmatch(r"(\w+)\.(\w+)(?: = .*)?", one)) and match[1] in known:
            is_file = match[2] in FILES
            wrong += [one] * (not is_file and match[2] not in known[match[1]])
    for block in re.findall(r"^```toml\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        tables = tomllib.loads(block)
        if any(isinstance(value, dict) for value in tables.values()):
            try:
                check_keys({"model": {}} | tables)
            except SpecificationError as error:
                wrong.append(str(error))
    return wrong


@pytest.mark.parametrize("path", NAMING, ids=lambda path: path.relative_to(HOUSE).as_posix())
def test_paths_commands_targets_and_keys_exist(path):
    text = path.read_text(encoding="utf-8")
    inline, lines = code_of(text)
    assert missing_paths(inline, lines, path.parent) == []
    assert wrong_calls(inline, lines) == []
    assert unknown_keys(text, inline) == []


@pytest.mark.parametrize(
    "text",
    [
        "`tests/test_nothing.py`",
        "`nothing.py`",
        "`docs/nothing.md`",
        "`make nothing`",
        "`eventstudy nothing`",
        "`eventstudy run [STUDY.toml] [--nothing DIR]`",
        "`eventstudy list markets\\|nothing --out x`",
        "`--nothing`",
        "```\neventstudy events bild news.csv\n```\n",
        "```\nmake tests  # all\n```\n",
        "```\npython benchmarks/classification.py --nothing x.csv\n```\n",
        "```\npython benchmarks/nothing.py\n```\n",
        "`benchmarks/size_table.py --nothing 3`",
        "`prices.nothing`",
        '```toml\n[prices]\nnothing = "x"\n```\n',
    ],
)
def test_what_does_not_exist_is_seen(text):
    if any(name in text for name in ABSENT):
        pytest.skip("a source archive holds no benchmarks")
    inline, lines = code_of(text)
    assert [
        *missing_paths(inline, lines, HOUSE),
        *wrong_calls(inline, lines),
        *unknown_keys(text, inline),
    ]
