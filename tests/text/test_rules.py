"""What the user names as never to be edited."""

import re
from typing import Any

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from despin.errors import ConfigError, SlowPatternError
from despin.text.patterns import find_spans, seconds_for
from despin.text.rules import Rule, resolve


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("see", ["see", "see"]),
        ("See", []),
        (re.compile(r"s\w+"), ["see", "see", "saw"]),
        (re.compile(r"x*"), []),
        (regex.compile(r"\p{Lu}\w*"), ["Xi"]),
        ((0, 2), ["Xi"]),
        ((3, 3), []),
        (lambda text: [(0, 2), [len(text) - 3, len(text)]], ["Xi", "saw"]),
        (lambda text: iter(()), []),
    ],
)
def test_rules(rule: Rule, expected: list[str]) -> None:
    text = "Xi see or see saw"
    assert [text[start:end] for start, end in resolve(text, [rule])] == expected


def test_rules_are_merged() -> None:
    assert resolve("one two three", ["two", (5, 9), re.compile("^one")]) == [(0, 3), (4, 9)]
    assert resolve("one", []) == []


def _raises(text: str) -> list[tuple[int, int]]:
    raise LookupError("no such thing")


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("", "empty phrase"),
        (5, "give a phrase"),
        (None, "give a phrase"),
        (b"see", "give a phrase"),
        (re.compile(b"see"), "for bytes"),
        (regex.compile(b"see"), "for bytes"),
        ((2, 1), "reversed"),
        ((-1, 2), "out of range"),
        ((0, 99), "out of range"),
        ((0, True), "no pair"),
        ((0.0, 1.0), "no pair"),
        ((0, 1, 2), "no pair"),
        (lambda text: None, "TypeError"),
        (lambda text: ["ab"], "no pair"),
        (lambda text: [(0, 99)], "out of range"),
        (lambda: [], "TypeError"),
        (_raises, "no such thing"),
    ],
)
def test_wrong_rules(rule: Any, reason: str) -> None:
    with pytest.raises(ConfigError, match=rf"protection rule 2 .*{reason}"):
        resolve("some text", ["some", rule])


@pytest.mark.parametrize("rules", ["see", b"see", None, 5])
def test_wrong_rule_lists(rules: Any) -> None:
    with pytest.raises(ConfigError, match="give a list"):
        resolve("some text", rules)


SLOW = r"(?:a|a|aa)+$"
LONG = "a" * 60 + "!"


@pytest.mark.parametrize("pattern", [re.compile(SLOW), regex.compile(SLOW)], ids=["re", "regex"])
def test_a_slow_pattern_is_stopped(pattern: Any) -> None:
    told = rf"protection rule 2 \('{re.escape(SLOW)}'\) took longer than 1 s on the text 'a{{40}}\.\.\.'; simplify it"
    with pytest.raises(SlowPatternError, match=told):
        resolve(LONG, ["some", pattern])


def test_a_long_text_has_more_time() -> None:
    with seconds_for("a") as short, seconds_for("a" * 3_000_000) as long:
        assert long >= short + 2


@given(
    st.sampled_from(
        ["(?i)XI", "x.s", "^s", "(?a:\\w+)", "\\bs\\w+", "(?x) s e  e", "[^\\W\\d]+", "(s)e\\b|(?<=s)aw", "é"]
    ),
    st.sampled_from([0, re.I, re.S, re.M, re.A, re.I | re.A, re.X | re.M]),
    st.text("Xi\nse awé1Éſ "),
)
def test_patterns_of_re_mean_the_same(pattern: str, flags: int, text: str) -> None:
    found = re.compile(pattern, flags)
    assert find_spans(found, text) == [match.span() for match in found.finditer(text)]


def test_a_pattern_that_only_re_takes() -> None:
    with pytest.warns(FutureWarning):  # that regex reads it otherwise
        pattern = re.compile(r"[[:x:]")
    with pytest.raises(ConfigError, match=r"rule 1 .*the package regex, which runs it, does not take it"):
        resolve("x", [pattern])


@given(st.text(), st.text(min_size=1))
def test_every_phrase_is_found(text: str, phrase: str) -> None:
    found = resolve(text + phrase, [phrase])
    assert any(start <= text.find(phrase) < end for start, end in found) or phrase not in text
    assert found[-1][1] == len(text + phrase)
    assert all(start < end for start, end in found)
