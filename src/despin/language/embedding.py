"""Context embeddings: which word fits the words around it, up to 15 on either side.

A vector log-bilinear model (vLBL, Mnih and Kavukcuoglu 2013): the context is the sum of its words' vectors, each
weighted element by element by its place (five places of their own on either side, the ten beyond share one, frequent
words counting less there); a word's score is the product with its output vector plus a bias. Trained by negative
sampling (Mikolov et al. 2013), half of the negative words drawn from what spinners confuse the word with, so that the
model spends its few dimensions on the choices despin has to make. Vectors are kept as bytes with a scale for each.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from despin.channel.compile import entries
from despin.channel.link import phrase_tokens
from despin.channel.rows import Row
from despin.decode._model import Model
from despin.language._embed import Trainer
from despin.language.corpus import Source, chunks
from despin.language.counts import CLASSES
from despin.model.container import Container, write
from despin.model.words import read_words

__all__ = ["EmbeddingSettings", "train_embedding"]

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]

_PLACES = 12
_BLOCK = 400_000  # tokens learned from at a time, in shuffled order
_NOISE_TABLE = 8_000_000
_FINAL_RATE = 0.1  # share of the learning rate that is left at the end


@dataclass(frozen=True)
class EmbeddingSettings:
    """Dimensions, words that get a vector (the commonest), passes over the corpus, learning rate, random seed."""

    dim: int = 96
    words: int = 30_000
    passes: float = 2.0
    rate: float = 0.05
    seed: int = 1


def train_embedding(
    sources: list[Source], model_path: Path, rows: list[Row], output: Path, settings: EmbeddingSettings
) -> None:
    """Train and write context embeddings for the vocabulary of a language model.

    One thread, so that the same text gives the same file on the same machine: about 15 minutes a pass over 126 million
    words. Memory: 4 bytes a token and 8 bytes a word and dimension.
    """
    from tqdm import tqdm

    container = Container(model_path)
    words = read_words(container)
    blocks = list(_blocks(sources, Model(container)))
    counts = np.zeros(len(words))
    for ids, weight in blocks:
        counts += weight * np.bincount(ids, minlength=len(words))
    random = np.random.default_rng(settings.seed)
    arrays = _initial(len(words), settings.dim, random)
    frequency = counts / counts.sum()
    far = _damped(frequency, 3e-4)
    starts, confusions = _confusions(rows, words)
    trainer = Trainer(
        arrays, _sums(arrays), _damped(frequency, 2e-4), far, starts, confusions, _noise_table(counts, random)
    )
    plan = _plan(blocks, settings.passes, random)
    with tqdm(total=len(plan), desc="embedding", unit="block") as bar:
        for number, (ids, share) in enumerate(plan):
            rate = settings.rate * (1 - (1 - _FINAL_RATE) * number / len(plan))
            loss = trainer.learn(ids, share, rate, (number + 1) * 0x9E3779B97F4A7C15 & (2**64 - 1))
            bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
            bar.update()
    write(output, _metadata(container, settings), _sections(arrays, far, min(settings.words, len(words))))


def _blocks(sources: Iterable[Source], model: Model) -> Iterator[tuple[I32, float]]:
    for source in sources:
        parts = [np.frombuffer(model.encode("\n\n" + text + "\n\n"), np.int32) for text in chunks(source.path)]
        if parts:
            ids = np.concatenate(parts)
            for start in range(0, len(ids), _BLOCK):
                yield ids[start : start + _BLOCK], source.weight


def _plan(blocks: list[tuple[I32, float]], passes: float, random: np.random.Generator) -> list[tuple[I32, float]]:
    """Blocks in random order, each as often as its weight says, the rest of a weight as a share of its words."""
    plan = []
    for ids, weight in blocks:
        left = weight * passes
        while left > 0:
            plan.append((ids, min(1.0, left)))
            left -= 1
    return [plan[k] for k in random.permutation(len(plan))]


def _initial(n: int, dim: int, random: np.random.Generator) -> tuple[F32, F32, F32, F32]:
    def small() -> F32:
        return np.asarray((random.random((n, dim)) - 0.5) * 0.5 / np.sqrt(dim), np.float32)

    place = np.ones((_PLACES, dim), np.float32)
    place[-2:] = 0.3
    return small(), small(), place, np.full(n, -1.5, np.float32)


def _sums(arrays: tuple[F32, F32, F32, F32]) -> tuple[F32, F32, F32, F32]:
    """Where Adagrad's sums of squared gradients begin."""
    n = len(arrays[0])
    row = np.full(n, 0.1, np.float32)
    return row, row.copy(), np.full(arrays[2].shape, 10.0, np.float32), np.ones(n, np.float32)


def _damped(frequency: NDArray[np.float64], limit: float) -> F32:
    """How much a word counts: less than 1 where it is frequent, nothing for the classes."""
    result = np.minimum(1, np.sqrt(limit / np.maximum(frequency, 1e-9))).astype(np.float32)
    result[: len(CLASSES)] = 0
    return result


def _noise_table(counts: NDArray[np.float64], random: np.random.Generator) -> I32:
    p = counts**0.75
    p[: len(CLASSES)] = 0
    return random.choice(len(p), size=_NOISE_TABLE, p=p / p.sum()).astype(np.int32)


def _confusions(rows: list[Row], words: list[str]) -> tuple[NDArray[np.int64], I32]:
    """For each word the words that it replaces or is replaced by, as one array with starts."""
    ids = {word: number for number, word in enumerate(words)}
    sets: list[set[int]] = [set() for _ in words]
    for form in entries(rows, set(words)):
        spun, original = phrase_tokens(form.spun), phrase_tokens(form.original)
        if len(spun) == len(original) == 1 and spun[0] in ids and original[0] in ids:
            a, b = ids[spun[0]], ids[original[0]]
            sets[a].add(b)
            sets[b].add(a)
    lists = [sorted(one - {number}) for number, one in enumerate(sets)]
    starts = np.fromiter(itertools.accumulate((len(one) for one in lists), initial=0), np.int64)
    return starts, np.array([*itertools.chain.from_iterable(lists), 0], np.int32)


def _sections(arrays: tuple[F32, F32, F32, F32], far: F32, n: int) -> dict[str, bytes]:
    context, context_scale = _quantised(arrays[0][:n])
    output, output_scale = _quantised(arrays[1][:n])
    return {
        "embedding.context": context,
        "embedding.context_scale": context_scale,
        "embedding.output": output,
        "embedding.output_scale": output_scale,
        "embedding.place": arrays[2].tobytes(),
        "embedding.bias": arrays[3][:n].tobytes(),
        "embedding.far": far[:n].tobytes(),
    }


def _quantised(rows: F32) -> tuple[bytes, bytes]:
    scale = np.maximum(np.abs(rows).max(axis=1), 1e-9) / 127
    return np.round(rows / scale[:, None]).astype(np.int8).tobytes(), scale.astype(np.float32).tobytes()


def _metadata(container: Container, settings: EmbeddingSettings) -> dict[str, Any]:
    return {
        "kind": "context embeddings",
        "method": "vLBL with place weights, negative sampling, confusion sets of the dictionaries",
        "command": "python -m despin.train.embedding CORPUS --weights models/sources.tsv "
        "--dictionaries dictionaries/en --model models/en.lm -o models/en.embedding",
        "sources": container.metadata["sources"],
        "tokens": container.metadata["tokens"],
        "settings": vars(settings),
    }
