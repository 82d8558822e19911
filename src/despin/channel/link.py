"""Linking: (spun, original) pairs become a trie of token ids with the hypotheses at its nodes.

The same code lays out the sections of the model file and the small overlay for a user's own rows; it needs nothing
but the standard library.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from despin.channel.context import Clause, parse_context
from despin.channel.rows import FAMILIES, Row
from despin.decode._scan import Scan
from despin.errors import DictionaryError
from despin.model.blocks import pack_lines

__all__ = ["Entry", "Linker", "phrase_tokens"]

_HYPOTHESIS = struct.Struct("<IIIhbbBBH")
_NODE = struct.Struct("<IHH")
_EDGE = struct.Struct("<III")
_MOST_PLACES = 0xFFFFFF  # 24 bits
_GOLDEN = 0x9E3779B97F4A7C15
_U64 = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One written form of a row: `spun` stands for `original`; `row` is the row's number."""

    spun: str
    original: str
    row: int
    reliability: float = 0.0
    mark: float = 0.0
    # in how many spinners' passages this reading was right, and, in the lower four bits, the phrase spun at all; and in
    # how many it was wrong (learn/fitted.py)
    hands: int = 0
    against: int = 0


def phrase_tokens(phrase: str) -> list[str]:
    """A phrase's tokens in lower case, as the scanner cuts them in running text.

    >>> phrase_tokens("Guys'")
    ['guys', "'"]
    """
    # a word follows, so that a last apostrophe is no closing quotation mark
    scan = Scan(f"{phrase} x")
    spans = list(struct.iter_unpack("<qq", scan.spans()))[:-1]
    return [phrase[start:end].lower().replace("’", "'") for start, end in spans]


@dataclass
class Linker:
    """Collects entries and lays them out.

    Args:
        word_id: Gives the id of a word (making a new one if needed).
        rows: The rows that entries refer to, by number.
    """

    word_id: Callable[[str], int]
    rows: list[Row]
    _nodes: dict[tuple[int, int], int] = field(default_factory=dict)
    _entries: dict[int, list[Entry]] = field(default_factory=dict)
    _ids: dict[str, int] = field(default_factory=dict)

    def _id(self, word: str) -> int:
        if word not in self._ids:
            self._ids[word] = self.word_id(word)
        return self._ids[word]

    def add(self, entries: Iterable[Entry]) -> None:
        """Add entries; equal ones of one family are kept once, with the higher weight."""
        for entry in entries:
            node = 0
            for word in phrase_tokens(entry.spun):
                node = self._nodes.setdefault((node, self._id(word)), len(self._nodes) + 1)
            if node:
                self._entries.setdefault(node, []).append(entry)

    def roots(self) -> set[int]:
        """Ids of the words that a spun phrase can begin with."""
        return {word for parent, word in self._nodes if parent == 0}

    def _unique(self, entries: list[Entry]) -> list[Entry]:
        best: dict[tuple[str, str, str], Entry] = {}
        for entry in entries:
            row = self.rows[entry.row]
            key = (entry.original, row.family, row.context)
            if key not in best or self.rows[best[key].row].weight < row.weight:
                best[key] = entry
        return sorted(best.values(), key=lambda e: (-self.rows[e.row].weight, e.original, self.rows[e.row].family))

    def phrases(self) -> list[str]:
        """Every spun phrase, its tokens separated by single spaces, sorted: what fuzzy matching compares with."""
        words = {number: word for word, number in self._ids.items() if word != "an"}
        texts = [""] * (len(self._nodes) + 1)
        for (parent, word), node in self._nodes.items():  # a parent always comes before its children
            texts[node] = f"{texts[parent]} {words[word]}".lstrip()
        return sorted(texts[node] for node in self._entries)

    def sections(self) -> dict[str, bytes]:
        """The sections ``trie.*``, ``hypotheses``, ``targets``, ``surfaces``, ``conditions``, ``phrases``."""
        hypotheses = bytearray()
        originals = _Originals(self._id)
        conditions = _Conditions(self._id)
        n_nodes = len(self._nodes) + 1
        parents = {parent for parent, _word in self._nodes}
        nodes = bytearray(_NODE.pack(0, 0, 1))
        count = 0
        for node in range(1, n_nodes):
            entries = self._unique(self._entries.get(node, []))
            nodes += _NODE.pack(count, len(entries), node in parents)
            count += len(entries)
            for entry in entries:
                row = self.rows[entry.row]
                target, n_target, surface, n_surface = originals.place(entry.original)
                if max(target, surface, entry.row) > _MOST_PLACES:
                    reason = f"no room beyond {_MOST_PLACES:,} characters of originals, or rows; use several repairers"
                    raise DictionaryError(f"row {entry.row + 1}", reason)
                hypotheses += _HYPOTHESIS.pack(
                    entry.hands << 24 | target,
                    entry.against << 24 | surface,
                    FAMILIES.index(row.family) << 24 | entry.row,
                    round(256 * math.log(row.weight)),
                    _sixteenths(entry.reliability),
                    _sixteenths(entry.mark),
                    n_target,
                    n_surface,
                    conditions.number(row.context),
                )
        return {
            "trie.nodes": bytes(nodes),
            "trie.roots": self._root_table(),
            "trie.edges": self._edge_table(),
            "hypotheses": bytes(hypotheses),
            **originals.sections(),
            "conditions": conditions.packed(),
            "phrases": pack_lines(self.phrases()),
        }

    def _root_table(self) -> bytes:
        """Node below the root by word id, 0 where no phrase begins; as long as the last such id asks for."""
        first = {word: node for (parent, word), node in self._nodes.items() if parent == 0}
        size = max(first, default=-1) + 1
        return struct.pack(f"<{size}I", *(first.get(word, 0) for word in range(size)))

    def _edge_table(self) -> bytes:
        """Hash table of the edges below other nodes than the root, three quarters full."""
        inner = [(parent, word, node) for (parent, word), node in self._nodes.items() if parent]
        size = len(inner) * 4 // 3 + 1
        table = [(0, 0, 0)] * size
        for parent, word, node in inner:
            at = (((parent << 32 | word) * _GOLDEN & _U64) >> 32) * size >> 32
            while table[at][2]:
                at = (at + 1) % size
            table[at] = (parent, word, node)
        return b"".join(_EDGE.pack(*edge) for edge in table)


