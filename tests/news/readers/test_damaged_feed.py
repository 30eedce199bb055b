"""The feed of `damaged_text`: nothing is run, nothing is lost, memory stays bounded."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import textwrap
from collections import Counter

import openpyxl
import pandas as pd
import pytest
from damaged_text import KINDS, fates, write_feed

from eventstudy import read_news
from eventstudy.io.spreadsheets import write_csv, write_xlsx

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    path = tmp_path_factory.mktemp("damaged") / "feed.xml"
    write_feed(path, 3 * len(KINDS), 2_000_000)
    return read_news(path, now=NOW)


def test_every_item_ends_where_its_kind_must(small):
    assert (len(small.frame), len(small.rejected)) == fates(3 * len(KINDS))
    expected = Counter({kind.headline: 3 for kind in KINDS if kind.reason is None})
    n_kept_of = Counter(small.frame["headline"])
    assert n_kept_of.pop(f"Big {3 * len(KINDS) // 2}") == 1
    assert n_kept_of == expected
    for kind in KINDS:
        if kind.reason is not None:
            assert small.rejected["reason"].str.contains(kind.reason, regex=False).sum() >= 3
    ids = [*small.frame["item_id"], *small.rejected["item_id"]]
    assert len(set(ids)) == len(ids)
    assert small.frame["source"].unique().tolist() == ["Hostile &lol9; wire"]


def test_nothing_of_it_is_run_in_a_spreadsheet(small, tmp_path):
    treated = write_csv(tmp_path / "a.csv", small.frame)
    assert (treated["column"] == "headline").sum() == 3
    back = pd.read_csv(tmp_path / "a.csv", keep_default_na=False, dtype=str)
    assert not back["headline"].str.match(r"\s*[=+@-]").any()
    write_xlsx(tmp_path / "a.xlsx", small.frame)
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    kinds = {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert kinds == {"s"}


@pytest.mark.slow
def test_a_hundred_thousand_items_and_one_of_50_mb_in_bounded_memory(tmp_path):
    n_items = 100_000
    path = tmp_path / "feed.xml"
    write_feed(path, n_items, 50_000_000)
    code = f"""
        import datetime as dt, json, pathlib, resource, sys
        from eventstudy import read_news
        news = read_news({str(path)!r}, now=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
        status = pathlib.Path("/proc/self/status")
        if status.exists():  # Linux counts what the parent process had in ru_maxrss, too
            (peak,) = [int(line.split()[1]) for line in open(status) if line.startswith("VmHWM")]
        else:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        big = news.frame[news.frame["item_id"] == "big"].iloc[0]
        print(json.dumps({{
            "kept": len(news.frame), "rejected": len(news.rejected), "n_items": news.inputs[0][2],
            "length": len(big["text"]), "note": big["note"],
            "longest": int(news.frame["text"].str.len().max()),
            "has_passwd": bool(news.frame["text"].str.contains("root:").any()),
            "megabytes": peak / (1024 if sys.platform != "darwin" else 1024**2),
        }}))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
    measured = json.loads(done.stdout)
    assert (measured["kept"], measured["rejected"]) == fates(n_items)
    assert measured["n_items"] == n_items + 2
    assert measured["longest"] == measured["length"] == 100_000
    assert measured["note"].startswith("text cut at 100,000 of ")
    assert not measured["has_passwd"]
    assert 50 < measured["megabytes"] < 600
