"""What every column of a folder of results is said to hold."""

import dataclasses
import json
import tomllib
from pathlib import Path

import desk_study
import fitted_study
import pandas as pd
import pytest

from eventstudy import Activity, CrossSection
from eventstudy.reporting import columns
from eventstudy.reporting.columns import (
    columns_page,
    data_package,
    describe,
    described_files,
    described_tables,
    held,
)

TYPES = {"string", "integer", "number", "boolean", "date", "datetime"}


@pytest.fixture(scope="module")
def results():
    """Results with every frame that a study can have."""
    study = fitted_study.STUDY
    options = {
        "overlap": "joint", "contrast": [("category", "talk", "threat")], "draws": 40,
        "cross_section": CrossSection(columns=("category",)), "activity": Activity(),
        "sign": "none",
    }  # fmt: skip
    return fitted_study.fit(dataclasses.replace(study, **options))


def written(folder: Path) -> dict[str, list[str]]:
    return {
        path.stem: list(pd.read_csv(path, nrows=0).columns) for path in sorted(folder.glob("*.csv"))
    }


def test_every_column_that_a_study_writes_is_described(results, tmp_path):
    folder = results.save(tmp_path / "out", report=False)
    unknown = {
        (file, column.name)
        for file, names in written(folder).items()
        for column in describe(file, names)
        if not column.held
    }
    assert unknown == set()
    assert {"joint", "cross_section", "activity", "contrasts"} <= set(written(folder))


def test_the_package_file_describes_the_files_that_are_there(results, tmp_path):
    folder = results.save(tmp_path / "out", report=False)
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    found = {
        Path(resource["path"]).stem: [field["name"] for field in resource["schema"]["fields"]]
        for resource in package["resources"]
    }
    assert found == written(folder)


def test_types_are_those_the_files_hold(results, tmp_path):
    folder = results.save(tmp_path / "out", report=False)
    for path in folder.glob("*.csv"):
        frame = pd.read_csv(path, keep_default_na=False, na_values=[""])
        for column in describe(path.stem, map(str, frame.columns)):
            values = frame[column.name].dropna()
            if column.type in ("integer", "number"):
                assert values.dtype.kind in "iuf", (path.name, column.name)
            if column.type == "integer":
                assert (values % 1 == 0).all(), (path.name, column.name)
            if column.type in ("date", "datetime"):
                pd.to_datetime(values, format="ISO8601")


def test_an_own_column_of_the_events_is_no_column_of_ours():
    own, ours = describe("events", ["size"])[0], describe("statistics", ["size"])[0]
    assert own.held == "a column of the events table's own"
    assert ours.unit == "share"


@pytest.mark.parametrize("name", ["held", "key", "counts", "needed", "others", "prefixes"])
def test_an_own_column_may_be_called_as_what_is_said_of_files(name):
    frame = pd.DataFrame({"event_id": ["E1"], name: ["a"]})
    fields = data_package("t", {"events": frame})["resources"][0]["schema"]["fields"]
    assert fields[1] == {
        "name": name, "type": "string", "description": "a column of the events table's own"
    }  # fmt: skip


def test_own_columns_have_the_type_they_show():
    frame = pd.DataFrame(
        {
            "event_id": ["E1"],
            "surprise": [0.5],
            "day": pd.to_datetime(["2024-01-02"]),
            "no": ["007"],
        }
    )
    fields = data_package("t", {"events": frame})["resources"][0]["schema"]["fields"]
    assert [field["type"] for field in fields] == ["string", "number", "date", "string"]


def test_factors_that_a_model_was_given_are_described():
    assert describe("abnormal_returns", ["factor_MKT"])[0].unit == "decimal return"


def test_everything_said_is_whole():
    for file in described_files():
        assert held(file)
        assert not held(file).endswith(".")


def test_lists_of_names_become_texts():
    frame = pd.DataFrame({"event_id": ["E1", "E2"], "markets": [("A", "B"), ()]})
    table = described_tables({"events": frame})["events"]
    assert table.frame[1].tolist() == ["A;B", None]
    assert {kind for _, kind, _ in table.columns} <= TYPES


def test_the_page_of_the_documentation_is_what_is_said():
    page = Path(__file__).parents[2] / "docs" / "columns.md"
    assert page.read_text(encoding="utf-8") == columns_page(), "run python benchmarks/make_pages.py"


@pytest.mark.slow
def test_a_study_with_a_second_model_is_described(tmp_path):
    events, prices = desk_study.data(n_events=40)
    results = desk_study.study(draws=40).fit(events, prices)
    folder = results.save(tmp_path / "out", report=False)
    assert all(
        column.held for file, names in written(folder).items() for column in describe(file, names)
    )


def test_released_columns_keep_their_name_type_and_unit():
    # A column may come, and joins the list with its release; none may go or change its meaning.
    released = pd.read_csv(
        Path(__file__).with_name("columns_released.csv"), dtype=str, keep_default_na=False
    )
    tables = tomllib.loads(
        (Path(columns.__file__).with_name("columns.toml")).read_text(encoding="utf-8")
    )
    said = {("columns", name): column for name, column in tables["columns"].items()} | {
        (file, name): column
        for file, table in tables["files"].items()
        for name, column in table.items()
        if isinstance(column, dict)
    }
    changed = [
        (row.file, row.column)
        for row in released.itertuples()
        if (column := said.get((row.file, row.column))) is None
        or (column.get("type", ""), column.get("unit", "")) != (row.type, row.unit)
    ]
    assert len(released) > 200
    assert changed == []
