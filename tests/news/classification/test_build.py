"""News to events: sums of the ledger, stories, corrections, what is written."""

import itertools
import json

import pandas as pd
import pytest
from openpyxl import load_workbook

import eventstudy as es
from eventstudy.datasets.bundled import load_stories
from eventstudy.exceptions import SourceError, SpecificationError
from eventstudy.news import News
from eventstudy.news.classification import Label, classify, read_overrides
from eventstudy.news.classification.saving import build_paths, check_target, save_build

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


@pytest.mark.slow
def test_every_item_ends_somewhere_and_the_sums_add_up():
    built = classify(four())
    counts = built.counts()
    assert counts == {"event": 2, "merged": 1, "unsure": 1, "rejected": 1, "items": 5}
    assert sum(counts[name] for name in ("event", "merged", "unsure", "rejected")) == 5
    assert list(built.ledger["item_id"]) == ["A", "B", "C", "D", "E"]
    assert list(built.ledger["outcome"]) == ["event", "merged", "event", "rejected", "unsure"]
    assert len(built.events) == counts["event"] + counts["unsure"]
    assert built.to_text().startswith("5 items = 2 events + 1 merged + 1 unsure + 1 rejected")


def test_a_story_keeps_its_first_time_its_words_and_its_sources():
    event = row_of(classify(four()).events, "event_id", "A")
    assert event["published_at"] == "2025-05-02T09:00+08:00"
    assert event["headline"] == TALKS
    assert (event["category"], event["direction"]) == ("talk_signal", "de-escalation")
    assert (event["source"], event["items"], event["n_items"]) == ("Wire;Paper", "A;B", 2)
    assert event["rule"]
    assert event["words"]
    assert 0 < event["confidence"] <= 1


@pytest.mark.slow
def test_what_the_rules_cannot_tell_is_unsure_and_has_no_direction():
    event = row_of(classify(four()).events, "event_id", "E")
    assert event["category"] == "unsure"
    assert event["direction"] is None
    assert event["expected_sign"] is None


@pytest.mark.slow
def test_a_move_of_markets_is_no_event():
    lost = row_of(classify(four()).ledger, "item_id", "D")
    assert lost["outcome"] == "rejected"
    assert lost["reason"]
    assert lost["event_id"] is None


@pytest.mark.slow
def test_what_was_never_read_is_in_the_ledger_too():
    news = news_of(("A", "2025-05-02T09:00+08:00", TALKS), ("B", "2025-05-02T09:00", DUTIES))
    built = classify(news)
    assert built.counts() == {"event": 1, "merged": 0, "unsure": 0, "rejected": 1, "items": 2}
    assert "offset" in row_of(built.ledger, "item_id", "B")["reason"]


@pytest.mark.slow
def test_built_events_are_events_of_a_study():
    events = classify(four()).to_events()
    assert len(events) == 3
    assert events.frame["published_at"].notna().all()


@pytest.mark.slow
def test_without_merging_every_item_is_its_own_event():
    built = classify(four(), merge=False)
    assert built.counts()["merged"] == 0
    assert built.counts()["event"] == 3


def test_a_classifier_is_one_function():
    def mine(headline, _text):
        return Label(
            category="deal",
            actor="US",
            target="China",
            direction="de-escalation",
            expected_sign="+",
            rule="mine",
            words=headline[:4],
            confidence=0.7,
            outcome="event",
            reason=None,
        )

    built = classify(four(), classifier=mine, merge=False)
    assert set(built.events["category"]) == {"deal"}
    assert set(built.events["rule"]) == {"mine"}
    with pytest.raises(SpecificationError, match="must return a Label"):
        classify(four(), classifier=lambda *_: "deal")


@pytest.mark.slow
def test_what_a_text_tells_as_background_is_no_event():
    built = classify(four_with_claims())
    lost = row_of(built.ledger, "item_id", "C")
    assert lost["outcome"] == "rejected"
    assert lost["reason"] == "the text tells it as background, not as an event of its time"


