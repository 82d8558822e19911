"""Which words a spinner leaves to be told apart: what the context embeddings are trained to do.

Where a text has a word that a spinner may have written, the decision is between that word and what it may stand for.
So a word of the corpus is set against these: an original against what is written for it, or against another original of
that; a spinner's word, standing rightly, against the originals it is written for. Each as often as the rows say that
it happens, flattened a little (the power of 0.75 that word2vec draws its noise with; Mikolov et al. 2013).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from despin.channel.compile import entries
from despin.channel.link import phrase_tokens
from despin.channel.rows import Row

__all__ = ["DRAWN", "draw_confusions"]

DRAWN = 64  # of each word, with repetition: a table to draw from at random
_POWER = 0.75
_OTHER_ORIGINAL = 0.5  # how often an original is set against another one of the same spun word
# Which share of spun texts each family has written.
_SHARES = {
    "any": 1.0,
    "news": 0.7,
    "bookmark": 0.07,
    "casino": 0.05,
    "growtobe": 0.05,
    "spinbot": 0.1,
    "academic": 0.1,
}

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Weights = Mapping[int, float]


def draw_confusions(rows: list[Row], words: list[str], frequency: F64, random: np.random.Generator) -> tuple[I64, I32]:
    """For each word what it has to be told from, drawn at random: starts of each word's part, and all parts.

    Args:
        rows: Of the dictionaries; only rows of one word for another matter.
        words: The vocabulary, by id.
        frequency: Share of each word in the corpus.
    """
    spun_for, originals_of = _weights(rows, words, frequency)
    parts = [_drawn(word, spun_for.get(word, {}), originals_of, random) for word in range(len(words))]
    starts = np.fromiter(itertools.accumulate((len(part) for part in parts), initial=0), np.int64)
    return starts, np.array([*itertools.chain.from_iterable(parts), 0], np.int32)


def _weights(
    rows: list[Row], words: list[str], frequency: F64
) -> tuple[dict[int, dict[int, float]], dict[int, dict[int, float]]]:
    """P(spun | original) by original, and P(spun | original) P(original) by spun word."""
    ids = {word: number for number, word in enumerate(words)}
    spun_for: dict[int, dict[int, float]] = {}
    for form in entries(rows, set(words)):
        spun, original = phrase_tokens(form.spun), phrase_tokens(form.original)
        if len(spun) == len(original) == 1 and spun != original and spun[0] in ids and original[0] in ids:
            row = rows[form.row]
            weights = spun_for.setdefault(ids[original[0]], {})
            weight = row.weight * _SHARES[row.family]
            weights[ids[spun[0]]] = max(weight, weights.get(ids[spun[0]], 0.0))
    originals_of: dict[int, dict[int, float]] = {}
    for original_id, weights in spun_for.items():
        for spun_id, weight in weights.items():
            originals_of.setdefault(spun_id, {})[original_id] = weight * float(frequency[original_id])
    return spun_for, originals_of


def _drawn(word: int, spun: Weights, originals_of: Mapping[int, Weights], random: np.random.Generator) -> list[int]:
    """What one word has to be told from. A word of both kinds is set half against each."""
    originals = originals_of.get(word, {})
    as_original = 0 if not spun else DRAWN // 2 if originals else DRAWN
    found = []
    for other in _pick(spun, as_original, random):
        rivals = {o: w for o, w in originals_of[other].items() if o != word}
        found += (_pick(rivals, 1, random) if random.random() < _OTHER_ORIGINAL else []) or [other]
    return found + _pick(originals, DRAWN - as_original, random)


def _pick(weights: Weights, n: int, random: np.random.Generator) -> list[int]:
    """n of some words, by their weights."""
    p = np.array(list(weights.values())) ** _POWER
    if not n or not p.sum() > 0:
        return []
    return [int(word) for word in random.choice(list(weights), n, p=p / p.sum())]
