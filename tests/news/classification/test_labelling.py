from __future__ import annotations

import pandas as pd
import pytest

from eventstudy.datasets.bundled import load_headlines
from eventstudy.exceptions import SpecificationError
from eventstudy.execution import Execution
from eventstudy.execution.workers import SERIAL
from eventstudy.io.progress import no_progress
from eventstudy.news import News
from eventstudy.news.classification import build, labelling
from eventstudy.news.classification.blend import load_classifier
from eventstudy.news.classification.build import classify
from eventstudy.news.classification.label import Label
from eventstudy.news.classification.labelling import labelled


def items_of(*headlines, text=None):
    cells = {"headline": list(headlines), "text": text or [None] * len(headlines)}
    return pd.DataFrame(cells, dtype=object)


def test_rows_are_the_labels_of_each_item_in_their_order():
    label = load_classifier().label
    headlines = [*load_headlines()["headline"].head(12), None]
    frame = labelled(items_of(*headlines), label, SERIAL, no_progress)
    one_by_one = [label(headline or "", "") for headline in headlines]
    for name in frame:
        assert frame[name].tolist() == [getattr(one, name) for one in one_by_one]
        assert frame[name].dtype == object
    assert frame["agrees"].iloc[0] in (True, False)
    assert labelled(items_of(), label, SERIAL, no_progress).empty


def test_a_classifier_of_ours_is_asked_once_for_the_same_words(monkeypatch):
    asked = []
    classifier = load_classifier()
    inner = type(classifier).label

    def counted(self, headline, text=""):
        asked.append((headline, text))
        return inner(self, headline, text)

    monkeypatch.setattr(type(classifier), "label", counted)
    items = items_of("US cuts duty", "US ends ban", "US cuts duty", "US cuts duty")
    items.loc[3, "text"] = "Talks go on."
    frame = labelled(items, classifier.label, SERIAL, no_progress)
    assert asked == [("US cuts duty", ""), ("US ends ban", ""), ("US cuts duty", "Talks go on.")]
    assert frame.iloc[0].tolist() == frame.iloc[2].tolist()


def test_a_function_of_the_user_is_asked_for_every_item_here():
    asked = []

    def label(headline, text):
        asked.append(headline)
        return Label(category="deal", confidence=1, words=f"{len(asked)}")

    frame = labelled(items_of("a", "b", "a"), label, None, no_progress)
    assert asked == ["a", "b", "a"]
    assert frame["words"].tolist() == ["1", "2", "3"]
    with pytest.raises(SpecificationError, match="the classifier returned int"):
        labelled(items_of("a"), lambda _, __: 3, SERIAL, no_progress)


def test_progress_counts_items(monkeypatch):
    monkeypatch.setattr(labelling, "_AT_ONCE", 2)
    said = []
    label = load_classifier().label
    labelled(items_of(*"abcde"), label, SERIAL, lambda *step: said.append(step))
    assert said == [("reading headlines", done, 5) for done in (0, 2, 4, 5)]


@pytest.mark.slow
def test_processes_change_nothing(monkeypatch):
    headlines = load_headlines()["headline"].head(300)
    when = pd.date_range("2025-04-02", periods=300, freq="20min", tz="UTC")
    frame = pd.DataFrame({"published_at": when, "headline": [*headlines[:200], *headlines[:100]]})
    news = News.from_frame(frame)
    monkeypatch.setattr(labelling, "_AT_ONCE", 40)
    monkeypatch.setattr("eventstudy.news.classification.duplicate_candidates._BLOCK", 50)
    one = classify(news)
    several = classify(news, execution=Execution(jobs=2))
    pd.testing.assert_frame_equal(several.events, one.events, check_exact=True)
    pd.testing.assert_frame_equal(several.ledger, one.ledger, check_exact=True)
    assert build.EventBuild.counts(one) == several.counts()
