"""Prices from a function a study file names: refused unless whoever reads the file allows it."""

from __future__ import annotations

import pytest
from small_study import STUDY, write_study

import eventstudy as es
from eventstudy.exceptions import SourceError, SpecificationError

CODE = """
import pandas as pd
from pathlib import Path

def load(request, vendor="none"):
    assert request.kind == "simple" and request.first.year == 2024
    if vendor == "gone":
        raise ConnectionError("nobody answers")
    if vendor == "odd":
        return 5
    frame = pd.read_csv(Path(__file__).parent / "prices.csv", index_col="date", parse_dates=True)
    frame.attrs["vendor"] = vendor
    return frame
"""
PYTHON = STUDY.replace('"files"', '"python"')


def study(folder, module, more=""):
    folder.mkdir(exist_ok=True)
    (folder / f"{module}.py").write_text(CODE, encoding="utf-8")
    line = f'function = "{module}:load"\n{more}'
    return write_study(folder, PYTHON.replace('file = "prices.csv"\n', line))


def test_a_study_file_names_data_only_unless_code_is_allowed(run, tmp_path):
    file = study(tmp_path, "own_prices_refused")
    with pytest.raises(
        SpecificationError, match="runs code of the study file's choosing"
    ) as caught:
        es.read_study(file)
    assert caught.value.key == "prices.source"
    for command in (["run"], ["calibrate"], ["curve"], ["score"]):
        code, out, err = run(*command, file)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert "give --allow-code" in err
    for words in (["expect", "Tariffs", "--at", "now", "--study"], ["watch", "x.csv", "--study"]):
        code, _, err = run(*words, file)
        assert code == 2
        assert "--allow-code" in err


@pytest.mark.slow
def test_the_function_gives_the_numbers_its_file_does(run, tmp_path):
    file = study(tmp_path / "a", "own_prices_allowed", 'arguments = { vendor = "acme" }\n')
    results = es.read_study(file, allow_code=True).run()
    same = es.read_study(write_study(tmp_path / "b")).run()
    assert results.statistics.equals(same.statistics)
    prices = results.manifest["study"]["prices"]
    assert prices["function"] == "own_prices_allowed:load"
    assert prices["arguments"] == {"vendor": "acme"}
    code, _, err = run("run", file, "--out", tmp_path / "out", "--allow-code")
    assert (code, err) == (0, "")


@pytest.mark.parametrize(
    ("module", "more", "error", "sentence"),
    [
        ("own_prices_gone", 'arguments = { vendor = "gone" }', SourceError,
         "prices.function 'own_prices_gone:load' failed: ConnectionError: nobody answers"),
        ("own_prices_odd", 'arguments = { vendor = "odd" }', SpecificationError,
         "expected a frame, a series, a file or a PricePanel, got int"),
        ("own_prices_extra", 'arguments = { sheet = "x" }', SourceError,
         "TypeError: load\\(\\) got an unexpected keyword argument 'sheet'"),
    ],
)  # fmt: skip
def test_a_function_that_fails_is_one_sentence(tmp_path, module, more, error, sentence):
    file = study(tmp_path, module, f"{more}\n")
    with pytest.raises(error, match=sentence) as caught:
        es.read_study(file, allow_code=True).load()
    assert "\n" not in str(caught.value)


def test_what_is_no_function_is_refused(tmp_path):
    text = PYTHON.replace('file = "prices.csv"\n', 'function = "nothing_here:load"\n')
    file = write_study(tmp_path, text)
    with pytest.raises(SpecificationError, match=r"prices.function 'nothing_here:load': No module"):
        es.read_study(file, allow_code=True).load()
    file = write_study(tmp_path, PYTHON.replace('file = "prices.csv"\n', ""))
    with pytest.raises(SpecificationError, match=r"prices\.function is missing"):
        es.read_study(file, allow_code=True)


ODD = """
import sys, pandas

class Odd(Exception):
    def __str__(self):
        raise RuntimeError

class Junk:
    def __getattr__(self, name):
        raise RuntimeError("junk")

def leaves(request): sys.exit(0)
def base(request): raise BaseException("no")
def odd(request): raise Odd
def junk(request): return Junk()
def empty(request): return pandas.DataFrame()
"""


@pytest.mark.parametrize("name", ["leaves", "base", "odd", "junk", "empty"])
def test_a_function_that_leaves_or_returns_junk_is_one_sentence(run, tmp_path, name):
    (tmp_path / "odd_prices.py").write_text(ODD, encoding="utf-8")
    line = f'function = "odd_prices:{name}"\n'
    file = write_study(tmp_path, PYTHON.replace('file = "prices.csv"\n', line))
    code, out, err = run("run", file, "--allow-code", "--out", tmp_path / "out")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "prices.function" in err


def test_a_module_that_leaves_is_one_sentence(run, tmp_path):
    (tmp_path / "leaving_prices.py").write_text("raise SystemExit(0)", encoding="utf-8")
    line = 'function = "leaving_prices:load"\n'
    file = write_study(tmp_path, PYTHON.replace('file = "prices.csv"\n', line))
    code, _, err = run("run", file, "--allow-code")
    assert code == 2
    assert "SystemExit" in err
