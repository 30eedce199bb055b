"""A JSON text cut into the items of one of its arrays."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy.exceptions import SchemaError
from eventstudy.news.readers import json_pieces
from eventstudy.news.readers.json_pieces import layout_of, pieces_of, split_again

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


def cut(text, path=()):
    return [(piece.text.strip(), piece.kind) for piece in pieces_of(io.StringIO(text), path)]


@given(st.lists(VALUES, max_size=6), st.sampled_from([None, 1]), st.sampled_from([1, 3, 1000]))
def test_every_item_of_an_array_is_cut_out_whole(values, indent, chunk):
    text = json.dumps(values, indent=indent)
    before, json_pieces._CHUNK = json_pieces._CHUNK, chunk
    try:
        pieces = cut(text)
        inside = cut(json.dumps({"a": {"b": values}, "c": 1}), ("a", "b"))
    finally:
        json_pieces._CHUNK = before
    assert [json.loads(item) for item, _ in pieces] == values
    assert [json.loads(item) for item, _ in inside] == values
    assert {kind for _, kind in pieces + inside} <= {"item"}


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ('[{"a": 1}, 5, {"b": 2', [('{"a": 1}', "item"), ("5", "item"), ('{"b": 2', "torn")]),
        ("[1][2]", [("1", "item"), ("2", "item")]),
        ("[1] x", [("1", "item"), ("x", "after")]),
        ('[{"a": [1}, {"b": 2}]', [('{"a": [1}', "item"), ('{"b": 2}', "item")]),
        ('[{"a": 1]}, 2]', [('{"a": 1]}', "item"), ("2", "item")]),
        ('[{"a": "]}"}, {"b": "\\"}"}]', [('{"a": "]}"}', "item"), ('{"b": "\\"}"}', "item")]),
    ],
)
def test_a_wrong_bracket_spoils_one_item_at_most(text, pieces):
    assert cut(text) == pieces


def test_a_text_may_be_one_item():
    assert cut(' {"a": {"b": [1]}} ', None) == [('{"a": {"b": [1]}}', "item")]


def test_the_layout_names_keys_and_arrays():
    layout = layout_of(io.StringIO('{"a": 1, "b": {"c": [{}, {"x": [{}]}, 3], "d": []}}'))
    assert layout.keys == {"a", "b"}
    assert layout.arrays == {("b", "c"): 2, ("b", "d"): 0}
    assert not layout.is_torn
    assert layout_of(io.StringIO('{"a": [')).is_torn
    assert layout_of(io.StringIO('{["a": [{}]]}')).arrays == {}
    deep = layout_of(io.StringIO('{"a": [], "b": {"c": {"d": {"e": [{}]}}}}'))
    assert deep.arrays == {("a",): 0}
    assert layout_of(io.StringIO(" [1]")).head == "[1]"


def test_items_that_were_cut_as_one_are_split_at_their_first_key():
    text = '{"id": 1, "t": "5" x"}, {"id": 2, "t": "y"}'
    assert split_again(text) == ['{"id": 1, "t": "5" x"}', ' {"id": 2, "t": "y"}']
    assert split_again("no object") == ["no object"]


def test_a_quotation_that_never_ends_is_an_error(monkeypatch):
    monkeypatch.setattr(json_pieces, "_LONGEST_ITEM", 1000)
    with pytest.raises(SchemaError, match="a quotation never ends"):
        cut('[{"a": "' + "x" * 200_000)
