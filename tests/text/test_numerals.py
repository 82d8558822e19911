"""Small numbers in words, where a journalist writes words."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from despin.text.numerals import may_spell, number_word

CASES = json.loads((Path(__file__).parents[1] / "cases" / "text_numerals.json").read_text("utf-8"))


def _bracketed(line: str) -> tuple[str, int, int]:
    left, figure, right = re.split(r"\[([^\]]*)\]", line, maxsplit=1)
    return left + figure + right, len(left), len(left) + len(figure)


def test_number_words() -> None:
    cardinals = [number_word(str(n)) for n in range(14)]
    assert cardinals[1:13] == (
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
    )
    assert cardinals[0] is cardinals[13] is None
    assert [number_word(figure) for figure in ("1st", "2nd", "3rd", "4th", "12th")] == (
        ["first", "second", "third", "fourth", "twelfth"]
    )


@pytest.mark.parametrize(
    "figure", ["", "0", "02", "-2", "2.0", "2 ", "٢", "²", "1th", "2st", "13th", "two", "2ND", "\ud800"]
)
def test_no_number_word(figure: str) -> None:
    assert number_word(figure) is None


@pytest.mark.parametrize("line", CASES["spell"])
def test_prose_is_spelled(line: str) -> None:
    assert may_spell(*_bracketed(line))


@pytest.mark.parametrize("line", CASES["keep"])
def test_figures_are_kept(line: str) -> None:
    assert not may_spell(*_bracketed(line))


@pytest.mark.parametrize("line", CASES["spell"])
def test_surroundings_beyond_the_line_do_not_matter(line: str) -> None:
    text, start, end = _bracketed(line)
    before = "3 | 4\t5\n"
    assert may_spell(f"{before}{text}\n7 | 8", start + len(before), end + len(before))


@given(st.text(), st.sampled_from(["1", "2", "9", "12", "1st", "3rd", "x"]), st.text())
def test_any_text(left: str, figure: str, right: str) -> None:
    text = left + figure + right
    answer = may_spell(text, len(left), len(left) + len(figure))
    assert not (answer and (left[-1:].isalnum() or right[:1].isalnum()))


@given(st.text(), st.integers(), st.integers())
def test_any_offsets(text: str, start: int, end: int) -> None:
    if may_spell(text, start, end):
        assert number_word(text[start:end])


def test_only_exact_figures() -> None:
    text = "The 12 sides and the 2nd one were met there by all."
    assert not may_spell(text, 4, 5)
    assert not may_spell(text, 21, 22)
    assert may_spell(text, 21, 24)


@pytest.mark.parametrize("char", ["a", "a ", " ", "2 ", "a,", "\t", "and "], ids=ascii)
def test_long_text(char: str) -> None:
    side = char * 500_000
    assert may_spell(f"{side} 2 {side}", len(side) + 1, len(side) + 2) in (False, True)