def test_a_reason_quotes_the_news_on_one_line():
    news = news_of(("A", "2025-05-02T09:00Z", TALKS), claim_type=["a\x1e\u2028b" + " long" * 99])
    (reason,) = classify(news, classifier=lambda *_: Label(category="deal")).ledger["reason"]
    assert reason.startswith("the text tells it as a b long long")
    assert reason.endswith("…, not as an event of its time")
    assert reason.isprintable()
    with pytest.raises(SpecificationError) as caught:
        classify(news_of(("A", "2025-05-02T09:00Z", "x" * 400)), classifier=lambda *_: "deal")
    assert len(str(caught.value)) < 200


def four_with_claims():
    return news_of(
        ("A", "2025-05-02T09:00+08:00", TALKS),
        ("C", "2025-05-02T15:00-04:00", DUTIES),
        claim_type=["event", "background"],
    )


# -- corrections ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_correction_wins_and_says_so(tmp_path):
    fixes = fixes_of(
        tmp_path,
        ("E", "category", "personnel", "a baker is named minister"),
        ("E", "direction", "neutral", ""),
        ("A", "direction", "neutral", ""),
        ("C", "outcome", "rejected", "known before"),
        ("gone", "category", "deal", ""),
    )
    built = classify(four(), overrides=fixes)
    event = row_of(built.events, "event_id", "E")
    assert (event["category"], event["direction"]) == ("personnel", "neutral")
    assert (event["rule"], event["confidence"]) == ("override", 1.0)
    assert row_of(built.events, "event_id", "A")["direction"] == "neutral"
    assert row_of(built.events, "event_id", "A")["rule"] != "override"
    assert "C" not in set(built.events["event_id"])
    ledger = row_of(built.ledger, "item_id", "C")
    assert (ledger["outcome"], ledger["reason"]) == ("rejected", "rejected by hand")
    assert ledger["override"] == "outcome = rejected (known before)"
    assert built.unused == (
        "events.overrides.csv row 6: no item 'gone' was read; its category is corrected when it "
        "is there again",
    )


@pytest.mark.slow
def test_a_rejected_item_can_be_called_an_event(tmp_path):
    fixes = fixes_of(tmp_path, ("D", "category", "macro_data", ""))
    assert row_of(classify(four(), overrides=fixes).ledger, "item_id", "D")["outcome"] == "event"
    fixes = fixes_of(tmp_path, ("E", "outcome", "event", "an event of what kind?"))
    assert row_of(classify(four(), overrides=fixes).ledger, "item_id", "E")["outcome"] == "unsure"


def test_stories_can_be_joined_and_kept_apart(tmp_path):
    apart = classify(four(), overrides=fixes_of(tmp_path, ("B", "merge_into", "alone", "")))
    assert apart.counts()["merged"] == 0
    joined = classify(four(), overrides=fixes_of(tmp_path, ("C", "merge_into", "B", "")))
    assert row_of(joined.events, "event_id", "A")["items"] == "A;B;C"
    assert row_of(joined.ledger, "item_id", "C")["outcome"] == "merged"
    apart = classify(four(), overrides=fixes_of(tmp_path, ("C", "merge_into", "Z", "")))
    assert row_of(apart.ledger, "item_id", "C")["outcome"] == "event"
    assert apart.unused == (
        "events.overrides.csv row 2: item 'C' is not merged: no item 'Z' was read",
    )
    same = classify(four(), overrides=fixes_of(tmp_path, ("A", "merge_into", "B", "")))
    assert row_of(same.events, "event_id", "A")["items"] == "A;B"
    with pytest.raises(SpecificationError, match="which is rejected"):
        classify(four(), overrides=fixes_of(tmp_path, ("C", "merge_into", "D", "")))


@pytest.mark.slow
def test_a_corrected_time_moves_the_event(tmp_path):
    fixes = fixes_of(
        tmp_path,
        ("C", "published_at", "2025-05-03T01:00+08:00", ""),
        ("C", "precision", "approx", ""),
    )
    event = row_of(classify(four(), overrides=fixes).to_events().frame, "event_id", "C")
    assert event["published_at"] == pd.Timestamp("2025-05-02T17:00Z")
    assert event["precision"] == "approx"
    assert event["date"] == pd.Timestamp("2025-05-03")


