"""Parts that other distributions bring: they show everywhere, and a faulty one harms no other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from installed import forget, installed, write_distribution
from small_study import STUDY, write_study

import eventstudy as es
from eventstudy import plugins
from eventstudy.exceptions import EventStudyWarning, SpecificationError
from eventstudy.inference import STATISTICS
from eventstudy.models import MODELS

HOUSE = Path(__file__).parents[1]
TEMPLATE = HOUSE / "docs" / "plugin-template"

MODEL = """
from dataclasses import dataclass
from eventstudy.models import MODELS, NormalReturnModel

@MODELS.register("halves", summary="half of it", source="")
@dataclass(frozen=True)
class Halves(NormalReturnModel):
    benchmark: str = "MKT"
    name = "halves"

    def estimate(self, y, x):
        return {estimate}
"""
STATISTIC = """
from eventstudy import register
from eventstudy.inference.statistic import z_values

@register("mine", summary="s", null="n", assumes="a", distribution="d", source="me")
def mine(evidence):
    {body}
"""


def halves(folder, estimate="0.0, [0.5]"):
    code = MODEL.replace("{estimate}", estimate)
    write_distribution(folder, "good-parts", "good_parts", {"models": {"halves": "Halves"}}, code)


def of_model(name: str) -> str:
    return STUDY.replace('"market_model"', f'"{name}"')


@pytest.mark.slow
def test_a_model_another_distribution_brings_is_a_choice_everywhere(tmp_path, run):
    halves(tmp_path)
    with installed(tmp_path):
        assert MODELS["halves"].source == "good-parts 0.3"
        study = write_study(tmp_path / "s", of_model("halves"))
        assert es.read_study(study).study.model.name == "halves"
        code, out, err = run("list", "plugins", "--json")
        assert (code, err) == (0, "")
        assert json.loads(out) == [
            {"name": "halves", "summary": "good_parts:Halves", "source": "good-parts 0.3",
             "group": "eventstudy.models", "is_faulty": False}
        ]  # fmt: skip
        assert "good-parts 0.3" in run("list", "plugins")[1]
        code, out, err = run("run", study, "--out", tmp_path / "out", "--json")
        assert (code, err) == (0, "")
    assert "halves" not in MODELS


def test_where_none_is_installed_the_list_says_how_to_bring_one(run, tmp_path):
    with installed(tmp_path):
        assert "docs/plugins.md" in run("list", "plugins")[1]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise ValueError('no licence')", "ValueError: no licence"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("import not_there_for_test", "ModuleNotFoundError: No module named 'not_there_for_test'"),
        ("part = 1", "bad_parts registers no model 'bad'"),
        (
            "from eventstudy.models import MODELS\n"
            "part = MODELS.register('garch', summary='', source='')(print)",
            "model 'garch' is already registered",
        ),
        (
            "from eventstudy.models import MODELS\n"
            "part = MODELS.register('bad', summary='', source='')(print)",
            "<built-in function print> is no subclass of NormalReturnModel",
        ),
        ("def part(:", "SyntaxError: invalid syntax"),
    ],
)
def test_a_faulty_one_is_named_with_its_distribution_and_harms_no_other(tmp_path, code, reason):
    names = MODELS.names()
    write_distribution(tmp_path, "bad-parts", "bad_parts", {"models": {"bad": "part"}}, code)
    halves(tmp_path)
    with installed(tmp_path):
        sentence = "plug-in 'bad' \\(models\\) of bad-parts 0.3 is left out: "
        with pytest.warns(EventStudyWarning, match=sentence) as warned:
            assert MODELS.names() == (*names, "halves")
        assert len(warned) == 1
        assert reason in str(warned[0].message)
        assert "\n" not in str(warned[0].message)
        with pytest.raises(SpecificationError, match=sentence):
            MODELS["bad"]


def test_the_name_of_a_choice_of_this_package_cannot_be_taken(tmp_path):
    code = MODEL.replace("{estimate}", "0.0, [1.0]")
    write_distribution(tmp_path, "bad-parts", "bad_parts", {"models": {"garch": "Halves"}}, code)
    with installed(tmp_path):
        with pytest.warns(EventStudyWarning, match="model 'garch' is already registered"):
            names = MODELS.names()
        assert MODELS["garch"].value.__module__ == "eventstudy.models.volatility"
        assert "halves" not in names


def test_code_that_fails_later_is_one_sentence_that_names_the_distribution(tmp_path, run):
    halves(tmp_path, "1 / 0, [0.5]")
    points = {"statistics": {"mine": "mine"}}
    code = STATISTIC.replace("{body}", "raise KeyError('car')")
    write_distribution(tmp_path, "odd-parts", "odd_parts", points, code)
    with installed(tmp_path):
        study = write_study(tmp_path / "s", of_model("halves"))
        code, _, err = run("run", study, "--out", tmp_path / "out")
        assert (code, err.count("\n")) == (2, 1)
        assert "model 'halves' of good-parts 0.3 failed: ZeroDivisionError" in err
        text = STUDY.replace('["cross_sectional_t", "portfolio_t"]', '["portfolio_t", "mine"]')
        code, _, err = run("run", write_study(tmp_path / "t", text), "--out", tmp_path / "out")
        assert (code, err.count("\n")) == (2, 1)
        assert "statistic 'mine' of odd-parts 0.3 failed: KeyError: 'car'" in err
        assert "mine" in STATISTICS


def test_faults_of_scripts_and_errors_of_this_package_pass_as_they_are():
    with pytest.raises(ZeroDivisionError), plugins.named_faults(halves, "it"):
        raise ZeroDivisionError
    with pytest.raises(es.DataError, match=r"^as it is$"), plugins.named_faults(halves, "it"):
        raise es.DataError("as it is")


def test_a_plug_in_may_look_for_choices_while_it_is_loaded(tmp_path):
    code = "from eventstudy.models import MODELS\nMODELS.names()\n"
    code += MODEL.replace("{estimate}", "0.0, [0.5]")
    write_distribution(tmp_path, "good-parts", "good_parts", {"models": {"halves": "Halves"}}, code)
    with installed(tmp_path):
        assert "halves" in MODELS.names()


def test_a_function_that_is_none_is_named(tmp_path):
    points = {"classifiers": {"loud": "part"}}
    write_distribution(tmp_path, "bad-parts", "bad_parts", points, "part = 3")
    with (
        installed(tmp_path),
        pytest.warns(EventStudyWarning, match="is not a function of headline"),
    ):
        assert plugins.functions("eventstudy.classifiers")["loud"].value is None
    forget()


def test_functions_by_name(tmp_path):
    (tmp_path / "mine_to_call.py").write_text("def it():\n    return 5\nnone = 5\n")
    (tmp_path / "mine_torn.py").write_text("1 / 0\n")
    assert plugins.function_named("mine_to_call:it", "key", tmp_path)() == 5
    for name, reason in [
        ("mine_to_call", "key 'mine_to_call': write module:function"),
        ("mine_to_call:none", "has no function 'none'"),
        ("mine_not_there:it", "No module named"),
        ("mine_torn:it", "ZeroDivisionError: division by zero"),
    ]:
        with pytest.raises(SpecificationError, match=reason):
            plugins.function_named(name, "key", tmp_path)
    assert str(tmp_path) not in sys.path


def test_a_module_of_another_folder_is_not_taken_for_the_one_meant(tmp_path):
    for folder, answer in (("first", 1), ("second", 2)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mine_twice.py").write_text(f"def it():\n    return {answer}\n")
    for _ in range(2):
        assert plugins.function_named("mine_twice:it", "key", tmp_path / "first")() == 1
    with pytest.raises(SpecificationError, match="another module mine_twice is loaded already"):
        plugins.function_named("mine_twice:it", "key", tmp_path / "second")


@pytest.mark.slow
def test_the_template_is_installed_and_used(tmp_path):
    """In an environment of its own, which sees the packages of this one."""
    pytest.importorskip("hatchling")
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True, timeout=120
    )
    scripts = "Scripts" if os.name == "nt" else "bin"
    python = tmp_path / "venv" / scripts / Path(sys.executable).name
    paths = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    site = Path(paths.stdout.strip())
    (site / "here.pth").write_text(f"{sysconfig.get_path('purelib')}\n{HOUSE}\n")
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation",
         "--no-index", "--target", site, _copied(tmp_path)],
        check=True, timeout=120,
    )  # fmt: skip
    news = tmp_path / "desk.wire"
    news.write_text("2024-07-01T09:00Z | Tariffs rise!\n2024-07-02T09:00Z | Talks go on\n")
    study = tmp_path / "study.toml"
    study.write_text(
        'markets = ["N225"]\n[events]\nfile = "events.csv"\ndate_only = "same"\n'
        '[prices]\nsource = "flat"\nlevel = 50.0\n'
        '[model]\nname = "half_market"\nbenchmark = "SPX"\n'
        "[windows]\nestimation = [-130, -11]\nevent = [-2, 2]\ncar = [[0, 1]]\n"
        '[statistics]\nnames = ["share_up"]\ndraws = 0\n'
    )

    def said(*words):
        command = [python, "-m", "eventstudy", *words]
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300
        )
        assert (done.returncode, done.stderr) == (0, ""), done
        return done.stdout

    brought = json.loads(said("list", "plugins", "--json"))
    assert {row["name"]: row["is_faulty"] for row in brought} == dict.fromkeys(
        ["flat", "half_market", "share_up", "wire", "loud"], False
    )
    said("events", "build", "desk.wire", "--classifier", "loud", "-o", "built.csv", "--no-merge")
    assert [row.split(",")[0] for row in (tmp_path / "built.csv").read_text().splitlines()][1:]
    assert "loud" in (tmp_path / "built.csv").read_text()
    rows = "\n".join(f"E{day},2024-07-{day:02d}" for day in (3, 8, 11, 16))
    (tmp_path / "events.csv").write_text(f"event_id,date\n{rows}\n")
    out = json.loads(said("run", "study.toml", "--out", "out", "--json"))
    assert "share_up" in (tmp_path / "out" / "statistics.csv").read_text(), out


def _copied(folder):
    """The template where a build may write."""
    import shutil

    return shutil.copytree(TEMPLATE, folder / "template")
