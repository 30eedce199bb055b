"""Each official source against a server that speaks its form, behaves badly or has changed."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from feed_server import feed_server
from fixing_answers import FRED, PAGE, cfets, frankfurter, twse

from eventstudy.exceptions import SourceError, SpecificationError
from eventstudy.prices.fixings import fetch_fixings, update_fixings
from eventstudy.prices.store import open_store

NOW = dt.datetime(2025, 6, 20, 12, tzinfo=dt.UTC)
START, END = "2025-04-01", "2025-04-30"
# source: market, its series, path on the server, normal answer, (last day, price)
SOURCES = {
    "fred": ("USDCNY", "USDCNY", "", FRED, ("2025-04-07", 7.3101)),
    "frankfurter": (
        "JPY", "USDJPY", "/2025-04-01..2025-04-30", frankfurter(), ("2025-04-03", 146.6)
    ),
    "cfets": ("CNY", "USDCNY", "", cfets(), ("2025-04-07", 7.1980)),
    "twse": ("TAIEX", "TWII", "", twse(), ("2025-04-02", 21298.22)),
}  # fmt: skip
NAMES = sorted(SOURCES)

pytestmark = pytest.mark.fast_tests(20)


@pytest.fixture(autouse=True)
def _without_proxy(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server():
    with feed_server() as feeds:
        yield feeds


def put(server, source, body=None, **options):
    _, _, path, normal, _ = SOURCES[source]
    server.put(f"/api{path}", normal if body is None else body, **options)


def update(server, store, source, now=NOW, **options):
    market = SOURCES[source][0]
    return update_fixings(
        source, [market], START, END, store=store, address=f"{server.address}/api", now=now,
        **options,
    )  # fmt: skip


def failure(server, store, source):
    with pytest.raises(SourceError) as error:
        update(server, store, source)
    return str(error.value)


@pytest.mark.slow
@pytest.mark.parametrize("source", NAMES)
def test_normal(server, tmp_path, source):
    put(server, source)
    fetched = update(server, tmp_path, source)
    _, series, _, _, (day, price) = SOURCES[source]
    panel = fetched.panel
    assert (panel.names, fetched.failures) == ((series,), {})
    assert (str(panel.dates[0][-1]), panel.values[0][-1]) == (day, price)
    clocks = {
        "fred": ("12:00", "America/New_York"),
        "frankfurter": ("14:15", "Europe/Berlin"),
        "cfets": ("09:15", "Asia/Shanghai"),
        "twse": (None, None),
    }
    market = panel.declared[0]
    assert (market.close, market.timezone) == clocks[source]
    assert market.calendar == ("XTAI" if source == "twse" else "FX")
    assert market.inverse == (SOURCES[source][0] in ("JPY", "CNY"))
    n_asked = len(server.asked)
    again = update(server, tmp_path, source)
    assert len(server.asked) == n_asked  # all of it is in the store
    assert again.panel.sha256 == panel.sha256
    assert update(server, tmp_path, source, offline=True).panel.sha256 == panel.sha256


@pytest.mark.slow
@pytest.mark.parametrize("source", NAMES)
def test_asked_too_often_a_server_is_left_alone(server, tmp_path, source):
    put(server, source, status=429, headers={"Retry-After": "120"})
    assert "it asks to wait 120 s" in failure(server, tmp_path, source)
    n_asked = len(server.asked)
    put(server, source)
    assert "asked to be left alone until 2025-06-20 12:02 UTC" in failure(server, tmp_path, source)
    assert len(server.asked) == n_asked
    later = update(server, tmp_path, source, now=NOW + dt.timedelta(minutes=3))
    assert not later.failures


@pytest.mark.parametrize("source", NAMES)
def test_a_web_page_with_status_200_is_no_answer(server, tmp_path, source):
    put(server, source, PAGE)
    assert "it sent a web page instead of numbers" in failure(server, tmp_path, source)
    assert not len(open_store(tmp_path).series())


@pytest.mark.parametrize("source", NAMES)
def test_an_answer_cut_off_leaves_nothing(server, tmp_path, source):
    put(server, source, cut=20)
    assert "the answer was cut short" in failure(server, tmp_path, source)
    body = SOURCES[source][3]
    put(server, source, body[: len(body) // 2] + ("\n2025" if source == "fred" else ""))
    said = failure(server, tmp_path, source)
    assert "breaks off in line" in said or "its JSON is not whole" in said
    assert not len(open_store(tmp_path).series())


CHANGED = [
    ("fred", FRED.replace("observation_date", "when"), "its columns are when and DEXCHUS"),
    ("fred", FRED.replace("DEXCHUS", "DEXJPUS"), "it answered with DEXJPUS, and was asked for"),
    ("fred", FRED.replace("7.2937", "n/a"), "2025-04-03: 'n/a' is no price"),
    ("fred", FRED.replace("7.2937", "-7.2937"), "is no price"),
    ("fred", FRED.replace("2025-04-03", "3 April"), "'3 April' is no date"),
    ("fred", "DATE,DEXCHUS\n2024-04-02,7.23\n", "it answered for 2024-04-02 to 2024-04-02"),
    ("frankfurter", frankfurter().replace('"rates"', '"quotes"'), "no rates; it has amount"),
    ("frankfurter", '{"message": "not found"}', "it says 'not found'"),
    ("frankfurter", frankfurter().replace('"USD"', '"EUR"'), "it answered for 1.0 EUR"),
    ("frankfurter", frankfurter(**{f"d2025_04_{d:02d}": 1.0 for d in (1, 8, 15, 22, 29)},
                                d2025_03_25=1.0), "a row a week"),
    ("frankfurter", "[]", "a list where a table was"),
    ("cfets", cfets().replace('"records"', '"rows"'), "no records; it has head, data and rows"),
    ("cfets", cfets("EUR/CNY"), "it answered with EUR/CNY, and was asked for USD/CNY"),
    ("cfets", cfets().replace('"200"', '"500"'), "it refused: 500"),
    ("cfets", cfets(values=()).replace('Message": ""', 'Message": "一年"'), "refused: 一年"),
    ("cfets", cfets().replace('["7.1980"]', "[]"), "values are not those of its pairs"),
    ("twse", twse().replace("收盤指數", "收盤"), "its columns lack 收盤指數"),
    ("twse", twse(stat="查詢過於頻繁", data=None).replace('"data": null, ', ""), "it says"),
    ("twse", twse(["114/05/02", "1", "1", "1", "1"]), "it answered for 2025-05-02"),
    ("twse", twse(["114/04/02", "1"]), "a row of another length"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "body", "said"), CHANGED)
def test_a_changed_form_is_said(server, tmp_path, source, body, said):
    put(server, source, body)
    assert said in failure(server, tmp_path, source)
    assert not len(open_store(tmp_path).series())


REVISED = {
    "fred": FRED.replace("7.2937", "7.2900"),
    "frankfurter": frankfurter(d2025_04_02=149.9, d2025_04_03=146.0),
    "cfets": cfets(values=(("2025-04-07", "7.1980"), ("2025-04-03", "7.1000"))),
    "twse": twse(["114/04/02", "21,280.17", "21,438.83", "21,176.57", "21,200.00"]),
}


@pytest.mark.parametrize("source", NAMES)
def test_a_revised_price_is_said_with_both_numbers(server, tmp_path, source):
    put(server, source)
    update(server, tmp_path, source)
    put(server, source, REVISED[source])
    fetched = update(server, tmp_path, source, refresh=True)
    assert fetched.table["revised"].tolist() == [1]
    said = [check.detail for check in fetched.remarks if check.check == "revised_close"]
    assert len(said) == 1
    assert " had " in said[0]
    assert said[0].endswith("the newer is used")
    # a row that is not sent again stays
    assert len(fetched.panel.dates[0]) == len(update(server, tmp_path, source).panel.dates[0])


def test_days_behind_the_last_rate_are_asked_for_again(server, tmp_path):
    put(server, "fred")
    soon = dt.datetime(2025, 4, 8, 12, tzinfo=dt.UTC)
    update(server, tmp_path, "fred", now=soon)
    n_asked = len(server.asked)
    put(server, "fred", FRED + "2025-04-08,7.34\n")
    fetched = update(server, tmp_path, "fred", now=soon + dt.timedelta(days=1))
    assert len(server.asked) == n_asked + 1
    assert fetched.table["new"].tolist() == [1]


def test_pages_and_hundreds(server, tmp_path):
    server.put("/api", cfets("100JPY/CNY", (("2025-04-07", "4.9500"), ("2025-04-03", "---")), 2))
    fetched = update_fixings("cfets", ["JPYCNY"], START, END, store=tmp_path, now=NOW,
                             address=f"{server.address}/api")  # fmt: skip
    assert np.allclose(fetched.panel.values[0], [0.0495])
    assert [asked.partition("pageNum=")[2][0] for asked, _ in server.asked] == ["1", "2"]


def test_bars_of_the_exchange_are_kept(server, tmp_path):
    put(server, "twse")
    fetched = update(server, tmp_path, "twse")
    assert fetched.panel.fields["TWII"]["high"].tolist() == [21281.99, 21438.83]


def test_a_month_without_sessions_and_one_that_fails(server, tmp_path):
    nothing = '{"stat": "很抱歉，沒有符合條件的資料!"}'
    server.put("/api", nothing)
    with pytest.raises(SourceError, match="has no row from"):
        update(server, tmp_path, "twse")
    other = tmp_path / "other"
    server.put("/api?date=20250401&response=json", twse())
    server.put("/api?date=20250501&response=json", PAGE)
    fetched = update_fixings("twse", ["TWII"], START, "2025-05-31", store=other, now=NOW,
                             address=f"{server.address}/api")  # fmt: skip
    assert "2025-05-01 to 2025-05-31: it sent a web page" in fetched.failures["TWII"]
    assert len(fetched.panel.dates[0]) == 2  # what came is kept


def test_a_market_the_source_does_not_have(tmp_path):
    with pytest.raises(SpecificationError, match=r"has no N225.*it has USDCNY, USDJPY"):
        fetch_fixings("fred", ["N225"], START, END, store=tmp_path)
    with pytest.raises(SpecificationError, match="fred"):
        fetch_fixings("fed", ["USDCNY"], START, END, store=tmp_path)
    with pytest.raises(SpecificationError, match="exchange them"):
        fetch_fixings("fred", ["USDCNY"], END, START, store=tmp_path)


def test_offline_says_what_the_store_lacks(tmp_path):
    with pytest.raises(SourceError, match="no prices came"):
        fetch_fixings("fred", ["USDCNY"], START, END, store=tmp_path, offline=True)
