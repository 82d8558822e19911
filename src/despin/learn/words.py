"""Learning what each word tells of spinning: a weight for every word, by logistic regression on all words at once.

The first look at a text (learn/gate.py) and the decision on a text (learn/decision.py) add these weights up.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from despin.channel.link import Entry, phrase_tokens
from despin.channel.rows import Row
from despin.decode._model import Model
from despin.decode._scan import Scan
from despin.language.corpus import chunks, find_sources
from despin.learn.gold import Passage
from despin.learn.logistic import predict
from despin.model.container import Container
from despin.model.words import read_words

__all__ = [
    "CLASSES",
    "CLEAN_EACH",
    "Sample",
    "WordLearner",
    "WordWeights",
    "clean_texts",
    "encode",
    "fit_words",
    "joined",
    "sample",
    "write_words",
]

F64 = NDArray[np.float64]

_JOINED = (3, 10, 30)  # passages are short: so many together stand for longer texts
CLASSES = 7  # the first ids are no words
_UNIT = 32  # steps of a weight of 1
_SHORTEST = 60  # tokens: a shorter text is no denser evidence
_USUAL_LOG = 5.0
_RATE = 0.3  # the spin rate of a text that is worth repairing
_STRENGTH = 100_000.0  # tokens of text that what is known of a word beforehand counts
_RARE = math.exp(-17)  # probability of a word that the language model lacks
_MOST_RATIO = 150.0
_STEPS, _PACE, _PULL = 150, 0.02, 0.1  # rounds of fitting, their step, the penalty
CLEAN_EACH = 1000  # documents of each source of clean text to learn words from
_LEAST, _MOST = 300, 6000  # their characters
_FAMILIES = {"any": 1.0, "user": 1.0, "news": 0.5}  # shares of the families where nothing is known; the others:
_OTHER_FAMILY = 0.1
# Lightly spun passages are mostly ordinary words.
_IMPORTANCE = {"heavy": 1.0, "light": 0.1, "none": 2.0}


@dataclass(frozen=True)
class WordWeights:
    """Weights by word id, in 32nds, and the weights of the decision on their sum (GATE_FEATURES)."""

    values: NDArray[np.int8]
    decision: F64

    def features(self, ids: NDArray[np.int32], tokens: int) -> list[float]:
        """What the core computes (decode/gate.pxi), for weights that are in no model file yet."""
        total = int(self.values[ids].astype(int).sum()) / _UNIT
        return [1.0, self.size(tokens), 10 * total / max(_SHORTEST, tokens)]

    @staticmethod
    def size(tokens: int) -> float:
        """The length of a text, as the decision sees it."""
        return math.log(max(_SHORTEST, tokens)) - _USUAL_LOG

    def by_word(self, model: Model) -> dict[str, int]:
        """The weights by word, zeros left out."""
        words = read_words(model.container)  # type: ignore[arg-type]
        return {word: value for word, value in zip(words, self.values.tolist(), strict=True) if value}


def write_words(path: Path, weights: Mapping[str, int], learned_by: str = "despin.learn") -> None:
    """Write ``words.tsv`` or ``register.tsv``."""
    head = [f"# Learned by python -m {learned_by}; do not edit.", "word\tweight, in 32nds"]
    lines = [f"{word}\t{value}" for word, value in sorted(weights.items())]
    path.write_text("\n".join([*head, *lines]) + "\n", "utf-8")


def clean_texts(corpus: list[Path], held_out: bool, each: int) -> Iterator[str]:
    """The beginnings of so many documents of each source, from those that models learn from or from the others."""
    for source in find_sources(corpus) if corpus else ():
        pieces = (text for chunk in chunks(source.path, held_out, 1_000_000) for text in chunk.split("\n\n"))
        yield from itertools.islice((text[:_MOST] for text in pieces if len(text) >= _LEAST), each)


def joined(numbers: Sequence[int], passages: Sequence[Passage], sizes: Iterable[int] = _JOINED) -> Iterator[list[int]]:
    """Groups of passages of one kind, which stand for longer texts."""
    for kind, size in itertools.product(("heavy", "light", "none"), sizes):
        same = [n for n in numbers if passages[n].meta.get("spin", "heavy") == kind]
        yield from (same[at : at + size] for at in range(0, len(same) - size + 1, size))


class WordLearner:
    """Fits the weights of words; `language_model` gives their probability in clean text."""

    def __init__(self, language_model: Container) -> None:
        logp = np.frombuffer(language_model.section("vocab.logp"), np.float32)
        words = read_words(language_model)
        self._p = {word: math.exp(float(value)) for word, value in zip(words, logp, strict=True)}

    def fit(
        self,
        model: Model,
        rows: Sequence[Row],
        forms: Iterable[Entry],
        passages: Sequence[Passage],
        clean: Iterable[str],
    ) -> WordWeights:
        """Weights for the words of `model`, from rows, passages and clean texts; linear in their length."""
        samples = [sample(model, text, False) for text in clean]
        numbers = range(len(passages))
        for group in [*([n] for n in numbers), *joined(numbers, passages)]:
            kind = passages[group[0]].meta.get("spin", "heavy")
            samples.append(
                sample(model, "\n\n".join(passages[n].spun for n in group), kind != "none", _IMPORTANCE[kind])
            )
            samples.append(sample(model, "\n\n".join(passages[n].original for n in group), False))
        return fit_words(samples, self._beginning(model, passages, self._known(rows, forms)))

    def _known(self, rows: Sequence[Row], forms: Iterable[Entry]) -> dict[str, float]:
        """Of what spinners write log P(word | spun) / P(word | clean), by the dictionaries."""
        p, gained = self._p, defaultdict[str, float](float)
        for form in forms:
            row, spun, original = rows[form.row], phrase_tokens(form.spun), phrase_tokens(form.original)
            if not row.context and len(spun) == len(original) == 1 and spun != original:
                share = row.weight * _FAMILIES.get(row.family, _OTHER_FAMILY)
                gained[spun[0]] += share * p.get(original[0], _RARE) / p.get(spun[0], _RARE)
        return {word: math.log1p(_RATE * min(_MOST_RATIO, ratio)) for word, ratio in gained.items()}

    def _beginning(self, model: Model, passages: Iterable[Passage], known: Mapping[str, float]) -> F64:
        """Log odds of every word, spun against sound, counted in passages over what the dictionaries say."""
        words = read_words(model.container)  # type: ignore[arg-type]
        spun, sound = np.full(len(words), 0.5), np.full(len(words), 0.5)
        for passage in passages:
            side = sound if passage.meta.get("spin") == "none" else spun
            np.add.at(side, encode(model, passage.spun), 1.0)
            np.add.at(sound, encode(model, passage.original), 1.0)
        spun *= sound.sum() / spun.sum()
        expected = _STRENGTH * np.array([self._p.get(word, _RARE) for word in words])
        kept = np.frombuffer(model.container.section("vocab.replaceable"), np.float32)
        ratio = np.exp(np.array([known.get(word, 0.0) for word in words]) - _RATE * kept)
        value = np.log((spun + expected * ratio) / (sound + expected))
        value[:CLASSES] = 0
        return np.asarray(value)


@dataclass(frozen=True)
class Sample:
    """A text to learn words from: its words and tokens, whether it is of the kind looked for, what it counts."""

    ids: NDArray[np.int32]
    tokens: int
    of_kind: bool
    importance: float


def encode(model: Model, text: str) -> NDArray[np.int32]:
    """The ids of a text's words."""
    return np.frombuffer(model.encode(text), np.int32)


