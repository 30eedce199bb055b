"""Study files with one hostile value: every key that `eventstudy list keys` knows, every value."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from eventstudy.exceptions import SpecificationError
from eventstudy.studyfile.keys import MARKET_KEYS, study_keys
from eventstudy.studyfile.study_file import read_study
from hostile.run import Case
from hostile.values import ALL

Tables = dict[str, dict[str, str]]

BASE: Tables = {
    "": {"markets": '["A", "B"]'},
    "events": {"file": '"events.csv"', "date_only": '"same"'},
    "prices": {"source": '"files"', "file": '"prices.csv"', "calendar": '"data"'},
    "model": {"name": '"market_model"', "benchmark": '"M"', "sync": '"same_date"'},
    "windows": {"estimation": "[-60, -11]", "event": "[-5, 5]"},
    "sample": {"min_obs": "30"},
    "statistics": {"names": '["placebo", "bmp"]', "draws": "20"},
}
"""A study of two columns that runs."""
LONGEST_SENTENCE = 1_500
_OF_SOURCE = {
    "refresh": "fred",
    "offline": "fred",
    "address": "fred",
    "url": "sql",
    "url_env": "sql",
    "query": "sql",
    "table": "sql",
    "function": "python",
    "arguments": "python",
}
_OF_MODEL = {
    "donors": "control_group",
    "augment": "synthetic_control",
    "n_factors": "factor_adjusted",
    "lags": "dimson",
    "leads": "dimson",
    "others": "augmented_market_model",
    "benchmark_lags": "augmented_market_model",
    "factors": "factor",
}
_NEEDED = {
    "url": {"query": '"select 1"'},
    "query": {"url": '"sqlite:///prices.db"'},
    "table": {"url": '"sqlite:///prices.db"'},
    "url_env": {"query": '"select 1"'},
    "arguments": {"function": '"no_module:load"'},
    "donors": {"donors": '["C", "D"]'},
    "factors": {"factors": '["M"]'},
    "others": {"benchmark": '"M"'},
    "benchmark_lags": {"benchmark": '"M"'},
    "lags": {"benchmark": '"M"'},
    "leads": {"benchmark": '"M"'},
    "n_factors": {"donors": '["C", "D"]'},
    "augment": {"donors": '["C", "D"]'},
}


def write_data(folder: Path) -> None:
    """Write prices of five columns on 200 days and six events."""
    rng = np.random.default_rng(5)
    dates = pd.bdate_range("2024-01-01", periods=200)
    closes = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, (200, 5)), axis=0))
    pd.DataFrame(closes, columns=list("ABCDM"), index=dates.rename("date")).to_csv(
        folder / "prices.csv"
    )
    pd.DataFrame(
        {
            "event_id": [f"E{at}" for at in range(6)],
            "date": [dates[90 + 15 * at].strftime("%Y-%m-%d") for at in range(6)],
            "headline": "h",
            "category": ["x", "y"] * 3,
            "surprise": range(6),
        }
    ).to_csv(folder / "events.csv", index=False)


def text_of(tables: Tables) -> str:
    """Return the text of a study file."""
    top = "".join(f"{key} = {value}\n" for key, value in tables.get("", {}).items())
    return top + "".join(
        f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in table.items())
        for name, table in tables.items()
        if name
    )


def with_value(table: str, key: str, value: str) -> str:
    """Return the base study, one of its keys set, and what that key needs to be looked at."""
    tables = {name: dict(keys) for name, keys in BASE.items()}
    if table == "prices" and key in _OF_SOURCE:
        tables["prices"] = {"source": f'"{_OF_SOURCE[key]}"', **_NEEDED.get(key, {})}
    if table in ("model", "model.beside"):
        if key in _OF_MODEL:
            tables[table] = {"name": f'"{_OF_MODEL[key]}"', **_NEEDED[key]}
        elif table == "model.beside":
            tables[table] = {"name": '"constant_mean"'}
    if table == "cross_section":
        tables[table] = {"columns": '["surprise"]'}
    if table == "curve":
        tables[table] = {"models": '["constant_mean"]'}
    if table == "statistics" and key in ("contrast_by", "contrast_without", "contrast_within"):
        tables[table]["contrast"] = '[["category", "x", "y"]]'
    if table == "market":
        tables["market.A"] = {"calendar": '"data"', "timezone": '"UTC"', "close": '"16:00"'}
        table = "market.A"
    tables.setdefault(table, {})[key] = value
    return text_of(tables)


def all_keys() -> list[tuple[str, str]]:
    """Return table and key of every key of a study file."""
    keys = [(table, key) for table, of_table in study_keys().items() for key in of_table]
    return keys + [("market", key) for key in MARKET_KEYS]


def _write(folder: Path, text: str, table: str) -> Callable[[], object]:
    write_data(folder)
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return _curve if table == "curve" else _fit


def _fit() -> None:
    """Carry the study out, and what its results are asked for first."""
    results = read_study("study.toml").run()
    results.tidy()
    read_study("study.toml").to_dict()


def _curve() -> None:
    read_study("study.toml").specification_curve(draws=5)


def texts() -> Iterator[tuple[str, str, str]]:
    """Yield a name, the table, and the study file of every key with every value."""
    for table, key in all_keys():
        path = f"{table}.{key}" if table else key
        for name, value in ALL.items():
            yield f"{path} = {name}", table, with_value(table, key, value)


def is_read(text: str) -> bool:
    """Whether a study file is read; what is not must be refused in one sentence."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "study.toml")
        file.write_text(text, encoding="utf-8")
        try:
            read_study(file)
        except SpecificationError as error:
            sentence = str(error)
            if len(sentence) > LONGEST_SENTENCE or not sentence.isprintable():
                raise AssertionError(f"not one short sentence: {sentence[:400]!r}") from error
            return False
    return True


def cases() -> Iterator[Case]:
    """Every key with every value that reading alone does not refuse."""
    for name, table, text in texts():
        if is_read(text):
            yield Case(name, partial(_write, text=text, table=table))
