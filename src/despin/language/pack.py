"""Packing a language model into the sections of the model file (layout: decode/_model.pxd)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from despin.language.smoothing import LanguageModel
from despin.model.words import pack_words

__all__ = ["pack_ngrams", "pack_vocabulary"]

U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]
_ANY = np.uint64(0xFFFFF)
_SLOTS = 16
_BUCKET = np.dtype([("fingerprint", "<u2", _SLOTS), ("prob", "u1", _SLOTS), ("backoff", "u1", _SLOTS)])


def _hash(a: U64, b: U64, w: U64) -> U64:
    x = a * np.uint64(0x9E3779B97F4A7C15) + b * np.uint64(0xC2B2AE3D27D4EB4F) + w * np.uint64(0x165667B19E3779F9)
    x ^= x >> np.uint64(31)
    x *= np.uint64(0xBF58476D1CE4E5B9)
    x ^= x >> np.uint64(29)
    return np.asarray(x)


def pack_ngrams(model: LanguageModel, n_buckets: int) -> bytes:
    """The n-gram table of `n_buckets` buckets of 64 bytes.

    Log probabilities are kept in steps of 1/16, back-off weights in steps of 1/24 from +1 downwards. Of n-grams that
    fall in a full bucket the least probable are left out: a look-up never needs a second cache line.
    """
    mask = np.uint64((1 << 20) - 1)
    bits, two = np.uint64(20), np.uint64(40)
    k2, k3 = model.pair_keys, model.triple_keys
    hashes = np.concatenate(
        (_hash(np.full_like(k2, _ANY), k2 >> bits, k2 & mask), _hash(k3 >> two, (k3 >> bits) & mask, k3 & mask))
    )
    prob = np.clip(np.round(-16 * np.concatenate((model.pair, model.triple))), 0, 255).astype(np.uint8)
    back = np.clip(np.round(24 * (1 - np.append(model.pair_backoff, np.zeros(len(k3))))), 0, 255).astype(np.uint8)
    bucket = ((hashes >> np.uint64(32)) * np.uint64(n_buckets) >> np.uint64(32)).astype(np.int64)
    order = np.lexsort((prob, bucket))
    bucket = bucket[order]
    starts = np.flatnonzero(np.concatenate(([True], bucket[1:] != bucket[:-1])))
    rank = np.arange(len(bucket)) - np.repeat(starts, np.diff(np.append(starts, len(bucket))))
    fits = rank < _SLOTS
    order, bucket, rank = order[fits], bucket[fits], rank[fits]
    table = np.zeros(n_buckets, _BUCKET)
    print16 = (hashes[order] & np.uint64(0xFFFF)).astype(np.uint16)
    table["fingerprint"][bucket, rank] = np.maximum(print16, 1)
    table["prob"][bucket, rank] = prob[order]
    table["backoff"][bucket, rank] = back[order]
    return table.tobytes()


def pack_vocabulary(words: list[str], names: list[bool]) -> dict[str, bytes]:
    """What the core needs to give tokens their ids, before anything is counted."""
    flags = np.array(names, dtype=np.uint8) * 2
    return {**pack_words(words), "vocab.flags": flags.tobytes()}
