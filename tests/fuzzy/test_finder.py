"""Damaged phrases."""

from __future__ import annotations

import pytest

import despin
from despin import Config, Repairer
from despin.fuzzy.finder import Find, Finder

PHRASES = ["considering that", "in between", "brand - new", "take a trip to", "stated", "take a look at"]


def _find(text: str, unknown: tuple[str, ...]) -> list[Find]:
    words = text.split()
    return Finder(PHRASES).find(words, bytes(word not in unknown for word in words))


@pytest.mark.parametrize(
    ("text", "unknown", "expected"),
    [
        ("since considring that he", ("considring",), (1, 2, "considering that")),
        ("stuck in betwen them", ("betwen",), (1, 2, "in between")),
        ("a brand new car", (), (1, 2, "brand - new")),
        ("take a long trip to Rome", (), (0, 5, "take a trip to")),
        ("he staetd it", ("staetd",), (1, 1, "stated")),
    ],
)
def test_found(text: str, unknown: tuple[str, ...], expected: tuple[int, int, str]) -> None:
    finds = _find(text, unknown)
    assert [find[:3] for find in finds] == [expected]
    assert -8 < finds[0].price < 0


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("take no trip to Rome", ()),
        ("take a no trip to", ()),
        ("take trips to Rome", ()),
        ("zzqqk that he", ("zzqqk",)),
        ("considering what he said", ()),
        ("in the between", ()),
        ("", ()),
    ],
)
def test_not_found(text: str, unknown: tuple[str, ...]) -> None:
    assert _find(text, unknown) == []


@pytest.mark.parametrize(
    ("sound", "damaged", "repaired"),
    [
        (
            "considering that the war in Ukraine started",
            "considring that the war in Ukraine started",
            "since the war in Ukraine",
        ),
        ("a balance in between keeping", "a balance in betwen keeping", "a balance between"),
        (
            "will take a trip to Russia next week to meet",
            "will take a long trip to Russia next week to meet",
            "will travel to Russia",
        ),
        ("“brand-new turning points.”", "“brand new turning points.”", "“new "),
    ],
)
def test_in_a_spun_article(seed: str, sound: str, damaged: str, repaired: str) -> None:
    text = seed.replace(sound, damaged)
    assert damaged in text
    assert repaired in despin.repair(text)
    assert repaired not in Repairer(config=Config(fuzzy=False)).repair(text)


def test_sound_text_with_typing_errors_stays() -> None:
    text = "The comittee met on Tuesday and discused the plan in betwen two others, considring that time was short."
    assert despin.repair(text) is text
