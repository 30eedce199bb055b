from __future__ import annotations

from eventstudy.news.classification.headlines import COMMON, FIGURE, NAME, read_headline, weight


def test_headline_is_read_without_its_outlet():
    read = read_headline("UPDATE 2-U.S. to tax $34bn of Chinese goods from July 6 - Reuters")
    assert read.update == 2
    assert read.places == {"us", "china"}
    assert read.figures == {("amount", 34e9)}
    assert read.dates == {"d07-06"}
    assert "reuters" not in read.words
    assert read_headline("CORRECTED-US cuts list").corrects
    assert read_headline("Opinion: tariffs do harm").kind == "opinion"


def test_synonyms_are_one_word_and_figures_one_unit():
    one = read_headline("Beijing hikes duties on American imports to 84 percent")
    other = read_headline("China raises tariffs on US goods to 84%")
    assert one.words == other.words
    assert one.figures == {("%", 84.0)}
    assert read_headline("Fed cuts by a quarter point").figures == {("bp", 25.0)}


def test_who_acts_on_whom_and_who_denies():
    headline = read_headline("China raises tariffs on US goods")
    assert (headline.actor, headline.targets) == ("china", {"us"})
    assert read_headline("White House denies tariff pause").denies
    assert read_headline("Tariffs by the US on Chinese goods").actor == "us"


def test_days_and_names():
    headline = read_headline("Acmesoft to meet Bolivar on Friday, May 2")
    assert headline.dates == {"w5", "d05-02"}
    assert headline.subject == {"acmesoft"}
    assert read_headline("Tariffs begin in April").dates == {"m04"}


def test_the_outlet_is_taken_off_by_its_name():
    assert "mill" in read_headline("Duties rise - Mill").words
    assert "mill" not in read_headline("Duties rise - Mill", "Mill").words


def test_weights_of_words():
    assert weight("84%") == FIGURE
    assert weight("acmesoft", {"acmesoft"}) == NAME
    assert weight(read_headline("tariffs").words[0]) == COMMON
    assert weight("acmesoft") == 1.0
