"""The recipes of ARCHITECTURE.md, carried out: what is added shows everywhere it is said to."""

from __future__ import annotations

import ast
import datetime as dt
import io
import re
import tomllib
from contextlib import ExitStack, redirect_stdout
from dataclasses import fields, replace
from pathlib import Path

import pandas as pd
import pytest
from recipe_parts import (
    HEADLINES,
    LATE,
    RULES,
    TOKYO,
    QuotesFolder,
    Rounded,
    ShrunkBeta,
    WithLoudness,
    plot_sizes,
    rare_names,
    read_wire,
    rising_share,
    section_of_loudness,
)
from small_study import DAY0, SESSIONS, STUDY, returns
from syntax import tree_of

import eventstudy as es
from eventstudy.cli import invoke
from eventstudy.exceptions import SpecificationError
from eventstudy.markets.market import load_markets
from eventstudy.news import dating
from eventstudy.news.readers import reading
from eventstudy.prices.checks import inspection
from eventstudy.prices.checks.values import value_checks
from eventstudy.prices.files.dialects import catalogue
from eventstudy.reporting import report, report_figures, sheets, tables
from eventstudy.reporting.record import FRAMES, OPTIONAL, StudyRecord
from eventstudy.reporting.result_views import ResultViews
from eventstudy.study import specification
from eventstudy.study.options import options_of
from eventstudy.studyfile import keys, settings
from eventstudy.studyfile.study_file import parse_study

HOUSE = Path(__file__).parents[2]
PACKAGE = HOUSE / "eventstudy"
TEXT = (HOUSE / "ARCHITECTURE.md").read_text("utf-8")
SECTION = TEXT.partition("\n## Where does a new ... go?\n")[2].partition("\n## ")[0]
RECIPES = {
    name: " ".join(text.split())
    for name, text in re.findall(
        r"^- \*\*(.+?)\*\*[^:\n]*: (.+?)(?=^- |^$|\Z)", SECTION, re.MULTILINE | re.DOTALL
    )
}
CARRIED_OUT: set[str] = set()


def carries_out(recipe: str):
    """Note that a test carries out a recipe."""
    CARRIED_OUT.add(recipe)
    return lambda test: test


# ---- the words: every recipe has its test, every name and path is there -------------------------


def test_every_recipe_is_carried_out_and_nothing_else_is():
    assert len(RECIPES) >= 10
    assert set(RECIPES) == CARRIED_OUT
    assert f"`{Path(__file__).relative_to(HOUSE).as_posix()}`" in SECTION.split("- **")[0]


def missing(recipe: str) -> list[str]:
    """What a recipe names in backticks that is no path, no name and no key."""
    inside = [PACKAGE, *(PACKAGE / folder for folder in re.findall(r"`([\w/]+)/", recipe))]
    return [word for word in re.findall(r"`([^`]+)`", recipe) if not is_there(word, inside)]


def is_there(word: str, inside: list[Path]) -> bool:
    if word.startswith("["):
        template = (PACKAGE / "studyfile" / "templates" / "study.toml").read_text("utf-8")
        return f"{word.split('.', maxsplit=1)[0]}." in template
    if "/" in word or re.search(r"\.(py|md|toml)$", word):
        return any((place / word).exists() for place in [HOUSE, *inside])
    name, *rest = re.match(r"@?([\w.]+)", word)[1].split(".")
    defined = re.compile(rf"^\s*(?:class|def) {name}\b|^{name}\b.*=|[\"']{name}[\"']", re.MULTILINE)
    sources = [*PACKAGE.rglob("*.py"), *(HOUSE / "benchmarks").glob("*.py")]
    named = [path for path in sources if path.stem == name]
    return all(hasattr(getattr(es, name), one) for one in rest) and (
        bool(named) or any(defined.search(path.read_text("utf-8")) for path in sources)
    )


