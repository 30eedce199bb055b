"""The built-in rules, with files of one's own on top."""

from __future__ import annotations

from small_news import write_rules

from eventstudy.news.classification.loading import load_rules


def test_only_rules_of_other_files_are_ones_own(tmp_path):
    assert load_rules().own == frozenset()
    mine = write_rules(
        tmp_path,
        '[[rule]]\nname = "mine"\ncategory = "deal"\nany = ["handclasp"]\nweight = 0.9\n',
    )
    rules = load_rules(mine)
    assert rules.own == {"mine"}
    label = rules.guess("Handclasp in Rome")
    assert label.rule is not None
    assert rules.is_own(label.rule)
    assert not rules.is_own(rules.guess("US delays tariffs by 90 days").rule or "")


def test_concepts_have_the_same_names_with_rules_of_ones_own(tmp_path):
    mine = write_rules(tmp_path, '[concepts]\nstrait = ["Hormuz"]\n[extend]\ntariff = ["cess"]\n')
    headline = "US lifts tariffs on steel from Canada"
    assert load_rules(mine).names_in(headline)[1] == load_rules().names_in(headline)[1]


def test_a_table_changed_by_one_is_not_changed_for_others():
    load_rules().categories["deal"]["direction"] = "escalation"
    assert load_rules().categories["deal"]["direction"] == "de-escalation"
