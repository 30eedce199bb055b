"""The example that `eventstudy init` writes shows every key, and can be taken as it stands."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from eventstudy.exceptions import SourceError
from eventstudy.models import MarketModel
from eventstudy.study.study import EventStudy
from eventstudy.studyfile.example import write_example
from eventstudy.studyfile.keys import MARKET_KEYS, study_keys
from eventstudy.studyfile.prices import SOURCES, Bundled
from eventstudy.studyfile.study_file import parse_study, read_study


def keys_shown(text: str) -> dict[str, dict[str, str]]:
    """Table -> key -> value of every line of an example, those in comments included."""
    shown: dict[str, dict[str, str]] = {"": {}}
    table = ""
    for line in text.splitlines():
        bare = line.removeprefix("# ")
        if head := re.match(r"\[([\w.]+)\]", bare):
            table = head[1]
            shown.setdefault(table, {})
        elif pair := re.match(r"(\w+) = (\[[^#]*\]|\{[^#]*\}|\"[^\"]*\"|[\w.-]+)", bare):
            shown[table][pair[1]] = pair[2]
    return shown


def test_the_example_shows_every_key_and_its_default(tmp_path):
    study, _ = write_example(tmp_path)
    shown = keys_shown(study.read_text(encoding="utf-8"))
    market = shown.pop("market.MYIDX")
    assert set(market) == set(MARKET_KEYS)
    known = {table: set(keys) for table, keys in study_keys().items()}
    assert set(shown.pop("model.beside")) < known["model"]
    assert known.pop("model.beside") == known["model"]
    assert {table: set(keys) for table, keys in shown.items()} == known
    file = read_study(study)
    assert replace(file.study, title="Event study", by=(), date_only=None) == EventStudy(), (
        "what is not in a comment is the default"
    )
    assert file.prices == Bundled()


@pytest.mark.parametrize("source", ["files", "yahoo", "sql"])
def test_the_example_of_another_choice_can_be_taken_as_it_stands(tmp_path, source):
    study, _ = write_example(tmp_path)
    shown = keys_shown(study.read_text(encoding="utf-8"))
    market = "\n".join(
        f"{key} = {value}"
        for key, value in shown.pop("market.MYIDX").items()
        if key not in ("timezone", "close", "open")
    )
    del shown["events"]["bundled"]
    others = ("benchmark", "lags", "leads", "donors", "augment", "n_factors")
    for key in (*others, "others", "benchmark_lags"):
        del shown["model"][key]
    shown["model"]["name"] = '"factor"'
    fits = ("kind", "content", "factors", *SOURCES[source].value.own_keys())
    shown["prices"] = {key: value for key, value in shown["prices"].items() if key in fits}
    shown["prices"]["source"] = f'"{source}"'
    if source == "sql":  # each stands for itself
        del shown["prices"]["url_env"], shown["prices"]["query"]
    text = "\n".join(f"{key} = {value}" for key, value in shown.pop("").items())
    for table, keys in shown.items():
        text += f"\n[{table}]\n" + "\n".join(f"{key} = {value}" for key, value in keys.items())
    (tmp_path / "all.toml").write_text(f"{text}\n[market.MYIDX]\n{market}\n", encoding="utf-8")
    file = read_study(tmp_path / "all.toml", allow_cluster=True)
    assert file.study.model.factors == ("MKT", "SMB", "HML")
    assert file.study.beside == MarketModel("SPX")
    assert file.study.declared[0].name == "MYIDX"
    assert (file.prices.source, len(file.prices.factors)) == (source, 1)
    assert parse_study(file.to_dict(), "all.toml", tmp_path) == replace(file, sha256="")


def test_the_example_is_never_written_over_anything(tmp_path):
    (tmp_path / "events.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(SourceError, match=r"events\.csv: is there already"):
        write_example(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["events.csv"]
    with pytest.raises(SourceError, match="cannot be written"):
        write_example(tmp_path / "events.csv" / "below")
