"""What must never be edited."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from despin.text.protect import merge, paragraphs, quotations, spans

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
