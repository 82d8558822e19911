"""What is known of the words beside the language model: how much likelier each is in spun text than in sound text."""

from __future__ import annotations

import itertools
import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["gate_sections", "read_gate", "read_word_weights"]


def gate_sections(weights: Mapping[str, int], sections: Mapping[str, bytes]) -> dict[str, bytes]:
    """The section ``vocab.gate``: a signed byte for each word of the other sections, weights in 32nds."""
    raw, text = sections["vocab.offsets"], sections["vocab.text"]
    at = struct.unpack(f"<{len(raw) // 4}I", raw)
    values = [weights.get(text[a:b].decode(), 0) for a, b in itertools.pairwise(at)]
    return {"vocab.gate": struct.pack(f"<{len(values)}b", *values)}


def read_word_weights(models: Path) -> dict[str, int]:
    """Weights by word (learn/words.py writes them)."""
    lines = (models / "words.tsv").read_text("utf-8").split("\n")[2:]
    return {word: int(value) for word, value in (line.split("\t") for line in lines if line)}


def read_gate(models: Path) -> dict[str, Any] | None:
    """The first look's decision on their sum (learn/gate.py writes it); None where it is missing: no first look."""
    path = models / "gate.json"
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else None
