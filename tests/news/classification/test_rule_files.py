from __future__ import annotations

import json

import pytest
from small_news import write_rules

from eventstudy.exceptions import SourceError, SpecificationError
from eventstudy.news.classification.loading import load_rules

pytestmark = pytest.mark.fast_tests(3)


@pytest.mark.slow
def test_the_same_name_replaces_and_remove_takes_away(tmp_path, rules):
    headline = "Tariff truce extended by 90 days"
    assert rules.label(headline).category == "tariff_delay"
    name = rules.label(headline).rule
    first = write_rules(tmp_path, f'remove = ["{name}"]', "first.toml")
    assert name not in load_rules(first).names
    again = write_rules(
        tmp_path,
        f'[[rule]]\nname = "{name}"\ncategory = "deal"\nall = ["truce"]\nweight = 0.99',
        "again.toml",
    )
    assert load_rules(first, again).label(headline).category == "deal"


@pytest.mark.slow
def test_words_are_added_to_concepts_and_actors(tmp_path, rules):
    headline = "Atlantis brings a cess upon amphorae"
    assert rules.label(headline).category != "tariff_announced"
    own = load_rules(
        write_rules(
            tmp_path,
            '[actors]\nAtlantis = ["Atlant*"]\n[extend]\ntariff = ["cess"]\nimpose = ["brings"]\n',
        )
    )
    label = own.label(headline)
    assert (label.category, label.actor) == ("tariff_announced", "Atlantis")


RULE = '[[rule]]\nname = "mine"\ncategory = "deal"\nany = ["deal"]\n'


