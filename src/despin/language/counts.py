"""Counting: the vocabulary of a corpus, and its word pairs and triples as sorted 64-bit keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from despin.decode._model import Model
from despin.decode._scan import Scan, word_hash
from despin.language.corpus import Source, chunks

__all__ = ["CLASSES", "MIN_COUNT", "Counts", "Vocabulary", "count_ngrams", "count_words", "merge"]

U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]

# The classes of what is no word of the vocabulary; their ids are fixed in decode/_model.pxd.
CLASSES = ("<unk>", "</s>", "<name>", "<caps>", "<mixed>", "<num>", "<ordinal>")
MIN_COUNT = 3  # what occurs less often is dropped, so that no sentence of a corpus can be read back

_CAPITAL, _START, _WORD, _NUMBER, _MIXED = 1, 4, 64, 32, 256
_BITS = 20


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of the model: `words[i]` has id i, classes first; `names[i]`: mostly written with a capital."""

    words: list[str]
    names: list[bool]


def count_words(
    sources: Iterable[Source], size: int, keep: set[str], max_names: int, progress: Callable[[int], None]
) -> Vocabulary:
    """Choose the vocabulary: the `size` commonest words by weighted count, `keep` whatever their rank.

    Words that are mostly capitalised inside sentences are names; only the `max_names` commonest stay, the others
    are left to the class ``<name>``, which is what a context needs to know of them.
    """
    totals: dict[int, list[float]] = {}
    texts: dict[int, str] = {}
    for source in sources:
        for text in chunks(source.path):
            _add_chunk(text, source.weight, totals, texts)
            progress(len(text))
    rows = [(counts, texts[key]) for key, counts in totals.items() if counts[1] >= MIN_COUNT]
    rows.sort(key=lambda row: (-row[0][0], row[1]))
    words, names = list(CLASSES), [False] * len(CLASSES)
    n_names = 0
    for rank, ((_weighted, _raw, inner, capital), word) in enumerate(rows):
        is_name = inner > 0 and capital > 0.6 * inner
        if word in keep or (rank < size and (not is_name or n_names < max_names)):
            words.append(word)
            names.append(is_name)
            n_names += is_name
    return Vocabulary(words, names)


def _add_chunk(text: str, weight: float, totals: dict[int, list[float]], texts: dict[int, str]) -> None:
    scan = Scan(text)
    flags = np.frombuffer(scan.flags(), np.uint32)
    hashes = np.frombuffer(scan.hashes(), np.uint64)
    spans = np.frombuffer(scan.spans(), np.int64).reshape(-1, 2)
    inner = (flags & _START) == 0
    keys, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
    n = np.bincount(inverse)
    n_inner = np.bincount(inverse, weights=inner)
    n_capital = np.bincount(inverse, weights=inner & ((flags & _CAPITAL) != 0))
    for key, at, total, ins, cap in zip(
        keys.tolist(), first.tolist(), n.tolist(), n_inner.tolist(), n_capital.tolist(), strict=True
    ):
        entry = totals.get(key)
        if entry is None:
            start, end = spans[at]
            word = "</s>" if flags[at] & 128 else _canonical(text[start:end])
            if word_hash(word) != key:  # "U.S." with its last full stop, or a dash written another way
                word = word.rstrip(".") if word_hash(word.rstrip(".")) == key else "—"
            texts[key] = word
            entry = totals[key] = [0.0, 0.0, 0.0, 0.0]
        entry[0] += total * weight
        entry[1] += total
        entry[2] += ins
        entry[3] += cap


def _canonical(word: str) -> str:
    return word.lower().replace("’", "'").replace("ʼ", "'")


@dataclass(frozen=True, slots=True)
class Counts:
    """Sorted n-gram keys with their raw counts and their counts weighted by genre."""

    keys: U64
    raw: F64
    weighted: F64


def merge(parts: list[Counts]) -> Counts:
    """Add counts of equal keys."""
    keys = np.concatenate([part.keys for part in parts])
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    starts = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    raw = np.add.reduceat(np.concatenate([part.raw for part in parts])[order], starts)
    weighted = np.add.reduceat(np.concatenate([part.weighted for part in parts])[order], starts)
    return Counts(keys[starts], raw, weighted)


def count_ngrams(
    sources: Iterable[Source], model: Model, progress: Callable[[int], None]
) -> tuple[Counts, Counts, Counts]:
    """Counts of words, pairs and triples; nothing is counted across the end of a sentence.

    Time O(n log n) in the tokens of one source; memory about 60 bytes a distinct triple.
    """
    totals: list[list[Counts]] = [[], [], []]
    for source in sources:
        ids = []
        for text in chunks(source.path):
            ids.append(np.frombuffer(model.encode("\n\n" + text + "\n\n"), np.int32))
            progress(len(text))
        if not ids:
            continue
        for order, keys in enumerate(_keys(np.concatenate(ids).astype(np.uint64))):
            unique, raw = np.unique(keys, return_counts=True)
            part = Counts(unique, raw.astype(np.float64), raw * source.weight)
            totals[order] = [merge([*totals[order], part])]
    return totals[0][0], totals[1][0], totals[2][0]


def _keys(ids: U64) -> tuple[U64, U64, U64]:
    end = np.uint64(CLASSES.index("</s>"))
    bits, two = np.uint64(_BITS), np.uint64(2 * _BITS)
    pairs = ids[:-1] << bits | ids[1:]
    inside = ids[1:-1] != end
    triples = (ids[:-2] << two | ids[1:-1] << bits | ids[2:])[inside]
    return ids, pairs, triples
