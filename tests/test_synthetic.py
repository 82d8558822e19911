"""Texts spun with the project's own channel: what is known of them is true."""

from __future__ import annotations

import pytest

from despin.channel.compile import entries
from despin.channel.rows import Row
from despin.learn.gold import Passage
from despin.learn.synthetic import spin

ROWS = [
    Row("profound learning", "deep learning", "noun", "academic", 0.3),
    Row("commotion", "noise", "noun", "academic", 0.2),
    Row("clamor", "noise", "noun", "academic", 0.1),
    Row("din", "noise", "noun", "news", 0.9),
]
TEXTS = ["Deep learning removes noise. Noise is what deep learning removes from noise."] * 40


def _passages(rate: float, seed: int = 1) -> list[Passage]:
    return spin(TEXTS, ROWS, entries(ROWS, set()), "academic", rate, seed)


@pytest.mark.parametrize("rate", [0.05, 0.5])
def test_truth_is_known(rate: float) -> None:
    passages = _passages(rate)
    assert any(passage.slots for passage in passages)
    for text, passage in zip(TEXTS, passages, strict=True):
        assert passage.original == text
        pieces, at = [], 0
        for slot in passage.slots:
            spun = passage.spun[slot.start : slot.end]
            assert spun.lower().removesuffix("s") in {"profound learning", "commotion", "clamor"}
            assert spun[0].isupper() == slot.accepted[0][0].isupper()
            pieces += [passage.spun[at : slot.start], slot.accepted[0]]
            at = slot.end
        assert "".join([*pieces, passage.spun[at:]]) == text


def test_equal_input_gives_equal_passages_and_another_seed_others() -> None:
    assert _passages(0.5) == _passages(0.5)
    assert _passages(0.5) != _passages(0.5, seed=2)


def test_a_rate_is_kept() -> None:
    slots = [sum(len(passage.slots) for passage in _passages(rate)) for rate in (0, 1)]
    assert slots == [0, 5 * len(TEXTS)]