@pytest.mark.parametrize("name", RECIPES)
def test_what_a_recipe_names_exists(name):
    assert missing(RECIPES[name]) == []
    for page, number in re.findall(r"`(docs/[\w/]+\.md)`, section (\d+)", RECIPES[name]):
        assert re.search(rf"^## {number}\. ", (HOUSE / page).read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize(
    "word",
    ["inference/nothing.py", "nothing.py", "nothings/", "Nothing", "@MODELS.nothing(...)",
     "unheard_of(y, x)", "[nothing.NAME]"],
)  # fmt: skip
def test_what_does_not_exist_is_seen(word):
    assert missing(f"a line of `prices/checks/` and `{word}`") == [word]


# ---- what is added is in recipe_parts ----------------------------------------------------


def new_study() -> str:
    """The small study, on what is new."""
    text = STUDY.replace('"AAA", "BBB"', '"OWN", "BBB"')
    prices = text[text.index("[prices]") : text.index("[model]")]
    text = text.replace(prices, '[prices]\nsource = "quotes_folder"\nquotes = "quotes"\n\n')
    text = text.replace('"market_model"', '"shrunk_beta"\ntowards = 0.5')
    text = text.replace('names = ["cross_sectional_t"', 'names = ["rising_share"')
    return text + (
        '\n[market.OWN]\nlabel = "My own index"\nseries = "AAA"\ncalendar = "data"\n'
        'timezone = "Asia/Tokyo"\nclose = "15:00"\n'
    )


def call(*words: object) -> str:
    """What a command prints."""
    with redirect_stdout(io.StringIO()) as printed:
        assert invoke([str(word) for word in words]) == 0
    return printed.getvalue()


def read_with_wire(source, intake, published, *, is_named, before=reading._read_file):
    """`_read_file` with a line for the new format."""
    if source.path.suffix != ".wire":
        return before(source, intake, published, is_named=is_named)
    read_wire(source, intake)
    return "digest"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with news, rules, quotes and a study of them, and all that is new put in place."""
    folder = tmp_path_factory.mktemp("recipes")
    times = {
        name: dt.datetime.combine(SESSIONS[at], dt.time(16 if name == LATE else 10), TOKYO)
        for name, at in DAY0.items()
    }
    lines = [
        f"{when.isoformat()} || {text}"
        for when, text in zip(times.values(), HEADLINES, strict=True)
    ]
    (folder / "news.wire").write_text("\n".join([*lines, "no time at all"]) + "\n", "utf-8")
    (folder / "rules.toml").write_text(RULES, "utf-8")
    (folder / "study.toml").write_text(new_study(), "utf-8")
    (folder / "quotes").mkdir()
    for name, column in returns().items():
        column.to_csv(folder / "quotes" / f"{name}.txt")
    with ExitStack() as stack:
        file = es.register(
            "rising_share",
            summary="rising pairs against one half",
            null="half of the pairs rise",
            assumes="independent pairs",
            distribution="N(0,1)",
            source="nobody (2024)",
        )
        file(rising_share)
        stack.callback(es.STATISTICS.remove, "rising_share")
        es.MODELS.register("shrunk_beta", summary="half a beta", source="nobody (2025)")(ShrunkBeta)
        stack.callback(es.MODELS.remove, "shrunk_beta")
        es.SOURCES.register("quotes_folder", summary="a folder", source="nobody")(QuotesFolder)
        stack.callback(es.SOURCES.remove, "quotes_folder")
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setitem(reading._KINDS, ".wire", "wire")
        patch.setattr(reading, "_read_file", read_with_wire)
        patch.setattr(
            inspection, "value_checks", lambda column: value_checks(column) + rare_names(column)
        )
        patch.setitem(sheets.SECTIONS, "loudness", section_of_loudness)
        yield folder


@pytest.fixture(scope="module")
def events(folder):
    """The events file made of the news, by the command."""
    call("events", "build", folder / "news.wire", "--rules", folder / "rules.toml", "-o",
         folder / "events.csv")  # fmt: skip
    return pd.read_csv(folder / "events.csv")


@pytest.fixture(scope="module")
def results(folder, events):
    del events
    return es.read_study(folder / "study.toml").run()


@pytest.fixture(scope="module")
def page(results):
    """The report, with the new figure."""

    def plate(record):
        from matplotlib.figure import Figure

        figure = Figure()
        plot_sizes(record.statistics, figure.subplots())
        return {"figure": figure, "title": "Sizes", "caption": "All of them.", "alt": "Bars."}

    loud = WithLoudness(
        **{one.name: getattr(results, one.name) for one in fields(results)},
        loudness=pd.DataFrame({"event_id": ["E1"], "decibels": [97]}),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report_figures, "FIGURES", [plate])
        return loud.to_html()


# ---- the recipes ----------------------------------------------------------------------------


@pytest.mark.slow
@carries_out("statistic")
def test_a_statistic_is_in_tables_report_lists_and_measured(folder, results, page):
    rows = results.tidy()
    own = rows[rows["name"] == "rising_share"]
    assert len(own) == len(rows[rows["name"] == "portfolio_t"]) > 0
    assert own["pvalue"].notna().all()
    assert own["size"].notna().any()
    assert "rising_share" in results.table().attrs["notes"]
    assert results.headline_name == "rising_share"
    assert "Statistic: rising_share" in page
    assert "half of the pairs rise" in page
    assert "rising_share" in call("list", "statistics")
    measured = es.read_study(folder / "study.toml").calibrate(statistics="rising_share", draws=20)
    assert measured.table()["statistic"].tolist() == ["rising_share"]
    assert measured.tidy()["rate"].notna().all()
    call("--quiet", "calibrate", folder / "study.toml", "--draws", 20, "--statistics",
         "rising_share", "--out", folder / "measured")  # fmt: skip
    assert set(pd.read_csv(folder / "measured" / "calibration.csv")["name"]) == {"rising_share"}


@pytest.mark.slow
@carries_out("model")
def test_a_model_is_estimated_and_its_fields_are_keys(results, page):
    assert results.manifest["study"]["model"] == {
        "name": "shrunk_beta", "benchmark": "MKT", "towards": 0.5,
    }  # fmt: skip
    assert results.models["beta"].notna().all()
    assert "Model: shrunk_beta" in page
    assert "shrunk_beta" in call("list", "models")
    tables_of = {"events": {"bundled": True}, "model": {"name": "shrunk_beta", "towards": "one"}}
    with pytest.raises(SpecificationError, match=r"model\.towards must be a number"):
        parse_study(tables_of, "s.toml", "")


@carries_out("source of prices")
def test_a_source_is_read_and_its_fields_are_keys(folder, results):
    assert results.manifest["study"]["prices"] == {
        "kind": "simple", "source": "quotes_folder", "quotes": "quotes",
    }  # fmt: skip
    assert "quotes_folder" in call("list", "sources")
    file = es.read_study(folder / "study.toml")
    assert file.prices.ending == "txt"
    assert folder / "quotes" in file.input_files
    again = parse_study(file.to_dict(), file.name, folder)
    assert (again.study, again.prices) == (file.study, file.prices)


@carries_out("market")
def test_a_market_aligns_by_its_own_close(results):
    aligned = results.alignment
    own = aligned[aligned["security"] == "OWN"].set_index("event_id")
    days = [SESSIONS[at + (name == LATE)] for name, at in DAY0.items()]
    assert own["session"].tolist() == days
    assert results.labels["OWN"] == "My own index"
    # The table is the same one in a study file and in the package.
    table = tomllib.loads((PACKAGE / "markets" / "markets.toml").read_text("utf-8"))["market"]
    given = {"events": {"bundled": True}, "market": {"OWN": table["N225"]}}
    (own,) = parse_study(given, "s.toml", "").study.declared
    assert own == replace(load_markets()["N225"], name="OWN", series="OWN")


@carries_out("page")
def test_a_page_with_the_style_of_the_others(monkeypatch, tmp_path):
    templates = PACKAGE / "reporting" / "templates"
    for path in templates.glob("*.html.jinja"):
        text = path.read_text("utf-8")
        colours = ("page.css.jinja", "{{ palette }}", "{{ style }}")
        assert "<!DOCTYPE" not in text or any(one in text for one in colours), path.name
    (tmp_path / "page.css.jinja").write_bytes((templates / "page.css.jinja").read_bytes())
    (tmp_path / "new.html.jinja").write_text(
        "<style>{% include 'page.css.jinja' %}</style>{{ text }}", encoding="utf-8"
    )
    monkeypatch.setattr(report, "_FOLDER", tmp_path)
    page = report.render_template("new.html.jinja", text="<b>")
    assert "--ink: #22262b;" in page
    assert page.endswith("</style>&lt;b&gt;")


@carries_out("format of news")
def test_items_of_a_format_become_events_and_none_is_lost(folder, events):
    assert events["headline"].tolist() == list(HEADLINES)
    news = es.read_news(folder / "news.wire")
    assert news.rejected["reason"].tolist() == ["no bars between time and headline"]
    tree = ast.parse((PACKAGE / "news" / "readers" / "reading.py").read_text("utf-8"))
    read = {
        (node.module.rpartition(".")[2], alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    formats = {
        (path.stem, name)
        for path in (PACKAGE / "news" / "readers").glob("*.py")
        for name in re.findall(
            r"^def (read_\w+)\(\s*source: Input, intake", path.read_text("utf-8"), re.MULTILINE
        )
    }
    assert len(formats) >= 5
    assert formats <= read


DIALECT = """
title = "Acme, prices"
heads = [["acme day", "acme price"]]
fields.date = ["acme day"]
fields.close = ["acme price"]
dates = "dmy"
source = "this test"
"""


@carries_out("form of price file")
def test_a_table_makes_a_vendors_file_known(tmp_path, monkeypatch):
    known = {**catalogue.dialects(), "acme": catalogue._dialect("acme", tomllib.loads(DIALECT))}
    monkeypatch.setattr(catalogue, "dialects", lambda: known)
    (tmp_path / "own.csv").write_text("Acme Day,Acme Price\n02/05/2025,1\n05/05/2025,2\n")
    for name in (None, "acme"):
        panel = es.read_prices(tmp_path / "own.csv", dialect=name)
        assert [str(day) for day in panel.dates[0]] == ["2025-05-02", "2025-05-05"]
        assert "read as a file of Acme, prices (dialect acme)" in "".join(panel.assumed)


@carries_out("source of news")
def test_a_table_says_what_the_times_of_a_source_mean(tmp_path, monkeypatch):
    field = dating.TimeField(field="wired", meaning="when it went out", precision="approx",
                             timezone="UTC")  # fmt: skip
    acme = dating.Provider(name="Acme", known_by=(frozenset({"wired", "slug"}),), times=(field,))
    monkeypatch.setattr(dating, "providers", lambda: (acme,))
    dating.provider_of.cache_clear()
    (tmp_path / "n.csv").write_text("wired,slug,headline\n2025-05-02T09:15,x,Tariffs rise\n")
    try:
        news = es.read_news(tmp_path / "n.csv")
    finally:
        dating.provider_of.cache_clear()
    assert news.frame["precision"].tolist() == ["approx"]
    assert "dated by wired, when it went out (Acme)" in news.frame["note"][0]


@carries_out("rule")
def test_a_rule_of_ones_own_labels_and_the_label_groups(events, results):
    assert set(events["category"]) == {"harbour_closure"}
    assert set(events["rule"]) == {"harbour closed"}
    assert set(events["expected_sign"]) == {"-"}
    assert "category=harbour_closure" in set(results.statistics["group"])
    label = es.load_rules().label(HEADLINES[0], None)
    assert label.category != "harbour_closure"


@carries_out("check of the prices")
def test_a_check_is_listed_everywhere(results, page):
    assert set(results.checks["security"][results.checks["check"] == "rare_name"]) >= {"OWN", "BBB"}
    assert "rare_name" in page or "rare name" in page
    listed = es.inspect_prices(es.PricePanel.from_frame(returns(), content="returns"))
    assert (listed["check"] == "rare_name").sum() == 3
    page_of_methods = (HOUSE / "docs" / "methods.md").read_text("utf-8")
    part = page_of_methods[page_of_methods.index("## 9. ") : page_of_methods.index("## 10. ")]
    listed = re.findall(r"``(\w+)`` +(?:error|warning|info)", inspection.check_prices.__doc__)
    made = {
        call.args[2].value
        for path in (PACKAGE / "prices" / "checks").glob("*.py")
        for call in ast.walk(tree_of(path))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Check"
        if isinstance(call.args[2], ast.Constant)
    }
    assert len(made) >= 10
    assert made <= set(listed)
    assert [name for name in listed if f"| `{name}` |" not in part] == []


@carries_out("figure or table")
def test_a_figure_and_a_table_are_functions_of_a_tidy_frame(results, page):
    assert "Absolute estimates" in page
    assert "All of them." in page
    shown = results.tidy(names=["rising_share"])[["group", "estimate", "pvalue"]]
    for write in (tables.to_text, tables.to_markdown, tables.to_latex, tables.to_html):
        assert "harbour" in write(shown)
    folder = Path(tables.__file__).parent
    for files in (folder.glob("figures_*.py"), [Path(tables.__file__)]):
        first = re.findall(
            r"^def (?:plot|to)_\w+\(\s*\w+: (pd\.\w+)",
            "\n".join(path.read_text("utf-8") for path in files),
            re.MULTILINE,
        )
        assert len(first) >= 4
        assert set(first) == {"pd.DataFrame"}


@carries_out("output format")
def test_an_output_format_is_a_verb_of_every_result(results, monkeypatch):
    monkeypatch.setattr(ResultViews, "to_rows", lambda self: len(self.table()), raising=False)
    for kind in (es.EventStudyResults, es.IntradayResults, es.SpecificationCurve, es.Calibration):
        assert issubclass(kind, ResultViews)
    assert results.to_rows() == len(results.table())


@carries_out("section of the report")
def test_a_section_is_in_the_page_where_its_frame_is_not_empty(results, page):
    assert "How loud the news was" in page
    assert 'href="#loudness"' in page and 'id="loudness"' in page  # noqa: PT018 - one thing
    assert set(sheets.SECTIONS) - {"loudness"} <= set(OPTIONAL)
    frames = {one.name for one in fields(StudyRecord) if one.type == "pd.DataFrame"}
    assert {*FRAMES, *OPTIONAL} == frames
    assert not set(FRAMES) & set(OPTIONAL)


@carries_out("option of a study")
def test_an_option_is_a_key_of_a_study_file(monkeypatch, tmp_path):
    monkeypatch.setattr(settings, "EventStudy", Rounded)
    for module in (specification, keys, settings):
        monkeypatch.setattr(module, "OPTIONS", options_of(Rounded))
    given = {"events": {"bundled": True}, "statistics": {"rounding": "cents"}}
    file = parse_study(given, "s.toml", tmp_path)
    assert file.study.rounding == "cents"
    assert file.to_dict()["statistics"]["rounding"] == "cents"
    assert parse_study(file.to_dict(), "s.toml", tmp_path) == file
    with pytest.raises(SpecificationError, match=r"statistics\.rounding.*did you mean 'cents'"):
        parse_study({**given, "statistics": {"rounding": "cent"}}, "s.toml", tmp_path)
    with pytest.raises(SpecificationError, match=r"statistics\.rounding.*did you mean 'cents'"):
        Rounded(rounding="cent")