@pytest.mark.fast_cases(3)
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[ruls]", "mine.toml: unknown table 'ruls'; did you mean 'rule'?"),
        (
            RULE + "wieght = 1",
            "mine.toml [[rule]] 'mine': unknown key 'wieght'; did you mean 'weight'?",
        ),
        (
            RULE + "weight = 2",
            "mine.toml [[rule]] 'mine': weight must be a number from 0 to 1, not 2",
        ),
        (
            RULE + 'direction = "escalating"',
            "mine.toml [[rule]] 'mine': unknown direction 'escalating'; did you mean 'escalation'?",
        ),
        (
            RULE.replace('"deal"\nany', '"tarif_delay"\nany'),
            "mine.toml [[rule]] 'mine': unknown category 'tarif_delay'; did you mean "
            "'tariff_delay'?; a new one is declared by a table [category.tarif_delay]",
        ),
        (
            RULE.replace('["deal"]', '["<tarif>"]'),
            "mine.toml [[rule]] 'mine' any: '<tarif>': unknown concept <tarif>; did you mean "
            "'tariff'?",
        ),
        (
            RULE.replace('["deal"]', '["deal ..."]'),
            "mine.toml [[rule]] 'mine' any: 'deal ...' is no pattern; it begins and ends with a "
            "word or <concept>",
        ),
        (
            RULE.replace('["deal"]', '["--"]'),
            "mine.toml [[rule]] 'mine' any: '--': '--' holds no word",
        ),
        (
            RULE.replace('["deal"]', '"deal"'),
            "mine.toml [[rule]] 'mine': any must be a list of texts such as "
            """["<tariff>", "duty"], not 'deal'""",
        ),
        (
            '[[rule]]\nname = "mine"\ncategory = "deal"',
            "mine.toml [[rule]] 'mine': it needs any or all, lists of patterns",
        ),
        ('[[rule]]\ncategory = "deal"', "mine.toml [[rule]] 1: it needs a name"),
        (RULE + RULE, "mine.toml [[rule]] 'mine': the name stands twice in this file"),
        (
            '[[rule]]\nname = "mine"\nany = ["deal"]',
            "mine.toml [[rule]] 'mine': it needs a category, or reject = a reason",
        ),
        (
            '[[rule]]\nname = "mine"\ncategory = "unsure"\nany = ["deal"]',
            "mine.toml [[rule]] 'mine': category 'unsure' is an outcome, not a category",
        ),
        (
            'remove = ["retrospects"]',
            "mine.toml: remove: no rule 'retrospects'; did you mean 'retrospect'?",
        ),
        ("remove = 3", "mine.toml: remove must be a list of names of rules"),
        (
            '[extend]\ntarif = ["cess"]',
            "mine.toml [extend]: 'tarif' is neither a concept nor an actor; did you mean 'tariff'?",
        ),
        (
            '[concepts]\na = ["<b>"]\nb = ["<a>"]\n' + RULE.replace('["deal"]', '["<a>"]'),
            "mine.toml [concepts] 'b': concepts in a circle: a -> b -> a",
        ),
        ('[concepts]\nUS = ["us"]', "mine.toml [concepts]: 'US' is the name of an actor already"),
        (
            '[concepts]\ntariff = "duty"',
            "mine.toml [concepts]: 'tariff' must be a list of texts such as "
            '["<tariff>", "duty"]',
        ),
        (
            "[settings]\nthreshhold = 0.5",
            "mine.toml [settings]: unknown key 'threshhold'; did you mean 'threshold'?",
        ),
        (
            '[category.deal]\nexpected_sign = "plus"',
            "mine.toml [category.deal]: unknown expected_sign 'plus'; known: +, -, 0, mixed",
        ),
        (
            '[[modifier]]\nname = "m"\nany = ["x"]\nposition = "befor"',
            "mine.toml [[modifier]] 'm': unknown position 'befor'; did you mean 'before'?",
        ),
        (
            '[[modifier]]\nname = "m"\nany = ["x"]\nrules = ["deal reachd"]',
            "mine.toml [[modifier]] 'm': rules: no rule 'deal reachd'; did you mean "
            "'deal reached'?",
        ),
        (
            '[[modifier]]\nname = "m"\nany = ["x"]\ncategories = ["deals"]',
            "mine.toml [[modifier]] 'm': unknown category 'deals'; did you mean 'deal'?; a new "
            "one is declared by a table [category.deals]",
        ),
        (
            '[[modifier]]\nname = "m"\nany = ["x"]\ndirections = ["up"]',
            "mine.toml [[modifier]] 'm': unknown direction 'up'; known: de-escalation, "
            "escalation, neutral",
        ),
        ('[hints.deal]\nmany = ["x"]', "mine.toml [hints.deal]: 'many' must be needs, or points "
         "such as 3, 1 or -2, a whole number from -9 to 9 but not 0"),
        ('[hints.dael]\n2 = ["x"]', "mine.toml [hints.dael]: unknown category 'dael'; did you "
         "mean 'deal'?; a new one is declared by a table [category.dael]"),
        ("[category.x]\nmutual = true", "mine.toml [category.x]: mutual must be a list of two "
         "names of [actors], not True"),
        ('[category.x]\nmutual = ["India", "India"]', "mine.toml [category.x]: mutual must be a "
         "list of two names of [actors], not ['India', 'India']"),
        ('[category.x]\nmutual = ["India", "Japn"]', "mine.toml [category.x]: mutual: no actor "
         "'Japn'; did you mean 'Japan'?; a new one stands below [actors]"),
        ('[category.x]\nmutual_if = "nobody else"', "mine.toml [category.x]: mutual_if needs "
         "mutual, which is missing"),
        ('[category.x]\nmutual = ["India", "Japan"]\nmutual_if = "alone"', "mine.toml "
         "[category.x]: unknown mutual_if 'alone'; known: nobody else, side by side"),
        ('[category.x]\ngranted_by = ["India"]', "mine.toml [category.x]: granted_by needs "
         "default_actor, which is missing"),
        ('[category.x]\ngranted_by = "India"', "mine.toml [category.x]: granted_by must be a list "
         "of names of [actors], not 'India'"),
        ('[category.x]\nactor_is = "firm"', "mine.toml [category.x]: unknown actor_is 'firm'; "
         "known: company, country, court"),
        ("[settings]\nadjectives = 3", "mine.toml [settings]: adjectives must be a list of texts "
         """such as ["<tariff>", "duty"], not 3"""),
        ("rule = 3", "mine.toml: rule must be tables that begin with [[rule]]"),
        ("companies = [1]", "mine.toml: companies must be a list of texts such as "
         '["<tariff>", "duty"]'),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(tmp_path, text, message):
    with pytest.raises(SpecificationError) as caught:
        load_rules(write_rules(tmp_path, text))
    assert str(caught.value) == message


