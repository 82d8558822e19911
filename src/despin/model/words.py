"""The vocabulary's sections: the table word hash -> id, and the words themselves."""

from __future__ import annotations

import itertools
import struct

from despin.decode._scan import word_hash
from despin.model.container import Container

__all__ = ["offsets", "pack_words", "read_words"]


def pack_words(words: list[str], first_id: int = 0) -> dict[str, bytes]:
    """Sections ``vocab.hash``, ``vocab.text``, ``vocab.offsets``; `words[i]` has id ``first_id + i``.

    "an" gets the id of "a": which of the two stands there says nothing about the meaning of what follows.
    """
    size = 1 << max(4, (len(words) * 4 // 3).bit_length())  # at most three quarters full
    table: list[tuple[int, int]] = [(0, -1)] * size
    ids = {word: number for number, word in enumerate(words, first_id)}
    if "a" in ids:
        ids["an"] = ids["a"]
    for word, number in ids.items():
        h = word_hash(word)
        at = h & (size - 1)
        while table[at][1] >= 0:
            at = (at + 1) & (size - 1)
        table[at] = (h >> 32, number)
    encoded = [word.encode() for word in words]
    packed = b"".join(struct.pack("<Ii", *slot) for slot in table)
    return {"vocab.hash": packed, "vocab.text": b"".join(encoded), "vocab.offsets": offsets(encoded)}


def offsets(parts: list[bytes]) -> bytes:
    """Where each part begins in their concatenation, and its end: uint32, one more than there are parts."""
    at, result = 0, [0]
    for part in parts:
        at += len(part)
        result.append(at)
    return struct.pack(f"<{len(result)}I", *result)


def read_words(container: Container) -> list[str]:
    """The words of a model file in the order of their ids."""
    text = bytes(container.section("vocab.text"))
    raw = container.section("vocab.offsets")
    at = struct.unpack(f"<{len(raw) // 4}I", raw)
    return [text[a:b].decode() for a, b in itertools.pairwise(at)]
