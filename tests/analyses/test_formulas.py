"""Formulas: what may stand in one, what they give, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eventstudy.analyses.formulas import formula_terms, read_formula
from eventstudy.exceptions import SpecificationError

FRAME = pd.DataFrame(
    {
        "surprise": [0.5, -1.0, 2.0, 0.0, 1.5, -0.5],
        "level": [1.0, 2.0, 3.0, 1.0, 2.0, 3.0],
        "after": ["no", "yes", "no", "yes", "no", "yes"],
        "odd name": [1.0, 2.0, 4.0, 8.0, 16.0, 32.0],
    }
)


def terms(text):
    return formula_terms(read_formula(text), FRAME)


@pytest.mark.parametrize(
    ("text", "columns", "absorbed"),
    [
        ("car ~ surprise*after + I(surprise**2) | security", ("surprise", "after"), ("security",)),
        ("~ log(`odd name`) + `odd name`", ("odd name",), ()),
        ("car ~ x | a + C(b) + `odd name`", ("x",), ("a", "b", "odd name")),
        ("car ~ bs(x, df=4, include_intercept=False)", ("x",), ()),
        ("car ~ C(x, contr.treatment('low'))", ("x",), ()),
        ("car ~ {x / y}", ("x", "y"), ()),
        ("car ~ (a + b)**2 - a", ("b", "a"), ()),
    ],
)
def test_columns_of_a_formula(text, columns, absorbed):
    formula = read_formula(text)
    assert set(formula.columns) == set(columns)
    assert formula.absorbed == absorbed


def test_values_are_those_written_out():
    got = terms("car ~ surprise*after + I(surprise**2) + log(`odd name`) + sqrt(abs(surprise))")
    u = FRAME["surprise"].to_numpy()
    d = (FRAME["after"] == "yes").to_numpy(dtype=float)
    expected = {
        "constant": np.ones(6), "surprise": u, "after[yes]": d, "surprise:after[yes]": u * d,
        "I(surprise ** 2)": u**2, "log(`odd name`)": np.log(FRAME["odd name"]),
        "sqrt(abs(surprise))": np.sqrt(np.abs(u)),
    }  # fmt: skip
    assert set(got.names) == set(expected)
    for name, column in zip(got.names, got.values.T, strict=True):
        assert column == pytest.approx(np.asarray(expected[name]), abs=1e-12)
    assert got.bases == ["base level after[no]"]


def test_levels_are_named_as_without_a_formula():
    got = terms("car ~ C(level, contr.treatment(base=2)) + C(after):surprise")
    assert got.names == [
        "constant", "level[1]", "level[3]", "after[no]:surprise", "after[yes]:surprise",
    ]  # fmt: skip
    assert "base level level[2]" in got.bases


def test_other_rows_take_means_and_levels_of_the_first():
    got = terms("car ~ center(surprise) + after")
    other = got.at(pd.DataFrame({"surprise": [3.0], "after": ["yes"]}))
    assert other[0] == pytest.approx([1.0, 3.0 - FRAME["surprise"].mean(), 1.0])


def test_what_has_no_finite_value_is_nan_and_warns_of_nothing():
    values = terms("car ~ log(surprise)").values[:, 1]
    assert np.isnan(values).tolist() == [False, True, False, True, False, True]


@pytest.mark.parametrize(
    "text",
    [
        "car ~ __import__('os').system('true')",
        "car ~ I(__import__('os').getcwd())",
        "car ~ surprise.mean()",
        "car ~ I(surprise.values)",
        "car ~ np.log(surprise)",
        "car ~ open('notes.txt')",
        "car ~ eval('1')",
        "car ~ I(surprise[0])",
        "car ~ I((lambda: 1)())",
        "car ~ I([x for x in surprise])",
        "car ~ I(surprise if after else 1)",
        "car ~ I((y := surprise))",
        "car ~ C(after, open('notes.txt'))",
        "car ~ C(after, contr.__class__)",
        "car ~ C(after, contr.custom([[1]]))",
        "car ~ log('text')",
        "car ~ {().__class__}",
        "car ~ I(f'{surprise}')",
        "car ~ I(surprise**9**9)",
        "car ~ I(2**10000000000)",
        "car ~ poly(surprise, 10000000)",
        "car ~ bs(surprise, df=after)",
        "car ~ (surprise + after)**99",
        "car ~ ((surprise + after)**4 + (level)**4)**4",
        "car ~ (surprise + after)**(99)",
        "car ~ [a + b + c + d + e + f + g + h]**9",
        "car ~ ((a + b + c + d + e + f + g + h)**3)**3",
        "car ~ (a*b*c*d*e*f*g*h)**4",
        "car ~ " + ":".join(f"(a{n} + b{n} + c{n} + d{n} + e{n} + f{n} + g{n})" for n in range(9)),
        "car ~ a*b*c*d*e*f*g*h*i*j*k*l*m",
        "car ~ surprise~after",
        "car ~ (surprise",
        "car ~ [surprise ~ after]",
        "car ~ .",
        "car ~ 1",
        "car ~ ",
        "car ~ " + "surprise + " * 200 + "after",
        "car ~ surprise | security | after",
        "car ~ surprise | security*after",
        "car ~ surprise |",
        "return ~ surprise",
        "car ~ I()",
        "car ~ C(after, '`', open('notes.txt'), '`')",
        'car ~ bs(surprise, 4, "`", open("notes.txt"), "`")',
        "car ~ {I(surprise, '`', open('notes.txt'), '`')}",
        "car ~ C(after, '\\\\', open('notes.txt'), '`', '`')",
        "car ~ C(after, 'a', `'`, open('notes.txt'), `'`)",
    ],
)
def test_what_is_no_formula_of_columns_is_refused_before_anything_is_evaluated(text):
    with pytest.raises(SpecificationError):
        formula_terms(read_formula(text), FRAME.drop(columns=["odd name"]).assign(level="x"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("car ~ lgo(surprise)", r"'lgo\(surprise\)': lgo is no function .*did you mean 'log'"),
        ("car ~ surprise.mean()", r"surprise\.mean is no function of a formula; there is C, I"),
        ("car ~ I(surprise[0])", r"surprise\[0\] is neither column, number, operator nor function"),
        ("car ~ I(surprise**99)", "a power is 10 at the most"),
        ("car ~ poly(surprise, 1000)", "1000 is no setting of poly; it takes numbers up to 100"),
        ("car ~ a*b*c*d*e*f*g*h*i*j*k*l", "more terms than a regression can hold"),
        ("bhar ~ surprise*after", "starts with 'car ~', not 'bhar'"),
        ("car ~ surprise | a*b", r"after \| stand columns joined by \+"),
    ],
)
def test_the_message_names_the_term(text, message):
    with pytest.raises(SpecificationError, match=message) as caught:
        read_formula(text)
    assert caught.value.key == "cross_section.columns"


def test_text_in_a_function_of_numbers_is_told():
    with pytest.raises(SpecificationError, match="after holds texts, which are categories"):
        terms("car ~ log(after)")
    with pytest.raises(
        SpecificationError, match=r"every pair has after\[no\], so 'after' explains"
    ):
        formula_terms(read_formula("car ~ after*surprise"), FRAME.assign(after="no"))


@pytest.mark.parametrize("text", ["car ~ I(3)", "car ~ I(2 * 3) + 1", "car ~ {4}"])
def test_a_formula_of_constants_names_no_column(text):
    with pytest.raises(SpecificationError, match="it names no column"):
        read_formula(text)