def test_a_file_that_is_no_toml(tmp_path):
    with pytest.raises(SpecificationError, match=r"^mine\.toml line 2: Invalid value$"):
        load_rules(write_rules(tmp_path, "[settings]\nthreshold ="))


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(SourceError, match="no such file"):
        load_rules(tmp_path / "none.toml")
    bad = tmp_path / "bad.toml"
    bad.write_bytes(b"[settings]\n# \xff\n")
    with pytest.raises(SourceError, match=r"^bad\.toml line 2: not UTF-8"):
        load_rules(bad)


@pytest.mark.slow
def test_the_example_in_the_comments_works(tmp_path):
    from importlib import resources

    text = (resources.files("eventstudy.news.classification") / "rules.toml").read_text("utf-8")
    begin = text.index("#   remove = [", text.index("# A complete file of one's own"))
    lines = text[begin:].split("\n\n", 1)[0].splitlines()
    own = load_rules(write_rules(tmp_path, "\n".join(line[4:] for line in lines)))
    assert own.label("Suez blocked by container ship").category == "shipping"


BREAKS = "a\x1b\x1e\x85\u2028\u202e\nb"

NAME = json.dumps(BREAKS)  # as TOML writes it, too

LONG = json.dumps("long " * 2000)


@pytest.mark.parametrize(
    "text",
    [
        f"[category.{NAME}]\ntone = 3",
        f"[category.{NAME}]\n[category.other]\nmutual = [{NAME}, {LONG}]",
        f"[hints.{NAME}]\n2 = ['x']",
        f"[hints.{LONG}]\n2 = ['x']",
        f"[hints]\n{NAME} = 3",
        f"[hints.deal]\n{LONG} = ['x']",
        f'[hints.deal]\n2 = ["<{NAME[1:-1]}>"]',
        f"[{LONG}]",
        f"remove = [{LONG}]",
        f"[settings]\nthreshold = [{LONG}, {LONG}]",
        f"[settings]\n{LONG} = 3",
        f"[[rule]]\nname = {LONG}\ncategory = {NAME}\nany = ['x']",
        f"[[rule]]\nname = 'mine'\ncategory = {LONG}\nany = ['x']",
        f"[[rule]]\nname = 'mine'\ncategory = 'deal'\nany = [{NAME}, {LONG[:-1]} ...\"]",
        f"[[modifier]]\nname = {LONG}\nrules = [{NAME}]\nany = ['x']",
        f"[category.{NAME}]\n[[rule]]\nname = 'mine'\ncategory = 'zzzzzzz'\nany = ['x']",
        f"[[rule]]\nname = {NAME}\ncategory = 'deal'\nany = ['x']\n"
        "[[modifier]]\nname = 'm'\nrules = ['zzzzzzzz']\nany = ['x']",
        f"[extend]\n{LONG} = ['x']",
        f"[actors]\n{LONG} = 3",
    ],
)
def test_names_in_a_file_of_rules_are_quoted_on_one_short_line(tmp_path, text):
    with pytest.raises(SpecificationError) as caught:
        load_rules(write_rules(tmp_path, text))
    message = str(caught.value)
    assert message.isprintable()
    assert len(message.partition("known: ")[0]) < 700


def test_a_category_in_a_reason_is_on_one_line(tmp_path):
    text = f"[[rule]]\nname = {NAME}\ncategory = {NAME}\nany = ['zig']\nweight = 0.3"
    text = f"[category.{NAME}]\n{text}"
    reason = load_rules(write_rules(tmp_path, text)).label("Zig").reason
    assert reason.startswith("at best a  b (neutral) by rule 'a")
    assert reason.isprintable()
