"""The keys of a study file as a list, a page and a JSON Schema."""

import json
import tomllib
from importlib import resources
from pathlib import Path

import pytest

from eventstudy import EventStudy, bundled_study
from eventstudy.studyfile.keys import study_keys
from eventstudy.studyfile.reference import key_entries, keys_page, parameters, study_schema

jsonschema = pytest.importorskip("jsonschema")

TEMPLATE = resources.files("eventstudy.studyfile").joinpath("templates", "study.toml")


def refused(text):
    checker = jsonschema.Draft7Validator(study_schema())
    return [error.json_path for error in checker.iter_errors(tomllib.loads(text))]


def test_every_key_is_listed_with_what_it_means():
    listed = {(entry.table, entry.key) for entry in key_entries()}
    known = {
        (table, key)
        for table, keys in study_keys().items()
        for key in keys
        if table != "model.beside"
    }
    assert known <= listed
    assert [entry for entry in key_entries() if not entry.held or not entry.shape] == []


def test_the_schema_is_one():
    jsonschema.Draft7Validator.check_schema(study_schema())


def test_the_template_and_the_bundled_study_fit_the_schema():
    checker = jsonschema.Draft7Validator(study_schema())
    checker.validate(tomllib.loads(TEMPLATE.read_text(encoding="utf-8")))
    checker.validate(bundled_study().study.to_dict())
    checker.validate(EventStudy().to_dict())


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("titel = 'x'", "$"),
        ("[statistics]\ndraws = 'many'", "$.statistics.draws"),
        ("[statistics]\nnames = ['plazebo']", "$.statistics.names[0]"),
        ("[windows]\nevent = [1]", "$.windows.event"),
        ("[events]\nambiguous = 'guess'", "$.events.ambiguous"),
        ("[model.beside]\nname = 'mine'", "$.model.beside.name"),
        ("[market.X]\nclosing = '15:00'", "$.market.X"),
    ],
)
def test_an_editor_marks_what_the_program_refuses(text, path):
    assert refused(text) == [path]


def test_no_key_is_said_to_take_what_no_file_can_hold():
    assert [(one.table, one.key) for one in key_entries() if "None" in one.held] == []


def test_defaults_are_those_of_the_code():
    defaults = {(entry.table, entry.key): entry.default for entry in key_entries()}
    assert defaults["statistics", "draws"] == str(EventStudy().draws)
    assert defaults["windows", "estimation"] == "[-250, -21]"
    assert json.loads(defaults["windows", "car"]) == [[0, 0], [0, 1], [-1, 1]]


def test_parameters_are_read_off_docstrings():
    class Described:
        """A thing.

        Parameters
        ----------
        one, two
            Both of
            them.
        three : int
            Another.

        Notes
        -----
        four
            No parameter.
        """

    assert parameters(Described) == {
        "one": "Both of them.", "two": "Both of them.", "three": "int Another.",
    }  # fmt: skip


def test_the_page_of_the_documentation_is_what_is_said():
    page = Path(__file__).parents[2] / "docs" / "study-file.md"
    assert page.read_text(encoding="utf-8") == keys_page(), "run python benchmarks/make_pages.py"