def test_a_rejected_item_can_be_merged_by_hand(tmp_path):
    built = classify(four(), overrides=fixes_of(tmp_path, ("D", "merge_into", "A", "")))
    assert row_of(built.events, "event_id", "A")["items"] == "A;B;D"
    assert row_of(built.ledger, "item_id", "D")["outcome"] == "merged"
    assert built.counts()["rejected"] == 0


@pytest.mark.slow
def test_a_first_item_merged_into_its_own_update_leaves_no_circle(tmp_path):
    raises = "China raises tariffs on US goods to {}%"
    news = news_of(
        ("A", "2025-04-09T11:05Z", raises.format(84)),
        ("B", "2025-04-09T18:05Z", raises.format(125)),
        ("C", "2025-04-09T20:05Z", "CORRECTED: " + raises.format(125)),
    )
    follows = classify(news).events.set_index("event_id")["follows"]
    assert (follows["B"], follows["C"]) == ("A", "B")
    for into, left in [("B", {"C": "B"}), ("C", {"B": "C"})]:
        built = classify(news, overrides=fixes_of(tmp_path, ("A", "merge_into", into, "")))
        follows = built.events.set_index("event_id")["follows"].dropna()
        assert follows.to_dict() == left


@pytest.mark.slow
def test_a_direction_by_hand_stays_and_a_guess_does_not(tmp_path):
    fixes = fixes_of(tmp_path, ("E", "direction", "escalation", ""), ("D", "category", "deal", ""))
    built = classify(four(), overrides=fixes)
    told = row_of(built.events, "event_id", "E")
    assert (told["category"], told["direction"]) == ("unsure", "escalation")
    told = row_of(built.events, "event_id", "D")  # what rejected it said neutral
    assert (told["category"], told["direction"], told["words"]) == ("deal", None, None)


@pytest.mark.slow
def test_what_rejects_an_item_is_no_category_of_an_event(tmp_path):
    built = classify(four(), overrides=fixes_of(tmp_path, ("D", "outcome", "event", "")))
    told = row_of(built.ledger, "item_id", "D")
    assert (told["outcome"], told["category"]) == ("unsure", "unsure")
    assert told["reason"] == "an event by hand, but of no category; correct category, too"
    built = classify(four(), overrides=fixes_of(tmp_path, ("C", "category", "unsure", "")))
    assert row_of(built.ledger, "item_id", "C")["outcome"] == "unsure"
    assert row_of(built.events, "event_id", "C")["direction"] is None
    claims = fixes_of(tmp_path, ("C", "outcome", "event", "it was new"))
    told = row_of(classify(four_with_claims(), overrides=claims).events, "event_id", "C")
    assert (told["category"], told["direction"]) == ("tariff_announced", "escalation")


@pytest.mark.slow
def test_a_date_by_hand_does_not_stand_beside_another_time(tmp_path):
    day = ("C", "date", "2025-05-01", "")
    with pytest.raises(SpecificationError, match="which wins over the date 2025-05-01"):
        classify(four(), overrides=fixes_of(tmp_path, day))
    built = classify(four(), overrides=fixes_of(tmp_path, day, ("C", "published_at", "", "")))
    event = row_of(built.events, "event_id", "C")
    assert (event["published_at"], event["date"]) == (None, "2025-05-01")
    assert event["precision"] == "day"


@pytest.mark.slow
def test_a_correction_of_what_could_not_be_read_is_told(tmp_path):
    news = news_of(("A", "2025-05-02T09:00+08:00", TALKS), ("B", "2025-05-02T09:00", DUTIES))
    fixes = fixes_of(tmp_path, ("B", "published_at", "2025-05-02T09:00+08:00", ""))
    assert classify(news, overrides=fixes).unused == (
        "events.overrides.csv row 2: item 'B' could not be read; mend it where it comes from",
    )


