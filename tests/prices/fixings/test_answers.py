from __future__ import annotations

import datetime as dt

import pytest
from damaged_answers import damaged_answers
from fixing_answers import FRED, cfets, frankfurter, twse

from eventstudy.exceptions import EventStudyError
from eventstudy.prices.fixings.answers import Question, address_of, read_answer
from eventstudy.prices.fixings.known import fixing_sources

SOURCES = fixing_sources()
SPAN = dt.date(2025, 4, 1), dt.date(2025, 4, 30)


@pytest.mark.parametrize(
    ("source", "symbol", "address"),
    [
        ("fred", "DEXCHUS",
         "https://fred.stlouisfed.org/graph/fredgraph.csv?id=DEXCHUS&cosd=2025-04-01&coed=2025-04-30"),
        ("frankfurter", "USD/JPY",
         "https://api.frankfurter.dev/v1/2025-04-01..2025-04-30?base=USD&symbols=JPY"),
        ("cfets", "USD/CNY",
         "https://www.chinamoney.com.cn/ags/ms/cm-u-bk-ccpr/CcprHisNew?startDate=2025-04-01&"
         "endDate=2025-04-30&currency=USD%2FCNY&pageNum=1&pageSize=50"),
        ("twse", "TAIEX",
         "https://www.twse.com.tw/rwd/zh/TAIEX/MI_5MINS_HIST?date=20250401&response=json"),
    ],
)  # fmt: skip
def test_what_is_asked(source, symbol, address):
    assert address_of(SOURCES[source], Question(symbol, *SPAN)) == address


def test_a_holiday_has_no_number():
    answer = read_answer(SOURCES["fred"], FRED.encode(), Question("DEXCHUS", *SPAN))
    assert answer.n_empty == 1
    assert list(answer.rows) == [dt.date(2025, 4, day) for day in (2, 3, 7)]
    older = FRED.replace("observation_date", "DATE").replace(",.", ",")  # both forms have been seen
    answer = read_answer(SOURCES["fred"], older.encode(), Question("DEXCHUS", *SPAN))
    assert (len(answer.rows), answer.n_empty) == (3, 1)


def test_days_outside_are_left_out():
    # the ECB's rates of the day before a weekend are sent for its days
    body = frankfurter(d2025_03_31=149.0, d2025_04_01=150.0).encode()
    answer = read_answer(SOURCES["frankfurter"], body, Question("USD/JPY", *SPAN))
    assert list(answer.rows) == [dt.date(2025, 4, 1)]


def test_a_span_of_days_off_has_no_rows_and_is_no_fault():
    new_year = Question("USD/JPY", dt.date(2024, 1, 1), dt.date(2024, 1, 1))
    body = frankfurter(d2023_12_29=141.0).encode()
    assert not read_answer(SOURCES["frankfurter"], body, new_year).rows
    with pytest.raises(EventStudyError, match="was asked for"):
        read_answer(SOURCES["frankfurter"], frankfurter(d2023_06_01=141.0).encode(), new_year)


def test_json_nested_without_end_is_refused_in_words():
    with pytest.raises(EventStudyError, match="nested too deeply"):
        read_answer(SOURCES["cfets"], b"[" * 200_000, Question("USD/CNY", *SPAN))


def test_pairs_follow_the_order_of_the_answer():
    body = cfets().replace('["USD/CNY"]', '["EUR/CNY", "USD/CNY"]')
    body = body.replace('["7.1980"]', '["7.8", "7.1980"]').replace(
        '["7.1889"]', '["7.9", "7.1889"]'
    )
    answer = read_answer(SOURCES["cfets"], body.encode(), Question("USD/CNY", *SPAN))
    assert answer.rows[dt.date(2025, 4, 7)] == {"close": 7.1980}


def test_a_table_of_tables_is_read_too():
    import json

    plain = json.loads(twse())
    nested = {"stat": "OK", "tables": [{"fields": plain["fields"], "data": plain["data"]}]}
    body = json.dumps(nested).encode()
    answer = read_answer(SOURCES["twse"], body, Question("TAIEX", *SPAN))
    assert answer.rows[dt.date(2025, 4, 2)]["close"] == 21298.22


@pytest.mark.parametrize(
    ("source", "symbol", "body"),
    [
        ("fred", "DEXCHUS", FRED),
        ("frankfurter", "USD/JPY", frankfurter()),
        ("cfets", "USD/CNY", cfets()),
        ("twse", "TAIEX", twse()),
    ],
)
def test_a_damaged_answer_is_read_or_refused_in_words(source, symbol, body):
    question = Question(symbol, *SPAN)
    n_refused = 0
    for damaged in damaged_answers(body.encode(), 400, seed=5):
        try:
            answer = read_answer(SOURCES[source], damaged, question)
        except EventStudyError:
            n_refused += 1
        else:
            assert all(row["close"] > 0 for row in answer.rows.values())
    assert n_refused > 100


def test_json_nested_deeper_than_can_be_read_is_refused():
    with pytest.raises(EventStudyError, match="nested too deeply"):
        read_answer(SOURCES["twse"], b"[" * 100_000, Question("TAIEX", *SPAN))
