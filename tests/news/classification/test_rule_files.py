from __future__ import annotations

import json

import pytest

from eventstudy.exceptions import SpecificationError
from eventstudy.news.classification.rules import load_rules


def write(folder, text, name="mine.toml"):
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


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
        load_rules(write(tmp_path, text))
    message = str(caught.value)
    assert message.isprintable()
    assert len(message.partition("known: ")[0]) < 700


def test_a_category_in_a_reason_is_on_one_line(tmp_path):
    text = f"[[rule]]\nname = {NAME}\ncategory = {NAME}\nany = ['zig']\nweight = 0.3"
    text = f"[category.{NAME}]\n{text}"
    reason = load_rules(write(tmp_path, text)).label("Zig").reason
    assert reason.startswith("at best a  b (neutral) by rule 'a")
    assert reason.isprintable()
