"""The model file read with the standard library: words, n-grams, the trie of spun phrases (decode/_model.pyx)."""

from __future__ import annotations

import itertools
import struct
from dataclasses import dataclass

from despin.model.container import Container
from tests.reference.embedding import Embedding
from tests.reference.scan import BREAK, CAP, CAPS, LETTERS, MIXED, NUMBER, SPACE, Token, word_hash

UNK, END, NAME, CAPS_ID, MIXED_ID, NUM, ORDINAL = range(7)
VOWEL, STARTS = 1, 4
_ANY = 0xFFFFF
_U64 = (1 << 64) - 1


@dataclass(frozen=True)
class Hypothesis:
    """One reading of a spun phrase: target ids, surface, log P(spun | original), what was learned, its row."""

    target: tuple[int, ...]
    surface: str
    row: int
    weight: float
    reliability: float
    mark: float
    condition: int
    family: int
    hands: tuple[int, int]
    against: tuple[int, int]


class Sections:
    """The trie of a model file, or of a user's rows."""

    def __init__(self, container: Container, first_id: int) -> None:
        self.container = container
        self.first_id = first_id
        words = bytes(container.section("vocab.text"))
        at = self.unpack("vocab.offsets", "I")
        self.words = [words[a:b].decode() for a, b in itertools.pairwise(at)]
        self.ids = {word_hash(word): first_id + n for n, word in enumerate(self.words)}
        if "a" in self.words:
            self.ids[word_hash("an")] = self.ids[word_hash("a")]
        edges = struct.iter_unpack("<III", container.section("trie.edges"))
        self.children = {(parent, word): node for parent, word, node in edges if node}
        roots = enumerate(struct.iter_unpack("<I", container.section("trie.roots")))
        self.children |= {(0, word): node for word, (node,) in roots if node}
        self.nodes = list(struct.iter_unpack("<IHH", container.section("trie.nodes")))
        self.hypotheses = list(struct.iter_unpack("<IIIhbbBBH", container.section("hypotheses")))
        self.targets = self.unpack("targets", "i")
        self.surfaces = bytes(container.section("surfaces"))
        self.conditions = self.unpack("conditions", "i")

    def unpack(self, name: str, code: str) -> tuple[float, ...]:
        raw = self.container.section(name)
        return struct.unpack(f"<{len(raw) // struct.calcsize(code)}{code}", raw)

    def readings(self, node: int) -> list[Hypothesis]:
        """The hypotheses at a node of the trie."""
        first, n, _children = self.nodes[node]
        result = []
        for raw in self.hypotheses[first : first + n]:
            hands_target, against_surface, family_row, weight, reliability, mark, n_target, n_surface, condition = raw
            surface = against_surface & 0xFFFFFF
            result.append(
                Hypothesis(
                    self.targets[hands_target & 0xFFFFFF : (hands_target & 0xFFFFFF) + n_target],
                    self.surfaces[surface : surface + n_surface].decode(),
                    family_row & 0xFFFFFF,
                    weight / 256,
                    reliability / 16,
                    mark / 16,
                    condition,
                    family_row >> 24,
                    (hands_target >> 28, hands_target >> 24 & 15),
                    (against_surface >> 28, against_surface >> 24 & 15),
                )
            )
        return result


class ReferenceModel(Sections):
    """The mapped model."""

    def __init__(self, container: Container) -> None:
        super().__init__(container, 0)
        self.logp1 = self.unpack("vocab.logp", "f")
        self.backoff1 = self.unpack("vocab.backoff", "f")
        self.lm_words = container.metadata["lm_words"]
        self.flags = bytes(container.section("vocab.flags"))
        self.replaceable = self.unpack("vocab.replaceable", "f")
        self.ngrams = container.section("ngrams")
        self.lm_unknown = container.metadata["lm_unknown"]
        self.article = self.ids[word_hash("a")]
        self.embedding = Embedding(container)
        roots = self.unpack("trees.roots", "i")
        branches = list(struct.iter_unpack("<fhH", container.section("trees.branches")))
        trees = iter([(branches, int(root)) for root in roots])
        sizes = zip(("opinion", "text", "edit"), self.unpack("trees.forests", "i"), strict=True)
        self.forests = {name: list(itertools.islice(trees, int(n))) for name, n in sizes}
        self.word_weights, self.register = (
            dict(enumerate(self.unpack(name, "b"))) if name in container else {}
            for name in ("vocab.gate", "vocab.register")
        )

    def encode(self, tokens: list[Token], own: Sections | None = None) -> list[Token]:
        """Give ids; a run of unknown names becomes one token."""
        result: list[Token] = []
        for token in tokens:
            known = self.ids.get(token.hash, own.ids.get(token.hash) if own else None)
            token.id = known if known is not None else _shape(token.flags)
            joins = token.id == NAME and result and result[-1].id == NAME
            if joins and token.flags & SPACE and not token.flags & BREAK:
                result[-1].end = token.end
            else:
                result.append(token)
        return result

    def _find(self, a: int, b: int, w: int) -> tuple[int, int] | None:
        x = (a * 0x9E3779B97F4A7C15 + b * 0xC2B2AE3D27D4EB4F + w * 0x165667B19E3779F9) & _U64
        x ^= x >> 31
        x = (x * 0xBF58476D1CE4E5B9) & _U64
        x ^= x >> 29
        bucket = 64 * (((x >> 32) * (len(self.ngrams) // 64)) >> 32)
        prints = struct.unpack_from("<16H", self.ngrams, bucket)
        mark = max(1, x & 0xFFFF)
        if mark not in prints:
            return None
        slot = prints.index(mark)
        return self.ngrams[bucket + 32 + slot], self.ngrams[bucket + 48 + slot]

    def score(self, forest: str, features: list[float]) -> float:
        """Log odds by gradient-boosted trees."""
        total = 0.0
        for branches, at in self.forests[forest]:
            value, feature, right = branches[at]
            while feature >= 0:
                at += 1 if features[feature] <= value else right
                value, feature, right = branches[at]
            total += value
        return total

    def _lm_id(self, word: int) -> int:
        return word if word < self.lm_words else UNK

    def logp(self, a: int, b: int, w: int) -> tuple[float, int]:
        """log P(w | a b) and the length of the n-gram found; a negative id: that context is not there."""
        extra = 0.0
        if self._lm_id(w) != w:
            extra, w = self.lm_unknown, self._lm_id(w)
        total = 0.0
        if b >= 0:
            b = self._lm_id(b)
            if a >= 0 and b != END:
                a = self._lm_id(a)
                if found := self._find(a, b, w):
                    return extra - found[0] / 16, 3
                if context := self._find(_ANY, a, b):
                    total += 1 - context[1] / 24
            if found := self._find(_ANY, b, w):
                return extra + total - found[0] / 16, 2
            total += self.backoff1[b]
        return extra + total + self.logp1[w], 1


def _shape(flags: int) -> int:
    if flags & NUMBER:
        return ORDINAL if flags & LETTERS else NUM
    if flags & CAPS:
        return CAPS_ID
    if flags & CAP:
        return NAME
    return MIXED_ID if flags & MIXED else UNK
