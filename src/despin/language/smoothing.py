"""Modified Kneser-Ney smoothing for counts weighted by genre, in back-off form.

Discounts follow Chen and Goodman (1999, section 4.1): D1, D2, D3+ from the numbers of n-grams seen once to four
times. Weighted counts are fractional, so a discount is taken as a share: an n-gram keeps ``1 - D/c`` of its weighted
count, c being its raw count. With equal weights this is the original method. Lower orders use continuation counts
(in how many contexts a word follows), each context weighted by the mean weight of its n-gram.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from despin.language.counts import CLASSES, MIN_COUNT, Counts

__all__ = ["LanguageModel", "estimate"]

U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]
_BITS = np.uint64(20)
_WORD = np.uint64((1 << 20) - 1)
_END = CLASSES.index("</s>")


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """Natural log probabilities and back-off weights of words, pairs and triples (keys as in `counts`)."""

    unigram: F64
    unigram_backoff: F64
    pair_keys: U64
    pair: F64
    pair_backoff: F64
    triple_keys: U64
    triple: F64


def _discounts(raw: F64) -> F64:
    n1, n2, n3, n4 = (max(1.0, float(np.count_nonzero(raw == k))) for k in (1, 2, 3, 4))
    y = n1 / (n1 + 2 * n2)
    d = np.array([0.0, 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3])
    return np.asarray(np.clip(d, 0.05, [0.05, 0.95, 1.9, 2.85]))


def _kept(counts: Counts, discounts: F64) -> F64:
    d = discounts[np.minimum(counts.raw, 3).astype(np.int64)]
    return np.asarray(counts.weighted * (1 - d / counts.raw))


def _grouped(keys: U64, values: F64, size: int) -> F64:
    return np.asarray(np.bincount(keys.astype(np.int64), weights=values, minlength=size), dtype=np.float64)


def _at(sorted_keys: U64, keys: U64) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    at = np.minimum(np.searchsorted(sorted_keys, keys), max(0, len(sorted_keys) - 1))
    return at, sorted_keys[at] == keys


def estimate(words: Counts, pairs: Counts, triples: Counts, size: int, max_ngrams: int) -> LanguageModel:
    """Estimate the model, then keep the `max_ngrams` pairs and triples whose loss would cost most.

    What an n-gram is worth: its weighted count times the log ratio of its probability to what backing off would
    give (Stolcke 1998, without the change of the back-off weight). `size`: number of words.
    """
    unigram = _unigram(words, pairs, size)
    pair_p, pair_w = _pairs(pairs, triples, unigram, size)
    triple_p, context = _triples(triples, pairs, pair_p)

    # worth of each n-gram, for those frequent enough to be stored at all
    follow = triples.keys & ((np.uint64(1) << np.uint64(40)) - np.uint64(1))
    at, _ = _at(pairs.keys, follow)
    worth3 = np.where(triples.raw >= MIN_COUNT, triples.weighted * np.log(triple_p / (context * pair_p[at])), -np.inf)
    back = pair_w[(pairs.keys >> _BITS).astype(np.int64)] * unigram[(pairs.keys & _WORD).astype(np.int64)]
    worth2 = np.where(pairs.raw >= MIN_COUNT, pairs.weighted * np.log(pair_p / back), -np.inf)
    keep3, keep2 = _select(worth3, worth2, triples, pairs, max_ngrams)
    del worth3, worth2, follow, at, context
    return _backed_off(unigram, pairs.keys[keep2], pair_p[keep2], triples.keys[keep3], triple_p[keep3], size)


def _unigram(words: Counts, pairs: Counts, size: int) -> F64:
    mean = pairs.weighted / pairs.raw
    continuation = _grouped(pairs.keys & _WORD, mean, size)
    seen = np.zeros(size)
    seen[words.keys.astype(np.int64)] = 1e-3
    mass = continuation + seen
    return np.asarray((mass + 1e-4) / (mass + 1e-4).sum())


def _pairs(pairs: Counts, triples: Counts, unigram: F64, size: int) -> tuple[F64, F64]:
    """Interpolated P(w | b) of every pair seen, and the weight that each b leaves to the unigram."""
    follow = triples.keys & ((np.uint64(1) << np.uint64(40)) - np.uint64(1))
    at, _ = _at(pairs.keys, follow)
    n = len(pairs.keys)
    contexts = np.bincount(at, minlength=n).astype(np.float64)
    weighted = np.bincount(at, weights=triples.weighted / triples.raw, minlength=n)
    first = pairs.keys >> _BITS
    # nothing stands before the end of a sentence: its followers keep their plain counts
    plain = (first == _END) | (contexts == 0)
    raw = np.where(plain, pairs.raw, contexts)
    counts = Counts(pairs.keys, raw, np.where(plain, pairs.weighted, weighted))
    kept = _kept(counts, _discounts(raw))
    total = _grouped(first, counts.weighted, size)
    share = _grouped(first, kept, size) / np.maximum(total, 1e-12)
    left = np.where(total > 0, 1 - share, 1.0)
    b = first.astype(np.int64)
    p = kept / total[b] + left[b] * unigram[(pairs.keys & _WORD).astype(np.int64)]
    return p, left


def _triples(triples: Counts, pairs: Counts, pair_p: F64) -> tuple[F64, F64]:
    """Interpolated P(w | a b) of every triple seen, and beside each the weight its context leaves to P(w | b)."""
    kept = _kept(triples, _discounts(triples.raw))
    prefix = triples.keys >> _BITS
    starts = np.flatnonzero(np.concatenate(([True], prefix[1:] != prefix[:-1])))
    sizes = np.diff(np.append(starts, len(prefix)))
    total = np.repeat(np.add.reduceat(triples.weighted, starts), sizes)
    left = 1 - np.repeat(np.add.reduceat(kept, starts), sizes) / total
    follow = triples.keys & ((np.uint64(1) << np.uint64(40)) - np.uint64(1))
    at, _ = _at(pairs.keys, follow)
    return kept / total + left * pair_p[at], left


def _select(
    worth3: F64, worth2: F64, triples: Counts, pairs: Counts, max_ngrams: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    both = np.concatenate((worth3, worth2))
    both = both[both > 0]
    limit = np.partition(both, len(both) - max_ngrams)[len(both) - max_ngrams] if len(both) > max_ngrams else 0.0
    keep3 = worth3 > limit
    keep2 = worth2 > limit
    at, found = _at(pairs.keys, np.unique(triples.keys[keep3] >> _BITS))
    keep2[at[found]] = True  # a context needs its own entry, for its back-off weight
    return keep3, keep2


def _backed_off(unigram: F64, keys2: U64, p2: F64, keys3: U64, p3: F64, size: int) -> LanguageModel:
    """Back-off weights that make the stored probabilities sum to one."""
    used = _grouped(keys2 >> _BITS, p2, size)
    covered = _grouped(keys2 >> _BITS, unigram[(keys2 & _WORD).astype(np.int64)], size)
    backoff1 = np.maximum(1 - used, 1e-6) / np.maximum(1 - covered, 1e-6)

    follow = keys3 & ((np.uint64(1) << np.uint64(40)) - np.uint64(1))
    at, found = _at(keys2, follow)
    w = (keys3 & _WORD).astype(np.int64)
    middle = ((keys3 >> _BITS) & _WORD).astype(np.int64)
    lower = np.where(found, p2[at], backoff1[middle] * unigram[w])
    context, known = _at(keys2, keys3 >> _BITS)
    n = len(keys2)
    used3 = np.bincount(context[known], weights=p3[known], minlength=n)
    covered3 = np.bincount(context[known], weights=lower[known], minlength=n)
    backoff2 = np.maximum(1 - used3, 1e-6) / np.maximum(1 - covered3, 1e-6)
    return LanguageModel(np.log(unigram), np.log(backoff1), keys2, np.log(p2), np.log(backoff2), keys3, np.log(p3))