@pytest.mark.slow
def test_columns_of_the_news_keep_clear_of_ours():
    news = four()
    frame = news.frame.assign(category="mine", words="w", items="i", of="o", desk="Asia")
    built = classify(News.from_frame(frame, name="test.csv"))
    assert row_of(built.events, "event_id", "A")["category"] == "talk_signal"
    given = built.events[["category_given", "words_given", "items_given", "of_given", "desk"]]
    assert list(given.iloc[0]) == ["mine", "w", "i", "o", "Asia"]


@pytest.mark.slow
def test_names_with_semicolons_stay_apart(tmp_path):
    news = news_of(("x;1", "2025-05-02T09:00+08:00", TALKS), ("x,1", "2025-05-02T15:00Z", DUTIES))
    fixes = fixes_of(tmp_path, ("x;1", "direction", "neutral", ""))
    built = classify(news, overrides=fixes)
    assert list(built.events["event_id"]) == ["x,1", "x,1#2"]
    assert list(built.events["direction"]) == ["neutral", "escalation"]
    assert built.unused == ()
    assert len(built.to_events()) == 2


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("split", ["tuning", "held_out"])
def test_stories_are_found_whatever_the_labels(split):
    stories = load_stories()
    stories = stories[stories["split"] == split]
    frame = stories.drop(columns=["story", "relation", "split"])
    ledger = classify(News.from_frame(frame, name="stories.csv")).ledger
    kept = ledger[ledger["outcome"] != "rejected"]
    same = stories[stories["relation"] == "same"]

    def pairs(items, column):
        groups = (sorted(group) for _, group in items.groupby(column)["item_id"])
        return {pair for group in groups for pair in itertools.combinations(group, 2)}

    true, said = pairs(same, "story"), pairs(kept, "event_id")
    assert len(true & said) / len(said) >= 0.95
    assert len(true & said) / len(true) >= 0.8


# -- files ---------------------------------------------------------------------------------------


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


@pytest.mark.slow
def test_the_command_writes_events_ledger_and_record(run, tmp_path):
    out, code, said, err = build(run, tmp_path)
    assert (code, err) == (0, "")
    assert "3 items = 2 events + 1 merged + 0 unsure + 0 rejected" in said
    assert all(len(line) <= 80 for line in said.splitlines() if str(tmp_path) not in line)
    ledger = pd.read_csv(tmp_path / "events.ledger.csv")
    assert list(ledger["outcome"]) == ["event", "merged", "event"]
    record = json.loads((tmp_path / "events.build.json").read_text(encoding="utf-8"))
    assert record["counts"]["items"] == 3
    assert record["inputs"][0]["name"] == "news.csv"
    assert run("events", "check", out)[0] == 0