def sample(model: Model, text: str, of_kind: bool, importance: float = 1.0) -> Sample:
    """A text as words are learned from it."""
    return Sample(encode(model, text), len(Scan(text)), of_kind, importance)


def fit_words(texts: Sequence[Sample], first: F64) -> WordWeights:
    """Adam (Kingma and Ba 2015) from the log odds `first`, towards which weights are drawn; few rounds, all texts."""
    flat = np.concatenate([text.ids for text in texts])
    doc = np.repeat(np.arange(len(texts)), [len(text.ids) for text in texts])
    y = np.array([float(text.of_kind) for text in texts])
    n = np.array([float(max(_SHORTEST, text.tokens)) for text in texts])
    importance = np.array([text.importance for text in texts])
    importance /= importance.sum()
    size, share = np.log(n) - _USUAL_LOG, 10 / n
    theta = np.concatenate(([-1.0, 0.0, 1.0], first))
    mean, square = np.zeros(len(theta)), np.zeros(len(theta))
    for step in range(1, _STEPS + 1):
        total = np.bincount(doc, theta[3:][flat], len(texts)) * share
        residual = (predict(np.stack((np.ones(len(n)), size, total), 1), theta[:3]) - y) * importance
        words = np.bincount(flat, (residual * share * theta[2])[doc], len(first)) + _PULL * (theta[3:] - first) / len(
            first
        )
        words[:CLASSES] = 0
        gradient = np.concatenate(([residual.sum(), residual @ size, residual @ total], words))
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        theta -= _PACE * mean / (1 - 0.9**step) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
    values: NDArray[Any] = np.clip(np.round(_UNIT * theta[3:]), -127, 127).astype(np.int8)
    return WordWeights(values, np.asarray(np.round(theta[:3], 5), np.float64))
