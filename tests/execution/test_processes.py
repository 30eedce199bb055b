"""Processes of this machine: the same digits, and what becomes of one that is killed."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import chunks_of_work
import joblib
import numpy as np
import pytest
from same_results import assert_same, firms_studied, studied

from eventstudy import ConstantMean, Execution
from eventstudy.exceptions import EventStudyWarning, ExecutionError, SpecificationError
from eventstudy.execution import processes
from eventstudy.execution.processes import Processes

pytestmark = pytest.mark.slow  # it starts processes


def test_chunks_are_carried_out_elsewhere_on_arrays_they_share():
    shared, done = np.arange(200_000.0), []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = Processes(2).map(chunks_of_work.scaled, [1, 2, 3, 4], shared, done.append)
    assert [value for value, _, _ in found] == [shared.sum() * chunk for chunk in (1, 2, 3, 4)]
    assert os.getpid() not in {process for _, process, _ in found}
    assert not any(is_writeable for _, _, is_writeable in found)
    assert sorted(done) == [0, 1, 2, 3]
    assert [(each.category, str(each.message)) for each in caught] == [
        (EventStudyWarning, "three is odd")
    ]
    assert Processes(2).map(chunks_of_work.threads, [0, 1], None) == [("1", "1")] * 2


def test_processes_that_remember_much_stay():
    pytest.importorskip("psutil")
    found = Processes(2).map(chunks_of_work.growing, list(range(8)), None)
    assert len(set(found)) <= 2


def test_no_more_are_started_than_there_are_chunks(monkeypatch):
    started = []
    parallel = joblib.Parallel

    def counting(**settings):
        started.append(settings["n_jobs"])
        return parallel(**settings)

    monkeypatch.setattr(joblib, "Parallel", counting)
    Processes(50).map(chunks_of_work.threads, [0, 1], None)
    assert started == [2]


def test_a_temporary_folder_without_room_is_an_error_that_names_it(monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(processes, "write_shared", full)
    with pytest.raises(ExecutionError, match=r"No space left .*TMPDIR") as caught:
        Processes(2).map(chunks_of_work.threads, [0, 1], None)
    assert caught.value.key == "execution.jobs"


def test_an_error_comes_back_as_itself():
    with pytest.raises(SpecificationError, match=r"statistics\.names: no such thing") as caught:
        Processes(2).map(chunks_of_work.refusing, [1, 2, 3], 2)
    assert caught.value.key == "statistics.names"


@pytest.mark.skipif(os.name == "nt", reason="no such signals")
def test_a_killed_process_loses_nothing_and_two_are_an_error(tmp_path):
    workers, chunks = Processes(2), [0, 1, 2, 3, 4, 5]
    done = []
    found = workers.map(chunks_of_work.dying, chunks, (tmp_path, "once"), done.append)
    assert (found, sorted(done)) == ([0, 10, 20, 30, 40, 50], chunks)
    with pytest.raises(ExecutionError, match=r"and so did their successors; \d of 6 chunks"):
        workers.map(chunks_of_work.dying, chunks, (tmp_path, "always"))
    assert workers.map(chunks_of_work.dying, chunks, (tmp_path, "once")) == found


def test_two_processes_give_the_digits_of_one():
    assert_same(studied(), studied(Execution(jobs=2)))


def test_what_a_study_answers_beside_its_tests_has_the_digits_of_one():
    """Contrasts, family, heatmaps, ranges and the sessions before the news, of two models."""
    asked = {
        "statistics": ("placebo",),
        "contrast": (("direction", "de-escalation", "escalation"),),
        "beside": ConstantMean(),
        "event_window": (-3, 1),
    }
    one, two = studied(**asked), studied(Execution(jobs=2), **asked)
    for name in ("contrasts", "contrasts_beside", "family", "heatmap", "heatmap_beside", "ranges",
                 "anticipation"):  # fmt: skip
        assert len(getattr(one, name)), name
    assert_same(one, two)


def test_groups_that_meet_in_other_orders_have_the_same_digits():
    """Eight firms on three dates: each process meets sums of correlations in an order its own."""
    assert_same(firms_studied(), firms_studied(Execution(jobs=2)))


# A script without a guard, with a model and a statistic of its own.
SCRIPT = """
from dataclasses import dataclass
import numpy as np
import eventstudy as es
from eventstudy.inference.statistic import z_values
import fitted_study
@es.MODELS.register("mine", summary="mean", source="own work")
@dataclass(frozen=True, slots=True)
class Mine(es.NormalReturnModel):
    benchmark: str = "M"
    name = "mine"
    def estimate(self, y, x):
        return np.median(y), [0.5]
@es.register(
    "share_up", summary="share", null="one half", assumes="a", distribution="d", source="s"
)
def share_up(evidence):
    cars = evidence.gather(evidence.window.car)
    n = np.isfinite(cars).sum(axis=1)
    return z_values(evidence, ((cars > 0).sum(axis=1) - n / 2) / np.sqrt(n / 4))
from dataclasses import replace
study = replace(fitted_study.STUDY, model=Mine("M"), statistics=("share_up",), draws=30)
events = es.Events.from_frame(fitted_study.events_table())
prices = es.PricePanel.from_frame(fitted_study.closes())
one, two = (
    study.fit(events, prices, execution=es.Execution(jobs=jobs)).statistics for jobs in (1, 2)
)
assert one.equals(two)
print(len(one))
"""


def test_a_script_needs_no_guard_and_may_have_tests_and_models_of_its_own(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    tests = Path(__file__).parents[1]
    paths = os.pathsep.join([str(tests.parent), str(tests)])
    done = subprocess.run(
        [sys.executable, script], env=os.environ | {"PYTHONPATH": paths}, check=False,
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 0


def test_an_abandoned_pool_ends_without_a_traceback(monkeypatch):
    seen = []
    monkeypatch.setattr(threading, "excepthook", seen.append)
    processes._hush_the_manager.__wrapped__()
    for name in ("ExecutorManagerThread", "mine"):
        thread = threading.Thread(target=lambda: 1 / 0, name=name)
        thread.start()
        thread.join()
    assert [each.thread.name for each in seen] == ["mine"]
