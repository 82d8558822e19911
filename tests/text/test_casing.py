"""A replacement takes on the capitals of what it replaces."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from despin.text.casing import match_case

CASES = json.loads((Path(__file__).parents[1] / "cases" / "text_casing.json").read_text("utf-8"))


@pytest.mark.parametrize(("before", "after", "sentence_start", "expected"), CASES, ids=ascii)
def test_match_case(before: str, after: str, sentence_start: bool, expected: str) -> None:
    assert match_case(before, after, sentence_start) == expected


@given(st.text(), st.text(), st.booleans())
def test_only_case_changes(before: str, after: str, sentence_start: bool) -> None:
    assert match_case(before, after, sentence_start).upper() == after.upper()


@given(st.from_regex(r"[a-z]{1,9}( [a-z]{1,9})?", fullmatch=True), st.text())
def test_lower_case_leaves_the_dictionary_text(before: str, after: str) -> None:
    assert match_case(before, after) == after


@given(st.from_regex(r"[a-z]{2,9}( [a-z]{2,9})?", fullmatch=True))
def test_a_text_has_its_own_case(text: str) -> None:
    for shown in (text, text.capitalize(), f"QQ{text}".upper()):
        assert match_case(shown, shown.lower()) == shown


@pytest.mark.parametrize("char", ["A", "A ", "a-", " ", "'", "Of ", "ß"], ids=ascii)
def test_long_text(char: str) -> None:
    long = char * (1_000_000 // len(char))
    assert match_case(long, long.lower()).upper() == long.lower().upper()
