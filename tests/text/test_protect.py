"""What must never be edited."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import regex  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from despin.errors import ConfigError
from despin.text.protect import Rule, merge, paragraphs, quotations, resolve, spans

CASES = json.loads((Path(__file__).parents[1] / "cases" / "text_protect.json").read_text("utf-8"))
MARKUP = st.lists(
    st.sampled_from(
        [
            "https://x.org/",
            "@a",
            "#b",
            "`",
            "``",
            "```\n",
            "~~~",
            "<b>",
            "</b>",
            "<pre>",
            "</pre>",
            "<!--",
            "-->",
            "{{",
            "}}",
            "&amp;",
            "10.1000/x",
            "5 kg",
            "a.txt",
            "/a/b",
            "C:\\x",
            "\n",
            "\n\n",
            " ",
            "“",
            "”",
            '"',
            ".",
            "word",
            "�",
            "é",
            "🙂",
            "[code]",
        ]
    )
).map("".join)
TEXTS = st.text() | MARKUP


def _assert_spans(found: list[tuple[int, int]], text: str) -> None:
    last = -1
    for start, end in found:
        assert last < start < end <= len(text)
        last = end


@pytest.mark.parametrize(("text", "expected"), CASES["protected"])
def test_protected(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in spans(text)] == expected


@pytest.mark.parametrize("text", CASES["free"])
def test_free(text: str) -> None:
    assert spans(text) == []


@pytest.mark.parametrize(("text", "expected"), CASES["quotations"])
def test_quotations(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in quotations(text)] == expected


@given(TEXTS)
def test_spans_of_any_text(text: str) -> None:
    _assert_spans(spans(text), text)
    _assert_spans(quotations(text), text)


@given(TEXTS)
def test_paragraphs_cover_all_but_line_ends(text: str) -> None:
    found = list(paragraphs(text))
    _assert_spans(found, text)
    rest = [*range(len(text))]
    for start, end in reversed(found):
        del rest[start:end]
    assert "".join(text[at] for at in rest).strip() == ""


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30))))
def test_merge_keeps_every_offset(given_spans: list[tuple[int, int]]) -> None:
    merged = merge(given_spans)
    _assert_spans(merged, " " * 30)
    covered = {at for start, end in given_spans for at in range(start, end)}
    assert {at for start, end in merged for at in range(start, end)} == covered


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


def test_a_slow_pattern_is_stopped() -> None:
    with pytest.raises(ConfigError, match=r"protection rule 1 .*longer than 1 s"):
        resolve("a" * 40 + "!", [regex.compile(r"(?:a|a|aa)+$")])


@given(TEXTS, TEXTS)
def test_every_phrase_is_found(text: str, phrase: str) -> None:
    if phrase:
        found = resolve(text + phrase, [phrase])
        _assert_spans(found, text + phrase)
        assert found


@pytest.mark.parametrize(
    "piece",
    [
        *'a.@/#<&{%[`~\\1"“”\n',
        "a.",
        "a@",
        "a/",
        ".com",
        ".com/",
        "<a",
        "<pre>",
        "<!--",
        "```\n",
        "` ``",
        "{{a",
        "1,",
        "1.5 ",
        "[code",
        "://",
        "http://",
        "www.",
        "10.1234/",
        "@a",
        "#a",
        "../",
        "%(a",
        "ISBN 1",
        "&a",
        "C:\\",
        "~~~\n",
        "\n \n",
        "a.b/c\\",
        "“a",
        "[b](",
    ],
    ids=ascii,
)
@pytest.mark.parametrize("function", [spans, quotations])
def test_long_text(function: Callable[[str], list[tuple[int, int]]], piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    _assert_spans(function(text), text)
