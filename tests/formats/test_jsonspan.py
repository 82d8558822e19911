"""Values found in JSON text, and strings changed in it."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from despin.formats.jsonspan import splice_string, value_span
from despin.report import Edit, Report

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)


@given(st.dictionaries(st.text(), VALUES, min_size=1), st.booleans(), st.sampled_from([None, 2]), st.data())
def test_the_span_holds_the_value(
    document: dict[str, Any], escape: bool, indent: int | None, data: st.DataObject
) -> None:
    text = json.dumps(document, ensure_ascii=escape, indent=indent)
    path, value = [], document
    while isinstance(value, dict) and value:
        path.append(data.draw(st.sampled_from(sorted(value))))
        value = value[path[-1]]
    start, end = value_span(text, path)
    assert json.loads(text[start:end]) == value


def test_of_a_key_that_comes_twice_the_last_counts() -> None:
    text = '{"a": {"b": "x"}, "a": {"b": "y", "\\u0062" : "z"} }'
    start, end = value_span(text, ["a", "b"])
    assert text[start:end] == '"z"'
    assert json.loads(text)["a"]["b"] == "z"


@given(st.text(), st.booleans(), st.data())
def test_a_spliced_literal_means_the_edited_text(text: str, escape: bool, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False))
    edits = [Edit(start, end, text[start:end], data.draw(st.text(max_size=5)), 0.9) for start, end in pairs]
    expected = Report(text, tuple(edits)).apply()
    literal = json.dumps(text, ensure_ascii=escape)
    assert json.loads(splice_string(literal, edits, expected)) == expected
    assert json.loads(splice_string(literal, None, expected)) == expected


def test_what_is_not_edited_stays_as_it_is_written() -> None:
    literal = r'"\u00e9\/\ud83d\ude00 stated\u0009é 😀 stated"'
    text = json.loads(literal)
    edits = [Edit(at, at + 6, "stated", "sàid", 0.9) for at in (text.index("stated"), text.rindex("stated"))]
    assert splice_string(literal, edits, "") == r'"\u00e9\/\ud83d\ude00 s\u00e0id\u0009é 😀 s\u00e0id"'
