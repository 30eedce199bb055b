"""Failures of Yahoo's answers told apart, from what yfinance raises and logs."""

from __future__ import annotations

import json
import logging

import pytest

from eventstudy.prices.yahoo.answers import FetchLogFilter, YahooLog, failure_of


class YFPricesMissingError(Exception):
    yahoo_reason = None


class YFTzMissingError(Exception):
    pass


def record(text, level=logging.DEBUG, thread=1, name="eventstudy-fetch-mine"):
    line = logging.LogRecord("yfinance", level, "file", 1, text, None, None)
    line.thread, line.threadName = thread, name
    return line


@pytest.mark.parametrize(
    ("error", "status", "kind", "is_passing"),
    [
        (ValueError(), 404, "missing", False),
        (ValueError(), 401, "network", True),
        (YFPricesMissingError(), None, "empty", False),
        (YFTzMissingError(), None, "missing", False),
        (json.JSONDecodeError("no", "<html>", 0), None, "garbled", True),
        (json.JSONDecodeError("no", "nonsense", 0), None, "garbled", True),
        (RuntimeError("curl: (18) transfer closed"), None, "garbled", True),
        (ConnectionError("reset"), None, "network", True),
        (KeyError("chart"), None, "schema", True),
        (RuntimeError("anything"), None, "network", True),
    ],
)
def test_the_kind_of_a_failure(error, status, kind, is_passing):
    failure = failure_of(error, "^N225", status, [], "1.0")
    assert (failure.kind, failure.is_passing) == (kind, is_passing)
    assert "\n" not in str(failure)


def test_a_reason_of_yahoo_that_is_not_about_dates_is_a_refusal():
    error = YFPricesMissingError()
    error.yahoo_reason = "Invalid input"
    failure = failure_of(error, "^N225", None, [], "1.0")
    assert (failure.kind, str(failure)) == ("refused", "Yahoo says: Invalid input")
    error.yahoo_reason = "Data doesn't exist for startDate = 1, endDate = 2"
    assert failure_of(error, "^N225", None, [], "1.0").kind == "empty"


def test_the_last_line_of_the_log_stands_in_a_sentence_on_the_network():
    failure = failure_of(OSError("reset"), "^N225", None, ["first", "last"], "1.0")
    assert str(failure).endswith("(OSError: reset) [last]")


def test_the_log_keeps_the_status_of_the_chart_and_warnings():
    log = YahooLog()
    log.add(record("url=https://host/v1/test/getcrumb"))
    log.add(record("response code=401"))
    assert log.status is None
    log.add(record("url=https://host/v8/finance/chart/^N225"))
    log.add(record("response code=404"))
    log.add(record(" possibly delisted ", logging.ERROR))
    assert (log.status, log.lines) == (404, ["possibly delisted"])


def test_lines_of_a_fetch_are_collected_and_those_of_others_let_through():
    logs = {1: YahooLog()}
    chosen = FetchLogFilter("eventstudy-fetch-mine", "eventstudy-fetch-", logging.WARNING, logs)
    assert not chosen.filter(record("mine", logging.ERROR))
    assert not chosen.filter(record("of a thread without a log", logging.ERROR, thread=2))
    assert logs[1].lines == ["mine"]
    # another fetch has a filter of its own; the rest as the user set the level
    assert chosen.filter(record("theirs", name="eventstudy-fetch-other"))
    assert chosen.filter(record("a warning", logging.WARNING, name="MainThread"))
    assert not chosen.filter(record("a detail", name="MainThread"))
    assert logs[1].lines == ["mine"]
