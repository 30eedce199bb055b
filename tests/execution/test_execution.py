"""`Execution`: what it takes, what decides where nothing is said, and which workers it gives."""

from __future__ import annotations

import pytest

from eventstudy import Execution
from eventstudy.exceptions import SpecificationError
from eventstudy.execution import execution
from eventstudy.execution.execution import JOBS_VARIABLE, chosen_execution, read_jobs
from eventstudy.execution.processes import Processes
from eventstudy.execution.workers import SERIAL


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"jobs": -1}, 'execution.jobs must be a whole number from 0 or "auto", got -1'),
        ({"jobs": True}, "got True"),
        ({"jobs": "2"}, "got '2'"),
        ({"cluster": "localhost"}, "execution.cluster 'localhost' is no address"),
        ({"cluster": 8786}, "is no address"),
        ({"cluster": "tcp://"}, "is no address"),
        ({"cluster": "tcp://nohost:1 2"}, "is no address"),
        ({"cluster": "tcp://no host:1"}, "is no address"),
        ({"cluster": "tcp://10.0.0.5"}, "is no address"),
        ({"cluster": "tcp://10.0.0.5:99999"}, "is no address"),
        ({"cluster": "tcp://[::1:8786"}, "is no address"),
        ({"cluster": "http://a:1"}, "is no address"),
        ({"cluster": "tcp://a:1", "jobs": 2}, "exclude each other"),
    ],
)
def test_what_it_refuses(given, message):
    with pytest.raises(SpecificationError, match=message):
        Execution(**given)


def test_a_number_of_jobs_as_text():
    assert [read_jobs(text, "--jobs") for text in ("0", " 12", "ALL", "Auto")] == [0, 12, 0, "auto"]
    for text in ("", "two", "-1", "1.5", "9" * 5_000):
        with pytest.raises(SpecificationError, match="--jobs: a whole number from 0, all or auto"):
            read_jobs(text, "--jobs")


def test_what_is_given_stands_above_the_environment_and_that_above_the_file(monkeypatch):
    given, of_file = Execution(jobs=3), Execution(cluster="tcp://a:1")
    monkeypatch.delenv(JOBS_VARIABLE, raising=False)
    assert chosen_execution(None) == Execution()
    assert chosen_execution(None, of_file) == of_file
    monkeypatch.setenv(JOBS_VARIABLE, "2")
    assert chosen_execution(None, of_file) == Execution(jobs=2)
    assert chosen_execution(given, of_file) == given
    monkeypatch.setenv(JOBS_VARIABLE, "many")
    with pytest.raises(SpecificationError, match="EVENTSTUDY_JOBS: a whole number"):
        chosen_execution(None)


def test_addresses_of_every_kind():
    for address in ("tcp://10.0.0.5:8786", "tls://[::1]:1", "wss://a.b:80/x", "inproc://a/1/2"):
        assert Execution(cluster=address).cluster == address


def test_many_more_processes_than_processors_are_refused(monkeypatch):
    monkeypatch.setattr(execution, "_processors", lambda: 2)
    with Execution(jobs=8).workers() as workers:
        assert workers.jobs == 8
    with (
        pytest.raises(SpecificationError, match=r"execution\.jobs is above 8, 4 for") as caught,
        Execution(jobs=9).workers(),
    ):
        pass
    assert caught.value.key == "execution.jobs"


def test_automatic_workers_choose_where_there_is_more_than_one_processor(monkeypatch):
    monkeypatch.setattr(execution, "_processors", lambda: 3)
    with Execution(jobs="auto").workers() as workers:
        assert workers.n_here == 1
        assert workers.for_work(1e3, 1.0).n_here == 3
    monkeypatch.setattr(execution, "_processors", lambda: 1)
    with Execution(jobs="auto").workers() as workers:
        assert workers.for_work(1e3, 1.0) is SERIAL


def test_the_workers():
    with Execution().workers() as workers:
        assert workers is SERIAL
    with Execution(jobs=3).workers() as workers:
        assert isinstance(workers, Processes)
        assert workers.jobs == 3
    with Execution(jobs=0).workers() as workers:
        assert workers.jobs >= 1