def _sixteenths(log_odds: float) -> int:
    return max(-128, min(127, round(16 * log_odds)))


class _Originals:
    """Every original once: its token ids and its spelling."""

    def __init__(self, word_id: Callable[[str], int]) -> None:
        self._word_id = word_id
        self._targets: list[int] = []
        self._surfaces = bytearray()
        self._places: dict[str, tuple[int, int, int, int]] = {}

    def place(self, original: str) -> tuple[int, int, int, int]:
        """Where its ids begin and how many they are, and the same for the bytes of its spelling."""
        if original not in self._places:
            ids = [self._word_id(word) for word in phrase_tokens(original)]
            surface = original.encode()
            self._places[original] = (len(self._targets), len(ids), len(self._surfaces), len(surface))
            self._targets += ids
            self._surfaces += surface
        return self._places[original]

    def sections(self) -> dict[str, bytes]:
        return {"targets": struct.pack(f"<{len(self._targets)}i", *self._targets), "surfaces": bytes(self._surfaces)}


class _Conditions:
    """Each distinct condition once: a list of clauses (side, negated, n, n codes), then a zero side."""

    def __init__(self, word_id: Callable[[str], int]) -> None:
        self._word_id = word_id
        self._codes: list[int] = [0]
        self._at: dict[str, int] = {"": 0}

    def number(self, context: str) -> int:
        if context not in self._at:
            self._at[context] = len(self._codes)
            for clause in parse_context(context):
                self._codes += self._clause(clause)
            self._codes.append(0)
        return self._at[context]

    def _clause(self, clause: Clause) -> list[int]:
        codes = [*clause.special, *(self._word_id(word) for word in clause.words)]
        return [clause.side, int(clause.negated), len(codes), *codes]

    def packed(self) -> bytes:
        return struct.pack(f"<{len(self._codes)}i", *self._codes)
