"""What is known of the words beside the language model: how much likelier each is in spun text than in sound text, and
in research papers than elsewhere."""

from __future__ import annotations

import itertools
import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["GATE", "REGISTER", "read_decision", "read_word_weights", "weight_sections"]

# names of a section and of the files of what was learned for it
GATE = "vocab.gate", "words.tsv", "gate.json"
REGISTER = "vocab.register", "register.tsv", "register.json"


def weight_sections(known: Mapping[str, Mapping[str, int]], sections: Mapping[str, bytes]) -> dict[str, bytes]:
    """Sections of weights in 32nds, by the name of each: a signed byte for each word of the other sections."""
    raw, text = sections["vocab.offsets"], sections["vocab.text"]
    at = struct.unpack(f"<{len(raw) // 4}I", raw)
    words = [text[a:b].decode() for a, b in itertools.pairwise(at)]
    return {
        name: struct.pack(f"<{len(words)}b", *(weights.get(word, 0) for word in words))
        for name, weights in known.items()
    }


def read_word_weights(path: Path) -> dict[str, int]:
    """Weights by word (learn/words.py and learn/register.py write them)."""
    lines = path.read_text("utf-8").split("\n")[2:]
    return {word: int(value) for word, value in (line.split("\t") for line in lines if line)}


def read_decision(path: Path) -> dict[str, Any] | None:
    """The decision on their sum (learn/gate.py and learn/register.py write one); None where it is missing."""
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else None
