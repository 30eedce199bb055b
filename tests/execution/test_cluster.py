"""A dask cluster: the same digits, also where one of two workers is killed mid-way."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import chunks_of_work
import pytest
from same_results import assert_same, studied

from eventstudy import Execution
from eventstudy.exceptions import ExecutionError, NotApplicableError, SpecificationError
from eventstudy.execution import cluster


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(cluster, "find_spec", lambda name: None)
    with (
        pytest.raises(NotApplicableError, match=r'pip install "market-reaction\[dask\]"') as caught,
        Execution(cluster="tcp://127.0.0.1:1").workers(),
    ):
        pass
    assert caught.value.key == "execution.cluster"


@pytest.mark.slow
def test_no_scheduler_is_an_error_that_names_the_address(monkeypatch):
    monkeypatch.setattr(cluster, "_SECONDS", 1)
    with (
        pytest.raises(ExecutionError, match=r"no scheduler answers at tcp://127\.0\.0\.1:1"),
        Execution(cluster="tcp://127.0.0.1:1").workers(),
    ):
        pass


@pytest.mark.slow
def test_no_worker_is_an_error_too(monkeypatch, tmp_path):
    monkeypatch.setattr(cluster, "_SECONDS", 2)
    port = str(free_port())
    words = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1"]
    with subprocess.Popen(
        [*words, "--port", port, "--no-dashboard"], cwd=tmp_path,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as scheduler:  # fmt: skip
        try:
            wait_for_workers(f"tcp://127.0.0.1:{port}", 0)
            with pytest.raises(ExecutionError, match=f"at tcp://127.0.0.1:{port} has no worker"):
                cluster.Cluster(f"tcp://127.0.0.1:{port}")
        finally:
            scheduler.kill()


def free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


@pytest.fixture
def started(tmp_path):
    """Start a scheduler and two workers; yield its address and the processes of the workers."""
    tests = Path(__file__).parents[1]
    paths = os.pathsep.join([str(tests.parent), str(tests)])
    address = f"tcp://127.0.0.1:{free_port()}"

    def start(*words: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", "distributed.cli." + words[0], *words[1:]],
            env=os.environ | {"PYTHONPATH": paths}, cwd=tmp_path,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    host, port = address.removeprefix("tcp://").split(":")
    processes = [start("dask_scheduler", "--host", host, "--port", port, "--no-dashboard")]
    processes += [
        start("dask_worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard")
        for _ in range(2)
    ]
    try:
        yield address, processes[1:]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def wait_for_workers(address: str, number: int = 2) -> None:
    from distributed import Client

    with Client(address, timeout=120, set_as_default=False) as client:
        if number:
            client.wait_for_workers(number, timeout=120)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="no such signals")
def test_a_killed_worker_changes_nothing(started, tmp_path):
    address, processes = started
    wait_for_workers(address)
    workers = cluster.Cluster(address)
    with pytest.raises(SpecificationError, match=r"statistics\.names: no such thing"):
        workers.map(chunks_of_work.refusing, [1, 2, 3], 2)
    done: list[int] = []
    killed: list[int] = []

    def at_work():
        return {path.name for path in tmp_path.iterdir() if path.name.isdecimal()}

    def kill_one(number):
        done.append(number)
        # However busy the machine is: when both of them are at work.
        if not killed and at_work() == {str(process.pid) for process in processes}:
            os.kill(processes[0].pid, signal.SIGKILL)
            killed.append(processes[0].pid)

    found = workers.map(chunks_of_work.slow, list(range(12)), str(tmp_path), kill_one)
    assert found == [chunk * 10 for chunk in range(12)]
    assert sorted(done) == list(range(12))
    assert killed == [processes[0].pid]
    workers.close()


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="no such signals")
def test_a_study_has_the_same_digits_where_a_worker_is_killed(started, monkeypatch):
    address, processes = started
    wait_for_workers(address)
    expected = studied()
    assert_same(expected, studied(Execution(cluster=address)))
    outcomes = cluster.Cluster.outcomes

    def killing(self, function, chunks, shared):
        for found in outcomes(self, function, chunks, shared):
            if processes[0].poll() is None:
                processes[0].kill()
                processes[0].wait()
            yield found

    monkeypatch.setattr(cluster.Cluster, "outcomes", killing)
    assert_same(expected, studied(Execution(cluster=address)))
    assert processes[0].wait(timeout=30) == -signal.SIGKILL
