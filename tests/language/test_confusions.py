"""What a word is set against in training."""

from __future__ import annotations

from collections import Counter

import numpy as np

from despin.channel.rows import Row
from despin.language.confusions import DRAWN, draw_confusions

WORDS = ["<unk>", "visit", "see", "trip", "meet", "watch", "other"]
ROWS = [
    Row("see", "visit", "noun", "news", 0.8),
    Row("trip", "visit", "noun", "news", 0.1),
    Row("see", "meet", "verb", "news", 0.6),
    Row("look at", "watch", "verb", "news", 0.9),
]
FREQUENCY = np.array([0.0, 0.2, 0.3, 0.1, 0.2, 0.1, 0.1])


def _drawn() -> dict[str, Counter[str]]:
    starts, drawn = draw_confusions(ROWS, WORDS, FREQUENCY, np.random.default_rng(1))
    assert len(starts) == len(WORDS) + 1
    assert len(drawn) > starts[-1]  # there is always something to point at
    return {
        word: Counter(WORDS[i] for i in drawn[start:end])
        for word, start, end in zip(WORDS, starts, starts[1:], strict=False)
    }


def test_words_are_set_against_what_they_may_stand_for() -> None:
    drawn = _drawn()
    assert set(drawn["visit"]) == {"see", "trip", "meet"}  # and the other original of "see"
    assert drawn["visit"]["see"] > drawn["visit"]["trip"]
    assert set(drawn["see"]) == {"visit", "meet"}
    assert set(drawn["trip"]) == {"visit"}
    assert all(sum(drawn[word].values()) == DRAWN for word in ("visit", "see", "trip", "meet"))


def test_words_without_a_row_are_set_against_noise_alone() -> None:
    drawn = _drawn()
    assert not drawn["other"]
    assert not drawn["watch"]  # its row is a phrase


def test_the_same_every_time() -> None:
    assert _drawn() == _drawn()
