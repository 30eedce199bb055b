"""The command `replicate`."""

from __future__ import annotations

import json

import pytest

from eventstudy.replication import comparison, replications


@pytest.fixture
def unexplained():
    replications.register("broken", summary="a number of nobody", source="none")(
        lambda: [comparison.printed("t", "2.0", 3.0)]
    )
    yield
    replications.remove("broken")


def test_one_line_a_replication_and_its_counts(run):
    code, out, _ = run("replicate", "textbook")
    assert code == 0
    assert out == "textbook  9 numbers: 9 equal, 0 explained, 0 unexplained\n"


def test_json_and_the_page(run, tmp_path):
    code, out, _ = run("replicate", "textbook", "--json", "-o", str(tmp_path / "page.md"))
    assert code == 0
    assert json.loads(out)["counts"][0]["equal"] == 9
    assert (tmp_path / "page.md").read_text("utf-8").startswith("# Numbers against other software")


@pytest.mark.usefixtures("unexplained")
def test_an_unexplained_number_ends_with_two(run):
    code, out, _ = run("replicate", "broken", "-v")
    assert code == 2
    assert "1 unexplained" in out
    assert "unexplained: t: theirs 2, ours 3" in out


def test_an_unknown_name_is_refused(run):
    code, _, err = run("replicate", "textbok")
    assert code == 2
    assert "did you mean 'textbook'" in err


def test_own_files_are_read_from_the_folder_named(run, tmp_path):
    code, _, err = run("replicate", "event_study_toolkit")
    assert code == 2
    assert (
        "replicate: data: event_study_toolkit takes data_panel.csv, event_panel.csv of your own"
        in err
    )
    code, _, err = run("replicate", "event_study_toolkit", "--data", str(tmp_path))
    assert code != 0
    assert "has no data_panel.csv and no event_panel.csv" in err
