"""A few items of news, corrections of them and files of rules."""

import datetime as dt

import pandas as pd

from eventstudy.news import News
from eventstudy.news.classification import read_overrides

NOW = dt.datetime(2025, 6, 1, tzinfo=dt.UTC)
TIME = "2025-05-02T09:00+08:00"
ITEM = {"title": "a", "date": "2025-05-02"}

TALKS = "Beijing says it is open to trade talks with Washington"

TALKS_TOO = "BREAKING: Beijing says it is open to trade talks with Washington - Newswire"

DUTIES = "White House orders 25% tariff on imported cars"

MOVE = "Nikkei closes 2% higher as exporters rally"

NOTHING = "Local bakery wins a prize for its rye bread"


def news_of(*rows, **columns):
    frame = pd.DataFrame(
        [
            {"item_id": item, "published_at": time, "headline": headline}
            for item, time, headline in rows
        ]
    ).assign(**columns)
    return News.from_frame(frame, name="test.csv")


def four():
    return news_of(
        ("A", "2025-05-02T09:00+08:00", TALKS),
        ("B", "2025-05-02T09:20+08:00", TALKS_TOO),
        ("C", "2025-05-02T15:00-04:00", DUTIES),
        ("D", "2025-05-02T06:00Z", MOVE),
        ("E", "2025-05-02T07:00Z", NOTHING),
        source=["Wire", "Paper", "Wire", "Wire", "Wire"],
    )


def fixes_of(tmp_path, *rows):
    path = tmp_path / "events.overrides.csv"
    lines = [",".join(row) for row in (("item_id", "field", "value", "why"), *rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_overrides(path)


def row_of(frame, key, value):
    found = frame[frame[key] == value]
    assert len(found) == 1
    return found.iloc[0]


def four_with_claims():
    return news_of(
        ("A", "2025-05-02T09:00+08:00", TALKS),
        ("C", "2025-05-02T15:00-04:00", DUTIES),
        claim_type=["event", "background"],
    )


def write_news(tmp_path):
    path = tmp_path / "news.csv"
    path.write_text(
        "item_id,published_at,headline\n"
        f"A,2025-05-02T09:00+08:00,{TALKS}\n"
        f"B,2025-05-02T09:20+08:00,{TALKS_TOO}\n"
        "C,2025-05-02T15:00-04:00,=cmd()|' /C calc'!A0 White House orders 25% tariff on cars\n",
        encoding="utf-8",
    )
    return path


def build(run, tmp_path, *words):
    out = tmp_path / "events.csv"
    return out, *run("events", "build", write_news(tmp_path), "-o", out, *words)


def write_rules(folder, text, name="mine.toml"):
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def reasons(news):
    """Return where -> reason of what was rejected."""
    return dict(zip(news.rejected["where"], news.rejected["reason"], strict=True))