@pytest.mark.slow
def test_nothing_in_the_files_is_run_by_a_spreadsheet(run, tmp_path):
    out, code, said, _ = build(run, tmp_path)
    assert code == 0
    assert "made harmless" in said
    headline = es.read_events(out).frame["headline"].iloc[1]
    assert headline.startswith("'=cmd()")
    book = tmp_path / "events.xlsx"
    assert run("events", "build", tmp_path / "news.csv", "-o", book)[0] == 0
    cells = [cell for row in load_workbook(book).active.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    assert any(str(cell.value).startswith("=cmd()") for cell in cells)


def test_corrections_survive_a_rebuild(run, tmp_path):
    out, code, _, _ = build(run, tmp_path)
    fixes = tmp_path / "events.overrides.csv"
    text = "item_id,field,value,why\nC,category,tariff_threat,only said\nZ,category,deal,\n"
    fixes.write_text(text, encoding="utf-8")
    for _ in range(2):
        _, code, _, err = build(run, tmp_path)
        assert code == 0
        assert "no item 'Z' was read" in err
        assert fixes.read_text(encoding="utf-8") == text
        frame = es.read_events(out).frame
        assert row_of(frame, "event_id", "C")["category"] == "tariff_threat"


@pytest.mark.slow
def test_a_build_edited_by_hand_is_not_replaced(run, tmp_path):
    out, code, _, _ = build(run, tmp_path)
    out.write_text(out.read_text(encoding="utf-8").replace("talk_signal", "deal"), encoding="utf-8")
    edited = out.read_bytes()
    _, code, _, err = build(run, tmp_path)
    assert code == 2
    assert "was changed since it was built" in err
    assert out.read_bytes() == edited
    assert build(run, tmp_path, "--force")[1] == 0
    assert out.read_bytes() != edited


def test_somebody_elses_file_is_not_replaced(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text("event_id,date\nE1,2025-05-02\n", encoding="utf-8")
    with pytest.raises(SourceError, match="no build of news wrote it"):
        check_target(build_paths(path))
    with pytest.raises(SourceError, match="among the files to be read"):
        check_target(build_paths(path), force=True, inputs=[path])
    for name in ("news.ledger.csv", "news.build.json"):
        own = tmp_path / name
        own.write_text("mine", encoding="utf-8")
        with pytest.raises(SourceError, match=f"{name}: is there already and no build"):
            check_target(build_paths(tmp_path / "news.csv"))
        own.unlink()
    with pytest.raises(SourceError, match="no such folder"):
        check_target(build_paths(tmp_path / "there" / "events.csv"))
    with pytest.raises(SourceError, match="lies in the folder of news"):
        check_target(build_paths(tmp_path / "new.csv"), inputs=[tmp_path])


@pytest.mark.parametrize("name", ["events.json", "events.tsv", "events", ""])
def test_events_are_written_as_csv_or_xlsx(name):
    with pytest.raises(SourceError, match="are written as csv or xlsx"):
        build_paths(name)


@pytest.mark.parametrize("option", ["--rules", "--overrides"])
def test_rules_and_corrections_are_not_written_over(run, tmp_path, option):
    news, own = write_news(tmp_path), tmp_path / "own.csv"
    own.write_text("mine", encoding="utf-8")
    code, _, err = run("events", "build", news, option, own, "-o", own, "--force")
    assert code == 2
    assert "own.csv: is among the files to be read" in err
    assert own.read_text(encoding="utf-8") == "mine"


@pytest.mark.slow
def test_a_workbook_beside_the_csv_is_a_build_of_its_own(run, tmp_path):
    assert build(run, tmp_path)[1] == 0
    book = tmp_path / "events.xlsx"
    for _ in range(2):
        assert run("events", "build", tmp_path / "news.csv", "-o", book)[0] == 0
    assert build(run, tmp_path)[1] == 0


@pytest.mark.slow
def test_a_build_in_a_notebook_is_saved_as_well(tmp_path):
    paths = build_paths(tmp_path / "mine.csv")
    assert save_build(classify(four()), paths, settings={}) == []
    assert len(es.read_events(paths.events)) == 3


@pytest.mark.slow
def test_a_build_to_stdout_writes_nothing(run, tmp_path):
    code, out, _ = run("events", "build", write_news(tmp_path), "-o", "-")
    assert code == 0
    assert out.startswith("event_id,published_at,date,timezone,precision,headline,category")
    assert {path.name for path in tmp_path.iterdir()} == {"news.csv"}


def test_a_classifier_of_ones_own_from_the_command_line(run, tmp_path, monkeypatch):
    (tmp_path / "mine_for_test.py").write_text(
        "from eventstudy.news.classification import Label\n"
        "def label(headline, text):\n"
        "    return Label(category='deal', actor='US', target='n/a', direction='neutral',\n"
        "        expected_sign='0', rule='mine', words='', confidence=1.0, outcome='event',\n"
        "        reason=None)\n",
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    out, code, _, err = build(run, tmp_path, "--classifier", "mine_for_test:label", "--no-merge")
    assert (code, err) == (0, "")
    assert set(es.read_events(out).frame["category"]) == {"deal"}
    for wrong, said in [
        ("mine_for_test", "write module:function"),
        ("mine_for_test:labl", "has no function 'labl'"),
        ("no_such_module_here:label", "No module named"),
    ]:
        _, code, _, err = build(run, tmp_path, "--classifier", wrong)
        assert (code, err.count("\n")) == (2, 1)
        assert said in err
