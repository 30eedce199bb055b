"""Every command that writes, small: its inputs, its words, what it leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import desk_files
import numpy as np
import pandas as pd
from command_line import NEWS
from feed_forms import posts
from feed_server import rss
from killed import results_state
from small_curve import CURVE
from small_intraday_study import NEWS as NEWS_TIME
from small_intraday_study import make_bars
from small_study import STUDY, write_study
from stub_desk import StubDesk

from eventstudy.datasets.bundled import load_prices
from eventstudy.io.addresses import Fetched
from eventstudy.prices.panel import PricePanel

FEED = rss(
    ("raise", "Thu, 01 May 2025 20:00:00 GMT", "US raises tariffs on Chinese goods to 145%"),
    ("odd", "Thu, 01 May 2025 21:00:00 GMT", "Local team wins the cup"),
)
WEEK = pd.bdate_range("2026-08-24", "2026-08-27")
STREAMED = STUDY.replace("portfolio_t", "bmp").replace("draws = 20", "draws = 0")


class Writing(NamedTuple):
    """One command that writes.

    Parameters
    ----------
    words
        With ``{of}``, the folder of inputs, and ``{out}``, the target.
    prepare
        Called with the folder of inputs.
    state
        What is at the target, to be compared; None where nothing is. It fails where what is there
        is not whole.
    earlier
        Words of an earlier run whose results this one replaces; empty for the same ones.
    patch
        Called with a function that sets attributes, for what only a network has.
    target
        Name of what is written.
    """

    words: tuple[str, ...]
    prepare: Callable[[Path], object]
    state: Callable[[Path], object]
    earlier: tuple[str, ...] = ()
    patch: Callable[[Callable[[object, str, object], object]], object] = lambda put: None
    target: str = "out"

    def words_in(self, inputs: Path, out: Path, *, earlier: bool = False) -> list[str]:
        words = self.earlier if earlier and self.earlier else self.words
        return [word.format(of=inputs, out=out) for word in words]


# ---------------------------------------------------------------- inputs


def _studies(folder):
    write_study(folder, STUDY + CURVE)
    (folder / "earlier.toml").write_text(
        (STUDY + CURVE).replace("car = [[0, 0], [0, 1]]", "car = [[0, 0]]"), encoding="utf-8"
    )


def _streamed_studies(folder):
    write_study(folder, STREAMED)
    earlier = STREAMED.replace("car = [[0, 0], [0, 1]]", "car = [[0, 0]]")
    (folder / "earlier.toml").write_text(earlier, encoding="utf-8")


def _bars(folder):
    folder.mkdir()
    frame = make_bars(start="2025-02-03", end="2025-04-30", missing=0.03)
    text = frame.assign(timestamp=[time.isoformat() for time in frame["timestamp"]])
    text.to_csv(folder / "AAA_30min.csv", index=False)


def _news(folder):
    folder.mkdir()
    (folder / "news.csv").write_text(NEWS, encoding="utf-8")
    (folder / "earlier.csv").write_text("\n".join(NEWS.splitlines()[:3]), encoding="utf-8")
    (folder / "feed.xml").write_text(FEED, encoding="utf-8")
    (folder / "posts.json").write_text(posts(), encoding="utf-8")


def _prices(folder):
    folder.mkdir()
    for name, last in (("vendor", 4), ("earlier", 3)):
        lines = [f"2025-05-0{day},{100 + day},1" for day in range(1, last)]
        (folder / f"{name}.csv").write_text("\n".join(["Date,Close,Volume", *lines]) + "\n")


def _desk(folder):
    folder.mkdir()
    desk_files.write_study(folder)


def _nothing(folder):
    folder.mkdir()


# ---------------------------------------------------------------- what only a network has


def _stub_desk(put):
    from eventstudy.watch import watching

    put(watching, "StudyDesk", lambda **options: StubDesk())


def _feed_of_posts(put):
    """Answer a fetch of the archive of posts."""
    from eventstudy.news.fetching import fetch

    answer = Fetched(
        body=posts().encode(), etag=None, last_modified=None,
        address="https://example.org/archive.json",
    )  # fmt: skip
    put(fetch, "fetch_address", lambda *_, **__: answer)


def _a_week_more(put):
    """Answer for each series with the bundled closes and a week more."""
    from eventstudy.prices import fetch

    bundled = load_prices()

    def update_prices(names, start, end, now):
        at = bundled.positions[names[0]]
        dates, values = bundled.dates[at], bundled.values[at]
        is_near = dates >= np.datetime64(start)
        index = pd.DatetimeIndex(dates[is_near].astype("datetime64[ns]"), name="date")
        series = pd.concat(
            [pd.Series(values[is_near], index=index), pd.Series(values[-1] * 1.01, index=WEEK)]
        )
        frame = series.rename_axis("date").to_frame(names[0])
        return SimpleNamespace(panel=PricePanel.from_frame(frame, name="yahoo"), failures={})

    put(fetch, "update_prices", update_prices)


# ---------------------------------------------------------------- what is left


def text_state(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _report_state(folder):
    tables = results_state(folder)
    return None if tables is None else (tables, (folder / "report.md").exists())


def _items_state(name):
    def state(folder):
        """Return the items a table holds; the memory can be read, and knows no fewer."""
        table = folder / name
        if (folder / "manifest.json").exists():
            json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        return None if not table.exists() else sorted(pd.read_csv(table)["item_id"])

    return state


def _data_state(folder):
    if not folder.exists():
        return None
    closes = (folder / "closes.csv").read_text(encoding="utf-8").splitlines()
    assert (folder / "manifest.json").exists()
    assert (folder / "events.csv").exists()
    return closes[-1]


def _both_state(folder):
    names = ("study.toml", "events.csv")
    texts = [text_state(folder / name) for name in names]
    return None if None in texts else texts


def _page_state(path):
    text = text_state(path)
    assert text is None or text.rstrip().endswith("</html>")
    return text is not None


_STUDY_WORDS = ("{of}/study.toml", "--out", "{out}")
_EARLIER_WORDS = ("{of}/earlier.toml", "--out", "{out}")
_CALIBRATE = ("calibrate", "--statistics", "sign", "--draws", "20")
_CURVE = ("curve", "--draws", "20")

WRITINGS = {
    "run": Writing(
        ("run", *_STUDY_WORDS), _studies, results_state, earlier=("run", *_EARLIER_WORDS)
    ),
    "run --stream": Writing(
        ("run", *_STUDY_WORDS, "--stream"), _streamed_studies, results_state,
        earlier=("run", *_EARLIER_WORDS, "--stream"),
    ),
    "calibrate": Writing(
        (*_CALIBRATE, *_STUDY_WORDS), _studies, results_state,
        earlier=("calibrate", "--statistics", "sign", "--draws", "10", *_STUDY_WORDS),
    ),
    "curve": Writing(
        (*_CURVE, *_STUDY_WORDS), _studies, results_state,
        earlier=("curve", "--draws", "10", *_STUDY_WORDS),
    ),
    "intraday": Writing(
        ("intraday", "{of}/AAA_30min.csv", "--event", NEWS_TIME, "--market", "SPX",
         "--out", "{out}", "--car", "0,30"),
        _bars, results_state,
        earlier=("intraday", "{of}/AAA_30min.csv", "--event", NEWS_TIME, "--market", "SPX",
                 "--out", "{out}"),
    ),
    "report": Writing(
        ("report", "{out}", "--format", "md"), _studies, _report_state,
        earlier=("run", *_STUDY_WORDS),
    ),
    "events build": Writing(
        ("events", "build", "{of}/news.csv", "-o", "{out}"), _news, text_state,
        earlier=("events", "build", "{of}/earlier.csv", "-o", "{out}"), target="events.csv",
    ),
    "watch": Writing(
        ("watch", "{of}/feed.xml", "--once", "--out", "{out}", "--tz", "UTC"), _news,
        _items_state("track_record.csv"), patch=_stub_desk,
    ),
    "news fetch": Writing(
        ("news", "fetch", "truth-social=https://example.org/archive.json", "--since", "2025-04-01",
         "--out", "{out}"),
        _nothing, _items_state("items.csv"), patch=_feed_of_posts,
    ),
    "data update": Writing(
        ("data", "update", "--out", "{out}"), _nothing, _data_state, patch=_a_week_more
    ),
    "init": Writing(("init", "{out}"), _nothing, _both_state),
    "import": Writing(
        ("import", "{of}/vendor.csv", "--security", "N225", "-o", "{out}", "--force"), _prices,
        text_state, target="prices.csv",
        earlier=("import", "{of}/earlier.csv", "--security", "N225", "-o", "{out}"),
    ),
    "expect": Writing(
        ("expect", "Chip maker wins a large order", "--study", "{of}/study.toml",
         "--at", desk_files.NEWS, "--now", desk_files.NOW, "--tz", "UTC",
         "--category", "order_win", "--direction", "de-escalation", "-o", "{out}"),
        _desk, _page_state, target="page.html",
    ),
    "score": Writing(
        ("score", "{of}/study.toml", "-o", "{out}"), _desk, text_state, target="forecasts.csv"
    ),
}  # fmt: skip
