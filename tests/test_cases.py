"""Texts and what must become of them: spun ones, sound ones, and those that are known to fail."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import despin
from despin import Config, Repairer
from despin.learn.gold import Passage, read_passages

CASES = Path(__file__).parent / "cases"


def _read(name: str) -> list[Any]:
    return [pytest.param(case, id=case["about"]) for case in json.loads((CASES / name).read_text("utf-8"))]


def _lines(name: str) -> list[str]:
    return [line for line in (CASES / name).read_text("utf-8").splitlines() if line and not line.startswith("#")]


def _check(case: dict[str, Any]) -> None:
    repaired = despin.repair(case["text"], spun=case["spun"])
    for wanted in case["contains"]:
        assert wanted in repaired
    for unwanted in case["lacks"]:
        assert unwanted not in repaired


@pytest.mark.parametrize("case", _read("wild.json"))
def test_wild(case: dict[str, Any]) -> None:
    _check(case)


@pytest.mark.xfail(strict=True, reason="known failure")
@pytest.mark.parametrize("case", _read("known_failures.json"))
def test_known_failure(case: dict[str, Any]) -> None:
    _check(case)


@pytest.mark.parametrize("text", _lines("negative.txt"))
@pytest.mark.parametrize("profile", ["safe", "balanced"])
def test_sound_sentence(text: str, profile: Any) -> None:
    assert Repairer(config=Config.of(profile)).repair(text) is text


@pytest.mark.parametrize("passage", [*read_passages(CASES / "repeated.txt")], ids=lambda passage: passage.name)
@pytest.mark.parametrize("profile", ["safe", "balanced"])
def test_sound_text_that_repeats_a_word(passage: Passage, profile: Any) -> None:
    assert Repairer(config=Config.of(profile)).repair(passage.original) is passage.original


def test_sound_sentences_together() -> None:
    """One long sound text, full of favourite words: the harder test."""
    text = "\n\n".join(_lines("negative.txt"))
    assert despin.repair(text) is text


@pytest.mark.parametrize(
    ("spun", "original"),
    [
        ("his Russian equivalent, Vladimir Putin", "his Russian counterpart, Vladimir Putin"),
        ("Xi’s see to Russia was", "Xi’s visit to Russia was"),
        ("Xi’s very first to Russia given that the start", "Xi’s first to Russia since the start"),
        ("” Wang stated Friday", "” Wang said Friday"),
        ("had actually released an arrest warrant", "had issued an arrest warrant"),
        ("” Of course", "“Of course"),
        ("a 12- point proposition", "12-point pro"),
        ("The Kremlin stated the 2 will go over", "The Kremlin said the two will discuss"),
        ("for kids’s rights", "children’s rights"),
        ("strike a balance in between", "strike a balance between"),
        ("Ukrainian governmental representative", "Ukrainian presidential sp"),
    ],
)
def test_seed_article(seed: str, spun: str, original: str) -> None:
    assert spun in seed
    assert original in despin.repair(seed)


def test_the_mission(seed: str) -> None:
    """ "Equivalent" and "see" are repaired in context and stay where they are right."""
    sound = " He called it the equivalent of a shrug. As we see it, nothing is decided."
    repaired = despin.repair(seed + sound)
    assert repaired.endswith(sound)
    assert "his Russian counterpart" in repaired
