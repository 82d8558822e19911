"""Damaged spacing and quotation marks are mended, sound text is left alone."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from despin.text.protect import spans
from despin.text.typography import count_marks, repairs

CASES = json.loads((Path(__file__).parents[1] / "cases" / "text_typography.json").read_text("utf-8"))
DAMAGE = st.lists(
    st.sampled_from(
        [
            "” ",
            "“",
            '" ',
            '"',
            "12- ",
            "point ",
            "war- ",
            "a claim ",
            "full- ",
            "year ",
            " ,",
            " .",
            " 's ",
            "kids",
            "\n",
            "\n\n",
            "– ",
            "Of course ",
            "and ",
            "`",
            "| ",
            "<b>",
            "https://x.org/ ",
            "�",
            "é",
            "🙂 ",
        ]
    )
).map("".join)


def _mended(text: str) -> str:
    for start, end, after, _ in reversed(repairs(text)):
        text = text[:start] + after + text[end:]
    return text


@pytest.mark.parametrize(("text", "expected"), CASES["repair"])
def test_damage_is_mended(text: str, expected: str) -> None:
    assert _mended(text) == expected


@pytest.mark.parametrize(("text", "expected"), CASES["repair"])
def test_mended_text_is_sound(text: str, expected: str) -> None:
    assert repairs(expected) == []


@pytest.mark.parametrize("text", CASES["sound"], ids=ascii)
def test_sound_text_is_left_alone(text: str) -> None:
    assert repairs(text) == []


def test_several_repairs_and_their_rules() -> None:
    text = "” Of course, the 12- point plan of the kids 's is out,” said Mr Ushakov of the war- a claim he denied."
    assert [(text[start:end], after, rule) for start, end, after, rule in repairs(text)] == [
        ("” ", "“", "quote"),
        ("- ", "-", "compound"),
        (" 's", "'s", "space"),
        ("- ", " — ", "dash"),
    ]
    assert count_marks(text) == 3


def test_spaced_punctuation_as_a_habit_is_left_alone() -> None:
    text = "One , two , three , four , five and six of them are here today .\n" * 4
    assert repairs(text) == []
    assert len(repairs("Sound, sound, sound, sound, " + text.partition("\n")[0].replace(" , four", ", four"))) > 0


@given(st.text() | DAMAGE)
def test_repairs_are_sorted_disjoint_and_outside_protected_text(text: str) -> None:
    last = 0
    guarded = spans(text)
    for start, end, after, _ in repairs(text):
        assert last <= start < end <= len(text)
        assert text[start:end] != after
        assert all(end <= a or start >= b for a, b in guarded)
        last = end
    assert 0 <= count_marks(text) <= len(repairs(text))


@given(DAMAGE)
def test_letters_never_change(text: str) -> None:
    kept = [char for char in text if char.isalnum()]
    assert [char for char in _mended(text) if char.isalnum()] == kept


@pytest.mark.parametrize(
    "piece",
    [
        *"” -\n\"“`,.'<a8",
        "a- a ",
        "” Of ",
        '" Of ',
        ". ” Of",
        "a ,",
        "a .",
        "12- ",
        "war- a x ",
        "  a",
        " ;",
        "a 's ",
        "1.",
        "one-",
        "– ",
    ],
    ids=ascii,
)
def test_long_text(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    assert all(0 <= start < end <= len(text) for start, end, _, _ in repairs(text))
