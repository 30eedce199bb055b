from __future__ import annotations

import pytest
from small_news import write_rules

from eventstudy.news.classification.loading import load_rules

pytestmark = pytest.mark.fast_tests(3)


@pytest.mark.parametrize(
    ("headline", "actor", "target"),
    [
        ("Chinese ministry bans sales of gallium to US", "China", "US"),
        ("Brazilian coffee spared by US", "US", "Brazil"),
        ("Trump and Xi speak by phone", "both", "both"),
        ("Peru wins waiver from steel tariff", "US", "Peru"),
        ("Canadian court blocks order against Huawei", "Canada", "China"),
        ("Asian shares slide on tariff fears", "n/a", "n/a"),
        ("Toyota warns of $3 bln hit from car tariffs", "Toyota", "n/a"),
        ("Acmesoft cuts profit outlook", "Acmesoft", "n/a"),
        ("Ottawa retaliates with levies on bourbon", "Canada", "US"),
    ],
)
def test_who_acts_and_who_is_hit(rules, headline, actor, target):
    label = rules.label(headline)
    assert (label.actor, label.target) == (actor, target), label


def parties(tmp_path, keys, headline):
    text = (
        f"[category.natural_disaster]\n{keys}\n"
        '[[rule]]\nname = "mine"\ncategory = "natural_disaster"\nany = ["flood", "zig"]\n'
        "weight = 1.0\n"
    )
    label = load_rules(write_rules(tmp_path, text)).label(headline)
    assert label.category == "natural_disaster", label
    return label.actor, label.target


def test_a_category_that_names_no_country_gets_none(tmp_path):
    headline = "Flood damage to Indian exports"
    assert parties(tmp_path, "", headline) == ("global", "India")
    assert parties(tmp_path, "", "Flood") == ("global", "global")
    assert parties(tmp_path, 'default_actor = "n/a"', headline) == ("n/a", "India")


TWO = 'mutual = ["India", "Japan"]\n'


@pytest.mark.parametrize(
    ("keys", "headline", "actor", "target"),
    [
        ("", "France, Germany zig", "EU", "global"),
        ("", "India, Japan zig", "India", "Japan"),
        (TWO, "India, Japan zig", "both", "both"),
        (TWO, "Zig by Modi and Ishiba", "both", "both"),
        (TWO, "India, Brazil zig", "India", "Brazil"),
        (TWO, "US, China zig", "US", "China"),
        (TWO, "India says zig is for Japan", "India", "Japan"),
        (TWO, "India says zig", "India", "global"),
        (TWO + 'mutual_if = "nobody else"', "India says zig", "both", "both"),
        (TWO + 'mutual_if = "nobody else"', "Zig", "both", "both"),
        (TWO + 'mutual_if = "nobody else"', "Peru says zig in India", "Peru", "India"),
        ('default_actor = "India"', "Peru wins zig", "Peru", "global"),
        ('default_actor = "India"\ngranted_by = ["India"]', "Peru wins zig", "India", "Peru"),
        (
            'default_actor = "India"\ngranted_by = ["India", "Peru"]',
            "Peru wins zig",
            "Peru",
            "global",
        ),
        ("", "Toyota and US zig", "US", "global"),
        ('actor_is = "company"', "Toyota and US zig", "Toyota", "n/a"),
        ('actor_is = "court"', "US zig in Canadian court", "Canada", "US"),
        ('actor_is = "country"', "US zig in Canadian court", "US", "Canada"),
    ],
)
def test_keys_of_a_category_say_who_acts(tmp_path, keys, headline, actor, target):
    assert parties(tmp_path, keys, headline) == (actor, target)


def test_endings_of_adjectives_may_be_changed(tmp_path):
    headline = "Indian tea zig"
    assert parties(tmp_path, "", headline) == ("global", "India")
    ending = 'about = "x"\n[settings]\nadjectives = ["ish"]'
    assert parties(tmp_path, ending, headline) == ("India", "global")
