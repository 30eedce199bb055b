"""The same study has the same digits under whatever circumstances it is carried out."""

from __future__ import annotations

import pytest
from loaded_script import loaded_script

pytestmark = pytest.mark.slow


digits = loaded_script("benchmarks/same_digits.py")
CIRCUMSTANCES = digits.circumstances()


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    return digits.carried_out(CIRCUMSTANCES["usual"], tmp_path_factory.mktemp("first") / "run")


@pytest.mark.parametrize("name", [name for name in CIRCUMSTANCES if name != "usual"])
def test_every_csv_and_the_report_have_the_same_digits(first, tmp_path, name):
    how = CIRCUMSTANCES[name]
    assert digits.differences(first, digits.carried_out(how, tmp_path / "run"), how) == []


@pytest.mark.parametrize("name", digits.REFUSED)
def test_rows_in_no_order_of_their_dates_are_refused(tmp_path, name):
    with pytest.raises(RuntimeError, match=f"{name} .* the row comes after .*; sort the rows"):
        digits.carried_out(digits.Circumstance(moved=name), tmp_path / "run")


def test_a_difference_is_seen(first, tmp_path):
    other = digits.Circumstance(environment={"TZ": "Asia/Tokyo"})
    out = digits.carried_out(other, tmp_path / "run")
    car = out / "car.csv"
    lines = car.read_text(encoding="utf-8").splitlines()
    cells = lines[1].split(",")
    cells[4] = str(float(cells[4]) + 1e-9)
    car.write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]) + "\n", encoding="utf-8")
    (found,) = digits.differences(first, out, other)
    assert found.file == "car.csv"
    assert 0 < found.largest < 2e-9
    assert "row 2 car" in found.where
