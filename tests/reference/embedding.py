"""Context embeddings: how well words fit the words around them (decode/embedding.pxi)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from despin.model.container import Container

if TYPE_CHECKING:
    from tests.reference.infer import Candidate, Document

NEAR, FAR = 5, 15
F64 = NDArray[np.float64]


class Embedding:
    """The embeddings of a model file."""

    def __init__(self, container: Container) -> None:
        def rows(name: str) -> F64:
            scale = np.frombuffer(container.section(f"embedding.{name}_scale"), np.float32).astype(float)
            raw = np.frombuffer(container.section(f"embedding.{name}"), np.int8).astype(float)
            return raw.reshape(len(scale), -1) * scale[:, None]

        self.context, self.output = rows("context"), rows("output")
        self.bias = np.frombuffer(container.section("embedding.bias"), np.float32)
        self.far = np.frombuffer(container.section("embedding.far"), np.float32)
        self.place = np.frombuffer(container.section("embedding.place"), np.float32).reshape(-1, self.context.shape[1])

    def around(self, doc: Document, i: int, n: int) -> F64:
        """The vector of what stands around the tokens i to i + n."""
        total = np.zeros(self.context.shape[1])
        for side, nearest, step in ((0, i - 1, -1), (1, i + n, 1)):
            for distance in range(FAR):
                at = nearest + step * distance
                word = doc.id(at) if -1 <= at <= len(doc.tokens) else 0
                if not 0 <= word < len(self.bias):
                    continue
                if distance < NEAR:
                    total += self.place[side * NEAR + distance] * self.context[word]
                elif self.far[word] > 0.02:
                    total += self.place[2 * NEAR + side] * self.far[word] * self.context[word]
        return total

    def fit(self, doc: Document, h: F64, words: Sequence[int]) -> float:
        """How well the rarest of some words fits; minus infinity if that cannot be told."""
        if not words or any(not 0 <= word < len(self.bias) for word in words):
            return -math.inf
        rarest = min(words, key=lambda word: doc.model.logp1[word])
        return float(h @ self.output[rarest] + self.bias[rarest])


def embed_candidates(doc: Document) -> None:
    """The topical gain of every candidate."""
    for i, found in enumerate(doc.candidates):
        for c in found:
            _embed(doc, doc.model.embedding, c, i)


def _embed(doc: Document, embedding: Embedding, c: Candidate, i: int) -> None:
    h = embedding.around(doc, i, c.n)
    kept = embedding.fit(doc, h, [token.id for token in doc.tokens[i : i + c.n]])
    new = embedding.fit(doc, h, c.h.target)
    c.fit_kept = kept if kept > -math.inf else 0.0
    c.topic = max(-8.0, min(8.0, new - kept)) if min(new, kept) > -math.inf else 0.0
