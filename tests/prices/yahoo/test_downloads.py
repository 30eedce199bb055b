"""Threads that download: retries, order of results, time that is up."""

from __future__ import annotations

import datetime as dt
import threading

import pandas as pd
import pytest

from eventstudy.prices.yahoo.answers import Failure
from eventstudy.prices.yahoo.cleaning import Request
from eventstudy.prices.yahoo.downloads import Downloaded, DownloadPool, Failed


def request_for(symbol):
    return Request(symbol, dt.date(2025, 5, 1), dt.date(2025, 5, 2))


def run(download, symbols, attempts=3, in_flight=1, clock=lambda: 0.0):
    pool = DownloadPool(download, attempts, pause=0.0)
    results = pool.run([request_for(symbol) for symbol in symbols], in_flight, 0.0, 20.0, clock)
    return {result.request.symbol: result for result in results}


def downloaded(request):
    return Downloaded(request, pd.DataFrame(), {}, [])


def test_a_failure_that_may_pass_is_tried_again_and_a_final_one_is_not():
    tries = []

    def download(request):
        tries.append(request.symbol)
        if request.symbol == "GONE":
            raise Failure("missing", "unknown symbol")
        if request.symbol == "DOWN" or tries.count("A") < 3:
            raise Failure("server", "no answer")
        return downloaded(request)

    results = run(download, ["A", "GONE", "DOWN"])
    assert isinstance(results["A"], Downloaded)
    assert results["GONE"] == Failed(request_for("GONE"), "unknown symbol")
    assert results["DOWN"] == Failed(request_for("DOWN"), "no answer (3 attempts)")
    assert tries == [*"AAA", "GONE", *["DOWN"] * 3]


def test_once_a_symbol_has_used_up_its_attempts_the_others_have_one_until_an_answer_comes():
    tries = []

    def download(request):
        tries.append(request.symbol)
        if request.symbol == "D":
            return downloaded(request)
        raise Failure("server", "no answer")

    results = run(download, list("ABCDE"))
    assert tries == [*"AAA", "B", "C", "D", *"EEE"]
    assert results["B"].why == "no answer"
    assert results["E"].why == "no answer (3 attempts)"


def test_too_many_requests_for_one_symbol_end_all_that_have_not_come():
    tries = []

    def download(request):
        tries.append(request.symbol)
        if request.symbol == "B":
            raise Failure("limited", "too many requests")
        return downloaded(request)

    results = run(download, list("ABCD"))
    assert tries == ["A", "B"]
    assert isinstance(results["A"], Downloaded)
    assert [results[symbol].is_limited for symbol in "BCD"] == [True, True, True]


def test_an_answer_on_its_way_when_another_symbol_is_refused_is_kept():
    refused = threading.Event()

    def download(request):
        if request.symbol == "B":
            raise Failure("limited", "too many requests")
        refused.wait()
        return downloaded(request)

    pool = DownloadPool(download, 3, pause=0.0)
    got = []
    for result in pool.run([request_for(s) for s in "ABC"], 2, 0.0, 20.0, lambda: 0.0):
        got.append(result.request.symbol)
        refused.set()
    assert sorted(got) == ["A", "B", "C"]
    assert got[:2] == ["B", "A"]


def test_an_error_of_one_symbol_does_not_take_the_others_along():
    def download(request):
        if request.symbol == "A":
            raise ZeroDivisionError("by zero")
        return downloaded(request)

    results = run(download, ["A", "B"])
    assert results["A"].why == "ZeroDivisionError: by zero"
    assert isinstance(results["B"], Downloaded)


def test_what_is_late_has_failed_and_its_result_is_thrown_away():
    begun, end = threading.Event(), threading.Event()

    def download(request):
        begun.set()
        end.wait()
        return downloaded(request)

    def clock():
        begun.wait()
        return 1e6

    pool = DownloadPool(download, 1, pause=0.0)
    results = list(pool.run([request_for("A"), request_for("B")], 1, 0.0, 20.0, clock))
    assert [result.why for result in results] == [
        "no complete answer within the 20 s allowed", "not reached within the 20 s allowed",
    ]  # fmt: skip
    assert pool.is_busy
    end.set()
    for thread in threading.enumerate():
        if thread.name == pool.name:
            thread.join()
    assert not pool.is_busy


@pytest.mark.parametrize("count", [1, 2, 5])
def test_no_more_threads_than_asked_for(count):
    busy, most = [], []

    def download(request):
        busy.append(request)
        most.append(len(busy))
        busy.remove(request)
        return downloaded(request)

    assert len(run(download, list("ABCDE"), in_flight=count)) == 5
    assert max(most) <= count
